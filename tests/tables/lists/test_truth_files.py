"""The truths and headings speak of what is in the lists, in the words of the vocabulary; no reader is asked here."""

import csv
import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from python_calamine import CalamineWorkbook

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TRUTHS = sorted((HERE / "truths").glob("*.yaml"))
LISTS = [path for path in TRUTHS if "forms: true" not in path.read_text(encoding="utf-8")]
ENDS = {"at_least", "at_most"}

Rows = list[list[str]]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def facts() -> dict[str, dict[str, Any]]:
    return {fact["id"]: fact for fact in read(ROOT / "policies/cn/vocabulary.yaml")["facts"]}


@cache
def enumerations() -> dict[str, set[str]]:
    values = read(ROOT / "policies/cn/vocabulary.yaml")["enumerations"]
    return {one["id"]: {value["id"] for value in one["values"]} for one in values}


def text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def rows(truth: dict[str, Any], sheet: str | None) -> Rows:
    path = HERE / "files" / truth["file"]
    if path.suffix in {".ndjson", ".parquet"}:
        return [[shown(value) for value in record.values()] for record in records(path)]
    if truth.get("transposed"):
        return [list(cells) for cells in zip(*rows({**truth, "transposed": False}, sheet), strict=True)]
    if path.suffix == ".csv":
        separator = truth["separator"].replace("tab", "\t")
        with path.open(encoding=truth["encoding"], newline="") as lines:
            return list(csv.reader(lines, delimiter=separator))
    book = CalamineWorkbook.from_path(path)
    found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    return [[text(cell) for cell in line] for line in found.to_python(skip_empty_area=False)]


def records(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()  # type: ignore[no-any-return]
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) if line.strip() else {} for line in lines]


def shown(value: object) -> str:
    plain = text(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, (list, bool)) else plain


def bare(words: str) -> str:
    return "".join(words.split())


def tables(truth: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**truth, **table} for table in truth.get("tables") or [{}]]


def is_value(fact: dict[str, Any], value: Any) -> bool:
    match fact["type"]:
        case "boolean":
            return isinstance(value, bool)
        case "enumeration":
            several = value["one_of"] if isinstance(value, dict) else [value]
            return set(several) <= enumerations()[fact["enumeration"]]
        case "set":
            surely = value["surely"] if isinstance(value, dict) else value
            return set(surely) <= enumerations()[fact["enumeration"]]
        case kind:
            ends = list(value.values()) if isinstance(value, dict) and set(value) <= ENDS else [value]
            if kind == "date":
                return all(datetime.date.fromisoformat(end) for end in ends)
            wanted = int if kind == "integer" else (int, float)
            return all(isinstance(end, wanted) and not isinstance(end, bool) for end in ends)


def test_every_list_has_its_truth() -> None:
    assert {path.name for path in (HERE / "files").iterdir()} == {path.stem for path in TRUTHS}
    specs = [spec for name in ("lists.yaml", "strangers.yaml") for spec in read(HERE / name)]
    assert {spec["file"] for spec in specs} <= {path.stem for path in TRUTHS}


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
def test_values_are_of_the_vocabulary(path: Path) -> None:
    truth = read(path)
    assert truth["file"] == path.stem
    for table in tables(truth):
        for line in [{"facts": table.get("common", {})}, *table["organizations"]]:
            said = {**line["facts"], **line.get("may", {})}
            assert not [name for name, value in said.items() if not is_value(facts()[name], value)], line


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
def test_what_is_said_and_what_is_not_understood_are_apart(path: Path) -> None:
    for table in tables(read(path)):
        for line in table["organizations"]:
            assert not set(line["facts"]) & set(line.get("may", {})), line


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
def test_names_and_texts_stand_in_their_rows(path: Path) -> None:
    truth = read(path)
    for table in tables(truth):
        for line in table["organizations"]:
            cells = rows(truth, line.get("sheet", table.get("sheet")))
            here = {bare(cell) for cell in cells[line["row"] - 1]}
            assert bare(line["name"]) in here, line
            told = {bare(cell) for row in (cells if truth.get("forms") else [cells[line["row"] - 1]]) for cell in row}
            for words in line.get("not_understood", {}).values():
                parts = [bare(part) for part in str(words).split(" / ")]
                assert set(parts) <= told or str(words).startswith(("#", "=")), (line, told)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_row_is_accounted_for(path: Path) -> None:
    truth = read(path)
    for sheet in dict.fromkeys(table.get("sheet") for table in tables(truth)):
        own = [table for table in tables(truth) if table.get("sheet") == sheet]
        filled = {number for number, row in enumerate(rows(truth, sheet), 1) if any(bare(cell) for cell in row)}
        headers = {row for table in own for row in table["header_rows"]}
        lines = {line["row"] for table in own for line in table["organizations"]}
        left = {line["row"] for table in own for line in table["left_out"]}
        assert not lines & (left | headers)
        # A line of a formula or error alone is no blank line to a clerk; a row of an unreadable cell keeps its name.
        assert filled == headers | lines | left


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
def test_headings_stand_in_the_header(path: Path) -> None:
    truth = read(path)
    for table in tables(truth):
        sheets = {line.get("sheet", table.get("sheet")) for line in table["organizations"]} or {table.get("sheet")}
        places = table.get("header_rows")
        file = HERE / "files" / truth["file"]
        header = {bare(key) for one in records(file) for key in one} if places == [] else set[str]()
        for sheet in sheets:
            cells = rows(truth, sheet)
            header |= {
                bare(cell) for number, row in enumerate(cells, 1) if not places or number in places for cell in row
            }
        named = [
            *table["unread_headings"],
            *table["no_fact_headings"],
            table["name_heading"],
            table.get("id_heading", ""),
        ]
        named += [heading for line in table["organizations"] for heading in line.get("not_understood", {})]
        for heading in filter(None, named):
            parts = [heading] if bare(heading) in header else heading.split("/")
            assert {bare(part) for part in parts} <= header, heading


def test_headings_lead_to_facts_of_the_vocabulary() -> None:
    kinds = {"fact", "near", "opposite_of", "no_fact"}
    listed = read(HERE / "headings.yaml")
    sources = set(listed["sources"])
    seen: set[str] = set()
    for entry in listed["headings"]:
        heading, kind = entry["heading"], kinds & set(entry)
        assert len(kind) == 1, entry
        assert heading not in seen, entry
        seen.add(heading)
        assert set(entry["source"].replace(" ", "").split(",")) <= sources, entry
        assert entry.get("no_fact") in {None, True}, entry
        assert {entry[name] for name in kind - {"no_fact"}} <= set(facts()), entry
        assert "near" not in entry or entry["why"], entry
    assert len(seen) >= 150


def test_headings_and_truths_agree() -> None:
    known = {bare(entry["heading"]): entry for entry in read(HERE / "headings.yaml")["headings"]}
    for path in TRUTHS:
        for table in tables(read(path)):
            for kinds, headings in ((("near",), "unread_headings"), (("no_fact",), "no_fact_headings")):
                for heading in map(bare, table[headings]):
                    entry = known.get(heading) or known.get(heading.split("（")[0].split("/")[-1])
                    assert entry is None or set(kinds) & set(entry) or "年底" in heading, (path.stem, entry)
