"""Tables of facts for the SQL executor, and what the other executors say of them."""

import datetime
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from cso_rules.executors.sql import query as sql
from cso_rules.executors.sql import run as sql_run
from cso_rules.executors.sql.dialects import DIALECTS
from cso_rules.executors.sql.facts import columns_of, create_table
from cso_rules.model.decisions import Rule, TableDecision, rules_of
from cso_rules.model.expressions import Among
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import TRUE, Domain, Type, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for
from cso_rules.results import Result
from cso_rules.truth import Truth
from tests.strategies import filled, make_policy

Record = Mapping[str, Domain]


def records_with_holes(policy: Policy, chance: random.Random, count: int) -> list[dict[str, Domain]]:
    """Facts that are known or not; of sets, each value by itself. Readings stay open unless they are chosen."""
    return [_record(policy, chance) for _ in range(count)]


def _record(policy: Policy, chance: random.Random) -> dict[str, Domain]:
    holes = chance.choice([0.0, 0.2, 0.5])
    found = {name: _fact(fact, chance, holes) for name, fact in policy.facts.items()}
    return {**found, **readings_of(policy)}


def readings_of(policy: Policy) -> dict[str, Domain]:
    return {
        name: reading.type.everything if reading.chosen is None else reading.type.bit(reading.chosen)
        for name, reading in policy.readings.items()
    }


def _fact(fact: Fact, chance: random.Random, holes: float) -> Domain:
    everything = fact.type.everything
    if fact.type.kind == "set":
        sure = possible = 0
        for place in range(len(fact.type.values)):
            is_open = chance.random() < holes
            bit = chance.randint(0, 1)
            sure |= (bit and not is_open) << place
            possible |= (bit or is_open) << place
        return sure, possible
    return everything if chance.random() < holes else near(fact, chance)


def near(fact: Fact, chance: random.Random) -> Domain:
    """A value, more often a small number than a large one, for limits in rules are small."""
    if fact.type.kind in {"integer", "money", "decimal"} and chance.random() < 0.7:
        low, high = fact.type.minimum, fact.type.maximum
        unit = 10_000 * 100 if fact.type.kind == "money" and high > 10**8 else 1
        number = min(max(low, unit * chance.randint(0, 60)), high)
        return number, number
    return filled(fact.type.everything, fact.type, chance)


def row_of(policy: Policy, record: Record, dialect: str) -> list[Any]:
    return [cell for fact in policy.facts.values() for cell in _cells(fact, record[fact.name], dialect)]


def _cells(fact: Fact, domain: Domain, dialect: str) -> Iterable[Any]:
    kind = fact.type
    if kind.kind == "text":
        return []
    if kind.kind == "set":
        assert isinstance(domain, tuple)
        sure, possible = domain
        return [True if sure >> n & 1 else None if possible >> n & 1 else False for n in range(len(kind.values))]
    if not is_known(domain):
        return [None]
    if isinstance(domain, tuple):
        return [_number(kind.kind, domain[0], dialect)]
    return [domain == TRUE if kind.kind == "boolean" else kind.decode(domain)]


def _number(kind: str, number: int, dialect: str) -> Any:
    if kind != "date":
        return number
    day = datetime.date.fromordinal(number)
    return day.isoformat() if dialect == "sqlite" else day


def create_facts(connection: Any, policy: Policy, dialect: str, table: str) -> None:
    """Create a table for every fact of a policy."""
    connection.cursor().execute(create_table(list(policy.facts.values()), DIALECTS[dialect], table, ["id"]))


def fill(connection: Any, policy: Policy, records: Sequence[Record], dialect: str, table: str, marker: str) -> None:
    rows = [[f"{place:05}", *row_of(policy, record, dialect)] for place, record in enumerate(records)]
    names = ["id", *(name for fact in policy.facts.values() for name in columns_of(fact))]
    markers = ", ".join([marker] * len(names))
    quoted = ", ".join(map(DIALECTS[dialect].identifier, names))
    text = f"INSERT INTO {DIALECTS[dialect].table(table)} ({quoted}) VALUES ({markers})"  # noqa: S608 - a test
    if dialect == "duckdb":  # which plans each row of several anew
        everything = f"{text}{f', ({markers})' * (len(rows) - 1)}"
        connection.cursor().execute(everything, [cell for row in rows for cell in row])
    else:
        connection.cursor().executemany(text, rows)


def assert_same_results(connection: Any, policy: Policy, records: Sequence[Record], dialect: str, table: str) -> None:
    """Compare with the plan: equal, or wider in decisions that the statement names as not exact."""
    found = dict(sql_run.results(connection, policy, table, dialect))
    assert len(found) == len(records)
    present = sql_run.columns_of_table(connection, table, dialect)
    plan, inexact = plan_for(policy), sql.raw_statement(policy, dialect, table=table, present=present).inexact
    for place, record in enumerate(records):
        asked = Asked(plan, record)
        for name, result in found[f"{place:05}"].items():
            expected = exact_result(asked, policy.decisions[name])
            agrees = is_wider(result, expected) if name in inexact else result == expected
            assert agrees, (dialect, name, record, result, expected)


def is_wider(result: Result, expected: Result) -> bool:
    """Tell whether a result leaves possible what another leaves, and maybe more."""
    own, other = result.domain, expected.domain
    if isinstance(own, tuple) and isinstance(other, tuple):
        is_set = own[0] & ~other[0] == 0 and other[1] & ~own[1] == 0
        holds = is_set or (own[0] <= other[0] and other[1] <= own[1])
    else:
        assert isinstance(own, int)
        assert isinstance(other, int)
        holds = other & ~own == 0
    may_hold, may = expected.true | expected.unknown, result.true | result.unknown
    rules = result.true & ~expected.true == 0 and may_hold & ~may == 0
    marks = ((result.conflict, expected.conflict), (result.none, expected.none))
    return holds and rules and all(own in {other, Truth.UNKNOWN} for own, other in marks)


NASTY = (
    "plain",
    "it's",
    "' OR 1=1 --",
    "\\' OR 1=1 -- ",
    "back\\slash\\",
    '"double"',
    "`tick`",
    "new\nline'); DROP TABLE facts; --",
    "${env:PATH} ${spark.app.name}",
    "&name &&name :name ?name %s %(name)s {name}",
    "/*! SELECT 1 */ /* open",
    "-- comment",
    "\u202egnidih",
    "社区'\U0001f600",
    "PLAIN",
    "plain ",
    "",
)
"""Values that must come back as they are, and be told apart."""


def nasty_policy() -> Policy:
    """Values, identifiers, labels and citations that try to leave their place in the text."""
    kind = Type(kind="enumeration", values=NASTY)
    worst = "x\n'); DROP TABLE facts; -- \r\n*/ ${a} &b"
    label = Label(zh=worst, en=worst)
    citation = Citation(
        instrument=worst, provision=worst, title=label, number=worst, article=label, summary=label, confidence="K"
    )
    rules = tuple(
        Rule(
            id=f"{worst}{value}", label=label, output=place, citations=(citation,),
            condition=Among(name="value", bits=1 << place),
        )
        for place, value in enumerate(NASTY)
    )  # fmt: skip
    table = TableDecision(
        name="same", label=label, type=kind, hit_policy="first", rules=rules, outputs=tuple((("", v),) for v in NASTY)
    )
    return attrs.evolve(make_policy({"value": kind}, table), id=worst, jurisdiction=worst, digest=worst)


def assert_nasty_values_come_back(connection: Any, dialect: str, table: str) -> None:
    """Each value of the table is answered by itself, under the identifier of its own rule."""
    policy = nasty_policy()
    found = list(sql_run.determine_in_place(connection, policy, table, dialect))
    assert {row["id"]: row["same"] for row in found} == {f"{place:05}": value for place, value in enumerate(NASTY)}
    rules = [rule.id for rule in rules_of(policy.decisions["same"])]
    assert {row["id"]: row["same__because"] for row in found} == {
        f"{place:05}": [rule] for place, rule in enumerate(rules)
    }
    assert {row["cso_rules"] for row in found} == {policy.digest}


def nasty_records() -> list[dict[str, Domain]]:
    return [{"value": 1 << place} for place in range(len(NASTY))]
