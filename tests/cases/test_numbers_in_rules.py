"""Numbers of rules: exact, within their own bounds, and never asked to be what they cannot be."""

from __future__ import annotations

import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from cso_rules.diagnostics import render_all
from cso_rules.loader.in_force.settings import SettingError
from cso_rules.loader.load import check, load_policy
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.types import Type
from cso_rules.plan.building import plan_of
from cso_rules.plan.levels import Number
from tests.cases.rule_packages import NUMBERS, base, edit, local, places
from tests.strategies import LABEL, make_policy

DAY = datetime.date(2021, 6, 1)
BOUNDS = "    type: integer\n    minimum: 3\n    maximum: 1000\n"
CHARTER = """format: 1
decision: charter
label: {zh: 章程, en: charter}
criteria:
  - {id: one, label: {zh: 一, en: one}, when: "%s", cite: opinions s49}
"""
TWO = """format: 1
decision: charter
label: {zh: 章程, en: charter}
criteria:
  - {id: one, label: {zh: 一, en: one}, when: "%s", cite: opinions s49}
  - {id: two, label: {zh: 二, en: two}, when: "%s", cite: opinions s49}
"""
OTHER_FACTS = """
  - id: institutional_members
    type: integer
    label: {zh: 单位会员数, en: institutional members}
    question: {zh: 有多少?, en: How many?}
    definition: {zh: 单位会员, en: members that are institutions}
    maximum: 1000
  - id: activity_kinds
    type: set
    enumeration: community_type
    label: {zh: 活动, en: activities}
    question: {zh: 哪些?, en: Which?}
    definition: {zh: 活动, en: activities}
readings:
"""


def bounded(folder: Path) -> Path:
    package = base(folder)
    edit(package / NUMBERS, "    type: integer\n", BOUNDS)
    return package


def with_condition(folder: Path, text: str, *more: str) -> Path:
    package = base(folder)
    edit(package / "vocabulary.yaml", "\nreadings:\n", OTHER_FACTS)
    content = TWO % (text, *more) if more else CHARTER % text
    (package / "decisions" / "charter.yaml").write_text(content, encoding="utf-8")
    return package


@pytest.mark.parametrize("value", ["-5", "2", "1001", "99999999999999999999"])
def test_a_value_is_held_to_the_bounds_of_its_parameter(value: str, tmp_path: Path) -> None:
    package = bounded(tmp_path)
    edit(package / NUMBERS, "value: 50", f"value: {value}")
    fault = check(package)[0]
    assert places((fault,)) == ["number-out-of-range base/parameters/numbers.yaml:10"]
    assert "3..1000" in render_all([fault])


@pytest.mark.parametrize("value", ["3", "50", "1000"])
def test_a_value_at_its_bounds_is_sound(value: str, tmp_path: Path) -> None:
    package = bounded(tmp_path)
    edit(package / NUMBERS, "value: 50", f"value: {value}")
    assert check(package) == ()


def test_a_negative_value_lets_nobody_in_without_a_declared_minimum(tmp_path: Path) -> None:
    package = base(tmp_path)
    edit(package / NUMBERS, "value: 50", "value: -5")
    assert places(check(package))[:1] == ["number-out-of-range base/parameters/numbers.yaml:8"]


def test_a_local_value_is_held_to_the_bounds_too(tmp_path: Path) -> None:
    bounded(tmp_path)
    package = local(tmp_path)
    edit(package / "changes.yaml", "value: 20", "value: 2")
    assert "number-out-of-range base-44/changes.yaml:3" in places(check(package))


@pytest.mark.parametrize("value", ["2", "1001", "9" * 400])
def test_a_what_if_is_held_to_the_bounds_too(value: str, tmp_path: Path) -> None:
    from cso_rules.loader import load

    with pytest.raises(SettingError) as caught:
        load.load_policy(bounded(tmp_path), as_of=DAY, settings=(("minimum_members", value),))
    assert len(str(caught.value).encode()) < 400


def test_a_long_value_is_shortened_in_the_message(tmp_path: Path) -> None:
    package = bounded(tmp_path)
    edit(package / NUMBERS, "value: 50", f"value: {'9' * 5000}")
    assert len(render_all(check(package)).encode()) < 4000


@pytest.mark.parametrize("low", [2**53 + 1, 2**60 + 3, 10**17 + 1, 3**40])
@pytest.mark.parametrize("factor", [2, 3, 7, -2, -3])
def test_cells_begin_where_the_comparison_changes(low: int, factor: int) -> None:
    kind = Type(kind="integer", minimum=-(10**19), maximum=10**19)
    terms = (Term(factor=factor, quantity=Variable(name="x")),)
    for bounds in ((low, None), (None, low), (low, low + 100)):
        rule = Rule(id="r", label=LABEL, condition=Within(terms=terms, low=bounds[0], high=bounds[1]))
        policy = make_policy({"x": kind}, CriteriaDecision(name="met", label=LABEL, rules=(rule,)))
        (level,) = plan_of(policy).levels
        assert isinstance(level, Number)

        def truth(value: int, bounds: tuple[int | None, int | None] = bounds) -> bool:
            number = factor * value
            return (bounds[0] is None or bounds[0] <= number) and (bounds[1] is None or number <= bounds[1])

        for cut, after in pairwise((*level.cuts, kind.maximum + 1)):
            assert truth(cut) == truth(after - 1)
            assert truth(cut) != truth(cut - 1)


@pytest.mark.parametrize(
    "text",
    [
        "individual_members >= 5 and individual_members <= 3",
        "individual_members >= minimum_members and individual_members < minimum_members",
        "individual_members > 1000000",
        "individual_members < 0",
        "individual_members in [minimum_members..minimum_members) and has_charter",
        "has_charter and not(has_charter)",
        "community_type = urban and community_type = rural",
        "community_type = urban and not(community_type in (urban, rural))",
        "(individual_members >= 5 or has_charter) and individual_members < 3 and not(has_charter)",
        "individual_members >= 5 and (individual_members < 3 or individual_members = 4)",
        "not(individual_members < 5 or individual_members > 3)",
        "if has_charter then not(has_charter) else has_charter",
        "individual_members + institutional_members >= 5 and individual_members + institutional_members <= 3",
        "individual_members + institutional_members >= 5 and individual_members <= 1 and institutional_members <= 1",
        "2 * institutional_members = 5 and has_charter",
        "list contains(activity_kinds, urban) and not(list contains(activity_kinds, urban))",
        "count(activity_kinds) > 2",
    ],
)
def test_a_criterion_that_can_never_hold_is_a_fault(text: str, tmp_path: Path) -> None:
    assert places(check(with_condition(tmp_path, text))) == ["never-holds base/decisions/charter.yaml:5"]


@pytest.mark.parametrize(
    "text",
    [
        "individual_members >= 5 and individual_members <= 5",
        "individual_members >= minimum_members and individual_members <= 50",
        "individual_members > 999999",
        "individual_members <= 0",
        "(individual_members >= 5 or has_charter) and individual_members < 3",
        "individual_members + institutional_members >= 5 and individual_members <= 3 and institutional_members <= 2",
        "if has_charter then individual_members > 5 else individual_members < 3",
        "list contains(activity_kinds, urban) and not(list contains(activity_kinds, rural))",
        "count(activity_kinds) = 2",
        "2 * institutional_members = 6",
    ],
)
def test_a_criterion_that_can_hold_is_none(text: str, tmp_path: Path) -> None:
    assert check(with_condition(tmp_path, text)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "has_charter or not(has_charter)",
        "community_type = urban or community_type = rural",
        "individual_members >= 0",
        "individual_members + institutional_members >= 0",
        "individual_members < 5 or individual_members > 3",
    ],
)
def test_a_criterion_that_everybody_meets_is_a_fault(text: str, tmp_path: Path) -> None:
    assert places(check(with_condition(tmp_path, text))) == ["always-holds base/decisions/charter.yaml:5"]


def test_criteria_that_cannot_be_met_together_are_a_fault_of_the_decision(tmp_path: Path) -> None:
    package = with_condition(tmp_path, "individual_members >= 5", "individual_members <= 3")
    assert places(check(package)) == ["never-holds base/decisions/charter.yaml:2"]


def test_a_row_that_can_never_hold_is_a_fault(tmp_path: Path) -> None:
    package = base(tmp_path)
    edit(
        package / "decisions" / "tier.yaml", "个人会员数 >= 最低会员数", "个人会员数 >= 最低会员数 and 个人会员数 <= 30"
    )
    assert places(check(package)) == ["never-holds base/decisions/tier.yaml:9"]


def test_a_value_that_makes_a_criterion_impossible_is_a_fault_of_its_date_only(tmp_path: Path) -> None:
    package = with_condition(tmp_path, "individual_members >= minimum_members and individual_members <= 55")
    (package / "decisions" / "tier.yaml").unlink()
    edit(package / "package.yaml", "headline: tier\n", "")
    edit(
        package / NUMBERS,
        "{from: 2017-12-27, value: 50, cite: opinions s50}",
        "{from: 2017-12-27, until: 2020-01-01, value: 50, cite: opinions s50}\n"
        "      - {from: 2020-01-01, value: 60, cite: opinions s50}",
    )
    (fault,) = check(package)
    assert fault.code == "never-holds"
    assert "2020-01-01" in render_all([fault])
    assert load_policy(package, as_of=datetime.date(2019, 1, 1)).id == "base"


def test_sums_that_cannot_hold_together_are_a_fault(tmp_path: Path) -> None:
    text = "individual_members + institutional_members < 5 and individual_members - institutional_members >= 6"
    assert places(check(with_condition(tmp_path, text))) == ["never-holds base/decisions/charter.yaml:5"]


def test_alternatives_that_cannot_hold_together_are_a_fault(tmp_path: Path) -> None:
    text = "(has_charter or individual_members < 3) and (not(has_charter) or individual_members < 3)"
    found = places(check(with_condition(tmp_path, f"{text} and individual_members > 5")))
    assert found == ["never-holds base/decisions/charter.yaml:5"]


@pytest.mark.parametrize("day", [datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)])
def test_on_the_first_and_the_last_day_rules_that_look_beyond_it_are_no_fault(day: datetime.date) -> None:
    assert load_policy("cn", as_of=day).as_of == day
