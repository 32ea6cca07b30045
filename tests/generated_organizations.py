"""Organizations made up from the vocabulary: the same seed gives the same ones.

Numbers and dates lie on and beside every bound that a rule names; many are in scope and able, for others fall out
early. A part of the facts is left out of some, as in a real list.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import assert_never

import attrs

from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.model.decisions import rules_of
from cso_rules.model.expressions import Lookup, Within, atoms
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Type, Value

LEAST_HOLES, MOST_HOLES = 0.05, 0.4
DAYS_AROUND = (-1100, -731, -730, -366, -365, -364, -60, -30, -1, 0, 1)
IN_SCOPE: Mapping[str, Value] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True,
}  # fmt: skip
ABLE: Mapping[str, Value] = {
    "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
    "has_fixed_domicile": True, "can_bear_civil_liability": True, "has_suitable_full_time_staff": True,
    "has_suitable_staff": True, "has_suitable_property": True, "has_premises": True, "has_charter": True,
    "is_original_fund_paid_in": True, "has_public_benefit_purpose": True, "activity_funds": Decimal(30_000),
    "original_fund": Decimal(8_000_000), "individual_members": 60, "institutional_members": 0,
}  # fmt: skip
FREE: Mapping[str, Value] = {
    "has_unlawful_purpose": False, "has_unneeded_similar_organization": False, "has_disqualified_person": False,
    "has_false_application": False, "has_other_legal_bar": False,
}  # fmt: skip
USUAL = ((0.8, IN_SCOPE), (0.6, ABLE), (0.7, FREE))
"""How many have which facts at once, where the policy knows them."""


@attrs.frozen(kw_only=True)
class Organization:
    """What is known of one, and how the open texts are read."""

    facts: Mapping[str, Value]
    readings: Mapping[str, str]
    is_complete: bool


@attrs.frozen(kw_only=True)
class Generator:
    """Makes organizations for one policy; `choices` holds the values of each fact that come up."""

    policy: Policy
    choices: Mapping[str, Sequence[Value]]

    @classmethod
    def of(cls, policy: Policy) -> Generator:
        bounds = _bounds(policy)
        own = {name: fact for name, fact in policy.facts.items() if fact.entity == policy.entity}
        choices = {name: _choices(fact, bounds.get(name, set()), policy.as_of) for name, fact in own.items()}
        return cls(policy=policy, choices=choices)

    def organizations(self, seed: int) -> Iterator[Organization]:
        """Yield complete ones and ones with holes in turn, each in readings that are chosen at random."""
        chance = Random(f"{seed} {self.policy.id} {self.policy.jurisdiction} {self.policy.as_of}")  # noqa: S311 - made up
        for place in itertools.count():
            facts = self._facts(chance)
            if place % 2:
                facts = _with_holes(facts, chance)
            readings = {name: chance.choice(found.type.values) for name, found in self.policy.readings.items()}
            yield Organization(facts=facts, readings=readings, is_complete=not place % 2)

    def _facts(self, chance: Random) -> dict[str, Value]:
        while True:
            found = {name: chance.choice(values) for name, values in self.choices.items()}
            for share, usual in USUAL:
                if chance.random() < share:
                    found.update({name: value for name, value in usual.items() if name in found})
            try:
                domains(self.policy, found)
            except FactsError:  # facts that contradict one another
                continue
            return found


def _with_holes(facts: dict[str, Value], chance: Random) -> dict[str, Value]:
    share = chance.uniform(LEAST_HOLES, MOST_HOLES)
    return {name: value for name, value in facts.items() if chance.random() >= share}


def _choices(fact: Fact, bounds: set[int], as_of: datetime.date) -> Sequence[Value]:
    kind = fact.type
    match kind.kind:
        case "boolean":
            return (True, False)
        case "enumeration":
            return kind.values
        case "set":
            return _sets(kind)
        case "date":
            return [as_of + datetime.timedelta(days=days) for days in DAYS_AROUND]
        case "integer" | "decimal" | "money":
            near = {number + step for number in bounds for step in (-1, 0, 1)} | {0, 1, 7}
            wanted = sorted(number for number in near if kind.minimum <= number <= kind.maximum)
            return [kind.decode_number(number) for number in wanted]
        case "text":
            return ("",)
        case _:
            assert_never(kind.kind)


def _sets(kind: Type) -> Sequence[Value]:
    sizes = (0, 1, 1, 2, len(kind.values))
    return [
        frozenset(kind.values[(start + step) % len(kind.values)] for step in range(size))
        for size in sizes
        for start in range(len(kind.values))
    ]


def _bounds(policy: Policy) -> dict[str, set[int]]:
    """Return the constants that each number is compared with, alone or in a sum."""
    conditions = [rule.condition for decision in policy.decisions.values() for rule in rules_of(decision)]
    found: dict[str, set[int]] = {}
    for atom in itertools.chain.from_iterable(atoms(condition) for condition in conditions):
        if isinstance(atom, Within):
            numbers = {bound for bound in (atom.low, atom.high) if bound is not None}
            looked_up = (term.quantity.numbers for term in atom.terms if isinstance(term.quantity, Lookup))
            numbers |= set(itertools.chain.from_iterable(looked_up))
            for term in atom.terms:
                found.setdefault(term.quantity.name, set()).update(abs(number) for number in numbers)
    return found
