"""The book written as a folder: whole or not at all, and never over something that is not a book."""

from __future__ import annotations

import datetime
import importlib.resources
import shutil
import tempfile
from pathlib import Path

from cso_rules.book.contents import Contents, read_contents
from cso_rules.book.decisions import decision_page, decisions_page
from cso_rules.book.facts import facts_page
from cso_rules.book.graph import graph_page
from cso_rules.book.index import index_page
from cso_rules.book.page import Page
from cso_rules.book.parameters import parameters_page
from cso_rules.book.places import Place, local_packages, places_page
from cso_rules.book.provisions import provisions_page
from cso_rules.book.readings import readings_page
from cso_rules.book.scenarios import scenarios_page
from cso_rules.book.search_index import search_index

MARKER = ".cso-rules-book"
STATIC = ("book.css", "book.js")


class NoBookError(OSError):
    """The folder is there, holds something, and is no book."""


def write_book(package: str | Path, target: Path, as_of: datetime.date) -> int:
    """Write the book of a package.

    Args:
        package: Id or folder of the package.
        target: Folder of the book; an earlier book in it is replaced.
        as_of: The date whose rules are marked as in force.

    Returns:
        The number of pages.

    Raises:
        NoBookError: The folder holds something else.
        PolicyError: The rules or the scenarios cannot be read.
    """
    refuse_other_folders(target)
    files = book_files(read_contents(package, as_of))
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".book-", dir=target.resolve().parent) as folder:
        made = Path(folder) / "book"
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text, encoding="utf-8", newline="\n")
        _move(made, target, Path(folder) / "earlier")
    return sum(name.endswith(".html") for name in files)


def refuse_other_folders(target: Path) -> None:
    """Raise unless the target is absent, empty, or a book."""
    is_free = not target.exists() or (target.is_dir() and not any(target.iterdir()))
    if target.is_symlink() or not (is_free or (target / MARKER).is_file()):
        raise NoBookError(0, "目录不是空的，也不是政策书 / the folder is neither empty nor a book", str(target))


def _move(made: Path, target: Path, earlier: Path) -> None:
    """Put the new book in its place; the earlier one returns if that fails."""
    had = target.exists()
    if had:
        target.rename(earlier)
    try:
        made.rename(target)
    except OSError:
        if had:
            earlier.rename(target)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def book_files(contents: Contents) -> dict[str, str]:
    """Return every file of the book: its name and text."""
    places = local_packages(contents)
    title = contents.package.title
    files = {page.file: page.html(title) for page in _pages(contents, places)}
    files["search-index.js"] = search_index(contents, places)
    files |= {name: _static(name) for name in STATIC}
    files[MARKER] = f"{contents.package.id} {contents.as_of} {contents.digest}\n"
    return files


def _static(name: str) -> str:
    return importlib.resources.files("cso_rules.book").joinpath("static", name).read_text(encoding="utf-8")


def _pages(contents: Contents, places: tuple[Place, ...]) -> list[Page]:
    return [
        index_page(contents, len(places)),
        provisions_page(contents),
        decisions_page(contents),
        *(decision_page(contents, decision) for decision in contents.found.decisions.values()),
        graph_page(contents),
        parameters_page(contents),
        facts_page(contents),
        readings_page(contents),
        scenarios_page(contents),
        places_page(contents, places),
    ]
