"""A plan followed with nothing but its text: no part of the library, so that any language could do the same."""

import datetime
import json
from bisect import bisect_right
from itertools import accumulate
from typing import Any

Given = dict[str, int | set[int]]
"""Everything about one organization: the place of a value, the places of members, a scaled number or an ordinal."""


class Walker:
    """Follows complete records through a plan."""

    def __init__(self, text: str) -> None:
        self.document = json.loads(text)
        assert self.document["format"] == 1
        self.ends = self.document["ends"]
        self.nodes = self.document["nodes"]
        self.first = [0, *accumulate(self.nodes["runs"])]

    def answer(self, decision: str, given: Given) -> object:
        """Return the value of a decision, the places of the items of a list, or the name of a mark."""
        root = self.document["roots"][decision]
        end = self.end(root["answer"], given)
        if isinstance(end, str):
            return end
        if root["cases"]:
            return next(self.total(case, given) for case in root["cases"] if self.end(case["when"], given) is True)
        if isinstance(end, list):
            return end
        return [place for place, item in enumerate(root["items"]) if self.end(item, given) is True]

    def rules(self, decision: str, given: Given) -> set[int]:
        """Return the places of the rules that hold."""
        rules = self.document["roots"][decision]["rules"]
        return {place for place, rule in enumerate(rules) if self.end(rule, given) is True}

    def end(self, node: int, given: Given) -> Any:
        """Return where a diagram ends: from each node through the run in which the variable's cell lies."""
        while node >= len(self.ends):
            inner = node - len(self.ends)
            run, cell = self.first[inner], self.cell(self.document["levels"][self.nodes["level"][inner]], given)
            while self.nodes["end"][run] <= cell:
                run += 1
            node = self.nodes["child"][run]
        return self.ends[node]

    def cell(self, level: dict[str, Any], given: Given) -> int:
        """Return the cell of a variable in which a record lies."""
        if "sum" in level:
            return bisect_right([int(cut) for cut in level["cuts"]], self.total(level, given))
        value = given[level["variable"]]
        if isinstance(value, set):
            return int(level["member"] in value)
        return bisect_right([int(cut) for cut in level["cuts"]], value) if "cuts" in level else value

    def total(self, entry: dict[str, Any], given: Given) -> int:
        """Return a sum: of a level, or of a number that is computed."""
        return int(entry.get("constant", 0)) + sum(
            int(term["times"]) * self.moved(self.value(term["variable"], given), term.get("moved", ()))
            for term in entry["sum"]
        )

    def value(self, variable: str, given: Given) -> Any:
        """Return a number or date: a fact, or what is computed of facts."""
        return given[variable] if variable in given else self.answer(variable, given)

    def moved(self, day: Any, shifts: list[dict[str, int]]) -> int:
        """Return a date after all its shifts; any other number as it is."""
        for shift in shifts:
            day = within(self.working_day(day, shift) if "calendar" in shift else months_later(day, shift))
        return int(day)

    def working_day(self, day: int, shift: dict[str, int]) -> int:
        """Return the working day that comes so many working days later."""
        calendar = self.document["calendars"][shift["calendar"]]
        exceptions, left = set(calendar["exceptions"]), shift["working_days"]
        while left:
            day += 1
            left -= (datetime.date.fromordinal(day).weekday() >= 5) is (day in exceptions)
        return day


def months_later(day: int, shift: dict[str, int]) -> int:
    """Return the same day of another month, or its last day, and then so many days later."""
    date = datetime.date.fromordinal(day)
    year, month = divmod(date.year * 12 + date.month - 1 + shift["months"], 12)
    last = (datetime.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - datetime.timedelta(1)).day
    return datetime.date(year, month + 1, min(date.day, last)).toordinal() + shift["days"]


def within(day: int) -> int:
    """Return the nearest of the days that the rules know: 1900-01-01 to 2200-01-01."""
    return min(max(day, datetime.date(1900, 1, 1).toordinal()), datetime.date(2200, 1, 1).toordinal())
