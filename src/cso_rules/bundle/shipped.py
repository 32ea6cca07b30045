"""What a release brings beside the program and its rule files: a bundle of all rules, and the page that asks.

Both are made when a release is built. A checkout has neither, and nothing but these two files depends on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

RULES: Final = "rules.bundle"
PAGE: Final = "page.html"
FOLDER: Final = "shipped"


def shipped(name: str) -> Path | None:
    """Return the path of a file that came with this installation, `rules.bundle` or `page.html`; None without it."""
    path = Path(__file__).resolve().parents[1] / FOLDER / name
    return path if path.is_file() else None
