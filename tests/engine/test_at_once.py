"""What is decided at once, since everything is known, is what is decided in steps; everything unusual goes by steps."""

import datetime
import itertools
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules.determination import to_json
from cso_rules.engine import cache
from cso_rules.engine import determine as engine
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import NO_READINGS
from cso_rules.errors import FactsError, WrongKindError
from cso_rules.model.decisions import CriteriaDecision
from cso_rules.model.expressions import Among, Includes
from cso_rules.model.policy import Policy
from tests.engine.small_policy import at_least, fact, rule, small_policy
from tests.engine.test_facts import KINDS, WRITTEN

Given = dict[str, object]


def settled(policy: Policy) -> Policy:
    """The same policy with every reading chosen."""
    readings = {name: attrs.evolve(known, chosen=known.type.values[0]) for name, known in policy.readings.items()}
    return attrs.evolve(policy, readings=readings)


def in_steps(policy: Policy, given: object, readings: Mapping[str, str] = NO_READINGS) -> object:
    return told(policy, given, readings, "reference")


def told(
    policy: Policy, given: object, readings: Mapping[str, str] = NO_READINGS, executor: str = "compiled"
) -> object:
    """What is said of an organization: the answers, or what is wrong with its facts."""
    try:
        found = determine(policy, given, readings=readings, engine=executor)
    except FactsError as refused:
        return repr(refused.problems)
    except WrongKindError as refused:
        return str(refused)
    return repr(found.facts), to_json(found), found


def is_at_once(policy: Policy, given: Mapping[str, object], readings: Mapping[str, str] = NO_READINGS) -> bool:
    return engine._plan(policy).answered(given, readings) is not None


def small_records() -> list[Given]:
    people, bodies, capitals = (0, 10, 49, 50, 450, 901, 1001), (0, 1, 40, 451), ("0.00", "29999.99", "30000.00")
    return [
        {"people": one, "bodies": two, "capital": Decimal(three), "form": four, "is_suitable": five}
        for one, two, three, four, five in itertools.product(
            people, bodies, capitals, ("group", "service"), (True, False)
        )
    ]


def test_complete_records_have_the_answers_of_the_plain_interpreter() -> None:
    policy = settled(small_policy())
    answered = [is_at_once(policy, given) for given in small_records()]
    assert answered == [given["people"] + given["bodies"] <= 900 for given in small_records()]  # type: ignore[operator]
    for given in small_records():
        assert told(policy, given) == in_steps(policy, given)


def of_every_kind() -> Policy:
    """A policy with a fact of each kind, each of which some criterion reads."""
    rules = [
        rule("boolean", Among(name="boolean", bits=1)),
        rule("enumeration", Among(name="enumeration", bits=1)),
        rule("set", Includes(name="set", bits=1)),
        *(rule(kind, at_least(kind, low)) for kind, low in (("integer", 7), ("money", 725), ("date", 737484))),
    ]
    small = settled(small_policy())
    facts = {name: fact(name, kind) for name, kind in KINDS.items()}
    kept = {"all": CriteriaDecision(name="all", label=small.title, rules=tuple(rules))}
    return attrs.evolve(small, facts=facts, decisions=kept, constraints=(), readings={}, ask_order=())


USUAL: Given = {
    "boolean": True, "integer": 7, "money": Decimal("7.25"), "date": datetime.date(2020, 2, 29), "text": "a",
    "enumeration": "group", "set": frozenset({"group"}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRITTEN.items() for value in values])
def test_values_of_every_kind_are_read_and_refused_as_in_steps(kind: str, value: object) -> None:
    policy = of_every_kind()
    assert is_at_once(policy, USUAL)
    given = {**USUAL, kind: value}
    assert told(policy, given) == in_steps(policy, given)


def test_facts_that_nothing_reads_may_be_missing_and_are_refused_as_in_steps() -> None:
    policy = of_every_kind()
    others = {f"other_{name}": attrs.evolve(found, name=f"other_{name}") for name, found in policy.facts.items()}
    policy = attrs.evolve(policy, facts={**others, **policy.facts})
    assert is_at_once(policy, USUAL)
    assert not is_at_once(policy, {**USUAL, "nobody": 1})
    for given in ({**USUAL, f"other_{kind}": value} for kind, values in WRITTEN.items() for value in values):
        assert told(policy, given) == in_steps(policy, given)
        assert told(policy, {**given, "date": None}) == in_steps(policy, {**given, "date": None})


class _Name(str):
    __slots__ = ()


class _Facts(dict[str, object]):
    pass


@pytest.mark.parametrize(
    "given",
    [
        {**USUAL, "nobody": 1},
        {"nobody" if name == "text" else name: value for name, value in USUAL.items()},
        {name: value for name, value in USUAL.items() if name != "date"},
        {**USUAL, "text": None},
        {**USUAL, "enumeration": _Name("group")},
        _Facts(USUAL),
    ],
)
def test_what_is_unusual_goes_by_steps(given: Given) -> None:
    policy = of_every_kind()
    assert not is_at_once(policy, given)
    assert told(policy, given) == in_steps(policy, given)


def test_the_facts_of_an_answer_do_not_change_with_those_that_were_given() -> None:
    policy, given = of_every_kind(), dict(USUAL)
    found = determine(policy, given)
    given["integer"] = 8
    assert found.facts == USUAL
    found.outcomes["all"].findings[0]
    assert determine(policy, given)["all"].value is True


def test_chosen_readings_are_not_those_of_the_policy() -> None:
    policy, given = settled(small_policy()), small_records()[0]
    assert determine(policy, given).readings == {"wording": "strict"}
    loose = determine(policy, given, readings={"wording": "loose"})
    assert loose == determine(policy, given, readings={"wording": "loose"}, engine="reference")
    assert loose["mixed"].value is not determine(policy, given)["mixed"].value


def test_an_open_reading_is_decided_at_once_only_when_it_is_chosen() -> None:
    policy = small_policy()
    for given in small_records():
        assert not is_at_once(policy, given)
        for option in ("strict", "loose"):
            readings = {"wording": option}
            assert is_at_once(policy, given, readings) == is_at_once(settled(policy), given)
            assert told(policy, given, readings=readings) == in_steps(policy, given, readings=readings)


@pytest.mark.parametrize("readings", [{"wording": "other"}, {"wording": None}, {"nothing": "strict"}, [("wording", 1)]])
def test_readings_that_are_none_are_refused_as_in_steps(readings: Any) -> None:
    for policy in (small_policy(), settled(small_policy())):
        given = small_records()[0]
        assert not is_at_once(policy, given, readings)
        assert told(policy, given, readings=readings) == in_steps(policy, given, readings=readings)


def test_what_decides_at_once_is_kept_with_the_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    cache._cached.cache_clear()
    package = Path(__file__).parents[2] / "benchmarks" / "packages" / "building_permit"
    first = cache.load_policy(package, as_of="2024-06-01")
    cache._cached.cache_clear()
    monkeypatch.setattr("cso_rules.executors.single.compiled._remember", None)
    second = cache.load_policy(package, as_of="2024-06-01")
    assert second is not first
    assert not is_at_once(second, {})
