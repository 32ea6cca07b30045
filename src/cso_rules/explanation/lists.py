"""The lists of a notice: what applies for certain, by wording and body, then in one line what may still apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cso_rules.determination import Determination, Due, Outcome
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import Rule, TableDecision
from cso_rules.truth import Truth

SHOWN = (
    "development_priorities",
    "support_measures",
    "capability_measures",
    "hub_services",
    "obligations",
    "next_actions",
)
HIDDEN = frozenset({"hub_functions", "community_functions"})
Item = tuple[Rule, dict[str, str], Truth]
Group = tuple[str | None, tuple[str, ...], Due | None]


def list_outcomes(found: Determination, *, has_body: bool) -> Iterator[Outcome]:
    """Yield the list decisions with or without a column for the body, in the order of a notice."""
    for name in dict.fromkeys((*SHOWN, *found.outcomes)):
        outcome = found.outcomes.get(name)
        if outcome is not None and name not in HIDDEN and _is_list(outcome, has_body):
            yield outcome


def _is_list(outcome: Outcome, has_body: bool) -> bool:  # noqa: FBT001
    decision = outcome.decision
    if not isinstance(decision, TableDecision) or not decision.has_multiple_hits:
        return False
    columns = {column for output in decision.outputs for column, _ in output}
    return ({"role", "body"} <= columns) == has_body


def list_lines(words: Words, found: Determination, outcome: Outcome) -> Iterator[str]:
    """Yield one line for each wording, body and due date of what applies for certain."""
    sure = [item for item in outcome.items if item[2] is Truth.TRUE]
    for (modality, bodies, due), texts in _groups(words, found, outcome, sure).items():
        yield _line(words, modality, bodies, texts) + _due(words, due)


def _due(words: Words, due: Due | None) -> str:
    if due is None:
        return ""
    return words.say("due_open") if due.date is None else words.say("due_by", date=due.date.isoformat())


def open_line(words: Words, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield at most one line, with everything that may still apply under the heading of its list."""
    parts = [
        words.say("stated", name=words.label(outcome.decision.label), value=words.joined(texts))
        for outcome in outcomes
        if (texts := _open_texts(words, outcome))
    ]
    if parts:
        yield words.say("may_apply", items=words.joined(parts, "and_clauses"))


def _open_texts(words: Words, outcome: Outcome) -> list[str]:
    sure = {_text(words, outcome, item) for item in outcome.items if item[2] is Truth.TRUE}
    maybe = (_text(words, outcome, item) for item in outcome.items if item[2] is Truth.UNKNOWN)
    return [text for text in dict.fromkeys(maybe) if text not in sure]


def _groups(words: Words, found: Determination, outcome: Outcome, items: Iterable[Item]) -> dict[Group, list[str]]:
    bodies: dict[tuple[str | None, str, Due | None], list[str]] = {}
    for item in items:
        rule = item[0]
        named = bodies.setdefault((rule.modality, _text(words, outcome, item), found.due_of(rule)), [])
        named += [words.named("body", rule.addressee)] if rule.addressee else []
    groups: dict[Group, list[str]] = {}
    for (modality, text, due), names in bodies.items():
        groups.setdefault((modality, tuple(dict.fromkeys(names)), due), []).append(text)
    return groups


def _line(words: Words, modality: str | None, bodies: tuple[str, ...], texts: list[str]) -> str:
    text = words.joined(texts)
    text = words.say(modality, text=text) if modality else text
    if not bodies:
        return words.say("item", text=text)
    return words.say("item_addressed", text=text, addressee=words.joined(bodies))


def _text(words: Words, outcome: Outcome, item: Item) -> str:
    """Return an item as its first column, with the other columns in brackets; the body is said elsewhere."""
    rule, columns, _ = item
    kinds = dict(outcome.decision.columns) if isinstance(outcome.decision, TableDecision) else {}
    own = outcome.decision.type.enumeration or ""
    shown = {column: value for column, value in columns.items() if value != rule.addressee}
    first, *rest = (words.column(kinds.get(column) or column or own, value) for column, value in shown.items())
    return words.say("item_more", first=first, rest=words.joined(rest)) if rest else first
