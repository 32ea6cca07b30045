"""Files that were made to do harm, or are broken; and commands that read them in a process with little memory."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from tests.kept_process import run_kept

CONTEXT = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
COMMANDS = ("classify", "explain", "bulk")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@attrs.frozen
class Said:
    """How a command ended, and what it said on stderr."""

    code: int
    text: str


def run(path: Path, lang: str = "en", commands: Iterable[str] = COMMANDS) -> dict[str, Said]:
    """Run commands on a file in a process with little memory; that it dies is a failure of the test."""
    more = {"explain": ("--id", "A"), "bulk": ("-o", str(path.with_name("out.csv")))}
    found = {name: run_kept(name, path, *CONTEXT, "--lang", lang, *more.get(name, ())) for name in commands}
    return {name: Said(ended.code, ended.said.decode()) for name, ended in found.items()}


def refused(path: Path, *words: str, lang: str = "en") -> None:
    """Assert that every command refuses the file with these words, at no length, and leaves nothing behind."""
    for name, said in run(path, lang).items():
        assert said.code == 4, (name, said)
        assert all(word in said.text for word in words), (name, said)
        assert len(said.text.encode()) <= 2048, name
        assert "Traceback" not in said.text
    assert not path.with_name("out.csv").exists()


def cell(reference: str | None, value: str | int, more: str = "") -> str:
    """Return a cell of a sheet: a text stands in it, a number as such."""
    place = "" if reference is None else f' r="{reference}"'
    if isinstance(value, int):
        return f"<c{place}{more}><v>{value}</v></c>"
    return f'<c{place} t="inlineStr"{more}><is><t>{value}</t></is></c>'


def row(number: int | str | None, *cells: str) -> str:
    """Return a row of a sheet."""
    place = "" if number is None else f' r="{number}"'
    return f"<row{place}>{''.join(cells)}</row>"


TABLE = row(1, cell("A1", "编号"), cell("B1", "个人会员数")) + row(2, cell("A2", "A"), cell("B2", 5))


def sheet(rows: str, before: str = "", after: str = "", start: str = "") -> str:
    """Return the XML of a sheet."""
    return f'{start}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def relations(*targets: tuple[str, str]) -> str:
    """Return the XML of relations."""
    listed = (
        f'<Relationship Id="r{at}" Type="{OFFICE}/{kind}" Target="{to}"/>' for at, (kind, to) in enumerate(targets)
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(listed)}</Relationships>'


def book(*names: str, settings: str = "") -> str:
    """Return the XML of a workbook with sheets."""
    listed = "".join(f'<sheet name="{name}" sheetId="{at + 1}" r:id="r{at}"/>' for at, name in enumerate(names))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{settings}<sheets>{listed}</sheets></workbook>'


def workbook(path: Path, content: str, parts: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a workbook with one sheet; `parts` are added, or stand instead."""
    all_parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book("名册"),
        "xl/_rels/workbook.xml.rels": relations(("worksheet", "sheet1.xml"), ("sharedStrings", "texts.xml")),
        "xl/sheet1.xml": content,
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in all_parts.items():
            archive.writestr(name, text)
    return path
