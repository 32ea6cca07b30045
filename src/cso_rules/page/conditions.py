"""Conditions as JSON, so that a page can say which comparison fails and by how much."""

from __future__ import annotations

from typing import assert_never

from cso_rules.model.civil_dates import CalendarShift
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Quantity,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.plan.kept.written import Json, number, origin_json


def condition_json(policy: Policy, condition: Expression) -> Json:
    """Return a condition: an object with one key that says what it is."""
    match condition:
        case Constant(value=value):
            return {"always": value}
        case Among(name=name, bits=bits):
            return {"is": name, "of": list(policy.variable_type(name).members(bits))}
        case Includes(name=name, bits=bits):
            return {"has": name, "of": list(policy.variable_type(name).members(bits))}
        case Within(terms=terms, low=low, high=high, origins=origins):
            found = {"sum": [_term(policy, term) for term in terms], "low": _bound(low), "high": _bound(high)}
            told = [None if origin is None or not origin.numbers else origin_json(origin) for origin in origins]
            return found | {"from": told} if any(told) else found
        case And(operands=operands):
            return {"all": [condition_json(policy, part) for part in operands]}
        case Or(operands=operands):
            return {"any": [condition_json(policy, part) for part in operands]}
        case Not(operand=operand):
            return {"not": condition_json(policy, operand)}
        case If(condition=asked, then=then, otherwise=otherwise):
            parts = (asked, then, otherwise)
            return {"if": [condition_json(policy, part) for part in parts]}
        case _:
            assert_never(condition)


def _bound(value: int | None) -> int | str | None:
    return None if value is None else number(value)


def _term(policy: Policy, term: Term) -> Json:
    return {"times": number(term.factor), **_quantity(policy, term.quantity)}


def _quantity(policy: Policy, quantity: Quantity) -> Json:
    match quantity:
        case Variable(name=name):
            return {"of": name}
        case Size(name=name):
            return {"size": name}
        case Lookup(name=name, numbers=numbers, parameter=parameter):
            values = dict(zip(policy.variable_type(name).names, map(number, numbers), strict=True))
            return {"lookup": name, "numbers": values} | ({"number": parameter} if parameter is not None else {})
        case Shifted(name=name, shifts=shifts):
            told = [{"months": own.months, "days": own.days} for own in shifts if isinstance(own, CalendarShift)]
            return {"moved": name, "shifts": told if len(told) == len(shifts) else None}
        case _:
            assert_never(quantity)
