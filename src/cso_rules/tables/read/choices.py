"""What a person said about columns: facts of headings, units, what cells mean; and which columns are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from cso_rules.model.instruments import Label


@attrs.frozen(kw_only=True)
class ColumnChoice:
    """What one column was said to hold.

    Attributes:
        meaning: A fact or one of the own columns, None where the column is not to be read.
        unit: The unit of its numbers, empty where the heading tells.
        meanings: What texts of its cells mean.
        place: Where that was said, for a message.
    """

    meaning: str | None
    unit: str = ""
    meanings: tuple[tuple[str, str], ...] = ()
    place: Label = Label(zh="--columns", en="--columns")  # noqa: RUF009 - frozen


@attrs.frozen(kw_only=True)
class Choices:
    """What is known of the columns of a table beside their headings.

    Attributes:
        columns: What some were said to hold, by their headings.
        hidden: Positions of those that a spreadsheet hides.
        table: Which of several tables of a sheet is meant, from 1; None where there is one.
    """

    columns: Mapping[str, ColumnChoice] = attrs.field(factory=dict)
    hidden: frozenset[int] = frozenset()
    table: int | None = None


NO_CHOICES: Final = Choices()
