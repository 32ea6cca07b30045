"""What remains possible while facts are missing: every completion is tried.

An answer is possible when some completion gives it, and determined when only one is possible. A fact is missing when
two completions that differ in it alone give different answers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import attrs

from cso_rules.meaning.complete import Answer, Answered, Days, OpenDay, answers
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Environment


def supposed(policy: Policy, said: Environment) -> dict[str, Domain]:
    """Return what is known of an organization: what was said, else what the law presumes, else nothing.

    Args:
        policy: Rules in force.
        said: The domain of each fact and reading of which something was said, be it that it is not known.
    """
    presumed = {
        name: fact.type.encode(fact.presumed.value) for name, fact in policy.facts.items() if fact.presumed is not None
    }
    nothing = {
        name: found.type.everything for group in (policy.facts, policy.readings) for name, found in group.items()
    }
    return {**nothing, **presumed, **said}


_Said: TypeAlias = tuple[int, Answer, tuple[object, ...]]
"""A value of a fact, the answer of a decision, and the shifts of which a day is supposed."""


@attrs.frozen
class Completion:
    """One way in which everything might be, and what the rules answer then."""

    values: Mapping[str, int]
    days: Days
    answers: Mapping[str, Answered]


@attrs.frozen(slots=False)
class Possible:
    """Every completion of what is known of an organization."""

    policy: Policy
    domains: Environment

    @cached_property
    def completions(self) -> tuple[Completion, ...]:
        """Every fact and reading has each value that its domain allows, whatever the others are."""
        names = tuple(self.domains)
        choices = [tuple(_values(self.policy, name, self.domains[name])) for name in names]
        cases = (dict(zip(names, values, strict=True)) for values in itertools.product(*choices))
        return tuple(found for values in cases for found in _completions(self.policy, values, {}))

    def answers(self, decision: str) -> frozenset[Answer]:
        """Return the answers that some completion gives."""
        return frozenset(found.answers[decision].answer for found in self.completions)

    def is_determined(self, decision: str) -> bool:
        """Tell whether every completion gives the same answer."""
        return len(self.answers(decision)) == 1

    def rules(self, decision: str) -> tuple[frozenset[int], frozenset[int]]:
        """Return the rules that hold in every completion, and those that hold in some."""
        found = [completion.answers[decision].rules for completion in self.completions]
        return frozenset.intersection(*found), frozenset.union(*found)

    def matters(self, variable: str, decision: str) -> bool:
        """Tell whether two completions that differ in this fact or reading alone give different answers."""
        seen: dict[tuple[tuple[str, int], ...], dict[_Said, list[Days]]] = {}
        for found in self.completions:
            others = tuple((name, value) for name, value in found.values.items() if name != variable)
            said = found.values[variable], found.answers[decision].answer, tuple(found.days)
            seen.setdefault(others, {}).setdefault(said, []).append(found.days)
        pairs = (pair for group in seen.values() for pair in itertools.combinations(group.items(), 2))
        return any(
            one[0] != two[0] and one[1] != two[1] and _some_suppose_the_same(one_days, two_days)
            for (one, one_days), (two, two_days) in pairs
        )

    def missing_facts(self, decision: str) -> tuple[str, ...]:
        """Return the facts that matter, in the order of the vocabulary."""
        return tuple(name for name in self.policy.facts if name in self.domains and self.matters(name, decision))


def _completions(policy: Policy, values: Mapping[str, int], days: Days) -> Iterator[Completion]:
    """Suppose each day that a shift may make of a date, where the calendar leaves it open."""
    try:
        yield Completion(values, days, answers(policy, values, days))
    except OpenDay as open_day:
        for day in open_day.days:
            yield from _completions(policy, values, {**days, open_day.key: day})


def _some_suppose_the_same(one: Sequence[Days], two: Sequence[Days]) -> bool:
    """Tell whether one of these and one of those suppose no day to be different; all of each are of the same shifts."""
    both = [key for key in one[0] if key in two[0]]
    return not {tuple(days[key] for key in both) for days in one}.isdisjoint(
        tuple(days[key] for key in both) for days in two
    )


def _values(policy: Policy, name: str, domain: Domain) -> Iterator[int]:
    """Yield every value of a domain, encoded."""
    kind = policy.variable_type(name).kind
    if kind == "text":
        yield 0  # no rule reads it
    elif isinstance(domain, int):
        yield from (1 << place for place in range(domain.bit_length()) if domain >> place & 1)
    elif kind == "set":
        sure, possible = domain
        yield from (bits for bits in range(possible + 1) if sure & ~bits == 0 and bits & ~possible == 0)
    else:
        yield from range(domain[0], domain[1] + 1)
