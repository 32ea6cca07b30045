"""A proof: numbered steps from the facts to the answer, each resting on earlier ones, with rule ids and provisions."""

import datetime
import random
import re

import attrs
import pytest
from hypothesis import given, settings

from cso_rules import determine, load_policy
from cso_rules.engine.facts import domains
from cso_rules.errors import MissingExtraError
from cso_rules.executors.rete import executor as rete
from cso_rules.explanation.proof import proof
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from tests.engine.small_policy import small_policy
from tests.strategies import LABEL, policies, seeds

FACTS = {"people": 12, "bodies": 0, "capital": 30_000, "is_suitable": True}
LANGUAGES = ("zh", "en")
REFERENCES = {"zh": re.compile(r"，由 (.*) 得出$"), "en": re.compile(r", from ([0-9, ]+)$")}


def steps_of(text: str, language: str) -> dict[int, tuple[str, list[int]]]:
    found = {}
    for line in text.splitlines()[2:]:
        number, _, step = line.partition(". ")
        rests = REFERENCES[language].search(step)
        found[int(number)] = (step, [int(part) for part in re.findall(r"\d+", rests[1])] if rests else [])
    return found


@pytest.mark.rete
def test_a_proof_goes_from_the_facts_to_the_answer() -> None:
    text = proof(determine(small_policy(), FACTS), "en")
    assert text.splitlines()[2:] == [
        "1. members: 12",
        "2. members ≥ 50: false (members is 12), from 1",
        "3. criterion “members” is not met [able/members], from 2",
        "4. able: no, from 3",
        "5. row “able” does not hold [tier/able], from 4",
        "6. row “rest” holds [tier/rest], from 5",
        "7. tier: managed, from 5, 6",
    ]


@pytest.mark.rete
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_of_a_national_proof_rests_on_earlier_steps_and_leads_to_the_answer(language: str) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    facts = {"organizational_form": "social_group", "individual_members": 12, "institutional_members": 3}
    text = proof(determine(policy, facts), language, decision="registration_conditions")
    steps = steps_of(text, language)
    assert list(steps) == list(range(1, len(steps) + 1))
    assert all(part < number for number, (_, rests) in steps.items() for part in rests)
    used = {part for _, rests in steps.values() for part in rests}
    assert used == set(range(1, len(steps)))
    assert "[registration_conditions/members]" in steps[len(steps) - 1][0]
    assert ("《社会团体登记管理条例》第十条" if language == "zh" else "social groups, article 10") in text


@pytest.mark.rete
def test_what_cannot_be_derived_while_facts_are_missing_is_said() -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    text = proof(determine(policy, {}), "en")
    assert "tier: not settled, possibly registered or" in text
    assert "neither true nor false can be derived of outside the scope, registered or able to register" in text


@pytest.mark.rete
@settings(max_examples=settings().max_examples // 4)
@given(policy=policies(), chance=seeds)
def test_every_decision_of_any_policy_has_a_proof(policy: Policy, chance: random.Random) -> None:
    labelled = {name: attrs.evolve(found, option_labels=(LABEL, LABEL)) for name, found in policy.readings.items()}
    policy = attrs.evolve(policy, readings=labelled)
    facts = {name: value_of(fact.type, chance) for name, fact in policy.facts.items() if chance.random() < 0.7}
    found = determine(policy, facts, ask=False)
    for name in policy.decisions:
        for language in LANGUAGES:
            steps = steps_of(proof(found, language, decision=name), language)
            assert list(steps) == list(range(1, len(steps) + 1))
            assert all(part < number for number, (_, rests) in steps.items() for part in rests)
    assert domains(policy, facts)


def value_of(kind: Type, chance: random.Random) -> object:
    if kind.kind == "text":
        return "text"
    if kind.kind == "boolean":
        return chance.random() < 0.5
    if kind.kind == "set":
        return frozenset(name for name in kind.values if chance.random() < 0.5)
    if kind.is_numeric:
        return kind.decode_number(chance.randint(kind.minimum, kind.maximum))
    return chance.choice(kind.values)


def test_a_proof_needs_the_second_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "is_installed", lambda: False)
    with pytest.raises(MissingExtraError):
        proof(determine(small_policy(), FACTS))
