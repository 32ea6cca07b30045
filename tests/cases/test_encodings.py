"""Bytes that are no text: refused by line or by row everywhere, never read as other letters."""

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from cso_rules import determine_many, load_policy
from cso_rules.model.policy import Policy
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.columns import is_known_heading
from cso_rules.tables.read.sheets import read_sheet
from tests.cases.hostile_files import refused, run

INPUTS = Path(__file__).parent / "inputs"
HEAD = "编号,名称,个人会员数,非营利\n"
ROWS = [f"A{number},社区舞蹈队{number},{number},是\n" for number in range(40)]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


def mixed(path: Path, most: str, other: str, *places: int) -> Path:
    """Write a table in one encoding, of which some rows are in another."""
    rows = [row.encode(other if place in places else most) for place, row in enumerate(ROWS)]
    path.write_bytes(HEAD.encode(most) + b"".join(rows))
    return path


@pytest.mark.parametrize("places", [(20,), (3, 20, 39)])
def test_some_rows_of_gb18030_in_utf_8_are_refused_by_line(tmp_path: Path, places: tuple[int, ...]) -> None:
    path = mixed(tmp_path / "in.csv", "utf-8", "gb18030", *places)
    refused(path, ", ".join(str(place + 2) for place in places), "not UTF-8, as the other lines are")
    refused(path, "不是 UTF-8 编码，而其他行是", lang="zh")


def test_a_row_of_utf_8_in_gb18030_is_refused_by_line(tmp_path: Path) -> None:
    path = mixed(tmp_path / "in.csv", "gb18030", "utf-8", 20)
    refused(path, "line 22", "UTF-8, which the other lines are not")


def test_text_in_one_encoding_is_read(policy: Policy, tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        path = mixed(tmp_path / f"{encoding}.csv", encoding, encoding)
        sheet = read_sheet(path, is_known_heading(policy))
        assert sheet.encoding == encoding
        assert [row.cells[1] for row in sheet.rows] == [row.split(",")[1] for row in ROWS]
    (tmp_path / "plain.csv").write_text("organization_id,individual_members\nA,5\n", "ascii")
    assert read_sheet(tmp_path / "plain.csv", is_known_heading(policy)).encoding == "utf-8"


def test_bytes_in_no_encoding_are_refused_with_the_line_at_which_each_fails(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes((HEAD + ROWS[0]).encode("gb18030") + b"A,\xff\xff,3,\n")
    refused(path, "not utf-8 from line 1 on", "not gb18030 from line 3 on")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_without_a_mark_and_of_four_bytes_are_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(HEAD.encode(encoding) + ROWS[0].encode(encoding))
    refused(path, "UTF-32" if encoding == "utf-32" else "UTF-16", "CSV UTF-8")


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet_is_read_by_its_mark(policy: Policy, tmp_path: Path, mark: str) -> None:
    path, text = tmp_path / "in.csv", "\ufeff" + (HEAD + "".join(ROWS)).replace(",", "\t").replace("\n", "\r\n")
    path.write_bytes(text.encode(mark))
    sheet = read_sheet(path, is_known_heading(policy))
    assert (sheet.encoding, sheet.header[0]) == ("utf-16", "编号")
    assert [row.cells[1] for row in sheet.rows] == [row.split(",")[1] for row in ROWS]
    table = pa.Table.from_batches(list(determine_many(path, policy, decisions=["tier"])))
    assert table.num_rows == len(ROWS)


@pytest.mark.parametrize("end", [b"\x00", b"\x00\xd8", "\ufffd".encode("utf-16-le")])
def test_unicode_text_that_is_cut_or_lost_characters_is_refused(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes((HEAD + ROWS[0]).encode("utf-16") + end)
    refused(path, "UTF-16", "CSV UTF-8")


def test_a_named_encoding_is_taken_at_its_word(policy: Policy, tmp_path: Path) -> None:
    path = mixed(tmp_path / "in.csv", "gb18030", "gb18030")
    assert read_sheet(path, is_known_heading(policy), encoding="gb18030").encoding == "gb18030"
    with pytest.raises(FileProblem, match="not utf-8 from line 1 on"):
        read_sheet(path, is_known_heading(policy), encoding="utf-8")


def test_characters_that_were_lost_before_are_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEAD + ROWS[0] + "B,锟斤拷,4,是\n", "utf-8")
    refused(path, "line 3", "characters were lost")


def test_a_rare_character_is_read() -> None:
    for lang in ("zh", "en"):
        assert run(INPUTS / "p1_gbk_rare.csv", lang, ["classify"])["classify"].code == 0


TEXTS = ["甲", "乙\0丙", "丁\x1b[2J", "戊\x85", "己", "庚\ufeff", "辛\x7f"]
LEFT = {"甲", "己"}


def table_of(path: Path) -> Path:
    """Write one organization for each text, in the format of the ending."""
    import json

    records = [{"编号": f"A{at}", "名称": text, "个人会员数": at} for at, text in enumerate(TEXTS)]
    match path.suffix:
        case ".csv":
            rows = "".join(f"{one['编号']},{one['名称']},{one['个人会员数']}\n" for one in records)
            path.write_text("编号,名称,个人会员数\n" + rows, "utf-8")
        case ".json":
            path.write_text(json.dumps(records), "utf-8")
        case ".ndjson":
            path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
        case _:
            parquet.write_table(pa.Table.from_pylist(records), path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".json", ".ndjson", ".parquet"])
def test_control_characters_refuse_their_rows_in_every_format(tmp_path: Path, ending: str) -> None:
    path = table_of(tmp_path / f"in{ending}")
    commands = {".csv": ("classify", "bulk"), ".parquet": ("bulk",)}.get(ending, ("classify",))
    for name, said in run(path, "en", commands).items():
        assert said.code == 4
        assert "read 7 = answered 2 + refused 5" in said.text, (name, said)
        for code in ("U+0000", "U+001B", "U+0085", "U+FEFF", "U+007F"):
            assert f"名称: holds the control character {code}" in said.text


BAD: list[bytes | None] = [b"ok", b"\xff\xfe", None, b"\xe7\x94\xb2"]


def texts(kind: Any, given: list[bytes | None] = BAD) -> Any:
    """Return a column of texts, of which one is none."""
    plain = pa.array(given, pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
    return pa.Array.from_buffers(kind, len(given), plain.buffers())


KINDS = {
    "string": lambda: texts(pa.string()),
    "large_string": lambda: texts(pa.large_string()),
    "binary": lambda: pa.array(BAD, pa.binary()),
    "dictionary": lambda: pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None, 2], pa.int8()), texts(pa.string(), [b"ok", BAD[1], b"x"])
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_bytes_that_are_no_utf_8_refuse_their_row_by_column(
    policy: Policy, tmp_path: Path, kind: str, ending: str
) -> None:
    table = pa.table({"organization_name": KINDS[kind](), "individual_members": [1, 2, 3, 4]})
    path = tmp_path / f"in{ending}"
    if ending == ".parquet":
        parquet.write_table(table, path)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    said = run(path, "en", ["bulk"])["bulk"]
    assert (said.code, "read 4 = answered 3 + refused 1" in said.text) == (4, True), said
    assert "row 2: organization_name: '\\\\xff\\\\xfe' is not UTF-8" in said.text
    found = pa.Table.from_batches(list(determine_many(path, policy, decisions=["tier"], language="zh"))).to_pylist()
    assert [row["problem"] is None for row in found] == [True, False, True, True]


@pytest.mark.parametrize("kind", ["string", "dictionary", "list"])
def test_facts_and_places_are_no_exception(policy: Policy, tmp_path: Path, kind: str) -> None:
    names = texts(pa.string())
    column = {
        "string": lambda: names,
        "dictionary": KINDS["dictionary"],
        "list": lambda: pa.ListArray.from_arrays(pa.array([0, 0, 2, 2, 2], pa.int32()), names),
    }[kind]()
    fact = "activity_kinds" if kind == "list" else "organizational_form"
    table = pa.table({fact: column, "as_of": ["2018-06-01"] * 4, "individual_members": [1, 2, 3, 4]})
    parquet.write_table(table, tmp_path / "in.parquet")
    said = run(tmp_path / "in.parquet", "en", ["bulk"])["bulk"]
    assert said.code == 4
    assert f"row 2: {fact}: '\\\\xff\\\\xfe' is not UTF-8" in said.text
    assert fact in policy.facts
