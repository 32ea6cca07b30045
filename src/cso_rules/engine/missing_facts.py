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

MOST_KEPT: Final = 4096


_Settling: TypeAlias = tuple[str, int, tuple[tuple[str, int], ...]]
"""A decision, facts that matter for it, as bits, and other decisions, each with those of them that it needs too."""
_Bits: TypeAlias = tuple[int, ...]
"""For each of some decisions the facts and readings that matter for it, as bits."""


class _Inputs:
    """The facts and readings on which decisions depend, data before judgements, of those that were asked for."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[str, tuple[str, ...]] = {}
        self._ranks: dict[str, dict[int, tuple[int, int, str]]] = {}
        self._facts: dict[tuple[str, tuple[str, ...]], MissingFact] = {}
        self._settling: dict[_Settling, list[MissingFact]] = {}
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
        seen, kept = 0, self._settling
        pairs = [*zip(decisions, matters, strict=True)]
        for place, (decision, own) in enumerate(pairs, 1):
            new = own & ~seen
            if new:
                seen |= own
                later = tuple([(other, shared) for other, of in pairs[place:] if (shared := of & new)])
                key = decision, new, later
                found += kept.get(key) or self._settled_by(key, facts)
        return tuple(sorted(found, key=lambda fact: fact.is_judged) if self._has_judged else found)

    def _settled_by(self, key: _Settling, facts: FactBits) -> list[MissingFact]:
        """Return facts as missing for a decision and for others, in the order of the first."""
        decision, left, later = key
        ranks, ordered = self._of_bits(decision, facts), []
        while left:
            rank = ranks.get(left & -left)  # of a reading there is none
            if rank is not None:
                ordered.append(rank)
            left &= left - 1
        ordered.sort()
        if len(self._settling) >= MOST_KEPT:
            self._settling.clear()
        found = self._settling[key] = [
            self._missing(name, (decision, *[other for other, of in later if of & bit])) for _, bit, name in ordered
        ]
        return found

    def _of_bits(self, decision: str, facts: FactBits) -> dict[int, tuple[int, int, str]]:
        """Return for the bit of each fact on which a decision depends its place in order, the bit and the name."""
        found = self._ranks.get(decision)
        if found is None:
            names = [name for name in self.of(decision) if name in self._policy.facts]
            ranked = ((place, facts.bits[name], name) for place, name in enumerate(names))
            found = self._ranks[decision] = {bit: (place, bit, name) for place, bit, name in ranked}
        return found

    def _missing(self, name: str, settles: tuple[str, ...]) -> MissingFact:
        """Return a fact as missing for some decisions."""
        found = self._facts.get((name, settles))
        if found is None:
            if len(self._facts) >= MOST_KEPT:
                self._facts.clear()
            is_judged = self._policy.facts[name].is_judged
            found = self._facts[name, settles] = MissingFact(name=name, is_judged=is_judged, settles=settles)
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
