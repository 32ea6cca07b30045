"""Only the rows and criteria that decide are given as reasons, wherever reasons are shown or written."""

import csv
import datetime
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from cso_rules import determine, determine_many, explain, load_policy
from cso_rules.determination import Determination, to_json
from cso_rules.executors.sql import run as sql_run
from cso_rules.interfaces.cli import cli
from tests.cases.small_package import answered, package
from tests.sql_tables import create_facts, fill

TABLE = Path(__file__).parent / "inputs" / "p1_trace_first.csv"
DAY = datetime.date(2018, 6, 1)
CONTEXT = ("--as-of", "2018-06-01", "--jurisdiction", "cn", "--lang", "en")
DECIDING = {"T1": "registered", "T2": "out_of_scope", "T3": "out_of_scope"}
LABELS = {"T1": "registered or able to register", "T2": "outside the scope", "T3": "outside the scope"}
NOT_DECIDING = "small and loose in one community"

FACTS: dict[str, dict[str, Any]] = {
    "T1": {"registration_status": "registered", "is_nonprofit": True, "individual_members": 61},
    "T2": {"registration_status": "registered", "is_nonprofit": False, "individual_members": 61},
    "T3": {"registration_status": "not_registered", "is_nonprofit": False, "individual_members": 12},
}
COMMON: dict[str, Any] = {
    "founder_residence": "local_residents", "distributes_profit": False, "special_body_kind": "none",
    "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"],
    "organizational_form": "social_group", "institutional_members": 0, "activity_funds": 30000,
    "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
    "has_fixed_domicile": True, "has_suitable_full_time_staff": True, "can_bear_civil_liability": True,
    "is_active_mainly_in_one_community": True, "is_small_scale": True, "is_temporary": True,
    "is_loosely_organized": True,
}  # fmt: skip


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def determined(name: str) -> Determination:
    return determine(load_policy("cn", as_of=DAY), {**COMMON, **FACTS[name]})


def ids(found: Determination, decision: str) -> list[str]:
    return [rule.id for rule in found[decision].deciding()]


@pytest.mark.parametrize("name", DECIDING)
def test_below_the_hit_no_row_is_a_reason(name: str) -> None:
    found = determined(name)
    form = to_json(found)["decisions"]["tier"]
    assert ids(found, "tier") == [DECIDING[name]]
    assert [item["rule"] for item in form["findings"]] == [DECIDING[name]]
    assert [item["rule"] for item in form["items"]] == [DECIDING[name]]
    assert not {"s54"} & {citation["provision"] for citation in form["citations"]}


def test_tables_show_the_deciding_row_alone() -> None:
    rows = list(csv.DictReader(run("classify", str(TABLE), *CONTEXT, "--format", "csv").lstrip("\ufeff").splitlines()))
    assert {row["编号"]: row["remarks"] for row in rows} == LABELS
    assert all("question 7" not in row["legal basis"] for row in rows)
    json_rows = json.loads(run("classify", str(TABLE), *CONTEXT, "--format", "json"))
    assert NOT_DECIDING not in json.dumps(json_rows, ensure_ascii=False)


@pytest.mark.parametrize("name", DECIDING)
def test_a_notice_gives_the_deciding_reason_and_what_it_rests_on_alone(name: str) -> None:
    notice = run("explain", str(TABLE), "--id", name, *CONTEXT)
    assert f"Reason: {LABELS[name]}." in notice
    assert notice.count("Reason: ") == 1
    assert NOT_DECIDING not in notice
    if name != "T1":  # the profit settles it; no condition of registration was asked
        assert "“registration conditions”" not in notice
        assert "article 10" not in notice


def test_a_registered_organization_is_told_that_registration_settles_it() -> None:
    english, chinese = (explain(determined("T1"), language) for language in ("en", "zh"))
    assert "Settled by: has a valid registration (registration status: registered)." in english
    assert "据以认定的情况：登记有效（登记状态：已登记）。" in chinese
    unfounded = {**COMMON, **FACTS["T1"], "founder_residence": None, "individual_members": 3}
    open_ = explain(determine(load_policy("cn", as_of=DAY), unfounded), "en")
    assert "it is “registered”; that is settled by: has a valid registration" in open_
    assert "“registration conditions” is not met" not in open_


def arrow_kind(value: object) -> Any:
    kinds = {bool: pa.bool_(), int: pa.int64(), str: pa.string(), list: pa.list_(pa.string())}
    return kinds[type(value)]


def test_reasons_of_many_rows_are_those_of_one() -> None:
    policy = load_policy("cn", as_of=DAY)
    rows = [{**COMMON, **FACTS[name]} for name in DECIDING]
    schema = pa.schema([(name, arrow_kind(value)) for name, value in rows[0].items()])
    found = determine_many(pa.Table.from_pylist(rows, schema), policy, reasons=True)
    answers = pa.Table.from_batches(list(found), found.schema).to_pylist()
    for name, answer in zip(DECIDING, answers, strict=True):
        assert answer["tier.reasons"] == [DECIDING[name]]
        assert answer["registration_conditions.reasons"] == ids(determined(name), "registration_conditions")
    assert "original_fund" not in answers[0]["registration_conditions.reasons"]


def test_reasons_in_a_database_are_those_of_one() -> None:
    policy = load_policy("cn", as_of=DAY)
    connection = sqlite3.connect(":memory:")
    create_facts(connection, policy, "sqlite", "organizations")
    found = [determined(name) for name in DECIDING]
    fill(connection, policy, [dict(each.known) for each in found], "sqlite", "organizations", "?")
    part = policy.part(["tier"])
    rows = sql_run.determine_in_place(connection, part, "organizations", "sqlite")
    for name, row, each in zip(DECIDING, rows, found, strict=True):
        assert row["tier__because"] == [DECIDING[name]]
        assert row["registration_conditions__because"] == ids(each, "registration_conditions")


ROWS = {
    "any": """output: tier
hit_policy: any
rules:
  - {id: many, label: {zh: 多, en: many}, when: individual_members >= 50, then: registered, cite: opinions s49}
  - {id: chartered, label: {zh: 章程, en: chartered}, when: has_charter, then: registered, cite: opinions s50}
otherwise: {id: rest, label: {zh: 其余, en: rest}, then: guided, cite: opinions s49}
""",
    "priority": """output: tier
hit_policy: priority
rules:
  - {id: lesser, label: {zh: 次, en: lesser}, when: individual_members >= 5, then: guided, cite: opinions s49}
  - {id: better, label: {zh: 优, en: better}, when: individual_members >= 50, then: registered, cite: opinions s50}
otherwise: {id: rest, label: {zh: 其余, en: rest}, then: guided, cite: opinions s49}
""",
    "listed": """output: tier
hit_policy: collect
rules:
  - {id: many, label: {zh: 多, en: many}, when: individual_members >= 50, then: registered, cite: opinions s49}
  - {id: chartered, label: {zh: 章程, en: chartered}, when: has_charter, then: registered, cite: opinions s50}
  - {id: urban, label: {zh: 城市, en: urban}, when: community_type = urban, then: guided, cite: opinions s50}
""",
    "apart": """criteria:
  - {id: few, label: {zh: 少, en: few}, when: individual_members <= 10 or community_type = urban, cite: opinions s49}
  - {id: many, label: {zh: 多, en: many}, when: individual_members >= 20, cite: opinions s50}
  - {id: chartered, label: {zh: 章程, en: chartered}, when: has_charter, cite: opinions s50}
""",
    "both": """criteria:
  - {id: many, label: {zh: 多, en: many}, when: individual_members >= 50, cite: opinions s49}
  - {id: chartered, label: {zh: 章程, en: chartered}, when: has_charter, cite: opinions s50}
""",
}


@pytest.mark.parametrize(
    ("decision", "facts", "expected"),
    [
        ("any", {"individual_members": 60}, ["many"]),  # an open row that agrees does not decide
        ("any", {"individual_members": 60, "has_charter": True}, ["many", "chartered"]),
        ("any", {}, ["many", "chartered", "rest"]),
        ("any", {"individual_members": 1, "has_charter": False}, ["rest"]),
        ("priority", {"individual_members": 60}, ["better"]),
        ("priority", {"individual_members": 9}, ["lesser"]),
        ("listed", {"individual_members": 60, "community_type": "rural"}, ["many"]),
        ("listed", {"has_charter": True}, ["chartered", "urban"]),
        ("apart", {"community_type": "rural"}, ["few", "many"]),  # they fail together, whatever the members are
        ("apart", {"community_type": "rural", "has_charter": False}, ["chartered"]),
        ("both", {"individual_members": 60}, ["chartered"]),  # what is met decides nothing any more
        ("both", {"individual_members": 60, "has_charter": True}, ["many", "chartered"]),
        ("both", {"individual_members": 1}, ["many"]),
    ],
)  # fmt: skip
def test_each_kind_of_decision_has_its_deciding_rules(
    tmp_path: Path, decision: str, facts: dict[str, Any], expected: list[str]
) -> None:
    folder = package(tmp_path, ROWS)
    assert ids(answered(folder, facts), decision) == expected
    policy = load_policy(folder, as_of=datetime.date(2024, 3, 1))
    table = pa.table({
        "id": ["x"],
        "individual_members": pa.array([facts.get("individual_members")], pa.int64()),
        "has_charter": pa.array([facts.get("has_charter")], pa.bool_()),
        "community_type": pa.array([facts.get("community_type")], pa.string()),
    })  # fmt: skip
    found = determine_many(table.drop_columns(["id"]), policy, reasons=True)
    (row,) = pa.Table.from_batches(list(found), found.schema).to_pylist()
    assert row[f"{decision}.reasons"] == expected
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE organizations (id, individual_members, has_charter, community_type)")
    values = [facts.get(name) for name in ("individual_members", "has_charter", "community_type")]
    connection.execute("INSERT INTO organizations VALUES ('x', ?, ?, ?)", values)
    (answer,) = sql_run.determine_in_place(connection, policy, "organizations", "sqlite")
    assert answer[f"{decision}__because"] == expected


def test_the_impact_of_a_change_names_what_turned_and_decides(tmp_path: Path) -> None:
    lines = TABLE.read_text("utf-8").splitlines()
    header, row = lines[0].split(","), dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    row |= {"编号": "M", "登记状态": "未登记", "个人会员数": "40", "主要在单个社区活动": "否"}
    path = tmp_path / "one.csv"
    path.write_text("\n".join([lines[0], ",".join(row[name] for name in header)]), "utf-8")
    text = run("impact", str(path), "--set", "minimum_individual_members=30", *CONTEXT, "--format", "json")
    (moved,) = json.loads(text)["organizations"]
    turned = {item["rule"] for item in moved["turned"]}
    assert turned == {"registered", "subdistrict_managed", "registered_or_able", "members"}


WIDER = {
    "apart": ROWS["apart"].replace("when: has_charter", "when: individual_members >= 5 and has_charter"),
    "read": """output: tier
hit_policy: first
rules:
  - id: narrowly
    label: {zh: 狭义, en: narrowly}
    when_by_reading: {reading: a1, narrow: individual_members >= 1, wide: individual_members >= 900}
    then: registered
    cite: opinions s49
  - id: shadowed
    label: {zh: 遮住, en: shadowed}
    when_by_reading: {reading: a1, narrow: has_charter, wide: individual_members >= 800}
    then: guided
    cite: opinions s50
otherwise: {id: rest, label: {zh: 其余, en: rest}, then: guided, cite: opinions s49}
""",
}


@pytest.mark.parametrize(
    ("decision", "facts", "expected"),
    [
        (
            "apart",
            {"community_type": "rural"},
            ["few", "many"],
        ),  # the third shares the members, but is not needed to fail
        ("read", {"individual_members": 60}, ["narrowly", "rest"]),  # under no reading can the second row be hit
    ],
)
def test_what_cannot_decide_in_any_case_is_no_reason(
    tmp_path: Path, decision: str, facts: dict[str, Any], expected: list[str]
) -> None:
    assert ids(answered(package(tmp_path, WIDER), facts), decision) == expected
