"""The path to a better answer: the smallest changes, said once when every alternative shares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from cso_rules.determination import Outcome
from cso_rules.engine.gaps import Gap, changed, gap_text_values, gaps, possible_gaps
from cso_rules.engine.missing_facts import Open
from cso_rules.explanation.words import Words
from cso_rules.model.types import Domain, Value

MOST_ALTERNATIVES = 2
Domains = Mapping[str, Domain]


@attrs.frozen
class Path:
    """The changes that lead to an answer.

    Attributes:
        wanted: The answer.
        steps: What has to change, alternatives in one step, then the facts that are needed besides.
    """

    wanted: Value
    steps: tuple[str, ...]


def path_of(words: Words, outcome: Outcome, domains: Domains) -> Path | None:
    """Return the way to the best answer within reach; None where every better answer is out of reach, or possible."""
    for wanted in _better(outcome):
        certain = gaps(words.policy, domains, outcome.decision.name, wanted)
        found = certain or possible_gaps(words.policy, domains, outcome.decision.name, wanted)
        if found:
            needed = () if certain else _needed(words, domains, outcome.decision.name, found[0])
            return Path(wanted, (*_changes(words, domains, found[:MOST_ALTERNATIVES]), *needed))
    return None


def _better(outcome: Outcome) -> tuple[Value, ...]:
    """Return the answers that come before every possible one, best first."""
    values = outcome.decision.type.values
    places = [values.index(value) for value in outcome.possible if isinstance(value, str) and value in values]
    return values[: min(places)] if places else ()


def _changes(words: Words, domains: Domains, found: tuple[Gap, ...]) -> Iterator[str]:
    shared = dict(set.intersection(*(set(gap.items()) for gap in found)))
    common = {name: new for name, new in found[0].items() if name in shared}
    rests = [{name: new for name, new in gap.items() if name not in shared} for gap in found]
    yield from _texts(words, domains, common)
    if all(rests):
        ways = [words.joined(_texts(words, domains, rest), "and_also") for rest in rests]
        yield words.say("gap_one_of", changes=words.joined(ways, "or_clauses"))


def _texts(words: Words, domains: Domains, gap: Gap) -> Iterator[str]:
    changes = gap_text_values(words.policy, domains, gap)
    yield from (_change(words, *change) for change in changes if not isinstance(change[2], bool))
    for new in (True, False):
        names = [words.name(fact) for fact, _, value, _ in changes if value is new]
        if names:
            yield words.say("change_true" if new else "change_false", facts=words.joined(names))


def _change(words: Words, fact: str, old: Value | None, new: Value | None, difference: Value | None) -> str:
    number = difference is not None and not isinstance(difference, str | bool | frozenset)
    key = "change_plain" if not number else "change_up" if str(difference)[0] != "-" else "change_down"
    size = words.given(fact, abs(difference)) if number else ""  # type: ignore[arg-type]
    shown = {"old": words.given(fact, old), "new": words.value(fact, new)}
    return words.say(key, fact=words.name(fact), difference=size, **shown)


def _needed(words: Words, domains: Domains, decision: str, gap: Gap) -> Iterator[str]:
    """Say which facts must be known besides the change."""
    still = Open(words.policy, changed(domains, gap))
    names = still.facts(decision)
    if names:
        yield words.say("gap_needed", facts=words.joined(map(words.name, names)))
    if still.readings(decision):
        yield words.say("gap_left_open")
