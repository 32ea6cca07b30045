"""What the law presumes of what is not said: the same for one organization, for many rows and in databases."""

import random
from collections.abc import Mapping
from typing import Any

import attrs
import duckdb
import pyarrow as pa
import pytest

from cso_rules import UNKNOWN, determine
from cso_rules.executors.planes.bits import unpacked
from cso_rules.executors.planes.executor import Bulk
from cso_rules.meaning.possible import Possible, supposed
from cso_rules.model.instruments import Citation
from cso_rules.model.policy import Policy, Presumption
from cso_rules.model.types import Domain, Type, is_known
from tests.exactness import differing_results, facts_that_matter
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record
from tests.sql_tables import assert_same_results, create_facts, fill
from tests.strategies import LABEL

POLICIES = sampled(range(60))
CITED = Citation(
    instrument="law", provision="art1", title=LABEL, number="", article=LABEL, summary=LABEL, confidence="S"
)


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not for secrets


def presuming(chance: random.Random) -> Policy:
    """Return a small policy in which the law presumes something of most facts."""
    policy = small_policy(chance)
    facts = dict(policy.facts)
    for name, domain in small_record(policy, chance, is_whole=True, holes=0.0).items():
        if name in facts and chance.random() < 0.7:
            value = facts[name].type.decode(domain)
            assert value is not None
            facts[name] = attrs.evolve(facts[name], presumed=Presumption(value=value, citations=(CITED,)))
    return attrs.evolve(policy, facts=facts)


def something_of(policy: Policy, chance: random.Random) -> dict[str, Domain]:
    """Return what is said: of some facts nothing, of some that they are not known."""
    record = small_record(policy, chance)
    return {name: domain for name, domain in record.items() if name in policy.facts and chance.random() < 0.6}


def given(policy: Policy, said: Mapping[str, Domain]) -> dict[str, Any]:
    values = {name: policy.facts[name].type.decode_in_part(domain) for name, domain in said.items()}
    return {name: UNKNOWN if value is None else value for name, value in values.items()}


@pytest.mark.generated
@pytest.mark.parametrize("seed", POLICIES)
def test_one_organization_is_answered_as_the_meaning_says(seed: int) -> None:
    chance = chance_of(seed)
    policy = presuming(chance)
    for engine in ("compiled", "reference"):
        said = something_of(policy, chance)
        possible = Possible(policy, supposed(policy, said))
        found = determine(policy, given(policy, said), engine=engine)
        results = {name: attrs.evolve(found[name]) for name in policy.decisions}
        assert list(differing_results(possible, results, with_reasons=False)) == []  # type: ignore[arg-type]
        asked = {name for item in found.missing_facts for name in [item.name]}
        assert asked <= {name for names in facts_that_matter(possible).values() for name in names}
        assert {item.name for item in found.presumed} == policy.presumptions.keys() - said.keys()
        assert found.known == possible.domains
        again = determine(policy, found.facts, engine=engine, verify="reference")
        assert again.known == found.known


TEXTS = {"boolean": {"true": "是", "false": "否"}}


def text_of(kind: Type, domain: Domain) -> str:
    value = kind.decode(domain)
    if isinstance(value, frozenset):
        return "、".join(sorted(value)) or "[]"
    return ("是" if value else "否") if isinstance(value, bool) else str(value)


def cell_of(kind: Type, chance: random.Random) -> tuple[str | None, Domain | None]:
    """Return a cell, and what it says; None of an empty one."""
    domain = small_value(kind, chance)
    return chance.choice([
        (None, None), ("", None), ("——", None), ("未填", None), ("不详", kind.everything), ("胡写#", kind.everything),
        (text_of(kind, domain), domain), (text_of(kind, domain), domain), (text_of(kind, domain), domain),
    ])  # fmt: skip


def small_value(kind: Type, chance: random.Random) -> Domain:
    if kind.is_numeric:
        number = chance.randint(kind.minimum, kind.maximum)
        return number, number
    bits = chance.randrange(1 << len(kind.names)) if kind.kind == "set" else 1 << chance.randrange(len(kind.names))
    return (bits, bits) if kind.kind == "set" else bits


@pytest.mark.generated
@pytest.mark.parametrize("seed", POLICIES)
@pytest.mark.parametrize("is_typed", [False, True])
def test_many_rows_are_read_as_the_meaning_says(seed: int, *, is_typed: bool) -> None:
    chance = chance_of(seed)
    policy = presuming(chance)
    rows = [{name: cell_of(fact.type, chance) for name, fact in policy.facts.items()} for _ in range(70)]
    if is_typed:
        rows = [{name: pair if pair[1] is None or is_known(pair[1]) else (None, None) for name, pair in row.items()}
                for row in rows]  # fmt: skip
    kept = [name for name in policy.facts if chance.random() < 0.8]
    arrays = [column([row[name] for row in rows], policy.facts[name].type, is_typed=is_typed) for name in kept]
    batch = pa.RecordBatch.from_arrays(arrays or [pa.nulls(len(rows))], names=kept or ["other"])
    bulk = Bulk(policy, {name: place for place, name in enumerate(kept)})
    answers = bulk.answer(batch)
    for place, row in enumerate(rows):
        said = {name: domain for name, (_, domain) in row.items() if domain is not None and name in kept}
        known = supposed(policy, said)
        assert [name for name in bulk.facts if answers.columns.domain(policy.facts[name], place) != known[name]] == []
        presumed = {name for name, plane in answers.columns.presumed.items() if unpacked(plane, len(rows))[place]}
        assert presumed == {name for name in bulk.facts if policy.facts[name].presumed and name not in said}
        values = given(policy, said)
        if place < 3:
            assert {name: found.domain for name, found in determine(policy, values).outcomes.items()} == {
                name: answers.result(name, place).domain for name in policy.decisions
            }


def column(cells: list[tuple[str | None, Domain | None]], kind: Type, *, is_typed: bool) -> Any:
    if not is_typed:
        return pa.array([text for text, _ in cells], pa.string())
    values: list[Any] = [None if domain is None else kind.decode(domain) for _, domain in cells]
    if kind.kind == "set":
        return pa.array([None if value is None else sorted(value) for value in values], pa.list_(pa.string()))
    types = {"boolean": pa.bool_(), "integer": pa.int64(), "money": pa.decimal128(20, 2), "date": pa.date32()}
    return pa.array(values, types.get(kind.kind, pa.string()))


@pytest.mark.generated
@pytest.mark.parametrize("seed", sampled(range(25)))
def test_a_database_takes_null_for_what_is_presumed(seed: int) -> None:
    chance = chance_of(seed)
    policy = presuming(chance)
    everything = {
        name: found.type.everything for group in (policy.facts, policy.readings) for name, found in group.items()
    }
    said = [
        {name: small_value(fact.type, chance) for name, fact in policy.facts.items() if chance.random() < 0.6}
        for _ in range(20)
    ]
    connection = duckdb.connect()
    create_facts(connection, policy, "duckdb", "facts")
    fill(connection, policy, [{**everything, **each} for each in said], "duckdb", "facts", "?")
    assert_same_results(connection, policy, [supposed(policy, each) for each in said], "duckdb", "facts")
