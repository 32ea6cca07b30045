import datetime
import json
import subprocess
import sys

import attrs
import pytest

from cso_rules import Tier, classify, determine, load_policy
from cso_rules.determination import to_json
from cso_rules.errors import (
    FactProblem,
    FactsError,
    ImpossibleValueError,
    UnknownFactError,
    WrongKindError,
    WrongTypeError,
)
from cso_rules.explanation import explain
from cso_rules.model.types import UNKNOWN

DAY = datetime.date(2020, 1, 1)


def test_nothing_known_leaves_several_tiers() -> None:
    result = classify(as_of=DAY)
    assert result.tier is None
    assert len(result.possible_tiers) > 1
    assert result.missing_facts


def test_valid_registration_is_registered() -> None:
    result = classify({"founder_residence": "not_residents"}, as_of=DAY, is_nonprofit=False)
    assert result.possible_tiers
    assert all(isinstance(tier, Tier) for tier in result.possible_tiers)


def test_unknown_fact_is_refused() -> None:
    with pytest.raises(FactsError):
        classify(no_such_fact=1, as_of=DAY)


GROUP: dict[str, object] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": frozenset({"other"}),
    "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 49,
    "institutional_members": 0, "activity_funds": 30000, "has_lawful_funds": True, "has_standard_name": True,
    "has_organizational_structure": True, "has_fixed_domicile": True, "has_suitable_full_time_staff": True,
    "can_bear_civil_liability": True, "is_active_mainly_in_one_community": False, "subdistrict_unit_kind": "township",
}  # fmt: skip


def test_the_path_to_registration_is_one_more_member_of_either_kind() -> None:
    result = classify(GROUP, as_of=DAY)
    assert result.tier is Tier.SUBDISTRICT_MANAGED
    ways = {way[0][0]: way for way in result.path_to(Tier.REGISTERED)}
    assert ways["individual_members"] == (("individual_members", 49, 50, 1),)
    assert ways["institutional_members"] == (("institutional_members", 0, 1, 1),)
    assert result.path_to("registered") == result.path_to(Tier.REGISTERED)


def test_the_township_is_responsible_below_the_conditions() -> None:
    ((role, body, citations),) = classify(GROUP, as_of=DAY).responsibilities
    assert (role, body) == ("manages", "township_government")
    assert {f"{found.instrument} {found.provision}" for found in citations} == {"mca-2017-191 s52", "mca-2017-191 s53"}


def test_keyword_facts_replace_those_of_the_organization() -> None:
    assert classify(GROUP, as_of=DAY, individual_members=50).tier is Tier.REGISTERED
    assert classify(GROUP, as_of=DAY, individual_members=50, activity_funds=29999).tier is Tier.SUBDISTRICT_MANAGED


@attrs.frozen(kw_only=True)
class Team:
    distributes_profit: bool | None = None
    individual_members: int | None = None


def test_an_attrs_instance_is_an_organization() -> None:
    assert classify(Team(distributes_profit=True), as_of=DAY).tier is Tier.OUT_OF_SCOPE
    assert classify(Team(individual_members=3), as_of=DAY).tier is None


def test_an_unknown_fact_comes_with_a_suggestion() -> None:
    with pytest.raises(UnknownFactError) as caught:
        classify(as_of=DAY, individual_member=3)
    assert caught.value.problems[0].suggestion == "individual_members"


@pytest.mark.parametrize(("fact", "value"), [("individual_members", "many"), ("is_nonprofit", "perhaps")])
def test_a_value_of_the_wrong_type_is_refused(fact: str, value: str) -> None:
    with pytest.raises(WrongTypeError, match=fact):
        classify({fact: value}, as_of=DAY)


def test_an_impossible_number_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="-1 is not between 0 and"):
        classify(as_of=DAY, individual_members=-1)


def test_facts_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="a fund of zero cannot be paid in"):
        classify(as_of=DAY, original_fund=0, is_original_fund_paid_in=True)


def test_import_is_light() -> None:
    code = "import sys, cso_rules; print('attr' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_names_that_decide_bring_no_words_for_what_is_wrong() -> None:
    code = (
        "import sys, cso_rules; cso_rules.classify, cso_rules.determine, cso_rules.load_policy\n"
        "print(*sorted({'calendar', 'cso_rules.errors', 'cso_rules.diagnostics'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_more_party_members_than_members_are_impossible() -> None:
    facts = {"organizational_form": "social_group", "individual_members": 3, "party_members": 9}
    with pytest.raises(FactsError) as refused:
        classify(facts, as_of=DAY)
    assert [problem.kind for problem in refused.value.problems] == ["contradiction"]
    assert "党员" in refused.value.problems[0].message_zh


def test_a_classification_says_where_no_local_rule_is_encoded() -> None:
    assert classify(as_of="2026-02-01").place_notice is None
    notice = classify(as_of="2026-02-01", jurisdiction="130102").place_notice
    assert notice is not None
    assert "13, 1301, 130102" in notice.en
    assert "130102" in notice.zh


ABOUT_TWENTY = FactProblem(
    kind="wrong_type", fact="individual_members", value="约20人",
    message_en="an estimate is no number", message_zh="约数不是确定的数",
)  # fmt: skip


def test_a_fact_that_was_not_understood_is_unknown_and_what_was_said_is_kept_and_shown() -> None:
    found = classify(GROUP, as_of=DAY, problems=[ABOUT_TWENTY])
    without = classify({name: value for name, value in GROUP.items() if name != "individual_members"}, as_of=DAY)
    assert found.possible_tiers == without.possible_tiers
    assert found.missing_facts == without.missing_facts
    assert "individual_members" not in found.determination.facts
    assert found.determination.problems == (ABOUT_TWENTY,)
    assert to_json(found.determination)["problems"] == [attrs.asdict(ABOUT_TWENTY)]
    assert "个人会员数“约20人”：约数不是确定的数" in explain(found.determination)
    assert "individual members “约20人”: an estimate is no number" in explain(found.determination, "en")


def test_a_fact_that_no_answer_needs_keeps_its_problem_too() -> None:
    problem = attrs.evolve(ABOUT_TWENTY, fact="checks_missed", value="####")
    found = classify(GROUP, as_of=DAY, checks_missed="####", problems=[problem])
    assert found.tier is Tier.SUBDISTRICT_MANAGED
    assert found.determination.problems == (problem,)


def test_what_a_refusal_names_can_be_given_back_so_that_the_rest_is_answered() -> None:
    contradictory = {**GROUP, "individual_members": -5, "activity_funds": "三五万"}
    with pytest.raises(FactsError) as refused:
        classify(contradictory, as_of=DAY)
    found = classify(contradictory, as_of=DAY, problems=refused.value.problems)
    assert {problem.fact for problem in found.determination.problems} == {"individual_members", "activity_funds"}
    assert found.possible_tiers >= {Tier.SUBDISTRICT_MANAGED}


def test_both_facts_of_a_contradiction_are_unknown() -> None:
    contradictory = {**GROUP, "party_members": 51}
    with pytest.raises(FactsError) as refused:
        classify(contradictory, as_of=DAY)
    found = classify(contradictory, as_of=DAY, problems=refused.value.problems).determination
    assert len(refused.value.problems[0].facts) > 1
    assert not set(refused.value.problems[0].facts) & set(found.facts)


def test_a_problem_is_one_and_of_a_fact_that_there_is() -> None:
    with pytest.raises(UnknownFactError, match="individual_member"):
        classify(GROUP, as_of=DAY, problems=[attrs.evolve(ABOUT_TWENTY, fact="individual_member")])
    with pytest.raises(WrongKindError):
        classify(GROUP, as_of=DAY, problems=["individual_members"])  # type: ignore[list-item]


def test_nothing_is_presumed_of_a_fact_that_was_not_understood() -> None:
    policy = load_policy("cn", as_of=DAY)
    for name, fact in policy.facts.items():
        if fact.presumed is None:
            continue
        problem = attrs.evolve(ABOUT_TWENTY, fact=name)
        found = determine(policy, GROUP, problems=[problem])
        assert name not in {each.name for each in found.presumed}
        same = determine(policy, {**GROUP, name: UNKNOWN})
        assert {key: one.possible for key, one in found.outcomes.items()} == {
            key: one.possible for key, one in same.outcomes.items()
        }


def test_what_was_said_of_a_personal_fact_is_not_told() -> None:
    policy = load_policy("cn", as_of=DAY)
    first = next(iter(policy.facts))
    shown = {**policy.facts, first: attrs.evolve(policy.facts[first], is_personal=True)}
    private = attrs.evolve(policy, facts=shown)
    problem = attrs.evolve(
        ABOUT_TWENTY, fact=first, value="钱丁", message_zh="“钱丁”不对", message_en="'钱丁' is wrong"
    )
    found = determine(private, {}, problems=[problem], ask=False)
    assert "钱丁" not in repr(found.problems)
    assert "钱丁" not in json.dumps(to_json(found), ensure_ascii=False)
