"""The one form in which a plan is kept: canonical JSON, which a walker in any language follows without this library.

Guaranteed: equal rules give equal bytes, whatever was made before and in whatever order; a plan read back answers the
same. What does not have the form, or is of other rules, is refused with an `ArgumentError`.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final, assert_never

from cso_rules.meaning.complete import Mark
from cso_rules.model.civil_dates import CalendarShift, Shift, WorkingDayCalendar, WorkingDayShift
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    conditions_of,
    rules_of,
)
from cso_rules.model.expressions import Quantity, Shifted, Term, Variable, Within, atoms
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Parameter, Policy
from cso_rules.model.types import Type
from cso_rules.plan.building import Plan
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.forms import Plainer, single
from cso_rules.plan.levels import Choice, Form, Key, Level, Member, Number, is_count

FORMAT: Final = 1
"""Another number for every form that this one's reader would not understand, or would understand otherwise."""

GREATEST: Final = 2**53 - 1
"""The greatest whole number that every reader of JSON takes for what it is; beyond it numbers stand as text."""

Json = dict[str, Any]
"""A JSON object."""


def to_json(plan: Plan) -> str:
    """Return a plan as text: the keys of objects in order, no space, no number with a fraction."""
    return canonical(_Writer(plan).document())


def canonical(document: object) -> str:
    """Return a document as the one text that stands for it."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def number(value: int) -> int | str:
    """Return a whole number, as text where readers of JSON might round it."""
    return value if -GREATEST <= value <= GREATEST else str(value)


def described(policy: Policy) -> Json:
    """Return what a plan says of its rules beside the diagrams: types, outputs and rules, by name."""
    return {
        "package": policy.id,
        "jurisdiction": policy.jurisdiction,
        "entity": policy.entity,
        "as_of": policy.as_of.isoformat(),
        "digest": policy.digest,
        "facts": {name: _type(fact.type) for name, fact in policy.facts.items()},
        "readings": {name: _type(reading.type) for name, reading in policy.readings.items()},
        "numbers": {name: _legal_number(legal) for name, legal in policy.parameters.items()},
        "decisions": [_decision(decision) for decision in policy.decisions.values()],
    }


def _legal_number(legal: Parameter) -> Json:
    """Return a legal number, encoded; of several the one of each value of the fact that selects it."""
    values = {value: number(found) for value, found in legal.values}
    return {**_type(legal.type), "selected_by": list(legal.indexed_by), "values": values}


def _type(kind: Type) -> Json:
    if kind.is_numeric:
        ends = {"least": number(kind.minimum), "greatest": number(kind.maximum)}
        return {"kind": kind.kind, "scale": kind.scale, **ends}
    return {"kind": kind.kind, "values": list(kind.names)}


def _decision(decision: AnyDecision) -> Json:
    rules = [{"id": rule.id, "output": rule.output} for rule in rules_of(decision)]
    found: Json = {"name": decision.name, "form": _form(decision), "type": _type(decision.type), "rules": rules}
    if isinstance(decision, TableDecision):
        found["hit_policy"] = decision.hit_policy
        found["outputs"] = [[list(column) for column in output] for output in decision.outputs]
    return found


def _form(decision: AnyDecision) -> str:
    match decision:
        case CriteriaDecision():
            return "criteria"
        case TableDecision():
            return "table"
        case ValueDecision():
            return "value"
        case AbsentDecision():
            return "absent"
        case _:
            assert_never(decision)


class _Writer:
    """A plan on its way to a document; its live nodes get new numbers."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._calendars = _calendars_of(plan)
        self._origins = origins_of(plan)
        live = plan.diagrams.below(node for root in plan.roots.values() for node in nodes_of(root))
        self._ends = self._ends_in_order(live)
        self._inner = [node for node in live if plan.diagrams.levels[node] != END]
        self._numbers = {node: place for place, node in enumerate(self._ends)}
        self._number_inner()

    def _ends_in_order(self, live: Iterable[Node]) -> list[Node]:
        """Return the terminals: the two truths, the marks by name, then values by their bits."""
        made = self._plan.diagrams
        other = (node for node in live if made.levels[node] == END and node not in {made.false, made.true})
        return [made.false, made.true, *sorted(other, key=lambda node: _order_of_end(made.values[node]))]

    def _number_inner(self) -> None:
        """Number the others from the lowest level up, those of one level by their runs: no order of making shows."""
        made = self._plan.diagrams
        by_level: dict[int, list[Node]] = {}
        for node in self._inner:
            by_level.setdefault(made.levels[node], []).append(node)
        self._inner = []
        for level in sorted(by_level, reverse=True):
            ordered = sorted(by_level[level], key=self._runs)
            self._inner += ordered
            self._numbers.update(
                zip(ordered, range(len(self._numbers), len(self._numbers) + len(ordered)), strict=True)
            )

    def _runs(self, node: Node) -> list[tuple[int, int]]:
        return [(end, self._numbers[child]) for end, child in self._plan.diagrams.runs[node]]

    def document(self) -> Json:
        plan = self._plan
        runs = [run for node in self._inner for run in self._runs(node)]
        nodes = {
            "level": [plan.diagrams.levels[node] for node in self._inner],
            "runs": [len(plan.diagrams.runs[node]) for node in self._inner],
            "end": [end for end, _ in runs],
            "child": [child for _, child in runs],
        }
        return {
            "format": FORMAT,
            "rules": described(plan.policy),
            "levels": [self._level(level) for level in plan.levels],
            "ends": [_end(plan.diagrams.values[node]) for node in self._ends],
            "nodes": nodes,
            "roots": {name: self._root(root) for name, root in plan.roots.items()},
            "left_out": {name: reason.name.lower() for name, reason in plan.left_out.items()},
            "calendars": [
                {"covered": [list(span) for span in calendar.covered], "exceptions": list(calendar.exceptions)}
                for calendar in self._calendars
            ],
        }

    def _level(self, level: Level) -> Json:
        match level:
            case Choice(name=name):
                return {"variable": name}
            case Member(name=name, place=place):
                return {"variable": name, "member": place}
            case Number(name=name, cuts=cuts):
                return {"variable": name, **self._cuts(name, cuts)}
            case Form(terms=terms, cuts=cuts):
                return {"sum": self._terms(terms), **self._cuts(terms, cuts)}
            case _:
                assert_never(level)

    def _cuts(self, key: Key, cuts: Sequence[int]) -> Json:
        """Return cuts and, of each, the legal numbers that it follows; nothing where all of it is written in rules."""
        found = [self._origins.get((key, cut), ()) for cut in cuts]
        told = [sorted(map(origin_json, own), key=canonical) if any(map(_moves, own)) else [] for own in found]
        return {"cuts": [number(cut) for cut in cuts], "from": told}

    def _root(self, root: Root) -> Json:
        cases = [
            {
                "when": self._numbers[guard],
                "sum": sorted(self._terms(total.terms), key=canonical),
                "constant": number(total.constant),
            }
            for guard, total in root.sums
        ]
        return {
            "answer": self._numbers[root.answer],
            "items": [self._numbers[node] for node in root.items],
            "rules": [self._numbers[node] for node in root.rules],
            "cases": cases,
        }

    def _terms(self, terms: Sequence[Term]) -> list[Json]:
        return [{"times": number(term.factor), **self._quantity(term.quantity)} for term in terms]

    def _quantity(self, quantity: Quantity) -> Json:
        match quantity:
            case Variable(name=name):
                return {"variable": name}
            case Shifted(name=name, shifts=shifts):
                return {"variable": name, "moved": [self._shift(shift) for shift in shifts]}
            case _:
                message = f"no part of a sum: {quantity!r}"
                raise TypeError(message)

    def _shift(self, shift: Shift) -> Json:
        if isinstance(shift, CalendarShift):
            return {"months": shift.months, "days": shift.days}
        return {"working_days": shift.count, "calendar": self._calendars.index(shift.calendar)}


def nodes_of(root: Root) -> list[Node]:
    """Return every node at which a question about a decision begins."""
    return [root.answer, *root.items, *root.rules, *(guard for guard, _ in root.sums)]


def origins_of(plan: Plan) -> dict[tuple[Key, int], set[Origin | None]]:
    """Return what each cut of a number or of a sum follows from; a cut that no comparison names is not among them."""
    found: dict[tuple[Key, int], set[Origin | None]] = {}
    plainer = Plainer(plan.policy)
    conditions = (found for name in plan.roots for found in conditions_of(plan.policy.decisions[name]))
    for atom in (atom for condition in conditions for atom in atoms(plainer.plain(condition))):
        if isinstance(atom, Within) and not is_count(atom):
            beyond = None if atom.high is None else atom.high + 1
            for cut, origin in zip((atom.low, beyond), atom.origins, strict=True):
                if cut is not None:
                    found.setdefault((single(atom) or atom.terms, cut), set()).add(origin)
    return found


def _moves(origin: Origin | None) -> bool:
    """Tell whether a cut may move with a legal number."""
    return origin is None or bool(origin.numbers)


def origin_json(origin: Origin | None) -> Json | None:
    """Return from which legal numbers a number follows; None where that is not told."""
    if origin is None:
        return None
    numbers = [{"number": name, "of": list(values), "times": number(weight)} for name, values, weight in origin.numbers]
    return {"sum": numbers, "plus": number(origin.plus), "over": number(origin.over)}


def _calendars_of(plan: Plan) -> list[WorkingDayCalendar]:
    """Return the calendars by which dates of a plan are moved, in an order of their own."""
    sums = [level.terms for level in plan.levels if isinstance(level, Form)]
    sums += [total.terms for root in plan.roots.values() for _, total in root.sums]
    quantities = (term.quantity for terms in sums for term in terms)
    shifts = (shift for quantity in quantities if isinstance(quantity, Shifted) for shift in quantity.shifts)
    found = {shift.calendar for shift in shifts if isinstance(shift, WorkingDayShift)}
    return sorted(found, key=lambda calendar: (calendar.covered, calendar.exceptions))


def _end(value: Hashable) -> object:
    """Return what a terminal stands for: a truth, the name of a mark, or the places of the values that an answer is."""
    match value:
        case bool():
            return value
        case Mark():
            return value.name.lower()
        case int():
            return [place for place in range(value.bit_length()) if value >> place & 1]
        case _:
            message = f"no end of a diagram: {value!r}"
            raise TypeError(message)


def _order_of_end(value: Hashable) -> tuple[bool, str, int]:
    return (False, value.name, 0) if isinstance(value, Mark) else (True, "", value if isinstance(value, int) else 0)
