"""A package becomes the policy of a date."""

import datetime
import shutil
from pathlib import Path

import attrs
import pytest

from cso_rules.errors import PolicyError, UnknownNameError
from cso_rules.loader.load import check, load_policy
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, TableDecision
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.policy import Policy

BASE = Path(__file__).parent.parent / "diagnostics" / "base"
DAY = datetime.date(2018, 6, 1)
CHARTER = """format: 1
decision: charter
label: {zh: 章程, en: charter}
in_force: {from: 2018-01-01}
criteria:
  - {id: written, label: {zh: 书面, en: written}, when: 有章程, cite: opinions s49}
  - {id: members, label: {zh: 会员, en: members}, when: 个人会员数 >= 最低会员数, cite: opinions s50}
"""
READER = """format: 1
decision: both
label: {zh: 两者, en: both}
criteria:
  - {id: one, label: {zh: 一, en: one}, when: charter, cite: opinions s49}
"""
REMOVED = "      - {from: 2020-01-01, removed: true, cite: opinions s50}\n"


@pytest.fixture(name="package")
def copied(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path / "base")
    return tmp_path / "base"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def add(package: Path, name: str, text: str) -> None:
    (package / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")


def policy(package: Path, day: datetime.date = DAY) -> Policy:
    return load_policy(package, as_of=day)


def without_digest(found: Policy) -> Policy:
    return attrs.evolve(found, digest="")


def criteria(found: Policy, name: str) -> list[str]:
    decision = found.decisions[name]
    assert isinstance(decision, CriteriaDecision)
    return [rule.id for rule in decision.rules]


def test_parameters_become_numbers() -> None:
    decision = policy(BASE).decisions["tier"]
    assert isinstance(decision, TableDecision)
    terms = (Term(factor=1, quantity=Variable(name="individual_members")),)
    assert decision.rules[0].condition == Within(terms=terms, low=50, high=None)
    assert decision.otherwise


def test_a_decision_is_absent_before_its_date_and_so_is_what_reads_it(package: Path) -> None:
    add(package, "charter", CHARTER)
    add(package, "both", READER)
    before = policy(package, datetime.date(2017, 12, 31)).decisions
    assert isinstance(before["charter"], AbsentDecision)
    assert isinstance(before["both"], AbsentDecision)
    assert isinstance(policy(package, datetime.date(2018, 1, 1)).decisions["both"], CriteriaDecision)


def test_decisions_stand_after_those_that_they_read(package: Path) -> None:
    add(package, "charter", CHARTER)
    add(package, "both", READER)
    order = list(policy(package).decisions)
    assert order.index("charter") < order.index("both")


def test_a_removed_parameter_drops_the_criterion_that_reads_it(package: Path) -> None:
    add(package, "charter", CHARTER)
    (package / "decisions" / "tier.yaml").unlink()
    replace(package / "package.yaml", "headline: tier\n", "")
    replace(package / "parameters" / "numbers.yaml", "from: 2017-12-27,", "from: 2017-12-27, until: 2020-01-01,")
    with (package / "parameters" / "numbers.yaml").open("a", encoding="utf-8") as file:
        file.write(REMOVED)
    assert check(package) == ()
    assert criteria(policy(package), "charter") == ["written", "members"]
    later = policy(package, datetime.date(2020, 1, 1))
    assert criteria(later, "charter") == ["written"]
    assert later.parameters["minimum_members"].is_removed


def test_a_rule_is_left_out_behind_its_last_day(package: Path) -> None:
    add(package, "charter", CHARTER.replace("{id: written,", "{id: written, in_force: {until: 2019-01-01},"))
    assert criteria(policy(package), "charter") == ["written", "members"]
    assert criteria(policy(package, datetime.date(2019, 1, 1)), "charter") == ["members"]


def test_a_rule_with_only_an_end_is_checked(package: Path) -> None:
    replace(package / "package.yaml", "in_force: {from: 2017-12-27}\n", "")
    replace(package / "parameters" / "numbers.yaml", "from: 2017-12-27, ", "")
    add(
        package,
        "old",
        READER.replace("decision: both", "decision: old").replace(
            "when: charter", "when: 不知道, in_force: {until: 2019-01-01}"
        ),
    )
    assert [fault.code for fault in check(package)] == ["unknown-name"]


def test_the_order_of_keys_does_not_matter(package: Path) -> None:
    add(package, "charter", CHARTER)
    first = policy(package)
    head, body = CHARTER.split("in_force", 1)
    period, rows = body.split("\n", 1)
    add(
        package,
        "charter",
        f"{rows}in_force{period}\n" + "\n".join(reversed(head.strip().splitlines())) + "\n",
    )
    replace(
        package / "decisions" / "tier.yaml",
        "output: tier\nhit_policy: first\n",
        "hit_policy: first\noutput: tier\n",
    )
    replace(package / "package.yaml", "id: base\n", "")
    replace(package / "package.yaml", "status: in_force\n", "status: in_force\nid: base\n")
    second = policy(package)
    assert first.digest != second.digest
    assert without_digest(first) == without_digest(second)


def test_a_fact_with_another_name_changes_nothing_but_the_name(package: Path) -> None:
    first = repr([*policy(package).decisions.values(), *policy(package).facts.values()])
    replace(package / "vocabulary.yaml", "individual_members", "people")
    renamed = policy(package)
    second = repr([*renamed.decisions.values(), *renamed.facts.values()])
    assert "individual_members" not in second
    assert first.replace("individual_members", "people") == second


def test_unknown_places_and_packages_are_named() -> None:
    with pytest.raises(UnknownNameError, match="jurisdiction 'xx'"):
        load_policy(BASE, as_of=DAY, jurisdiction="xx")
    with pytest.raises(UnknownNameError, match="package 'nowhere'"):
        load_policy("nowhere", as_of=DAY)


def test_a_policy_with_faults_is_never_returned(package: Path) -> None:
    replace(package / "decisions" / "tier.yaml", "then: guided", "then: nothing")
    with pytest.raises(PolicyError) as caught:
        policy(package)
    assert [fault.code for fault in caught.value.diagnostics] == ["wrong-output"]


VACUOUS = """format: 1
decision: place
label: {zh: 地点, en: place}
criteria:
  - {id: a, label: {zh: 城, en: urban}, applies_when: 社区类型 = urban, when: 有章程, cite: opinions s49}
  - {id: b, label: {zh: 乡, en: rural}, applies_when: 社区类型 = rural, when: 个人会员数 > 50, cite: opinions s49}
"""


def test_criteria_are_vacuous_only_where_a_case_is_left(package: Path) -> None:
    add(package, "place", VACUOUS)
    assert check(package) == ()
    add(package, "place", VACUOUS.replace("applies_when: 社区类型 = rural", "applies_when: 个人会员数 > 5"))
    assert [fault.code for fault in check(package)] == ["vacuous-criteria"]


def test_words_of_free_text_stand_beside_their_values(package: Path) -> None:
    replace(package / "vocabulary.yaml", "en: urban community}}", "en: urban community}, words: [城区, 街区]}")
    words = policy(package).enumerations["community_type"].words
    assert words == (("城区", "urban"), ("街区", "urban"))


QUESTION = "    question: {zh: 有没有章程?"


def test_headings_of_tables_stand_beside_their_facts(package: Path) -> None:
    more = "    headings: [章程情况, {texts: [章程备案], values: {已备: true}}]\n    opposites: [无章程]\n"
    replace(package / "vocabulary.yaml", QUESTION, more + QUESTION)
    found = policy(package).facts["has_charter"].headings
    assert [(heading.text, heading.meanings, heading.is_opposite) for heading in found] == [
        ("章程情况", (), False), ("章程备案", (("已备", "true"),), False), ("无章程", (), True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "line", "code"),
    [
        (QUESTION, "headings: [{texts: [章程备案], values: {已备: filed}}]", "wrong-value"),
        (QUESTION, "headings: [{texts: [章程备案]}]", "missing-key"),
        (QUESTION, "headings: [{texts: [章程备案], values: [已备]}]", "wrong-node-kind"),
        (QUESTION, "headings: [{texts: [章程备案], values: {}, more: x}]", "unknown-key"),
        (QUESTION, "headings: [个人会员]", "ambiguous-name"), (QUESTION, "headings: 章程", "wrong-node-kind"),
        ("    question: {zh: 有多少分支?", "opposites: [无分支]", "wrong-value"),
        ("    question: {zh: 有多少分支?", "headings: [{texts: [分支], values: {无: none}}]", "wrong-value"),
    ],
)  # fmt: skip
def test_headings_that_cannot_be_are_faults(package: Path, place: str, line: str, code: str) -> None:
    replace(package / "vocabulary.yaml", place, f"    {line}\n{place}")
    with pytest.raises(PolicyError) as found:
        policy(package)
    assert [fault.code for fault in found.value.diagnostics] == [code]


def test_columns_that_are_no_facts_stand_in_the_package(package: Path) -> None:
    replace(package / "package.yaml", "status: in_force\n", "status: in_force\nother_columns: [负责人, 备注]\n")
    assert policy(package).presentation.other_columns == ("负责人", "备注")
