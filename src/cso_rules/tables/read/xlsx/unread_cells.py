"""Cells that hold something, though no value: errors, formulas without a result, numbers beyond all measure.

Such a cell is a text, so that it stands in every output as the file has it; who reads a fact refuses it by its reason.
"""

from __future__ import annotations

from typing import Final, Self

from cso_rules.diagnostics import shortened
from cso_rules.model.instruments import Label

FORMULA: Final = "=…"
NOT_TRUE_OR_FALSE: Final = Label(en="true or false is no value of this column", zh="此列不能填写真/假值")


class UnreadCell(str):
    """What a cell shows, with the reason why it is no value."""

    __slots__ = ("reason",)
    reason: Label

    def __new__(cls, text: str, reason: Label) -> Self:
        """Return a cell that shows `text`."""
        cell = super().__new__(cls, text)
        cell.reason = reason
        return cell


def error_cell(text: str, place: str) -> UnreadCell:
    """Return a cell of a workbook that shows an error."""
    shown = shortened(text) or "#"
    return UnreadCell(shown, Label(en=f"{place} holds the error {shown}", zh=f"{place} 是错误值 {shown}"))


def formula_cell(place: str) -> UnreadCell:
    """Return a cell of a workbook whose formula was never calculated."""
    return UnreadCell(
        FORMULA,
        Label(
            en=f"{place} holds a formula without its result; open and save the workbook in Excel or WPS",
            zh=f"{place} 只有公式而没有计算结果；请用 Excel 或 WPS 打开并重新保存",
        ),
    )
