"""Recorded decisions asked again: the same rules must give the same answer, other rules may give another one.

Facts are taken as they were recorded, and the rules of the same place and day. A record of which personal facts were
erased cannot be asked again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from cso_rules.determination import Determination, to_json
from cso_rules.engine.determine import determine
from cso_rules.errors import CsoRulesError, FactProblem
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import UNKNOWN, Between, OneOf, SomeOf
from cso_rules.records.canonical_json import text_of, value_of
from cso_rules.records.commitments import KeptValue
from cso_rules.records.differences import Difference, differences
from cso_rules.records.record import Record, hide_persons

if TYPE_CHECKING:
    from cso_rules.bundle.opened import Bundle
    from cso_rules.records.store import RecordStore

PolicyOf: TypeAlias = Callable[[Mapping[str, Any]], Policy]
"""Returns the rules of the place and day of a record, given what it says."""
Result: TypeAlias = Literal["identical", "different", "refused", "erased"]


@attrs.frozen(kw_only=True)
class Replayed:
    """What became of a recorded decision that was asked again.

    Attributes:
        record: The record.
        result: `identical`, `different`; `refused` where the rules or the facts of it cannot be used any more; `erased`
            where it cannot be asked, because personal facts are gone.
        policy: The rules that were asked; None where none were.
        differences: What differs, decision by decision, those first on which others rest.
        otherwise: What besides decisions differs, by the names of the JSON form.
        erased: The personal facts that are gone.
        error: Why it was refused.
    """

    record: Record
    result: Result
    policy: Policy | None = attrs.field(default=None, repr=False)
    differences: tuple[Difference, ...] = ()
    otherwise: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    error: CsoRulesError | None = attrs.field(default=None, eq=False)

    @property
    def digest(self) -> str:
        """The digest of the rules that were asked; empty where none were."""
        return "" if self.policy is None else self.policy.digest

    @property
    def has_same_rules(self) -> bool:
        """Whether the rules that were asked are those that had answered."""
        return bool(self.digest) and self.digest == self.record.content["answer"]["digest"]

    @property
    def is_wrong(self) -> bool:
        """Whether the same rules give another answer, or none: the library changed, or the record."""
        return self.result == "refused" or (self.result == "different" and self.has_same_rules)


def rules_of_bundle(bundle: Bundle) -> PolicyOf:
    """Return what finds the rules of a record in a bundle."""

    def found(content: Mapping[str, Any]) -> Policy:
        answer = content["answer"]
        return bundle.policy(
            as_of=answer["as_of"], jurisdiction=answer["jurisdiction"], entity=content["rules"]["entity"]
        )

    return found


def rules_of_packages(package: str | Path | None = None) -> PolicyOf:
    """Return what finds the rules of a record in rule files.

    Args:
        package: The package instead of the one that the record names.
    """
    from cso_rules.engine.cache import load_policy

    def found(content: Mapping[str, Any]) -> Policy:
        rules, answer = content["rules"], content["answer"]
        return load_policy(
            package or rules["package"],
            as_of=answer["as_of"],
            jurisdiction=answer["jurisdiction"] if rules["is_of_place"] else None,
            entity=rules["entity"],
            drafts=rules["drafts"],
            local_deviations=rules["local_deviations"],
        )

    return found


def replay(store: RecordStore, policy_of: PolicyOf, names: tuple[str | int, ...] = ()) -> Iterator[Replayed]:
    """Ask recorded decisions again.

    Args:
        store: The store.
        policy_of: Finds the rules of a record.
        names: Ids or numbers of records; all decisions when left out.

    Raises:
        RecordsError: There is no such record, or one cannot be read.
    """
    for record in map(store.record, names) if names else store.records():
        content = store.content_of(record)
        if content.get("kind") == "decision":
            yield replayed(record, store.kept(record.number) if content["personal"] else {}, policy_of)


def replayed(record: Record, kept: Mapping[str, KeptValue], policy_of: PolicyOf) -> Replayed:
    """Ask one recorded decision again.

    Args:
        record: The record.
        kept: What is kept of its personal facts.
        policy_of: Finds the rules of a record.
    """
    content = record.content
    erased = tuple(fact for fact in content["personal"] if fact not in kept)
    if erased:
        return Replayed(record=record, result="erased", erased=erased)
    try:
        policy = policy_of(content)
        found = asked_again(policy, content, kept)
    except CsoRulesError as error:
        return Replayed(record=record, result="refused", error=error)
    before, after = content["answer"], value_of(text_of(hide_persons(to_json(found), found)))
    if before == after:
        return Replayed(record=record, result="identical", policy=policy)
    beside = (name for name in before if name not in {"decisions", "digest"})
    return Replayed(
        record=record,
        result="different" if _without_digest(before) != _without_digest(after) else "identical",
        policy=policy,
        differences=differences(before, after, found),
        otherwise=tuple(name for name in beside if before[name] != after.get(name)),
    )


def asked_again(policy: Policy, content: Mapping[str, Any], kept: Mapping[str, KeptValue]) -> Determination:
    """Return what rules answer to the question of a record.

    Raises:
        FactsError: The rules do not know the facts, or do not allow their values.
    """
    answer = content["answer"]
    values, judgements = dict(answer["facts"]), dict(answer["judgements"])
    for fact, value in kept.items():
        said = value.content
        for place, name in ((values, "value"), (judgements, "judgement")):
            place.pop(fact, None)
            if name in said:
                place[fact] = said[name]
    facts = {name: given_again(policy.facts.get(name), value) for name, value in values.items()}
    facts |= {name: {"value": facts[name], **judged} for name, judged in judgements.items() if name in facts}
    problems = [FactProblem(**problem) for problem in answer["problems"]]
    return determine(policy, facts, readings=content["chosen_readings"], problems=problems)


def given_again(fact: Fact | None, value: object) -> object:
    """Return a value of the JSON form as it is given to the rules."""
    match value:
        case None:
            return UNKNOWN
        case {"low": low, "high": high}:
            return Between(low=_end(fact, low), high=_end(fact, high))
        case {"one_of": values}:
            return OneOf(frozenset(values))
        case {"sure": sure, "possible": possible}:
            return SomeOf(sure=frozenset(sure), possible=None if possible is None else frozenset(possible))
        case list():
            return frozenset(value)
        case _:
            return value


def _end(fact: Fact | None, end: Any) -> Any:
    """Return an end of a range; what is written as text is a day or an amount."""
    if not isinstance(end, str):
        return end
    return datetime.date.fromisoformat(end) if fact is not None and fact.type.kind == "date" else Decimal(end)


def _without_digest(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in answer.items() if name != "digest"}
