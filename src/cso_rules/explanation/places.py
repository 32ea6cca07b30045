"""What a notice says about the place: which local rules apply, and where they go below higher law."""

from __future__ import annotations

from collections.abc import Iterator

from cso_rules.explanation.words import Words
from cso_rules.loader.codes import NATIONAL, UNPLACED
from cso_rules.model.policy import AppliedPackage, Change, Policy

FINEST = 6
"""Digits of the code of a county."""


def place_lines(policy: Policy, words: Words) -> Iterator[str]:
    """Return one line for everything about the place that a reader must know."""
    if policy.jurisdiction == UNPLACED:
        return
    if policy.jurisdiction == NATIONAL:
        yield words.say("national_only")
        return
    local = [package for package in policy.packages[1:] if package.is_in_force]
    if policy.place_notice is not None:
        yield words.say("place_notice", notice=words.label(policy.place_notice))
    for package in local:
        yield _package_line(package, words)
    if policy.jurisdiction.isdigit() and len(policy.jurisdiction) < FINEST:
        yield words.say("finer_not_consulted", place=policy.jurisdiction)
    below = {
        (change.package, change.as_one or change.path): change for change in policy.changes if change.conflicts_with
    }
    for change in below.values():
        yield _conflict_line(change, policy, words)


def _package_line(package: AppliedPackage, words: Words) -> str:
    remarks = [] if package.status == "in_force" else [words.say(f"package_{package.status}")]
    remarks += [words.say("in_preparation")] if package.is_in_preparation else []
    remarks += [] if package.is_start_confirmed else [words.say("start_not_confirmed")]
    remarks += [] if package.is_end_confirmed else [words.say("end_not_confirmed")]
    line = words.say("local_package", title=words.label(package.title), id=package.id)
    return line + (words.say("remarks", remarks=words.joined(remarks)) if remarks else "")


def _conflict_line(change: Change, policy: Policy, words: Words) -> str:
    name = change.path.partition("/")[0]
    named = policy.parameters.get(name) or policy.decisions.get(name)
    higher = change.conflicts_with[0]
    source = words.source(higher)
    key = "goes_below" if change.is_applied else "goes_below_off"
    label = change.as_one.label if change.as_one is not None else named.label if named else None
    return words.say(key, label=words.label(label) if label is not None else change.path, source=source)
