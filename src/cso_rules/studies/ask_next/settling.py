"""Whether facts settle the headline decision whatever their values, found by trying them.

In come the rules and what is known of a record; out go cases, alike as far as the open decision goes, and what facts do
to them. Guaranteed: every value that makes a difference is tried; values that contradict known facts do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from cso_rules.determination import Result
from cso_rules.engine.facts import domains
from cso_rules.engine.missing_facts import Open
from cso_rules.executors.single import compiled
from cso_rules.executors.single.reference import holds
from cso_rules.model.decisions import AnyDecision, TableDecision
from cso_rules.model.expressions import Expression, atoms, names_of, variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type, Value, is_known
from cso_rules.studies.ask_next.open_rules import Left, OpenCondition, OpenRules
from cso_rules.studies.completions import Atom, atoms_of, representatives
from cso_rules.truth import Truth

MOST_CASES: Final = 5_000
"""Different cases tried for one question about one kind of record."""
Known = dict[str, Domain]
Names = frozenset[str]


class TooManyCasesError(Exception):
    """A question needs more cases than are tried."""


@attrs.define(eq=False)
class Case:
    """What is known as far as the open decision goes, the same object for all that is alike.

    Attributes:
        known: Domains that lead here.
        facts: Facts that open rules still read, those that are read most first.
        searched: Whether sets of facts settle the case.
        after: What the values of a fact lead to; None is a settled decision.
    """

    known: Known
    facts: tuple[str, ...]
    searched: dict[Names, bool] = attrs.field(factory=dict)
    after: dict[str, _Remembering] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Remembering:
    """Cases that are found when first asked for, each once."""

    waiting: Iterator[Case | None]
    found: list[Case | None] = attrs.field(factory=list)

    def __iter__(self) -> Iterator[Case | None]:
        yield from self.found
        for case in self.waiting:
            if case not in self.found:
                self.found.append(case)
                yield case


@attrs.define(eq=False)
class Settling:
    """The search under one policy, which remembers the cases that it met.

    Attributes:
        unknown: What is known of a record of which nothing is known.
        choices: Combinations of the options that the law leaves open.
        doubtful: Decisions whose rules may contradict one another.
    """

    policy: Policy
    unknown: Known
    choices: list[Known]
    doubtful: tuple[str, ...]
    values: Mapping[str, _Values]
    rules: OpenRules
    cases: dict[object, Case | None] = attrs.field(factory=dict)
    tried: int = 0

    @classmethod
    def of(cls, policy: Policy, readings: Mapping[str, str]) -> Settling:
        """Prepare the search.

        Args:
            policy: Rules in force, with a headline.
            readings: Chosen options of ambiguous texts.
        """
        headline = policy.headline
        part = policy.part([headline])
        everything = domains(part, {}, readings)[1]
        bound = (name for item in part.constraints for name in variables(item.condition))
        unknown = {name: everything[name] for name in (*part.inputs, *bound)}
        compared = atoms_of(part, headline)
        return cls(
            policy=part,
            unknown=unknown,
            choices=_choices(part, unknown),
            doubtful=tuple(name for name, found in part.decisions.items() if _may_conflict(found)),
            values={name: _Values.of(part, name, compared) for name in part.cone(headline) if name in part.facts},
            rules=OpenRules.of(part),
        )

    def known(self, facts: Mapping[str, Value]) -> Known:
        """Return the domains of what the headline depends on, from clean values that contradict nothing."""
        given = {name: value for name, value in facts.items() if name in self.unknown}
        return self.unknown | {name: self.policy.facts[name].type.encode(value) for name, value in given.items()}

    def case(self, known: Known) -> Case | None:
        """Return the case of what is known; None when no fact is missing for the headline."""
        results = compiled.evaluate(self.policy, known)
        goals = self._goals(results)
        if not goals:
            return None
        left = self.rules.left(known, results, goals)
        if left.key not in self.cases:
            self.cases[left.key] = Case(known, self.rules.facts_of(left)) if self._is_open(known, left) else None
        return self.cases[left.key]

    def missing(self, known: Known) -> tuple[str, ...]:
        """Return the facts that can still change the headline, in the order to ask."""
        results = compiled.evaluate(self.policy, known)
        left = Open(self.policy, known)
        return tuple(dict.fromkeys(name for goal in self._goals(results) for name in left.facts(goal)))

    def may_settle(self, case: Case | None, name: str) -> bool:
        """Tell whether a fact alone settles a case with some value."""
        return case is None or None in self._after(case, name)

    def settles(self, case: Case | None, facts: Names) -> bool:
        """Tell whether facts settle a case whatever their values; everything else stays unknown.

        Raises:
            TooManyCasesError: It cannot be told within bounds.
        """
        self.tried = 0
        return self._search(case, facts)

    def _search(self, case: Case | None, facts: Names) -> bool:
        if case is None:
            return True
        own = facts.intersection(case.facts)
        if len(own) in {0, len(case.facts)}:  # nothing of it will be asked, or all that is left
            return bool(own)
        if own not in case.searched:
            self.tried += 1
            if self.tried > MOST_CASES:
                raise TooManyCasesError
            name = next(name for name in case.facts if name in own)
            case.searched[own] = all(self._search(after, own - {name}) for after in self._after(case, name))
        return case.searched[own]

    def _after(self, case: Case, name: str) -> Iterator[Case | None]:
        """Yield what the values of a fact lead to, each once."""
        if name not in case.after:
            values = self.values[name].given(case.known)
            case.after[name] = _Remembering(self.case({**case.known, name: value}) for value in values)
        return iter(case.after[name])

    def _is_open(self, known: Known, left: Left) -> bool:
        """Tell whether facts are missing for the headline, under an option of what the law leaves open."""
        if not any(name in left.weights for name in self.choices[0]):
            return True
        return any(self._goals(compiled.evaluate(self.policy, {**known, **choice})) for choice in self.choices)

    def _goals(self, results: Mapping[str, Result]) -> tuple[str, ...]:
        """Return the decisions that facts have to settle: the headline, and what may contradict itself before it."""
        conflicts = [name for name in self.doubtful if results[name].conflict is not Truth.FALSE]
        if any(results[name].conflict is Truth.TRUE for name in conflicts):
            return ()
        headline = self.policy.headline
        is_open = not is_known(results[headline].domain)
        return tuple(dict.fromkeys((headline, *conflicts))) if conflicts or is_open else ()


def _may_conflict(decision: AnyDecision) -> bool:
    return isinstance(decision, TableDecision) and decision.hit_policy in {"unique", "any"}


def _choices(policy: Policy, unknown: Known) -> list[Known]:
    """Return the combinations of the options that the law leaves open; nothing chosen where these are too many."""
    open_ = (name for name in policy.cone(policy.headline) if name in policy.readings and not is_known(unknown[name]))
    return [
        {name: policy.readings[name].type.bit(option) for name, option in choice}
        for choice in policy.combinations(open_) or [()]
    ]


@attrs.define(eq=False)
class _Values:
    """The values of one fact that are worth trying, remembered for what is known of the facts compared with it."""

    name: str
    type: Type
    bound: tuple[Expression, ...]
    compared: tuple[Atom, ...]
    conditions: tuple[OpenCondition, ...]
    read: tuple[str, ...]
    remembered: dict[tuple[Domain, ...], tuple[Domain, ...]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, policy: Policy, name: str, compared: Iterable[Atom]) -> _Values:
        bound = tuple(item.condition for item in policy.constraints if name in variables(item.condition))
        found = dict.fromkeys((*compared, *(atom for condition in bound for atom in atoms(condition))))
        reading = [atom for atom in found if name in names_of(atom)]
        read = dict.fromkeys(other for part in (*reading, *bound) for other in variables(part))
        numbers: dict[object, int] = {}
        conditions = tuple(OpenCondition.of(atom, numbers) for atom in reading)
        return cls(name, policy.facts[name].type, bound, tuple(reading), conditions, (name, *read))

    def given(self, known: Known) -> tuple[Domain, ...]:
        """Return values that contradict nothing, one of those that no comparison tells apart."""
        domains = tuple([known[name] for name in self.read])
        if domains not in self.remembered:
            self.remembered[domains] = self._given(known)
        return self.remembered[domains]

    def _given(self, known: Known) -> tuple[Domain, ...]:
        found: dict[object, Domain] = {}
        for value in representatives(self.type, self.name, self.compared, known):
            after = {**known, self.name: value}
            if all(holds(condition, after) is not Truth.FALSE for condition in self.bound):
                found.setdefault(tuple(item.left(after)[0] for item in self.conditions), value)
        return tuple(found.values())
