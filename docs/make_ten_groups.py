# ruff: noqa: INP001
"""Write docs/explanation/ten-groups.md, typical groups through the years: python docs/make_ten_groups.py."""

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import yaml

from cso_rules import determine, load_policy
from cso_rules.determination import Determination, Outcome
from cso_rules.explanation.words import Words
from cso_rules.loader.packages import package_path

DOCS = Path(__file__).parent
PAGE = DOCS / "explanation" / "ten-groups.md"
GROUPS = DOCS / "explanation" / "ten-groups.yaml"
DAYS = tuple(map(datetime.date.fromisoformat, ("2018-06-01", "2020-12-06", "2020-12-07", "2025-05-01", "2026-11-26")))
HEAD = """# Ten groups through the years

What the national rules say of ten typical groups on five days: before the plan of December 2020, on the day before and
the day of it, on the first day of the measures against illegal social organizations, and today. Facts stand in
`ten-groups.yaml` beside this page; what they do not say is unknown. `python docs/make_ten_groups.py` writes the page;
do not edit it by hand. A test works it out again.

Where several tiers stand in one cell, the facts or the law leave them open.
"""


@attrs.frozen
class Told:
    """What the rules of a day say of a group, each in words, and the provisions on which the tier rests."""

    tiers: tuple[str, ...]
    bodies: tuple[str, ...]
    warnings: tuple[str, ...]
    provisions: tuple[str, ...]


def page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    for place, group in enumerate(yaml.safe_load(GROUPS.read_text(encoding="utf-8")), start=1):
        yield f"## {place}. {group['zh']}: {group['en']}\n"
        told = [_told(day, group) for day in DAYS]
        yield "| day | tier | who is responsible | to point out |\n|---|---|---|---|"
        for day, own in zip(DAYS, told, strict=True):
            yield f"| {day} | {' or '.join(own.tiers)} | {_listed(own.bodies)} | {_listed(own.warnings)} |"
        yield ""
        yield from _changes(told)


def _listed(words: tuple[str, ...]) -> str:
    return "; ".join(words) or "none"


def _changes(told: list[Told]) -> Iterator[str]:
    """Yield what begins and ends on each day, and the provisions on which the tier rests from then on."""
    yield f"- {DAYS[0]}: The tier rests on {_listed(told[0].provisions)}."
    for day, before, now in zip(DAYS[1:], told[:-1], told[1:], strict=True):
        pairs = [(getattr(before, part), getattr(now, part)) for part in ("tiers", "bodies", "warnings")]
        begins = [word for old, new in pairs for word in new if word not in old]
        ends = [word for old, new in pairs for word in old if word not in new]
        parts = [f"{name} {_listed(tuple(words))}" for name, words in (("New:", begins), ("No longer:", ends)) if words]
        if now.provisions != before.provisions:
            parts.append(f"The tier rests on {_listed(now.provisions)}")
        yield f"- {day}: {'. '.join(parts) or 'Nothing changes'}."
    yield ""


def _told(day: datetime.date, group: Mapping[str, Any]) -> Told:
    policy = load_policy("cn", as_of=day)
    found = determine(policy, _facts(group))
    words = Words(policy, "en")
    bodies = [_row(words, columns, truth.value) for _, columns, truth in found["responsibilities"].items]
    ending = found["cancellation_required"]
    must_end = [ending.decision.label.en] if ending.value is True else []
    return Told(
        tiers=tuple(words.value("tier", value) for value in found["tier"].possible),
        bodies=tuple(dict.fromkeys(bodies)),
        warnings=(*_held(found, "warnings"), *must_end, *(amended.remark.en for amended in found["tier"].amended)),
        provisions=tuple(dict.fromkeys(_cited(found["tier"]))),
    )


def _facts(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a group: those of the packs of the scenarios that it names, then its own."""
    packs = yaml.safe_load((package_path("cn") / "scenarios" / "packs.yaml").read_text(encoding="utf-8"))["packs"]
    return {name: value for pack in group["include"] for name, value in packs[pack].items()} | group["facts"]


def _row(words: Words, columns: Mapping[str, str], truth: str) -> str:
    role, body = (words.column(*pair) for pair in columns.items())
    return f"{body} ({role})" if truth == "true" else f"perhaps {body} ({role})"


def _held(found: Determination, decision: str) -> Iterator[str]:
    for rule, _, truth in found[decision].items:
        yield rule.label.en if truth.value == "true" else f"perhaps: {rule.label.en}"


def _cited(outcome: Outcome) -> Iterator[str]:
    for citation in outcome.citations:
        yield f"{citation.instrument} {citation.provision}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
