"""A bundle followed with nothing but its file: no part of the library, so that any language could do the same."""

import datetime
import json
import re
import zlib
from pathlib import Path
from typing import Any

from tests.plan_walker import Given, Walker

NEXT = re.compile(r"next_day\(\[([0-9,]+)\],([0-9]+)\)")


class BundleWalker:
    """Finds rules by place and day, follows complete records through their plan, and reads their texts."""

    def __init__(self, path: Path) -> None:
        name, head, rest = path.read_bytes().split(b"\n", 2)
        assert name == b"cso-rules bundle 1"
        content = zlib.decompress(rest[: json.loads(head)["size"]])
        self.rules, self.plans = map(json.loads, content.splitlines())

    def entry(self, code: str, day: datetime.date, entity: str | None = None) -> dict[str, int]:
        """Return where the policy and the plan of a place and day stand."""
        while code and code not in self.rules["places"]:
            assert code not in self.rules["elsewhere"], "its own rules are left out"
            code = code[:-1]
        for period in self.rules["places"][code or "cn"]:
            if period["from"] <= str(day) and (period["until"] is None or str(day) < period["until"]):
                found: dict[str, int] = period["about"][entity or self.rules["subject"]]
                return found
        raise KeyError(day)

    def answer(self, entry: dict[str, int], day: datetime.date, decision: str, given: Given) -> object:
        """Return what a decision comes to for a complete record on a day."""
        plan = self.plans["plans"][entry["plan"]]
        names = [self.plans["said"][place]["name"] for place in self.plans["lists"][plan["decisions"]]]
        roots = {
            name: self.plans["roots"][place]
            for name, place in zip(names, plan["roots"], strict=True)
            if place is not None
        }
        facts = self.plans["lists"][plan["facts"]]
        days = {name: found.toordinal() for name in facts if (found := day_for(name, day))}
        whole = Walker(json.dumps({**self.plans, "format": 1, "roots": roots}))
        return whole.answer(decision, {**given, **days})

    def value(self, place: int) -> Any:
        """Return what a part stands for: an object of the model as a dictionary."""
        part = self.rules["parts"][place]
        if isinstance(part, dict):
            return int(part["number"])
        if not isinstance(part, list):
            return part
        kind, *held = part
        values = [self.value(other) for other in held]
        match kind:
            case "tuple" | "frozenset":
                return values
            case "dict":
                return dict(zip(values[::2], values[1::2], strict=True))
            case "date" | "Decimal":
                return values[0]
            case _:
                return dict(zip(self.rules["kinds"][kind], values, strict=True))


def day_for(name: str, day: datetime.date) -> datetime.date | None:
    """Return the day for which a fact stands; None for a fact that somebody has to tell."""
    found = NEXT.fullmatch(name)
    if found is None:
        return day if name == "as_of" else None
    months = list(map(int, found[1].split(",")))
    while day.month not in months or day.day != int(found[2]):
        day += datetime.timedelta(days=1)
    return day
