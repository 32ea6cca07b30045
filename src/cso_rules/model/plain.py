"""Model values as plain data and back: what is kept of a policy, without pickle and without positions in rule files.

Equal parts stand once, and each part after what it is made of: a text, number, truth or nothing as it is, anything
else as the name of its kind and the places of what it holds. So a policy is rebuilt in one pass, and what was one
citation is one object again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any

import attrs

from cso_rules.model import civil_dates, decisions, expressions, instruments, origins, policy, presentation, types

_MODULES = (types, instruments, civil_dates, origins, expressions, decisions, presentation, policy)

Parts = Sequence[Any]
MOST_MET = 1 << 17
"""So many objects are known by themselves; equal ones have the same place in any case."""


class Shared:
    """The parts of several values; what is equal stands once for all of them."""

    def __init__(self) -> None:
        """Start with none."""
        self._places: dict[tuple[Any, ...], int] = {}
        self._met: dict[int, tuple[object, int]] = {}

    def add(self, value: object) -> int:
        """Return the place of a value, which is put behind its parts where it is new."""
        met = self._met.get(id(value))
        if met is not None:
            return met[1]
        name, held = _taken_apart(value)
        key = (type(value), value) if name is None else (name, *map(self.add, held))
        place = self._places.setdefault(key, len(self._places))
        if held:
            if len(self._met) >= MOST_MET:
                self._met.clear()
            self._met[id(value)] = value, place  # which is held, so that its identity stays taken
        return place

    @property
    def parts(self) -> Parts:
        """Every part in its place."""
        return tuple(key[1] if isinstance(key[0], type) else key for key in self._places)


def plain(value: object) -> Parts:
    """Return the parts of a value, the value itself last."""
    shared = Shared()
    shared.add(value)
    return shared.parts


def rebuilt(parts: Parts) -> Any:
    """Return the value that plain parts stand for.

    Raises:
        ValueError, TypeError, KeyError, IndexError: They are no parts of a value.
    """
    made: list[Any] = []
    builders, part_at = _builders(), made.__getitem__
    for part in parts:  # not at once: each is made of those before it
        is_made_of_others = isinstance(part, tuple)
        made.append(builders[part[0]](map(part_at, part[1:])) if is_made_of_others else part)
    return made[-1]


class Rebuilt:
    """The values that shared parts stand for, each made when it is asked for; equal parts are one object."""

    def __init__(self, parts: Parts) -> None:
        """Keep the parts."""
        self._parts = parts
        self._made: dict[int, Any] = {}

    def at(self, place: int) -> Any:
        """Return the value in a place.

        Raises:
            ValueError, TypeError, KeyError, IndexError: There is none, or it is no part of a value.
        """
        builders, parts, made = _builders(), self._parts, self._made
        for needed in sorted(self._beneath(place)):  # each is made of those before it
            part = parts[needed]
            is_made_of_others = isinstance(part, tuple | list)
            made[needed] = builders[part[0]](map(made.__getitem__, part[1:])) if is_made_of_others else part
        return made[place]

    def _beneath(self, place: int) -> set[int]:
        """Return the places of what is not made yet and needed, the value itself too."""
        found, waiting = set[int](), [place]
        while waiting:
            one = waiting.pop()
            if one in self._made or one in found:
                continue
            part = self._parts[one]
            held = part[1:] if isinstance(part, tuple | list) else ()
            if not all(type(other) is int and 0 <= other < one for other in held):
                message = f"part {one}"
                raise ValueError(message)
            found.add(one)
            waiting += held
        return found


def fields_of(parts: Parts) -> dict[str, tuple[str, ...]]:
    """Return what each kind of part holds, by the names of its fields; others are left out."""
    used = {part[0] for part in parts if isinstance(part, tuple | list)}
    return {kind.__name__: fields for kind, fields in _fields().items() if kind.__name__ in used}


def _taken_apart(value: Any) -> tuple[str | None, Sequence[Any]]:
    """Return the name of what a value is, and what it holds; no name for what is plain already."""
    match value:
        case tuple():
            return "tuple", value
        case frozenset():
            return "frozenset", sorted(value, key=repr)
        case dict():
            return "dict", [part for pair in value.items() for part in pair]
        case datetime.date():
            return "date", (value.toordinal(),)
        case Decimal():
            return "Decimal", (str(value),)
        case None | bool() | int() | str():
            return None, ()
        case _:
            return type(value).__name__, [getattr(value, name) for name in _fields()[type(value)]]


@cache
def _fields() -> Mapping[type, tuple[str, ...]]:
    """Return the fields of every class of the model, positions left out."""
    values = (value for module in _MODULES for value in vars(module).values())
    kinds = {value for value in values if isinstance(value, type) and attrs.has(value)}
    return {kind: tuple(field.name for field in attrs.fields(kind) if field.name != "span") for kind in kinds}


@cache
def _builders() -> Mapping[str, Callable[[Iterator[Any]], Any]]:
    return {
        "tuple": tuple,
        "frozenset": frozenset,
        "dict": lambda held: dict(zip(held, held, strict=True)),
        "date": lambda held: datetime.date.fromordinal(*held),
        "Decimal": lambda held: Decimal(*held),
        **{kind.__name__: partial(_instance, kind, fields) for kind, fields in _fields().items()},
    }


def _instance(kind: type, fields: tuple[str, ...], held: Iterator[Any]) -> Any:
    return kind(**dict(zip(fields, held, strict=True)))
