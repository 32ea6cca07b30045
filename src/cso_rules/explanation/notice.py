"""The parts of a notice, in the order in which a clerk reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from cso_rules.determination import Determination, Finding, MissingFact, Outcome, Status
from cso_rules.engine.determine import executor
from cso_rules.engine.sensitivity import Alternative, sensitivity
from cso_rules.engine.witnesses import witnesses
from cso_rules.explanation.lists import list_lines, list_outcomes, open_line
from cso_rules.explanation.path import path_lines
from cso_rules.explanation.places import place_lines
from cso_rules.explanation.reasons import detail, environment_of, is_counted, open_names
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.instruments import Citation
from cso_rules.model.types import Domain, Value
from cso_rules.truth import Truth

HEADLINE = "tier"
MOST_EXAMPLES = 2


def explain(
    determination: Determination, language: str = "zh", *, name: str | None = None, decision: str = HEADLINE
) -> str:
    """Return a determination as a notice.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        name: Name of the organization, if it should stand in the heading.
        decision: The decision that the notice is about.

    Raises:
        ArgumentError: There are no notices in this language.
    """
    held = getattr(determination, "determination", determination)
    notice = _Notice(held, Words(held.policy, language), decision, environment_of(held))
    return "\n".join(notice.lines(name))


@attrs.frozen
class _Notice:
    found: Determination
    words: Words
    headline: str
    environment: dict[str, Domain]

    def lines(self, name: str | None) -> Iterator[str]:
        yield from self._heading(name)
        if self.headline in self.found.outcomes:
            yield from self._answer(self.found[self.headline])
        yield from self._bodies()
        yield from self._missing()
        yield from self._examples()
        yield from self._next()
        yield from self._readings()
        yield from self._sensitivity()
        yield from self._lists()
        yield from self._citations()
        yield from self._warnings()
        yield ""
        yield self.words.say("final")

    def _heading(self, name: str | None) -> Iterator[str]:
        known, title = name or self.found.facts.get("name"), self.words.say("title")
        yield self.words.say("heading" if known else "heading_plain", name=known, title=title)
        policy = self.found.policy
        place = f"{policy.jurisdiction}" if policy.jurisdiction != policy.id else self.words.label(policy.title)
        date = policy.as_of.isoformat()
        yield self.words.say("basis_line", date=date, place=place, policy=f"{policy.id} {policy.digest[:12]}")
        yield from place_lines(policy, self.words)
        yield ""

    def _answer(self, outcome: Outcome) -> Iterator[str]:
        yield self._sentence(outcome)
        for rule in outcome.deciding():
            if outcome.status is Status.DETERMINED and outcome.truth_of(rules_index(outcome, rule)) is Truth.TRUE:
                yield self.words.say("reason", text=self.words.label(rule.label))
        if outcome.decision.type.kind == "boolean" or outcome.domain != 1:
            yield from self._criteria()

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
        return self.words.joined(values, "or_bodies")

    def _by_reading(self, outcome: Outcome) -> str:
        return self.words.joined(
            (
                self.words.say(
                    "outcome",
                    reading=self.words.joined(self.words.option(*pair) for pair in readings.items()),
                    values=self._possible(attrs.evolve(outcome, domain=domain)),
                )
                for readings, domain in outcome.by_reading
            ),
            "and_clauses",
        )

    def _criteria(self) -> Iterator[str]:
        for name in self.found.policy.cone(self.headline):
            outcome = self.found.outcomes.get(name)
            if outcome is not None and isinstance(outcome.decision, CriteriaDecision):
                yield from self._unmet(outcome)

    def _unmet(self, outcome: Outcome) -> Iterator[str]:
        failing = [found for found in outcome.findings if found.truth is Truth.FALSE]
        shown = failing or [found for found in outcome.findings if found.truth is Truth.UNKNOWN]
        if not shown or (outcome.by_reading and not failing):
            return
        label = self.words.label(outcome.decision.label)
        if outcome.fails_jointly:
            names = self.words.joined(self.words.label(found.rule.label) for found in shown)
            yield self.words.say("fails_jointly", label=label, names=names)
            return
        heading = self.words.say("not_met" if failing else "may_fail", label=label)
        numbers = [found for found in shown if is_counted(found, self.environment)]
        others = [self._detail(found) for found in shown if found not in numbers]
        texts = [*map(self._detail, numbers), *([self.words.joined(others, "and_clauses")] if others else [])]
        yield from self._compact(heading, [self.words.say("item", text=text) for text in texts])

    def _detail(self, found: Finding) -> str:
        return detail(self.words, found, self.environment)

    def _bodies(self) -> Iterator[str]:
        for outcome in list_outcomes(self.found, has_body=True):
            roles: dict[str, list[tuple[Rule, str, Truth]]] = {}
            for rule, columns, truth in outcome.items:
                roles.setdefault(columns["role"], []).append((rule, columns["body"], truth))
            yield from self._titled("responsible", (self._role(role, found) for role, found in roles.items()))

    def _role(self, role: str, found: list[tuple[Rule, str, Truth]]) -> str:
        sure = [self.words.named("body", body) for _, body, truth in found if truth is Truth.TRUE]
        maybe = [(rule, self.words.named("body", body)) for rule, body, truth in found if truth is Truth.UNKNOWN]
        texts = [self.words.joined(dict.fromkeys(sure))] if sure else []
        texts += [self._depending(maybe)] if maybe else []
        return self.words.say("role", role=self.words.named("role", role), bodies=self.words.joined(texts))

    def _depending(self, maybe: list[tuple[Rule, str]]) -> str:
        names = (name for rule, _ in maybe for name in open_names(rule.condition, self.words, self.environment))
        facts = self.words.joined(dict.fromkeys(self.words.name(name) for name in names))
        bodies = self.words.joined(dict.fromkeys(body for _, body in maybe), "or_bodies")
        if len(maybe) == 1:
            bodies += self.words.say("possibly")
        return self.words.say("depending", bodies=bodies, facts=facts)

    def _titled(self, key: str, lines: Iterable[str], **parts: str) -> Iterator[str]:
        body = list(lines)
        if body:
            yield ""
            yield self.words.say(key, **parts)
            yield from body

    def _missing(self) -> Iterator[str]:
        wanted = [item for item in self.found.missing_facts if self.headline in item.settles]
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
        found = witnesses(self.found.policy, self._inputs(), self.headline, executor("compiled"))
        yield from self._titled("examples", (self._example(*pair) for pair in found[:MOST_EXAMPLES]))

    def _example(self, answer: Value, completion: dict[str, Value]) -> str:
        pairs = ((self.words.name(fact), self.words.value(fact, value)) for fact, value in completion.items())
        facts = self.words.joined(
            (self.words.say("assignment", fact=fact, value=value) for fact, value in pairs), "list_and"
        )
        value = self.words.value(self.headline, answer)
        return self.words.say("example", facts=facts, label=self.words.name(self.headline), value=value)

    def _inputs(self) -> dict[str, Domain]:
        names = [*self.found.policy.facts, *self.found.policy.readings]
        return {name: self.environment[name] for name in names}

    def _next(self) -> Iterator[str]:
        outcome = self.found.outcomes.get(self.headline)
        if outcome is not None and outcome.decision.type.values:
            lines = list(path_lines(self.words, outcome, self._inputs()))
            yield from ["", *lines] if lines else []

    def _sensitivity(self) -> Iterator[str]:
        """Say what the answer would be if an ambiguous text were read in another declared way."""
        if self.headline in self.found.outcomes:
            found = sensitivity(self.found, self.headline)
            yield from self._titled("other_readings", map(self._alternative, found))

    def _alternative(self, found: Alternative) -> str:
        option, values = self.words.option(found.reading, found.option), self._possible(found.outcome)
        text = self.words.say("outcome", reading=option, values=values)
        return self.words.say("item", text=text)

    def _lists(self) -> Iterator[str]:
        outcomes = list(list_outcomes(self.found, has_body=False))
        lines = [line for outcome in outcomes for line in self._list(outcome)]
        lines += open_line(self.words, outcomes)
        yield from ["", *lines] if lines else []

    def _list(self, outcome: Outcome) -> Iterator[str]:
        heading = self.words.say("list_heading", label=self.words.label(outcome.decision.label))
        yield from self._compact(heading, list(list_lines(self.words, self.found, outcome)))

    def _compact(self, heading: str, lines: list[str]) -> Iterator[str]:
        """Put a single line behind its heading."""
        if len(lines) == 1:
            yield heading + self.words.say("space") + lines[0].removeprefix("  - ")
        elif lines:
            yield from (heading, *lines)

    def _readings(self) -> Iterator[str]:
        found = [outcome for outcome in self._cited() if outcome.decision.name != self.headline]
        yield from self._titled("readings", (self._reading(outcome) for outcome in found if outcome.by_reading))

    def _reading(self, outcome: Outcome) -> str:
        label = self.words.label(outcome.decision.label)
        text = self.words.say("unsettled", label=label, outcomes=self._by_reading(outcome))
        return self.words.say("item", text=text)

    def _citations(self) -> Iterator[str]:
        lists = (*list_outcomes(self.found, has_body=True), *list_outcomes(self.found, has_body=False))
        sure = (rule for outcome in lists for rule, _, truth in outcome.items if truth is Truth.TRUE)
        cited = [citation for outcome in self._cited() for citation in outcome.citations]
        cited += [citation for rule in sure for citation in rule.citations]
        instruments: dict[tuple[str, str], list[Citation]] = {}
        for citation in dict.fromkeys(cited):
            instruments.setdefault((self.words.label(citation.title), citation.number), []).append(citation)
        lines = (self._instrument(*name, found) for name, found in instruments.items())
        yield from self._titled("citations", lines)

    def _cited(self) -> Iterator[Outcome]:
        cone = self.found.policy.cone(self.headline) if self.headline in self.found.outcomes else ()
        yield from (self.found[name] for name in cone if name in self.found.outcomes)

    def _instrument(self, title: str, number: str, cited: list[Citation]) -> str:
        mark = self.words.say("not_verified")
        is_whole = all(citation.confidence == "K" for citation in cited)
        articles = (
            self.words.label(citation.article) + (mark if citation.confidence == "K" and not is_whole else "")
            for citation in cited
        )
        text = self.words.joined(dict.fromkeys(articles)) + (mark if is_whole else "")
        return self.words.say("citation" if number else "unnumbered", title=title, number=number, articles=text)

    def _warnings(self) -> Iterator[str]:
        yield from self._titled("warnings", (self.words.say("item", text=text) for text in self.found.warnings))


def rules_index(outcome: Outcome, rule: Rule) -> int:
    """Return the position of a rule in the decision of an outcome."""
    return next(index for index, found in enumerate(outcome.findings) if found.rule is rule)
