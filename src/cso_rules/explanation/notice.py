"""The parts of a notice, in the order in which a clerk reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from cso_rules.determination import Determination, Finding, Item, MissingFact, Outcome, Status
from cso_rules.engine.sensitivity import Alternative, sensitivity
from cso_rules.engine.witnesses import witnesses
from cso_rules.explanation.basis import bearing, failing_under, names_behind, only_passes_on, settling
from cso_rules.explanation.lists import list_lines, list_outcomes, open_lines, readings_of, roles_in
from cso_rules.explanation.path import path_lines
from cso_rules.explanation.places import place_lines
from cso_rules.explanation.reasons import detail, is_counted, open_facts, why_open
from cso_rules.explanation.words import Words, on_one_line
from cso_rules.loader.codes import UNPLACED
from cso_rules.model.decisions import CriteriaDecision, Lifted, Rule, TableDecision, rules_of
from cso_rules.model.instruments import UNVERIFIED, Citation
from cso_rules.model.presentation import Presentation
from cso_rules.model.types import TRUE, Value, is_known
from cso_rules.truth import Truth

MOST_EXAMPLES = 2


def explain(
    determination: Determination, language: str = "zh", *, name: str | None = None, decision: str | None = None
) -> str:
    """Return a determination as a notice.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        name: Name of the organization, if it should stand in the heading.
        decision: The decision that the notice is about; the headline of the package when left out.

    Raises:
        ArgumentError: There are no notices in this language.
    """
    held = getattr(determination, "determination", determination)
    notice = _Notice(held, Words(held.policy, language), decision or held.policy.headline)
    return "\n".join(notice.lines(name))


@attrs.frozen
class _Notice:
    found: Determination
    words: Words
    headline: str

    def lines(self, name: str | None) -> Iterator[str]:
        yield from self._heading(name)
        told: set[str] = set()
        for subject in self._subjects():
            if subject not in told:
                yield from self._answer(self.found[subject], told)
        yield from self._bodies()
        yield from self._missing()
        yield from self._examples()
        yield from self._next()
        yield from self._readings()
        yield from self._sensitivity()
        yield from self._lists()
        yield from self._lifted()
        yield from self._citations()
        yield from self._warnings()
        yield ""
        yield self.words.say("final")

    def _heading(self, name: str | None) -> Iterator[str]:
        known, title = name or self.found.facts.get("name"), self.words.say("title")
        shown = on_one_line(str(known)) if known else ""
        yield self.words.say("heading" if known else "heading_plain", name=shown, title=title)
        policy = self.found.policy
        place = f"{policy.jurisdiction}" if policy.jurisdiction != policy.id else self.words.label(policy.title)
        key = "basis_line" if policy.jurisdiction != UNPLACED else "basis_line_unplaced"
        date = policy.as_of.isoformat()
        yield self.words.say(key, date=date, place=place, policy=f"{policy.id} {policy.digest[:12]}")
        yield from place_lines(policy, self.words)
        yield ""

    def _subjects(self) -> tuple[str, ...]:
        """Return the decisions that the notice answers; others in the place of the headline while it has no rule."""
        found = [self.headline] if self.headline in self.found.outcomes else []
        if not found or self.found[self.headline].status is Status.NO_RULE_IN_FORCE:
            found += [name for name in self.found.policy.ask_order if self._stands_in(name)]
        return tuple(dict.fromkeys((*found, *filter(self._is_unmet_locally, self._local_decisions()))))

    def _stands_in(self, name: str) -> bool:
        outcome = self.found.outcomes.get(name)
        return outcome is not None and isinstance(outcome.decision, CriteriaDecision)

    def _local_decisions(self) -> Iterator[str]:
        yield from (change.path for change in self.found.policy.changes if change.path in self.found.outcomes)

    def _is_unmet_locally(self, name: str) -> bool:
        outcome = self.found[name]
        is_met = outcome.decision.type.kind != "boolean" or outcome.may_be(TRUE)
        return isinstance(outcome.decision, CriteriaDecision) and not is_met

    @property
    def _bearing(self) -> tuple[str, ...]:
        return bearing(self.found, self._subjects())

    def _answer(self, outcome: Outcome, told: set[str]) -> Iterator[str]:
        """Say an answer and what is behind it; `told` are the decisions that were explained already."""
        yield self._sentence(outcome)
        hits = [found.rule for found in outcome.deciding_findings if found.truth is Truth.TRUE]
        hits = hits if isinstance(outcome.decision, TableDecision) else []
        if outcome.status is Status.DETERMINED:
            yield from (self.words.say("reason", text=self.words.label(rule.label)) for rule in hits)
            yield from self._settled_by(outcome, hits, "settled_by")
        for name in bearing(self.found, [outcome.decision.name]):
            if name in told:
                continue
            told.add(name)
            if isinstance(self.found[name].decision, CriteriaDecision) and not only_passes_on(
                self.found, self.found[name]
            ):
                yield from self._unmet(self.found[name])
        if outcome.status is Status.UNDETERMINED:
            yield from self._settled_by(outcome, hits, "settled_otherwise")

    def _settled_by(self, outcome: Outcome, hits: Iterable[Rule], key: str) -> Iterator[str]:
        """Say which decisions make a row hold, such as that a valid registration is enough."""
        for rule in hits:
            found = [one for one in settling(self.found, rule) if one.decision.label != rule.label]
            names = self.words.joined(map(self._met, found), "and_clauses")
            if names:
                yield self.words.say(key, value=self._output(outcome, rule), names=names)

    def _output(self, outcome: Outcome, rule: Rule) -> str:
        decision = outcome.decision
        assert isinstance(decision, TableDecision)
        return self.words.columns(decision, dict(decision.outputs[rule.output]))

    def _met(self, outcome: Outcome) -> str:
        """Return the name of a decision that holds, with the facts of a single criterion."""
        label = self.words.label(outcome.decision.label)
        rules = outcome.deciding()
        names = names_behind(rules[0].condition, self.found.environment) if len(rules) == 1 else ()
        values = [(name, self.found.facts[name]) for name in names if name in self.found.facts]
        stated = (
            self.words.say("stated", name=self.words.name(name), value=self.words.value(name, value))
            for name, value in values
        )
        facts = self.words.joined(stated)
        return self.words.say("item_more", first=label, rest=facts) if facts else label

    def _sentence(self, outcome: Outcome) -> str:
        label, decision = self.words.label(outcome.decision.label), outcome.decision.name
        match outcome.status:
            case Status.DETERMINED:
                return self.words.say("is", label=label, value=self.words.value(decision, outcome.value))
            case Status.UNDETERMINED:
                return self.words.say("not_settled", label=label, values=self._possible(outcome))
            case Status.UNSETTLED_BY_LAW:
                return self.words.say("unsettled", label=label, outcomes=self._by_reading(outcome))
            case Status.NO_RULE_IN_FORCE:
                return self.words.say("no_rule", label=label)
            case Status.CONFLICT:
                return self.words.say("conflict", label=label)

    def _possible(self, outcome: Outcome) -> str:
        values = (self.words.value(outcome.decision.name, value) for value in outcome.possible)
        return self.words.joined(dict.fromkeys(values), "or_bodies") or self.words.say("empty")

    def _by_reading(self, outcome: Outcome) -> str:
        cases = ((dict(options), attrs.evolve(outcome, domain=domain)) for options, domain in outcome.by_reading)
        return self.words.joined((self._as_read(options, found) for options, found in cases), "and_clauses")

    def _as_read(self, options: Mapping[str, str], outcome: Outcome) -> str:
        """Say what a reading leads to, or that facts are missing under it."""
        key = "outcome" if is_known(outcome.domain) else "outcome_open"
        return self.words.say(key, reading=self.words.choice(options.items()), values=self._possible(outcome))

    def _unmet(self, outcome: Outcome) -> Iterator[str]:
        failing = [found for found in outcome.findings if found.truth is Truth.FALSE]
        shown = failing or [found for found in outcome.deciding_findings if found.truth is Truth.UNKNOWN]
        label = self.words.label(outcome.decision.label)
        if outcome.fails_jointly:
            names = self.words.joined(self.words.label(found.rule.label) for found in shown)
            yield self.words.say("fails_jointly", label=label, names=names)
            return
        shown = failing or [found for found in shown if not self._is_left_open(outcome, found)]
        if shown:
            heading = self.words.say("not_met" if failing else "may_fail", label=label)
            yield from self._compact(heading, [self.words.say("item", text=text) for text in self._details(shown)])

    def _is_left_open(self, outcome: Outcome, found: Finding) -> bool:
        return self.found.is_left_open(outcome.decision.name, found.rule)

    def _details(self, shown: list[Finding]) -> list[str]:
        """Return details, those with numbers first and each by itself."""
        numbers = [found for found in shown if is_counted(found, self.found.environment)]
        others = list(dict.fromkeys(self._detail(found) for found in shown if found not in numbers))
        return [*map(self._detail, numbers), *([self.words.joined(others, "and_clauses")] if others else [])]

    def _detail(self, found: Finding) -> str:
        return detail(self.words, self.found, found)

    @property
    def shown(self) -> Presentation:
        return self.found.policy.presentation

    def _bodies(self) -> Iterator[str]:
        for outcome in list_outcomes(self.found, by_role=True):
            role_column, column = roles_in(self.shown, outcome) or ("", "")
            roles: dict[str, list[Item]] = {}
            for rule, columns, truth in outcome.items:
                item = (rule, {"": columns[column]}, truth)
                roles.setdefault(columns[role_column], []).append(item)
            lines = (self._role(outcome, role, found) for role, found in roles.items())
            yield from self._titled("responsible", lines)

    def _role(self, outcome: Outcome, role: str, found: list[Item]) -> str:
        """Say who has a role, for certain or under conditions."""
        sure = [(columns[""], rule.modality) for rule, columns, truth in found if truth is Truth.TRUE]
        maybe = [item for item in found if item[2] is Truth.UNKNOWN and (item[1][""], item[0].modality) not in sure]
        as_read = [item for item in maybe if self.found.is_left_open(outcome.decision.name, item[0])]
        texts = list(dict.fromkeys(self._addressee(body) for body, _ in sure))
        texts += [self._only_as_read(outcome, item) for item in as_read]
        texts += [self._depending(rest)] if (rest := [item for item in maybe if item not in as_read]) else []
        named = self.words.named(self.shown.roles, role)
        return self.words.say("role", role=named, bodies=self.words.joined(texts))

    def _addressee(self, name: str) -> str:
        return self.words.named(self.shown.addressees, name)

    def _only_as_read(self, outcome: Outcome, item: Item) -> str:
        body = self._addressee(item[1][""])
        return self.words.say("only_as_read", text=body, readings=readings_of(self.words, self.found, outcome, item[0]))

    def _depending(self, maybe: list[Item]) -> str:
        environment = self.found.environment
        asked = (open_facts(rule.condition, self.words, environment, self.headline) for rule, *_ in maybe)
        opened = [name for names in asked for name in names]
        names = [name for name in dict.fromkeys(opened) if why_open(self.found, name) != "left_open"]
        bodies = self.words.joined(dict.fromkeys(self._addressee(columns[""]) for _, columns, _ in maybe), "or_bodies")
        if len(maybe) == 1 or not names:
            bodies += self.words.say("possibly")
        facts = self.words.joined(map(self.words.name, names))
        return self.words.say("depending", bodies=bodies, facts=facts) if facts else bodies

    def _titled(self, key: str, lines: Iterable[str], **parts: str) -> Iterator[str]:
        body = list(lines)
        if body:
            yield ""
            yield self.words.say(key, **parts)
            yield from body

    def _missing(self) -> Iterator[str]:
        subjects = set(self._subjects())
        wanted = [item for item in self.found.missing_facts if subjects.intersection(item.settles)]
        data = [item for item in wanted if not item.is_judged]
        yield from self._titled("missing_data", self._questions(data))
        yield from self._titled("missing_judged", self._questions([item for item in wanted if item.is_judged]))

    def _questions(self, missing: list[MissingFact]) -> Iterator[str]:
        for number, item in enumerate(missing, start=1):
            question = self.words.label(self.found.policy.facts[item.name].question)
            yield self.words.say("question", number=number, question=question)

    def _examples(self) -> Iterator[str]:
        outcome = self.found.outcomes.get(self.headline)
        if outcome is None or outcome.status is not Status.UNDETERMINED:
            return
        found = witnesses(self.found.policy, self.found.known, self.headline)
        yield from self._titled("examples", (self._example(*pair) for pair in found[:MOST_EXAMPLES]))

    def _example(self, answer: Value, completion: dict[str, Value]) -> str:
        """Say what some values lead to; readings of the law stand apart from facts."""
        readings = [(name, str(value)) for name, value in completion.items() if name in self.found.policy.readings]
        pairs = [
            (self.words.name(name), self.words.value(name, value))
            for name, value in completion.items()
            if name in self.found.policy.facts
        ]
        said = [self.words.say("assignment", fact=fact, value=value) for fact, value in pairs]
        said += [self.words.say("as_read", reading=self.words.option(*pair)) for pair in readings]
        value, label = self.words.value(self.headline, answer), self.words.name(self.headline)
        return self.words.say("example", facts=self.words.joined(said, "list_and"), label=label, value=value)

    def _next(self) -> Iterator[str]:
        outcome = self.found.outcomes.get(self.headline)
        if outcome is not None and outcome.decision.type.kind == "enumeration":
            lines = list(path_lines(self.words, outcome, self.found.known))
            yield from ["", *lines] if lines else []

    def _sensitivity(self) -> Iterator[str]:
        """Say what the answer would be if an ambiguous text were read in another declared way."""
        if self.headline in self.found.outcomes:
            found = sensitivity(self.found, self.headline)
            yield from self._titled("other_readings", map(self._alternative, found))

    def _alternative(self, found: Alternative) -> str:
        option, outcome = {found.reading: found.option}, found.outcome
        if outcome.status is not Status.UNSETTLED_BY_LAW:
            return self.words.say("item", text=self._as_read(option, outcome))
        reading = self.words.choice(option.items())
        text = self.words.say("outcome_left_open", reading=reading, outcomes=self._by_reading(outcome))
        return self.words.say("item", text=text)

    def _lists(self) -> Iterator[str]:
        outcomes = list(list_outcomes(self.found, by_role=False))
        lines = [line for outcome in outcomes for line in self._list(outcome)]
        lines += open_lines(self.words, self.found, outcomes)
        yield from ["", *lines] if lines else []

    def _list(self, outcome: Outcome) -> Iterator[str]:
        heading = self.words.say("list_heading", label=self.words.label(outcome.decision.label))
        lines = list_lines(self.words, self.found, outcome)
        is_warning = outcome.decision.name == self.shown.lists.remarks
        yield from self._compact(heading, list(self._warned(outcome) if is_warning else lines))

    def _warned(self, outcome: Outcome) -> Iterator[str]:
        """Yield what is warned of, with the criteria that fail."""
        for rule, columns, truth in outcome.items:
            if truth is Truth.TRUE:
                text = self.words.columns(outcome.decision, columns)
                failing = self._details(list(failing_under(self.found, rule)))
                found = self.words.joined(failing, "and_clauses")
                yield self.words.say("item", text=self.words.say("stated", name=text, value=found) if found else text)

    def _compact(self, heading: str, lines: list[str]) -> Iterator[str]:
        """Put a single line behind its heading."""
        if len(lines) == 1:
            yield heading + self.words.say("space") + lines[0].removeprefix("  - ")
        elif lines:
            yield from (heading, *lines)

    def _readings(self) -> Iterator[str]:
        """Say of each decision behind the answer what the law leaves open about it."""
        found = [self.found[name] for name in self._bearing if name != self.headline]
        yield from self._titled("readings", (self._reading(outcome) for outcome in found if outcome.by_reading))

    def _reading(self, outcome: Outcome) -> str:
        label = self.words.label(outcome.decision.label)
        text = self.words.say("unsettled", label=label, outcomes=self._by_reading(outcome))
        return self.words.say("item", text=text)

    def _lifted(self) -> Iterator[str]:
        """Say what the place does not ask for, and by which provision."""
        lines = [self._not_asked(lifted) for lifted in self._lifted_here()]
        yield from ["", *lines] if lines else []

    def _lifted_here(self) -> tuple[Lifted, ...]:
        lists = (outcome for outcome in list_outcomes(self.found, by_role=False) if outcome.items)
        outcomes = (*(self.found[name] for name in self._bearing), *lists)
        found = (
            lifted for outcome in outcomes for lifted in outcome.decision.lifted if self._is_lifted(outcome, lifted)
        )
        return tuple(dict.fromkeys(found))

    def _is_lifted(self, outcome: Outcome, lifted: Lifted) -> bool:
        """Tell whether it is gone, or remains only in cases other than this one."""
        rule = next((rule for rule in rules_of(outcome.decision) if rule.id == lifted.id), None)
        if rule is None:
            return True
        return rule.applies_when is not None and self.found.outcomes.truth(rule.applies_when) is Truth.FALSE

    def _not_asked(self, lifted: Lifted) -> str:
        sources = self.words.joined(map(self.words.source, lifted.citations))
        return self.words.say("lifted", label=self.words.label(lifted.label), source=sources)

    def _citations(self) -> Iterator[str]:
        yield from self._titled("citations", citation_lines(self.words, self._cited()))

    def _cited(self) -> Iterator[Citation]:
        """Yield the provisions behind the answers, what applies for certain, and what was lifted."""
        for name in self._bearing:
            yield from self.found[name].citations
        for by_role in (True, False):
            for outcome in list_outcomes(self.found, by_role=by_role):
                sure = (rule for rule, _, truth in outcome.items if truth is Truth.TRUE)
                yield from (citation for rule in sure for citation in outcome.citations_of(rule))
        yield from (citation for lifted in self._lifted_here() for citation in lifted.citations)

    def _warnings(self) -> Iterator[str]:
        yield from self._titled("warnings", (self.words.say("item", text=text) for text in self._amended()))

    def _amended(self) -> Iterator[str]:
        """Yield which texts were changed by others that were not seen."""
        yield from (self.words.label(amendment.remark) for amendment in self.found.amended)


def citation_lines(words: Words, citations: Iterable[Citation]) -> Iterator[str]:
    """Yield a line for each instrument with its provisions; what nobody verified is marked where it is cited."""
    instruments: dict[tuple[str, str], list[Citation]] = {}
    for citation in dict.fromkeys(citations):
        instruments.setdefault((words.label(citation.title), citation.number), []).append(citation)
    for (title, number), cited in instruments.items():
        mark = words.say("not_verified")
        is_whole = all(citation.confidence in UNVERIFIED for citation in cited)
        articles = (
            words.label(citation.pinpoint) + (mark if citation.confidence in UNVERIFIED and not is_whole else "")
            for citation in cited
        )
        text = words.joined(dict.fromkeys(articles)) + (mark if is_whole else "")
        yield words.say("citation" if number else "unnumbered", title=title, number=number, articles=text)
