"""What an executor computes for one decision, how far that settles it, and which rules are behind it.

This is the one place that says which rows and criteria decide; what shows, counts or writes reasons follows it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, Protocol, assert_never

import attrs

from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    rules_of,
)
from cso_rules.model.fields import ByFields
from cso_rules.model.types import TRUE, Domain, Type, is_known
from cso_rules.truth import Truth


class Status(enum.Enum):
    """How far a decision is settled."""

    DETERMINED = "determined"
    UNDETERMINED = "undetermined"
    UNSETTLED_BY_LAW = "unsettled_by_law"
    NO_RULE_IN_FORCE = "no_rule_in_force"
    CONFLICT = "conflict"


@attrs.frozen(repr=False)
class Result(ByFields):
    """What an executor computes for one decision.

    Attributes:
        domain: Values that remain possible.
        true: Bits of the rules that hold for certain.
        unknown: Bits of the rules that are neither certainly true nor certainly false.
        conflict: Whether rules contradict one another: certainly, possibly (unknown) or not.
        none: Whether there is no answer, since no row holds: certainly, possibly or not.
        deciding_rules: Bits of the rules that decide or may decide, where the truths of the rules alone do not tell.
        told: What was made of the result to tell it, for all organizations that share it; None until it is told.
    """

    domain: Domain
    true: int
    unknown: int
    conflict: Truth = Truth.FALSE
    none: Truth = Truth.FALSE
    deciding_rules: int | None = attrs.field(default=None, eq=False)
    told: Any = attrs.field(init=False, default=None, eq=False, repr=False)

    def tell(self, told: object) -> None:
        """Keep what was made of the result to tell it."""
        object.__setattr__(self, "told", told)

    @property
    def is_doubtful(self) -> bool:
        """Whether the answer may be none, or a contradiction."""
        return self.conflict is not Truth.FALSE or self.none is not Truth.FALSE


class Answered(Protocol):
    """What is possible, and which rules hold or may hold: a result, or an outcome made from it."""

    @property
    def domain(self) -> Domain:
        """Values that remain possible."""

    @property
    def true(self) -> int:
        """Bits of the rules that hold for certain."""

    @property
    def unknown(self) -> int:
        """Bits of the rules that are neither certainly true nor certainly false."""

    @property
    def conflict(self) -> Truth:
        """Whether rules contradict one another."""

    @property
    def deciding_rules(self) -> int | None:
        """Bits of the rules that decide or may decide, where the truths of the rules alone do not tell."""


def status_of(decision: AnyDecision, result: Result) -> Status:
    """Return how far a result settles a decision; one that only readings keep open counts as undetermined here."""
    if isinstance(decision, AbsentDecision):
        return Status.NO_RULE_IN_FORCE
    if result.conflict is Truth.TRUE:
        return Status.CONFLICT
    if result.is_doubtful:
        return Status.DETERMINED if result.none is Truth.TRUE else Status.UNDETERMINED
    return Status.DETERMINED if is_known(result.domain) else Status.UNDETERMINED


def truth_in(result: Answered, index: int) -> Truth:
    """Return the truth of the rule at a position."""
    if result.true >> index & 1:
        return Truth.TRUE
    return Truth.UNKNOWN if result.unknown >> index & 1 else Truth.FALSE


def deciding_bits(decision: AnyDecision, status: Status, result: Answered) -> int:
    """Return as bits the rules that decide an answer, or that may still decide it.

    Criteria: all when they are met; those that fail, else those that fail together; while open, the open ones. The
    first or most preferred row: each that may be the hit. Unique or agreeing rows: those that hold, else those that
    may. Lists: for each item the rows that hold, else those that may.
    """
    if result.deciding_rules is not None:
        return result.deciding_rules
    match decision:
        case CriteriaDecision():
            return _deciding_criteria(decision, result)
        case TableDecision() if decision.has_multiple_hits:
            return _deciding_rows_of_items(decision, result)
        case TableDecision() if decision.hit_policy in {"first", "priority"}:
            return _until_the_hit(decision, result) & possible_rows(decision, result.domain)
        case TableDecision():
            is_decided = status in {Status.DETERMINED, Status.CONFLICT} and result.true
            rows = result.true if is_decided else result.true | result.unknown
            return rows & possible_rows(decision, result.domain) if result.conflict is Truth.FALSE else rows
        case ValueDecision() | AbsentDecision():
            return 0
        case _:
            assert_never(decision)


def _deciding_criteria(decision: CriteriaDecision, result: Answered) -> int:
    everything = (1 << len(decision.rules)) - 1
    failing = everything & ~(result.true | result.unknown)
    return failing or (everything if result.domain == TRUE else result.unknown)


def _deciding_rows_of_items(decision: TableDecision, result: Answered) -> int:
    held = {rule.output for index, rule in enumerate(decision.rules) if result.true >> index & 1}
    loose = _bits(index for index, rule in enumerate(decision.rules) if rule.output not in held)
    return result.true | (result.unknown & loose)


def _until_the_hit(decision: TableDecision, result: Answered) -> int:
    found = 0
    for index in decision.order:
        found |= (result.true | result.unknown) & 1 << index
        if result.true >> index & 1:
            break
    return found


def possible_rows(decision: TableDecision, domain: Domain) -> int:
    """Return as bits the rows whose answer remains possible."""
    assert isinstance(domain, int)
    return _bits(index for index, rule in enumerate(decision.rules) if domain >> rule.output & 1)


def _bits(positions: Iterable[int]) -> int:
    return reduce(or_, (1 << position for position in positions), 0)


def agree(decision: AnyDecision, exact: Answered, other: Answered) -> bool:
    """Tell whether another result leaves every answer and truth possible that is; it may leave more open."""
    if exact.conflict is not Truth.FALSE:
        return other.conflict in {exact.conflict, Truth.UNKNOWN}
    truths = all(
        truth_in(other, place) in {truth_in(exact, place), Truth.UNKNOWN} for place in range(len(rules_of(decision)))
    )
    return truths and other.conflict is not Truth.TRUE and _holds(decision.type, other.domain, exact.domain)


def _holds(kind: Type, wider: Domain, domain: Domain) -> bool:
    """Tell whether a domain holds every value of another one."""
    if isinstance(wider, tuple) and isinstance(domain, tuple):
        if kind.kind == "set":
            return not wider[0] & ~domain[0] and not domain[1] & ~wider[1]
        return wider[0] <= domain[0] and domain[1] <= wider[1]
    assert isinstance(wider, int)
    assert isinstance(domain, int)
    return not domain & ~wider
