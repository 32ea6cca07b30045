"""The executor for many rows: row by row the exact results, and the outcomes of `determine`."""

import datetime
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from cso_rules import determine, load_policy
from cso_rules.determination import Determination, Status
from cso_rules.engine.bulk_missing import MissingFacts, undetermined
from cso_rules.engine.facts import domains
from cso_rules.errors import EngineError, FactsError, WrongTypeError
from cso_rules.executors.planes.bits import Plane, unpacked
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.single import compiled
from cso_rules.model.decisions import CriteriaDecision, HitPolicy, Rule
from cso_rules.model.expressions import Includes
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Type, is_known
from tests.conformance.test_meaning import large_table
from tests.sampled import examples
from tests.strategies import HIT_POLICIES, LABEL, filled, make_policy, policies, seeds

ROWS = 50
POLICIES = examples(are_slow=True) * 3
many = settings(max_examples=POLICIES, deadline=None, suppress_health_check=list(HealthCheck))
fewer = settings(max_examples=POLICIES // 5, deadline=None, suppress_health_check=list(HealthCheck))
Facts = dict[str, Any]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not for secrets


def rows_of(policy: Policy, chance: random.Random, count: int) -> list[dict[str, Domain]]:
    """Domains of facts: each known, or not at all; some columns are all known, some not at all."""
    holes = {name: chance.choice([0.0, 0.0, 0.2, 0.5, 1.0]) for name in policy.facts}
    kinds = {name: fact.type for name, fact in policy.facts.items()}
    return [
        {
            name: kind.everything
            if kind.kind == "text" or chance.random() < holes[name]
            else filled(kind.everything, kind, chance)
            for name, kind in kinds.items()
        }
        for _ in range(count)
    ]


def facts_of(policy: Policy, row: Mapping[str, Domain]) -> Facts:
    known = {
        name: domain for name, domain in row.items() if is_known(domain) and policy.facts[name].type.kind != "text"
    }
    return {name: policy.facts[name].type.decode(domain) for name, domain in known.items()}


def arrow_type(kind: Type, chance: random.Random) -> Any:
    choices: dict[str, list[Any]] = {
        "boolean": [pa.bool_()],
        "integer": [pa.int64(), pa.int32(), pa.string()],
        "money": [pa.decimal128(20, 2), pa.decimal128(20, 3), pa.decimal128(38, 2)],
        "decimal": [pa.decimal128(12, 1), pa.decimal128(15, 4)],
        "date": [pa.date32(), pa.string()],
        "enumeration": [pa.string(), pa.dictionary(pa.int8(), pa.string()), pa.large_string()],
        "set": [pa.list_(pa.string()), pa.list_(pa.dictionary(pa.int32(), pa.string()))],
        "text": [pa.string()],
    }
    return chance.choice(choices[kind.kind])


def column(kind: Type, values: list[Any], chance: random.Random) -> Any:
    wanted = arrow_type(kind, chance)
    if pa.types.is_string(wanted):
        return pa.array([None if value is None else str(value) for value in values], wanted)
    listed = [sorted(value) if isinstance(value, frozenset) else value for value in values]
    if pa.types.is_list(wanted):
        return pa.array(listed, pa.list_(pa.string())).cast(wanted)
    return pa.array(listed, wanted)


def table_of(policy: Policy, rows: list[Facts], chance: random.Random, *, drop: bool = True) -> Any:
    """The rows as a batch; a column without any value may be left out."""
    found = {}
    for name, fact in policy.facts.items():
        values = [row.get(name) for row in rows]
        if drop and rows and all(value is None for value in values) and chance.random() < 0.5:
            continue
        found[name] = column(fact.type, values, chance)
    return pa.RecordBatch.from_pydict(found) if found else pa.RecordBatch.from_struct_array(pa.array([{}] * len(rows)))


def bulk_of(policy: Policy, batch: Any, **options: Any) -> Bulk:
    return Bulk(policy, {name: place for place, name in enumerate(batch.schema.names)}, **options)


def same_outcomes(answers: Answers, found: list[Determination], missing: dict[str, list[Any]]) -> None:
    names = answers.bulk.names
    search = MissingFacts(answers.bulk.policy)
    for name in names:
        statuses = {key: unpacked(plane, answers.rows) for key, plane in answers.statuses(name).items()}
        statuses["undetermined"] = unpacked(undetermined(answers, name), answers.rows)
        planes = [unpacked(plane, answers.rows) for plane in missing[name]]
        for row, determination in enumerate(found):
            outcome, result = determination[name], answers.result(name, row)
            assert [key for key, truths in statuses.items() if truths[row]] == [outcome.status.value]
            assert (result.domain, result.true, result.unknown) == (outcome.domain, outcome.true, outcome.unknown)
            asked = {fact for fact, plane in zip(search.facts_of(name), planes, strict=True) if plane[row]}
            wanted = {item.name for item in determination.missing_facts if name in item.settles}
            assert asked == wanted, (name, row)


@many
@given(policy=policies(), chance=seeds)
def test_every_row_has_the_exact_results(policy: Policy, chance: random.Random) -> None:
    rows = rows_of(policy, chance, chance.choice([ROWS, 64, 65]))
    readings = {name: reading.type.everything for name, reading in policy.readings.items()}
    batch = table_of(policy, [facts_of(policy, row) for row in rows], chance)
    answers = bulk_of(policy, batch).answer(batch)
    assert not answers.problems
    for place, row in enumerate(rows):
        expected = compiled.evaluate(policy, {**row, **readings})
        assert {name: answers.result(name, place) for name in expected} == expected


@fewer
@given(policy=policies(), chance=seeds)
def test_every_row_has_the_outcomes_of_determine(policy: Policy, chance: random.Random) -> None:
    facts = [facts_of(policy, row) for row in rows_of(policy, chance, 12)]
    batch = table_of(policy, facts, chance)
    answers = bulk_of(policy, batch, with_reasons=True).answer(batch)
    found = [determine(policy, row) for row in facts]
    same_outcomes(answers, found, MissingFacts(policy).planes(answers, answers.bulk.names))


@pytest.mark.parametrize("hit_policy", HIT_POLICIES)
def test_a_large_table_is_indexed_and_has_the_exact_results(hit_policy: HitPolicy) -> None:
    policy, chance = large_table(150, hit_policy), seeded(7)
    rows = [{**row, **near_the_bounds(row, chance)} for row in rows_of(policy, chance, 300)]
    batch = table_of(policy, [facts_of(policy, row) for row in rows], chance)
    bulk = bulk_of(policy, batch)
    answers = bulk.answer(batch)
    for place, row in enumerate(rows):
        expected = compiled.evaluate(policy, row)
        assert {name: answers.result(name, place) for name in expected} == expected
    assert list(answers.ready.indexes) == ["fee"]


def near_the_bounds(row: Mapping[str, Domain], chance: random.Random) -> dict[str, Domain]:
    if not is_known(row["count"]):
        return {}
    number = chance.randint(0, 170)
    return {"count": (number, number)}


@pytest.fixture(scope="module")
def national() -> Policy:
    return load_policy("cn", as_of=datetime.date(2026, 1, 1))


def likely_rows(policy: Policy, chance: random.Random, count: int) -> list[dict[str, Domain]]:
    """Rows of the national package: numbers near the thresholds, booleans mostly true, one fact in ten unknown."""
    numbers = [0, 0, 1, 2, 18, 29, 30, 49, 50, 60, 100]
    rows = []
    for _ in range(count):
        row: dict[str, Domain] = {}
        for name, fact in policy.facts.items():
            kind = fact.type
            if kind.kind == "text" or chance.random() < 0.1:
                row[name] = kind.everything
            elif kind.kind == "boolean":
                row[name] = 1 if chance.random() < 0.75 else 2
            elif kind.is_numeric and kind.kind != "date":
                scale = chance.choice([1, 1, 1000, 100_000]) if kind.kind == "money" else 1
                number = min(chance.choice(numbers) * scale * 10**kind.scale, kind.maximum)
                row[name] = (number, number)
            else:
                row[name] = filled(kind.everything, kind, chance)
        rows.append(row)
    return rows


def test_the_national_rules_mean_the_same_for_two_thousand_rows(national: Policy) -> None:
    rows = likely_rows(national, seeded(11), 2000)
    readings = {
        name: reading.type.bit(reading.chosen) if reading.chosen else reading.type.everything
        for name, reading in national.readings.items()
    }
    batch = table_of(national, [facts_of(national, row) for row in rows], seeded(3))
    answers = bulk_of(national, batch).answer(batch)
    assert not answers.problems
    tiers = set()
    for place, row in enumerate(rows):
        expected = compiled.evaluate(national, {**row, **readings})
        assert {name: answers.result(name, place) for name in expected} == expected
        tiers.add(expected["tier"].domain)
    assert len(tiers) > 4


def test_the_national_outcomes_are_those_of_determine(national: Policy) -> None:
    found, facts = [], []
    for row in likely_rows(national, seeded(12), 1000):
        try:
            found.append(determine(national, facts_of(national, row)))
        except FactsError:
            continue
        facts.append(facts_of(national, row))
    batch = table_of(national, facts, seeded(4))
    answers = bulk_of(national, batch, with_reasons=True).answer(batch)
    assert len(found) > 100
    assert not doubtful(answers).any()
    assert {outcome.status for each in found for outcome in each.outcomes.values()} >= set(Status) - {Status.CONFLICT}
    same_outcomes(answers, found, MissingFacts(national).planes(answers, answers.bulk.names))


def doubtful(answers: Answers) -> Plane:
    """Return the rows with a value that is none of its fact, or with facts that contradict one another."""
    found = np.zeros(answers.columns.words, np.uint64)
    for _, broken in answers.contradictions():
        found |= broken
    for row, *_ in answers.problems:
        found[row // 64] |= np.uint64(1 << row % 64)
    return found


def test_rows_that_determine_refuses_are_found(national: Policy) -> None:
    rows = [facts_of(national, row) for row in likely_rows(national, seeded(13), 200)]
    batch = table_of(national, rows, seeded(5))
    refused = unpacked(doubtful(bulk_of(national, batch).answer(batch)), len(rows)).tolist()
    assert refused == [is_refused(national, row) for row in rows]
    assert len(set(refused)) == 2


def is_refused(policy: Policy, facts: Facts) -> bool:
    try:
        determine(policy, facts, ask=False)
    except FactsError:
        return True
    return False


def test_chosen_readings_are_followed(national: Policy) -> None:
    chosen = {"a8_founder_residence": "living", "a3_tier_basis": "status"}
    rows = [facts_of(national, row) for row in likely_rows(national, seeded(14), 50)]
    fine = [row for row in rows if not is_refused(national, row)]
    batch = table_of(national, fine, seeded(6))
    answers = bulk_of(national, batch, readings=chosen).answer(batch)
    for place, row in enumerate(fine):
        outcome = determine(national, row, readings=chosen, ask=False)["tier"]
        assert answers.result("tier", place).domain == outcome.domain


def test_no_rows_and_columns_without_values_are_answered(national: Policy) -> None:
    for rows in (0, 3):
        names = ("individual_members", "activity_funds", "activity_kinds", "is_nonprofit", "organizational_form")
        types = (pa.int32(), pa.decimal128(18, 2), pa.list_(pa.string()), pa.bool_(), pa.null())
        batch = pa.RecordBatch.from_arrays([pa.nulls(rows, kind) for kind in types], names=list(names))
        answers = bulk_of(national, batch).answer(batch)
        results = [answers.result("tier", row) for row in range(rows)]
        unknown = compiled.evaluate(national, domains(national, {})[1])["tier"]
        assert all(result.domain == unknown.domain for result in results)


def test_slices_of_bitmaps_that_begin_within_a_byte_are_read(national: Policy) -> None:
    truths = [place % 3 == 0 for place in range(200)]
    whole = pa.record_batch({"is_nonprofit": pa.array([None if p % 7 == 0 else t for p, t in enumerate(truths)])})
    bulk = bulk_of(national, whole, decisions=["in_scope"])
    every = [bulk.answer(whole).result("in_scope", row) for row in range(200)]
    for start in (0, 1, 5, 8, 63, 64, 71):
        answers = bulk.answer(whole.slice(start, 100))
        assert [answers.result("in_scope", row) for row in range(100)] == every[start : start + 100]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int32(), pa.uint64(), pa.int64(), pa.decimal128(20, 3)])
def test_money_is_exact_in_every_width(national: Policy, kind: Any) -> None:
    batch = pa.record_batch({"activity_funds": pa.array([0, 100, None], kind)})
    columns = bulk_of(national, batch).read(batch)
    fact = national.facts["activity_funds"]
    assert [columns.domain(fact, row) for row in range(3)] == [(0, 0), (10_000, 10_000), fact.type.everything]


def test_a_fraction_of_a_fen_refuses_its_row(national: Policy) -> None:
    amounts = pa.array([Decimal("1.004"), Decimal("1.01")], pa.decimal128(10, 3))
    batch = pa.record_batch({"activity_funds": amounts})
    columns = bulk_of(national, batch).read(batch)
    assert [problem[:2] for problem in columns.problems] == [(0, "activity_funds")]
    assert columns.domain(national.facts["activity_funds"], 1) == (101, 101)


def test_a_long_fraction_of_a_fen_is_not_rounded_away(national: Policy) -> None:
    amounts = pa.array([f"{whole}.{'9' * 33}" for whole in range(3)] + ["3"]).cast(pa.decimal128(38, 33))
    batch = pa.record_batch({"activity_funds": amounts})
    columns = bulk_of(national, batch).read(batch)
    assert [problem[:2] for problem in columns.problems] == [(row, "activity_funds") for row in range(3)]
    assert columns.domain(national.facts["activity_funds"], 3) == (300, 300)


def test_binary_fractions_are_no_money(national: Policy) -> None:
    batch = pa.record_batch({"activity_funds": pa.array([30000.0])})
    with pytest.raises(WrongTypeError, match="holds no money exactly"):
        bulk_of(national, batch).check(batch.schema)


@pytest.mark.parametrize(("size", "is_fine"), [(63, True), (64, False)])
def test_a_set_of_more_values_than_a_number_has_bits_is_refused_by_name(size: int, is_fine: bool) -> None:
    kind = Type(kind="set", values=tuple(f"v{place}" for place in range(size)))
    last = Rule(id="last", label=LABEL, condition=Includes(name="topics", bits=1 << size - 1))
    policy = make_policy({"topics": kind}, CriteriaDecision(name="flag", label=LABEL, rules=(last,)))
    batch = pa.record_batch({"topics": pa.array([["v0"], [f"v{size - 1}"]])})
    if is_fine:
        answers = Bulk(policy, {"topics": 0}).answer(batch)
        assert [answers.result("flag", row).domain for row in (0, 1)] == [FALSE, TRUE]
    else:
        with pytest.raises(EngineError, match="topics has 64 values, and a set at most 63"):
            Bulk(policy, {"topics": 0}).answer(batch)
