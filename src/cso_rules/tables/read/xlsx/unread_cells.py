"""Cells that hold something, though no value: errors, formulas without a result, what is struck through, and others.

Such a cell is a text, so that it stands in every output as the file has it; who reads a fact refuses it by its reason.
"""

from __future__ import annotations

from typing import Final, Self

from cso_rules.diagnostics import shortened
from cso_rules.model.coded import Coded, said

FORMULA: Final = "=…"
NOT_TRUE_OR_FALSE: Final = "cell-true-or-false"


class UnreadCell(str):
    """What a cell shows, with the reason why it is no value."""

    __slots__ = ("reason",)
    reason: Coded

    def __new__(cls, text: str, reason: Coded) -> Self:
        """Return a cell that shows `text`."""
        cell = super().__new__(cls, text)
        cell.reason = reason
        return cell


def error_cell(text: str, place: str) -> UnreadCell:
    """Return a cell of a workbook that shows an error."""
    shown = shortened(text) or "#"
    return UnreadCell(shown, said("cell-error-at", place=place, text=shown))


def formula_cell(place: str) -> UnreadCell:
    """Return a cell of a workbook whose formula was never calculated."""
    return UnreadCell(FORMULA, said("cell-formula", place=place))


def struck_cell(text: str, place: str) -> UnreadCell:
    """Return a cell of a workbook that is struck through, wholly or in part."""
    return UnreadCell(text, said("cell-struck", place=place))
