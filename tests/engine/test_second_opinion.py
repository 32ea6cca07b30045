"""A second opinion is the same answer from another engine, or an error that names the difference."""

import datetime
from collections.abc import Mapping

import attrs
import pytest

from cso_rules import determine, load_policy
from cso_rules.determination import Result
from cso_rules.engine import determine as engine
from cso_rules.engine.determine import confirm
from cso_rules.errors import EngineError, VerificationError
from cso_rules.executors.rete import executor as rete
from cso_rules.executors.single import reference
from cso_rules.model.policy import Policy
from cso_rules.model.types import Between, Domain
from tests.engine.small_policy import small_policy

FACTS = {"people": 60, "bodies": 0, "capital": 30_000, "is_suitable": True}
KNOWN = {
    "individual_members": Between(low=30, high=49),
    "registration_status": "not_registered",
    "is_nonprofit": True,
    "total_assets": 3000,
}


@pytest.mark.rete
@pytest.mark.parametrize("facts", [FACTS, {}, {"people": 30}, {**FACTS, "capital": None}])
def test_the_second_engine_gives_the_same_determination(facts: Mapping[str, object]) -> None:
    policy = small_policy()
    assert determine(policy, facts, engine="rete") == determine(policy, facts, verify="rete")


@pytest.mark.rete
@pytest.mark.parametrize("readings", [{}, {"wording": "strict"}])
def test_readings_are_those_of_the_first_opinion(readings: Mapping[str, str]) -> None:
    found = determine(small_policy(), {"people": 3}, readings=readings, verify="rete")
    assert found == determine(small_policy(), {"people": 3}, readings=readings, engine="reference")


@pytest.mark.rete
def test_the_national_rules_are_confirmed() -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    confirm(determine(policy, KNOWN))
    confirm(determine(policy, KNOWN, readings={"a3_tier_basis": "status"}))


def lying(policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Result]:
    found = reference.evaluate(policy, domains)
    return {**found, "tier": attrs.evolve(found["tier"], domain=2, true=2)}


def test_a_difference_names_the_decision_and_both_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "evaluate", lying)
    with pytest.raises(VerificationError) as raised:
        determine(small_policy(), FACTS, verify="rete")
    assert raised.value.decision == "tier"
    assert raised.value.answers == {
        "compiled": "determined [registered] (able=true)", "rete": "determined [managed] (rest=true)",
    }  # fmt: skip
    assert str(raised.value).startswith("tier: compiled says determined [registered]")
    assert "rete 得出 determined [managed]" in raised.value.in_language("zh")


def test_the_truth_of_rules_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Result]:
        found = reference.evaluate(policy, domains)
        return {**found, "able": attrs.evolve(found["able"], true=0)}

    monkeypatch.setattr(rete, "evaluate", other)
    with pytest.raises(VerificationError, match=r"able: .*members=true.*able|able: .*members=true"):
        determine(small_policy(), FACTS, verify="rete")


def test_an_engine_that_cannot_answer_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, Result]:
        raise EngineError("durable_rules", "crashed", "崩溃")

    monkeypatch.setattr(rete, "evaluate", broken)
    with pytest.raises(EngineError, match="durable_rules: crashed") as raised:
        determine(small_policy(), FACTS, verify="rete")
    assert raised.value.in_language("zh") == "durable_rules：崩溃"


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine 'drools'"):
        engine.executor("drools")
