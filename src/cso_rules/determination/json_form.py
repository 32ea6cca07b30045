"""The stable JSON form of a determination, format 1; `determination.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from cso_rules.determination.answers import Determination, Due, Finding, Item, Outcome
from cso_rules.model.decisions import CriteriaDecision
from cso_rules.model.instruments import Citation
from cso_rules.model.personal import MASK
from cso_rules.model.types import Between, OneOf, SomeOf, Unknown
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.model.policy import AppliedPackage, Change, Choice


def to_json(determination: Determination) -> dict[str, Any]:
    """Return the stable JSON form of a determination, format 1.

    `determination.schema.json`, beside this module in the package, describes every key. A later version of this library
    may add keys, and says so; it takes none away and changes none without another number of the format.

    Args:
        determination: What was decided.

    Returns:
        What `json.dumps` writes as it is: days are ISO text, money (yuan) and decimals decimal text, sets sorted lists,
        what is known in part an object of its bounds or members, and what is personal masked as `***`.

    Raises:
        WrongKindError: It is no determination.
    """
    asked: object = determination
    if not isinstance(asked, Determination):
        from cso_rules.errors import WrongKindError

        kind = type(asked).__name__
        raise WrongKindError(f"{kind} is no determination", f"{kind} 不是认定结果")
    return {
        "format": 1,
        "policy": determination.policy.id,
        "digest": determination.policy.digest,
        "jurisdiction": determination.policy.jurisdiction,
        "place_notice": None if (said := determination.policy.place_notice) is None else attrs.asdict(said),
        "as_of": determination.as_of.isoformat(),
        "packages": [_package_json(package) for package in determination.policy.packages],
        "local_changes": [_change_json(change) for change in determination.policy.changes],
        "facts": {
            name: MASK if determination.policy.is_personal(name) else plain(value)
            for name, value in determination.facts.items()
        },
        "judgements": {
            name: {"judged_by": found.judged_by, "judged_on": plain(found.judged_on), "basis": found.basis}
            for name, found in determination.judgements.items()
        },
        "presumed": [
            {"name": found.name, "value": plain(found.value), "citations": list(map(_citation_json, found.citations))}
            for found in determination.presumed
        ],
        "readings": dict(determination.readings),
        "decisions": {name: _outcome_json(determination, outcome) for name, outcome in determination.outcomes.items()},
        "missing_facts": [
            {"name": missing.name, "is_judged": missing.is_judged, "settles": list(missing.settles)}
            for missing in determination.missing_facts
        ],
        "open_readings": list(determination.open_readings),
        "problems": [attrs.asdict(problem) for problem in determination.problems],
        "warnings": [
            {"instrument": found.instrument, "changed_on": found.on.isoformat(), **attrs.asdict(found.remark)}
            for found in determination.amended
        ],
        "notice": "decision support; an official decides",
    }


def plain(value: object) -> Any:
    """Return a JSON value: sets sorted, dates and decimals as text, what is known in part as an object."""
    match value:
        case frozenset():
            return sorted(value)
        case Between(low=low, high=high):
            return {"low": plain(low), "high": plain(high)}
        case SomeOf(sure=sure, possible=possible):
            return {"sure": sorted(sure), "possible": None if possible is None else sorted(possible)}
        case OneOf(values=values):
            return {"one_of": sorted(values)}
        case Unknown():
            return None
        case _:
            return value if value is None or isinstance(value, bool | int | str) else str(value)


def _package_json(package: AppliedPackage) -> dict[str, Any]:
    return attrs.asdict(package, filter=lambda field, _: field.name != "title")


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "operation": change.operation,
        "path": change.path,
        "package": change.package,
        "old": change.old,
        "new": change.new,
        "citations": [_citation_json(citation) for citation in change.citations],
        "conflicts_with": [_citation_json(citation) for citation in change.conflicts_with],
        "adds_to": [_citation_json(citation) for citation in change.beyond],
        "admits": None if change.admitted is None else attrs.asdict(change.admitted),
        "refuses": None if change.refused is None else attrs.asdict(change.refused),
        "is_applied": change.is_applied,
        "as_one": None if change.as_one is None else change.as_one.id,
    }


def _outcome_json(determination: Determination, outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status.value,
        "value": _masked(determination, outcome, outcome.value),
        "possible": _possible(determination, outcome),
        "findings": [_finding_json(found) for found in _told(outcome)],
        "items": [_item_json(determination, outcome, item) for item in outcome.items],
        "citations": [_citation_json(citation) for citation in outcome.citations],
        "by_reading": [
            {"readings": dict(readings), "possible": _possible(determination, attrs.evolve(outcome, domain=domain))}
            for readings, domain in outcome.by_reading
        ],
    }


def _possible(determination: Determination, outcome: Outcome) -> list[Any]:
    """Return the possible values, each once: those of a number made of personal facts are one mask."""
    found = [_masked(determination, outcome, value) for value in outcome.possible]
    return found[:1] if determination.policy.is_personal(outcome.decision.name) else found


def _masked(determination: Determination, outcome: Outcome, value: object) -> Any:
    is_hidden = value is not None and determination.policy.is_personal(outcome.decision.name)
    return MASK if is_hidden else plain(value)


def _finding_json(found: Finding) -> dict[str, Any]:
    return {"rule": found.rule.id, "truth": found.truth.name.lower()}


def _told(outcome: Outcome) -> Iterable[Finding]:
    """Return every criterion; of a table the rows that decide or may decide."""
    return outcome.findings if isinstance(outcome.decision, CriteriaDecision) else outcome.deciding_findings


def _item_json(determination: Determination, outcome: Outcome, item: Item) -> dict[str, Any]:
    rule, columns, truth = item
    truths = determination.truths_by_reading(outcome.decision.name, rule) if truth is Truth.UNKNOWN else ()
    return {
        "rule": rule.id,
        "columns": columns,
        "truth": truth.name.lower(),
        "modality": rule.modality,
        "addressee": rule.addressee,
        "due": _due_json(determination.due_of(rule)),
        **({"by_reading": [_truth_json(*case) for case in truths]} if truths else {}),
    }


def _truth_json(choice: Choice, truth: Truth) -> dict[str, Any]:
    return {"readings": dict(choice), "truth": truth.name.lower()}


def _due_json(due: Due | None) -> dict[str, Any] | None:
    if due is None:
        return None
    cases = ({"readings": dict(choice), "due": _due_json(days)} for choice, days in due.by_reading)
    ends = {"earliest": due.earliest.isoformat(), "latest": due.latest.isoformat()}
    return {**ends, **({"by_reading": list(cases)} if due.by_reading else {})}


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "instrument": citation.instrument,
        "provision": citation.provision,
        "number": citation.number,
        "confidence": citation.confidence,
    }
