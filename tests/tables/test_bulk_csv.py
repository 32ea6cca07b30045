"""Large CSV files: the same answers as `classify`, the same row numbers, and every row answered or refused."""

import csv
import datetime
import io
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from cso_rules import determine_many, load_policy
from cso_rules.executors.planes.facts.casts import cast_texts
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.tables.batches.csv_blocks import Block, blocks, start_after
from cso_rules.tables.batches.csv_files import Parser
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.columns import is_known_heading
from tests.tables.both_ways import answers_in_bulk, assert_same, in_bulk

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DATE = datetime.date(2018, 6, 1)
HEAD = "编号,individual_members,非营利,活动资金（元）,开展活动,登记状态,登记日期\n"
ROW = "{id},60,是,3万,为民服务、公益慈善,未登记,2017-01-02\n"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DATE)


def written(folder: Path, text: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_back(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", ["county-utf8.csv", "county-gb18030.csv"])
def test_the_example_counties_are_answered_as_by_classify(policy: Policy, name: str) -> None:
    counts = assert_same(EXAMPLES / name, policy, with_long=True)
    assert [problem.row for problem in counts.problems] == [26, 39, 48, 48, 60]
    assert (counts.refused, counts.in_doubt, counts.unread.total()) == (0, 4, 5)


AROUND = {
    "a blank line": "\n",
    "a line of spaces": "   \n",
    "blank cells": ",,,,,,\n",
    "a row of totals": "合计,120,,,,,\n",
    "totals in full width": ",ｔｏｔａｌ（个）,,,,,\n",
    "a cell too many": "B,1,是,1,,未登记,,x\n",
    "a blank cell too many": "B,1,是,1,,未登记,,\n",
    "a short row": "B,1\n",
    "a quoted line end": '"B\nb",1,是,"3,000",,未登记,\n',
    "a doubled quotation mark": '"B ""b""",1,是,1,,未登记,\n',
    "a quotation mark in the middle": 'B 5" b,1,是,1,,未登记,\n',
    "a line end of old": "B,1,是,1,,未登记,\rC,1,是,1,,未登记,\n",
    "line ends of Windows": 'B,1,是,1,,"未登记",\r\n\r\nC,x,是,1,,未登记,\r\n',
    "a value that is none": "B,二十,也许,若干,唱歌,登记了,2017-02-30\n",
    "a long cell": f"{'长' * 32_768},1,是,1,,未登记,\n",
    "nothing but a byte order mark": "\ufeff,,,,,,\n",
    "an error of the spreadsheet": "B,#REF!,是,1,,未登记,\n",
    "spellings": "Ｂ,６０,√,１．５亿,志愿服务 为民服务;公益慈善,未登记,2017年1月2日\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_rows_are_read_and_numbered_as_by_classify(policy: Policy, tmp_path: Path, text: str, encoding: str) -> None:
    whole = HEAD + ROW.format(id="A") * 3 + text + ROW.format(id="Z") * 2
    path = written(tmp_path, whole.encode(encoding))
    assert_same(path, policy)
    last = written(tmp_path, (HEAD + text.rstrip("\n")).encode(encoding), "last.csv")
    assert_same(last, policy)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_records_do_not_depend_on_where_a_block_ends(tmp_path: Path, size: int, encoding: str) -> None:
    text = "编,b\n" + "".join((AROUND | {"a long cell": f"{'长' * 500},1,是,1,,未登记,\n"}).values())
    path = written(tmp_path, text.encode(encoding))
    start = start_after(path, encoding, ",", 1)
    cut = list(blocks(path, encoding, ",", start, size))
    found = [line for block in cut for line in block.lines.tolist()]
    shares = [block.share for block in cut]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert size > 64 or shares[0] < 1
    reader, expected, number = csv.reader(io.StringIO(text, newline=""), strict=True), list[int](), 1
    for cells in reader:
        expected += [number] if cells else []
        number = reader.line_num + 1
    assert found == expected[1:]


@pytest.mark.parametrize("is_strict", [False, True])
def test_a_broken_row_in_the_middle_is_named_with_line_value_and_reason(
    policy: Policy, tmp_path: Path, is_strict: bool
) -> None:
    rows = [ROW.format(id=place) for place in range(9_000)]
    rows[4_000] = "X,sixty,是,3万,,未登记,\n"
    rows[5_000] = "X,60\n"
    rows[6_000] = rows[4_000].replace("sixty", "")
    path = written(tmp_path, HEAD + "".join(rows))
    found, summary = in_bulk(path, policy, decisions=["tier"], is_strict=is_strict)
    refused = 1 + is_strict
    assert (summary.read, summary.answered, summary.refused) == (9_000, 9_000 - refused, refused)
    assert [(problem.row, problem.text("en")) for problem in summary.problems] == [
        (4_002, "individual_members 'sixty': 'sixty' is not a number"),
        (5_002, "the row has 2 cells, the header 7"),
    ]
    assert [found[place]["problem"] for place in (4_000, 5_000)] == [each.text("en") for each in summary.problems]
    own = {"row": 0, "problem": None}
    assert (found[4_000] | own == found[6_000] | own) is not is_strict
    assert found[5_000]["tier.status"] == "refused"


def test_a_value_that_is_none_is_named_though_no_answer_needs_its_fact(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, "编号,individual_members,fixed_members\nA,60,5\nB,60,five\n")
    assert [problem.row for problem in assert_same(path, policy).problems] == [3]
    _, summary = in_bulk(path, policy, decisions=["tier"])
    assert [problem.text("en") for problem in summary.problems] == ["fixed_members 'five': 'five' is not a number"]
    assert (summary.refused, in_bulk(path, policy, decisions=["tier"], is_strict=True)[1].refused) == (0, 1)


def test_a_header_below_titles_and_with_line_ends_is_found(policy: Policy, tmp_path: Path) -> None:
    text = '某县社区社会组织,,\n\n编号,"individual\n members",非营利\nA,60,是\nB,x,是\n'
    assert [problem.row for problem in assert_same(written(tmp_path, text), policy).problems] == [6]


def test_rows_that_all_end_with_a_separator_are_read(policy: Policy, tmp_path: Path) -> None:
    text = HEAD + ROW.replace("\n", ",,\n").format(id="A") * 100 + ROW.format(id="B") + "C" + "," * 7 + "x,\n"
    counts = assert_same(written(tmp_path, text), policy)
    assert (counts.answered, [problem.row for problem in counts.problems]) == (101, [103])


def test_rows_that_a_quick_reader_counts_otherwise_are_read_one_by_one(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + ROW.format(id="A") * 3)
    block = next(iter(blocks(path, "utf-8", ",", start_after(path, "utf-8", ",", 1))))
    wrong = Block(data=bytes(block.data).replace(b"A,", b"\nA,", 1), lines=block.lines, has_quotes=False)
    schema = pa.schema([(name, pa.string()) for name in HEAD.strip().split(",")])
    given = list(Parser(schema=schema, separator=",", headings=is_known_heading(policy)).parse(wrong))
    assert [each.batch.num_rows for each in given] == [3]


def test_a_quotation_mark_that_is_not_closed_refuses_the_file_by_its_line(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + ROW.format(id="A") * 3 + '"X,1,是,1,,未登记,\n' + ROW.format(id="A"))
    with pytest.raises(FileProblem, match="line 5: not valid CSV"):
        determine_many(path, policy, decisions=["tier"]).write(tmp_path / "out.csv")
    assert [found.name for found in tmp_path.iterdir()] == ["in.csv"]


def test_a_nul_character_refuses_its_row_as_in_every_format(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + ROW.format(id="A") + ROW.format(id="B\0"))
    counts = assert_same(path, policy)
    assert [(found.row, found.text("en")) for found in counts.problems] == [
        (3, "编号: holds the control character U+0000")
    ]


def test_a_heading_near_that_of_a_fact_is_named_and_an_unknown_one_passes(policy: Policy, tmp_path: Path) -> None:
    near = determine_many(written(tmp_path, "编号,individual_member,备注\nA,60,x\n"), policy, decisions=["tier"])
    assert near.notes[1].en.endswith("'individual_member' (did you mean 'individual members'?)")
    assert near.notes[2].en == "columns that are no facts, handed on as they are: 备注"
    assert near.write(tmp_path / "near.csv").answered == 1
    path, output = written(tmp_path, "individual_members,备注\n60,x\n"), tmp_path / "out.csv"
    assert determine_many(path, policy, decisions=["tier"]).write(output).share == 1
    assert read_back(output)[0]["备注"] == "x"


def test_twenty_thousand_rows_are_answered_like_the_same_rows_of_parquet(policy: Policy, tmp_path: Path) -> None:
    count, forms = 20_000, ["social_group", "none", None]
    labels = {"social_group": "社会团体", "none": "未定", None: ""}
    members = [row * 37 % 20_011 if row % 11 else None for row in range(count)]
    funds = [row * 7_919 % 1_000_003 for row in range(count)]
    kinds = [["services_for_residents"], ["services_for_residents", "public_interest_and_charity"], None]
    texts = {0: "为民服务", 1: "为民服务、公益慈善", 2: ""}
    facts = {
        "organization_id": [f"S{row}" for row in range(count)],
        "individual_members": pa.array(members, pa.int32()),
        "activity_funds": pa.array(funds, pa.int64()).cast(pa.decimal128(20, 0)),
        "organizational_form": [forms[row % 3] for row in range(count)],
        "activity_kinds": [kinds[row // 3 % 3] for row in range(count)],
        "is_nonprofit": [(True, False, None)[row // 9 % 3] for row in range(count)],
        "registered_on": [datetime.date(2010, 1, 1) + datetime.timedelta(row % 3_000) for row in range(count)],
    }
    lines = [
        f"S{row},{'' if members[row] is None else members[row]},{funds[row]},{labels[forms[row % 3]]},"
        f"{texts[row // 3 % 3]},{('是', '否', '')[row // 9 % 3]},{facts['registered_on'][row]}\n"
        for row in range(count)
    ]
    source = tmp_path / "in.parquet"
    parquet.write_table(pa.table(facts), source)
    wanted = {"decisions": ["tier", "registration_conditions", "form_tested"], "reasons": True}
    mine, counts = answers_in_bulk(written(tmp_path, ",".join(facts) + "\n" + "".join(lines)), policy, **wanted)
    theirs, _ = answers_in_bulk(source, policy, **wanted)
    assert counts.answered == count
    assert mine["section"].null_count == count
    assert mine.drop_columns(["row", "section"]).equals(theirs.drop_columns("row"))
    assert mine["row"].to_pylist() == list(range(2, count + 2))


def test_many_plain_numbers_and_dates_are_cast_as_they_are_read_one_by_one(policy: Policy) -> None:
    texts = pa.array(["0", "007", "60", "999999999999", "-1", "1.50", "0x1F", " 5", "", None, "6万"])
    numbers, read = cast_texts(policy.facts["individual_members"].type, texts) or ([], [])
    assert [int(number) for number, is_read in zip(numbers, read, strict=True) if is_read] == [0, 7, 60]
    numbers, read = cast_texts(policy.facts["activity_funds"].type, texts) or ([], [])
    assert [int(number) for number, is_read in zip(numbers, read, strict=True) if is_read][:3] == [0, 700, 6_000]
    dates = policy.facts["registered_on"].type
    found = cast_texts(dates, pa.array(["2018-01-31"]))
    assert found is not None
    assert dates.decode_number(int(found[0][0])) == datetime.date(2018, 1, 31)
    assert cast_texts(dates, pa.array(["2018-02-30"])) is None


@pytest.mark.parametrize("is_strict", [False, True])
def test_the_command_writes_own_columns_then_answers_and_runs_no_formula(tmp_path: Path, is_strict: bool) -> None:
    text = "编号,备注,individual_members,tier\n=1+1,-2+3,60,mine\nB,ok,-1,x\n合计,,59,\n"
    source, output = written(tmp_path, text.encode("gb18030")), tmp_path / "out.csv"
    arguments = ["bulk", str(source), "-o", str(output), "--as-of", "2018-06-01", "--decision", "tier", "--lang", "en"]
    run = CliRunner().invoke(cli, [*arguments, *["--strict"] * is_strict])
    assert run.exit_code == 4
    assert "read as gb18030" in run.output
    assert "row 3 individual_members '-1': -1" in run.output
    assert "rows of totals skipped: 4" in run.output
    assert f"read 2 = answered {2 - is_strict} + refused {0 + is_strict}" in run.output
    assert "cells that were not understood: individual_members 1" in run.output
    assert output.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = read_back(output)
    assert [(row["编号"], row["备注"], row["tier"]) for row in rows] == [("'=1+1", "'-2+3", "mine"), ("B", "ok", "x")]
    assert [row["tier.status"] for row in rows] == ["undetermined", "refused" if is_strict else "undetermined"]
    assert rows[1]["problem"].startswith("individual_members '-1': -1 is not")
    assert rows[0]["tier.possible"].startswith("registered、")
    assert list(rows[0])[4:7] == ["row", "section", "problem"]


def test_masks_of_rules_are_written_as_their_names(policy: Policy, tmp_path: Path) -> None:
    source, output = written(tmp_path, HEAD + ROW.format(id="A")), tmp_path / "out.csv"
    found = determine_many(source, policy, decisions=["tier"], reasons=True)
    found.write(output)
    row = read_back(output)[0]
    expected, _ = in_bulk(source, policy, decisions=["tier"], reasons=True)
    assert row["tier.reasons"] == "、".join(expected[0]["tier.reasons"])
    assert set(row["tier.unknown"].split("、")) <= {rule.id for rule in policy.decisions["tier"].rules}  # type: ignore[union-attr]


MANY = 1_000_000
BROKEN = 900_000


def million(folder: Path, broken: bytes, head: bytes = b"organization_id,individual_members,is_nonprofit\n") -> Path:
    rows = [b"S,60,true\n"] * MANY
    rows[BROKEN - 1] = broken
    return written(folder, head + b"".join(rows))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b"S,60\n", "the row has 2 cells, the header 3"),
        (b"S,many,true\n", "individual_members 'many': 'many' is not a number"),
    ],
)
def test_row_900_000_of_a_million_is_refused_by_its_line_and_all_others_are_answered(
    policy: Policy, tmp_path: Path, broken: bytes, words: str
) -> None:
    found = determine_many(
        million(tmp_path, broken), policy, decisions=["has_valid_registration"], language="en", is_strict=True
    )
    summary = found.write(tmp_path / "out.parquet")
    assert (summary.read, summary.answered, summary.refused) == (MANY, MANY - 1, 1)
    assert [(problem.row, problem.text("en")) for problem in summary.problems] == [
        (BROKEN + 1, words)
    ]  # below the header
    assert parquet.read_metadata(tmp_path / "out.parquet").num_rows == MANY


@pytest.mark.parametrize(
    ("broken", "head"),
    [
        (b"S,\xff,true\n", b"organization_id,individual_members,is_nonprofit\n"),
        (b"S,\xb8\xf6,true\n", "编号,个人会员数,非营利,在城乡社区活动,主要在单个社区活动\n".encode()),
        ("S,�,true\n".encode(), b"organization_id,individual_members,is_nonprofit\n"),
        (b'S,"60,true\n', b"organization_id,individual_members,is_nonprofit\n"),
    ],
)
def test_bytes_that_are_no_text_in_row_900_000_refuse_the_file_by_the_line(
    policy: Policy, tmp_path: Path, broken: bytes, head: bytes
) -> None:
    path = million(tmp_path, broken, head)
    with pytest.raises(FileProblem, match=f"line {BROKEN + 1}: "):
        determine_many(path, policy, decisions=["has_valid_registration"]).write(tmp_path / "out.parquet")
    assert [found.name for found in tmp_path.iterdir()] == ["in.csv"]
