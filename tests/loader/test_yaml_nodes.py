"""The YAML subset, and where its nodes stand."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cso_rules.diagnostics import Diagnostic, render
from cso_rules.loader.text.yaml_nodes import (
    Limits,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    full_width_colon,
    read_yaml,
)
from cso_rules.source import SourceFile

LIMITS = Limits()


def read(text: str, limits: Limits = LIMITS) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    return read_yaml(SourceFile(path="a.yaml", text=text), limits)


def root_of(text: str) -> Node:
    node, found = read(text)
    assert found == ()
    assert node is not None
    return node


def value_of(text: str) -> ScalarNode:
    node = root_of(text)
    assert isinstance(node, MappingNode)
    value = node.get("when")
    assert isinstance(value, ScalarNode)
    return value


def problems(text: str, limits: Limits = LIMITS) -> list[tuple[str, int, int]]:
    node, found = read(text, limits)
    assert node is None
    assert all(render(item) and render(item, "zh") for item in found)
    return [(item.code, item.span.line, item.span.column) for item in found if item.span]


def test_nodes_keep_order_and_place() -> None:
    node = root_of("format: 1\nitems:\n  - a\n  - 'b'\nmap: {k: v}\n")
    assert isinstance(node, MappingNode)
    assert [key.text for key, _ in node.entries] == ["format", "items", "map"]
    items = node.get("items")
    assert isinstance(items, SequenceNode)
    assert [(item.text, item.quoted) for item in items.items if isinstance(item, ScalarNode)] == [
        ("a", False),
        ("b", True),
    ]
    assert (items.span.line, items.span.column, items.span.end) == (3, 3, 30)
    assert node.get("nothing") is None


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_has_neither_node_nor_diagnostic(text: str) -> None:
    assert read(text) == (None, ())


SCALARS = {
    "plain": "when: 个人会员数 >= 50 and 资金 < 3\n",
    "plain in lines": "when: 个人会员数 >= 50\n  and\n\n  资金 < 3\nother: 1\n",
    "single": "when: '个人''会员数 >= 50\n   and 资金 < 3'\n",
    "double": 'when: "个\\u4eba\\t会员\\\n   数 >= 50\n   and \\"资金\\" < 3"\n',
    "literal": "when: |\n  个人会员数 >= 50\n    and 资金 < 3\nother: 1\n",
    "folded": "a: 😀\nwhen: >- # why\n  个人会员数 >= 50\n  and 资金 < 3\n\n",
    "windows": "when: >\r\n  个人会员数 >= 50\r\n  and 资金 < 3\r\n",
}


@pytest.mark.parametrize("text", SCALARS.values(), ids=SCALARS.keys())
@pytest.mark.parametrize("part", ["资金", "50", "<", "会员"])
def test_a_part_of_a_scalar_leads_back_to_the_file(text: str, part: str) -> None:
    node = value_of(text)
    start = node.text.index(part)
    span = node.span_of(start, start + len(part))
    assert text[span.start : span.end] == part


@pytest.mark.parametrize("text", SCALARS.values(), ids=SCALARS.keys())
def test_the_end_of_a_scalar_lies_within_it(text: str) -> None:
    node = value_of(text)
    length = len(node.text)
    end = node.span_of(length, length)
    assert node.span.start < end.start <= node.span.end + 2
    assert node.span_of(0, length + 1) == node.span


def test_many_escaped_line_breaks_are_no_danger() -> None:
    node = value_of('when: "a' + "\\\n" * 50_000 + ' b"')
    assert node.span_of(1, 2).line == 50_001


def styles() -> st.SearchStrategy[str]:
    return st.sampled_from(["'", '"', "|", ">", ""])


@settings(max_examples=300)
@given(st.text(alphabet="ab会员 \n\"'\\:#<", min_size=1), styles(), st.integers(10, 80))
def test_every_visible_character_leads_back_to_itself(text: str, style: str, width: int) -> None:
    dumped = yaml.dump({"when": text}, default_style=style, allow_unicode=True, width=width)
    node, found = read(dumped)
    if found:
        return
    assert isinstance(node, MappingNode)
    value = node.entries[0][1]
    assert isinstance(value, ScalarNode)
    for place, character in enumerate(value.text):
        span = value.span_of(place, place + 1)
        raw = dumped[span.start : span.end]
        assert character.isspace() or character in raw
        assert span != value.span or len(value.text.strip()) <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1", [("yaml-alias", 1, 4)]),
        ("a: &x 1\nb: *x", [("yaml-alias", 1, 4), ("yaml-alias", 2, 4)]),
        ("a: {<<: {b: 1}}", [("yaml-alias", 1, 5)]),
        ("a: !!int 1", [("yaml-tag", 1, 4)]),
        ("a: !!python/object:os.system []", [("yaml-tag", 1, 4)]),
        ("%YAML 1.1\n---\na: 1", [("yaml-directive", 1, 1)]),
        ("a: 1\n---\nb: 1", [("yaml-several-documents", 2, 1)]),
        ("a: 1\nb: 2\na: 3", [("yaml-repeated-key", 3, 1)]),
        ("a: 1\n'a': 3", [("yaml-repeated-key", 2, 1)]),
        ("a: 1\n? [b]\n: 2", [("wrong-node-kind", 2, 3)]),
        ("a: b\u202ec", [("yaml-forbidden-character", 1, 5)]),
        ('a: "b\\u202e"', [("yaml-forbidden-character", 1, 4)]),
        ("\ufeffa: 1", [("yaml-forbidden-character", 1, 1)]),
        ("a: \ud800", [("yaml-forbidden-character", 1, 4)]),
        ("a: [1, 2\nb: 3", [("yaml-syntax", 2, 2)]),
        ("a:\n\t- b", [("yaml-tab", 2, 1)]),
    ],
)
def test_what_is_refused_is_reported_at_its_place(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("id：cn", 1, 3),
        ("id：cn\ntitle: x", 1, 3),
        ("format: 1\nid：cn\ntitle: x", 2, 3),
        ("format: 1\nid：cn", 2, 3),
        ("label：\n  zh: 甲\n", 1, 6),
        ("label: 1\nother:\n  zh：甲\n  en：first", 3, 5),
        ("rules:\n  - id：a\n  - id：b", 2, 7),
        ("label: {zh：甲, en: first}", 1, 11),
    ],
)
def test_a_full_width_colon_is_reported_where_it_stands(text: str, line: int, column: int) -> None:
    assert problems(text)[0] == ("yaml-full-width-colon", line, column)


def test_a_full_width_colon_within_a_text_is_allowed() -> None:
    node, found = read("zh: 注意：两种语言\nitems: ['a：b', 说明：如下]\nid: {zh: 甲：乙}", LIMITS)
    assert node is not None
    assert not found


def test_a_full_width_colon_elsewhere_does_not_hide_a_syntax_error() -> None:
    assert problems("zh: 注意：如下\nen: [a")[0][0] == "yaml-syntax"


def test_a_scalar_where_a_mapping_is_expected_can_be_examined() -> None:
    assert full_width_colon(value_of("when: '名称：甲'")) is None
    assert full_width_colon(value_of("when: 甲")) is None
    found = full_width_colon(value_of("when: 名称：甲"))
    assert found is not None
    assert found.span is not None
    assert found.span.column == 9


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_without_recursion(opening: str) -> None:
    assert problems(opening * 20_000)[0][0] in ("yaml-too-deep", "yaml-syntax")


def test_deep_nesting_is_placed_although_the_parser_gives_up_far_ahead() -> None:
    assert problems("[" * 20_000) == [("yaml-too-deep", 1, 33)]
    assert problems("a: [b, " + "{c: " * 20_000) == [("yaml-too-deep", 1, 8 + 30 * 4)]


def test_nesting_up_to_the_limit_is_read() -> None:
    root_of("[" * 32 + "]" * 32)
    assert problems("[" * 33 + "]" * 33) == [("yaml-too-deep", 1, 33)]


def test_large_files_scalars_and_node_counts_are_refused() -> None:
    assert problems("a: 1", Limits(bytes=3)) == [("yaml-too-large", 1, 1)]
    assert problems("a: 12345", Limits(scalar_characters=4)) == [("yaml-too-large", 1, 4)]
    assert problems("[a, b, c]", Limits(nodes=3)) == [("yaml-too-large", 1, 8)]


def test_the_number_of_diagnostics_is_limited() -> None:
    assert len(problems("[" + "!a b, " * 1000 + "]")) == 100
    assert len(problems("\x00" * 1000)) == 100


@settings(max_examples=300)
@given(st.text(alphabet="ab：: -[]{}\n#'\"|>&*!%?,\\\t会"))
def test_no_text_makes_reading_fail(text: str) -> None:
    node, found = read(text)
    assert node is None or found == ()
    assert all(render(item, "zh") for item in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: {b: min(c, d), e: f}", ['"min(c, d)"']),
        ("a: {b: min(c, d, e), f: g}", ['"min(c, d, e)"']),
        ("a: {b: x, y, c: z, w}", ['"x, y"', '"z, w"']),
        ('a: {b: c + duration("P1Y", d)}', ["'c + duration(\"P1Y\", d)'"]),
        ("a: [min(c, d), e]", ['"min(c, d)"']),
        ("a: [min(c, max(d, e)), f]", ['"min(c, max(d, e))"']),
        ("a: {b: 30,000}", ['"30,000"']),
        ("a: {b: c\n    , d}", ['"c , d"']),
        ("a: [b, c]", []),
        ("a: {b: 'x', c: }", []),
        ("a: {b: x, c: , d: y}", []),
        ("a: {b: 'x', y}", []),
        ("a: {x}", []),
        ("a: min(b, c)", []),
    ],
)
def test_a_text_that_a_comma_ends_is_shown_in_quotation_marks(text: str, told: list[str]) -> None:
    _, found = read_yaml(SourceFile(path="a.yaml", text=text))
    split = [dict(one.arguments)["name"] for one in found if one.code == "yaml-split-text"]
    assert split == told
    assert len(found) == len(told)


@pytest.mark.parametrize("text", ["a:\n\tb: c", "a:\n  - b: c\n\t  d: e", "a:\n \t- b", "-\tb: c\n\td: e"])
def test_a_tab_in_the_indentation_is_told_as_that(text: str) -> None:
    _, found = read_yaml(SourceFile(path="a.yaml", text=text))
    assert [one.code for one in found] == ["yaml-tab"]
