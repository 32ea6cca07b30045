"""When a decision has an answer, which rules decide where their truths do not tell, and where formulas are exact.

Diagrams of this are made when they are first asked for, and kept with the plan.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import TableDecision, ValueDecision
from cso_rules.model.expressions import Expression, If, Includes, Variable, Within, atoms, names_of, operands
from cso_rules.model.policy import Policy
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Diagrams, Node, TooLargeError
from cso_rules.plan.prepared import Attached
from cso_rules.plan.sums.solving import is_each_once


class _MayConflict(dict[str, bool]):
    """Found out when it is asked for."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._diagrams, self._roots = plan.diagrams, plan.roots

    def __missing__(self, decision: str) -> bool:
        found = self[decision] = Mark.CONFLICT in self._diagrams.ends(self._roots[decision].answer)
        return found


may_conflict = Attached[Plan, Mapping[str, bool]](_MayConflict)
"""Of each decision of a plan that has a root, whether its answer may be a contradiction."""


def answering(plan: Plan, decision: str, answer: int) -> Node | None:
    """Return when a decision has an answer, or a list an item; None for a number, or where that is too large."""
    key, made = ("answer", decision, answer), plan.diagrams
    if decision not in plan.roots or isinstance(plan.policy.decisions[decision], ValueDecision):
        return None
    try:
        with plan.adding:
            if key not in plan.derived:
                root = plan.roots[decision]
                item = root.items[answer.bit_length() - 1] if root.items else None
                wanted = answer if item is None else True
                node = made.mapped(root.answer if item is None else item, lambda value: made.truth(value == wanted))
                plan.derived[key] = (node,)
            return plan.derived[key][0]
    except TooLargeError:
        return None


def hits(plan: Plan, decision: TableDecision) -> tuple[Node, ...]:
    """Return for each row the diagram of whether it is the first or most preferred one that holds."""
    key = ("hits", decision.name)
    with plan.adding:
        if key not in plan.derived:
            made, rules = plan.diagrams, plan.roots[decision.name].rules
            found, earlier = dict.fromkeys(range(len(rules)), made.false), made.false
            for place in decision.order:
                found[place] = made.choose(earlier, made.false, rules[place])
                earlier = made.choose(rules[place], made.true, earlier)
            plan.derived[key] = tuple(found.values())
        return plan.derived[key]


def hit(plan: Plan, decision: TableDecision) -> Node | None:
    """Return which row is the first or most preferred one that holds, as `row`; None where that is too large.

    A contradiction and no row at all are ends as in the answer.
    """
    key, made, root = ("hit", decision.name), plan.diagrams, plan.roots[decision.name]
    try:
        with plan.adding:
            if key not in plan.derived:
                clash = made.mapped(root.answer, lambda value: made.truth(value is Mark.CONFLICT))
                first = first_row(made, decision, root.rules)
                plan.derived[key] = (made.choose(clash, made.terminal(Mark.CONFLICT), first),)
            return plan.derived[key][0]
    except TooLargeError:
        return None


def first_row(made: Diagrams, decision: TableDecision, holding: Sequence[Node]) -> Node:
    """Return which row is the first or most preferred one that holds, as `row`, or that there is none.

    Args:
        made: Where diagrams are made.
        decision: The table.
        holding: When each row holds; that of `otherwise` may be left out.
    """
    rows = [*holding]
    if len(rows) < len(decision.rules):
        rows.append(made.negation(made.disjunction(rows)))
    cases = [(rows[place], made.terminal(row(place))) for place in decision.order]
    return made.first(cases, made.terminal(Mark.NONE))


def row(place: int) -> Hashable:
    """Return the end that stands for the row at a place."""
    return "row", place


def read_once(policy: Policy, condition: Expression) -> tuple[str, ...] | None:
    """Return the decisions that a condition reads, where formulas are exact while each of them has one answer.

    That is where no fact is read twice, and each comparison can be met wherever the ends of its sum allow it. None for
    other conditions.
    """
    waiting, found = [condition], list[Hashable]()
    while waiting:
        part = waiting.pop()
        if isinstance(part, If):
            return None
        waiting += operands(part)
    for atom in atoms(condition):
        if isinstance(atom, Within) and not _is_exact(policy, atom):
            return None
        found += _members(atom) if isinstance(atom, Includes) else names_of(atom)
    if len(set(found)) < len(found):
        return None
    names = dict.fromkeys(name for atom in atoms(condition) for name in names_of(atom))
    return tuple(name for name in names if name in policy.decisions) if len(found) > 1 else ()


def _members(atom: Includes) -> list[Hashable]:
    return [(atom.name, place) for place in range(atom.bits.bit_length()) if atom.bits >> place & 1]


def _is_exact(policy: Policy, atom: Within) -> bool:
    """Tell whether a comparison is of facts as they are, and can be met wherever the ends of its sum allow it."""
    is_plain = all(isinstance(term.quantity, Variable) and term.quantity.name in policy.facts for term in atom.terms)
    is_undivided = all(abs(term.factor) == 1 for term in atom.terms)
    return is_plain and is_each_once(atom.terms) and (is_undivided or atom.low is None or atom.high is None)
