"""What there is to say about one determination, part by part: the sentences that every paper about it shares.

In comes a determination; out go sentences without marks of lists, for a notice, a page or a working sheet to lay out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from cso_rules.determination import Determination, Finding, Item, Judgement, MissingFact, Outcome, Status
from cso_rules.engine.sensitivity import Alternative, sensitivity
from cso_rules.engine.witnesses import witnesses
from cso_rules.explanation.basis import bearing, failing_under, names_behind, only_passes_on, settling
from cso_rules.explanation.lists import list_outcomes, readings_of, roles_in
from cso_rules.explanation.path import Path, path_of
from cso_rules.explanation.possible import possible_text
from cso_rules.explanation.reasons import detail, is_counted, open_facts, why_open
from cso_rules.explanation.words import Words, on_one_line, presumed_text
from cso_rules.model.decisions import CriteriaDecision, Lifted, Rule, TableDecision, rules_of
from cso_rules.model.instruments import UNVERIFIED, Citation
from cso_rules.model.policy import Fact
from cso_rules.model.presentation import Presentation
from cso_rules.model.types import TRUE, Value, is_known
from cso_rules.truth import Truth

MOST_EXAMPLES = 2
Part = tuple[str, list[str]]
"""A heading, and the lines below it."""


@attrs.frozen(slots=False)
class Account:
    """The sentences about one determination.

    Attributes:
        headline: The decision that the account is about.
        is_for_subject: Whether it speaks to the subject itself, and not to somebody who knows the rules.
    """

    found: Determination
    words: Words
    headline: str
    is_for_subject: bool = False

    @classmethod
    def of(
        cls, determination: Determination, language: str, headline: str | None = None, *, is_for_subject: bool = False
    ) -> Account:
        """Return the account of a determination, or of what holds one.

        Raises:
            ArgumentError: There are no sentences in this language.
        """
        held: Determination = getattr(determination, "determination", determination)
        words = Words(held.policy, language)
        words.say("title")
        return cls(held, words, headline or held.policy.headline, is_for_subject)

    @property
    def shown(self) -> Presentation:
        """How the answers of the package are shown."""
        return self.found.policy.presentation

    @property
    def outcome(self) -> Outcome | None:
        """The answer that the account is about."""
        return self.found.outcomes.get(self.headline)

    def name(self, variable: str) -> str:
        """Return what a fact or decision is called; to the subject itself the headline as a question."""
        asked = self.shown.notices.asked
        is_asked = self.is_for_subject and variable == self.headline and asked is not None
        return self.words.label(asked) if is_asked and asked is not None else self.words.name(variable)

    def unread(self) -> Iterator[str]:
        """Yield what was said of facts and not understood."""
        for problem in self.found.problems:
            reason = on_one_line(problem.message_zh if self.words.language == "zh" else problem.message_en)
            name = self.words.say("comma").join(map(self.words.name, problem.facts))
            yield self.words.say("unread_fact", name=name, value=on_one_line(problem.value), reason=reason)

    # ------------------------------------------------------------------------------------------ the answer

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """The decisions that are answered; others in the place of the headline while it has no rule."""
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

    @cached_property
    def bearing(self) -> tuple[str, ...]:
        """The decisions that the answers rest on, themselves too."""
        return bearing(self.found, self.subjects)

    def bearing_of(self, name: str) -> tuple[str, ...]:
        """Return a decision and those that its answer rests on."""
        return bearing(self.found, [name])

    def sentence(self, outcome: Outcome) -> str:
        """Return an answer as a sentence."""
        label, decision = self.words.label(outcome.decision.label), outcome.decision.name
        match outcome.status:
            case Status.DETERMINED if outcome.none is Truth.TRUE and outcome.decision.type.is_numeric:
                return self.words.say("is_none", label=label)
            case Status.DETERMINED:
                return self.words.say("is", label=label, value=self.words.value(decision, outcome.value))
            case Status.UNDETERMINED:
                return self.words.say("not_settled", label=label, values=self.possible(outcome))
            case Status.UNSETTLED_BY_LAW:
                return self.words.say("unsettled", label=label, outcomes=self.by_reading(outcome))
            case Status.NO_RULE_IN_FORCE:
                return self.words.say("no_rule", label=label)
            case Status.CONFLICT:
                return self.words.say("conflict", label=label)

    def possible(self, outcome: Outcome) -> str:
        """Return what an answer may be: alternatives, or a range."""
        return possible_text(self.words, self.found, outcome)

    def by_reading(self, outcome: Outcome) -> str:
        """Return what each way to read the texts leads to."""
        return self.words.joined(self.cases(outcome), "and_clauses")

    def cases(self, outcome: Outcome) -> tuple[str, ...]:
        """Return what each way to read the texts leads to, one by one."""
        cases = ((dict(options), attrs.evolve(outcome, domain=domain)) for options, domain in outcome.by_reading)
        return tuple(self._as_read(options, found) for options, found in cases)

    def _as_read(self, options: Mapping[str, str], outcome: Outcome) -> str:
        """Say what a reading leads to, or that facts are missing under it."""
        key = "outcome" if is_known(outcome.domain) else "outcome_open"
        return self.words.say(key, reading=self.words.choice(options.items()), values=self.possible(outcome))

    # ------------------------------------------------------------------------------------------ why

    def hits(self, outcome: Outcome) -> list[Rule]:
        """Return the rows of a table that hold and decide."""
        if not isinstance(outcome.decision, TableDecision):
            return []
        return [found.rule for found in outcome.deciding_findings if found.truth is Truth.TRUE]

    def reasons(self, outcome: Outcome) -> Iterator[str]:
        """Yield why a determined answer is what it is: the rows that hold, and what makes them hold."""
        if outcome.status is Status.DETERMINED:
            hits = self.hits(outcome)
            yield from (self.words.say("reason", text=self.words.label(rule.label)) for rule in hits)
            yield from self._settled_by(outcome, hits, "settled_by")

    def reasons_otherwise(self, outcome: Outcome) -> Iterator[str]:
        """Yield what an answer would be, and why, unless what is open rules it out."""
        if outcome.status is Status.UNDETERMINED:
            yield from self._settled_by(outcome, self.hits(outcome), "settled_otherwise")

    def _settled_by(self, outcome: Outcome, hits: Iterable[Rule], key: str) -> Iterator[str]:
        """Say which decisions make a row hold, such as that a valid registration is enough."""
        for rule in hits:
            names = self.words.joined((text for _, text in self.settling(rule)), "and_clauses")
            if names:
                yield self.words.say(key, value=self._output(outcome, rule), names=names)

    def settling(self, rule: Rule, plain: str = "met") -> Iterator[tuple[Outcome, str]]:
        """Yield the decisions that make a row hold, each in words with its facts, but for one that only repeats it.

        Args:
            rule: A row that holds.
            plain: The key of the words for a decision without facts of its own.
        """
        for one in settling(self.found, rule):
            label, facts = self.words.label(one.decision.label), self.facts_behind(one)
            if facts:
                yield one, self.words.say("item_more", first=label, rest=facts)
            elif one.decision.label != rule.label or plain != "met":
                yield one, self.words.say(plain, label=label)

    def _output(self, outcome: Outcome, rule: Rule) -> str:
        decision = outcome.decision
        assert isinstance(decision, TableDecision)
        return self.words.columns(decision, dict(decision.outputs[rule.output]))

    def facts_behind(self, outcome: Outcome) -> str:
        """Return the facts that the single criterion of a decision rests on; nothing where there are several."""
        rules = outcome.deciding()
        names = names_behind(rules[0].condition, self.found.environment) if len(rules) == 1 else ()
        values = [(name, self.found.supposed[name]) for name in names if name in self.found.supposed]
        stated = (
            self.words.say("stated", name=self.words.name(name), value=self.words.given(name, value))
            for name, value in values
        )
        return self.words.joined(stated)

    def presumed(self) -> Iterator[str]:
        """Yield what the law presumes of facts that bear on the answers and of which nothing was said."""
        cone = {name for subject in self.subjects for name in self.found.policy.cone(subject)}
        for found in self.found.presumed:
            if found.name in cone:
                yield presumed_text(self.words, found)

    def conditions(self, names: Iterable[str] | None = None) -> Iterator[Outcome]:
        """Yield the sets of conditions behind answers, but for those that only repeat others."""
        for name in self.bearing if names is None else names:
            outcome = self.found[name]
            if isinstance(outcome.decision, CriteriaDecision) and not only_passes_on(self.found, outcome):
                yield outcome

    def unmet(self, outcome: Outcome) -> Part | None:
        """Return which criteria of a set fail, or keep it open."""
        shown = self.failing(outcome) or [found for found in outcome.deciding_findings if found.truth is Truth.UNKNOWN]
        label = self.words.label(outcome.decision.label)
        if outcome.fails_jointly:
            names = self.words.joined(self.words.label(found.rule.label) for found in shown)
            return self.words.say("fails_jointly", label=label, names=names), []
        shown = self.failing(outcome) or self.open(outcome)
        heading = self.words.say("not_met" if self.failing(outcome) else "may_fail", label=label)
        return (heading, self.details(shown)) if shown else None

    def failing(self, outcome: Outcome) -> list[Finding]:
        """Return the criteria that fail for certain."""
        return [found for found in outcome.findings if found.truth is Truth.FALSE]

    def open(self, outcome: Outcome) -> list[Finding]:
        """Return the criteria that missing facts keep open."""
        deciding = (found for found in outcome.deciding_findings if found.truth is Truth.UNKNOWN)
        return [found for found in deciding if not self.found.is_left_open(outcome.decision.name, found.rule)]

    def is_settled(self, name: str) -> bool:
        """Tell whether a fact or decision has one value."""
        return is_known(self.found.environment[name])

    def applies(self, rule: Rule) -> bool:
        """Tell whether a criterion is about this subject for certain."""
        return rule.applies_when is None or self.found.outcomes.truth(rule.applies_when) is Truth.TRUE

    def details(self, shown: list[Finding]) -> list[str]:
        """Return details, those with numbers first and each by itself."""
        numbers = [found for found in shown if is_counted(found, self.found.environment)]
        others = list(dict.fromkeys(self.detail(found) for found in shown if found not in numbers))
        return [*map(self.detail, numbers), *([self.words.joined(others, "and_clauses")] if others else [])]

    def detail(self, found: Finding) -> str:
        """Return why one criterion fails, or what keeps it open."""
        return detail(self.words, self.found, found)

    # ------------------------------------------------------------------------------------------ who

    def bodies(self) -> Iterator[str]:
        """Yield a line for each role with those who have it."""
        for outcome in list_outcomes(self.found, by_role=True):
            role_column, column = roles_in(self.shown, outcome) or ("", "")
            roles: dict[str, list[Item]] = {}
            for rule, columns, truth in outcome.items:
                item = (rule, {"": columns[column]}, truth)
                roles.setdefault(columns[role_column], []).append(item)
            yield from (self._role(outcome, role, found) for role, found in roles.items())

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
        facts = self.words.joined(map(self.name, names))
        return self.words.say("depending", bodies=bodies, facts=facts) if facts else bodies

    # ------------------------------------------------------------------------------------------ what is missing

    def missing(self, *, judged: bool) -> tuple[MissingFact, ...]:
        """Return the facts that would settle the answers: those to report, or those to judge."""
        wanted = set(self.subjects)
        found = (item for item in self.found.missing_facts if wanted.intersection(item.settles))
        return tuple(item for item in found if item.is_judged == judged)

    def questions(self, missing: Iterable[MissingFact]) -> list[str]:
        """Return facts as questions."""
        return [
            self.words.say("question", question=self._asked(self.found.policy.facts[item.name])) for item in missing
        ]

    def _asked(self, fact: Fact) -> str:
        """Return the question about a fact, with whose judgement it is and what it applies, where that is said."""
        question = self.words.label(fact.question)
        if fact.judged_by is None:
            return question
        sources = [self.words.source(citation) for citation in fact.judged_on_basis]
        who = self.words.joined([self.words.label(fact.judged_by), *sources])
        return self.words.say("question_judged", question=question, who=who)

    def judgements(self) -> Iterator[str]:
        """Yield the judgements that bear on the answers: what was judged, by whom, when and on what."""
        cone = {name for subject in self.subjects for name in self.found.policy.cone(subject)}
        for name, judgement in self.found.judgements.items():
            if name in cone:
                stated = self.words.given(name, self.found.facts[name])
                value = self.words.say("stated", name=self.words.name(name), value=stated)
                yield value + self.words.say("colon") + self.judgement(judgement)

    def judgement(self, found: Judgement) -> str:
        """Return who judged, when and on what."""
        nothing = self.words.say("not_said")
        day = nothing if found.judged_on is None else found.judged_on.isoformat()
        return self.words.say(
            "judgement",
            person=on_one_line(found.judged_by) or nothing,
            day=day,
            basis=on_one_line(found.basis) or nothing,
        )

    def examples(self) -> Iterator[str]:
        """Yield which values of missing facts would lead to which answer."""
        outcome = self.outcome
        if outcome is not None and outcome.status is Status.UNDETERMINED:
            found = witnesses(self.found.policy, self.found.known, self.headline)
            yield from (self._example(*pair) for pair in found[:MOST_EXAMPLES])

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

    @cached_property
    def path(self) -> Path | None:
        """Return the smallest changes that lead to a better answer; None where there are none."""
        outcome = self.outcome
        if outcome is None or outcome.decision.type.kind != "enumeration":
            return None
        return path_of(self.words, outcome, self.found.known)

    # ------------------------------------------------------------------------------------------ texts and readings

    def other_readings(self) -> Iterator[str]:
        """Yield what the answer would be if an ambiguous text were read in another declared way."""
        if self.headline in self.found.outcomes:
            yield from map(self._alternative, sensitivity(self.found, self.headline))

    def _alternative(self, found: Alternative) -> str:
        option, outcome = {found.reading: found.option}, found.outcome
        if outcome.status is not Status.UNSETTLED_BY_LAW:
            return self._as_read(option, outcome)
        reading = self.words.choice(option.items())
        return self.words.say("outcome_left_open", reading=reading, outcomes=self.by_reading(outcome))

    def open_readings(self, *, only_known: bool = False) -> Iterator[str]:
        """Yield of each decision behind the answer what the law leaves open about it; or only where that is all."""
        found = [self.found[name] for name in self.bearing if name != self.headline]
        for outcome in found:
            if outcome.by_reading and (not only_known or all(is_known(domain) for _, domain in outcome.by_reading)):
                label = self.words.label(outcome.decision.label)
                yield self.words.say("unsettled", label=label, outcomes=self.by_reading(outcome))

    def lists(self) -> tuple[Outcome, ...]:
        """Return the list decisions but for those that say who has which role."""
        return tuple(list_outcomes(self.found, by_role=False))

    def warned(self, outcome: Outcome) -> Iterator[str]:
        """Yield what is warned of, with the criteria that fail."""
        for rule, columns, truth in outcome.items:
            if truth is Truth.TRUE:
                text = self.words.columns(outcome.decision, columns)
                failing = self.details(list(failing_under(self.found, rule)))
                found = self.words.joined(failing, "and_clauses")
                yield self.words.say("stated", name=text, value=found) if found else text

    def lifted(self) -> tuple[str, ...]:
        """Return what the place does not ask for, and by which provision."""
        return tuple(self._not_asked(lifted) for lifted in self._lifted_here())

    def _lifted_here(self) -> tuple[Lifted, ...]:
        lists = (outcome for outcome in self.lists() if outcome.items)
        outcomes = (*(self.found[name] for name in self.bearing), *lists)
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

    def cited(self) -> Iterator[Citation]:
        """Yield the provisions behind the answers, what applies for certain, and what was lifted."""
        for name in self.bearing:
            yield from self.found[name].citations
        for by_role in (True, False):
            for outcome in list_outcomes(self.found, by_role=by_role):
                sure = (rule for rule, _, truth in outcome.items if truth is Truth.TRUE)
                yield from (citation for rule in sure for citation in outcome.citations_of(rule))
        yield from (citation for lifted in self._lifted_here() for citation in lifted.citations)

    def amended(self) -> Iterator[str]:
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
