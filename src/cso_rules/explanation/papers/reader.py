"""What the papers share: how days, provisions and rules are told to somebody who knows nothing of the program."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Final

from cso_rules.explanation.account import Account, citation_lines
from cso_rules.explanation.words import Words, on_one_line
from cso_rules.loader.codes import NATIONAL, UNPLACED
from cso_rules.model.instruments import UNVERIFIED, Citation

DAY: Final = re.compile(r"( ?)(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])( ?)")


def day(words: Words, date: datetime.date) -> str:
    """Return a day as a person writes it."""
    month = words.say("month_names").split()[date.month - 1]
    return words.say("full_day", year=date.year, month=month, day=date.day)


def spelled(words: Words, texts: Iterable[str]) -> tuple[str, ...]:
    """Return lines as a person writes them: days in words, in English with a capital at the beginning."""

    def shown(found: re.Match[str]) -> str:
        before, *numbers, after = found.groups()
        text = day(words, datetime.date(*map(int, numbers)))
        return text if words.language == "zh" else before + text + after

    lines = (DAY.sub(shown, text) for text in texts)
    return tuple(line[:1].upper() + line[1:] if words.language == "en" else line for line in lines)


def rules_text(account: Account) -> str:
    """Return which rules were applied: those of the country, those of a place, and what was not looked for."""
    policy, words = account.found.policy, account.words
    if policy.jurisdiction == UNPLACED:
        return words.say("by_rules", title=words.label(policy.title))
    if policy.jurisdiction == NATIONAL:
        return words.say("by_national_rules")
    local = [words.label(package.title) for package in policy.packages[1:] if package.is_in_force]
    if not local:
        return words.say("by_national_rules_of_place")
    return words.say("by_local_rules", titles=words.joined(local))


def grounds(account: Account) -> Iterator[str]:
    """Yield the texts on which an answer rests, those read by the package itself as what they are."""
    notes, cited = account.shown.notices.notes, list(account.cited())
    yield from citation_lines(account.words, (citation for citation in cited if citation.instrument != notes))
    if any(citation.instrument == notes for citation in cited):
        yield account.words.say("own_readings")
    yield from account.lifted()
    yield from account.amended()


def sources_of(account: Account, citations: Iterable[Citation]) -> str:
    """Return in brackets the provisions of a condition that an office could cite; nothing where there are none."""
    words, notes, named = account.words, account.shown.notices.notes, dict[str, list[str]]()
    for citation in dict.fromkeys(citations):
        if citation.instrument != notes:
            mark = words.say("not_verified") if citation.confidence in UNVERIFIED else ""
            named.setdefault(words.label(citation.title), []).append(words.label(citation.article) + mark)
    texts = (_provisions(words, title, articles) for title, articles in named.items())
    shown = words.joined(texts, "and_clauses")
    return words.say("in_brackets", text=shown) if shown else ""


def _provisions(words: Words, title: str, articles: list[str]) -> str:
    shown = words.joined(dict.fromkeys(filter(None, articles)))
    return words.say("provisions", title=title, articles=shown) if shown else title


def addressed(account: Account, name: str, identity: str) -> str:
    """Return whom a notice is for: by name, or else by its number."""
    if name:
        return on_one_line(name)
    entity = account.words.label(account.shown.entities.subject.label)
    return account.words.say("unnamed", entity=entity, identity=on_one_line(identity))
