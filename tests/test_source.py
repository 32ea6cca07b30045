"""Places in source text."""

import pytest

from cso_rules.source import SourceFile, Span

TEXT = "first\n第二行\r\nthird"


@pytest.fixture
def source() -> SourceFile:
    return SourceFile(path="a.yaml", text=TEXT)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, (1, 1)), (5, (1, 6)), (6, (2, 1)), (8, (2, 3)), (11, (3, 1)), (999, (3, 6)), (-1, (1, 1))],
)
def test_an_offset_has_a_line_and_a_column(source: SourceFile, offset: int, expected: tuple[int, int]) -> None:
    assert source.position(offset) == expected


def test_a_position_leads_back_to_its_offset(source: SourceFile) -> None:
    assert all(source.offset(*source.position(place)) == place for place in range(len(TEXT)))


def test_a_line_comes_without_its_break(source: SourceFile) -> None:
    assert [source.line(number) for number in (0, 1, 2, 3, 4)] == ["", "first", "第二行", "third", ""]


def test_equal_spans_have_equal_hashes(source: SourceFile) -> None:
    twin = SourceFile(path="a.yaml", text=TEXT)
    span, other = (Span(source=item, start=6, end=8) for item in (source, twin))
    assert span == other
    assert hash(span) == hash(other)
    assert (span.line, span.column) == (2, 1)


def test_the_representation_of_a_span_does_not_hold_the_text(source: SourceFile) -> None:
    assert "first" not in repr(source)
    assert repr(Span(source=source, start=1, end=2)) == "Span(start=1, end=2)"
