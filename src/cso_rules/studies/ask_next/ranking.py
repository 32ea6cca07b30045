"""Which missing fact, if it were collected, would settle most of the records of a list.

In come answered rows; out go, for every missing fact, how many records it settles whatever its value turns out to be,
how many it could settle with some value, and for how many it cannot be done without; then an order in which to collect.
Guaranteed: what is said of a record was tried with every value that makes a difference; values that contradict known
facts do not count. A record that cannot be searched within bounds is counted in `inexact`, as if it needed each fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from cso_rules.determination import Determination, Status
from cso_rules.model.policy import Policy
from cso_rules.studies.ask_next.settling import Case, Names, Settling, TooManyCasesError


@attrs.frozen(kw_only=True)
class Need:
    """What an open record lacks.

    Attributes:
        missing: Facts that can still change the headline, in the order to ask.
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
    """A record whose headline is not determined, with what it lacks."""

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
            self.known[key] = _Asker(Settling.of(found.policy, self.readings))
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
        outcome = determination.outcomes.get(determination.policy.headline)
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
    """Records that are alike as far as the open headline goes."""

    case: Case | None
    need: Need
    settled: dict[Names, bool] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Asker:
    """What records lack under one policy; those that are alike are searched once."""

    search: Settling
    situations: dict[Case | None, _Situation] = attrs.field(factory=dict)

    def situation(self, found: Determination) -> _Situation:
        """Return what a record lacks."""
        known = self.search.known(found.facts)
        case = self.search.case(known)
        if case not in self.situations:
            self.situations[case] = _Situation(case, self._need(case, self.search.missing(known)))
        return self.situations[case]

    def _need(self, case: Case | None, missing: tuple[str, ...]) -> Need:
        settles, everything = self.search.settles, frozenset(missing)
        hopeful = frozenset(name for name in missing if self.search.may_settle(case, name))
        try:
            settling = frozenset(name for name in missing if settles(case, frozenset({name})))
            necessary = frozenset(name for name in missing if not settles(case, everything - {name}))
            suffices = necessary == everything or settles(case, necessary)
        except TooManyCasesError:
            return Need(
                missing=missing, settling=frozenset(), hopeful=hopeful, necessary=everything, suffices=True,
                is_exact=False,
            )  # fmt: skip
        return Need(missing=missing, settling=settling, hopeful=hopeful, necessary=necessary, suffices=suffices)

    def is_settled_by(self, situation: _Situation, facts: Names) -> bool:
        """Tell whether facts are sure to settle a record."""
        need = situation.need
        if need.suffices:
            return need.necessary <= facts
        own = facts & frozenset(need.missing)
        if own not in situation.settled:
            try:
                situation.settled[own] = self.search.settles(situation.case, own)
            except TooManyCasesError:
                situation.settled[own] = own == frozenset(need.missing)
        return situation.settled[own]
