"""What the program takes from a list, beside what a careful reader takes from it: what is wrong, and what is missed."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import yaml

from cso_rules import load_policy
from cso_rules.errors import CsoRulesError
from cso_rules.model.policy import Policy
from cso_rules.model.types import Between, Domain, OneOf, SomeOf, Type, Value
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.opening import Where
from tests.tables.both_ways import Read, one_by_one

HERE = Path(__file__).parent
DAY = datetime.date(2018, 6, 1)
_SPACE = re.compile(r"\s+")


@attrs.define
class Verdict:
    """How a list was read.

    Attributes:
        wrong: Organizations lost or added, and values that the list does not say.
        missed: Values that the list says and that were not read, or wider than it says.
        right: How many values were read as the list says them.
    """

    wrong: list[str] = attrs.field(factory=list)
    missed: list[str] = attrs.field(factory=list)
    right: int = 0


@cache
def policy() -> Policy:
    return load_policy("cn", as_of=DAY)


def truth_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / "truths" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@cache
def taken(name: str, sheet_name: str | None = None) -> Read | CsoRulesError:
    """Return how the list was read, or why it was not."""
    try:
        return one_by_one(HERE / "files" / name, policy(), where=Where(sheet=sheet_name))
    except CsoRulesError as error:
        return error


@cache
def judged(name: str) -> Verdict:
    """Compare what is read from a list with its truth, sheet by sheet where tables stand on several."""
    truth, verdict = truth_of(name), Verdict()
    sheets = dict.fromkeys(table.get("sheet") for table in truth.get("tables") or [{}])
    for sheet in sheets:
        own = [table for table in truth.get("tables") or [truth] if len(sheets) == 1 or table["sheet"] == sheet]
        _judge_sheet(verdict, name, {**truth, "tables": own[1:] and own}, own, sheet)
    return verdict


def _judge_sheet(
    verdict: Verdict, name: str, truth: Mapping[str, Any], tables: list[Mapping[str, Any]], sheet: str | None
) -> None:
    found = taken(name, sheet)
    wanted = [(table, each) for table in tables for each in table.get("organizations", ())]
    if isinstance(found, CsoRulesError):
        if wanted:
            verdict.missed.append(f"file not read: {found}")
        return
    numbers = _record_numbers(name)
    items = {numbers.get(item.number, item.number): item for item in found[0]}
    by_row = {each["row"]: (table, each) for table, each in wanted if "row" in each}
    if truth.get("forms"):
        by_row = dict(zip(items, wanted, strict=False))
    verdict.wrong += [f"row {row}: no organization: {items[row].name!r}" for row in items.keys() - by_row.keys()]
    lost = [f"row {row}: lost: {each['name']!r}" for row, (_, each) in by_row.items() if row not in items]
    (verdict.missed if truth.get("tables") else verdict.wrong).extend(lost)
    for row in items.keys() & by_row.keys():
        _judge_row(verdict, items[row], *by_row[row])


def _record_numbers(name: str) -> dict[int, int]:
    """Return which record of a CSV file begins on each line; a cell may hold line ends."""
    truth, found, line = truth_of(name), dict[int, int](), 1
    if not name.endswith(".csv"):
        return found
    text = (HERE / "files" / name).read_text(encoding=truth.get("encoding", "utf-8-sig"))
    records = csv.reader(io.StringIO(text, newline=""), delimiter=truth["separator"].replace("tab", "\t"))
    for number, _ in enumerate(records, start=1):
        found[line], line = number, records.line_num + 1
    return found


def _judge_row(verdict: Verdict, item: Answered | Refused, table: Mapping[str, Any], each: Mapping[str, Any]) -> None:
    if isinstance(item, Refused):
        verdict.missed.append(f"row {item.number}: refused: {[problem.reason.en for problem in item.problems]}")
        return
    name = "" if each.get("name") is None else str(each["name"])
    if _bare(item.name) != _bare(name):
        place = verdict.wrong if item.name else verdict.missed
        place.append(f"row {item.number}: name {item.name!r}, not {name!r}")
    said = {**table.get("common", {}), **each.get("facts", {})}
    may, facts = each.get("may", {}), item.determination.facts
    for fact, value in facts.items():
        kind = policy().facts[fact].type
        read = kind.encode(value) if kind.kind != "text" else None
        if fact not in said and fact not in may:
            verdict.wrong.append(f"row {item.number}: {fact} = {value!r}, which nothing says")
        elif read is not None and not any(_holds(kind, read, each[fact]) for each in (said, may) if fact in each):
            verdict.wrong.append(f"row {item.number}: {fact} = {value!r}, not {said.get(fact, may.get(fact))!r}")
        elif fact in said:
            verdict.right += 1
    unread = [fact for fact in said if fact not in facts]
    verdict.missed += [f"row {item.number}: {fact} = {said[fact]!r}" for fact in unread]


def _bare(text: str) -> str:
    return _SPACE.sub("", text)


def _holds(kind: Type, read: Domain, said: Any) -> bool:
    """Tell whether what was read leaves possible all that the list says, and, if that is one value, nothing else."""
    true = kind.encode(_value(kind, said))
    if isinstance(read, tuple):
        assert isinstance(true, tuple)
        if kind.kind == "set":
            return read[0] & ~true[0] == 0 and true[1] & ~read[1] == 0
        return read[0] <= true[0] and true[1] <= read[1]
    assert isinstance(true, int)
    return true & ~read == 0


def _value(kind: Type, said: Any) -> Value:
    if isinstance(said, dict):
        if "one_of" in said:
            return OneOf(frozenset(said["one_of"]))
        if "surely" in said:
            return SomeOf(sure=frozenset(said["surely"]), possible=None if said.get("possibly") else frozenset())
        low, high = (_number(kind, said[end]) if end in said else None for end in ("at_least", "at_most"))
        return Between(low=low, high=high)
    if kind.kind == "set":
        return frozenset(said)
    found: Value = said if kind.kind in {"boolean", "enumeration"} else _number(kind, said)
    return found


def _number(kind: Type, said: Any) -> Any:
    if kind.kind == "date":
        return datetime.date.fromisoformat(said)
    return said if kind.kind == "integer" else Decimal(str(said))


def lists() -> Iterator[str]:
    """Yield the names of all lists."""
    yield from sorted(path.name for path in (HERE / "files").iterdir())
