"""Records of JSON that were made to do harm: each refused by its number, before anything large is built of it."""

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

from cso_rules import determine, load_policy
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import Answered, Refused, answers
from cso_rules.tables.read.cells import text_of
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.cases.hostile_files import run

GOOD = '{"编号": "A", "个人会员数": 5}'
BAD = {
    "a far power": ('{"编号": "B", "个人会员数": 1e100000000}', "1e100000000 has more than 60 digits"),
    "a far power of a fraction": ('{"编号": "B", "个人会员数": -1.5E-999999999999}', "more than 60 digits"),
    "many digits": (f'{{"编号": "B", "个人会员数": {"9" * 5000}}}', "has more than 60 digits"),
    "many places": (f'{{"编号": "B", "个人会员数": 0.{"1" * 5000}}}', "has more than 60 digits"),
    "no number": ('{"编号": "B", "个人会员数": NaN}', "NaN is not a number"),
    "no end": ('{"编号": "B", "个人会员数": -Infinity}', "-Infinity is not a number"),
    "a key twice": ('{"编号": "B", "编号": "C"}', "the key 编号 stands twice"),
    "a key twice by escapes": ('{"编号": "B", "\\u7f16号": "C"}', "the key 编号 stands twice"),
    "half a character": ('{"编号": "B\\ud800"}', "half a character"),
    "half a character as key": ('{"编号": "B", "\\udfff": 1}', "half a character"),
    "objects": ('{"编号": "B", "个人会员数": ' + '{"x":' * 900 + "1" + "}" * 900 + "}", "object"),
    "a huge text": (f'{{"编号": "B", "名称": "{"长" * 40_000}"}}', "名称: longer than 32,767 characters"),
    "a control character": ('{"编号": "B", "名称": "x\\u0000y"}', "名称: holds the control character U+0000"),
}


NO_VALUES = {"a far power", "a far power of a fraction", "many digits", "many places", "no number", "no end", "objects"}
"""Of these the record can be read, and one fact is unknown."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("name", BAD)
def test_one_bad_record_or_fact_is_named_and_the_others_are_answered(
    policy: Policy, tmp_path: Path, name: str, form: str
) -> None:
    record, words = BAD[name]
    path = tmp_path / f"in.{form}"
    path.write_text(f"[{GOOD},{record},{GOOD}]" if form == "json" else f"{GOOD}\n{record}\n{GOOD}\n", "utf-8")
    sheet = read_sheet(path, is_known_heading(policy))
    first, second, third = answers(lambda _: policy, sheet, map_columns(sheet.header, policy), ask=False)
    assert isinstance(first, Answered)
    assert isinstance(third, Answered)
    assert isinstance(second, Answered if name in NO_VALUES else Refused)
    (problem,) = second.problems
    assert words in problem.reason.en
    assert len(problem.reason.en) + len(problem.value) < 400
    assert problem.reason.zh != problem.reason.en


LINES = {
    "cut off": ('{"编号": "B", ', "no valid JSON at 1:"),
    "nested": ("[" * 100_000, "nested too deeply"),
    "nested objects": ('{"x":' * 100_000, "nested too deeply"),
    "not an object": ("[1]", "not an object"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_is_no_record_is_refused_by_its_number(tmp_path: Path, name: str) -> None:
    line, words = LINES[name]
    path = tmp_path / "in.ndjson"
    path.write_text(f"{GOOD}\n{line}", "utf-8")
    for lang in ("zh", "en"):
        said = run(path, lang, ["classify"])["classify"]
        assert said.code == 4
        assert "2" in said.text
        assert lang == "zh" or words in said.text, said
        assert len(said.text.encode()) < 2048


def test_bytes_of_a_line_that_are_no_utf_8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(GOOD.encode() + b'\n{"\xff": 1}\n')
    assert "byte 3 is not UTF-8" in run(path, "en", ["classify"])["classify"].text


def test_only_line_feeds_end_a_line(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_text('{"编号": "A\u2028B", "个人会员数": 5}\n', "utf-8")
    sheet = read_sheet(path, is_known_heading(policy))
    assert [row.cells for row in sheet.rows] == [("A\u2028B", 5)]


def test_a_huge_number_takes_neither_time_nor_room(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_text(f'{GOOD}\n{{"编号": "B", "个人会员数": 1e100000000}}\n', "utf-8")
    said = run(path, "en", ["classify"])["classify"]
    assert said.code == 4
    assert "row 2" in said.text
    assert len(said.text.encode()) < 2048


def test_too_many_keys_refuse_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([{"编号": "A"} | {f"k{number}": 1 for number in range(1_000)}]), "utf-8")
    said = run(path, "en", ["classify"])["classify"]
    assert (said.code, "1,001 columns" in said.text) == (4, True)


def test_a_file_that_is_no_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    for text in ("[" * 100_000, '{"a": 1}', "[1", "[]]"):
        path.write_text(text, "utf-8")
        said = run(path, "zh", ["classify"])["classify"]
        assert said.code == 4
        assert "JSON 数组" in said.text


def test_a_fraction_is_exact_and_a_far_number_is_not_written_out(policy: Policy) -> None:
    facts = determine(policy, {"activity_funds": Decimal("0.10")}).facts
    assert facts["activity_funds"] == Decimal("0.1")
    assert len(text_of(Decimal("1e999999"))) < 20
    assert len(text_of(Decimal("-1e-999999"))) < 20


LONG = {"whole": 10**100_000, "decimal": Decimal("1" * 50_000), "text": "9" * 50_000, "power": Decimal("1e100000000")}


@pytest.mark.parametrize("value", LONG.values(), ids=LONG)
def test_long_values_are_repeated_in_short(policy: Policy, value: object) -> None:
    with pytest.raises(FactsError) as caught:
        determine(policy, {"individual_members": value})
    (problem,) = caught.value.problems
    assert len(problem.value) < 100
    assert len(str(caught.value)) < 400


def test_a_long_cell_is_repeated_in_short(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"编号,个人会员数\nA,{'9' * 30_000}\n", "utf-8")
    refused_text = run(path, "en", ["classify", "bulk"])
    for said in refused_text.values():
        assert said.code == 4
        assert len(said.text.encode()) < 2048
