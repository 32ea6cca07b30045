"""A plan read back from the text in which it is kept, strictly: what has not the form is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from itertools import accumulate, chain, pairwise, repeat
from operator import ge, lt, ne
from typing import Any, Final, NoReturn, TypeVar

from cso_rules.meaning.complete import Mark
from cso_rules.model.civil_dates import FIRST, LAST, CalendarShift, Shift, WorkingDayCalendar, WorkingDayShift
from cso_rules.model.decisions import AnyDecision, TableDecision, ValueDecision, rules_of
from cso_rules.model.expressions import Quantity, Shifted, Term, Variable
from cso_rules.model.policy import Policy
from cso_rules.plan.building import MOST_NODES, Inexact, Plan
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Diagrams, Node, Runs
from cso_rules.plan.forms import Linear
from cso_rules.plan.kept.written import FORMAT, GREATEST, Json, described
from cso_rules.plan.levels import Choice, Form, Level, Member, Number

_PARTS: Final = frozenset({"format", "rules", "calendars", "levels", "ends", "nodes", "roots", "left_out"})
_REASONS: Final = {reason.name.lower(): reason for reason in Inexact}
_MARKS: Final = {mark.name.lower(): mark for mark in Mark}
_Part = TypeVar("_Part")


def from_json(text: str, policy: Policy) -> Plan:
    """Return the plan of a policy from its text.

    Args:
        text: What `to_json` made.
        policy: The rules of which it is the plan.

    Raises:
        ArgumentError: The text is damaged, of another format, or the plan of other rules.
    """
    document = _document(text)
    if document["rules"] != described(policy):
        _refuse("the plan is that of other rules", "计划属于另一套规则")
    return _Reader(document, policy).plan()


def _document(text: str) -> Json:
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as fault:
        _refuse(f"the plan is no JSON of whole numbers: {fault}", f"计划不是只含整数的 JSON：{fault}")
    form = document.get("format") if isinstance(document, dict) else None
    if type(form) is not int or form != FORMAT:
        _refuse(f"the plan is not of format {FORMAT}, but {form!r}", f"计划的格式不是 {FORMAT}，而是 {form!r}")
    if document.keys() != _PARTS:
        _refuse(f"the plan must have exactly {sorted(_PARTS)}", f"计划必须恰好包含 {sorted(_PARTS)}")
    found: Json = document
    return found


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def _no_fraction(written: str) -> NoReturn:
    message = f"{written} is no whole number"
    raise ValueError(message)


def _refuse(en: str, zh: str) -> NoReturn:
    from cso_rules.errors import ArgumentError  # brings every message; nobody needs them while nothing is wrong

    raise ArgumentError(en, zh) from None


class _Reader:
    """The document of a plan; each part of it is read with what the parts before gave."""

    def __init__(self, document: Json, policy: Policy) -> None:
        self._document = document
        self._policy = policy
        self._calendars = self._part("calendars", _calendars)
        self._levels = self._part("levels", self._levels_in)
        self._ends = self._part("ends", self._ends_in)
        self._diagrams = self._part("nodes", self._diagrams_in)

    def plan(self) -> Plan:
        left_out = self._part("left_out", self._left_out_in)
        roots = self._part("roots", self._roots_in)
        if sorted([*roots, *left_out]) != sorted(self._policy.decisions):
            _refuse("the plan must have each decision, or say why not", "计划必须包含每项决定，或说明为何没有")
        return Plan(policy=self._policy, diagrams=self._diagrams, levels=self._levels, roots=roots, left_out=left_out)

    def _part(self, name: str, read: Callable[[Any], _Part]) -> _Part:
        try:
            return read(self._document[name])
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as fault:
            _refuse(f"the plan is damaged in {name!r}: {fault}", f"计划的 {name} 部分已损坏：{fault}")

    def _levels_in(self, entries: list[Json]) -> tuple[Level, ...]:
        return tuple(map(self._level, entries))

    def _level(self, entry: Json) -> Level:
        match entry:
            case {"sum": list(terms), "cuts": list(cuts), "from": list(told), **rest} if not rest and terms:
                return Form(tuple(map(self._term, terms)), _ascending(cuts, told))
            case {"variable": str(name), "cuts": list(cuts), "from": list(told), **rest} if (
                not rest and self._is_numeric(name)
            ):
                return Number(name, _ascending(cuts, told))
            case {"variable": str(name), "member": place, **rest} if not rest and not self._is_numeric(name):
                _at(self._policy.variable_type(name).names, place)
                return Member(name, place)
            case {"variable": str(name), **rest} if not rest and not self._is_numeric(name):
                return Choice(name, len(self._policy.variable_type(name).names))
            case _:
                raise _no(entry)

    def _is_numeric(self, name: str) -> bool:
        return self._policy.variable_type(name).is_numeric

    def _term(self, entry: Json) -> Term:
        match entry:
            case {"times": factor, "variable": str(name), **rest} if self._is_numeric(name):
                return Term(factor=whole(factor), quantity=self._quantity(name, rest))
            case _:
                raise _no(entry)

    def _quantity(self, name: str, rest: Json) -> Quantity:
        match rest:
            case {"moved": list(shifts), **more} if not more:
                return Shifted(name=name, shifts=tuple(map(self._shift, shifts)))
            case {**more} if not more:
                return Variable(name=name)
            case _:
                raise _no(rest)

    def _shift(self, entry: Json) -> Shift:
        match entry:
            case {"months": months, "days": days, **rest} if not rest:
                return CalendarShift(months=whole(months), days=whole(days))
            case {"working_days": count, "calendar": place, **rest} if not rest:
                return WorkingDayShift(count=whole(count), calendar=_at(self._calendars, place))
            case _:
                raise _no(entry)

    def _ends_in(self, entries: list[object]) -> list[Hashable]:
        most = max((_most_values(decision) for decision in self._policy.decisions.values()), default=0)
        found = [_end(entry, most) for entry in entries]
        if entries[0] is not False or entries[1] is not True or len(set(map(repr, found))) != len(found):
            raise _no(entries)
        return found

    def _diagrams_in(self, nodes: Json) -> Diagrams:
        found = Diagrams(len(self._ends) + MOST_NODES)
        for level in self._levels:
            found.variable(level.size)
        for value in self._ends:
            found.terminal(value)
        match nodes:
            case {"level": list(levels), "runs": list(counts), "end": list(ends), "child": list(children), **rest} if (
                not rest
            ):
                runs = _runs(found, levels, counts, ends, children)
            case _:
                raise _no(nodes)
        found.levels += levels
        found.runs += runs
        found.most = len(found.levels) + MOST_NODES
        return found

    def _left_out_in(self, entries: Json) -> dict[str, Inexact]:
        return {name: _REASONS[entries[name]] for name in entries}

    def _roots_in(self, entries: Json) -> dict[str, Root]:
        if not entries.keys() <= self._policy.decisions.keys():
            raise _no(sorted(entries.keys() - self._policy.decisions.keys()))
        return {name: self._root(name, entries[name]) for name in self._policy.decisions if name in entries}

    def _root(self, name: str, entry: Json) -> Root:
        decision = self._policy.decisions[name]
        is_list = isinstance(decision, TableDecision) and decision.has_multiple_hits
        counts = (_most_values(decision) if is_list else 0, len(rules_of(decision)))
        match entry:
            case {"answer": answer, "items": list(items), "rules": list(rules), "cases": list(cases), **rest} if (
                not rest and (len(items), len(rules)) == counts and (isinstance(decision, ValueDecision) or not cases)
            ):
                return Root(
                    answer=self._node(answer),
                    items=tuple(map(self._node, items)),
                    rules=tuple(map(self._node, rules)),
                    sums=tuple(map(self._case, cases)),
                )
            case _:
                raise _no(name)

    def _node(self, place: object) -> Node:
        return _at(range(len(self._diagrams.levels)), place)

    def _case(self, entry: Json) -> tuple[Node, Linear]:
        match entry:
            case {"when": guard, "sum": list(terms), "constant": constant, **rest} if not rest:
                found = [self._term(term) for term in terms]
                parts = {term.quantity: term.factor for term in found}
                return self._node(guard), Linear(parts, whole(constant))
            case _:
                raise _no(entry)


def _no(entry: object) -> ValueError:
    written = repr(entry)
    return ValueError(written if len(written) <= 80 else f"{written[:80]}...")  # noqa: PLR2004 - a line


def whole(written: object) -> int:
    """Return a whole number that stands as such, or as text beyond what every reader takes exactly."""
    if type(written) is int and -GREATEST <= written <= GREATEST:
        return written
    if isinstance(written, str):
        found = int(written)
        if str(found) == written and not -GREATEST <= found <= GREATEST:
            return found
    raise _no(written)


def _at(values: Sequence[_Part], place: object) -> _Part:
    """Return one of some values by its place, counted from 0."""
    if type(place) is int and 0 <= place < len(values):
        return values[place]
    raise _no(place)


def _ascending(cuts: Sequence[object], told: Sequence[object] | None = None) -> tuple[int, ...]:
    """Return numbers in their order; what is told of each is for other readers, the library knows it from the rules."""
    found = tuple(map(whole, cuts))
    if (told is not None and len(told) != len(found)) or any(one >= two for one, two in pairwise(found)):
        raise _no(cuts)
    return found


def _calendars(entries: list[Json]) -> list[WorkingDayCalendar]:
    return [_calendar(**entry) for entry in entries]


def _calendar(covered: list[list[int]], exceptions: list[int]) -> WorkingDayCalendar:
    spans = tuple((whole(first), whole(last)) for first, last in covered)
    days = [day for span in spans for day in span]
    if days != sorted(days) or not all(FIRST <= day <= LAST for day in days):
        raise _no(covered)
    return WorkingDayCalendar(covered=spans, exceptions=_ascending(exceptions))


def _most_values(decision: AnyDecision) -> int:
    """Return how many values or items an answer can have."""
    outputs = decision.outputs if isinstance(decision, TableDecision) else ()
    return max(len(outputs), len(decision.type.names))


def _end(entry: object, most: int) -> Hashable:
    """Return what a terminal stands for: a truth, a mark, or the bits of some of so many values."""
    if isinstance(entry, bool):
        return entry
    if isinstance(entry, str):
        return _MARKS[entry]
    if isinstance(entry, list) and entry:
        return sum(1 << _at(range(most), place) for place in _ascending(entry))
    raise _no(entry)


def _runs(made: Diagrams, levels: list[int], counts: list[int], ends: list[int], children: list[Node]) -> list[Runs]:
    """Return the runs of every node: ascending until the last cell of its level, each to another node further down."""
    starts = [0, *accumulate(counts)]
    runs = tuple(zip(ends, children, strict=True))
    if {*map(type, chain(levels, counts, ends, children))} - {int} or starts[-1] != len(runs):
        raise _no("a number or a run")
    found = [runs[start:stop] for start, stop in pairwise(starts)]
    before, beside = [0, *ends], [-1, *children]
    for start in starts:
        before[start], beside[start] = 0, -1
    level_of = [*made.levels, *levels]
    above = chain.from_iterable(map(repeat, levels, counts))
    is_sound = (
        min(chain(levels, children), default=0) >= 0
        and all(map(ge, levels, levels[1:]))
        and all(map(lt, above, map(level_of.__getitem__, children)))
        and all(map(lt, before, ends))
        and all(map(ne, beside, children))
        and [own[-1][0] for own in found] == list(map(made.sizes.__getitem__, levels))
        and min(counts, default=2) > 1
        and len(set(zip(levels, found, strict=True))) == len(found)
    )
    if not is_sound:
        raise _no("nodes that do not fit together")
    return found
