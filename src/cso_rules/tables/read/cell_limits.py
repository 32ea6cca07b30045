"""What no cell of any table may hold: too much text, or characters that are no text.

Guaranteed: the same cells refuse their rows whatever the format of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cso_rules.diagnostics import shortened
from cso_rules.model.coded import Coded, said
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.cells import Cell

CELL_LIMIT: Final = 32_767
COLUMN_LIMIT: Final = 1000
NO_TEXT: Final = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ufeff]"
"""Control characters but tab and line ends, and marks of byte order."""
_NO_TEXT: Final = re.compile(NO_TEXT)


def cell_problem(header: Sequence[str], cells: Sequence[Cell]) -> Coded | None:
    """Return what is wrong with the first cell of a row that is no text, or too long."""
    for place, cell in enumerate(cells):
        texts = cell if isinstance(cell, tuple) else (cell,) if isinstance(cell, str) else ()
        for text in texts:
            if len(text) > CELL_LIMIT or not is_text(text):
                return text_problem(header[place] if place < len(header) else "", text)
    return None


def is_text(text: str) -> bool:
    """Tell whether a text holds no control characters but tab and line ends."""
    return text.isprintable() or _NO_TEXT.search(text) is None


def text_problem(heading: str, text: str) -> Coded:
    """Return what is wrong with a text."""
    if len(text) > CELL_LIMIT:
        return too_long(heading)
    name = shortened(heading)
    found = _NO_TEXT.search(text)
    code = f"U+{ord(found[0]):04X}" if found else ""
    return said("row-control-character", heading=name, character=code)


def too_long(heading: str) -> Coded:
    """Return what is wrong with a text that no cell of a spreadsheet has room for."""
    return said("row-long-text", heading=shortened(heading), most=CELL_LIMIT)


def refuse_wide(path: Path, header: Sequence[str]) -> None:
    """Refuse more columns than a table of organizations has.

    Raises:
        FileProblem: There are more.
    """
    if len(header) > COLUMN_LIMIT:
        raise FileProblem.of("file-many-columns", path, found=len(header), most=COLUMN_LIMIT)
