"""The book written as a folder: whole or not at all, and never over something that is not a book."""

from __future__ import annotations

import datetime
import importlib.resources
import secrets
import tempfile
from collections.abc import Collection
from pathlib import Path

from cso_rules.book.contents import Contents, read_contents
from cso_rules.book.page import Page
from cso_rules.book.pages.about import about_page
from cso_rules.book.pages.decisions import decision_page, decisions_page
from cso_rules.book.pages.facts import facts_page
from cso_rules.book.pages.graph import graph_page
from cso_rules.book.pages.index import index_page
from cso_rules.book.pages.local_changes import Place, local_packages
from cso_rules.book.pages.parameters import parameters_page
from cso_rules.book.pages.places import places_page
from cso_rules.book.pages.provisions import provisions_page
from cso_rules.book.pages.readings import readings_page
from cso_rules.book.pages.scenarios import scenarios_page
from cso_rules.book.pages.search_index import search_index
from cso_rules.book.trying import FILE, Trying, trying
from cso_rules.diagnostics import escape
from cso_rules.errors import CsoRulesError
from cso_rules.model.instruments import Label

MARKER = ".cso-rules-book"
"""The file by which a folder is known as a book: what it is of, and the names of its files."""
NO_FOLDER = Label(
    zh="这是文件或链接，不是文件夹；请用 -o 指定另一个文件夹",
    en="this is a file or a link, no folder; name another with -o",
)
NO_BOOK = Label(
    zh="目录不是空的，也不是政策书；请用 -o 指定空目录或新目录",
    en="the folder is neither empty nor a book; name an empty or a new one with -o",
)
IN_THE_WAY = Label(
    zh="该文件不是政策书写出的，但与书页同名；请先移走",
    en="this file was not written by a book, and a page has its name; move it away first",
)
STATIC = ("book.css", "book.js")


class NoBookError(CsoRulesError, OSError):
    """The folder is there, holds something, and is no book."""

    def __init__(self, target: Path, reason: Label) -> None:
        """Keep the folder and what is in the way."""
        super().__init__(f"{target}: {reason.en}")
        self.target, self.reason = target, reason

    def in_language(self, language: str) -> str:
        """Return what is in the way in `zh` or `en`."""
        return escape(f"{self.target}{'：' if language == 'zh' else ': '}{self.reason.in_language(language)}")


def write_book(package: str | Path, target: Path, as_of: datetime.date) -> int:
    """Write the book of a package.

    Args:
        package: Id or folder of the package.
        target: Folder of the book; an earlier book in it is replaced, and files of others stay.
        as_of: The date whose rules are marked as in force.

    Returns:
        The number of pages.

    Raises:
        NoBookError: The folder holds something else.
        PolicyError: The rules or the scenarios cannot be read.
    """
    files = book_files(read_contents(package, as_of), trying(package, as_of))
    refuse_other_folders(target, files)
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".book-", dir=target.resolve().parent) as folder:
        made = Path(folder) / "book"
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text, encoding="utf-8", newline="\n")
        _move(made, target)
    return sum(name.endswith(".html") for name in files)


def refuse_other_folders(target: Path, files: Collection[str]) -> None:
    """Raise unless the target is absent, an empty folder, or a book in which no file of another stands in the way.

    Args:
        target: The folder of the book.
        files: The names of the files that are to be written.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NoBookError(target, NO_FOLDER)
    if not target.exists() or not any(target.iterdir()):
        return
    own = _own_files(target, files)
    if own is None:
        raise NoBookError(target, NO_BOOK)
    if foreign := sorted(name for name in files if name not in own and (target / name).exists()):
        raise NoBookError(target / foreign[0], IN_THE_WAY)


def _own_files(folder: Path, files: Collection[str]) -> frozenset[str] | None:
    """Return the files that an earlier book wrote into a folder; None where there is no book.

    The first books did not list their files: of them those are known that every book has.
    """
    marker = folder / MARKER
    if marker.is_symlink() or not marker.is_file():
        return None
    listed = marker.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    return frozenset({*(listed or files), MARKER})


def _move(made: Path, target: Path) -> None:
    """Put the new book in its place; the earlier one returns if that fails, and what was not its own stays there."""
    earlier = target.resolve().with_name(f".book-{secrets.token_hex(6)}-earlier") if target.exists() else None
    own = _own_files(target, [file.name for file in made.iterdir()]) if earlier else None
    if earlier:
        target.rename(earlier)
    try:
        made.rename(target)
    except OSError:
        if earlier:
            earlier.rename(target)
        raise
    for entry in sorted(earlier.iterdir()) if earlier else ():
        if own is not None and entry.name in own and not entry.is_dir():
            entry.unlink()
        else:
            entry.rename(target / entry.name)
    if earlier:
        earlier.rmdir()


def book_files(contents: Contents, tried: Trying | None = None) -> dict[str, str]:
    """Return every file of the book: its name and text.

    Args:
        contents: What the book is about.
        tried: The page that asks, if there is one.
    """
    places = local_packages(contents)
    title = contents.package.title
    files = {page.file: page.html(title) for page in _pages(contents, places, tried)}
    files["search-index.js"] = search_index(contents, places)
    files |= {name: _static(name) for name in STATIC}
    files |= {} if tried is None else {FILE: tried.html}
    head = f"{contents.package.id} {contents.as_of} {contents.digest}"
    files[MARKER] = "\n".join((head, *sorted(files), ""))
    return files


def _static(name: str) -> str:
    return importlib.resources.files("cso_rules.book").joinpath("static", name).read_text(encoding="utf-8")


def _pages(contents: Contents, places: tuple[Place, ...], tried: Trying | None) -> list[Page]:
    return [
        index_page(contents, len(places)),
        about_page(contents),
        provisions_page(contents),
        decisions_page(contents),
        *(decision_page(contents, decision, places, tried) for decision in contents.found.decisions.values()),
        graph_page(contents),
        parameters_page(contents),
        facts_page(contents),
        readings_page(contents),
        scenarios_page(contents),
        places_page(contents, places),
    ]
