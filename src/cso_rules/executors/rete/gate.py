"""What may reach the C library: positive rules over integers and names made here, within limits that it survives.

In come rules and facts as whole numbers; out go the JSON texts that the library reads. Guaranteed: a text holds nothing
that somebody wrote, every number and every count is in bounds, and whatever is not is refused here, before C sees it.

A *mark* is something that is so or is not derived; a *slot* holds one number. A rule derives a mark from other marks,
or from one slot that is at least, or at most, a constant. There is no negation, no retraction and no text.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import attrs

START: Final = 0
"""The mark that is always given; the rule that waits for it fires once in every session."""

AT_LEAST: Final = 0
AT_MOST: Final = 1
_OPERATORS: Final = {AT_LEAST: "$gte", AT_MOST: "$lte"}

MOST_RULES: Final = 4000
MOST_PREMISES: Final = 8
MOST_USERS: Final = 250
"""Rules that wait for the same mark."""
MOST_BOUNDS: Final = 50
"""Comparisons of one slot; a quantity with more is given in several slots."""
MOST_SLOTS: Final = 300
MARKS_A_GROUP: Final = 200
MOST_GROUPS: Final = 100
MOST_MARKS: Final = MARKS_A_GROUP * MOST_GROUPS
GREATEST: Final = 1 << min(62, struct.calcsize("l") * 8 - 2)
"""Numbers are smaller than this in size, for the library reads constants into a C `long`."""

SESSION: Final = "0"
FIELDS: Final = ("sid", "id", "g", "v", "$s")
ALIASES: Final = tuple(f"m{place}" for place in range(MOST_PREMISES))
_FIRST_MARK_ID: Final = 1_000_000
_FIRST_GROUP: Final = 1000
_FNV_BASIS: Final = 2166136261
_FNV_PRIME: Final = 16777619
_START_RULE: Final = "start"

Marks = tuple[int, ...]
Bound = tuple[int, int, int]
"""A slot, `AT_LEAST` or `AT_MOST`, a constant."""
Measure = tuple[int, int]
"""A slot and its number."""


class GateError(ValueError):
    """Something that the C library must not see."""


@attrs.frozen
class Horn:
    """The head is derived when every mark is there and the bound, if there is one, holds."""

    head: int
    marks: Marks = ()
    bound: Bound | None = None


def rule_set_text(rules: Sequence[Horn]) -> str:
    """Return the JSON text of a rule set.

    Raises:
        GateError: The rules are no rules of this narrow kind, or leave the limits.
    """
    _check_rules(rules)
    written = {_START_RULE: {"all": [_condition(0, START)]}}
    written |= {f"r{number}": {"all": list(_conditions(rule))} for number, rule in enumerate(rules)}
    return json.dumps(written)


def rule_fired(messages: str) -> int | None:
    """Return the number of the rule that a message of the library names, None for the start."""
    name = messages[2 : messages.index('"', 2)]
    return None if name == _START_RULE else int(name[1:])


def mark_text(mark: int) -> str:
    """Return a mark as the JSON text of a fact.

    Raises:
        GateError: It is no mark.
    """
    _check_mark(mark)
    return _checked_mark_text(mark)


def fact_texts(marks: Sequence[int], measures: Sequence[Measure]) -> list[str]:
    """Return what is given in a session, with its start, as the JSON texts of facts.

    Raises:
        GateError: A fact is none, a number is too large, or two facts have one identity.
    """
    texts = [*map(mark_text, (START, *marks)), *map(_measure_text, measures)]
    if len(set(marks)) < len(marks) or len({slot for slot, _ in measures}) < len(measures) or START in marks:
        raise GateError("a fact is given twice")
    return texts


def hash_of(text: str) -> int:
    """Return the 32-bit hash by which the library tells names and identities apart, without comparing the texts."""
    value = _FNV_BASIS
    for byte in text.encode():
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value


def check_names(names: Iterable[str]) -> None:
    """Refuse names that the library could not tell apart.

    Raises:
        GateError: Two names have one hash.
    """
    seen: dict[int, str] = {}
    for name in names:
        if seen.setdefault(hash_of(name), name) != name:
            raise GateError(f"the names {seen[hash_of(name)]} and {name} have one hash")


def _fact(identity: int, group: int, value: int) -> str:
    return f'{{"sid":"{SESSION}","id":"{identity}","g":{group},"v":{value}}}'


@lru_cache(maxsize=MOST_MARKS)
def _checked_mark_text(mark: int) -> str:
    return _fact(_mark_id(mark), _group(mark), mark)


def _measure_text(measure: Measure) -> str:
    slot, number = _pair(measure)
    _check_slot(slot)
    _check_number(number)
    return _fact(slot, slot, number)


def _conditions(rule: Horn) -> Iterator[dict[str, object]]:
    yield from (_condition(place, mark) for place, mark in enumerate(rule.marks))
    if rule.bound is not None:
        slot, operator, constant = rule.bound
        compared = {_OPERATORS[operator]: {"v": constant}}
        yield {ALIASES[len(rule.marks)]: {"$and": [{"g": slot}, compared]}}


def _condition(place: int, mark: int) -> dict[str, object]:
    return {ALIASES[place]: {"$and": [{"g": _group(mark)}, {"v": mark}]}}


def _check_rules(rules: Sequence[Horn]) -> None:
    if not isinstance(rules, tuple | list) or not 0 < len(rules) <= MOST_RULES:
        raise GateError(f"a rule set holds 1 to {MOST_RULES} rules")
    for rule in rules:
        _check_rule(rule)
    users = Counter(mark for rule in rules for mark in rule.marks)
    if users and max(users.values()) > MOST_USERS:
        raise GateError(f"more than {MOST_USERS} rules wait for one mark")
    bounds = {rule.bound for rule in rules if rule.bound is not None}
    slots = Counter(slot for slot, _, _ in bounds)
    if slots and max(slots.values()) > MOST_BOUNDS:
        raise GateError(f"more than {MOST_BOUNDS} comparisons of one slot")
    marks = {START, *users, *(rule.head for rule in rules)}
    check_names([*FIELDS, *ALIASES, *map(str, slots), *(str(_mark_id(mark)) for mark in marks)])


def _check_rule(rule: Horn) -> None:
    if type(rule) is not Horn or type(rule.marks) is not tuple:
        raise GateError("no rule of this kind")
    _check_mark(rule.head)
    for mark in rule.marks:
        _check_mark(mark)
    size = len(rule.marks) + (rule.bound is not None)
    if rule.head == START or not 0 < size <= MOST_PREMISES or len(set(rule.marks)) < len(rule.marks):
        raise GateError(f"a rule has 1 to {MOST_PREMISES} different premises and derives no start")
    if rule.bound is not None:
        _check_bound(rule.bound)


def _check_bound(bound: Bound) -> None:
    if type(bound) is not tuple or [type(part) for part in bound] != [int, int, int]:
        raise GateError("a bound is three whole numbers")
    slot, operator, constant = bound
    _check_slot(slot)
    _check_number(constant)
    if operator not in _OPERATORS:
        raise GateError("a slot is at least or at most a constant, nothing else")


def _pair(measure: Measure) -> Measure:
    if type(measure) is not tuple or len(measure) != 2:  # noqa: PLR2004 - a slot and a number
        raise GateError("a measure is a slot and a number")
    return measure


def _check_mark(mark: int) -> None:
    if type(mark) is not int or not 0 <= mark < MOST_MARKS:
        raise GateError(f"a mark is a whole number below {MOST_MARKS}")


def _check_slot(slot: int) -> None:
    if type(slot) is not int or not 0 <= slot < MOST_SLOTS:
        raise GateError(f"a slot is a whole number below {MOST_SLOTS}")


def _check_number(number: int) -> None:
    # Not `isinstance`: the library takes true for 1, and a subclass may print itself as anything.
    if type(number) is not int or not -GREATEST < number < GREATEST:
        raise GateError(f"a number is whole and smaller in size than {GREATEST}")


def _group(mark: int) -> int:
    return _FIRST_GROUP + mark // MARKS_A_GROUP


def _mark_id(mark: int) -> int:
    return _FIRST_MARK_ID + mark
