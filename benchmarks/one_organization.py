"""The tier of one organization with reasons: the rule files, compiled, against a function written by hand."""

from __future__ import annotations

import argparse
import datetime
import gc
import random
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import hand_written
import page

from cso_rules.determination import Determination
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.executors.single import compiled, reference
from cso_rules.model.decisions import rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type

ORGANIZATIONS, MISSING, SEED, REPETITIONS, TARGET = 2000, 0.05, 20171227, 15, 1.2
NUMBERS = {
    "individual_members": (0, 0, 1, 18, 29, 30, 49, 50, 60, 100),
    "institutional_members": (0, 0, 1, 10, 29, 30, 40, 49, 50),
    "activity_funds": (0, 10_000, 29_999, 30_000, 50_000),
    "original_fund": (0, 1_999_999, 2_000_000, 4_000_000, 7_999_999, 8_000_000),
}
LIKELY = 0.85
READINGS = {"a8_founder_residence": "living", "a19_statutory_bodies": "in_scope"}
"""The readings that the law leaves open, fixed as in hand_written.py: code written by hand answers for one reading."""
USUAL = {
    "is_nonprofit": True,
    "distributes_profit": False,
    "is_active_in_community": True,
    "founder_residence": "local_residents",
    "special_body_kind": "none",
}


def cone_of_tier() -> Policy:
    """Return the decisions that the tier depends on, with every reading fixed and without constraints."""
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    cone = policy.cone("tier")
    chosen = {name: attrs.evolve(policy.readings[name], chosen=option) for name, option in READINGS.items()}
    return attrs.evolve(
        policy,
        readings={**policy.readings, **chosen},
        decisions={name: found for name, found in policy.decisions.items() if name in cone},
        facts={name: found for name, found in policy.facts.items() if name in cone},
        constraints=(),
    )


def value(name: str, kind: Type, chance: random.Random) -> object:
    if name in USUAL and chance.random() < LIKELY:
        return USUAL[name]
    if kind.kind == "boolean":
        return chance.random() < LIKELY
    if kind.kind == "set":
        return frozenset(chance.sample(kind.values, chance.randint(0, 2)))
    if kind.kind == "enumeration":
        return chance.choice(kind.values)
    number = chance.choice(NUMBERS.get(name, (0, 1, 2, 3, 5, 8)))
    return Decimal(number) if kind.kind == "money" else number


def organizations(policy: Policy) -> list[dict[str, Any]]:
    chance, found = random.Random(SEED), []
    while len(found) < ORGANIZATIONS:
        drawn = {name: value(name, fact.type, chance) for name, fact in policy.facts.items()}
        given = {name: each for name, each in drawn.items() if chance.random() >= MISSING}
        try:
            found.append(domains(policy, given)[0])
        except FactsError:
            continue
    return found


def rules(policy: Policy) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    return {
        name: tuple(
            (rule.id, tuple(f"{citation.instrument} {citation.provision}" for citation in rule.citations))
            for rule in rules_of(decision)
        )
        for name, decision in policy.decisions.items()
    }


def answers(policy: Policy, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the library answers in the form of the function written by hand."""
    return {
        name: (
            outcome.possible,
            tuple(
                (
                    found.rule.id,
                    found.truth.name,
                    tuple(f"{citation.instrument} {citation.provision}" for citation in found.rule.citations),
                )
                for found in outcome.findings
            ),
        )
        for name, outcome in determine(policy, facts, ask=False).outcomes.items()
    }


def check(policy: Policy, cases: list[dict[str, Any]], by_hand: Callable[[Mapping[str, Any]], object]) -> None:
    """Stop unless all agree, on everything that they return."""
    wrong = 0
    for facts in cases:
        one, two = by_hand(facts), answers(policy, facts)
        known = domains(policy, facts)[1]
        assert compiled.evaluate(policy, known) == reference.evaluate(policy, known)
        if one != two or repr(sorted(one)) != repr(sorted(two)):  # type: ignore[call-overload]
            wrong += 1
            for name, answer in two.items():
                if one[name] != answer and wrong <= 3:  # type: ignore[index]
                    print(name, facts, one[name], answer, sep="\n  ")  # type: ignore[index]
    if wrong:
        sys.exit(f"{wrong} of {len(cases)} organizations differ")


def read(found: Determination) -> Determination:
    """Read, and so work out, what the function written by hand returns: possible values, and every rule with its truth and citations."""
    for outcome in found.outcomes.values():
        _ = outcome.possible, outcome.findings
    return found


def tasks(policy: Policy, cases: list[dict[str, Any]]) -> dict[str, Callable[[], object]]:
    """Return what is timed: each decides all the organizations."""
    cited, memory = rules(policy), {}  # type: ignore[var-annotated]
    check(policy, cases, lambda facts: hand_written.determine(facts, cited))
    check(policy, cases, lambda facts: hand_written.determine(facts, cited, memory))
    encoded = [domains(policy, facts)[1] for facts in cases]
    return {
        "hand": lambda: [hand_written.determine(facts, cited) for facts in cases],
        "remembering": lambda: [hand_written.determine(facts, cited, memory) for facts in cases],
        "determine": lambda: [read(determine(policy, facts, ask=False)) for facts in cases],
        "asking": lambda: [read(determine(policy, facts)) for facts in cases],
        "domains": lambda: [domains(policy, facts) for facts in cases],
        "bare": lambda: [compiled.evaluate(policy, known) for known in encoded],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-page", action="store_true", help="print the section, leave the page alone")
    to_page = not parser.parse_args().no_page
    policy = cone_of_tier()
    cases = organizations(policy)
    timed = tasks(policy, cases)
    gc.disable()
    times = page.alternate([(name, lambda task=task: page.seconds(task)) for name, task in timed.items()], REPETITIONS)
    lines = report(policy, cases, times)
    title = "One organization: compiled rules against code written by hand"
    page.write("one-organization", title, lines, to_page=to_page)


def report(policy: Policy, cases: list[dict[str, Any]], times: Mapping[str, list[float]]) -> list[str]:
    each = {name: page.middle(found) / len(cases) * 1e6 for name, found in times.items()}
    pairs = [one / two for one, two in zip(times["determine"], times["hand"], strict=True)]
    unknown = sum(facts.get(name) is None for facts in cases for name in policy.facts)
    ratio = {name: found / each["hand"] for name, found in each.items()}
    return [
        f"The {len(policy.decisions)} decisions of the cone of `tier` (2018-06-01; declared readings, and the two that the "
        f"law leaves open fixed), {len(policy.facts)} facts, {len(cases)} generated organizations (seed {SEED}), "
        f"{unknown / len(cases) / len(policy.facts):.1%} of the facts missing. `benchmarks/hand_written.py`, `determine` "
        "and (results only) the reference executor agreed on all of them before anything was timed: possible "
        "values, the truth of every rule, citations.",
        "",
        "| From the same mapping of typed values to the same full answer | µs for one | ratio to hand |",
        "|---|---:|---:|",
        f"| written by hand, nothing checked | {each['hand']:.2f} | 1 |",
        f"| the same, and reasons remembered as the library does | {each['remembering']:.2f} | {ratio['remembering']:.2f} |",
        "| `determine(..., ask=False)`, every fact checked, possible values and findings of every decision read | "
        f"{each['determine']:.2f} | {page.verdict(ratio['determine'], TARGET)} |",
        f"| `determine`, and the missing facts to ask for | {each['asking']:.2f} | {ratio['asking']:.2f} |",
        f"| of it, checking and encoding the facts: `facts.domains` | {each['domains']:.2f} | {ratio['domains']:.2f} |",
        f"| of it, deciding: `compiled.evaluate` | {each['bare']:.2f} | {ratio['bare']:.2f} |",
        "",
        f"{REPETITIONS} repetitions, collection of garbage off; the ratio of single repetitions lay between "
        f"{min(pairs):.2f} and {max(pairs):.2f}. Values that were checked before and reasons are remembered, so "
        "the figures are those of a table of organizations, not of the first one. The function written by hand "
        "checks nothing; it has the numbers of the law and the readings built in.",
    ]


if __name__ == "__main__":
    main()
