"""What depends on a reading that the law leaves open is shown by reading, and a chosen reading is used everywhere."""

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cso_rules import classify, explain
from cso_rules.classification import _items
from cso_rules.determination import Determination, Due, Status, to_json
from cso_rules.interfaces.cli import cli
from tests.cases.small_package import answered, package
from tests.cases.test_legal_basis import GROUP, found_for

SCHEMA = json.loads(Path("src/cso_rules/determination/determination.schema.json").read_text("utf-8"))
EARLY, LATE = datetime.date(2024, 4, 30), datetime.date(2026, 4, 30)
DATES = {
    "early": 'type: date\nvalue: filed_on + duration("P1Y")\ncite: opinions s49\n',
    "late": 'type: date\nvalue: filed_on + duration("P3Y")\ncite: opinions s50\n',
}
READ = "when_by_reading: {reading: a1, narrow: NARROW, wide: WIDE}"


YES, NO = "has_charter", "not(has_charter)"


def read(narrow: str, wide: str) -> str:
    return READ.replace("NARROW", narrow).replace("WIDE", wide)


def row(name: str, due: str, narrow: str, wide: str) -> str:
    then = f"then: registered, due: {due}, modality: must, cite: opinions s49"
    return f"  - {{id: {name}, label: {{zh: {name} 行, en: row {name}}}, {read(narrow, wide)}, {then}}}\n"


TWO_ROWS = row("soon", "early", YES, NO) + row("later", "late", NO, YES)
TABLES = {
    hit_policy: f"output: tier\nhit_policy: {hit_policy}\nrules:\n{TWO_ROWS}"
    for hit_policy in ("collect", "first", "unique", "any")
}
FACTS = {"filed_on": datetime.date(2023, 4, 30), "has_charter": True}


def with_table(folder: Path, hit_policy: str, facts: dict[str, Any], **readings: str) -> Determination:
    return answered(package(folder, DATES | {"duties": TABLES[hit_policy]}), facts, **readings)


@pytest.mark.parametrize("hit_policy", TABLES)
def test_a_due_date_that_depends_on_an_open_reading_is_given_by_reading(tmp_path: Path, hit_policy: str) -> None:
    found = with_table(tmp_path, hit_policy, FACTS)
    assert found["duties"].status is Status.DETERMINED
    (item,) = _items(found, "duties")
    by_reading = tuple(
        ((("a1", option),), Due(earliest=day, latest=day)) for option, day in (("narrow", EARLY), ("wide", LATE))
    )
    assert item.due == Due(earliest=EARLY, latest=LATE, by_reading=by_reading)
    assert item.due is not None
    assert item.due.date is None
    form = json.loads(json.dumps(to_json(found)))
    jsonschema.validate(form, SCHEMA)
    (shown,) = form["decisions"]["duties"]["items"]
    assert [(case["readings"], case["due"]["earliest"]) for case in shown["due"]["by_reading"]] == [
        ({"a1": "narrow"}, "2024-04-30"), ({"a1": "wide"}, "2026-04-30"),
    ]  # fmt: skip
    assert {citation.provision for citation in item.citations} == {"s49"}


def test_a_notice_gives_both_dates_with_their_readings(tmp_path: Path) -> None:
    found = with_table(tmp_path, "collect", FACTS)
    english, chinese = (explain(found, language, decision="tier") for language in ("en", "zh"))
    assert "the law leaves the due date open: read as “narrow” by 2024-04-30 (that day included); " in english
    assert "read as “wide” by 2026-04-30 (that day included)" in english
    assert "期限因法规文义未定：若采“狭义”，为2024-04-30 前（含当日）；若采“广义”，为2026-04-30 前（含当日）" in chinese


def test_a_chosen_reading_leaves_one_date(tmp_path: Path) -> None:
    (item,) = _items(with_table(tmp_path, "collect", FACTS, a1="wide"), "duties")
    assert item.due == Due(earliest=LATE, latest=LATE)


def test_a_date_that_facts_leave_open_is_not_said_to_be_left_open_by_law(tmp_path: Path) -> None:
    found = with_table(tmp_path, "collect", {"has_charter": True, "community_type": "urban"}, a1="wide")
    assert "due date not settled yet" in explain(found, "en")
    assert "leaves the due date open" not in explain(found, "en")


MEDIATED = {
    "narrowly": f"criteria:\n  - {{id: it, label: {{zh: 一, en: one}}, {read(YES, NO)}, cite: opinions s49}}\n",
    "widely": f"criteria:\n  - {{id: it, label: {{zh: 二, en: two}}, {read(NO, YES)}, cite: opinions s49}}\n",
    "duties": """output: tier
hit_policy: collect
rules:
  - {id: soon, label: {zh: 早, en: soon}, when: narrowly, then: registered, due: early, cite: opinions s49}
  - {id: later, label: {zh: 晚, en: later}, when: widely, then: registered, due: late, cite: opinions s49}
""",
}  # fmt: skip


def test_an_item_that_every_reading_gives_is_there_though_its_rows_read_other_decisions(tmp_path: Path) -> None:
    found = answered(package(tmp_path, DATES | MEDIATED), FACTS)
    assert found["duties"].value == frozenset({"registered"})
    (item,) = _items(found, "duties")
    assert item.due is not None
    assert [due.date for _, due in item.due.by_reading if due is not None] == [EARLY, LATE]


ITEMS = {
    "duties": "output: tier\nhit_policy: collect\nrules:\n"
    + row("soon", "filed_on", YES, NO)
    + "  - {id: urban, label: {zh: 城市, en: urban}, when: community_type = urban, then: guided, cite: opinions s49}\n"
}


def test_an_item_left_open_by_the_law_is_told_apart_from_one_that_facts_leave_open(tmp_path: Path) -> None:
    found = answered(package(tmp_path, ITEMS), {"has_charter": True})
    items = {item["rule"]: item for item in to_json(found)["decisions"]["duties"]["items"]}
    assert items["soon"]["by_reading"] == [
        {"readings": {"a1": "narrow"}, "truth": "true"}, {"readings": {"a1": "wide"}, "truth": "false"},
    ]  # fmt: skip
    assert "by_reading" not in items["urban"]
    english = explain(found, "en").splitlines()
    assert "may also apply once more is known: matter of duties: guided by the community" in english
    assert "only if the law, which leaves it open, is read as “narrow”: matter of duties: registered" in english


def test_missing_facts_and_open_law_are_never_mixed() -> None:
    body = GROUP | {"special_body_kind": "owners_committee"}
    words = {"en": ("not yet settled", "not reported", "not known"), "zh": ("尚不能确定", "未填报")}
    for language, unknown in words.items():
        notice = explain(found_for(body, datetime.date(2018, 6, 1)), language)
        headline = next(line for line in notice.splitlines() if line.startswith(("tier:", "管理类别：")))
        assert not [word for word in unknown if word in headline]
        registers = next(line for line in notice.splitlines() if line.startswith(("  - registers:", "  - 登记：")))
        assert not [word for word in unknown if word in registers]
    residence = GROUP | {"founder_residence": None}
    lines = explain(found_for(residence, datetime.date(2018, 6, 1)), "en").splitlines()
    (line,) = [line for line in lines if line.startswith("“founded by community residents”")]
    assert "not reported" in line
    assert "left open" not in line


MIXED = GROUP | {"individual_members": 1, "institutional_members": 31}


def test_a_chosen_reading_is_used_in_the_whole_notice() -> None:
    few = GROUP | {"individual_members": 1, "institutional_members": 25}
    day = datetime.date(2018, 6, 1)
    chosen = explain(found_for(few, day, a15_mixed_membership="literal"), "en")
    assert "raise institutional members from 25 units to 30 units (by 5 units)" in chosen
    assert "raise institutional members from 25 units to 49 units (by 24 units)" in explain(found_for(few, day), "en")
    # Under the chosen reading thirty-one institutional members are enough; nothing is advised against it.
    enough = explain(found_for(MIXED, day, a15_mixed_membership="literal"), "en")
    assert "tier: registered." in enough
    assert "Short of" not in enough
    assert "read as “only the mixed clause”" in enough
    assert "raise institutional members" in explain(found_for(MIXED, day), "en")


def test_gaps_examples_and_domains_see_the_chosen_reading() -> None:
    day = datetime.date(2018, 6, 1)
    open_funds = MIXED | {"activity_funds": None}
    notice = explain(found_for(open_funds, day, a15_mixed_membership="literal"), "en")
    assert "if activity funds is 30,000 CNY, then tier is registered." in notice
    found = found_for(open_funds, day, a15_mixed_membership="literal")
    reading = found.policy.readings["a15_mixed_membership"].type
    assert found.known["a15_mixed_membership"] == reading.bit("literal")
    assert found.environment["a15_mixed_membership"] == reading.bit("literal")


def test_the_path_to_a_tier_follows_the_chosen_reading() -> None:
    low = GROUP | {"individual_members": 20, "institutional_members": 25}
    day = datetime.date(2018, 6, 1)
    ways = classify(low, as_of=day, readings={"a15_mixed_membership": "literal"}).path_to("registered")
    assert {change[0] for way in ways for change in way} == {"individual_members", "institutional_members"}
    assert ("institutional_members", 25, 30, 5) in {change for way in ways for change in way}


def test_the_command_uses_the_chosen_reading_everywhere(tmp_path: Path) -> None:
    table = tmp_path / "mixed.csv"
    lines = (Path(__file__).parent / "inputs" / "p1_trace_first.csv").read_text("utf-8").splitlines()
    cells = lines[1].replace("已登记", "未登记").replace(",61,0,", ",1,25,")
    table.write_text("\n".join([lines[0], cells.replace("T1", "M").replace("登记且小松散", "甲")]), "utf-8")
    command = ["explain", str(table), "--id", "M", "--as-of", "2018-06-01", "--jurisdiction", "cn", "--lang", "en"]
    result = CliRunner().invoke(cli, [*command, "--readings", "a15_mixed_membership=literal"])
    assert result.exit_code == 0, result.output
    assert "to 30 units (by 5 units)" in result.output
    assert "institutional members together" not in result.output
