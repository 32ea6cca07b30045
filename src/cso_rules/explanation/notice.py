"""The parts of a notice, in the order in which a clerk reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from cso_rules.determination import Determination, MissingFact, Outcome, Status
from cso_rules.engine.determine import executor
from cso_rules.engine.gaps import gap_text_values, gaps
from cso_rules.engine.witnesses import witnesses
from cso_rules.explanation.reasons import detail, environment_of, open_names
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision
from cso_rules.model.instruments import Citation
from cso_rules.model.types import Domain, Value
from cso_rules.truth import Truth

HEADLINE = "tier"
MOST_ALTERNATIVES = 3
MOST_EXAMPLES = 2
NOT_ENTITLED = frozenset({"encourage", "explore", "target"})


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
        ValueError: There are no notices in this language.
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
        yield from self._lists()
        yield from self._readings()
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
        yield ""

    def _answer(self, outcome: Outcome) -> Iterator[str]:
        yield self._sentence(outcome)
        for rule in outcome.deciding():
            if outcome.status is Status.DETERMINED and outcome.truth_of(rules_index(outcome, rule)) is Truth.TRUE:
                yield self.words.say("reason", text=self.words.label(rule.label))
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
        if not shown:
            return
        yield self.words.say("not_met" if failing else "may_fail", label=self.words.label(outcome.decision.label))
        for found in shown:
            text = detail(self.words, found, self.environment)
            yield self.words.say("criterion", label=self.words.label(found.rule.label), detail=text)

    def _bodies(self) -> Iterator[str]:
        for outcome in self._list_outcomes(has_body=True):
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
        if outcome is None or not isinstance(outcome.value, str):
            return
        values = outcome.decision.type.values
        for wanted in reversed(values[: values.index(outcome.value)]):
            found = gaps(self.found.policy, self._inputs(), self.headline, wanted)[:MOST_ALTERNATIVES]
            value = self.words.value(self.headline, wanted)
            yield from self._titled("gap", (self._changes(gap) for gap in found), value=value)
            if found:
                return

    def _changes(self, gap: dict[str, int]) -> str:
        changes = gap_text_values(self.found.policy, self._inputs(), gap)
        texts = (self._change(*change) for change in changes)
        return self.words.say("gap_change", changes=self.words.joined(texts, "and_clauses"))

    def _change(self, fact: str, old: Value | None, new: Value | None, difference: Value | None) -> str:
        number = difference is not None and not isinstance(difference, str | bool | frozenset)
        key = "change_plain" if not number else "change_up" if str(difference)[0] != "-" else "change_down"
        size = self.words.value(fact, abs(difference)) if number else ""  # type: ignore[arg-type]
        shown = {"old": self.words.value(fact, old), "new": self.words.value(fact, new)}
        return self.words.say(key, fact=self.words.name(fact), difference=size, **shown)

    def _list_outcomes(self, *, has_body: bool) -> Iterator[Outcome]:
        for outcome in self.found.outcomes.values():
            if isinstance(outcome.decision, TableDecision) and outcome.decision.has_multiple_hits:
                columns = {column for output in outcome.decision.outputs for column, _ in output}
                if ({"role", "body"} <= columns) == has_body:
                    yield outcome

    def _lists(self) -> Iterator[str]:
        for outcome in self._list_outcomes(has_body=False):
            items = dict.fromkeys(self._item(outcome, *item) for item in outcome.items)
            yield from self._titled("list_heading", items, label=self.words.label(outcome.decision.label))

    def _item(self, outcome: Outcome, rule: Rule, columns: dict[str, str], truth: Truth) -> str:
        kind = outcome.decision.type.enumeration
        shown = {column: value for column, value in columns.items() if value != rule.addressee}
        named = (self.words.column(column or kind or "", value) for column, value in shown.items())
        text = self.words.joined(named)
        if rule.modality is not None:
            text = self.words.say(rule.modality, text=text)
        if truth is Truth.UNKNOWN:
            text += self.words.say("possibly")
        if rule.addressee is None:
            return self.words.say("item", text=text)
        return self.words.say("item_addressed", text=text, addressee=self.words.named("body", rule.addressee))

    def _readings(self) -> Iterator[str]:
        found = [outcome for outcome in self.found.outcomes.values() if outcome.by_reading]
        yield from self._titled("readings", (self._reading(outcome) for outcome in found))

    def _reading(self, outcome: Outcome) -> str:
        label = self.words.label(outcome.decision.label)
        text = self.words.say("unsettled", label=label, outcomes=self._by_reading(outcome))
        return self.words.say("item", text=text)

    def _citations(self) -> Iterator[str]:
        lists = (*self._list_outcomes(has_body=True), *self._list_outcomes(has_body=False))
        sure = (rule for outcome in lists for rule, _, truth in outcome.items if truth is Truth.TRUE)
        cited = [citation for outcome in self._cited() for citation in outcome.citations]
        cited += [citation for rule in sure for citation in rule.citations]
        yield from self._titled("citations", map(self._citation, dict.fromkeys(cited)))

    def _cited(self) -> Iterator[Outcome]:
        cone = self.found.policy.cone(self.headline) if self.headline in self.found.outcomes else ()
        yield from (self.found[name] for name in cone if name in self.found.outcomes)

    def _citation(self, citation: Citation) -> str:
        return self.words.say(
            "citation" if citation.number else "unnumbered",
            title=self.words.label(citation.title),
            number=citation.number,
            article=self.words.label(citation.article),
            summary=self.words.label(citation.summary),
            mark=self.words.say("not_verified") if citation.confidence == "K" else "",
        )

    def _warnings(self) -> Iterator[str]:
        yield from self._titled("warnings", (self.words.say("item", text=text) for text in self.found.warnings))


def rules_index(outcome: Outcome, rule: Rule) -> int:
    """Return the position of a rule in the decision of an outcome."""
    return next(index for index, found in enumerate(outcome.findings) if found.rule is rule)
