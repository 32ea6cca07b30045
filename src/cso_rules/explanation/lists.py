"""The lists of a notice: what applies for certain, by wording and addressee, then in one line what may still apply."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import attrs

from cso_rules.determination import Determination, Due, Item, Outcome
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import Rule, TableDecision
from cso_rules.model.instruments import Citation
from cso_rules.model.presentation import Presentation
from cso_rules.truth import Truth

Group = tuple[str | None, tuple[str, ...], Due | None]


def list_outcomes(found: Determination, *, by_role: bool) -> Iterator[Outcome]:
    """Yield the list decisions that tell who has which role, or the others, in the order of a notice."""
    lists = found.policy.presentation.lists
    for name in dict.fromkeys((*lists.notices, *found.outcomes)):
        outcome = found.outcomes.get(name)
        if outcome is None or name in lists.left_out or not is_list(outcome):
            continue
        if (roles_in(found.policy.presentation, outcome) is not None) == by_role:
            yield outcome


def is_list(outcome: Outcome) -> bool:
    """Tell whether an answer is a list."""
    return isinstance(outcome.decision, TableDecision) and outcome.decision.has_multiple_hits


def roles_in(shown: Presentation, outcome: Outcome) -> tuple[str, str] | None:
    """Return the columns with the role and who has it; None of a list that has not both."""
    columns = {kind: column for column, kind in getattr(outcome.decision, "columns", ())}
    role, addressee = columns.get(shown.roles or ""), columns.get(shown.addressees or "")
    return (role, addressee) if role and addressee else None


def list_lines(words: Words, found: Determination, outcome: Outcome) -> Iterator[str]:
    """Yield one line for each wording, body and due date of what applies for certain."""
    for (modality, bodies, due), texts in sure_groups(words, found, outcome):
        yield _line(words, modality, bodies, texts) + due_text(words, found, due)


def sure_groups(words: Words, found: Determination, outcome: Outcome) -> list[tuple[Group, list[str]]]:
    """Return what applies for certain by wording, bodies and due date, what is due first before the rest."""
    sure = [item for item in outcome.items if item[2] is Truth.TRUE]
    return sorted(_groups(words, found, outcome, sure).items(), key=lambda group: first_day(group[0][2]))


def sure_in_order(found: Determination, outcome: Outcome) -> list[Item]:
    """Return what applies for certain, each item once, what is due first before the rest."""
    days = [(found.due_of(item[0]), item) for item in outcome.items if item[2] is Truth.TRUE]
    sure = sorted(days, key=lambda pair: first_day(pair[0]))
    first: dict[tuple[tuple[str, str], ...], Item] = {}
    for _, item in sure:
        first.setdefault(tuple(item[1].items()), item)
    return list(first.values())


@attrs.frozen(kw_only=True)
class Duty:
    """Something that applies for certain, in words, with its day and the provisions behind it."""

    decision: str
    item: Item
    text: str
    addressee: str
    due: Due | None
    citations: tuple[Citation, ...]


def duties(words: Words, found: Determination) -> list[Duty]:
    """Return what applies for certain by every list, what is due first before the rest, each in the order of rows."""
    told = [
        Duty(
            decision=outcome.decision.name,
            item=item,
            text=_line(words, item[0].modality, (), [_text(words, outcome, item)]),
            addressee=words.named(found.policy.presentation.addressees, item[0].addressee or ""),
            due=found.due_of(item[0]),
            citations=outcome.citations_of(item[0]),
        )
        for outcome in found.outcomes.values()
        if is_list(outcome)
        for item in outcome.items
        if item[2] is Truth.TRUE
    ]
    return sorted(told, key=lambda duty: first_day(duty.due))


def first_day(due: Due | None) -> datetime.date:
    """Return the first day on which something may be due, to sort by; what has no day comes last."""
    return datetime.date.max if due is None else due.earliest


def due_text(words: Words, found: Determination, due: Due | None) -> str:
    """Return until when something is due, as the end of a sentence; nothing where no day is set."""
    if due is None:
        return ""
    if due.by_reading:
        cases = ((words.choice(choice), _day(words, found, days)) for choice, days in due.by_reading)
        shown = (words.say("due_case", reading=reading, due=day) for reading, day in cases)
        return words.say("due_by_reading", cases=words.joined(shown, "and_clauses"))
    return words.say("due_open") if due.date is None else words.say("due", due=_day(words, found, due))


def _day(words: Words, found: Determination, due: Due | None) -> str:
    """Return one day, and that it is past where it is."""
    if due is None:
        return words.say("day_never")
    if due.date is None:
        return words.say("day_open")
    key = "day_past" if due.date < found.as_of else "day_by"
    return words.say(key, date=due.date.isoformat(), today=found.as_of.isoformat())


def open_lines(words: Words, found: Determination, outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield what may still apply under the heading of its list: once more is known, or as texts are read."""
    kept: dict[str, dict[str, list[str]]] = {}
    for outcome in outcomes:
        label = words.label(outcome.decision.label)
        for item in open_items(found, outcome):
            text = _distinct(words, outcome, item)
            texts = kept.setdefault(_when_read(words, found, outcome, item[0]), {}).setdefault(label, [])
            texts += [] if text in texts else [text]
    for readings, lists in sorted(kept.items()):
        parts = (words.say("stated", name=label, value=words.joined(texts)) for label, texts in lists.items())
        key = "may_apply_as_read" if readings else "may_apply"
        yield words.say(key, readings=readings, items=words.joined(parts, "and_clauses"))


def _when_read(words: Words, found: Determination, outcome: Outcome, rule: Rule) -> str:
    """Return the readings under which a row holds; nothing where facts are missing."""
    is_left_open = found.is_left_open(outcome.decision.name, rule)
    return readings_of(words, found, outcome, rule) if is_left_open else ""


def open_items(found: Determination, outcome: Outcome) -> list[Item]:
    """Return the open rows that say something which no certain row says with the same strength, body and due date."""
    sure = {_said(found, item) for item in outcome.items if item[2] is Truth.TRUE}
    return [item for item in outcome.items if item[2] is Truth.UNKNOWN and _said(found, item) not in sure]


def _said(found: Determination, item: Item) -> tuple[object, ...]:
    rule, columns, _ = item
    return rule.modality, rule.addressee, found.due_of(rule), *columns.items()


def _distinct(words: Words, outcome: Outcome, item: Item) -> str:
    """Return the text of an item, with its body where a certain item has the same text."""
    sure = {_text(words, outcome, other) for other in outcome.items if other[2] is Truth.TRUE}
    text = _text(words, outcome, item)
    return words.columns(outcome.decision, item[1]) if text in sure else text


def readings_of(words: Words, found: Determination, outcome: Outcome, rule: Rule) -> str:
    """Return the options of open readings under which a rule holds."""
    truths = found.truths_by_reading(outcome.decision.name, rule)
    return words.joined((words.choice(choice) for choice, truth in truths if truth is Truth.TRUE), "or_bodies")


def _groups(words: Words, found: Determination, outcome: Outcome, items: Iterable[Item]) -> dict[Group, list[str]]:
    bodies: dict[tuple[str | None, str, Due | None], list[str]] = {}
    for item in items:
        rule = item[0]
        named = bodies.setdefault((rule.modality, _text(words, outcome, item), found.due_of(rule)), [])
        named += [words.named(found.policy.presentation.addressees, rule.addressee)] if rule.addressee else []
    groups: dict[Group, list[str]] = {}
    for (modality, text, due), names in bodies.items():
        groups.setdefault((modality, tuple(dict.fromkeys(names)), due), []).append(text)
    return groups


def _line(words: Words, modality: str | None, bodies: tuple[str, ...], texts: list[str]) -> str:
    text = words.joined(texts)
    text = words.say(modality, text=text) if modality else text
    return text if not bodies else words.say("item_addressed", text=text, addressee=words.joined(bodies))


def _text(words: Words, outcome: Outcome, item: Item) -> str:
    """Return an item as its first column, with the other columns in brackets; the body is said elsewhere."""
    rule, columns, _ = item
    shown = {column: value for column, value in columns.items() if value != rule.addressee}
    return words.columns(outcome.decision, shown or columns)
