"""The rules of some places on all days of a bundle, as one page holds them: what is equal stands once.

In comes a bundle; out go two documents. The first says which places and days there are, the second holds their rules:
texts in a pool, plans in the tables of the bundle, citations in one list. `opening.js` and `plans.js` read them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs

from cso_rules.bundle.opened import Bundle
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.given_days import given_days
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.page.rules_json import citations_json, published_addresses, told_json
from cso_rules.plan.kept.written import Json

Key: TypeAlias = tuple[object, ...]
REFERENCE: Final = ""
"""The only key of an object that stands for a part in the pool; no name is empty."""
SHORT: Final = 16
"""A part of so few letters is written where it is used."""


@attrs.frozen
class Held:
    """What a page holds.

    Attributes:
        places: The places that can be chosen: code, title, periods, each with the place of its rules.
        rules: The rules.
        title: What the notices of the first place are called; else what its rules are called.
    """

    places: list[Json]
    rules: Json
    title: Label


def held(bundle: Bundle, places: Collection[str], package: str | Path | None) -> Held:
    """Return the rules of places on all days of a bundle.

    Args:
        bundle: The rules.
        places: Codes; one without rules of its own has those of what it lies in.
        package: The package from which the bundle was built, which knows where instruments are published;
            None where its files are not there.
    """
    held = _Holding(bundle, package)
    listed = [held.place(code) for code in places]
    return Held(listed, held.rules(), held.titles[0])


class _Holding:
    """Rules on their way to the page."""

    def __init__(self, bundle: Bundle, package: str | Path | None) -> None:
        self._bundle, self._package = bundle, package
        self._cited: dict[Citation, int] = {}
        self._addresses: dict[str, str] = {}
        self._told: list[Json] = []
        self.titles: list[Label] = []

    def place(self, code: str) -> Json:
        periods = [self._period(code, period) for period in self._bundle.content["places"][self._bundle.nearest(code)]]
        return {"place": code, "periods": periods}

    def _period(self, code: str, period: Mapping[str, Any]) -> Json:
        about = period["about"][self._bundle.content["subject"]]
        policy = self._bundle.of_period(about["rules"])
        if code != NATIONAL:
            policy = attrs.evolve(policy, jurisdiction=code)
        if self._package is not None:
            self._addresses |= published_addresses(policy, self._package)
        self.titles.append(policy.presentation.notices.title or policy.title)
        days = {name: [day.months, day.day_of_month] for name, day in given_days(policy).items()}
        self._told.append({**told_json(policy, self._cited), "days": days, "plan": about["plan"]})
        return {"from": period["from"], "until": period["until"], "title": _title(policy), "rules": len(self._told) - 1}

    def rules(self) -> Json:
        """Return the rules of all places that were given."""
        pool = Pool()
        numbers = [pool.number(told) for told in self._told]
        cited = pool.number(citations_json(self._cited, self._addresses))
        parts, places = pool.parts([*numbers, cited])
        return {"parts": parts, "rules": places[:-1], "citations": places[-1], "plans": _nearby(self._bundle.plans)}


def _title(policy: Policy) -> list[str]:
    """Return what a place is called: by its rules, and by its code too where some level of it has none of its own."""
    zh, en, code = policy.title.zh, policy.title.en, policy.jurisdiction
    return [zh, en] if policy.place_notice is None else [f"{zh}（{code}）", f"{en} ({code})"]


def _nearby(plans: Json) -> Json:
    """Return the tables of plans with each inner child by its distance from the node, which has fewer letters."""
    nodes, ends = plans["nodes"], len(plans["ends"])
    parents = (ends + node for node, count in enumerate(nodes["runs"]) for _ in range(count))
    child = [own if own < ends else own - node for own, node in zip(nodes["child"], parents, strict=True)]
    return {**plans, "nodes": {**nodes, "child": child}}


class Pool:
    """JSON in which what stands in several places stands once: equal lists and objects have one number."""

    def __init__(self) -> None:
        """Start with none."""
        self._numbers: dict[Key, int] = {}
        self._parts: list[list[Any] | dict[str, Any]] = []
        self._uses: list[int] = []
        self._letters: list[int] = []

    def number(self, value: Any) -> int:
        """Return the number of a list or object; those in it get theirs."""
        if isinstance(value, dict):
            inner: Any = {name: self._inner(own) for name, own in value.items()}
            key: Key = ("object", *inner.items())
        else:
            inner = [self._inner(own) for own in value]
            key = ("list", *inner)
        if key in self._numbers:
            return self._numbers[key]
        letters = 2
        for kind, own in inner.values() if isinstance(inner, dict) else inner:
            letters += self._letters[own] if kind is None else len(str(own)) + 1
            if kind is None:
                self._uses[own] += 1
        self._numbers[key] = len(self._parts)
        self._parts.append(inner)
        self._uses.append(0)
        self._letters.append(letters + sum(map(len, value)) if isinstance(value, dict) else letters)
        return self._numbers[key]

    def _inner(self, value: Any) -> tuple[type | None, Any]:
        """Return a value with its type, so that one and true are told apart; a part by its number."""
        if isinstance(value, dict | list | tuple):
            return (None, self.number(value))
        return (type(value), value)

    def parts(self, roots: Collection[int]) -> tuple[list[Any], list[int]]:
        """Return the parts that are used more than once, and the places of some among them."""
        often = (number for number, uses in enumerate(self._uses) if uses > 1 and self._letters[number] > SHORT)
        kept = sorted({*often, *roots})
        places = {number: place for place, number in enumerate(kept)}

        def written(number: int) -> Any:
            part = self._parts[number]
            if isinstance(part, dict):
                return {name: shown(own) for name, own in part.items()}
            return [shown(own) for own in part]

        def shown(inner: tuple[type | None, Any]) -> Any:
            kind, own = inner
            if kind is not None:
                return own
            return {REFERENCE: places[own]} if own in places else written(own)

        return [written(number) for number in kept], [places[number] for number in roots]
