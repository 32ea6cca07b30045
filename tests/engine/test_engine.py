import copy
import json
import pickle
from decimal import Decimal

import attrs
import pytest

from cso_rules.determination import Determination, Status
from cso_rules.determination.answers import Columns
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.engine.gaps import gap_text_values, gaps, possible_gaps
from cso_rules.engine.witnesses import witnesses
from cso_rules.errors import FactsError
from cso_rules.model.decisions import TableDecision
from cso_rules.model.expressions import Within
from tests.engine.small_policy import TIER, small_policy

POLICY = small_policy()
READY = {"people": 40, "bodies": 5, "capital": 30000, "is_suitable": True}


def answer(**facts: object) -> Determination:
    return determine(POLICY, facts, engine="reference")


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(FactsError) as caught:
        domains(POLICY, {"poeple": 1, "people": True, "capital": -1, "form": "club"}, {"wording": "x"})
    assert [problem.fact for problem in caught.value.problems] == [
        "poeple",
        "people",
        "capital",
        "form",
        "wording",
    ]
    assert caught.value.problems[0].suggestion == "people"


def test_facts_that_contradict_one_another_are_refused() -> None:
    with pytest.raises(FactsError, match="too many"):
        domains(POLICY, {"people": 901})


def test_a_judgement_may_name_its_author_and_labels_are_names() -> None:
    values, _ = domains(POLICY, {"is_suitable": {"value": True, "judged_by": "clerk"}, "form": "社团"})
    assert values == {"is_suitable": True, "form": "group"}


def test_known_facts_determine_the_answer() -> None:
    found = answer(**READY | {"people": 45})
    assert found["tier"].value == "registered"
    assert found.missing_facts == ()


def test_a_reading_that_changes_the_answer_leaves_it_unsettled_by_law() -> None:
    found = answer(people=10)
    assert found["mixed"].status is Status.UNSETTLED_BY_LAW
    assert found.open_readings == ("wording",)
    assert len(found["mixed"].by_reading) == 2


def test_a_reading_that_changes_nothing_is_not_listed() -> None:
    found = answer(people=30)
    assert found["mixed"].value is True
    assert found.open_readings == ()


def test_a_given_reading_wins() -> None:
    found = determine(POLICY, {"people": 10}, readings={"wording": "loose"}, engine="reference")
    assert found["mixed"].value is True


def test_an_answer_that_needs_facts_and_a_reading_is_undetermined() -> None:
    found = answer()
    assert found["mixed"].status is Status.UNDETERMINED
    assert found.open_readings == ("wording",)


def test_missing_facts_are_data_before_judgements_and_leave_out_what_does_not_matter() -> None:
    found = answer(people=60)
    assert [missing.name for missing in found.missing_facts] == ["bodies", "capital", "is_suitable"]
    assert found.missing_facts[1].settles == ("able", "tier")


def test_a_failed_criterion_asks_for_nothing_more() -> None:
    found = answer(people=1, bodies=1)
    assert found["tier"].value == "managed"
    assert found.missing_facts == ()


def test_witnesses_lead_to_every_answer() -> None:
    _, known = domains(POLICY, {"people": 20})
    found = witnesses(POLICY, known, "tier")
    assert {value for value, _ in found} == {"registered", "managed"}
    for value, completion in found:
        assert answer(people=20, **completion)["tier"].value == value


def test_gaps_are_the_smallest_changes_of_each_summand() -> None:
    _, known = domains(POLICY, READY | {"capital": 20000})
    found = gaps(POLICY, known, "tier", "registered")
    assert found == ({"people": 45, "capital": 3_000_000}, {"bodies": 10, "capital": 3_000_000})
    assert ("capital", Decimal(20000), Decimal(30000), Decimal(10000)) in gap_text_values(POLICY, known, found[0])


def test_a_change_that_contradicts_other_facts_is_none() -> None:
    _, known = domains(POLICY, READY)
    assert [set(gap) for gap in gaps(POLICY, known, "tier", "registered")] == [{"people"}, {"bodies"}]
    total = POLICY.constraints[0].condition
    assert isinstance(total, Within)
    few = attrs.evolve(total, high=47)
    policy = attrs.evolve(POLICY, constraints=(attrs.evolve(POLICY.constraints[0], condition=few),))
    assert gaps(policy, known, "tier", "registered") == ()


def test_a_change_may_leave_facts_to_be_known() -> None:
    _, known = domains(POLICY, {"people": 5, "capital": 30000})
    assert gaps(POLICY, known, "tier", "registered") == ()
    assert possible_gaps(POLICY, known, "tier", "registered") == ()
    _, known = domains(POLICY, {"people": 5, "capital": 20000})
    assert possible_gaps(POLICY, known, "tier", "registered") == ({"capital": 3_000_000},)


def test_a_number_has_no_way_towards_it() -> None:
    _, known = domains(POLICY, READY)
    assert gaps(POLICY, known, "members", 50) == ()


def test_an_item_of_a_list_is_reached_by_what_a_row_of_it_needs() -> None:
    tier = POLICY.decisions["tier"]
    assert isinstance(tier, TableDecision)
    listed = attrs.evolve(tier, name="listed", hit_policy="collect", type=attrs.evolve(TIER, kind="set"))
    policy = attrs.evolve(POLICY, decisions={**POLICY.decisions, "listed": listed})
    _, known = domains(policy, READY)
    assert gaps(policy, known, "listed", "registered") == ({"people": 45}, {"bodies": 10})
    assert gaps(policy, known, "listed", "managed") == ()


def test_there_is_no_gap_while_an_unchangeable_fact_stands_in_the_way() -> None:
    _, known = domains(POLICY, READY | {"is_suitable": False})
    assert gaps(POLICY, known, "tier", "registered") == ()


def test_columns_do_not_change_and_are_a_dictionary_all_the_same() -> None:
    columns = Columns({"step": "report"})
    with pytest.raises(TypeError, match="do not change"):
        columns["step"] = "renew"
    with pytest.raises(TypeError, match="do not change"):
        columns.update(step="renew")
    assert columns == {"step": "report"} == json.loads(json.dumps(columns))
    assert [type(copied) for copied in (columns.copy(), {**columns})] == [dict, dict]
    assert columns == copy.deepcopy(columns) == pickle.loads(pickle.dumps(columns))  # noqa: S301 - made here
