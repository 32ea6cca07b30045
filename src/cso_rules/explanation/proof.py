"""How an answer was derived: the rules that fired in the second engine, from the facts to the answer, one step a line.

In comes a `Determination`; out go numbered steps in Chinese or English, each with the steps that it rests on, the id
of its rule and the provisions. Guaranteed: a step rests only on facts and on earlier steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.engine.facts import domains
from cso_rules.executors.rete import executor as rete
from cso_rules.executors.rete.evaluator import Session, Sessions
from cso_rules.executors.rete.gate import START, Horn
from cso_rules.executors.rete.program import AnswerMeaning, AtomMeaning, FlagMeaning, RuleMeaning
from cso_rules.explanation.possible import possible_text
from cso_rules.explanation.reasons import quantity_text
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, Rule, TableDecision, inputs_of, rules_of
from cso_rules.model.expressions import Among, Includes, Lookup, Term, Within, names_of
from cso_rules.model.instruments import UNVERIFIED, Citation, Label
from cso_rules.model.types import Between, Domain, Type, is_known
from cso_rules.results import Result, status_of
from cso_rules.truth import Truth

_TITLE = Label(zh="推理过程：{label}", en="derivation: {label}")
_ENGINE = Label(
    zh="由 durable_rules 正向推理得出，共触发 {fired} 次规则；数值和日期由本程序计算",
    en="derived forward by durable_rules, with {fired} firings; numbers and dates are computed by this program",
)
_STEP = Label(zh="{number}. {text}", en="{number}. {text}")
_FROM = Label(zh="，由 {steps} 得出", en=", from {steps}")
_ATOM = {True: Label(zh="{text}：成立", en="{text}: true"), False: Label(zh="{text}：不成立", en="{text}: false")}
_GIVEN = Label(zh="（{facts}）", en=" ({facts})")
_FACT = Label(zh="{name}为{value}", en="{name} is {value}")
_CRITERION = {
    True: Label(zh="条件“{label}”满足", en="criterion “{label}” is met"),
    False: Label(zh="条件“{label}”不满足", en="criterion “{label}” is not met"),
}
_ROW = {
    True: Label(zh="规则“{label}”适用", en="row “{label}” holds"),
    False: Label(zh="规则“{label}”不适用", en="row “{label}” does not hold"),
}
_RULE_ID = Label(zh=" [{path}]", en=" [{path}]")
_CITED = Label(zh="，依据{articles}", en=", by {articles}")
_ARTICLE = Label(zh="《{title}》{article}", en="{title}, {article}")
_NOT_VERIFIED = Label(zh="【未核实】", en=" (not verified)")
_ANSWER = Label(zh="{label}：{value}", en="{label}: {value}")
_OPEN = Label(zh="尚不能确定，可能是{values}", en="not settled, possibly {values}")
_UNDERIVED = Label(
    zh="；以下各条既推不出成立，也推不出不成立：{rules}", en="; neither true nor false can be derived of {rules}"
)
_BEYOND = Label(
    zh="；逐条规则推不出此结论，考察全部可能情形后才得出",
    en="; not derived rule by rule: it follows once every possible case is looked at",
)
_NO_RULE = Label(zh="该日期没有生效的规定", en="no rule is in force on the date")
_CONFLICT = Label(zh="规则相互抵触", en="rules contradict one another")
_NONE = Label(zh="无", en="none")
_IS = Label(zh="{name}为{values}", en="{name} is {values}")
_HOLDS = Label(zh="{name}包含{values}", en="{name} includes {values}")
_LOOKED_UP = Label(zh="按{name}规定的数额", en="the number for {name}")
_BETWEEN = Label(zh="在 {low} 与 {high} 之间", en="between {low} and {high}")
_SEPARATOR = Label(zh="，", en=", ")
_ENUMERATION = Label(zh="、", en=", ")


def proof(determination: Determination, language: str = "zh", *, decision: str | None = None) -> str:
    """Return the chain of firings that led to an answer.

    Args:
        determination: What was decided.
        language: `zh` or `en`.
        decision: The decision whose answer is derived; the headline of the package when left out.

    Raises:
        EngineError: The second engine could not answer.
        MissingExtraError: The second engine is not installed.
        ValueError: There are no sentences in this language.
    """
    policy = determination.policy
    _, known = domains(policy, determination.facts, determination.readings)
    results, sessions = rete.trace(policy, known)
    environment = known | {name: result.domain for name, result in results.items()}
    found = _Proof(Words(policy, language), determination, sessions, environment, results)
    asked = decision or policy.headline
    found.answer(asked)
    return "\n".join(found.lines(asked))


@attrs.frozen
class _Step:
    text: str
    premises: tuple[int, ...]


@attrs.define
class _Proof:
    """Collects steps from the answer backwards; a step is numbered when everything that it rests on is."""

    words: Words
    found: Determination
    sessions: Sessions
    environment: dict[str, Domain]
    results: Mapping[str, Result]
    steps: dict[_Step, int] = attrs.field(factory=dict)
    answers: dict[str, int] = attrs.field(factory=dict)
    firings: dict[int, dict[int, Horn]] = attrs.field(factory=dict)

    def lines(self, decision: str) -> Iterator[str]:
        """Yield the heading and every step."""
        yield self._say(_TITLE, label=self.words.name(decision))
        cone = self.words.policy.cone(decision)
        fired = sum(len(self.sessions[name].fired) for name in cone if name in self.sessions)
        yield self._say(_ENGINE, fired=fired)
        for step, number in self.steps.items():
            steps = self._joined(map(str, step.premises))
            text = step.text + (self._say(_FROM, steps=steps) if step.premises else "")
            yield self._say(_STEP, number=number, text=text)

    def answer(self, decision: str) -> int:
        """Return the number of the step that gives the answer of a decision."""
        if decision not in self.answers:
            session = self.sessions.get(decision)
            premises = [] if session is None else list(self._claims(decision, session))
            if session is None:
                known = self.words.policy.decisions
                premises = [self.answer(name) for name in inputs_of(known[decision]) if name in known]
            text = self._say(_ANSWER, label=self.words.name(decision), value=self._value(self.found[decision]))
            text += self._say(_BEYOND) if self._is_beyond(self.found[decision]) else ""
            self.answers[decision] = self._step(text, premises)
        return self.answers[decision]

    def _is_beyond(self, outcome: Outcome) -> bool:
        """Tell whether an answer is settled although the engine leaves it open."""
        derived = status_of(outcome.decision, self.results[outcome.decision.name])
        return derived is Status.UNDETERMINED and outcome.status in {Status.DETERMINED, Status.CONFLICT}

    def _say(self, sentence: Label, /, **parts: object) -> str:
        return self.words.label(sentence).format(**parts)

    def _joined(self, texts: Iterable[str]) -> str:
        return self.words.label(_ENUMERATION).join(texts)

    def _step(self, text: str, premises: Iterable[int]) -> int:
        step = _Step(text, tuple(sorted(set(premises))))
        return self.steps.setdefault(step, len(self.steps) + 1)

    def _claims(self, decision: str, session: Session) -> Iterator[int]:
        """Yield the steps behind what is claimed of the answer in one session."""
        derived, program = session.derived, session.rules.program
        marks = [mark for (claim, _), mark in program.answers.items() if claim in {"certain", "excluded", "conflict"}]
        marks = [*self._row_that_holds(decision, session), *marks]
        for mark in marks:
            if mark is not None and mark in derived:
                yield from self._shown(decision, session, mark)

    def _row_that_holds(self, decision: str, session: Session) -> list[int]:
        """Return the mark of the row that gives the answer of a table in which the first one counts."""
        known, derived = self.words.policy.decisions[decision], session.derived
        if not isinstance(known, TableDecision) or known.hit_policy not in {"first", "priority"}:
            return []
        true = (session.rules.program.truths[place][0] for place in known.order)
        return [mark for mark in true if mark is not None and mark in derived][:1]

    def _shown(self, decision: str, session: Session, mark: int) -> list[int]:
        """Return the nearest steps that are shown; what only joins others is passed through."""
        meaning = session.rules.program.meanings.get(mark)
        match meaning:
            case FlagMeaning(variable=variable):
                return self._sources([variable])
            case AtomMeaning(atom=atom) if self._says_nothing_new(session, atom):
                return self._sources(names_of(atom))
            case AtomMeaning():
                return [self._step(self._atom_text(session, meaning), self._premises(decision, session, mark))]
            case RuleMeaning():
                text = self._rule_text(decision, meaning)
                return [self._step(text, self._premises(decision, session, mark))]
            case AnswerMeaning() | None:
                return self._premises(decision, session, mark)
            case _:
                assert_never(meaning)

    def _premises(self, decision: str, session: Session, mark: int) -> list[int]:
        if mark == START:
            return []
        rule = self._firing(session, mark)
        found = [step for part in rule.marks for step in self._shown(decision, session, part)]
        if rule.bound is not None:
            terms = session.rules.program.slots[rule.bound[0]].terms
            found += self._sources(term.quantity.name for term in terms)
        return found

    def _sources(self, names: Iterable[str]) -> list[int]:
        """Return the answers of those variables that are decisions."""
        return [self.answer(name) for name in names if name in self.words.policy.decisions]

    def _says_nothing_new(self, session: Session, atom: Among | Includes | Within) -> bool:
        """Tell whether a comparison only repeats the answer that it reads."""
        if not isinstance(atom, Among) or atom.name not in self.words.policy.decisions:
            return False
        return is_known(session.environment[atom.name])

    def _firing(self, session: Session, mark: int) -> Horn:
        """Return the first rule that derived a mark; it rests only on what was there before."""
        if id(session) not in self.firings:
            rules = [session.rules.program.rules[number] for number in reversed(session.fired)]
            self.firings[id(session)] = {rule.head: rule for rule in rules}
        return self.firings[id(session)][mark]

    def _rule_text(self, decision: str, meaning: RuleMeaning) -> str:
        known = self.words.policy.decisions[decision]
        rule = rules_of(known)[meaning.rule]
        words = _CRITERION if isinstance(known, CriteriaDecision) else _ROW
        text = self._say(words[meaning.truth], label=self.words.label(rule.label))
        return text + self._say(_RULE_ID, path=f"{decision}/{rule.id}") + self._cited(rule)

    def _cited(self, rule: Rule) -> str:
        articles = self._joined(dict.fromkeys(map(self._article, rule.citations)))
        return self._say(_CITED, articles=articles) if articles else ""

    def _article(self, citation: Citation) -> str:
        title, article = self.words.label(citation.title), self.words.label(citation.pinpoint)
        mark = self._say(_NOT_VERIFIED) if citation.confidence in UNVERIFIED else ""
        return self._say(_ARTICLE, title=title, article=article) + mark

    def _facts(self, session: Session, names: Iterable[str]) -> str:
        stated = (
            self._say(_FACT, name=self.words.name(name), value=self._domain(name, session.environment[name]))
            for name in names
        )
        return self.words.label(_SEPARATOR).join(stated)

    def _atom_text(self, session: Session, meaning: AtomMeaning) -> str:
        compared = self._comparison(meaning.atom)
        given = self._facts(session, names_of(meaning.atom))
        text = self._say(_ATOM[meaning.truth], text=compared)
        return text + (self._say(_GIVEN, facts=given) if given not in {"", compared} else "")

    def _comparison(self, atom: Among | Includes | Within) -> str:
        if isinstance(atom, Within):
            return self._sum(atom.terms) + self._bounds(atom)
        kind = self.words.policy.variable_type(atom.name)
        values = self._values(atom.name, kind, atom.bits)
        return self._say(_HOLDS if isinstance(atom, Includes) else _IS, name=self.words.name(atom.name), values=values)

    def _sum(self, terms: tuple[Term, ...]) -> str:
        text = ""
        for term in terms:
            sign = " − " if term.factor < 0 else " + " if text else ""
            factor = "" if abs(term.factor) == 1 else f"{abs(term.factor)} × "
            text += sign + factor + self._quantity(term)
        return text.strip()

    def _quantity(self, term: Term) -> str:
        if isinstance(term.quantity, Lookup):
            return self._say(_LOOKED_UP, name=self.words.name(term.quantity.name))
        return quantity_text(self.words, term.quantity)

    def _bounds(self, atom: Within) -> str:
        low, high = (None if bound is None else self._number(atom, bound) for bound in (atom.low, atom.high))
        if low is not None and high is not None:
            return f" = {low}" if low == high else " " + self._say(_BETWEEN, low=low, high=high)
        return f" ≥ {low}" if low is not None else f" ≤ {high}"

    def _number(self, atom: Within, number: int) -> str:
        """Return a bound in the unit of the first quantity that has one; a sum with dates is a plain number."""
        names = [term.quantity.name for term in atom.terms if not isinstance(term.quantity, Lookup)]
        numeric = [name for name in names if self.words.policy.variable_type(name).is_numeric]
        if not numeric:
            return str(number)
        kind = self.words.policy.variable_type(numeric[0])
        is_date = len(atom.terms) == 1 and kind.minimum <= number <= kind.maximum
        return self.words.encoded(numeric[0], number) if is_date or kind.kind != "date" else str(number)

    def _domain(self, name: str, domain: Domain) -> str:
        kind = self.words.policy.variable_type(name)
        value = kind.decode(domain)
        if domain == kind.everything and value is None:
            return self.words.say("unknown")
        if value is not None or self.words.policy.is_personal(name):
            return self.words.given(name, domain if value is None else value)
        if isinstance(domain, int):
            return self._values(name, kind, domain)
        if kind.kind == "set":
            return self.words.say("at_least") + (self._values(name, kind, domain[0]) or self._say(_NONE))
        low, high = (kind.decode_number(end) for end in domain)
        return self.words.value(name, Between(low=low, high=high))  # type: ignore[arg-type]  # numbers or dates

    def _values(self, name: str, kind: Type, bits: int) -> str:
        if kind.kind == "boolean":
            shown = [self.words.say(value) for value in kind.members(bits)]
        elif kind.kind == "set":
            shown = [self.words.named(kind.enumeration, value) for value in kind.members(bits)]
        else:
            shown = [self.words.value(name, value) for value in kind.members(bits)]
        return self.words.joined(shown, "or_bodies")

    def _value(self, outcome: Outcome) -> str:
        name, decision = outcome.decision.name, outcome.decision
        if isinstance(decision, AbsentDecision):
            return self._say(_NO_RULE)
        if outcome.status is Status.CONFLICT:
            return self._say(_CONFLICT)
        if isinstance(decision, TableDecision) and decision.has_multiple_hits:
            sure = [self.words.label(rule.label) for rule, _, truth in outcome.items if truth is Truth.TRUE]
            return self._joined(sure) or self._say(_NONE)
        if outcome.status is Status.DETERMINED:
            return self.words.value(name, outcome.value)
        values = possible_text(self.words, self.found, outcome)
        return self._say(_OPEN, values=values) + self._underived(outcome)

    def _underived(self, outcome: Outcome) -> str:
        open_rules = [found.rule for found in outcome.findings if found.truth is Truth.UNKNOWN]
        rules = self._joined(self.words.label(rule.label) for rule in open_rules)
        return self._say(_UNDERIVED, rules=rules) if rules else ""
