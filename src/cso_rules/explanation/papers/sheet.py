"""The working sheet of the office: every condition with its value and where that stands, judgements, versions.

In comes a determination with the cells of its facts; out goes a paper for somebody who checks the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from cso_rules.determination import Determination, Finding, Outcome
from cso_rules.explanation.account import Account
from cso_rules.explanation.lists import list_lines, open_lines
from cso_rules.explanation.papers.parts import Block, Grid, Paper
from cso_rules.explanation.papers.reader import day, grounds, rules_text, sources_of, spelled
from cso_rules.explanation.reasons import Atom, Comparison, atoms_behind, comparison, open_atoms
from cso_rules.explanation.shortfalls import required
from cso_rules.model.expressions import Among, Within, names_of
from cso_rules.truth import Truth

CONDITION_WIDTHS: Final = (18, 22, 15, 9, 14, 22)
JUDGED_WIDTHS: Final = (30, 15, 25, 30)
CELL_WIDTHS: Final = (20, 30, 50)
MARKS: Final[Mapping[Truth, str]] = {Truth.TRUE: "mark_met", Truth.FALSE: "mark_failed", Truth.UNKNOWN: "mark_open"}


@attrs.frozen(kw_only=True)
class Source:
    """Where the value of a fact comes from.

    Attributes:
        place: The cell, as a person finds it.
    """

    place: str


@attrs.frozen(kw_only=True)
class Unread:
    """A cell that was not understood: its heading, what stands in it, and what is wrong."""

    heading: str
    text: str
    reason: str


@attrs.frozen(kw_only=True)
class Kept:
    """What the office knows of a determination besides: the cells of its facts, those not understood, the program."""

    sources: Mapping[str, Source] = attrs.field(factory=dict)
    unread: tuple[Unread, ...] = ()
    program: str = ""


def working_sheet(
    determination: Determination, language: str = "zh", *, name: str = "", identity: str = "", kept: Kept | None = None
) -> Paper:
    """Return the working sheet about a determination.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        name: The name of the subject.
        identity: Its number in the list of the office.
        kept: What the office knows besides.

    Raises:
        ArgumentError: There are no sentences in this language.
    """
    account = Account.of(determination, language, is_for_subject=True)
    return _Sheet(account, kept or Kept()).paper(name, identity)


@attrs.frozen
class _Sheet:
    account: Account
    kept: Kept

    def say(self, key: str, **parts: object) -> str:
        return self.account.words.say(key, **parts)

    def paper(self, name: str, identity: str) -> Paper:
        words, own = self.account.words, self.account.shown.notices
        title = words.label(own.sheet) if own.sheet is not None else self.say("sheet_title")
        shown_day = day(words, self.account.found.as_of)
        return Paper(
            language=words.language,
            title=title,
            marks=(self.say("sheet_mark", identity=identity, name=name).strip(), self.say("day_mark", day=shown_day)),
            parts=tuple(self._parts()),
            closing=self.say("sheet_closing"),
            signature=tuple(self.say(key) for key in ("sign_clerk", "sign_checker", "sign_day")),
            most_pages=2,
        )

    def _parts(self) -> Iterator[Block | Grid]:
        yield Block(title=self.say("sheet_answer"), lines=spelled(self.account.words, self._answers()))
        rows = tuple(self._rows())
        if rows:
            heads = ("condition", "value", "required", "difference", "source", "ground")
            yield self._grid("sheet_conditions", heads, rows, CONDITION_WIDTHS)
        if judged := tuple(self._judged()):
            yield self._grid("sheet_judged", ("judged", "value", "source", "judged_by"), judged, JUDGED_WIDTHS)
        if unread := tuple((cell.heading, cell.text, cell.reason) for cell in self.kept.unread):
            yield self._grid("sheet_unread", ("cell", "text", "reason"), unread, CELL_WIDTHS)
        for key, lines in (
            ("sheet_missing", self._missing()),
            ("section_presumed", self.account.presumed()),
            ("sheet_lists", self._lists()),
            ("sheet_readings", self._readings()),
            ("section_grounds", grounds(self.account)),
            ("sheet_versions", self._versions()),
        ):
            if shown := spelled(self.account.words, dict.fromkeys(lines)):
                yield Block(title=self.say(key), lines=shown, is_small=True)

    def _grid(
        self, title: str, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]
    ) -> Grid:
        headings = tuple(self.say(f"column_{head}") for head in heads)
        shown = tuple(spelled(self.account.words, row) for row in rows)
        return Grid(title=self.say(title), headings=headings, rows=shown, widths=widths)

    def _answers(self) -> Iterator[str]:
        account, words = self.account, self.account.words
        yield self.say("sheet_rules", rules=rules_text(account))
        for name in account.subjects:
            outcome = account.found[name]
            yield account.sentence(attrs.evolve(outcome)).replace(words.name(name), account.name(name), 1)
        yield from account.bodies()

    # ------------------------------------------------------------------------------------------ conditions

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a row for each condition of the sets behind the answer that is about this subject."""
        for outcome in self.account.conditions():
            label = self.account.words.label(outcome.decision.label)
            rows = [
                row
                for finding in outcome.findings
                if self._concerns(finding)
                for row in self._finding(outcome, finding)
            ]
            for number, row in enumerate(rows):
                yield (label + self.say("colon") + row[0], *row[1:]) if number == 0 else row

    def _concerns(self, finding: Finding) -> bool:
        rule = finding.rule
        return rule.applies_when is None or self.account.found.outcomes.truth(rule.applies_when) is not Truth.FALSE

    def _finding(self, outcome: Outcome, finding: Finding) -> Iterator[tuple[str, ...]]:
        """Yield the comparisons of a condition, the first with its name and provision."""
        name = self.say(MARKS[finding.truth], label=self.account.words.label(finding.rule.label))
        ground = sources_of(self.account, outcome.citations_of(finding.rule)).strip("〔〕[] ")
        cells = list(dict.fromkeys(self._compared(finding)))
        for number, compared in enumerate(cells or [("", "", "", "")]):
            yield (name if number == 0 else "", *compared, ground if number == 0 else "")

    def _compared(self, finding: Finding) -> Iterator[tuple[str, str, str, str]]:
        """Yield value, required value, difference and source of what a condition compares."""
        words, environment = self.account.words, self.account.found.environment
        atoms: list[tuple[Atom, Truth]] = (
            [(atom, Truth.TRUE) for atom in open_atoms(finding.rule, environment)]
            if finding.truth is Truth.UNKNOWN
            else atoms_behind(finding, environment)
        )
        for atom, wanted in atoms:
            found = comparison(words, atom, environment) if isinstance(atom, Within) and wanted is Truth.TRUE else None
            if found is not None:
                if not found.is_trivial:
                    yield self._number(found)
            elif isinstance(atom, Among) and atom.name not in self.account.found.policy.readings:
                yield self._choice(atom, wanted)
            elif not isinstance(atom, Among):
                names = names_of(atom)
                yield (words.joined(map(self._value, names)), "", "", words.joined(map(self._source, names)))

    def _number(self, found: Comparison) -> tuple[str, str, str, str]:
        words = self.account.words
        exact = "" if found.is_exact or not found.difference else words.say("at_least")
        sources = words.joined(filter(None, map(self._source, found.names)))
        value = self.say("stated", name=found.quantity, value=found.value)
        return (value, required(words, found), exact + found.difference, sources)

    def _choice(self, atom: Among, wanted: Truth) -> tuple[str, str, str, str]:
        words, kind = self.account.words, self.account.words.policy.variable_type(atom.name)
        bits = atom.bits if wanted is Truth.TRUE else (1 << len(kind.names)) - 1 & ~atom.bits
        values = [kind.decode(1 << place) for place in range(len(kind.names)) if bits >> place & 1]
        asked = words.joined((words.value(atom.name, value) for value in values if value is not None), "or_bodies")
        return (self._value(atom.name), asked, "", self._source(atom.name))

    def _value(self, name: str) -> str:
        words, kind = self.account.words, self.account.words.policy.variable_type(name)
        value = self.account.found.supposed.get(name)
        if value is None and name in self.account.found.outcomes:
            value = kind.decode(self.account.found.environment[name])
        shown = words.say("unknown") if value is None else words.given(name, value)
        return self.say("stated", name=self.account.name(name), value=shown)

    def _source(self, name: str) -> str:
        if name in self.kept.sources:
            return self.kept.sources[name].place
        if name in self.account.found.supposed and name not in self.account.found.facts:
            return self.say("source_presumed")
        return self.say("source_derived" if name in self.account.found.outcomes else "source_none")

    # ------------------------------------------------------------------------------------------ the rest

    def _judged(self) -> Iterator[tuple[str, ...]]:
        """Yield the facts that somebody judged and that bear on the answers, with who did and when."""
        account = self.account
        read = {
            name for outcome in account.conditions() for finding in outcome.findings for name in self._names(finding)
        }
        for name, fact in account.found.policy.facts.items():
            if fact.is_judged and name in read and name in account.found.facts:
                source = self.kept.sources.get(name, Source(place=""))
                judgement = account.found.judgements.get(name)
                blank = self.say("judged_by", person="＿＿＿＿＿", day="＿＿＿＿＿")
                who = blank if judgement is None else account.judgement(judgement)
                value = account.words.given(name, account.found.facts[name])
                yield (account.words.name(name), value, source.place, who)

    def _names(self, finding: Finding) -> Iterator[str]:
        atoms = atoms_behind(finding, self.account.found.environment) if finding.truth is not Truth.UNKNOWN else []
        yield from (name for atom, _ in atoms for name in names_of(atom))

    def _missing(self) -> Iterator[str]:
        for key, judged in (("ask_subject", False), ("ask_official", True)):
            for question in self.account.questions(self.account.missing(judged=judged)):
                yield self.say(key, question=question)
        yield from self.account.examples()

    def _lists(self) -> Iterator[str]:
        account = self.account
        for outcome in account.lists():
            label = account.words.label(outcome.decision.label)
            is_warning = outcome.decision.name == account.shown.lists.remarks
            lines = account.warned(outcome) if is_warning else list_lines(account.words, account.found, outcome)
            yield from (self.say("of_list", label=label, text=line) for line in lines)
        yield from open_lines(account.words, account.found, account.lists())

    def _readings(self) -> Iterator[str]:
        """Yield how texts were read that bear on the answer, and what other ways would change."""
        account, policy = self.account, self.account.found.policy
        cone = set(policy.cone(account.headline)) if account.headline in account.found.outcomes else set()
        for name, option in account.found.readings.items():
            if name in cone:
                shown = account.words.option(name, option)
                yield self.say("read_as", reading=account.words.name(name), option=shown)
        yield from account.other_readings()
        yield from account.open_readings()

    def _versions(self) -> Iterator[str]:
        policy, words = self.account.found.policy, self.account.words
        titles = [words.label(package.title) for package in policy.packages if package.is_in_force]
        yield self.say(
            "version_rules", titles=words.joined(titles or [words.label(policy.title)]), digest=policy.digest
        )
        if self.kept.program:
            yield self.say("version_program", version=self.kept.program)
