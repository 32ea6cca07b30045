"""A record: one decision as it was given, or the erasure of personal values, and its place in the chain."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import attrs

from cso_rules import __version__
from cso_rules.determination import Determination, plain, to_json
from cso_rules.model.decisions import rules_of
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Policy
from cso_rules.records.canonical_json import hash_of, text_of, value_of
from cso_rules.records.commitments import KeptValue, sealed
from cso_rules.records.faults import refuse

FORMAT: Final = 1
FIRST_PREVIOUS: Final = "0" * 64
"""What stands in the first record as the hash of the one before it."""
LONGEST: Final[Mapping[str, int]] = {"asked_by": 200, "reason": 2000, "subject": 200, "key": 200}
"""Characters of what is said about a record."""
_QUESTION: Final = ("as_of", "jurisdiction", "facts", "judgements")
"""What of an answer says what was asked, beside problems, which may be told in other words."""


@attrs.frozen(kw_only=True)
class Receipt:
    """What was acknowledged: the record is on disk, or in `append_in` is as soon as the transaction is committed.

    Attributes:
        id: Names the record for ever; 32 hexadecimal digits.
        number: Its place in the chain, from 1.
        hash: The SHA-256 of the record, which is the head of the chain up to it.
        rules: The digest of the rules that answered; empty of an erasure.
        is_new: False where a record with the same key answered the same question before. What is to be given out then
            is the answer in that record; where `rules` are not those that were asked now, it may be another one.
    """

    id: str
    number: int
    hash: str
    rules: str = ""
    is_new: bool = True


@attrs.frozen(kw_only=True)
class Draft:
    """A record that has no place in the chain yet.

    Attributes:
        id: The id that it will have.
        key: What names the request, so that asking again makes no second record; None where nothing does.
        content: What it says.
        kept: What was said of personal facts.
        erases: Names of facts of another record whose values go when this record comes.
    """

    id: str
    key: str | None
    content: Mapping[str, Any]
    kept: tuple[KeptValue, ...] = ()
    erases: tuple[str, tuple[str, ...]] | None = None

    def placed(self, number: int, previous: str) -> Record:
        """Return it as the record of a number, after the one with a hash."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        text = text_of({**self.content, "number": number, "previous": previous, "recorded_at": now})
        return Record(number=number, id=self.id, key=self.key, hash=hash_of(text), text=text)


@attrs.frozen(kw_only=True, slots=False)
class Record:
    """A record as it stands in a store.

    Attributes:
        number: Its place in the chain, from 1.
        id: Names it for ever.
        key: What named the request; None where nothing did.
        hash: The SHA-256 of `text`.
        text: Everything that it says, as canonical JSON.
    """

    number: int
    id: str
    key: str | None
    hash: str
    text: str = attrs.field(repr=False)

    @cached_property
    def content(self) -> dict[str, Any]:
        """What it says, as `docs/reference/decision-record.schema.json` describes it.

        Raises:
            ValueError: The text was changed so that it can no longer be read.
        """
        found = value_of(self.text)
        if not isinstance(found, dict):
            raise ValueError("no record")  # noqa: TRY004 - what is wrong is the text
        return found

    @property
    def is_decision(self) -> bool:
        """Whether it is a decision, not an erasure."""
        return self.content.get("kind") == "decision"

    @property
    def receipt(self) -> Receipt:
        """What its writer was told."""
        rules = self.content["answer"]["digest"] if self.is_decision else ""
        return Receipt(id=self.id, number=self.number, hash=self.hash, rules=rules)


def decision_draft(  # noqa: PLR0913 - what a record consists of
    determination: Determination,
    *,
    asked_by: str,
    reason: str,
    subject: str = "",
    key: str | None = None,
    cells: Mapping[str, Mapping[str, object]] | None = None,
    bundle: str | None = None,
) -> Draft:
    """Return the record of a decision.

    Args:
        determination: What was decided.
        asked_by: Who asked: the official, the desk or the program.
        reason: Why.
        subject: The id of the organization in the registry.
        key: What names the request.
        cells: The raw texts, by fact and heading, from which facts were read.
        bundle: The digest of the bundle that the rules come from.

    Raises:
        RecordsError: Nobody asked, or for no reason; a text is too long; the policy shows personal values.
    """
    policy, name = determination.policy, secrets.token_hex(16)
    if policy.shows_personal:
        refuse("shown", "")
    texts = _said(asked_by=asked_by, reason=reason, subject=subject, key=key)
    raw = {fact: {heading: _cell(cell) for heading, cell in found.items()} for fact, found in (cells or {}).items()}
    kept = tuple(_of_person(determination, raw, name))
    seals = {value.fact: value.seal for value in kept}
    content = {
        "format": FORMAT,
        "kind": "decision",
        "id": name,
        **texts,
        "library": __version__,
        "bundle": bundle,
        "rules": _rules(policy),
        "chosen_readings": _chosen(determination),
        "personal": seals,
        "cells": {fact: found for fact, found in raw.items() if not policy.is_personal(fact)},
        "answer": hide_persons(to_json(determination), determination),
    }
    return Draft(id=name, key=key, content=content, kept=kept)


def _cell(found: object) -> Any:
    """Return a cell as JSON: a list of texts stays one."""
    return [plain(each) for each in found] if isinstance(found, list | tuple) else plain(found)


def hide_persons(answer: dict[str, Any], determination: Determination) -> dict[str, Any]:
    """Return an answer without what could not be erased from it.

    Values of personal facts are masked in it already; what goes is who judged them on what, and days that follow from
    them.
    """
    policy = determination.policy
    masked = {"judged_by": MASK, "judged_on": None, "basis": MASK}
    judgements = {name: masked if policy.is_personal(name) else said for name, said in answer["judgements"].items()}
    decisions = dict(answer["decisions"])
    for name, outcome in determination.outcomes.items():
        days = {rule.id for rule in rules_of(outcome.decision) if rule.due is not None and policy.is_personal(rule.due)}
        if days:
            items = [_without_due(item, days) for item in decisions[name]["items"]]
            decisions[name] = {**decisions[name], "items": items}
    return {**answer, "judgements": judgements, "decisions": decisions}


def _without_due(item: dict[str, Any], rules: set[str]) -> dict[str, Any]:
    """Return an item without its day, where it is of some rules, or of several taken together."""
    return item if rules.isdisjoint(item["rule"].split(" + ")) else {**item, "due": None}


def erasure_draft(record: Record, facts: tuple[str, ...], *, asked_by: str, reason: str) -> Draft:
    """Return the record of an erasure of what another record keeps of some personal facts.

    Raises:
        RecordsError: Nobody asked, or for no reason; a text is too long.
    """
    texts, name = _said(asked_by=asked_by, reason=reason), secrets.token_hex(16)
    erased = {"record": record.id, "facts": sorted(facts)}
    content = {"format": FORMAT, "kind": "erasure", "id": name, **texts, "library": __version__, "erased": erased}
    return Draft(id=name, key=None, content=content, erases=(record.id, facts))


def difference(earlier: Record, kept: Mapping[str, KeptValue], draft: Draft) -> str | None:
    """Return what is another thing in a question than in that of an earlier record; None when they are the same.

    What was erased cannot be compared, and counts as another thing.
    """
    if not earlier.is_decision:
        return "kind"
    before, now = _question(earlier.content), _question(draft.content)
    different = next((name for name in now if before.get(name) != now[name]), None)
    if different is not None:
        return different
    said = {value.fact: value.said for value in draft.kept}
    same = {fact: value.said for fact, value in kept.items()}
    return next((fact for fact in said if same.get(fact) != said[fact]), None)


def _question(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record says what was asked."""
    own = {name: content[name] for name in ("subject", "cells", "chosen_readings", "rules")}
    asked = {name: content["answer"][name] for name in _QUESTION}
    problems = [{name: found[name] for name in ("kind", "fact", "value")} for found in content["answer"]["problems"]]
    return {**asked, **own, "problems": problems, "personal": sorted(content["personal"])}


def _said(*, asked_by: str, reason: str, **others: str | None) -> dict[str, str | None]:
    """Return who asked and why, or refuse what is not said or said at too great length."""
    texts = {"asked_by": asked_by, "reason": reason, **others}
    for name, text in texts.items():
        if name in {"asked_by", "reason"} and not (text or "").strip():
            refuse("unsaid", "", name=name)
        if text is not None and len(text) > LONGEST[name]:
            refuse("too_long", "", name=name, most=LONGEST[name])
    return texts


def _rules(policy: Policy) -> dict[str, Any]:
    """Return by what `load_policy` finds the rules again."""
    packages = policy.packages
    return {
        "package": packages[0].id if policy.is_of_place and packages else policy.id,
        "is_of_place": policy.is_of_place,
        "entity": policy.entity,
        "drafts": any(package.status == "draft" or package.is_in_preparation for package in packages),
        "local_deviations": all(change.is_applied for change in policy.changes),
    }


def _chosen(determination: Determination) -> dict[str, str]:
    """Return the options of readings that are not those that the policy declares."""
    declared = determination.policy.readings
    return {name: option for name, option in determination.readings.items() if declared[name].chosen != option}


def _of_person(determination: Determination, raw: Mapping[str, Mapping[str, Any]], record: str) -> Iterator[KeptValue]:
    """Return what was said of each personal fact, sealed."""
    policy, judgements = determination.policy, determination.judgements
    for fact in filter(policy.is_personal, policy.facts):
        said: dict[str, Any] = {}
        if fact in determination.facts:
            said["value"] = plain(determination.facts[fact])
        if fact in judgements:
            said["judgement"] = {name: plain(part) for name, part in attrs.asdict(judgements[fact]).items()}
        if fact in raw:
            said["cells"] = raw[fact]
        if said:
            yield sealed(record, fact, said)
