"""Which missing fact, if it were collected, would settle most of the records of a list.

In come answered rows; out go, for every missing fact, how many records it settles whatever its value turns out to be,
how many it could settle with some value, and for how many it cannot be done without; then an order in which to collect.
Guaranteed: what is said of a record was tried with every value that makes a difference; values that contradict known
facts do not count. A record that cannot be searched within bounds is counted in `inexact`, as if it needed each fact.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from cso_rules.determination import Determination, Result, Status, status_of
from cso_rules.engine.completions import atoms_of, range_of, representatives
from cso_rules.engine.determine import MOST_COMBINATIONS
from cso_rules.engine.facts import domains
from cso_rules.engine.missing_facts import missing_for
from cso_rules.executors import compiled
from cso_rules.executors.reference import holds
from cso_rules.model.decisions import TableDecision, rules_of
from cso_rules.model.expressions import (
    Among,
    And,
    Expression,
    Includes,
    Or,
    Within,
    atoms,
    names_of,
    operands,
    variables,
)
from cso_rules.model.policy import Constraint, Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.population.states import TIER
from cso_rules.truth import Truth

MOST_NODES: Final = 5_000
"""Different situations tried for one question about one kind of record."""
Known = dict[str, Domain]
Names = frozenset[str]


@attrs.frozen(kw_only=True)
class Need:
    """What an open record lacks.

    Attributes:
        missing: Facts that can still change the tier, in the order to ask.
        settling: Those of them that alone settle it, whatever the value.
        hopeful: Those that alone settle it with some value.
        necessary: Those without which no set of facts is sure to settle it.
        suffices: Whether the necessary ones together are sure to settle it.
    """

    missing: tuple[str, ...]
    settling: Names
    hopeful: Names
    necessary: Names
    suffices: bool
    is_exact: bool = True


@attrs.frozen(kw_only=True)
class OpenRecord:
    """A record whose tier is not determined, with what it lacks."""

    number: int
    id: str
    name: str
    need: Need


@attrs.frozen(kw_only=True)
class FactCount:
    """How many records a missing fact concerns."""

    name: str
    missing: int
    settles: int
    may_settle: int
    necessary: int


@attrs.frozen(kw_only=True)
class Step:
    """A fact in the order to collect: how many records more are settled once it is known, and how many in all."""

    name: str
    settled: int
    total: int


@attrs.frozen(kw_only=True)
class AskNext:
    """The result; `answered` counts all answered rows, `records` the open ones."""

    answered: int
    refused: int
    records: tuple[OpenRecord, ...]
    facts: tuple[FactCount, ...]
    order: tuple[Step, ...]
    policy: Policy

    @property
    def inexact(self) -> int:
        """How many records could not be searched within bounds."""
        return sum(not record.need.is_exact for record in self.records)


@attrs.define(kw_only=True)
class Askers:
    """The searches of a run, one for each policy."""

    readings: Mapping[str, str]
    known: dict[int, _Asker] = attrs.field(factory=dict)

    def of(self, found: Determination) -> _Asker:
        """Return the search under the rules of an answer."""
        key = id(found.policy)
        if key not in self.known:
            self.known[key] = _Asker.of(found.policy, self.readings)
        return self.known[key]


def ask_next(
    found: Iterable[tuple[int, str, str, Determination]],
    policy: Policy,
    *,
    refused: int = 0,
    readings: Mapping[str, str] | None = None,
) -> AskNext:
    """Return which facts to collect.

    Args:
        found: Row number, id, name and answers of every answered organization.
        policy: The rules of the run, for the order of equal facts.
        refused: How many rows were refused.
        readings: Chosen options of ambiguous texts.
    """
    askers = Askers(readings=dict(readings or {}))
    records, situations, answered = [], [], 0
    for number, identifier, name, determination in found:
        answered += 1
        outcome = determination.outcomes.get(TIER)
        if outcome is None or outcome.status is not Status.UNDETERMINED:
            continue
        asker = askers.of(determination)
        situation = asker.situation(determination)
        records.append(OpenRecord(number=number, id=identifier, name=name, need=situation.need))
        situations.append((asker, situation))
    return AskNext(
        answered=answered,
        refused=refused,
        records=tuple(records),
        facts=tuple(_counted(records)),
        order=tuple(_ordered(situations)),
        policy=policy,
    )


def _counted(records: Iterable[OpenRecord]) -> list[FactCount]:
    needs = [record.need for record in records]
    names = dict.fromkeys(name for need in needs for name in need.missing)
    found = [
        FactCount(
            name=name,
            missing=sum(name in need.missing for need in needs),
            settles=sum(name in need.settling for need in needs),
            may_settle=sum(name in need.hopeful for need in needs),
            necessary=sum(name in need.necessary for need in needs),
        )
        for name in names
    ]
    return sorted(found, key=lambda item: (-item.settles, -item.necessary, -item.missing))


def _ordered(situations: list[tuple[_Asker, _Situation]]) -> Iterator[Step]:
    """Yield facts, each time the one that settles most; among equal ones the one that most records still lack."""
    counts: dict[int, int] = {}
    groups: dict[int, tuple[_Asker, _Situation]] = {}
    for asker, situation in situations:
        counts[id(situation)] = counts.get(id(situation), 0) + 1
        groups[id(situation)] = (asker, situation)
    waiting = dict(groups)
    chosen: Names = frozenset()
    total = 0
    while waiting:
        names = dict.fromkeys(name for _, item in waiting.values() for name in item.need.missing if name not in chosen)
        if not names:
            return
        best = max(names, key=lambda name: _gain(name, chosen, waiting, counts))
        chosen |= {best}
        done = [key for key, (asker, item) in waiting.items() if asker.is_settled_by(item, chosen)]
        settled = sum(counts[key] for key in done)
        total += settled
        waiting = {key: item for key, item in waiting.items() if key not in done}
        yield Step(name=best, settled=settled, total=total)


def _gain(
    name: str, chosen: Names, waiting: Mapping[int, tuple[_Asker, _Situation]], counts: Mapping[int, int]
) -> tuple[int, float]:
    settled, nearer = 0, 0.0
    for key, (asker, item) in waiting.items():
        if name not in item.need.missing:
            continue
        settled += counts[key] if asker.is_settled_by(item, chosen | {name}) else 0
        lacking = item.need.necessary - chosen
        nearer += counts[key] / len(lacking) if name in lacking else 0
    return settled, nearer


@attrs.define(eq=False)
class _Situation:
    """Records that are alike as far as the open tier goes."""

    known: Known
    need: Need
    settled: dict[Names, bool] = attrs.field(factory=dict)


class _TooManyError(Exception):
    pass


@attrs.define
class _Asker:
    policy: Policy
    readings: Mapping[str, str]
    choices: list[Known]
    constraints: tuple[Constraint, ...]
    compared: tuple[Among | Includes | Within, ...]
    situations: dict[object, _Situation] = attrs.field(factory=dict)
    searched: dict[tuple[object, Names], bool] = attrs.field(factory=dict)
    nodes: int = 0

    @classmethod
    def of(cls, policy: Policy, readings: Mapping[str, str]) -> _Asker:
        part = policy.part([TIER])
        _, known = domains(part, {}, readings)
        names = [name for name in part.cone(TIER) if name in part.readings and not is_known(known[name])]
        options = [
            [(name, part.readings[name].type.bit(option)) for option in part.readings[name].type.values]
            for name in names
        ]
        choices: list[Known] = [
            dict(choice) for choice in itertools.islice(itertools.product(*options), MOST_COMBINATIONS + 1)
        ]
        if len(choices) > MOST_COMBINATIONS:
            choices = [{}]
        return cls(part, readings, choices, policy.constraints, atoms_of(part, TIER))

    # ------------------------------------------------------------------------------------------ one record

    def situation(self, found: Determination) -> _Situation:
        """Return what is known of a record and what it lacks; records that are alike are searched once."""
        known = dict(domains(self.policy, found.facts, self.readings)[1])
        results = compiled.evaluate(self.policy, known)
        key = self._left(known, results).key
        if key not in self.situations:
            missing = missing_for(self.policy, known, results, TIER)
            self.situations[key] = _Situation(known, self._need(known, missing))
        return self.situations[key]

    def _left(self, known: Known, results: Mapping[str, Result]) -> _Left:
        """Return what is left open on the way to the tier; the answers under every completion depend on this only."""
        environment = {**known, **{name: result.domain for name, result in results.items()}}
        parts: list[object] = []
        weights: Counter[str] = Counter({TIER: 1})
        for name in reversed(list(self.policy.decisions)):  # what reads a decision stands behind it
            if weights[name]:
                parts += ((name, self._open_rules(name, results[name], environment, weights)),)
        facts = sorted((name for name in weights if name in self.policy.facts), key=lambda name: (-weights[name], name))
        bound = [item.condition for item in self.constraints if not set(facts).isdisjoint(variables(item.condition))]
        parts += (_open_part(condition, environment, Counter()) for condition in bound)
        return _Left(tuple(facts), tuple(parts))

    def _open_rules(
        self, name: str, result: Result, environment: Mapping[str, Domain], weights: Counter[str]
    ) -> tuple[object, ...]:
        """Return what is left of a decision; count what it reads, as often as the decision itself is read."""
        decision, read = self.policy.decisions[name], Counter[str]()
        rules = enumerate(rules_of(decision))
        left = tuple(
            _open_part(rule.condition, environment, read) for place, rule in rules if result.unknown >> place & 1
        )
        for source, count in read.items():
            weights[source] += count * weights[name]
        is_table = isinstance(decision, TableDecision)  # the rows that are settled matter to it, met criteria do not
        return (result.true, result.unknown, left) if is_table else left

    def _need(self, known: Known, missing: tuple[str, ...]) -> Need:
        everything = frozenset(missing)
        try:
            settling = frozenset(name for name in missing if self._settles(known, frozenset({name})))
            necessary = frozenset(name for name in missing if not self._settles(known, everything - {name}))
            suffices = necessary == everything or self._settles(known, necessary)
        except _TooManyError:
            return Need(
                missing=missing, settling=frozenset(), hopeful=self._hopeful(known, missing), necessary=everything,
                suffices=True, is_exact=False,
            )  # fmt: skip
        return Need(
            missing=missing, settling=settling, hopeful=self._hopeful(known, missing), necessary=necessary,
            suffices=suffices,
        )  # fmt: skip

    def _hopeful(self, known: Known, missing: tuple[str, ...]) -> Names:
        return frozenset(
            name for name in missing if any(self._is_settled_now(after) for after in self._completed(known, name))
        )

    def is_settled_by(self, situation: _Situation, facts: Names) -> bool:
        """Tell whether facts are sure to settle a record."""
        need = situation.need
        if need.suffices:
            return need.necessary <= facts
        own = facts & frozenset(need.missing)
        if own not in situation.settled:
            try:
                situation.settled[own] = self._settles(situation.known, own)
            except _TooManyError:
                situation.settled[own] = own == frozenset(need.missing)
        return situation.settled[own]

    # ------------------------------------------------------------------------------------------ the search

    def _settles(self, known: Known, facts: Names) -> bool:
        """Tell whether facts settle the tier whatever their values; everything else stays unknown."""
        self.nodes = 0
        return self._search(known, facts)

    def _search(self, known: Known, facts: Names) -> bool:
        results = compiled.evaluate(self.policy, known)
        if self._is_settled(known, results):
            return True
        left = self._left(known, results)
        own = facts.intersection(left.facts)
        if len(own) in {0, len(left.facts)}:  # nothing of it will be asked, or all that is left
            return bool(own)
        if (left.key, own) not in self.searched:
            self.nodes += 1
            if self.nodes > MOST_NODES:
                raise _TooManyError
            name = next(name for name in left.facts if name in own)
            self.searched[left.key, own] = all(
                self._search(after, own - {name}) for after in self._completed(known, name)
            )
        return self.searched[left.key, own]

    def _completed(self, known: Known, name: str) -> Iterator[Known]:
        """Yield what is known with each value of a fact that makes a difference and contradicts nothing."""
        bound = [item.condition for item in self.constraints if name in variables(item.condition)]
        compared = [*self.compared, *(atom for condition in bound for atom in atoms(condition))]
        for value in representatives(self.policy.facts[name].type, name, compared, known):
            after = {**known, name: value}
            if all(holds(condition, after) is not Truth.FALSE for condition in bound):
                yield after

    def _is_settled_now(self, known: Known) -> bool:
        return self._is_settled(known, compiled.evaluate(self.policy, known))

    def _is_settled(self, known: Known, results: Mapping[str, Result]) -> bool:
        """Tell whether no fact is missing any more, under each option of what the law leaves open."""
        decision = self.policy.decisions[TIER]
        if status_of(decision, results[TIER]) is not Status.UNDETERMINED:
            return True
        if self.choices == [{}]:
            return False
        found = (compiled.evaluate(self.policy, {**known, **choice})[TIER] for choice in self.choices)
        return all(status_of(decision, result) is not Status.UNDETERMINED for result in found)


@attrs.frozen
class _Left:
    """The facts that open rules still read, and a key that is equal where what is left is equal."""

    facts: tuple[str, ...]
    key: tuple[object, ...]


def _open_part(expression: Expression, environment: Mapping[str, Domain], read: Counter[str]) -> object:
    """Return what is left of a condition: its truth, or its open parts; count the variables that these read."""
    truth = holds(expression, environment)
    if truth is not Truth.UNKNOWN:
        return truth
    if isinstance(expression, Among | Includes | Within):
        unknown = tuple(name for name in names_of(expression) if not is_known(environment[name]))
        read.update(unknown)
        return expression, tuple((name, environment[name]) for name in unknown), _rest(expression, unknown, environment)
    parts = tuple(_open_part(operand, environment, read) for operand in operands(expression))
    return type(expression).__name__, tuple(part for part in parts if part is not _NEUTRAL.get(type(expression)))


_NEUTRAL: Final[Mapping[type, Truth]] = {And: Truth.TRUE, Or: Truth.FALSE}


def _rest(atom: Among | Includes | Within, unknown: tuple[str, ...], environment: Mapping[str, Domain]) -> int:
    """Return the sum of the known terms of a comparison."""
    terms = atom.terms if isinstance(atom, Within) else ()
    return sum(range_of(term, environment)[0] for term in terms if term.quantity.name not in unknown)
