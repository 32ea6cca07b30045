"""An instrument that a text not seen has changed: every output says so from that day, where an answer rests on it."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from cso_rules import determine, determine_many, explain, load_policy
from cso_rules.determination import Determination, to_json
from cso_rules.executors.sql.query import statement
from cso_rules.interfaces.cli import cli
from cso_rules.loader.checking import check
from cso_rules.loader.load import load_policy as load_folder
from tests.cases.small_package import package

BEFORE, DAY = datetime.date(2026, 3, 19), datetime.date(2026, 3, 20)
EN, ZH = "changed by 2026-03-20", "最迟于2026-03-20被修改"
GROUP: dict[str, Any] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"],
    "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 18,
    "institutional_members": 0, "activity_funds": 0,
}  # fmt: skip
INSTITUTION = GROUP | {
    "organizational_form": "social_service_institution", "has_suitable_staff": True, "has_suitable_property": True,
    "has_premises": True, "special_body_kind": "none",
}  # fmt: skip


def found_for(facts: dict[str, Any], day: datetime.date = DAY) -> Determination:
    return determine(load_policy("cn", as_of=day), facts)


@pytest.mark.parametrize(("day", "said"), [(BEFORE, []), (DAY, ["order-250"])])
def test_it_is_said_from_the_day_on(day: datetime.date, said: list[str]) -> None:
    found = found_for(GROUP, day)
    assert [amendment.instrument for amendment in found.amended] == said
    assert [amendment.instrument for amendment in found["tier"].amended] == said
    assert [warning["instrument"] for warning in to_json(found)["warnings"]] == said
    notices = explain(found, "en"), explain(found, "zh")
    assert [notice.count(text) for notice, text in zip(notices, (EN, ZH), strict=True)] == [len(said)] * 2


def test_it_is_not_said_of_those_whom_the_instrument_is_not_about() -> None:
    found = found_for(INSTITUTION)
    assert found["registration_conditions"].amended == ()
    assert found.amended == ()
    assert EN not in explain(found, "en")


def test_a_decision_that_rests_on_other_texts_says_nothing() -> None:
    found = found_for(GROUP)
    assert found["registration_conditions"].amended != ()
    assert found["development_priorities"].amended == found["in_scope"].amended  # through its scope alone
    assert found["name_check"].amended == ()


def test_the_json_names_the_instrument_the_day_and_both_languages() -> None:
    (warning,) = to_json(found_for(GROUP))["warnings"]
    assert set(warning) == {"instrument", "changed_on", "zh", "en"}
    assert warning["changed_on"] == "2026-03-20"
    assert ZH in warning["zh"]
    assert EN in warning["en"]


HEADER = ("编号", "组织形式", "个人会员数", "单位会员数", "活动资金（元）", "登记状态", "发起人居住情况")
ROWS = (
    ("g", "社会团体", "18", "0", "0", "未登记", "居住且户籍在本社区"),
    ("i", "社会服务机构", "", "", "", "未登记", "居住且户籍在本社区"),
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS])
    return path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code in {0, 3}, result.output
    return result.output


def test_a_table_says_it_in_the_remarks_of_the_rows_that_rest_on_it(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    run("classify", str(table), "--jurisdiction", "cn", "--as-of", "2026-03-20", "--output", str(out))
    group, institution = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert ZH in group["说明"]
    assert ZH not in institution["说明"]


def test_the_json_of_a_table_has_it(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.json"
    run("classify", str(table), "--jurisdiction", "cn", "--as-of", "2026-03-20", "--output", str(out))
    group, institution = json.loads(out.read_text("utf-8"))
    assert [warning["instrument"] for warning in group["determination"]["warnings"]] == ["order-250"]
    assert institution["determination"]["warnings"] == []


def test_many_rows_have_a_note() -> None:
    facts = pa.table({"organizational_form": ["social_group"], "individual_members": [18]})
    notes = [determine_many(facts, load_policy("cn", as_of=day)).notes for day in (BEFORE, DAY)]
    assert [sum(EN in note.en and ZH in note.zh for note in found) for found in notes] == [0, 1]


def test_an_area_has_a_note_about_the_rules_of_those_it_counts(table: Path) -> None:
    counted = [run("area", str(table), "--jurisdiction", "cn", "--as-of", day) for day in ("2026-03-19", "2026-03-20")]
    assert [text.count(ZH) for text in counted] == [0, 1]


def test_the_text_for_a_database_has_a_comment() -> None:
    before, after = (statement(load_policy("cn", as_of=day).part(["tier"])).text for day in (BEFORE, DAY))
    assert EN not in before
    assert sum(EN in line and line.startswith("--") for line in after.splitlines()) == 1


def test_an_instrument_is_shown_with_its_change() -> None:
    assert EN in run("show", "order-250", "--jurisdiction", "cn", "--lang", "en")


def test_a_place_says_it_too() -> None:
    found = determine(load_policy("cn", as_of=DAY, jurisdiction="44"), GROUP)
    assert [amendment.instrument for amendment in found.amended] == ["order-250"]


CHANGED = 'amended_unseen: {on: "2026-03-20", by: {zh: 修改决定, en: an amending decision}}\n    confidence: S\n'


def test_a_decision_says_it_through_what_it_reads(tmp_path: Path) -> None:
    folder = package(tmp_path, {}, instruments=("confidence: S\n", CHANGED))
    found = determine(load_folder(folder, as_of=DAY), {})
    assert {name for name in found.outcomes if found[name].amended} == set(found.policy.amended_decisions)
    assert determine(load_folder(folder, as_of=BEFORE), {}).amended == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{by: {zh: 决定, en: decision}}", "missing-key"),
        ('{on: "2026-03-20"}', "missing-key"),
        ('{on: "2026-03-20", by: {zh: 决定}}', "missing-label"),
        ("{on: soon, by: {zh: 决定, en: decision}}", "wrong-value"),
        ('{on: "2026-03-20", by: {zh: 决定, en: decision}, from: x}', "unknown-key"),
        ('"2026-03-20"', "wrong-node-kind"),
    ],
)
def test_what_is_malformed_is_named(written: str, code: str, tmp_path: Path) -> None:
    new = CHANGED.replace('{on: "2026-03-20", by: {zh: 修改决定, en: an amending decision}}', written)
    found = check(package(tmp_path, {}, instruments=("confidence: S\n", new)))
    assert code in {fault.code for fault in found}
