"""What can be wrong with a file as a whole or with one cell: where, why, and what to do about it, in two languages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self

import attrs

from cso_rules.diagnostics import escape, shortened
from cso_rules.errors import CsoRulesError
from cso_rules.model.coded import code_of, remedy, said
from cso_rules.model.instruments import Label
from cso_rules.model.personal import MASK, NOT_UNDERSTOOD

LONGEST: Final = 640
"""Bytes of each of place, cause and remedy."""


CellProblemKind = Literal["not_understood", "impossible", "contradiction", "context"]
BETWEEN: Final = {"zh": "；", "en": "; "}
"""What stands between the problems of one row."""


@attrs.frozen
class CellProblem:
    """A cell that was not understood; `column` is empty when the problem is of the row as a whole.

    Attributes:
        row: The number of the row, from 1.
        column: The heading of the column.
        value: What stands in the cell.
        reason: What is wrong with it.
        kind: Whether the text was not understood, is a value that cannot be, or contradicts other cells of the row; a
            cell of the `context`, which should say whose row it is or which rules apply to it, refuses its row.
    """

    row: int
    column: str
    value: str = attrs.field(converter=shortened)
    reason: Label
    kind: CellProblemKind = "not_understood"

    @classmethod
    def of_row(cls, row: int, reason: Label) -> CellProblem:
        """Return what is wrong with a row as a whole."""
        return cls(row, "", "", reason)

    @classmethod
    def of_context(cls, row: int, column: str, value: str, reason: Label) -> CellProblem:
        """Return what is wrong with a cell that should say whose row it is, or which rules apply to it."""
        return cls(row, column, value, reason, "context")

    @property
    def masked(self) -> CellProblem:
        """The same problem of a cell about a person: neither its text nor what is wrong with it tells what it is."""
        return attrs.evolve(self, value=MASK, reason=said(NOT_UNDERSTOOD))

    @property
    def code(self) -> str:
        """The code of what is wrong."""
        return code_of(self.reason, self.kind)

    def json(self) -> dict[str, object]:
        """Return it as JSON carries it."""
        found = {"row": self.row, "column": self.column, "value": self.value, "code": self.code}
        return found | {"reason_en": self.reason.en, "reason_zh": self.reason.zh, "kind": self.kind}

    @property
    def unread(self) -> tuple[str, CellProblemKind] | None:
        """The heading and the kind under which a cell that was not understood is counted; None for a whole row."""
        return (self.column, self.kind) if self.column and self.kind != "context" else None

    def in_language(self, language: str) -> str:
        """Return what is wrong in `zh` or `en`."""
        return self.reason.in_language(language)

    def text(self, language: str) -> str:
        """Return what is wrong, with the column and the value."""
        return _told(self.column, self.value, self.in_language(language), language)


@lru_cache(maxsize=1 << 12)
def _told(column: str, value: str, reason: str, language: str) -> str:
    if not column:
        return reason
    if language == "zh":
        return f"{column}{f'“{value}”' if value else ''}：{reason}"
    return f"{column}{f' {value!r}' if value else ''}: {reason}"


def joined(problems: Iterable[CellProblem], language: str) -> str:
    """Return in one line what is wrong with a row, each problem once."""
    return BETWEEN[language].join(dict.fromkeys(problem.text(language) for problem in problems))


HEADER: Final = Label(en="header", zh="表头")


class FileProblem(CsoRulesError):  # noqa: N818 - the name the clerk sees; it is a problem of the file, not of the program
    """A file that cannot be read as a table of organizations."""

    def __init__(self, place: Label | Path | str, cause: Label, remedy: Label) -> None:
        """Keep the three texts; a place that is a name is the same in both languages."""
        self._code = code_of(cause, "file")
        known = place if isinstance(place, Label) else Label(en=str(place), zh=str(place))
        place, cause, remedy = map(_bounded, (known, cause, remedy))
        super().__init__(f"{place.en}: {cause.en}. {remedy.en}")
        self.place = place
        self.cause = cause
        self.remedy = remedy

    @classmethod
    def of(cls, code: str, place: Label | Path | str, **parts: object) -> Self:
        """Return the problem of a code.

        Args:
            code: What is wrong; its text and what to do about it stand under `cso_rules/messages`.
            place: Where it is.
            **parts: What fills the places of both texts.
        """
        return cls(place, said(code, **parts), remedy(code, **parts))

    @property
    def code(self) -> str:
        """The code of what is wrong."""
        return self._code

    def in_language(self, language: str) -> str:
        """Return place, cause and remedy in `zh` or `en`."""
        if language == "zh":
            return escape(f"{self.place.zh}：{self.cause.zh}。{self.remedy.zh}")
        return escape(f"{self.place.en}: {self.cause.en}. {self.remedy.en}")

    def __str__(self) -> str:
        """Return place, cause and remedy in English."""
        return self.in_language("en")


class RequestProblem(FileProblem):
    """No cell is wrong, but what was asked for: no such file, no table in it, a statement that is no query."""


def at_line(path: Path | str, line: object) -> Label:
    """Return a line of a file as the place of a problem."""
    return Label(en=f"{path}, line {line}", zh=f"{path} 第 {line} 行")


def _bounded(label: Label) -> Label:
    """Return a text of which only so much is said that the whole stays below two thousand bytes, in any letters."""
    return Label(en=_cut(label.en), zh=_cut(label.zh))


def _cut(text: str) -> str:
    data = text.encode(errors="replace")
    return text if len(data) <= LONGEST else data[:LONGEST].decode(errors="ignore") + "…"
