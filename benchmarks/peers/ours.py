"""The library itself, and benchmarks/hand_written.py, with the readings fixed that the law leaves open."""

from __future__ import annotations

import datetime
import functools
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import hand_written
import one_organization

from cso_rules import determine, determine_many, load_policy
from cso_rules.determination import Determination
from cso_rules.executors.rete import executor as rete
from cso_rules.model.policy import Policy

AS_OF = datetime.date(2018, 6, 1)
MONEY = {"activity_funds", "original_fund"}


@functools.cache
def rules() -> Policy:
    """The cone of `tier` with every reading fixed."""
    return one_organization.cone_of_tier()


def prepare(variant: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what decides one organization, with everything that it says."""
    policy = rules()
    match variant:
        case "hand":
            return functools.partial(hand_written.determine, rules=one_organization.rules(policy))
        case "determine":
            return _read(functools.partial(determine, policy, ask=False))
        case "ask":
            return _read(functools.partial(determine, policy))
        case _:
            return _read(functools.partial(_by_second_engine, policy))


def _by_second_engine(policy: Policy, facts: Mapping[str, Any]) -> Determination:
    """Ask durable_rules as about an organization that is like none before: turns bring the same ones again."""
    rete.forget()
    return determine(policy, facts, engine="rete")


def _read(decide: Callable[[Mapping[str, Any]], Determination]) -> Callable[[Mapping[str, Any]], Determination]:
    """Read the possible values and the reasons too: they are worked out when they are asked for."""

    return lambda facts: one_organization.read(decide(facts))


def shown(variant: str, decide: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return what gives the tier, or the tiers that are left and the facts to ask for."""

    def show(facts: Mapping[str, Any]) -> Any:
        found = decide(facts)
        if variant == "hand":
            possible, ask = list(found["tier"][0]), []
        else:
            possible = list(found["tier"].possible)
            ask = [each.name for each in found.missing_facts if "tier" in each.settles]
        return possible[0] if len(possible) == 1 else {"possible": possible, "ask": ask}

    return show


def read(facts: dict[str, Any]) -> dict[str, Any]:
    """Give the facts the types of the library."""
    given = {name: Decimal(value) if name in MONEY else value for name, value in facts.items()}
    if "activity_kinds" in given:
        given["activity_kinds"] = frozenset(given["activity_kinds"])
    return given


def prepare_table(variant: str, source: str) -> tuple[Callable[[], list[Any]], Callable[[], object]]:
    from pyarrow import parquet

    table, policy = parquet.read_table(source), load_policy("cn", as_of=AS_OF)
    wanted: dict[str, Any] = {"readings": one_organization.READINGS, "decisions": ["tier"], "rules": variant == "rules"}

    def run() -> list[Any]:
        return list(determine_many(table, policy, **wanted))

    def answers() -> list[Any]:
        found = determine_many(table, policy, **wanted | {"rules": True, "reasons": True})
        return [_open(row, policy) for batch in found for row in batch.to_pylist()]

    return answers, run


def _open(row: dict[str, Any], policy: Policy) -> Any:
    values, possible = policy.decisions["tier"].type.values, row["tier.possible"]
    left = [value for place, value in enumerate(values) if possible >> place & 1]
    return row["tier"] or {"possible": left, "ask": row["tier.missing"]}
