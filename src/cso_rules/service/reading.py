"""Bodies and parameters of requests, read strictly.

In come bytes; out goes what was asked, as plain values. Guaranteed: every fault is told with its place, a key that is
not known is never passed over, and numbers are exact.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from cso_rules.engine.facts import JUDGEMENT_KEYS
from cso_rules.model.spelling.strict_json import JsonError, Repeated, parsed
from cso_rules.model.types import Between, OneOf, SomeOf
from cso_rules.service.problems import LONGEST_KEY, MOST_FAULTS, Fault, Problem, fault, pointer

DEEPEST: Final = 32
"""Levels of objects and lists in a body."""
LONGEST_TEXT: Final = 10_000
"""Letters of a text in a body."""
Place = tuple[str | int, ...]


class _NoNumber:
    """What stands for a number that is none, or too long."""


def document(body: bytes, within: Place = ()) -> Any:
    """Return what a body of JSON says.

    Args:
        body: The bytes.
        within: Where the body stands in what was sent.

    Raises:
        Problem: It is no JSON, or not such as can be read exactly.
    """
    if not body.strip():
        raise Problem("bad-json", [fault("empty", pointer=pointer(*within))])
    try:
        found = parsed(body.decode("utf-8-sig"), lambda *_: _NoNumber())
    except (ValueError, RecursionError) as error:
        raise Problem("bad-json", [_unread(error, pointer(*within))]) from None
    faults = [each for each, _ in zip(_unsound(found, within), range(MOST_FAULTS), strict=False)]
    if faults:
        raise Problem("bad-json", faults)
    return found


def _unread(error: Exception, place: str) -> Fault:
    match error:
        case UnicodeDecodeError():
            return fault("not-utf-8", pointer=place, parts={"byte": error.start + 1})
        case json.JSONDecodeError():
            return fault("not-json", pointer=place, parts={"line": error.lineno, "column": error.colno})
        case JsonError() | RecursionError():
            return fault("too-deep", pointer=place, parts={"most": DEEPEST})
        case _:
            return fault("not-json", pointer=place, parts={"line": 1, "column": 1})


def _unsound(found: Any, place: Place) -> Iterator[Fault]:
    """Yield what no body may hold, without recursion."""
    left: list[tuple[Any, Place, int]] = [(found, place, 1)]
    while left:
        part, where, depth = left.pop()
        if isinstance(part, _NoNumber):
            yield fault("no-number", pointer=pointer(*where))
        elif isinstance(part, str):
            if _is_broken(part):
                yield fault("half-a-character", pointer=pointer(*where))
            elif len(part) > LONGEST_TEXT:
                yield fault("too-long", pointer=pointer(*where), parts={"most": f"{LONGEST_TEXT:,}"})
        elif isinstance(part, dict | list):
            if depth > DEEPEST:
                yield fault("too-deep", pointer=pointer(*where), parts={"most": DEEPEST})
                continue
            if isinstance(part, Repeated):
                yield fault("repeated-key", pointer=pointer(*where))
            if isinstance(part, dict) and any(map(_is_broken, part)):
                yield fault("half-a-character", pointer=pointer(*where))
                continue
            inner = part.items() if isinstance(part, dict) else enumerate(part)
            left += [(value, (*where, key), depth + 1) for key, value in reversed([*inner])]


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


# ------------------------------------------------------------------------------------------------ objects


@attrs.define
class Faults:
    """What is wrong with a body, found one after the other."""

    found: list[Fault] = attrs.field(factory=list)

    def add(self, code: str, *place: str | int, **more: Any) -> None:
        """Keep a fault of a place in the body."""
        self.found.append(fault(code, pointer=pointer(*place), **more))

    def refuse(self, kind: str = "bad-request") -> None:
        """Refuse the request if anything is wrong.

        Raises:
            Problem: Something is.
        """
        if self.found:
            raise Problem(kind, self.found)

    def keys(self, found: Any, needed: Collection[str], further: Collection[str], *place: str | int) -> bool:
        """Tell whether something is an object with these keys; keep what is wrong with it."""
        if not isinstance(found, dict):
            self.add("not-an-object", *place)
            return False
        known = ", ".join((*needed, *further))
        for key in found.keys() - {*needed, *further}:
            self.add("unknown-key", *place, key, parts={"known": known})
        for key in needed:
            if key not in found:
                self.add("missing-key", *place, parts={"name": key})
        return found.keys() >= set(needed)

    def object(self, found: Any, *place: str | int) -> dict[str, Any]:
        """Return an object; an empty one, with a fault, in the place of something else."""
        if isinstance(found, dict):
            return found
        self.add("not-an-object", *place)
        return {}

    def text(self, found: Any, most: int, *place: str | int) -> str:
        """Return a text of so many letters at most."""
        if not isinstance(found, str):
            self.add("not-a-text", *place)
            return ""
        if len(found) > most:
            self.add("too-long", *place, parts={"most": most})
        return found


def facts_in(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as the engine takes them: what is known in part, as an answer shows it, becomes that."""
    return {name: _said(value) for name, value in found.items()}


def _said(value: Any) -> Any:
    """Return a value; 60.0 is 60, as JSON Schema has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return _in_part(value) if isinstance(value, dict) else value


def _in_part(value: dict[str, Any]) -> Any:
    """Return bounds of a number or day, a set known in part, or one of several values; everything else as it is."""
    if value and value.keys() <= {"low", "high"}:
        return Between(low=_said(value.get("low")), high=_said(value.get("high")))
    if value and value.keys() <= {"sure", "possible"}:
        sure, possible = value.get("sure", []), value.get("possible")
        if _are_names(sure) and (possible is None or _are_names(possible)):
            return SomeOf(sure=frozenset(sure), possible=None if possible is None else frozenset(possible))
    if value.keys() == {"one_of"} and _are_names(value["one_of"]):
        return OneOf(frozenset(value["one_of"]))
    if "value" in value and value.keys() <= JUDGEMENT_KEYS:
        return {**value, "value": _said(value["value"])}
    return value


def _are_names(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(name, str) for name in found)


# --------------------------------------------------------------------------------------------- parameters


def parameters(pairs: Collection[tuple[str, str]], known: Collection[str]) -> dict[str, str]:
    """Return the parameters of an address.

    Raises:
        Problem: One is not known, or stands twice.
    """
    faults, found = [], dict[str, str]()
    for name, value in pairs:
        if name not in known:
            own = name if len(name) <= LONGEST_KEY else ""
            faults.append(fault("unknown-parameter", parameter=own, parts={"known": ", ".join(known) or "-"}))
        elif name in found:
            faults.append(fault("repeated-parameter", parameter=name))
        elif not value:
            faults.append(fault("empty-parameter", parameter=name))
        found[name] = value
    if faults:
        raise Problem("bad-request", faults)
    return found
