"""The notice to one subject, one page: what it is, why, who is responsible, what is missing, and what it can do.

In comes a determination; out goes a paper in the words of an office. Guaranteed: it says no more than the answer does,
what may be asked for never reads as an entitlement, and no name of the program's inside stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from cso_rules.determination import Determination, Due, Finding, Outcome, Status
from cso_rules.explanation.account import Account
from cso_rules.explanation.lists import due_text, first_day, open_items, sure_groups
from cso_rules.explanation.papers.parts import Block, Paper
from cso_rules.explanation.papers.reader import addressed, day, grounds, rules_text, sources_of, spelled
from cso_rules.explanation.reasons import comparison
from cso_rules.explanation.shortfalls import failing_texts, open_texts, own_atoms, required, telling
from cso_rules.explanation.thresholds import threshold_of
from cso_rules.model.decisions import Rule
from cso_rules.model.expressions import Within
from cso_rules.model.types import Value
from cso_rules.truth import Truth

MANY: Final = 99
MUCH: Final = 8
"""Questions that fit on a page beside everything else."""
MOST_CITED: Final = 4
"""Open conditions whose provisions are named beside them."""


def notice(determination: Determination, language: str = "zh", *, name: str = "", identity: str = "") -> Paper:
    """Return the notice about a determination.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        name: The name of the subject.
        identity: Its number in the list of the office.

    Raises:
        ArgumentError: There are no sentences in this language.
    """
    return _Notice(Account.of(determination, language, is_for_subject=True)).paper(name, identity)


@attrs.frozen
class _Notice:
    account: Account

    def say(self, key: str, **parts: object) -> str:
        return self.account.words.say(key, **parts)

    def paper(self, name: str, identity: str) -> Paper:
        words, own = self.account.words, self.account.shown.notices
        day_of_rules = day(words, self.account.found.as_of)
        return Paper(
            language=words.language,
            title=words.label(own.title) if own.title is not None else self.say("notice_title"),
            marks=(
                self.say("number_mark", identity=identity) if identity else "",
                self.say("day_mark", day=day_of_rules),
            ),
            greeting=self.say("greeting", name=addressed(self.account, name, identity)),
            parts=tuple(self._numbered()),
            closing=self.say("notice_closing"),
            signature=tuple(self.say(key) for key in ("sign_clerk", "sign_seal", "sign_day")),
        )

    def _numbered(self) -> Iterator[Block]:
        """Yield what stands before the sections, those that are not empty with their numbers, and the grounds."""
        for block in self._opening():
            yield attrs.evolve(block, lines=spelled(self.account.words, block.lines))
        sections = (
            ("section_why", self._why()),
            ("section_who", self.account.bodies()),
            (self._path_title, self._path()),
            ("section_support", self._support()),
            ("section_next", self._next()),
            ("section_judged", self.account.judgements()),
            ("section_presumed", self.account.presumed()),
            ("section_readings", self._readings()),
        )
        number = 0
        for title, found in sections:
            lines = spelled(self.account.words, dict.fromkeys(found))
            if lines:
                number += 1
                shown = self.say("section", number=self.say("numerals").split()[number - 1], title=self._title(title))
                yield Block(title=shown, lines=lines)
        lines = spelled(self.account.words, dict.fromkeys(grounds(self.account)))
        if lines:
            yield Block(title=self.say("section_grounds"), lines=lines, is_small=True)

    def _title(self, title: str) -> str:
        return title if title == self._path_title else self.say(title)

    # ------------------------------------------------------------------------------------------ what it is

    def _opening(self) -> Iterator[Block]:
        account, outcome = self.account, self.account.outcome
        rules = rules_text(account)
        if outcome is None or self._is_without_rule:
            yield from self._without_rule(rules)
        elif outcome.status is Status.DETERMINED and outcome.value is not None:
            yield self._said(self.say("opening_is", rules=rules, answer=self.answer(outcome.value)))
        elif outcome.status is Status.CONFLICT:
            yield self._said(self.say("opening_conflict", rules=rules))
        elif outcome.status is Status.UNSETTLED_BY_LAW:
            yield self._said(self.say("opening_left_open", rules=rules))
            yield Block(lines=tuple(map(self._item, account.cases(outcome))))
        else:
            yield from self._possible(outcome, rules)

    def _said(self, text: str) -> Block:
        return Block(lines=(text,), is_list=False)

    def _item(self, text: str) -> str:
        return self.say("sentence", text=text)

    def answer(self, value: Value) -> str:
        """Return an answer as a clause about the reader."""
        known = self.account.shown.notices.answers.get(str(value))
        if known is not None:
            return self.account.words.label(known)
        words, headline = self.account.words, self.account.headline
        return self.say("answer_stated", name=words.name(headline), value=words.value(headline, value))

    def _without_rule(self, rules: str) -> Iterator[Block]:
        account = self.account
        label = account.name(account.headline)
        yield self._said(
            self.say("opening_no_rule", rules=rules, label=label, day=day(account.words, account.found.as_of))
        )
        others = [account.found[name] for name in account.subjects if name != account.headline]
        if others:
            yield Block(lines=tuple(account.sentence(outcome) for outcome in others))

    def _possible(self, outcome: Outcome, rules: str) -> Iterator[Block]:
        count = self.say("counts").split()[min(len(outcome.possible), 9) - 1]
        yield self._said(self.say("opening_possible", rules=rules, count=count))
        yield Block(lines=tuple(self._item(self.answer(value)) for value in outcome.possible))
        for key, judged in (("to_report", False), ("to_judge", True)):
            questions = self.account.questions(self.account.missing(judged=judged))
            if questions:
                yield self._said(self.say(key))
                hint = self._hint() if len(questions) == 1 else ""
                yield self._asked([question + hint for question in questions])

    def _asked(self, questions: list[str]) -> Block:
        """Return questions one below the other, or where there are many of them in running lines."""
        if not self._asks_much:
            return Block(lines=tuple(questions))
        numbered = (self.say("running", number=number, text=text) for number, text in enumerate(questions, 1))
        return self._said(self.say("between_questions").join(numbered))

    def _hint(self) -> str:
        """Return from which number on the answer is another one, where a single number decides."""
        found = threshold_of(self.account.found, self.account.headline)
        if found is None:
            return ""
        words, headline = self.account.words, self.account.headline
        shown = {"below": words.value(headline, found.below), "reached": words.value(headline, found.reached)}
        return self.say("threshold", number=words.value(found.fact, found.number), **shown)

    # ------------------------------------------------------------------------------------------ why

    def _why(self) -> Iterator[str]:
        account, outcome = self.account, self.account.outcome
        if outcome is not None and outcome.status is Status.DETERMINED:
            for rule in account.hits(outcome):
                yield from (self._item(text) for text in self._settled(rule))
        told = telling(account, account.bearing)
        others = [one for one in told if one.decision.name not in account.subjects] or told
        yield from (text for one in others for text in self._conditions(one))

    @property
    def _asks_much(self) -> bool:
        """Whether so much is asked that the questions themselves say why the answer is open."""
        return sum(len(self.account.missing(judged=judged)) for judged in (False, True)) > MUCH

    def _settled(self, rule: Rule) -> Iterator[str]:
        """Yield what makes a row hold: the facts of a single condition, or what is met of several."""
        for one, text in self.account.settling(rule, "why_met"):
            met = self._met(one)
            yield self.say("set_holds", text=text, names=met) if len(one.findings) > 1 and met else text

    def _conditions(self, outcome: Outcome) -> Iterator[str]:
        """Yield the conditions of one set that fail or are open, and in a line those that are met."""
        account, label = self.account, self.account.words.label(outcome.decision.label)
        failing, opened = account.failing(outcome), account.open(outcome)
        if outcome.fails_jointly:
            part = account.unmet(outcome)
            yield from [part[0]] if part is not None else []
        elif failing:
            yield self.say("set_fails", label=label, details=self._grouped(outcome, failing))
        elif opened and not self._asks_much:
            citations = [citation for one in opened for citation in outcome.citations_of(one.rule)]
            sources = sources_of(account, citations) if len(opened) <= MOST_CITED else ""
            details = account.words.joined(open_texts(account, opened, most=MANY), "list_and") + sources
            yield self.say("set_open", label=label, details=details)
        if len(self._fulfilled(outcome)) > 1:
            yield self.say("set_met", label=label, names=self._met(outcome))

    def _grouped(self, outcome: Outcome, failing: list[Finding]) -> str:
        """Return what is lacking: each number with its provision, other conditions together with theirs."""
        account, texts, rest = self.account, list[str](), list[Finding]()
        for finding in failing:
            number = self._number(finding)
            if number:
                texts.append(number + sources_of(account, outcome.citations_of(finding.rule)))
            else:
                rest.append(finding)
        if rest:
            named = account.words.joined(failing_texts(account, rest, most=MANY), "list_and")
            sources = [citation for finding in rest for citation in outcome.citations_of(finding.rule)]
            texts.append(named + sources_of(account, sources))
        return account.words.joined(texts, "and_clauses")

    def _number(self, finding: Finding) -> str:
        """Return a number with what is asked for and what is lacking; nothing where more than a number fails."""
        words, environment = self.account.words, self.account.found.environment
        atoms = own_atoms(self.account, finding)
        for atom, wanted in atoms if finding.truth is Truth.TRUE or len(atoms) == 1 else []:
            found = comparison(words, atom, environment) if isinstance(atom, Within) and wanted is Truth.TRUE else None
            if found is not None and not found.is_trivial:
                exact = "" if found.is_exact or found.is_date else words.say("at_least")
                key = "number_fails" if found.difference and finding.truth is Truth.FALSE else "number_met"
                kind = "" if found.is_date else "_short" if found.is_least else "_over"
                lack = self.say(f"by{kind or '_days'}", difference=exact + found.difference)
                shown = {"value": found.value, "required": required(words, found), "lack": lack}
                return self.say(key, quantity=found.quantity, **shown)
        return ""

    def _met(self, outcome: Outcome) -> str:
        """Return what is met of a set of conditions, numbers first."""
        found = self._fulfilled(outcome)
        numbers = [text for finding in found if (text := self._number(finding))]
        others = [self.account.words.label(finding.rule.label) for finding in found if not self._number(finding)]
        return self.account.words.joined(dict.fromkeys([*numbers, *others]))

    def _fulfilled(self, outcome: Outcome) -> list[Finding]:
        """Return the criteria of a set that are about the subject, and met."""
        return [found for found in outcome.findings if found.truth is Truth.TRUE and self.account.applies(found.rule)]

    # ------------------------------------------------------------------------------------------ what it can do

    @property
    def _path_title(self) -> str:
        path = self.account.path
        value = self.account.words.value(self.account.headline, path.wanted) if path is not None else ""
        return self.say("section_path", value=value)

    def _path(self) -> Iterable[str]:
        path = self.account.path
        return () if path is None else path.steps

    def _of(self, names: Iterable[str]) -> list[Outcome]:
        found = {outcome.decision.name: outcome for outcome in self.account.lists()}
        return [found[name] for name in names if name in found]

    def _support(self) -> Iterator[str]:
        """Yield what may be asked for, a line for each strength of wording, then what may come in question later."""
        account, words = self.account, self.account.words
        outcomes = self._of(account.shown.notices.support)
        lines: dict[str | None, list[str]] = {}
        for outcome in outcomes:
            for (modality, bodies, due), texts in sure_groups(words, account.found, outcome):
                text = words.joined(texts)
                text = self.say("item_more", first=text, rest=words.joined(bodies)) if bodies else text
                lines.setdefault(modality, []).append(text + due_text(words, account.found, due))
        for modality, parts in lines.items():
            text = words.joined(parts, "and_clauses")
            yield self.say(modality, text=text) if modality else text
        possible = [text for outcome in outcomes for text in self._possibly(outcome)]
        yield from [self.say("support_possible", items=words.joined(possible))] if possible else []

    def _possibly(self, outcome: Outcome) -> list[str]:
        """Return what may still be on a list, each thing once; nothing while nearly everything may be."""
        if self._asks_much:
            return []
        texts: dict[str, list[str]] = {}
        for rule, columns, _ in open_items(self.account.found, outcome):
            values = [value for value in columns.values() if value != rule.addressee] or list(columns.values())
            shown = dict(columns) if len(values) == len(columns) else {k: v for k, v in columns.items() if v in values}
            first, *rest = self.account.words.each(outcome.decision, shown)
            texts.setdefault(first, []).extend(rest)
        words = self.account.words
        return [
            self.say("item_more", first=first, rest=words.joined(dict.fromkeys(rest), "or_bodies")) if rest else first
            for first, rest in texts.items()
        ]

    def _next(self) -> Iterator[str]:
        account, own = self.account, self.account.shown.notices
        yield from [self.say("next_report")] if account.missing(judged=False) else []
        yield from [self.say("next_judge")] if account.missing(judged=True) else []
        for outcome in self._of(own.steps):
            yield from self._steps(outcome)
        for outcome in self._of(own.duties):
            yield from self._duties(outcome)
        for outcome in self._of([account.shown.lists.remarks or ""]):
            yield from (self.say("beware", text=text) for text in account.warned(outcome))
        is_within_reach = account.path is None and not self._is_without_rule
        for outcome in self._of(own.steps):
            possible = account.words.joined(self._possibly(outcome))
            label = account.words.label(outcome.decision.label)
            is_step = len(getattr(outcome.decision, "columns", ())) > 1
            if possible and (is_step or is_within_reach):
                yield self.say("step_possible" if is_step else "list_possible", label=label, items=possible)

    @property
    def _is_without_rule(self) -> bool:
        outcome = self.account.outcome
        return outcome is None or outcome.status is Status.NO_RULE_IN_FORCE

    def _steps(self, outcome: Outcome) -> Iterator[str]:
        """Yield who does what until when, the earliest day first; of a list without addressees what is on it."""
        account = self.account
        label = account.words.label(outcome.decision.label)
        for line, addressees in self._addressed(outcome):
            yield line if addressees else self.say("of_list", label=label, text=line)

    def _addressed(self, outcome: Outcome) -> Iterator[tuple[str, bool]]:
        own = self.account.shown.notices.self_name
        words, found = self.account.words, self.account.found
        grouped: dict[tuple[str, str | None, Due | None], list[str]] = {}
        for rule, columns, truth in outcome.items:
            if truth is Truth.TRUE:
                shown = {name: value for name, value in columns.items() if value != rule.addressee}
                text = words.columns(outcome.decision, shown or columns)
                grouped.setdefault((rule.addressee or "", rule.modality, found.due_of(rule)), []).append(text)
        for (addressee, modality, due), texts in sorted(grouped.items(), key=lambda group: first_day(group[0][2])):
            text = words.joined(dict.fromkeys(texts)) + due_text(words, found, due)
            who = self.say("you") if addressee == own else words.named(self.account.shown.addressees, addressee)
            said = words.say(modality, text=text) if modality else text
            yield (self.say("who_does", who=who, what=said) if addressee else said), bool(addressee)

    def _duties(self, outcome: Outcome) -> Iterator[str]:
        """Yield the standing duties of the reader."""
        account, own = self.account, self.account.shown.notices.self_name
        sure = [
            (rule, columns) for rule, columns, truth in outcome.items if truth is Truth.TRUE and rule.addressee == own
        ]
        texts: dict[str | None, list[str]] = {}
        for rule, columns in sure:
            shown = {name: value for name, value in columns.items() if value != rule.addressee}
            texts.setdefault(rule.modality, []).append(account.words.columns(outcome.decision, shown or columns))
        for modality, named in texts.items():
            text = account.words.joined(dict.fromkeys(named))
            said = self.say(modality, text=text) if modality else text
            yield self.say("own_duties", what=self.say("who_does", who=self.say("you"), what=said))

    def _readings(self) -> Iterator[str]:
        yield from (self._item(text) for text in self.account.other_readings())
        if self.account.outcome is None or self.account.outcome.status is not Status.UNSETTLED_BY_LAW:
            yield from self.account.open_readings(only_known=True)
