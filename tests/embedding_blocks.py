"""The blocks of the page about embedding, by the heading under which they stand."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

PAGE = Path("docs/how-to/embed-in-a-registry.md")
_BLOCK = re.compile(
    r"^## ([^\n]+)$|```(python|js)\n(.*?)```(?:\s*prints\s*```text\n(.*?)```)?", re.DOTALL | re.MULTILINE
)


@attrs.frozen
class PageBlock:
    """A block of code, and what the page says that it prints."""

    heading: str
    language: str
    code: str
    prints: str


def blocks() -> Iterator[PageBlock]:
    """Yield the blocks in the order of the page."""
    heading = ""
    for found in _BLOCK.finditer(PAGE.read_text("utf-8")):
        if found.group(1):
            heading = found.group(1)
        else:
            yield PageBlock(heading, found.group(2), found.group(3), found.group(4) or "")


def under(heading: str, language: str = "python") -> PageBlock:
    """Return the one block in a language under a heading."""
    (found,) = (block for block in blocks() if (block.heading, block.language) == (heading, language))
    return found


def run(block: PageBlock, **names: Any) -> tuple[dict[str, Any], str]:
    """Run a block of Python as a module, and return what it defines and what it printed."""
    printed = io.StringIO()
    code = compile(block.code, f"{PAGE.name}: {block.heading}", "exec", dont_inherit=True)
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # noqa: S102 - our own page
    return names, printed.getvalue()
