"""A text is filled in both languages, and in English a number stands with its unit."""

import pytest

from cso_rules.model.instruments import Label

READ = Label(zh="{name}：{found} 行，{facts} 项", en="{name}: {found:rows}, {facts:personal facts}")
PLAIN = Label(zh="{found:,} {text}", en="{found:,} {text}")


@pytest.mark.parametrize(
    ("found", "expected"),
    [(0, "yes: 0 rows, 2 personal facts"), (1, "yes: 1 row, 2 personal facts"), (12, "yes: 12 rows, 2 personal facts")],
)
def test_number_with_its_unit(found: int, expected: str) -> None:
    filled = READ.filled(name=Label(zh="是", en="yes"), found=found, facts=2)
    assert filled == Label(zh=f"是：{found} 行，2 项", en=expected)


def test_number_with_a_format() -> None:
    assert PLAIN.filled(found=1234567, text="1").en == "1,234,567 1"
