"""A determination as text: the answer, what is to be done by when, then why, and on what ground."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from cso_rules.determination import Determination, Outcome
from cso_rules.explanation.account import Account, Part, citation_lines
from cso_rules.explanation.lists import list_lines, open_lines
from cso_rules.explanation.places import place_lines
from cso_rules.explanation.words import on_one_line
from cso_rules.loader.codes import UNPLACED


def explain(
    determination: Determination, language: str = "zh", *, name: str | None = None, decision: str | None = None
) -> str:
    """Return a determination as text.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        name: Name of the organization, if it should stand in the heading.
        decision: The decision that the text is about; the headline of the package when left out.

    Raises:
        ArgumentError: There are no sentences in this language.
    """
    return "\n".join(_Text(Account.of(determination, language, decision)).lines(name))


@attrs.frozen
class _Text:
    account: Account

    def say(self, key: str, **parts: object) -> str:
        return self.account.words.say(key, **parts)

    def lines(self, name: str | None) -> Iterator[str]:
        account = self.account
        yield from self._heading(name)
        yield from self._answers()
        yield from self._to_do()
        yield from self._reasons()
        yield from self._titled("responsible", self._items(account.bodies()))
        yield from self._titled("examples", self._items(account.examples()))
        yield from self._path()
        yield from self._titled("readings", self._items(account.open_readings()))
        yield from self._titled("other_readings", self._items(account.other_readings()))
        yield from self._lists()
        yield from self._block(account.lifted())
        yield from self._titled("citations", self._items(citation_lines(account.words, account.cited())))
        yield from self._titled("warnings", self._items(account.amended()))
        yield from ("", self.say("final"))

    def _heading(self, name: str | None) -> Iterator[str]:
        account = self.account
        known, title = name or account.found.facts.get("name"), self.say("title")
        shown = on_one_line(str(known)) if known else ""
        yield self.say("heading" if known else "heading_plain", name=shown, title=title)
        policy = account.found.policy
        place = f"{policy.jurisdiction}" if policy.jurisdiction != policy.id else account.words.label(policy.title)
        key = "basis_line" if policy.jurisdiction != UNPLACED else "basis_line_unplaced"
        date = policy.as_of.isoformat()
        yield self.say(key, date=date, place=place, policy=f"{policy.id} {policy.digest[:12]}")
        yield from place_lines(policy, account.words)
        yield ""

    def _answers(self) -> Iterator[str]:
        yield from (self.account.sentence(self.account.found[name]) for name in self.account.subjects)

    def _to_do(self) -> Iterator[str]:
        """Say what is to be done, by whom and until when, before any reason."""
        yield from self._titled("unread_facts", self._items(self.account.unread()))
        steps = self.account.shown.notices.steps
        outcomes = [outcome for outcome in self.account.lists() if outcome.decision.name in steps]
        lines = [line for outcome in outcomes for line in self._list(outcome)]
        for key, judged in (("missing_data", False), ("missing_judged", True)):
            questions = self.account.questions(self.account.missing(judged=judged))
            numbered = (self.say("numbered", number=number, text=text) for number, text in enumerate(questions, 1))
            yield from self._titled(key, numbered)
        yield from self._block(lines)
        yield from self._titled("section_judged", self._items(self.account.judgements()))
        if presumed := [*self.account.presumed()]:
            yield from self._block(self._compact((self.say("presumed_heading"), presumed)))

    def _reasons(self) -> Iterator[str]:
        found, told = self.account.found, set[str]()
        lines = list[str]()
        for name in self.account.subjects:
            if name in told:
                continue
            lines += self.account.reasons(found[name])
            names = [each for each in self.account.bearing_of(name) if each not in told]
            told.update(names)
            lines += [line for outcome in self.account.conditions(names) for line in self._part(outcome)]
            lines += self.account.reasons_otherwise(found[name])
        yield from self._block(lines)

    def _part(self, outcome: Outcome) -> Iterator[str]:
        part = self.account.unmet(outcome)
        if part is not None:
            yield from self._compact(part)

    def _path(self) -> Iterator[str]:
        path = self.account.path
        if path is not None:
            value = self.account.words.value(self.account.headline, path.wanted)
            yield from self._titled("gap", self._items(path.steps), value=value)

    def _lists(self) -> Iterator[str]:
        outcomes, steps = self.account.lists(), self.account.shown.notices.steps
        lines = [line for outcome in outcomes if outcome.decision.name not in steps for line in self._list(outcome)]
        lines += open_lines(self.account.words, self.account.found, outcomes)
        yield from self._block(lines)

    def _list(self, outcome: Outcome) -> Iterator[str]:
        account = self.account
        heading = self.say("list_heading", label=account.words.label(outcome.decision.label))
        is_warning = outcome.decision.name == account.shown.lists.remarks
        lines = account.warned(outcome) if is_warning else list_lines(account.words, account.found, outcome)
        yield from self._compact((heading, list(lines)), is_empty_left_out=True)

    def _items(self, texts: Iterable[str]) -> Iterator[str]:
        return (self.say("item", text=text) for text in texts)

    def _block(self, lines: Iterable[str]) -> Iterator[str]:
        body = list(lines)
        yield from ["", *body] if body else []

    def _titled(self, key: str, lines: Iterable[str], **parts: str) -> Iterator[str]:
        body = list(lines)
        yield from self._block([self.say(key, **parts), *body] if body else [])

    def _compact(self, part: Part, *, is_empty_left_out: bool = False) -> Iterator[str]:
        """Put a single line behind its heading."""
        heading, lines = part
        if len(lines) == 1:
            yield heading + self.say("space") + lines[0]
        elif lines or not is_empty_left_out:
            yield from (heading, *self._items(lines))
