"""Books of the national package and of a small hostile one, as parsed pages."""

import datetime
import shutil
from html.parser import HTMLParser
from pathlib import Path

import attrs
import pytest

from cso_rules.book.contents import Contents, read_contents
from cso_rules.book.pages.local_changes import Place, local_packages
from cso_rules.book.write import book_files
from cso_rules.loader.in_force import policy_of_date

ROOT = Path(__file__).resolve().parents[2]
CN = ROOT / "policies" / "cn"
BASE = ROOT / "tests" / "diagnostics" / "base"
DAY = datetime.date(2018, 6, 1)


@attrs.define
class ParsedPage(HTMLParser):
    """What the tests look at: anchors, references, elements, texts by language."""

    ids: list[str] = attrs.field(factory=list)
    references: list[tuple[str, str]] = attrs.field(factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = attrs.field(factory=list)
    languages: set[str] = attrs.field(factory=set)
    texts: list[str] = attrs.field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self.ids += [value for key, value in attrs if key == "id" and value]
        self.references += [(tag, value) for key, value in attrs if key in {"href", "src"} and value is not None]
        self.languages |= {value for key, value in attrs if key == "lang" and value}

    @property
    def outer(self) -> list[dict[str, str | None]]:
        """Links to publications, which nothing is loaded from."""
        return [found for tag, found in self.elements if tag == "a" and found.get("rel") == "noreferrer"]

    @property
    def inner(self) -> list[str]:
        """Everything else that the page refers to."""
        outer = [found.get("href") for found in self.outer]
        return [target for _, target in self.references if target not in outer]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(html: str) -> ParsedPage:
    page = ParsedPage()
    page.feed(html)
    page.close()
    return page


@pytest.fixture(scope="session")
def national(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The national package with its places, as they are when the tests begin, and a third of its scenarios."""
    package = Path(shutil.copytree(CN.parent, tmp_path_factory.mktemp("book") / "policies")) / "cn"
    files = sorted((package / "scenarios").glob("*.yaml"))
    for file in (file for place, file in enumerate(files) if place % 3 and file.stem not in {"packs", "tier"}):
        file.unlink()
    return package


@pytest.fixture(scope="session")
def contents(national: Path) -> Contents:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy_of_date, "_show", lambda *_: None)  # test_one_tier shows it
        return read_contents(national, DAY)


@pytest.fixture(scope="session")
def places(contents: Contents) -> tuple[Place, ...]:
    return local_packages(contents)


@pytest.fixture(scope="session")
def files(contents: Contents) -> dict[str, str]:
    return book_files(contents)


@pytest.fixture(scope="session")
def pages(files: dict[str, str]) -> dict[str, ParsedPage]:
    return {name: parsed(text) for name, text in files.items() if name.endswith(".html")}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A package that tests may change."""
    return Path(shutil.copytree(BASE, tmp_path / "rules" / "base"))
