"""Cells: the finitely many cases that the constants of a set of conditions tell apart.

They make unknown facts exact (a variable read twice is tried cell by cell), and they show by full
enumeration that rows exclude one another, that they cover everything, or that criteria cannot hold for
want of any that applies.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from cso_rules.executors.single.reference import holds, narrow
from cso_rules.model.civil_dates import turning_points
from cso_rules.model.decisions import CriteriaDecision, Rule, Split, TableDecision
from cso_rules.model.expressions import (
    Among,
    And,
    Expression,
    Includes,
    Not,
    Or,
    Shifted,
    Term,
    Variable,
    Within,
    atoms,
    names_of,
    variables,
)
from cso_rules.model.instruments import Label
from cso_rules.model.types import Domain, Environment, Type
from cso_rules.truth import Truth

CELLS_OF_ONE_VARIABLE = 16
CELLS_OF_ONE_CONDITION = 256
CELLS_OF_A_PROOF = 4096
RULES_TAKEN_TOGETHER = 64
CELLS_TAKEN_TOGETHER = 36
"""Each cell is a column where the rules run in a database."""
PROVED_ROWS = 200
UNBOUNDED = 10**30
EFFORT_OF_A_TABLE = 500_000
"""How many comparisons may be made to show something about one table; beyond that it is said to be not shown."""

Types = Mapping[str, Type]


@attrs.define
class Effort:
    """What may still be spent on proofs about one table, in comparisons; below zero when something was left out."""

    left: int = EFFORT_OF_A_TABLE

    def spend(self, cases: int, comparisons: int) -> bool:
        """Tell whether a proof may be made; once one may not, the rest is left out too."""
        if self.left >= 0:
            self.left -= cases * comparisons
        return self.left >= 0


def splits_for(conditions: Sequence[Expression], types: Types, most: int = CELLS_OF_ONE_CONDITION) -> tuple[Split, ...]:
    """Return the variables that the conditions read more than once, most often read first, with their cells.

    What would exceed a limit is left whole: answers stay sound and may be less exact.
    """
    found = [atom for condition in conditions for atom in atoms(condition)]
    counts = Counter(name for atom in found for name in names_of(atom))
    splits, product = [], 1
    for name in sorted((name for name, count in counts.items() if count > 1), key=lambda name: (-counts[name], name)):
        cells = cells_of(name, found, types[name])
        if 1 < len(cells) <= CELLS_OF_ONE_VARIABLE and product * len(cells) <= most:
            splits.append(Split(name=name, cells=cells))
            product *= len(cells)
    return tuple(splits)


def with_cells(decision: CriteriaDecision | TableDecision, types: Types) -> CriteriaDecision | TableDecision:
    """Return criteria or a table with what is to be tried cell by cell, beyond what each rule by itself asks for."""
    if isinstance(decision, CriteriaDecision):
        return attrs.evolve(decision, joint=_joint_criteria(decision.rules, types))
    rules = decision.conditional
    if decision.has_multiple_hits:
        return attrs.evolve(decision, joint=_joint_rows(rules, types))
    return attrs.evolve(decision, splits=splits_for([rule.condition for rule in rules], types))


def _joint_criteria(rules: Sequence[Rule], types: Types) -> tuple[Rule, ...]:
    """Return criteria that read a variable in common as one condition, which may fail while each of them is open."""
    groups = _sharing(rules, types) if len(rules) <= RULES_TAKEN_TOGETHER else []
    return tuple(_joint(And, group, types) for group in groups)


def _joint_rows(rules: Sequence[Rule], types: Types) -> tuple[Rule, ...]:
    """Return rows of one item that read a variable in common as one condition, which may hold while each is open."""
    rows: dict[int, list[Rule]] = {}
    for rule in rules if len(rules) <= RULES_TAKEN_TOGETHER else ():
        rows.setdefault(rule.output, []).append(rule)
    return tuple(_joint(Or, shared, types) for group in rows.values() for shared in _sharing(group, types))


def _joint(operator: type[And | Or], rules: Sequence[Rule], types: Types) -> Rule:
    """Return rules as one, with what they say in common."""
    conditions = tuple(rule.condition for rule in rules)
    return Rule(
        id=" + ".join(rule.id for rule in rules),
        label=Label(zh="、".join(rule.label.zh for rule in rules), en=", ".join(rule.label.en for rule in rules)),
        condition=operator(operands=conditions),
        splits=splits_for(conditions, types, CELLS_TAKEN_TOGETHER),
        output=rules[0].output,
        modality=_only(rule.modality for rule in rules),
        addressee=_only(rule.addressee for rule in rules),
        due=_only(rule.due for rule in rules),
        citations=tuple(dict.fromkeys(citation for rule in rules for citation in rule.citations)),
    )


def _only(found: Iterable[str | None]) -> str | None:
    different = set(found)
    return different.pop() if len(different) == 1 else None


def _sharing(rules: Sequence[Rule], types: Types) -> list[list[Rule]]:
    """Return the groups of rules that are linked by variables which can be tried cell by cell."""
    found = [atom for rule in rules for atom in atoms(rule.condition)]
    divided = {name for name in {name for atom in found for name in names_of(atom)} if _is_divided(name, found, types)}
    groups: list[tuple[set[str], list[int]]] = []
    for place, rule in enumerate(rules):
        names = divided.intersection(variables(rule.condition))
        linked = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        places = sorted([place, *(one for _, members in linked for one in members)])
        groups.append((names.union(*(known for known, _ in linked)), places))
    return [[rules[place] for place in places] for _, places in groups if len(places) > 1]


def _is_divided(name: str, found: Sequence[Among | Includes | Within], types: Types) -> bool:
    return 1 < len(cells_of(name, found, types[name])) <= CELLS_OF_ONE_VARIABLE


def cells_of(name: str, found: Iterable[Among | Includes | Within], kind: Type) -> tuple[Domain, ...]:
    """Return the cells into which the comparisons divide a variable; sets are not divided."""
    if kind.kind == "set":
        return ()
    if kind.is_numeric:
        return _intervals(name, found, kind)
    return _groups(name, found, kind)


def _intervals(name: str, found: Iterable[Among | Includes | Within], kind: Type) -> tuple[Domain, ...]:
    starts = {kind.minimum}
    for atom in found:
        if isinstance(atom, Within) and len(atom.terms) == 1 and names_of(atom) == (name,):
            starts.update(start for start in _starts(atom) if kind.minimum < start <= kind.maximum)
    ordered = sorted(starts)
    ends = [*(start - 1 for start in ordered[1:]), kind.maximum]
    return tuple(zip(ordered, ends, strict=True))


def _starts(atom: Within) -> Iterator[int]:
    """Yield the least values at which the comparison changes."""
    factor, quantity = atom.terms[0].factor, atom.terms[0].quantity
    low, high = (atom.low, atom.high) if factor > 0 else (atom.high, atom.low)
    if isinstance(quantity, Shifted):
        targets = [] if low is None else [-(-low // factor)]
        targets += [] if high is None else [high // factor + 1]
        yield from (day for target in targets for day in turning_points(quantity.shifts, target))
        return
    if low is not None:
        yield -(-low // factor)
    if high is not None:
        yield high // factor + 1


def _groups(name: str, found: Iterable[Among | Includes | Within], kind: Type) -> tuple[Domain, ...]:
    groups: dict[tuple[object, ...], int] = {}
    relevant = [atom for atom in found if name in names_of(atom)]
    for index in range(len(kind.names)):
        signature = tuple(_sign(atom, index) for atom in relevant)
        groups[signature] = groups.get(signature, 0) | 1 << index
    return tuple(groups.values())


def _sign(atom: Among | Includes | Within, index: int) -> object:
    if isinstance(atom, Among):
        return atom.bits >> index & 1
    return index


def is_enumerable(conditions: Sequence[Expression]) -> bool:
    """Tell whether every comparison reads one variable, and no set, so that cells decide it."""
    return all(_is_simple(atom) for condition in conditions for atom in atoms(condition))


def _is_simple(atom: Among | Includes | Within) -> bool:
    if isinstance(atom, Within):
        return len(atom.terms) == 1 and isinstance(atom.terms[0].quantity, Variable)
    return isinstance(atom, Among)


def environments(
    conditions: Sequence[Expression], types: Types, effort: Effort | None = None
) -> list[Environment] | None:
    """Return one environment for each combination of cells; None when that is not full or not feasible."""
    effort = effort or Effort()
    if effort.left < 0 or not is_enumerable(conditions):
        return None
    names = sorted({name for condition in conditions for name in variables(condition)})
    found = [atom for condition in conditions for atom in atoms(condition)]
    choices = [cells_of(name, found, types[name]) for name in names]
    cases = math.prod(map(len, choices))
    if cases > CELLS_OF_A_PROOF or not effort.spend(cases, len(found)):
        return None
    return [dict(zip(names, choice, strict=True)) for choice in itertools.product(*choices)]


def limits(condition: Expression) -> dict[str, Domain]:
    """Return what a condition demands of single variables, whatever else it says: their bits or intervals."""
    found: dict[str, Domain] = {}
    for part in condition.operands if isinstance(condition, And) else (condition,):
        if isinstance(part, Among):
            found[part.name] = part.bits
        elif isinstance(part, Within) and part.terms == (Term(factor=1, quantity=Variable(name=names_of(part)[0])),):
            least = -UNBOUNDED if part.low is None else part.low
            found[names_of(part)[0]] = (least, UNBOUNDED if part.high is None else part.high)
    return found


def are_apart(first: dict[str, Domain], second: dict[str, Domain]) -> bool:
    """Tell whether two sets of limits have no value of some variable in common."""
    return any(name in second and narrow(domain, second[name]) is None for name, domain in first.items())


def never_together(first: Expression, second: Expression, types: Types, effort: Effort | None = None) -> bool:
    """Tell whether two conditions are shown to exclude one another."""
    if first == Not(operand=second) or second == Not(operand=first):
        return True
    cases = environments([first, second], types, effort)
    both = And(operands=(first, second))
    return cases is not None and all(holds(both, case) is Truth.FALSE for case in cases)


def disjoint_rows(
    hit_policy: str, asked: Sequence[Expression], types: Types, *, has_rest: bool
) -> frozenset[tuple[int, int]]:
    """Return the pairs of rows that are shown never to hold together, as (earlier, later)."""
    if hit_policy not in {"unique", "any"}:
        return frozenset()
    effort = Effort()
    demanded = [limits(condition) for condition in asked]
    shown = {
        (earlier, later)
        for later in range(len(asked))
        for earlier in range(later)
        if are_apart(demanded[earlier], demanded[later])
        or (len(asked) <= PROVED_ROWS and never_together(asked[earlier], asked[later], types, effort))
    }
    rest = {(index, len(asked)) for index in range(len(asked))} if has_rest else set()
    return frozenset(shown | rest)
