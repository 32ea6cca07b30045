"""What a table of answers would take the place of: nothing that is not in the answers goes unless it is said."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, Final

from cso_rules.tables.problems import RequestProblem

MOST_LISTED: Final = 8


def refuse_loss(made: Any, columns: Iterable[str], failures: type[Exception]) -> None:
    """Refuse to replace a table that holds other columns than the answers.

    Args:
        made: The table that is to take its place.
        columns: The columns of that.
        failures: What every error of the driver is.

    Raises:
        RequestProblem: Columns would be lost; it says which, and of how many rows.
    """
    table = made.dialect.table(made.name)
    try:
        cursor = made.run(f"SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608 - quoted
    except failures:  # there is no such table
        with contextlib.suppress(failures):
            made.connection.rollback()
        return
    kept = {name.casefold() for name in columns}
    lost = [str(column[0]) for column in cursor.description if str(column[0]).casefold() not in kept]
    if not lost:
        return
    (rows,) = made.run(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - quoted
    listed = ", ".join(lost[:MOST_LISTED]) + (" …" if lost[MOST_LISTED:] else "")
    raise RequestProblem.of("database-loss", made.name, found=len(lost), rows=rows, columns=listed)
