"""Missing facts: what can still change the answers that are not determined.

In come a policy and what is known; out go unknown facts in the order in which to ask for them. Guaranteed: a fact that
is left out changes no answer, and none is named in vain, where the plan of the policy has the decision.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, TypeAlias

import attrs

from cso_rules.determination import MissingFact
from cso_rules.model.policy import Choice, Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.fact_bits import FactBits
from cso_rules.plan.asked.likeness import likeness
from cso_rules.plan.asked.missing import missing_bits
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Plan, plan_for
from cso_rules.plan.prepared import Attached, Prepared, cones_of
from cso_rules.results import Result

MOST_KEPT: Final = 16384
MOST_SETTLED: Final = 2048
"""For how many groups of decisions the facts that are missing for just these are kept."""

_Bits: TypeAlias = tuple[int, ...]
"""For each of some decisions the facts and readings that matter for it, as bits."""


class _Settling(dict[str, MissingFact]):
    """Facts as missing for some decisions, made when they are asked for."""

    def __init__(self, policy: Policy, settles: tuple[str, ...]) -> None:
        super().__init__()
        self._policy, self._settles = policy, settles

    def __missing__(self, name: str) -> MissingFact:
        is_judged = self._policy.facts[name].is_judged
        return self.setdefault(name, MissingFact(name=name, is_judged=is_judged, settles=self._settles))


class _Inputs:
    """The facts and readings on which decisions depend, data before judgements, of those that were asked for."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[str, tuple[str, ...]] = {}
        self._ranks: dict[str, dict[int, tuple[int, int, str]]] = {}
        self._ordered: dict[tuple[str, int], list[tuple[int, int, str]]] = {}
        self._settling: dict[tuple[str, ...], _Settling] = {}
        self._has_judged = any(fact.is_judged for fact in policy.facts.values())

    def of(self, decision: str) -> tuple[str, ...]:
        """Return what a decision depends on."""
        found = self._found.get(decision)
        if found is None:
            facts, readings = self._policy.facts, self._policy.readings
            names = (name for name in cones_of(self._policy).of(decision) if name in facts or name in readings)
            ordered = sorted(names, key=lambda name: name in facts and facts[name].is_judged)
            found = self._found[decision] = tuple(ordered)
        return found

    def missing(self, decisions: tuple[str, ...], matters: _Bits, facts: FactBits) -> tuple[MissingFact, ...]:
        """Return the facts that matter for decisions, in the order in which to ask for them; readings are left out."""
        found: list[MissingFact] = []
        seen, pairs = 0, [*zip(decisions, matters, strict=True)]
        for place, (decision, own) in enumerate(pairs, 1):
            new = own & ~seen
            if not new:
                continue
            seen |= own
            settles, are_same, later = [decision], True, pairs[place:]
            for other, of in later:
                shared = of & new
                if shared:
                    settles.append(other)
                    are_same = are_same and shared == new
            ordered = self._ordered.get((decision, new)) or self._in_order(decision, new, facts)
            if are_same:
                table = self._settled(tuple(settles))
                found += [table[name] for _, _, name in ordered]
            else:
                for _, bit, name in ordered:
                    found.append(self._settled((decision, *[other for other, of in later if of & bit]))[name])
        return tuple(sorted(found, key=lambda fact: fact.is_judged) if self._has_judged else found)

    def _settled(self, settles: tuple[str, ...]) -> _Settling:
        """Return facts as missing for some decisions."""
        found = self._settling.get(settles)
        if found is None:
            if len(self._settling) >= MOST_SETTLED:
                self._settling.clear()
            found = self._settling[settles] = _Settling(self._policy, settles)
        return found

    def _in_order(self, decision: str, left: int, facts: FactBits) -> list[tuple[int, int, str]]:
        """Return facts on which a decision depends, in its order; readings are left out."""
        key, ranks, ordered = (decision, left), self._of_bits(decision, facts), []
        while left:
            rank = ranks.get(left & -left)  # of a reading there is none
            if rank is not None:
                ordered.append(rank)
            left &= left - 1
        ordered.sort()
        if len(self._ordered) >= MOST_KEPT:
            self._ordered.clear()
        self._ordered[key] = ordered
        return ordered

    def _of_bits(self, decision: str, facts: FactBits) -> dict[int, tuple[int, int, str]]:
        """Return for the bit of each fact on which a decision depends its place in order, the bit and the name."""
        found = self._ranks.get(decision)
        if found is None:
            names = [name for name in self.of(decision) if name in self._policy.facts]
            ranked = ((place, facts.bits[name], name) for place, name in enumerate(names))
            found = self._ranks[decision] = {bit: (place, bit, name) for place, bit, name in ranked}
        return found


_inputs_of = Prepared(_Inputs)


@attrs.frozen
class UnderReadings:
    """What the answer of a decision is under each combination of the open readings on which it depends.

    Attributes:
        cases: The options of these readings, and the result under them.
        is_left_to_readings: Whether they are all that it depends on.
    """

    cases: tuple[tuple[Choice, Result], ...]
    is_left_to_readings: bool


_Kept: TypeAlias = dict[tuple[str, Hashable], UnderReadings]
_kept_of = Attached[Plan, _Kept](lambda _: {})
"""What was found out about organizations that are alike in a decision."""


class Open:
    """What of one organization still matters."""

    def __init__(self, policy: Policy, known: Mapping[str, Domain], asked: Asked | None = None) -> None:
        """Start with nothing found out.

        Args:
            policy: Rules in force.
            known: The domain of every fact and reading.
            asked: The plan, asked about this organization, where it was.
        """
        self.policy = policy
        self.known = known
        self.asked = asked or Asked(plan_for(policy), known)
        self.found: dict[str, tuple[str, ...]] = {}

    def matters(self, decision: str) -> tuple[str, ...]:
        """Return the unknown facts and open readings on which an answer depends, data before judgements."""
        if decision not in self.found:
            bits, own = self.asked.rests.facts.bits, self._bits(decision)
            names = _inputs_of(self.policy).of(decision)
            self.found[decision] = tuple([name for name in names if own & bits[name]])
        return self.found[decision]

    def _bits(self, decision: str) -> int:
        """Return the same as bits."""
        if decision in self.asked.plan.roots:
            return missing_bits(self.asked, decision)
        names = _inputs_of(self.policy).of(decision)
        return self.asked.rests.facts.of(name for name in names if not is_known(self.known[name]))

    def facts(self, decision: str) -> tuple[str, ...]:
        """Return the unknown facts on which an answer depends, data before judgements."""
        return tuple([name for name in self.matters(decision) if name in self.policy.facts])

    def readings(self, decision: str) -> tuple[str, ...]:
        """Return the open readings on which an answer depends."""
        return tuple(name for name in self.matters(decision) if name in self.policy.readings)

    def under_readings(self, decision: str) -> UnderReadings | None:
        """Return what a decision is under each combination of readings; None where there are no diagrams of it."""
        if decision not in self.asked.plan.roots:
            return None
        kept, key = _kept_of(self.asked.plan), (decision, likeness(self.asked, decision))
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[key] = self._under_readings(decision)
        return found

    def _under_readings(self, decision: str) -> UnderReadings:
        readings, own = self.readings(decision), self.policy.decisions[decision]
        choices = self.policy.combinations(readings)
        cases = tuple((choice, exact_result(self.asked.under(choice), own)) for choice in choices)
        return UnderReadings(cases, bool(readings) and not self.facts(decision))

    def missing_facts(self, decisions: tuple[str, ...]) -> tuple[MissingFact, ...]:
        """Return the facts that can still change some answers, in the order to ask for them."""
        own: list[int] = []
        inputs, asked = _inputs_of(self.policy), self.asked
        for decision in decisions:
            known = asked.decided.get(decision)
            matters = None if known is None else known.matters
            own.append(self._bits(decision) if matters is None else matters)
        return inputs.missing(decisions, tuple(own), asked.rests.facts)
