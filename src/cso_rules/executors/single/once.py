"""What formulas leave open is exact where no open fact is read twice: then no plan need be asked.

A condition that reads each open fact once is undecided only when both truths are possible, since its parts vary freely;
and so do rules that share no open fact. Sums that skip numbers, and what depends on a calendar, are left to the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING

import attrs

from cso_rules.model.civil_dates import is_exact
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, TableDecision, conditional_of
from cso_rules.model.expressions import Among, Expression, Includes, Shifted, Size, Term, Variable, Within, atoms
from cso_rules.model.types import Domain, is_known
from cso_rules.plan.prepared import Prepared
from cso_rules.results import Result

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy


@attrs.frozen
class _Reads:
    """What one rule reads, once for each time it does: facts as bits, and decisions."""

    facts: tuple[int, ...]
    decisions: tuple[str, ...]


@attrs.frozen(slots=False, eq=False)
class Once:
    """What the rules of a policy read; each fact and reading has a bit, a set one for each value."""

    policy: Policy

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """The first bit of each fact and reading that decisions read, and how many it has."""
        found, start = {}, 0
        for name in self.policy.inputs:
            kind = self.policy.variable_type(name)
            size = len(kind.names) if kind.kind == "set" else 1
            found[name] = (start, size)
            start += size
        return found

    @cached_property
    def cones(self) -> dict[str, int]:
        """The facts and readings on which each decision depends, as bits."""
        return {
            name: reduce(or_, (self._whole(part) for part in self.policy.cone(name) if part in self.places), 0)
            for name in self.policy.decisions
        }

    @cached_property
    def rules(self) -> dict[str, tuple[_Reads | None, ...]]:
        """What each rule with a condition of its own reads; None where formulas may be too wide in any case."""
        return {
            name: tuple(self._read(rule.condition) for rule in conditional_of(decision))
            for name, decision in self.policy.decisions.items()
        }

    def open(self, domains: Mapping[str, Domain]) -> int:
        """Return the facts and readings that are not known, as bits."""
        found = 0
        for name, (start, size) in self.places.items():
            domain = domains.get(name, 0)  # of what no rule reads nothing need be given
            if isinstance(domain, int):
                found |= (domain & domain - 1 != 0) << start
            elif size > 1:
                found |= (domain[0] ^ domain[1]) << start
            elif domain[0] != domain[1]:
                found |= 1 << start
        return found

    def _whole(self, name: str) -> int:
        start, size = self.places[name]
        return ((1 << size) - 1) << start

    def _read(self, condition: Expression) -> _Reads | None:
        found = [self._read_by(atom) for atom in atoms(condition)]
        reads = [read for each in found if each is not None for read in each]
        if None in found:
            return None
        return _Reads(
            tuple(read for read in reads if isinstance(read, int)),
            tuple(read for read in reads if isinstance(read, str)),
        )

    def _read_by(self, atom: Among | Includes | Within) -> list[int | str] | None:
        """Return what a comparison reads; None where it may be undecided although only one truth is possible."""
        match atom:
            case Within():
                names = [term.quantity.name for term in atom.terms]
                counted = {term.quantity.name for term in atom.terms if isinstance(term.quantity, Size)}
                if counted & self.policy.decisions.keys():
                    return None  # the items of a list depend on one another
                is_plain = all(map(_is_plain, atom.terms)) and not self.policy.decisions.keys() & set(names)
                has_holes = atom.low is not None and atom.high is not None and not is_plain
                return self._named(names) if all(map(_is_sharp, atom.terms)) and not has_holes else None
            case Includes(name=name, bits=bits) if name in self.places:
                return [bits << self.places[name][0]]
            case Includes(name=name, bits=bits):
                return self._named([name]) if bits.bit_count() == 1 else None
            case Among(name=name):
                return self._named([name])

    def _named(self, names: list[str]) -> list[int | str] | None:
        if any(isinstance(self.policy.decisions.get(name), AbsentDecision) for name in names):
            return None
        return [name if name in self.policy.decisions else self._whole(name) for name in names]


def _is_plain(term: Term) -> bool:
    """Tell whether a term takes every number between its ends."""
    return isinstance(term.quantity, Variable | Size) and abs(term.factor) == 1


def _is_sharp(term: Term) -> bool:
    return not isinstance(term.quantity, Shifted) or is_exact(term.quantity.shifts)


once_for = Prepared(Once)


@attrs.frozen
class Exact:
    """What of a result of formulas is exact: the whole, and else the truths of some rules, as bits."""

    is_whole: bool
    rules: int


def exact_part(once: Once, decision: AnyDecision, quick: Result, earlier: Mapping[str, Result], is_open: int) -> Exact:
    """Return what of a result is exact.

    Args:
        once: What rules read.
        decision: Criteria or a table, with results before it that are exact and neither none nor a contradiction.
        quick: What formulas make of it.
        earlier: The results of the decisions that it reads.
        is_open: The facts and readings that are not known, as bits.
    """
    supports: dict[int, int] = {}
    unknown = [place for place in range(len(once.rules[decision.name])) if quick.unknown >> place & 1]
    for place in unknown:
        support = _support(once, once.rules[decision.name][place], earlier, is_open)
        if support is not None:
            supports[place] = support
    exact = sum(1 << place for place in supports)
    if len(supports) < len(unknown):
        return Exact(is_whole=False, rules=exact)
    return Exact(is_whole=_is_whole(decision, quick, supports), rules=exact)


def _support(once: Once, reads: _Reads | None, earlier: Mapping[str, Result], is_open: int) -> int | None:
    """Return the open facts that a rule reads, as bits; None when it may read one twice."""
    if reads is None:
        return None
    seen = 0
    for part in _parts(once, reads, earlier):
        if part & is_open & seen:
            return None
        seen |= part & is_open
    return seen


def _parts(once: Once, reads: _Reads, earlier: Mapping[str, Result]) -> Iterator[int]:
    yield from reads.facts
    for name in reads.decisions:
        if not is_known(earlier[name].domain):
            yield once.cones[name]


def _is_whole(decision: AnyDecision, quick: Result, supports: Mapping[int, int]) -> bool:
    """Tell whether a result is exact of which the truth of each rule is."""
    if isinstance(decision, CriteriaDecision):
        fails = (quick.true | quick.unknown) != (1 << len(decision.rules)) - 1
        return fails or _is_apart(supports.values())
    assert isinstance(decision, TableDecision)
    outputs = {decision.rules[place].output for place in supports}
    if decision.has_multiple_hits and decision.otherwise and decision.rules[-1].output in outputs:
        return False
    if decision.has_multiple_hits and not decision.otherwise:
        held = {rule.output for place, rule in enumerate(decision.rules) if quick.true >> place & 1}
        loose = [decision.rules[place].output for place in supports if decision.rules[place].output not in held]
        if len(set(loose)) == len(loose):
            return True
    return _is_apart(supports.values())


def _is_apart(supports: Iterable[int]) -> bool:
    """Tell whether no open fact is read by two rules."""
    seen = 0
    for support in supports:
        if support & seen:
            return False
        seen |= support
    return True
