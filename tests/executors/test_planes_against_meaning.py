"""What planes say of many rows is what trying every completion shows, on generated policies and records."""

import random
from collections.abc import Iterator
from math import prod
from typing import Any

import pyarrow as pa
import pytest

from cso_rules.engine.bulk_answers import Layout, Tables
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.planes.facts.columns import Columns
from cso_rules.meaning.complete import Answer, Mark
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AbsentDecision, AnyDecision, TableDecision, ValueDecision, rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for
from cso_rules.results import deciding_bits, status_of
from tests.conformance.test_bulk import facts_of, table_of
from tests.small_policies import count, small_policy, small_record

Said = tuple[str, int, str, object, object]
"""The decision, the row, the question, what the planes say, what is possible."""
Record = dict[str, Domain]
ROWS = 5
MOST_COMPLETIONS = 500


def differences(answers: Answers, judges: list[Possible]) -> list[Said]:
    """Return where planes say otherwise than trying everything does."""
    compared = (
        (name, row, *said)
        for name, decision in answers.bulk.policy.decisions.items()
        if not isinstance(decision, AbsentDecision)
        for row, possible in enumerate(judges)
        for said in _compared(answers, possible, decision, row)
    )
    return [said for said in compared if said[3] != said[4]]


def _compared(
    answers: Answers, possible: Possible, decision: AnyDecision, row: int
) -> Iterator[tuple[str, object, object]]:
    name, expected = decision.name, possible.answers(decision.name)
    matter = {fact for fact in possible.policy.facts if fact in possible.domains and possible.matters(fact, name)}
    yield "missing", {fact for fact, plane in answers.missing(name).items() if _is(plane, row)}, matter
    statuses = [key for key, plane in answers.statuses(name).items() if _is(plane, row)]
    yield "status", statuses, _status(possible, name)
    for mark, planes in ((Mark.CONFLICT, answers.conflict(name)), (Mark.NONE, answers.none(name))):
        yield mark.value, [_is(plane, row) for plane in planes], [expected == {mark}, mark in expected]
    values = [answer for answer in expected if isinstance(answer, int)]
    if isinstance(decision, ValueDecision):
        low, high = (int(end[row]) for end in answers.ends(name))
        yield "bounds", (low, high) if low <= high else None, (min(values), max(values)) if values else None
        return
    yield "reasons", reasons_of(answers, decision, row), deciding(possible, decision)
    sure, maybe = possible.rules(name)
    places = range(len(rules_of(decision)))
    truths = [(_is(true, row), _is(false, row)) for true, false in answers.rules(name)]
    yield "rules", truths, [(place in sure, place not in maybe) for place in places]
    found = [_is(plane, row) for plane in answers.possible(name)]
    if isinstance(decision, TableDecision) and decision.has_multiple_hits:
        yield "items", found, [any(value >> place & 1 for value in values) for place in range(len(found))]
        certain = [bool(values) and all(value >> place & 1 for value in values) for place in range(len(found))]
        yield "sure items", [_is(plane, row) for plane in answers.sure(name)], certain
    else:
        yield "values", found, [1 << place in values for place in range(len(found))]


def reasons_of(answers: Answers, decision: AnyDecision, row: int) -> list[str]:
    """The rules that a table of answers names as reasons."""
    tables = Tables({decision.name: decision}, Layout(rules=False, reasons=True))
    found: list[str] = dict(tables.columns(answers, None))[f"{decision.name}.reasons"][row].as_py()
    return found


def deciding(possible: Possible, decision: AnyDecision) -> list[str]:
    """The rules that decide, as they are told of one organization."""
    result = exact_result(Asked(plan_for(possible.policy), possible.domains), decision)
    bits = deciding_bits(decision, status_of(decision, result), result)
    return [rule.id for place, rule in enumerate(rules_of(decision)) if bits >> place & 1]


def _status(possible: Possible, name: str) -> list[str]:
    expected = possible.answers(name)
    if expected == {Mark.CONFLICT}:
        return ["conflict"]
    if len(expected) == 1:
        return ["determined"]
    by_reading: dict[tuple[int, ...], set[Answer]] = {}
    for found in possible.completions:
        readings = tuple(found.values[reading] for reading in possible.policy.readings)
        by_reading.setdefault(readings, set()).add(found.answers[name].answer)
    return ["unsettled_by_law"] if all(len(answers) == 1 for answers in by_reading.values()) else []


def _is(plane: Any, row: int) -> bool:
    return bool(int(plane[row // 64]) >> row % 64 & 1)


def chosen(policy: Policy, record: Record) -> dict[str, str]:
    """The readings of which a record names one option; the others are open."""
    found = {name: reading.type.decode(record[name]) for name, reading in policy.readings.items()}
    return {name: str(option) for name, option in found.items() if option is not None}


def with_readings(policy: Policy, records: list[Record]) -> list[Record]:
    """The records with the readings of the first: those of a table are the same for all its rows."""
    names = policy.readings
    readings = {name: records[0][name] if is_known(records[0][name]) else names[name].type.everything for name in names}
    return [record | readings for record in records]


@pytest.mark.parametrize("start", range(0, 40, 10))
def test_planes_are_exact_where_facts_are_known_in_part(start: int) -> None:
    for seed in range(start, start + 10):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        records = with_readings(policy, [small_record(policy, chance) for _ in range(ROWS)])
        bulk = Bulk(policy, {}, readings=chosen(policy, records[0]), with_reasons=True)
        answers = bulk.decide(Columns.of_domains(policy, records))
        assert differences(answers, [Possible(policy, record) for record in records]) == [], f"seed {seed}"


@pytest.mark.parametrize("start", range(100, 140, 10))
def test_planes_are_exact_where_facts_are_known_or_not(start: int) -> None:
    for seed in range(start, start + 10):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        records = few_completions(policy, [small_record(policy, chance) for _ in range(3 * ROWS)])
        known = [{name: record[name] for name in policy.facts} for record in records]
        batch: pa.RecordBatch = table_of(policy, [facts_of(policy, row) for row in known], chance)
        bulk = Bulk(
            policy,
            {name: place for place, name in enumerate(batch.schema.names)},
            readings=chosen(policy, records[0]),
            with_reasons=True,
        )
        judges = [Possible(policy, as_read(policy, record)) for record in records]
        assert differences(bulk.answer(batch), judges) == [], f"seed {seed}"


def few_completions(policy: Policy, records: list[Record]) -> list[Record]:
    """The records of which a table leaves so little open that every completion can be tried."""
    same = with_readings(policy, records)
    return [record for record in same if completions(policy, as_read(policy, record)) <= MOST_COMPLETIONS][:ROWS]


def completions(policy: Policy, record: Record) -> int:
    return prod(count(domain, policy.variable_type(name)) for name, domain in record.items())


def as_read(policy: Policy, record: Record) -> Record:
    """A fact that is known in part only is not known to a table."""
    return {
        name: domain if is_known(domain) else policy.variable_type(name).everything for name, domain in record.items()
    }
