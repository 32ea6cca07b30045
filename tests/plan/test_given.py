"""What is read from canonical values at once is what their domains leave, and says what is said of them in steps."""

import random

import attrs
import pytest

from cso_rules.engine import determine as engine
from cso_rules.engine.facts import domains
from cso_rules.executors.single import compiled
from cso_rules.model.policy import Policy, Presumption
from cso_rules.model.types import Type, Value
from cso_rules.plan.asked.cases import groups_of
from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.asked.given import Given
from cso_rules.plan.building import plan_for
from tests.engine.test_at_once import USUAL, in_steps, of_every_kind, told
from tests.engine.test_facts import WRITTEN
from tests.sampled import sampled
from tests.small_policies import small_policy


def _value(kind: Type, chance: random.Random) -> Value:
    """One canonical value."""
    everything = kind.everything
    if isinstance(everything, int):
        found = kind.decode(1 << chance.randrange(everything.bit_length()))
    elif kind.kind == "set":
        found = frozenset(kind.members(chance.randint(*everything)))
    else:
        found = kind.decode_number(chance.randint(*everything))
    assert found is not None
    return found


def _values(policy: Policy, chance: random.Random) -> dict[str, Value | None]:
    given = {name: _value(fact.type, chance) for name, fact in policy.facts.items() if chance.random() < 0.6}
    return {**given, **{name: None for name in policy.facts if chance.random() < 0.1}}


def _presuming(policy: Policy, chance: random.Random) -> Policy:
    """The same policy that presumes a value of some facts."""
    facts = {
        name: attrs.evolve(fact, presumed=Presumption(value=_value(fact.type, chance), citations=()))
        for name, fact in policy.facts.items()
        if chance.random() < 0.2
    }
    return attrs.evolve(policy, facts={**policy.facts, **facts})


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 400, 20)))
def test_cells_are_those_of_the_domains(start: int) -> None:
    for seed in range(start, start + 20):
        chance = random.Random(seed)  # noqa: S311 - made-up policies
        policy = _presuming(small_policy(chance), chance)
        plan = plan_for(policy)
        given = Given(plan, domains(policy, {})[1])
        for _ in range(20):
            said = _values(policy, chance)
            values, known = domains(policy, said)
            found = given.read(said)
            assert found is not None
            state, ends, open_facts, kept = found
            assert (state, kept) == (cells_of(plan).state(known), values)
            assert open_facts == groups_of(plan).open_facts(known)
            assert all(known.get(name, own) == own for name, own in ends.items())


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Policy:
    """A policy that counts as often asked about."""
    policy = of_every_kind()
    told(policy, {})
    monkeypatch.setattr(compiled, "_OFTEN", 0)
    return policy


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRITTEN.items() for value in values])
def test_open_records_are_read_and_refused_as_in_steps(often: Policy, kind: str, value: object) -> None:
    for missing in USUAL.keys() - {kind, "text"}:
        given = {name: own for name, own in {**USUAL, kind: value}.items() if name != missing}
        assert told(often, given) == in_steps(often, given)


def test_what_is_unusual_is_left_to_the_one_reader(often: Policy) -> None:
    read = engine._plan(often).often
    usual = {name: value for name, value in USUAL.items() if name != "date"}
    assert read(usual) is not None
    assert read({**usual, "date": None}) is not None
    for unusual in ({"nobody": 1}, {"integer": 7.0}, {"boolean": 1}, {"set": ["group"]}, {"integer": -1}):
        assert read({**usual, **unusual}) is None


def test_the_domains_of_all_facts_are_there_when_somebody_asks(often: Policy) -> None:
    usual = {name: value for name, value in USUAL.items() if name != "date"}
    found = engine._plan(often).often(usual)
    assert found is not None
    values, asked = found
    usual["integer"] = 8
    assert dict(asked.domains) == domains(often, values)[1]
    assert len(asked.domains) == len(often.facts) + len(often.readings)
    assert values["integer"] == USUAL["integer"]
