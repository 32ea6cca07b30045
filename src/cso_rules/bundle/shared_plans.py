"""Plans of many places and periods with one table of nodes, and the way back to the kept plan of one of them.

A node is what it asks and where its cells lead, so equal functions of all plans are one node, whatever else the plans
hold. The kept plan of one policy is what its roots lead to, numbered anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from cso_rules.plan.kept.written import FORMAT, Json, canonical

Runs: TypeAlias = tuple[tuple[int, int], ...]
_SHARED = ("facts", "readings", "numbers", "decisions")
"""What a kept plan says of its rules that stands apart, because many plans say the same."""


class SharedPlans:
    """Plans that share what is equal; a child is a node, or below zero an end counted from -1."""

    def __init__(self) -> None:
        """Start with none."""
        self.plans: list[Json] = []
        self._levels: dict[str, tuple[int, Json]] = {}
        self._calendars: dict[str, tuple[int, Json]] = {}
        self._ends: dict[str, tuple[int, Any]] = {}
        self._said: dict[str, tuple[int, Any]] = {}
        self._lists: dict[str, tuple[int, Any]] = {}
        self._nodes: dict[tuple[int, Runs], int] = {}
        self._roots: dict[str, tuple[int, Json]] = {}

    def add(self, document: Json) -> int:
        """Return the place of a plan.

        Args:
            document: The kept plan, as JSON.
        """
        calendars = [_place(self._calendars, calendar) for calendar in document["calendars"]]
        levels = [_place(self._levels, _by_calendar(level, calendars)) for level in document["levels"]]
        nodes = self._nodes_of(document, levels)
        roots = {name: self._root(root, nodes, calendars) for name, root in document["roots"].items()}
        rules = document["rules"]
        self.plans.append({
            **{name: _place(self._lists, self._listed(rules[name])) for name in _SHARED},
            "levels": levels,
            "roots": [roots.get(decision["name"]) for decision in rules["decisions"]],
            "left_out": document["left_out"],
        })  # fmt: skip
        return len(self.plans) - 1

    def _listed(self, said: Any) -> Any:
        """Return the places of what is said, by name or in its order."""
        if isinstance(said, dict):
            return {name: _place(self._said, value) for name, value in said.items()}
        return [_place(self._said, value) for value in said]

    def _nodes_of(self, document: Json, levels: list[int]) -> list[int]:
        """Return the shared number of each node of a plan."""
        found = [-1 - _place(self._ends, end) for end in document["ends"]]
        nodes = document["nodes"]
        runs = iter(zip(nodes["end"], nodes["child"], strict=True))
        for level, count in zip(nodes["level"], nodes["runs"], strict=True):
            own = tuple((end, found[child]) for end, child in (next(runs) for _ in range(count)))
            found.append(self._nodes.setdefault((levels[level], own), len(self._nodes)))
        return found

    def _root(self, root: Json, nodes: list[int], calendars: list[int]) -> int:
        cases = [{**_by_calendar(case, calendars), "when": nodes[case["when"]]} for case in root["cases"]]
        found = {
            "answer": nodes[root["answer"]],
            "items": [nodes[node] for node in root["items"]],
            "rules": [nodes[node] for node in root["rules"]],
            "cases": cases,
        }
        return _place(self._roots, found)

    def tables(self) -> Json:
        """Return what the plans share; the ends are the first nodes."""
        count = len(self._ends)

        def number(node: int) -> int:
            return -1 - node if node < 0 else count + node

        runs = [run for _, own in self._nodes for run in own]
        nodes = {
            "level": [level for level, _ in self._nodes],
            "runs": [len(own) for _, own in self._nodes],
            "end": [end for end, _ in runs],
            "child": [number(child) for _, child in runs],
        }
        roots = [
            {
                "answer": number(root["answer"]),
                "items": [number(node) for node in root["items"]],
                "rules": [number(node) for node in root["rules"]],
                "cases": [{**case, "when": number(case["when"])} for case in root["cases"]],
            }
            for _, root in self._roots.values()
        ]
        return {
            "plans": self.plans,
            "said": _values(self._said),
            "lists": _values(self._lists),
            "levels": _values(self._levels),
            "calendars": _values(self._calendars),
            "ends": _values(self._ends),
            "nodes": nodes,
            "roots": roots,
        }


def _place(known: dict[str, tuple[int, Any]], value: Any) -> int:
    return known.setdefault(canonical(value), (len(known), value))[0]


def _values(known: dict[str, tuple[int, Any]]) -> list[Any]:
    return [value for _, value in known.values()]


def _by_calendar(entry: Json, calendars: Mapping[int, int] | list[int]) -> Json:
    """Return a level or case with other numbers of the calendars by which its dates are moved."""
    if "sum" not in entry:
        return entry

    def moved(term: Json) -> Json:
        if "moved" not in term:
            return term
        shifts = [
            {**shift, "calendar": calendars[shift["calendar"]]} if "calendar" in shift else shift
            for shift in term["moved"]
        ]
        return {**term, "moved": shifts}

    return {**entry, "sum": [moved(term) for term in entry["sum"]]}


# ------------------------------------------------------------------------------------------ the kept plan of one


def kept_plan(tables: Json, place: int, about: Json) -> str:
    """Return the text of one plan, as `to_json` would write it for its rules.

    Args:
        tables: What the plans share.
        place: The plan.
        about: What else it says of its rules: package, jurisdiction, entity, as_of and digest.
    """
    return canonical(_One(tables, tables["plans"][place]).document(about))


class _One:
    """One plan on its way out of the tables; its nodes get numbers of their own."""

    def __init__(self, tables: Json, plan: Json) -> None:
        self._tables, self._plan = tables, plan
        self._said = {name: _said(tables, tables["lists"][plan[name]]) for name in _SHARED}
        names = (decision["name"] for decision in self._said["decisions"])
        roots = zip(names, plan["roots"], strict=True)
        self._roots = {name: tables["roots"][root] for name, root in roots if root is not None}
        self._level_of = {level: place for place, level in enumerate(plan["levels"])}
        self._calendars = self._calendars_in_order()
        self._live = _below(tables, [node for root in self._roots.values() for node in _nodes_of(root)])
        self._numbers: dict[int, int] = {}
        self._inner: list[int] = []
        self._number()

    def _calendars_in_order(self) -> list[int]:
        entries = [self._tables["levels"][level] for level in self._plan["levels"]]
        entries += [case for root in self._roots.values() for case in root["cases"]]
        terms = (term for entry in entries for term in entry.get("sum", ()))
        used = {shift["calendar"] for term in terms for shift in term.get("moved", ()) if "calendar" in shift}
        calendars = self._tables["calendars"]
        return sorted(used, key=lambda place: (calendars[place]["covered"], calendars[place]["exceptions"]))

    def _number(self) -> None:
        ends = self._tables["ends"]
        self._ends = sorted(
            {node for node in self._live if node < len(ends)} | {0, 1}, key=lambda node: _rank(ends[node])
        )
        self._numbers = {node: place for place, node in enumerate(self._ends)}
        by_level: dict[int, list[int]] = {}
        for node in self._live:
            if node >= len(ends):
                by_level.setdefault(self._level_of[self._live[node][0]], []).append(node)
        for level in sorted(by_level, reverse=True):
            ordered = sorted(by_level[level], key=self._runs)
            self._numbers.update(
                zip(ordered, range(len(self._numbers), len(self._numbers) + len(ordered)), strict=True)
            )
            self._inner += ordered

    def _runs(self, node: int) -> list[tuple[int, int]]:
        return [(end, self._numbers[child]) for end, child in self._live[node][1]]

    def document(self, about: Json) -> Json:
        calendars = {place: own for own, place in enumerate(self._calendars)}
        tables, runs = self._tables, [run for node in self._inner for run in self._runs(node)]
        nodes = {
            "level": [self._level_of[self._live[node][0]] for node in self._inner],
            "runs": [len(self._live[node][1]) for node in self._inner],
            "end": [end for end, _ in runs],
            "child": [child for _, child in runs],
        }
        return {
            "format": FORMAT,
            "rules": {**about, **self._said},
            "levels": [_by_calendar(tables["levels"][level], calendars) for level in self._plan["levels"]],
            "ends": [tables["ends"][node] for node in self._ends],
            "nodes": nodes,
            "roots": {name: self._root(root, calendars) for name, root in self._roots.items()},
            "left_out": self._plan["left_out"],
            "calendars": [tables["calendars"][place] for place in self._calendars],
        }

    def _root(self, root: Json, calendars: Mapping[int, int]) -> Json:
        moved = (_by_calendar(case, calendars) for case in root["cases"])
        cases = [
            {**case, "sum": sorted(case["sum"], key=canonical), "when": self._numbers[case["when"]]} for case in moved
        ]
        return {
            "answer": self._numbers[root["answer"]],
            "items": [self._numbers[node] for node in root["items"]],
            "rules": [self._numbers[node] for node in root["rules"]],
            "cases": cases,
        }


def _said(tables: Json, listed: Any) -> Any:
    said = tables["said"]
    if isinstance(listed, dict):
        return {name: said[place] for name, place in listed.items()}
    return [said[place] for place in listed]


def _nodes_of(root: Json) -> list[int]:
    return [root["answer"], *root["items"], *root["rules"], *(case["when"] for case in root["cases"])]


def _below(tables: Json, nodes: Iterable[int]) -> dict[int, tuple[int, Runs]]:
    """Return every node to which some lead, themselves too, each with its level and its runs; an end has none."""
    ends, table = len(tables["ends"]), tables["nodes"]
    starts = [0]
    for count in table["runs"]:
        starts.append(starts[-1] + count)
    found: dict[int, tuple[int, Runs]] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        if node < ends:
            found[node] = (-1, ())
            continue
        first, last = starts[node - ends], starts[node - ends + 1]
        runs = tuple(zip(table["end"][first:last], table["child"][first:last], strict=True))
        found[node] = (table["level"][node - ends], runs)
        waiting += [child for _, child in runs]
    return found


def _rank(end: Any) -> tuple[int, str, int]:
    """Return where an end stands: the truths, the marks by name, then values by their bits."""
    if isinstance(end, bool):
        return (0, "", int(end))
    return (1, end, 0) if isinstance(end, str) else (2, "", sum(1 << place for place in end))
