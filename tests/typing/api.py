"""Typical uses of the public names, checked by `mypy --strict` and by pyright, and never run."""
# pyright: strict

import datetime
from collections.abc import Mapping
from typing import Any, assert_type

import attrs

from cso_rules import (
    Bundle,
    Classification,
    Determination,
    Diagnostic,
    Policy,
    Tier,
    check,
    classify,
    determine,
    determine_many,
    errors,
    explain,
    load_bundle,
    load_policy,
    to_json,
    watch,
)
from cso_rules.classification import Item
from cso_rules.determination import Finding, MissingFact, Outcome, Status
from cso_rules.engine.watch import Event, Watcher
from cso_rules.model.instruments import Citation
from cso_rules.model.types import Value


@attrs.frozen(kw_only=True)
class Team:
    """An organization of an application; fields carry the names of facts."""

    individual_members: int | None = None
    is_nonprofit: bool | None = None


DAY = datetime.date(2018, 6, 1)


def tier_of(team: Team) -> str:
    """Classify an attrs instance."""
    result = classify(team, as_of=DAY, jurisdiction="cn")
    assert_type(result, Classification)
    assert_type(result.tier, Tier | None)
    assert_type(result.possible_tiers, frozenset[Tier])
    return result.tier.value if result.tier is not None else "open"


def from_mapping(row: Mapping[str, object]) -> tuple[str, ...]:
    """Classify a mapping with keyword facts and a reading."""
    result = classify(row, as_of=DAY, readings={"a15_mixed_membership": "literal"}, individual_members=60)
    assert_type(result.missing_facts, tuple[MissingFact, ...])
    return tuple(missing.name for missing in result.missing_facts)


def lists_of(result: Classification) -> list[str]:
    """Read responsibilities, measures and ways to another tier."""
    lines = [f"{role} {body} {len(citations)}" for role, body, citations in result.responsibilities]
    item: Item
    for item in (*result.support, *result.priorities, *result.obligations):
        lines.append(f"{item.value} {item.modality or '-'} {item.addressee or '-'}")
        assert_type(item.citations, tuple[Citation, ...])
    for alternative in result.path_to(Tier.REGISTERED):
        lines += [f"{fact} {old} {new} {difference}" for fact, old, new, difference in alternative]
    return [*lines, str(result.path_to("registered"))]


def outcome_of(policy: Policy, facts: Mapping[str, object]) -> Value | None:
    """Determine and read one decision."""
    found = determine(policy, facts, engine="reference")
    assert_type(found, Determination)
    outcome = found["tier"]
    assert_type(outcome, Outcome)
    assert_type(outcome.status, Status)
    assert_type(outcome.findings, tuple[Finding, ...])
    assert_type(to_json(found), dict[str, Any])
    return outcome.value


def guarded(facts: Mapping[str, object]) -> str:
    """Tell the kinds of errors apart."""
    try:
        return str(outcome_of(load_policy("cn", as_of=DAY), facts))
    except errors.UnknownFactError as error:
        return error.problems[0].suggestion or error.problems[0].message_zh
    except (errors.WrongTypeError, errors.ImpossibleValueError) as error:
        return error.problems[0].message_en
    except errors.PolicyError as error:
        assert_type(error.diagnostics, tuple[Diagnostic, ...])
        return str(error)
    except errors.CsoRulesError as error:
        return str(error)


def faults() -> tuple[Diagnostic, ...]:
    """Check a package."""
    return check("cn", as_of=DAY)


EXPLAIN = explain


def from_a_file(path: str, facts: Mapping[str, object]) -> str:
    """Answer from a bundle."""
    bundle = load_bundle(path, minimum_version=2, trusted_keys=["0" * 64])
    assert_type(bundle, Bundle)
    assert_type(load_bundle(), Bundle)
    found = bundle.determine(facts, as_of=DAY, jurisdiction="cn")
    assert_type(found, Determination)
    assert_type(bundle.classify(facts, as_of=DAY).tier, Tier | None)
    assert_type(bundle.policy(as_of="2018-06-01"), Policy)
    return bundle.explain(found, "en")


def heard(policy: Policy, changes: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Watch organizations."""
    watcher = watch(policy, decisions=["tier"])
    assert_type(watcher, Watcher)
    for name in changes:
        assert_type(watcher.add(name, {}), Determination)
    events = [event for name, facts in changes.items() for event in watcher.change(name, facts)]
    assert_type(events, list[Event])
    return [f"{event.organization} {event.before.value} {event.after.value} {len(event.rules)}" for event in events]


def many(table: object) -> int:
    """Answer about a table, with columns of the answers."""
    answers = determine_many(table, as_of="2018-06-01", decisions=["tier"], reasons=True)
    return answers.summary.read


def without_what_was_not_understood(facts: Mapping[str, object]) -> Classification:
    """Answer by the rest, with what was not understood kept."""
    try:
        return classify(facts)
    except errors.FactsError as error:
        assert_type(error.problems, tuple[errors.FactProblem, ...])
        return classify(facts, problems=error.problems)
