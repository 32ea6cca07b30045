"""What a vocabulary presumes is taken where nothing is said, told everywhere, and gives way to what is said."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from cso_rules import UNKNOWN, Policy, determine, explain, load_policy
from cso_rules.analysis.scenario_runner import run as run_scenarios
from cso_rules.determination import to_json
from cso_rules.errors import PolicyError
from cso_rules.explanation.papers.html import html
from cso_rules.explanation.papers.notice import notice
from cso_rules.explanation.papers.sheet import working_sheet
from cso_rules.interfaces.cli import cli

CARD = Path(__file__).parent.parent / "packages" / "library_card"
SCHEMA = Path(__file__).parent.parent.parent / "src" / "cso_rules" / "determination" / "determination.schema.json"
ITEMS, CONSENT = "overdue_items", "guardian_consents"
FACTS = {"age": 9, "home": "main_home", "deposit_paid": 0, "address_is_credible": True}
PRESUMED = """    presumed:
      - {value: 1, cite: card-rules art3, until: 2023-01-01}
      - {value: 3, cite: card-rules art3, from: 2023-01-01}
"""
SCENARIOS = """format: 1
scenarios:
  - title: S1 presumed
    as_of: "2024-06-01"
    facts: {age: 40, home: main_home, address_is_credible: true}
    expect: {may_borrow: false}
  - title: S2 not known
    as_of: "2024-06-01"
    facts: {age: 40, home: main_home, address_is_credible: true, overdue_items: 未知}
    expect: {may_borrow: {missing: [overdue_items]}}
"""


def package(folder: Path, presumed: str = PRESUMED, consent: str = "") -> Path:
    """Return a copy of the package in which the law presumes how many items are overdue, and the consent."""
    for path in (path for path in CARD.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.name == "vocabulary.yaml":
            for name, added in ((ITEMS, presumed), (CONSENT, consent)):
                text = text.replace(f"  - id: {name}\n", f"  - id: {name}\n{added}")
        copied = folder / "library_card" / path.relative_to(CARD)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(text, encoding="utf-8")
    rows = ["甲,40,常住本市,是,", "乙,40,常住本市,是,0", "丙,40,常住本市,是,不详", "丁,40,常住本市,是,好几件"]
    header = "姓名,年龄,居住地,住址可信,逾期未还件数"
    (folder / "list.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder / "library_card"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(
        tmp_path_factory.mktemp("presumed"), consent="    presumed: {value: true, cite: [card-rules art3]}\n"
    )


@pytest.fixture(scope="module")
def policy(card: Path) -> Policy:
    return load_policy(card, as_of="2024-06-01")


def ran(card: Path, *arguments: str) -> str:
    rules = ("--package", str(card), "--as-of", "2024-06-01")
    found = CliRunner().invoke(cli, [arguments[0], str(card.parent / "list.csv"), *arguments[1:], *rules])
    assert found.exit_code in {0, 4}, found.output
    return found.output


def test_nothing_said_counts_as_presumed_and_is_listed(policy: Policy) -> None:
    found = determine(policy, FACTS)
    assert found["may_borrow"].value is False
    assert {item.name: item.value for item in found.presumed} == {ITEMS: 3, CONSENT: True}
    assert all(item.citations for item in found.presumed)
    assert not {ITEMS, CONSENT} & {item.name for item in found.missing_facts}
    assert found.supposed[ITEMS] == 3
    assert determine(policy, {**FACTS, ITEMS: None}).presumed == found.presumed


@pytest.mark.parametrize("said", [UNKNOWN, "不详", "unknown"])
def test_said_not_to_be_known_is_open(policy: Policy, said: object) -> None:
    found = determine(policy, {**FACTS, ITEMS: said})
    assert found["may_borrow"].value is None
    assert [item.name for item in found.presumed] == [CONSENT]
    assert ITEMS in {item.name for item in found.missing_facts}


@pytest.mark.parametrize("said", ["/", "——", "未填"])
def test_a_filler_says_nothing(policy: Policy, said: str) -> None:
    assert {item.name for item in determine(policy, {**FACTS, ITEMS: said}).presumed} == {ITEMS, CONSENT}


def test_it_gives_way_to_what_is_said(policy: Policy) -> None:
    found = determine(policy, {**FACTS, ITEMS: 2, CONSENT: True})
    assert (found["may_borrow"].value, found.presumed) == (True, ())


def test_each_day_has_its_own(card: Path) -> None:
    assert determine(load_policy(card, as_of="2022-06-01"), FACTS)["may_borrow"].value is True


def test_texts_notices_and_json_tell_it(policy: Policy) -> None:
    found = determine(policy, FACTS)
    for language, text in (("zh", "逾期未还件数为3件（"), ("en", "overdue items: 3 items (")):
        told = explain(found, language, decision="may_borrow")
        assert text in told
        assert {"zh": "按规定推定：", "en": "presumed by law:"}[language] in told
    sheet = html([working_sheet(determine(policy, {**FACTS, CONSENT: True}), "zh")], "", "zh")
    paper = html([notice(found, "zh")], "", "zh")
    assert "按规定推定" not in paper, "neither bears on the kind of card"
    assert "按规定推定" not in sheet
    form = to_json(found)
    jsonschema.validate(json.loads(json.dumps(form)), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [(item["name"], item["value"]) for item in form["presumed"]] == [(ITEMS, 3), (CONSENT, True)]
    assert ITEMS not in form["facts"]


def test_tables_tell_it_in_the_remarks(card: Path) -> None:
    rows = [*csv.DictReader(ran(card, "classify", "--format", "csv").splitlines()[:5])]
    assert ["推定：逾期未还件数" in row["说明"] for row in rows] == [True, False, False, False]


def test_bulk_tells_it_in_a_column(card: Path, tmp_path: Path) -> None:
    ran(card, "bulk", "-o", str(tmp_path / "answers.csv"), "--lang", "en")
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig") as file:
        rows = [*csv.DictReader(file)]
    assert [ITEMS in row["presumed"] for row in rows] == [True, False, False, False]
    assert [row["may_borrow"] for row in rows][:2] == ["false", "true"]


def test_sql_tells_it_in_the_statement(card: Path) -> None:
    found = CliRunner().invoke(cli, ["sql", "--dialect", "duckdb", "--package", str(card), "--as-of", "2024-06-01"])
    assert "presumed by law where nothing is said: overdue_items = 3 (card-rules art3)" in found.output


def test_scenarios_say_whether_it_is_known(card: Path) -> None:
    (card / "scenarios" / "presumed.yaml").write_text(SCENARIOS, encoding="utf-8")
    assert [found.failures for found in run_scenarios(card) if found.failures] == []
    (card / "scenarios" / "presumed.yaml").unlink()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("    presumed: {value: 9999, cite: card-rules art3}\n", "number-out-of-range"),
        ("    presumed: {value: 1}\n", "missing-citation"),
        ("    presumed: {cite: card-rules art3}\n", "missing-key"),
        ("    presumed: {value: viel, cite: card-rules art3}\n", "wrong-value"),
    ],
)
def test_what_cannot_be_presumed_is_a_fault(tmp_path: Path, written: str, code: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(package(tmp_path, written), as_of="2024-06-01")
    assert [found.code for found in refused.value.diagnostics] == [code]
