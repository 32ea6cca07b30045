"""Who judged a fact, when and on what: read from mappings and tables, kept, and shown where answers are."""

import datetime
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from cso_rules import Policy, determine, explain, load_policy
from cso_rules.determination import Judgement, to_json
from cso_rules.engine.watch import watch
from cso_rules.errors import FactsError
from cso_rules.explanation.papers.html import html
from cso_rules.explanation.papers.notice import notice
from cso_rules.explanation.papers.sheet import working_sheet
from cso_rules.interfaces.cli import cli
from tests.cases.test_presumed import CARD, SCHEMA

FACT = "address_is_credible"
GIVEN = {"value": True, "judged_by": "钱馆员", "judged_on": "2024-05-02", "basis": "入户核实记录"}
FACTS = {"age": 40, "home": "main_home", "overdue_items": 0}
PARTS = ("钱馆员", "2024-05-02", "入户核实记录")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged") / "library_card"
    for path in (path for path in CARD.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.name == "vocabulary.yaml":
            text = text.replace("    judged: true\n", "    judged: {by: lending_desk, basis: [card-rules art3]}\n")
        if path.name == "package.yaml":
            text = text.replace("headline: card_kind", "headline: may_borrow")
        copied = folder / path.relative_to(CARD)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def policy(card: Path) -> Policy:
    return load_policy(card, as_of="2024-06-01")


def test_it_is_kept_and_shown(policy: Policy) -> None:
    found = determine(policy, {**FACTS, FACT: GIVEN})
    day = datetime.date(2024, 5, 2)
    assert found.judgements == {FACT: Judgement(judged_by="钱馆员", judged_on=day, basis="入户核实记录")}
    assert found.facts[FACT] is True
    form = json.loads(json.dumps(to_json(found)))
    jsonschema.validate(form, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert form["judgements"][FACT] == {key: text for key, text in GIVEN.items() if key != "value"}
    assert determine(policy, found.said).judgements == found.judgements
    texts = [explain(found, language, decision="may_borrow") for language in ("zh", "en")]
    assert [part in text for text in texts for part in PARTS] == [True] * 6


@pytest.mark.parametrize("wrong", [{"judged_on": "gestern"}, {"judged_by": 7}, {"basis": ["a"]}])
def test_what_cannot_be_read_is_refused(policy: Policy, wrong: dict[str, object]) -> None:
    with pytest.raises(FactsError, match="judged_by and basis are texts"):
        determine(policy, {**FACTS, FACT: {**GIVEN, **wrong}})


def test_a_judgement_is_asked_for_with_who_judges(policy: Policy) -> None:
    found = determine(policy, FACTS)
    assert "住址是否可信？（由借书处，图书馆借书证办法" in explain(found, "zh", decision="may_borrow").replace(
        "虚构市", ""
    ).replace("（虚构）", "").replace("、", "，")


def test_a_change_of_another_fact_keeps_it(policy: Policy) -> None:
    watcher = watch(policy)
    watcher.add("A", {**FACTS, FACT: GIVEN})
    watcher.change("A", {"overdue_items": 5})
    assert watcher["A"].judgements[FACT].judged_by == "钱馆员"


LISTS = {
    "list.csv": "名称,年龄,居住地,逾期未还件数,住址可信,住址可信评定人,住址可信（评定日期）,住址可信评定依据\n"
    "甲,40,常住本市,0,是,钱馆员,2024-05-02,入户核实记录\n",
    "list.ndjson": json.dumps({"名称": "甲", **FACTS, FACT: GIVEN}, ensure_ascii=False) + "\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_tables_say_it(card: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LISTS[name], encoding="utf-8")
    rules = ("--package", str(card), "--as-of", "2024-06-01")
    run = CliRunner()
    found = run.invoke(cli, ["classify", str(tmp_path / name), "--format", "json", *rules])
    assert found.exit_code == 0, found.output
    (row,) = json.loads(found.stdout)
    assert row["determination"]["judgements"][FACT]["judged_by"] == "钱馆员"
    assert "列" not in found.stderr, found.stderr
    for reader in ("office", "applicant"):
        paper = tmp_path / f"{reader}.html"
        asked = run.invoke(cli, ["notice", str(tmp_path / name), "--all", "--for", reader, "-o", str(paper), *rules])
        assert asked.exit_code == 0, asked.output
        told = paper.read_text("utf-8").replace("2024年5月2日", "2024-05-02")
        assert [part for part in PARTS if part not in told] == []


def test_a_day_that_is_none_is_a_problem(card: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LISTS["list.csv"].replace("2024-05-02", "五月初"), encoding="utf-8")
    rules = ("--package", str(card), "--as-of", "2024-06-01")
    found = CliRunner().invoke(cli, ["classify", str(tmp_path / "list.csv"), "--format", "json", *rules])
    assert found.exit_code == 4
    (row,) = json.loads(found.stdout)
    assert [problem["value"] for problem in row["problems"]] == ["五月初"]
    assert row["determination"]["facts"][FACT] is True


def test_papers_leave_a_blank_where_nobody_is_named(policy: Policy) -> None:
    found = determine(policy, {**FACTS, FACT: True})
    assert "＿＿＿＿＿" in html([working_sheet(found, "zh")], "", "zh")
    assert "评定人" not in html([notice(found, "zh")], "", "zh")
