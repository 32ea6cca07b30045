"""What a rule set is given: the values that are excluded or sure, and both ends of every sum, as whole numbers.

Sums, sizes, looked-up numbers and shifted dates are computed here, exactly; the rules only compare them with constants.
"""

from __future__ import annotations

from typing import assert_never

from cso_rules.executors.rete.gate import Marks, Measure
from cso_rules.executors.rete.program import LOW, FlagMeaning, Terms
from cso_rules.executors.rete.rule_sets import DecisionRules
from cso_rules.model.civil_dates import shifted
from cso_rules.model.expressions import Lookup, Quantity, Shifted, Size, Variable
from cso_rules.model.types import Domain, Environment, Interval


def marks_of(rules: DecisionRules, environment: Environment) -> Marks:
    """Return the marks that are given: what domains exclude or make sure."""
    return tuple(mark for mark, meaning in rules.flags if _is_flagged(meaning, environment[meaning.variable]))


def measures_of(rules: DecisionRules, environment: Environment) -> tuple[Measure, ...]:
    """Return the number of each slot."""
    sums = {terms: total(terms, environment) for terms in {slot.terms: None for slot in rules.program.slots}}
    return tuple(
        (place, sums[slot.terms][0 if slot.end == LOW else 1]) for place, slot in enumerate(rules.program.slots)
    )


def total(terms: Terms, environment: Environment) -> Interval:
    """Return the least and the greatest value of a sum."""
    low = high = 0
    for term in terms:
        ends = [term.factor * end for end in _range(term.quantity, environment[term.quantity.name])]
        low, high = low + min(ends), high + max(ends)
    return low, high


def _is_flagged(meaning: FlagMeaning, domain: Domain) -> bool:
    sure, possible = domain if isinstance(domain, tuple) else (0, domain)
    if not isinstance(domain, tuple) and not domain:
        raise ValueError(f"no value of {meaning.variable} is possible")
    bits = sure if meaning.flag == "sure" else ~possible
    return bool(bits >> meaning.bit & 1)


def _range(quantity: Quantity, domain: Domain) -> Interval:
    if isinstance(domain, int):
        assert isinstance(quantity, Lookup)
        numbers = [number for place, number in enumerate(quantity.numbers) if domain >> place & 1]
        return min(numbers), max(numbers)
    match quantity:
        case Variable():
            return domain
        case Size():
            return domain[0].bit_count(), domain[1].bit_count()
        case Shifted(shifts=shifts):
            return shifted(shifts, domain)
        case Lookup():
            raise TypeError(quantity)
        case _:
            assert_never(quantity)
