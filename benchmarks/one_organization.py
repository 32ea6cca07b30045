"""The tier of one organization with reasons: the rule files, compiled, against a function written by hand."""

from __future__ import annotations

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

from cso_rules.engine.answers import answers
from cso_rules.engine.cache import load_policy
from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.executors import compiled, reference
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
USUAL = {
    "is_nonprofit": True,
    "distributes_profit": False,
    "is_active_in_community": True,
    "founder_residence": "local_residents",
    "special_body_kind": "none",
}


def cone_of_tier() -> Policy:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    cone = policy.cone("tier")
    return attrs.evolve(
        policy,
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
    number = chance.choice(NUMBERS[name])
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


def main() -> None:
    policy = cone_of_tier()
    cited, cases = rules(policy), organizations(policy)
    check(policy, cases, lambda facts: hand_written.determine(facts, cited))
    encoded = [domains(policy, facts)[1] for facts in cases]
    unknown = sum(facts.get(name) is None for facts in cases for name in policy.facts)

    def hand() -> None:
        for facts in cases:
            hand_written.determine(facts, cited)

    memory: dict[Any, Any] = {}
    check(policy, cases, lambda facts: hand_written.determine(facts, cited, memory))

    def remembering() -> None:
        for facts in cases:
            hand_written.determine(facts, cited, memory)

    def fast() -> None:
        for facts in cases:
            answers(policy, facts)

    def bare() -> None:
        for known in encoded:
            compiled.evaluate(policy, known)

    def checked() -> None:
        for facts in cases:
            answers(policy, domains(policy, facts)[0])

    tasks = {"hand": hand, "remembering": remembering, "compiled": fast, "bare": bare, "checked": checked}
    gc.disable()
    times = page.alternate([(name, lambda task=task: page.seconds(task)) for name, task in tasks.items()], REPETITIONS)
    each = {name: page.middle(found) / len(cases) * 1e6 for name, found in times.items()}
    pairs = [one / two for one, two in zip(times["compiled"], times["hand"], strict=True)]
    page.write(
        "one-organization",
        "One organization: compiled rules against code written by hand",
        [
            f"The {len(policy.decisions)} decisions of the cone of `tier` (2018-06-01, declared readings), "
            f"{len(policy.facts)} facts, {len(cases)} generated organizations (seed {SEED}), "
            f"{unknown / len(cases) / len(policy.facts):.1%} of the facts missing. `benchmarks/hand_written.py`, the compiled "
            "rules and (results only) the reference executor agreed on all of them before anything was timed: possible "
            "values, the truth of every rule, citations.",
            "",
            "| From the same mapping of typed values to the same full answer | µs for one | ratio to hand |",
            "|---|---:|---:|",
            f"| written by hand | {each['hand']:.2f} | 1 |",
            f"| compiled: `engine.answers`, with encoding of the facts and decoding of the reasons | {each['compiled']:.2f} | "
            f"{page.verdict(each['compiled'] / each['hand'], TARGET)} |",
            f"| written by hand, and reasons remembered as `engine.answers` does | {each['remembering']:.2f} | "
            f"{each['remembering'] / each['hand']:.2f}; compiled to this: "
            f"{page.verdict(each['compiled'] / each['remembering'], TARGET)} |",
            f"| only `compiled.evaluate`, facts encoded and reasons not decoded | {each['bare']:.2f} | {each['bare'] / each['hand']:.2f} |",
            f"| compiled, and first every fact checked as one from outside (`facts.domains`) | {each['checked']:.2f} | "
            f"{each['checked'] / each['hand']:.2f} |",
            "",
            f"{REPETITIONS} repetitions, collection of garbage off; the ratio of single repetitions lay between "
            f"{min(pairs):.2f} and {max(pairs):.2f}. Decoded values and reasons are remembered for each different result, so "
            "the figures are those of a table of organizations, not of the first one. The function written by hand checks "
            "nothing either; it has the numbers of the law and the default readings built in.",
        ],
    )


if __name__ == "__main__":
    main()
