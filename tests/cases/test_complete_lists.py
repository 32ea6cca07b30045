"""A list of a set is complete, or says what is surely there: as the vocabulary says, unless the list says it itself."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from cso_rules import Policy, determine, load_policy
from cso_rules.determination import plain
from cso_rules.errors import FactsError
from cso_rules.interfaces.cli import cli
from cso_rules.model.types import SomeOf
from cso_rules.tables.bulk.determine import decode
from tests.cases.test_presumed import CARD

FACT = "media_wanted"
SURE = SomeOf(sure=frozenset({"books"}))
BOOKS = frozenset({"books"})
CELLS = ["图书", "图书", "图书", "图书", "", "[]", "[]", "图书、游戏", "——"]
MARKS = ["", "是", "否", "也许", "是", "", "否", "是", "否"]


def package(folder: Path, added: str) -> Path:
    for path in (path for path in CARD.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8").replace(f"  - id: {FACT}\n", f"  - id: {FACT}\n{added}")
        copied = folder / "library_card" / path.relative_to(CARD)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(text, encoding="utf-8")
    return folder / "library_card"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("lists"), "    complete: false\n")


@pytest.fixture(scope="module")
def policy(card: Path) -> Policy:
    return load_policy(card, as_of="2024-06-01")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (["books"], SURE),
        (BOOKS, BOOKS),
        ([], None),
        ({"values": ["books"], "complete": True}, BOOKS),
        ({"values": ["books"], "complete": False}, SURE),
        ({"values": ["books"]}, SURE),
        ({"values": [], "complete": True}, frozenset()),
    ],
)
def test_a_list_says_what_is_surely_there(policy: Policy, given: object, known: object) -> None:
    found = determine(policy, {FACT: given})
    assert found.facts.get(FACT) == known
    assert determine(policy, found.facts).known == found.known


def test_a_list_is_complete_where_nothing_is_said(tmp_path: Path) -> None:
    usual = load_policy(package(tmp_path, ""), as_of="2024-06-01")
    assert determine(usual, {FACT: ["books"]}).facts == {FACT: BOOKS}
    assert determine(usual, {FACT: {"values": ["books"], "complete": False}}).facts == {FACT: SURE}


@pytest.mark.parametrize("wrong", [{"values": ["books"], "complete": "ja"}, {"values": "books"}, {"complete": True}])
def test_what_is_no_list_is_refused(policy: Policy, wrong: object) -> None:
    with pytest.raises(FactsError):
        determine(policy, {FACT: wrong})


def rows_of(card: Path, file: Path) -> list[dict[str, Any]]:
    rules = ("--package", str(card), "--as-of", "2024-06-01")
    found = CliRunner().invoke(cli, ["classify", str(file), "--format", "json", *rules])
    return json.loads(found.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("added", ["", "    complete: false\n"])
@pytest.mark.parametrize("is_list", [False, True])
def test_tables_and_batches_read_the_same(tmp_path: Path, added: str, *, is_list: bool) -> None:
    card = package(tmp_path, added)
    policy = load_policy(card, as_of="2024-06-01")
    rows = list(zip(CELLS, MARKS, strict=True))
    if is_list:
        rows = [(cell, mark) for cell, mark in rows if cell != "——"]
        lists = [None if not cell else [] if cell == "[]" else cell.split("、") for cell, _ in rows]
        records = [{"名称": str(at), "想借的类型": cell, "想借的类型完整": mark or None}
                   for at, (cell, (_, mark)) in enumerate(zip(lists, rows, strict=True))]  # fmt: skip
        (tmp_path / "list.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
        array, file = pa.array(lists, pa.list_(pa.string())), tmp_path / "list.json"
    else:
        lines = [f"{at},{cell},{mark}" for at, (cell, mark) in enumerate(rows)]
        (tmp_path / "list.csv").write_text("\n".join(["名称,想借的类型,想借的类型（完整）", *lines]), encoding="utf-8")
        array, file = pa.array([cell for cell, _ in rows]), tmp_path / "list.csv"
    marks = pa.array([mark for _, mark in rows])
    batch = pa.RecordBatch.from_arrays([array, marks], names=["想借的类型", "想借的类型完整"])
    single = [row["determination"]["facts"].get(FACT) for row in rows_of(card, file)]
    found = [plain(decode(batch, place, policy).facts.get(FACT)) for place in range(len(rows))]
    assert found == single


def test_a_record_says_it_in_an_object(card: Path, tmp_path: Path) -> None:
    records = [{"名称": "1", FACT: {"values": ["books"], "complete": True}}, {"名称": "2", FACT: ["books"]}]
    (tmp_path / "list.json").write_text(json.dumps(records), encoding="utf-8")
    facts = [row["determination"]["facts"][FACT] for row in rows_of(card, tmp_path / "list.json")]
    assert facts == [["books"], {"sure": ["books"], "possible": None}]


def test_bulk_leaves_open_what_a_list_leaves_open(card: Path, tmp_path: Path) -> None:
    lines = ["甲,图书,,40,常住本市", "乙,图书,是,40,常住本市", "丙,图书、影片,,40,常住本市"]
    head = "名称,想借的类型,想借的类型完整,年龄,居住地"
    (tmp_path / "list.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    rules = ("--package", str(card), "--as-of", "2024-06-01", "--reasons")
    done = CliRunner().invoke(cli, ["bulk", str(tmp_path / "list.csv"), "-o", str(tmp_path / "answers.csv"), *rules])
    assert done.exit_code == 0, done.output
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig") as file:
        rows = [*csv.DictReader(file)]
    column = next(name for name in rows[0] if name.startswith("services") and name.endswith("missing"))
    assert ["media_wanted" in row[column] or "想借的类型" in row[column] for row in rows] == [True, False, False]


def test_only_sets_have_lists(tmp_path: Path) -> None:
    folder = package(tmp_path, "")
    path = folder / "vocabulary.yaml"
    path.write_text(path.read_text("utf-8").replace("  - id: age\n", "  - id: age\n    complete: false\n"), "utf-8")
    with pytest.raises(Exception, match="expected set, found integer"):
        load_policy(folder, as_of="2024-06-01")
