"""Gaps: the smallest changes of changeable facts that make an answer certain.

In come a policy, domains, a decision and the wanted answer; out go alternatives, fewest facts first.
Guaranteed: every alternative was evaluated again and gives the wanted answer; the list need not be complete.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from cso_rules.engine.completions import expanded, turning_numbers
from cso_rules.executors.single import reference
from cso_rules.executors.single.reference import holds
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, ValueDecision
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Shifted,
    Variable,
    Within,
    operands,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import TRUE, Domain, Value, is_known
from cso_rules.results import Result
from cso_rules.truth import Truth

Gap = dict[str, int]
MOST_ALTERNATIVES = 64


def gaps(policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value) -> tuple[Gap, ...]:
    """Return smallest changes of known facts that make a decision certainly have a value.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: Name of the decision.
        wanted_value: The answer to reach.

    Returns:
        Alternatives, from fact to new encoded number or bits; none when the answer holds or is out of reach.
    """
    return _alternatives(policy, domains, decision, wanted_value, passes_unknown=False)


def _alternatives(
    policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value, *, passes_unknown: bool
) -> tuple[Gap, ...]:
    """Return the smallest changes that make an answer certain, or possible where unknown facts may pass."""
    wanted = policy.decisions[decision].type.encode(wanted_value)
    results = reference.evaluate(policy, domains)
    search = _Search(policy, domains, results[decision].domain, passes_unknown=passes_unknown)
    is_there = search.allows if passes_unknown else search.reaches
    if is_there({}, decision, wanted):
        return ()
    found = search.changes(_goal(policy.decisions[decision], wanted), True, {})  # noqa: FBT003
    return _smallest(search, [gap for gap in found if gap and is_there(gap, decision, wanted)])


def _smallest(search: _Search, verified: list[Gap]) -> tuple[Gap, ...]:
    minimal = [gap for gap in verified if not any(search.is_smaller(other, gap) for other in verified)]
    unique = {tuple(sorted(gap.items())): gap for gap in minimal}
    return tuple(sorted(unique.values(), key=lambda gap: (len(gap), search.size(gap))))


def possible_gaps(policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value) -> tuple[Gap, ...]:
    """Return smallest changes after which an answer is possible, and certain only once more facts are known.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: Name of the decision.
        wanted_value: The answer to reach.

    Returns:
        Alternatives as in `gaps`; none when the answer is possible already.
    """
    return _alternatives(policy, domains, decision, wanted_value, passes_unknown=True)


def gap_text_values(
    policy: Policy, domains: Mapping[str, Domain], gap: Mapping[str, int]
) -> tuple[tuple[str, Value | None, Value | None, Value | None], ...]:
    """Return (fact, old value, new value, difference) for each change; dates differ by days.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        gap: One alternative of `gaps`.
    """
    return tuple(_change(policy, name, domains[name], new) for name, new in gap.items())


def _change(policy: Policy, name: str, old: Domain, new: int) -> tuple[str, Value | None, Value | None, Value | None]:
    kind = policy.facts[name].type
    old_value, new_value = kind.decode(old), kind.decode(_domain(old, new))
    return name, old_value, new_value, _difference(old_value, new_value)


def _difference(old: Value | None, new: Value | None) -> Value | None:
    if isinstance(old, datetime.date) and isinstance(new, datetime.date):
        return (new - old).days
    if isinstance(old, Decimal | int) and isinstance(new, Decimal | int) and not isinstance(old, bool):
        return new - old
    return None


def _domain(old: Domain, new: int) -> Domain:
    return (new, new) if isinstance(old, tuple) else new


def _goal(decision: AnyDecision, wanted: Domain) -> Expression:
    """Return the condition under which a decision has one of the wanted values."""
    match decision, wanted:
        case CriteriaDecision(), int(bits):
            met = And(operands=tuple(rule.condition for rule in decision.rules))
            return Constant(value=True) if bits == TRUE | TRUE << 1 else met if bits == TRUE else Not(operand=met)
        case TableDecision(), int(bits):
            rules = enumerate(decision.rules)
            rows = (_row(decision, index) for index, rule in rules if bits >> rule.output & 1)
            return Or(operands=tuple(rows))
        case ValueDecision(), (int(low), int(high)):
            constant = decision.constant
            return Within(terms=decision.terms, low=low - constant, high=high - constant)
        case _:
            return Constant(value=False)


def _row(decision: TableDecision, index: int) -> Expression:
    """Return the condition under which this row gives the answer."""
    rule = decision.rules[index]
    others = [other for position, other in enumerate(decision.rules) if _rivals(decision, index, position)]
    own = () if decision.otherwise and index == len(decision.rules) - 1 else (rule.condition,)
    return And(operands=(*own, *(Not(operand=other.condition) for other in others)))


def _rivals(decision: TableDecision, index: int, position: int) -> bool:
    """Tell whether a row at a position must not hold for the row at the index to give the answer."""
    last = len(decision.rules) - 1
    if position == index or (decision.otherwise and position == last):
        return False
    if decision.otherwise and index == last:
        return True
    own, other = decision.rules[index], decision.rules[position]
    return own.output != other.output and _is_before(decision, (position, other), (index, own))


def _is_before(decision: TableDecision, other: tuple[int, Rule], own: tuple[int, Rule]) -> bool:
    if decision.hit_policy == "first":
        return other[0] < own[0]
    return decision.hit_policy != "priority" or other[1].output < own[1].output


@attrs.define
class _Search:
    """A recursion over conditions that proposes changes; whoever calls it verifies them."""

    policy: Policy
    domains: Mapping[str, Domain]
    before: Domain
    passes_unknown: bool = False
    evaluated: dict[tuple[tuple[str, int], ...], dict[str, Result]] = attrs.field(factory=dict)

    def results(self, gap: Gap) -> dict[str, Result]:
        """Return the results after the changes; the same changes are met again and again."""
        key = tuple(sorted(gap.items()))
        if key not in self.evaluated:
            self.evaluated[key] = reference.evaluate(self.policy, self.changed(gap))
        return self.evaluated[key]

    def environment(self, gap: Gap) -> dict[str, Domain]:
        """Return every variable after the changes."""
        return {**self.changed(gap), **{name: result.domain for name, result in self.results(gap).items()}}

    def changed(self, gap: Gap) -> dict[str, Domain]:
        """Return the facts and readings after the changes."""
        return {**self.domains, **{name: _domain(self.domains[name], new) for name, new in gap.items()}}

    def reaches(self, gap: Gap, decision: str, wanted: Domain) -> bool:
        """Tell whether the changes are allowed and lead to the wanted answer."""
        changed = self.changed(gap)
        if any(holds(part.condition, changed) is Truth.FALSE for part in self.policy.constraints):
            return False
        result = self.results(gap)[decision]
        return result.domain == wanted and result.conflict is Truth.FALSE

    def allows(self, gap: Gap, decision: str, wanted: Domain) -> bool:
        """Tell whether the changes are allowed and leave the wanted answer possible."""
        changed = self.changed(gap)
        if any(holds(part.condition, changed) is Truth.FALSE for part in self.policy.constraints):
            return False
        domain = self.results(gap)[decision].domain
        return isinstance(domain, int) and isinstance(wanted, int) and bool(domain & wanted)

    def size(self, gap: Gap) -> int:
        """Return the sum of the differences."""
        return sum(self.distance(name, new) for name, new in gap.items())

    def distance(self, name: str, new: int) -> int:
        """Return by how much one fact changes; 1 for a value without order."""
        old = self.domains[name]
        return abs(new - old[0]) if self.policy.facts[name].type.is_numeric and isinstance(old, tuple) else 1

    def is_smaller(self, other: Gap, gap: Gap) -> bool:
        """Tell whether another alternative changes no more than this one, and less somewhere."""
        if other == gap or not other.keys() <= gap.keys():
            return False
        no_more = all(self.distance(name, new) <= self.distance(name, gap[name]) for name, new in other.items())
        return no_more and (len(other) < len(gap) or self.size(other) < self.size(gap))

    def changes(self, expression: Expression, wanted: bool, gap: Gap) -> list[Gap]:  # noqa: FBT001
        """Return changes, on top of others, after which a condition should certainly be as wanted."""
        environment = self.environment(gap)
        truth = holds(expression, environment)
        if truth is Truth.of(wanted) or (self.passes_unknown and truth is Truth.UNKNOWN):
            return [gap]
        match expression:
            case Not():
                return self.changes(expression.operand, not wanted, gap)
            case If():
                return self._if(expression, wanted, gap)
            case And() | Or():
                is_joint = isinstance(expression, And) is wanted
                return (self._joint if is_joint else self._either)(operands(expression), wanted, gap)
            case _:
                return list(self._atom(expression, wanted, gap, environment))[:MOST_ALTERNATIVES]

    def _joint(self, parts: Iterable[Expression], wanted: bool, gap: Gap) -> list[Gap]:  # noqa: FBT001
        found = [gap]
        for part in parts:
            found = [more for one in found for more in self.changes(part, wanted, one)][:MOST_ALTERNATIVES]
        return found

    def _either(self, parts: Iterable[Expression], wanted: bool, gap: Gap) -> list[Gap]:  # noqa: FBT001
        return [more for part in parts for more in self.changes(part, wanted, gap)][:MOST_ALTERNATIVES]

    def _if(self, expression: If, wanted: bool, gap: Gap) -> list[Gap]:  # noqa: FBT001
        branches = ((True, expression.then), (False, expression.otherwise))
        starts = ((one, branch) for side, branch in branches for one in self.changes(expression.condition, side, gap))
        return [more for one, branch in starts for more in self.changes(branch, wanted, one)][:MOST_ALTERNATIVES]

    def _atom(
        self,
        atom: Expression,
        wanted: bool,  # noqa: FBT001
        gap: Gap,
        environment: Mapping[str, Domain],
    ) -> Iterator[Gap]:
        match atom:
            case Among() if atom.name in self.policy.decisions:
                yield from self._decision(atom, wanted, gap)
            case Among() | Includes() if self._is_free(atom.name):
                yield from ({**gap, atom.name: new} for new in self._bits(atom, wanted))
            case Within():
                yield from self._sum(expanded(self.policy, atom), wanted, gap, environment)
            case _:
                return

    def _decision(self, atom: Among, wanted: bool, gap: Gap) -> list[Gap]:  # noqa: FBT001
        decision = self.policy.decisions[atom.name]
        everything = (1 << len(decision.type.names)) - 1
        bits = atom.bits if wanted else everything & ~atom.bits
        singles = [1 << bit for bit in range(bits.bit_length()) if bits >> bit & 1]
        return [more for bit in singles for more in self.changes(_goal(decision, bit), True, gap)]  # noqa: FBT003

    def _is_free(self, name: str) -> bool:
        fact = self.policy.facts.get(name)
        return fact is not None and fact.is_changeable and is_known(self.domains[name])

    def _bits(self, atom: Among | Includes, wanted: bool) -> list[int]:  # noqa: FBT001
        names = self.policy.facts[atom.name].type.names
        old = self.domains[atom.name]
        if isinstance(old, tuple):
            singles = [1 << bit for bit in range(len(names)) if atom.bits >> bit & 1]
            return [old[0] | bit for bit in singles] if wanted else [old[0] & ~atom.bits]
        return [1 << bit for bit in range(len(names)) if bool(atom.bits >> bit & 1) is wanted]

    def _sum(
        self,
        atom: Within,
        wanted: bool,  # noqa: FBT001
        gap: Gap,
        environment: Mapping[str, Domain],
    ) -> Iterator[Gap]:
        for quantity in dict.fromkeys(term.quantity for term in atom.terms):
            if not self._is_free(quantity.name):
                continue
            if isinstance(quantity, Variable | Shifted):
                news = self._numbers(atom, quantity.name, wanted, environment)
                yield from ({**gap, quantity.name: new} for new in news)
            elif isinstance(quantity, Lookup):
                yield from self._selections(atom, quantity, wanted, gap, environment)

    def _selections(
        self,
        atom: Within,
        lookup: Lookup,
        wanted: bool,  # noqa: FBT001
        gap: Gap,
        environment: Mapping[str, Domain],
    ) -> Iterator[Gap]:
        for bit in (1 << index for index in range(len(lookup.numbers))):
            if holds(atom, {**environment, lookup.name: bit}) is Truth.of(wanted):
                yield {**gap, lookup.name: bit}

    def _numbers(
        self,
        atom: Within,
        name: str,
        wanted: bool,  # noqa: FBT001
        environment: Mapping[str, Domain],
    ) -> list[int]:
        """Return the nearest numbers of one summand with which the comparison is certainly as wanted."""
        kind, old = self.policy.facts[name].type, environment[name]
        if not isinstance(old, tuple):
            return []
        tried = set(turning_numbers(atom, name, environment))
        inside = [number for number in tried if kind.minimum <= number <= kind.maximum]
        good = [number for number in inside if holds(atom, {**environment, name: (number, number)}) is Truth.of(wanted)]
        below, above = [one for one in good if one < old[0]], [one for one in good if one > old[0]]
        return ([max(below)] if below else []) + ([min(above)] if above else [])
