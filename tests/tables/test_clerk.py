"""A clerk's table: every row is answered or refused, whatever the format and encoding."""

import csv
import datetime
import io
import json
from pathlib import Path

import pytest

from cso_rules.determination import Status
from cso_rules.engine.cache import load_policy
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import Answered, Refused, Summary, answers
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from cso_rules.tables.write.output import write_file, write_stream
from cso_rules.tables.write.plain_text import neutral, width_of
from cso_rules.tables.write.report import Report

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
UNREAD = {"A025", "A038", "A047", "A059"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


def run(policy: Policy, path: Path, *, is_strict: bool = False) -> tuple[list[Answered | Refused], Summary, Report]:
    sheet = read_sheet(path, is_known_heading(policy))
    columns, summary = map_columns(sheet.header, policy), Summary()
    found = list(answers(lambda _: policy, sheet, columns, is_strict=is_strict, summary=summary))
    assert summary.read == summary.answered + summary.refused == len(found)
    return found, summary, Report(header=sheet.header, policy=policy)


def made(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", ["county-utf8.csv", "county-gb18030.csv", "county.xlsx"])
def test_example_files_say_the_same(policy: Policy, name: str) -> None:
    found, summary, _ = run(policy, EXAMPLES / name)
    assert summary.read == 72
    assert {item.id for item in found if item.problems} == UNREAD
    assert not [item for item in found if isinstance(item, Refused)]
    assert {item.id for item in run(policy, EXAMPLES / name, is_strict=True)[0] if isinstance(item, Refused)} == UNREAD
    assert summary.totals == (1 if name.endswith("xlsx") else 0)
    by_id = {item.id: item for item in found}
    first, third = by_id["A001"], by_id["A003"]
    assert isinstance(first, Answered)
    assert isinstance(third, Answered)
    assert first.determination["tier"].value == "registered"
    assert third.determination["tier"].status is Status.UNDETERMINED
    assert set(third.determination["tier"].possible) == {"registered", "subdistrict_managed"}
    assert first.cells[2] == by_id["A001"].cells[2] != ""


def test_all_problems_of_a_row_are_listed(policy: Policy) -> None:
    found, _, _ = run(policy, EXAMPLES / "county-utf8.csv")
    row = next(item for item in found if item.id == "A047")
    assert isinstance(row, Answered)
    assert {problem.column for problem in row.problems} == {"非营利", "活动资金（元）"}
    assert not row.determination.facts.keys() & {"is_nonprofit", "activity_funds"}


@pytest.mark.parametrize(
    "text",
    [
        "编号,个人会员数\nA1,",
        "编号;个人会员数\nA1;",
        "\ufeff编号\t个人会员数\nA1\t",
        "表\n编号,会员人数（人）\nA1,",
    ],
)
def test_separators_title_rows_and_blanks(policy: Policy, tmp_path: Path, text: str) -> None:
    (item,), _, _ = run(policy, made(tmp_path, text + "\n"))
    assert isinstance(item, Answered)
    assert item.id == "A1"
    assert "individual_members" not in item.determination.facts


def test_duplicate_ids_are_answered_and_flagged(policy: Policy, tmp_path: Path) -> None:
    found, _, _ = run(policy, made(tmp_path, "编号,个人会员数\nA1,５\nA1,6\n"))
    assert [len(item.warnings) for item in found if isinstance(item, Answered)] == [0, 1]


def test_ragged_rows_refused_and_totals_apart(policy: Policy, tmp_path: Path) -> None:
    found, summary, _ = run(policy, made(tmp_path, "编号,个人会员数\nA1,5,9\nA2\nA3,3\n合计,8\n"))
    assert [type(item) for item in found] == [Refused, Refused, Answered]
    assert (summary.totals, summary.totals_rows) == (1, [5])


@pytest.mark.parametrize("header", ["地区代码,行政区划代码,个人会员数", "甲,乙"])
def test_two_columns_of_places_and_unknown_headers_refused(policy: Policy, tmp_path: Path, header: str) -> None:
    with pytest.raises(FileProblem):
        run(policy, made(tmp_path, header + "\n"))


def test_a_near_header_is_not_read_and_named(policy: Policy, tmp_path: Path) -> None:
    found, _, report = run(policy, made(tmp_path, "编号,个人会员之数\nA1,3\n"))
    assert isinstance(found[0], Answered)
    assert found[0].determination.facts == {}
    columns = map_columns(report.header, policy)
    assert columns.unknown == ("个人会员之数",)
    assert "“个人会员之数”（是否应为“个人会员数”？）" in columns.notes[0].zh


@pytest.mark.parametrize(
    "content",
    ["编号,备注\n".encode("utf-16-le"), "编号\n\ufffd\n".encode(), b"\xff\xff\n", b"", '编号\n"x\n'.encode()],
)
def test_unreadable_files_have_a_remedy(policy: Policy, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileProblem) as caught:
        run(policy, made(tmp_path, content))
    assert caught.value.remedy.zh


def test_bad_lines_of_ndjson_are_refused_by_line(policy: Policy, tmp_path: Path) -> None:
    lines = [
        '{"编号":"A1","individual_members":5}',
        '{"编号":"A2","编号":"A3"}',
        '{"individual_members":NaN}',
        '{"编号":',
    ]
    path = made(tmp_path, "\n".join(lines), "t.ndjson")
    for is_strict in (False, True):
        found, _, _ = run(policy, path, is_strict=is_strict)
        of_third = Refused if is_strict else Answered  # its number is not understood
        assert [(item.number, type(item)) for item in found] == [
            (1, Answered), (2, Refused), (3, of_third), (4, Refused),
        ]  # fmt: skip
        assert [len(item.problems) for item in found] == [0, 1, 1, 1]


def test_json_array_keeps_types(policy: Policy, tmp_path: Path) -> None:
    text = (
        '[{"编号":"A1","is_nonprofit":true,"activity_funds":30000.50,"activity_kinds":["dispute_mediation"]},'
        '{"编号":"A2","individual_members":true}]'
    )
    path = made(tmp_path, text, "t.json")
    found, _, _ = run(policy, path)
    assert [[problem.column for problem in item.problems] for item in found] == [[], ["individual_members"]]
    assert [type(item) for item in run(policy, path, is_strict=True)[0]] == [Answered, Refused]


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "xlsx"])
def test_every_row_stands_in_every_output(policy: Policy, form: str) -> None:
    found, _, report = run(policy, EXAMPLES / "county-utf8.csv")
    stream = io.BytesIO()
    write_stream(stream, found, report, form)
    data = stream.getvalue()
    if form == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert len(rows) == 73
        assert rows[0][: len(report.header)] == list(report.header)
        assert {len(row) for row in rows} == {
            len(report.headings) + 1
        }  # the part of the list stands in a column of its own
    elif form == "json":
        assert len(json.loads(data)) == 72
    elif form != "xlsx":
        summary_lines = 3 if form == "table" else 0
        assert len(data.splitlines()) == (72 if form == "ndjson" else 73 + summary_lines)


def test_a_failure_leaves_the_old_file(policy: Policy, tmp_path: Path) -> None:
    target = made(tmp_path, "old", "out.csv")
    _, _, report = run(policy, EXAMPLES / "county-utf8.csv")
    with pytest.raises(ValueError, match="no such format"):
        write_file(target, [], report, form="odt")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "＝1", "\tx"])
def test_formulas_are_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"


def test_width_counts_han_twice() -> None:
    assert width_of("编号a") == 5
