"""Determination: evaluates a policy, says what open readings change, and what is missing.

In come a policy and facts; out goes a `Determination`.
Guaranteed: an answer is determined only when every open reading of the law leads to that same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from operator import itemgetter
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from cso_rules.determination import Determination, MissingFact, Outcome, Result, Status, status_of
from cso_rules.engine.facts import NO_READINGS, declared, domains, judgements, understood
from cso_rules.engine.situation import Outcomes
from cso_rules.executors.single.settling import Answers
from cso_rules.model.canonical import CLASSES, some_value
from cso_rules.model.decisions import AnyDecision, ValueDecision, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.types import Domain, Value, is_known
from cso_rules.plan.prepared import Prepared, cones_of

if TYPE_CHECKING:
    from cso_rules.engine.missing_facts import Open
    from cso_rules.errors import FactProblem
    from cso_rules.model.policy import Choice, Policy
    from cso_rules.plan.asked.questions import Asked

Evaluate: TypeAlias = "Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]"
MOST_REMEMBERED = 2048


def determine(  # noqa: PLR0913 - what a question consists of
    policy: Policy,
    facts: object,
    *,
    readings: Mapping[str, str] = NO_READINGS,
    engine: str = "compiled",
    ask: bool = True,
    verify: str | None = None,
    problems: Collection[FactProblem] = (),
) -> Determination:
    """Answer every decision of a policy about one organization.

    A value is given by the kind of its fact (`policy.facts[name].type.kind`):

        boolean      True or False
        enumeration  the id of a value, or its label in Chinese or English, as text
        set          a list, tuple or set of such texts; `{"values": [...], "complete": False}` where there may be more
        integer      a whole number of what the question of the fact counts, such as persons
        money        yuan, as a whole number, `Decimal` or text such as "30000.50"; nothing is rounded to fen
        decimal      the same in the unit that the question of the fact names
        date         a `datetime.date`, or ISO text such as 2018-06-01
        text         any text

    What an official judges may say who, when and on what: `{"value": True, "judged_by": ..., "judged_on": ...,
    "basis": ...}`. None says nothing, `UNKNOWN` that it is not known, so that nothing is presumed either; `Between`,
    `OneOf` and `SomeOf` of `cso_rules.model.types` say in part what a value is.

    Args:
        policy: Rules in force.
        facts: A mapping from fact names to values, or an object whose attributes are named so.
        readings: Options of ambiguous texts to take instead of the declared ones.
        engine: `compiled`, `reference` for the plain interpreter, or `rete` for durable_rules.
        ask: Whether to find out which missing facts to ask for; without it `missing_facts` is empty.
        verify: An engine to ask for a second opinion.
        problems: What was said of facts and not understood, such as the problems of a `FactsError` before. These facts
            are unknown, whatever value is given for them, and the determination keeps and shows what was said.

    Returns:
        The answer of each decision, with the rules behind it and the provisions that they cite.

    Raises:
        FactsError: Facts are unknown by name, of the wrong type, impossible or contradictory.
        VerificationError: The second opinion is another one.
        EngineError: An engine could not answer.
        MissingExtraError: An engine is not installed.
        WrongKindError: The facts are neither a mapping nor an object with such attributes.
        ArgumentError: There is no such engine.
    """
    plan = _plan(policy)
    kept: tuple[FactProblem, ...] = ()
    if problems:
        facts, kept = understood(policy, facts, problems)
    found = plan.answered(facts, readings) if engine == "compiled" else None
    if found is None:
        found = _in_steps(plan, facts, readings, executor(engine), ask=ask)
    if kept:
        found = attrs.evolve(found, problems=kept)
    if verify is not None:
        confirm(found, engine=verify, first=engine)
    return found


def _at_once(plan: _Plan) -> Callable[[dict[str, Any], _Options], Determination | None]:
    """Return what answers where all that is read is known in canonical form, and says nothing elsewhere."""
    compiled = _compiled()
    policy, facts, under, dependent = plan.policy, plan.policy.facts_by_kind, _under(compiled.evaluate), plan.dependent
    decide = compiled.at_once(policy, plan.outcome)
    if decide is None or len(facts) < 2:  # noqa: PLR2004 - of one value no tuple is made
        return lambda *_: None
    values_of = itemgetter(*(fact.name for fact in facts))
    classes = [CLASSES[fact.type.kind] for fact in facts]
    unread = {name: some_value(policy.facts[name].type) for name in plan.unread}
    size = len(facts)

    def answered(given: dict[str, Any], options: _Options) -> Determination | None:
        filled = {**unread, **given} if unread else given
        if len(filled) != size:
            return None
        try:
            values = values_of(filled)
            outcomes = decide(values + options[0]) if [*map(type, values)] == classes else {}
        except KeyError:  # a fact or the name of a value is missing, or an answer that others read is none
            return None
        if not outcomes:
            return None
        clean, chosen = given.copy(), options[1].copy()
        shown = Outcomes(policy, clean, chosen, outcomes, under, dependent)
        return Determination(policy=policy, facts=clean, outcomes=shown, readings=chosen)

    return answered


_Options: TypeAlias = tuple[tuple[int, ...], dict[str, str]]
"""The bit of an option of each reading, and the options."""


def _options(policy: Policy, readings: object) -> _Options | None:
    """Return the options of all readings; None where one that is read is open, or something is no option."""
    if not isinstance(readings, Mapping) or not policy.readings.keys() >= readings.keys():
        return None
    options = {name: readings.get(name, reading.chosen) for name, reading in policy.readings.items()}
    known = {name: option for name, option in options.items() if option in policy.readings[name].type.values}
    if any(name not in known and (name in readings or name in policy.inputs) for name in options):
        return None
    bits = (reading.type.bit(known[name]) if name in known else 0 for name, reading in policy.readings.items())
    return tuple(bits), {name: str(option) for name, option in known.items()}


def _in_steps(
    plan: _Plan, facts: object, readings: Mapping[str, str], evaluate: Evaluate, *, ask: bool
) -> Determination:
    """Answer about any organization: domains, results, open readings, missing facts."""
    policy = plan.policy
    values, known, results = plan.read(facts, readings, evaluate)
    is_open = _open(policy, known) if readings else plan.open
    outcomes: dict[str, Outcome] = {}
    undetermined: list[str] = []
    left_open = Status.UNDETERMINED
    for name, result in results.items():
        found = outcomes[name] = result.told or plan.outcome(name, result)
        if found.status is left_open:
            undetermined.append(name)
    missing: tuple[MissingFact, ...] = ()
    if undetermined and (ask or is_open):
        left = _open_class()(policy, known, asked=results.asked if isinstance(results, Answers) else None)
        if is_open:
            _Question(plan, known, evaluate, is_open, left).ask_of_readings(outcomes, undetermined)
            undetermined = _undetermined(outcomes)
        missing = left.missing_facts(plan.in_order(tuple(undetermined))) if ask and undetermined else ()
    chosen = _chosen(policy, known) if readings else plan.chosen.copy()
    return Determination(
        policy=policy,
        facts=values,
        outcomes=Outcomes(policy, values, chosen, outcomes, _under(evaluate), plan.dependent),
        readings=chosen,
        missing_facts=missing,
        open_readings=_that_matter(is_open, outcomes) if is_open else (),
        judgements=judgements(policy, facts, values) if plan.has_judged else {},
    )


_Answered: TypeAlias = "tuple[dict[str, Value], Mapping[str, Domain], dict[str, Result]]"
"""The known values, the domain of every fact and reading, and the results."""


def _undetermined(outcomes: Mapping[str, Outcome]) -> list[str]:
    undetermined = Status.UNDETERMINED
    return [name for name, found in outcomes.items() if found.status is undetermined]


def _that_matter(open_readings: Sequence[str], outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Return the open readings that change an answer."""
    if not open_readings:
        return ()
    relevant = {name for found in outcomes.values() if found.by_reading for name in found.by_reading[0][0]}
    return tuple(name for name in open_readings if name in relevant)


def _open(policy: Policy, known: Mapping[str, Domain]) -> tuple[str, ...]:
    """Return the readings that the law leaves open and nobody chose."""
    return tuple(name for name in policy.readings if not is_known(known[name]))


def _chosen(policy: Policy, known: Mapping[str, Domain]) -> dict[str, str]:
    """Return the option of every reading that is not open."""
    options = {name: reading.type.decode(known[name]) for name, reading in policy.readings.items()}
    return {name: str(option) for name, option in options.items() if option is not None}


def confirm(determination: Determination, *, engine: str = "rete", first: str = "compiled") -> None:
    """Ask another engine, and do nothing when it agrees.

    Args:
        determination: What was answered.
        engine: Name of the engine to ask.
        first: Name of the engine that answered, for the message.

    Raises:
        VerificationError: An answer differs; the first such decision is named.
        EngineError: The other engine could not answer.
        MissingExtraError: The other engine is not installed.
    """
    from cso_rules.engine.second_opinion import refuse_difference

    policy, facts, readings = determination.policy, determination.facts, determination.readings
    other = determine(policy, facts, readings=readings, engine=engine, ask=False)
    refuse_difference(determination, other, (first, engine))


def executor(engine: str) -> Evaluate:
    """Return the evaluation function of an engine by name.

    Raises:
        ArgumentError: There is no engine of that name.
    """
    if engine == "reference":
        from cso_rules.executors.single import reference

        return reference.evaluate
    if engine == "compiled":
        return _compiled().evaluate  # type: ignore[no-any-return]
    if engine == "rete":
        from cso_rules.executors.rete import executor as rete

        return rete.evaluate
    from cso_rules.diagnostics import shortened
    from cso_rules.errors import ArgumentError

    raise ArgumentError(
        f"no engine {shortened(str(engine))!r}; there are 'compiled', 'reference' and 'rete'",
        f"没有引擎“{shortened(str(engine))}”，可用：compiled、reference、rete",
    )


@cache
def _compiled() -> ModuleType:
    """Return the executor that is asked first, imported when it is."""
    from cso_rules.executors.single import compiled

    return compiled


def _under(evaluate: Evaluate) -> Callable[[Policy, Mapping[str, Domain]], Mapping[str, Result]]:
    """Return what answers single decisions under the options of readings as an executor answers all of them."""
    return _one_by_one() if evaluate is _compiled().evaluate else evaluate


@cache
def _one_by_one() -> Callable[[Policy, Mapping[str, Domain]], Mapping[str, Result]]:
    from cso_rules.executors.single.one_by_one import OneByOne

    return OneByOne


@attrs.frozen(eq=False, repr=False, slots=False)  # what decides at once is kept in its dictionary
class _Plan:
    """What of a policy is the same for every organization.

    Attributes:
        open: Readings that are open unless chosen.
        chosen: Options of the others.
    """

    policy: Policy
    open: tuple[str, ...]
    chosen: dict[str, str]

    def answered(self, facts: object, readings: Mapping[str, str]) -> Determination | None:
        """Answer at once about an organization of which all that is read is known; None about another one."""
        if type(facts) is not dict or len(facts) < self.least:
            return None
        options = _options(self.policy, readings) if readings else self.declared
        return None if options is None else self.at_once(facts, options)

    @cached_property
    def least(self) -> int:
        """How many facts are read."""
        return len(self.policy.facts) - len(self.unread)

    @cached_property
    def unread(self) -> list[str]:
        """The facts that neither a decision nor a constraint reads."""
        constraints = (variables(found.condition) for found in self.policy.constraints)
        read = {*self.policy.inputs, *(name for names in constraints for name in names)}
        return [name for name in self.policy.facts if name not in read]

    @cached_property
    def declared(self) -> _Options | None:
        """The options of readings as declared; None while one is open."""
        return _options(self.policy, {})

    @cached_property
    def at_once(self) -> Callable[[dict[str, Any], _Options], Determination | None]:
        """What answers about an organization of which all that is read is known."""
        return _at_once(self)

    def read(self, facts: object, readings: Mapping[str, str], evaluate: Evaluate) -> _Answered:
        """Return the known values, the domain of every fact and reading, and the results."""
        policy, compiled = self.policy, _compiled()
        if type(facts) is dict and not readings and evaluate is compiled.evaluate and compiled.is_often_asked(policy):
            found = self.often(facts)
            if found is not None:
                values, asked = found
                return values, asked.domains, evaluate(policy, asked.domains, asked)
        values, known = domains(policy, facts, readings)
        return values, known, evaluate(policy, known)

    @cached_property
    def often(self) -> Callable[[dict[str, Any]], tuple[dict[str, Value], Asked] | None]:
        """What reads canonical values for the plan, once many organizations were asked about."""
        from cso_rules.engine.often import reader

        return reader(self.policy)

    @cached_property
    def has_judged(self) -> bool:
        """Whether somebody judges some facts."""
        return any(fact.is_judged for fact in self.policy.facts.values())

    @cached_property
    def _orders(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """What was put in order already."""
        return {}

    def in_order(self, undetermined: tuple[str, ...]) -> tuple[str, ...]:
        """Return decisions in the order in which to ask for what they need."""
        found = self._orders.get(undetermined)
        if found is None:
            if len(self._orders) >= MOST_REMEMBERED:
                self._orders.clear()
            first = [name for name in self.policy.ask_order if name in undetermined]
            found = self._orders[undetermined] = tuple(dict.fromkeys((*first, *undetermined)))
        return found

    def outcome(self, name: str, result: Result) -> Outcome:
        """Return what a result means when no open reading matters."""
        found: Outcome | None = result.told
        if found is None:
            found = self._outcome(name, result)
            result.tell(found)
        return found

    def _outcome(self, name: str, result: Result) -> Outcome:
        decision = self.policy.decisions[name]
        return Outcome(
            decision=decision, status=status_of(decision, result), domain=result.domain, true=result.true,
            unknown=result.unknown, conflict=result.conflict, none=result.none, deciding_rules=result.deciding_rules,
            stands_alone=self.alone[name],
        )  # fmt: skip

    @cached_property
    def dependent(self) -> tuple[str, ...]:
        """The decisions of which the outcomes are not told without regard to anything else that is known."""
        return tuple(name for name, is_alone in self.alone.items() if not is_alone)

    @cached_property
    def alone(self) -> dict[str, bool]:
        """Which outcomes are told without regard to anything else that is known."""
        return {name: _stands_alone(self.policy, decision) for name, decision in self.policy.decisions.items()}


def _prepare(policy: Policy) -> _Plan:
    known = declared(policy)
    return _Plan(policy, _open(policy, known), _chosen(policy, known))


_plan = Prepared(_prepare)


@attrs.frozen(eq=False, repr=False)
class _Question:
    """The evaluation of one organization, and what the readings that the law leaves open change of it.

    Attributes:
        left: What still matters.
    """

    plan: _Plan
    known: Mapping[str, Domain]
    evaluate: Evaluate
    open: tuple[str, ...]
    left: Open
    cache: dict[Choice, dict[str, Result]] = attrs.field(factory=dict)

    def ask_of_readings(self, outcomes: dict[str, Outcome], undetermined: Iterable[str]) -> None:
        """Put the outcomes that depend on open readings in the place of those that do not tell of them."""
        cones, is_open = cones_of(self.plan.policy), set(self.open)
        for name in undetermined:
            if not is_open.isdisjoint(cones.of(name)):
                outcomes[name] = self._by_reading(name, outcomes[name])

    def _by_reading(self, name: str, found: Outcome) -> Outcome:
        """Return an open outcome with the answer under each combination of the readings on which it depends."""
        told = self.left.under_readings(name)
        if told is None:
            readings = self.left.readings(name)
            cases = tuple((choice, self._result(choice, name)) for choice in self.plan.policy.combinations(readings))
            is_left_to_readings = bool(readings) and not self.left.facts(name)
        else:
            cases, is_left_to_readings = told.cases, told.is_left_to_readings
        is_unsettled = is_left_to_readings and all(_is_settled(found.decision, result) for _, result in cases)
        return attrs.evolve(
            found,
            status=Status.UNSETTLED_BY_LAW if is_unsettled else found.status,
            by_reading=tuple((dict(choice), result.domain) for choice, result in cases),
        )

    def _result(self, choice: Choice, name: str) -> Result:
        """Return the result under options of readings of a decision that has no diagrams."""
        if choice not in self.cache:
            policy = self.plan.policy
            chosen = {name: policy.readings[name].type.bit(option) for name, option in choice}
            self.cache[choice] = self.evaluate(policy, {**self.known, **chosen})
        return self.cache[choice][name]


@cache
def _open_class() -> type[Open]:
    """Return what finds out what still matters: most organizations of which all is known never need it."""
    from cso_rules.engine.missing_facts import Open

    return Open


def _is_settled(decision: AnyDecision, result: Result) -> bool:
    return status_of(decision, result) is not Status.UNDETERMINED


def _stands_alone(policy: Policy, decision: AnyDecision) -> bool:
    """Tell whether the answer, its rules and its provisions are told without regard to anything else that is known."""
    if policy.scopes or policy.readings:  # a provision may not be about everybody, or only say how a text is read
        return False
    if policy.amendments:  # what it reads may rest on a text that was changed
        return False
    if isinstance(decision, ValueDecision):
        return not any(case.citations for case in decision.cases)  # only those of the case that is met are told
    return all(rule.applies_when is None and rule.due is None for rule in rules_of(decision))
