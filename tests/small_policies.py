"""Policies over facts of few values, so that every completion of a record can be tried, and records with holes."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cso_rules.model.civil_dates import CalendarShift, Shift, WorkingDayCalendar, WorkingDayShift, is_exact
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueCase,
    ValueDecision,
    inputs_of,
    rules_of,
)
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
    atoms,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, Domain, Type
from tests.strategies import DATE, HIT_POLICIES, LABEL, WIDE, make_policy, make_table

FIRST_DAY = 737_080
KINDS = (
    BOOLEAN,
    Type(kind="integer", maximum=4),
    Type(kind="integer", maximum=6),
    Type(kind="money", scale=2, maximum=3),
    Type(kind="date", minimum=FIRST_DAY, maximum=FIRST_DAY + 5),
    Type(kind="enumeration", values=("a", "b", "c")),
    Type(kind="set", values=("p", "q", "r")),
)
CALENDAR = WorkingDayCalendar(
    covered=((FIRST_DAY - 300, FIRST_DAY + 2), (FIRST_DAY + 5, FIRST_DAY + 300)), exceptions=(FIRST_DAY + 1,)
)
"""Two of the days that facts are, or may become, are not known to be worked or free; all others are."""
OPEN_DAYS = 4
"""About as many days may a date become that is moved beyond what the calendar knows."""
MOST_COMPLETIONS = 250
Types = dict[str, Type]


def small_policy(chance: random.Random) -> Policy:
    """Up to six facts, up to two open readings, two to six decisions that read facts and one another."""
    facts = {f"fact{place}": chance.choice(KINDS) for place in range(chance.randint(2, 6))}
    options = Type(kind="enumeration", values=("narrow", "broad"))
    readings = {f"reading{place}": options for place in range(chance.choice([0, 0, 0, 1, 2]))}
    types = facts | readings
    made: list[AnyDecision] = []
    for place in range(chance.randint(2, 6)):
        decision = _in_force(_decision(f"decision{place}", types, chance), made, chance)
        made.append(decision)
        types[decision.name] = decision.type
    return make_policy(facts, *made, readings=readings)


def _in_force(decision: AnyDecision, others: list[AnyDecision], chance: random.Random) -> AnyDecision:
    """Leave a decision without rules when it reads one that has none, as the loader does, or now and then by chance."""
    absent = {other.name for other in others if isinstance(other, AbsentDecision)}
    if absent & set(inputs_of(decision)) or chance.random() < 0.02:
        return AbsentDecision(name=decision.name, label=LABEL, type=decision.type)
    return decision


def _decision(name: str, types: Types, chance: random.Random) -> AnyDecision:
    kind = chance.choice(["criteria", "table", "table", "table", "value", "date"])
    days = [part for part, own in types.items() if own.kind == "date"]
    if kind == "date" and days:
        return ValueDecision(
            name=name, label=LABEL, type=DATE, cases=_cases(partial(_some_day, days, chance), types, chance)
        )
    if kind in {"value", "date"}:
        return ValueDecision(
            name=name, label=LABEL, type=WIDE, cases=_cases(partial(_some_sum, types, chance), types, chance)
        )
    outputs = 1 if kind == "criteria" else 3
    rules = tuple(_rule(place, types, outputs, chance) for place in range(chance.randint(1, 4)))
    if kind == "criteria":
        return CriteriaDecision(name=name, label=LABEL, rules=rules)
    return make_table(name, chance.choice(HIT_POLICIES), rules, otherwise=chance.random() < 0.5)


def _some_sum(types: Types, chance: random.Random) -> tuple[tuple[Term, ...], int]:
    terms = tuple(_term(chance.choice(list(types)), types, chance) for _ in range(chance.randint(0, 2)))
    return terms, chance.randint(-2, 2)


def _some_day(days: list[str], chance: random.Random) -> tuple[tuple[Term, ...], int]:
    return (Term(factor=1, quantity=_date(chance.choice(days), chance)),), chance.randint(0, 2)


def _cases(
    amount: Callable[[], tuple[tuple[Term, ...], int]], types: Types, chance: random.Random
) -> tuple[ValueCase, ...]:
    """One case, or up to three that conditions choose, now and then with nothing or without a last one for the rest."""
    if chance.random() < 0.6:
        return (ValueCase(**_amount(amount)),)
    chosen = tuple(
        ValueCase(condition=_condition(types, 1, chance), is_nothing=chance.random() < 0.2, **_amount(amount))
        for _ in range(chance.randint(1, 2))
    )
    return (*chosen, ValueCase(**_amount(amount))) if chance.random() < 0.7 else chosen


def _amount(amount: Callable[[], tuple[tuple[Term, ...], int]]) -> dict[str, Any]:
    terms, constant = amount()
    return {"terms": terms, "constant": constant}


def _rule(place: int, types: Types, outputs: int, chance: random.Random) -> Rule:
    condition = _condition(types, 2, chance)
    return Rule(id=f"r{place}", label=LABEL, condition=condition, output=chance.randrange(outputs))


def _condition(types: Types, depth: int, chance: random.Random) -> Expression:
    kind = chance.choice(["leaf", "leaf", "and", "or", "not", "if", "constant"] if depth else ["leaf"])
    if kind == "leaf":
        return _leaf(types, chance)
    if kind == "constant" and chance.random() < 0.3:
        return Constant(value=chance.random() < 0.5)
    parts = tuple(_condition(types, depth - 1, chance) for _ in range(3))
    if kind == "if":
        return If(condition=parts[0], then=parts[1], otherwise=parts[2])
    if kind == "not":
        return Not(operand=parts[0])
    return And(operands=parts[:2]) if kind == "and" else Or(operands=parts[: chance.randint(1, 3)])


def _leaf(types: Types, chance: random.Random) -> Expression:
    name = chance.choice(list(types))
    kind = types[name]
    if kind.is_numeric or chance.random() < 0.3:
        return _sum(types, [name, *chance.sample(list(types), min(len(types), chance.choice([0, 0, 1, 1, 2])))], chance)
    bits = chance.randrange(1 << len(kind.names))
    return Includes(name=name, bits=bits) if kind.kind == "set" else Among(name=name, bits=bits)


def _sum(types: Types, names: list[str], chance: random.Random) -> Expression:
    """A comparison of a sum with numbers that it can have."""
    terms = tuple(_term(name, types, chance) for name in dict.fromkeys(names))
    ends = [sum(own) for own in zip(*(sorted(_range(term, types)) for term in terms), strict=True)]
    one, two = sorted(chance.randint(ends[0], ends[1]) for _ in range(2))
    low, high = chance.choice([(one, two), (one, None), (None, two), (one, one)])
    return Within(terms=terms, low=low, high=high)


def _range(term: Term, types: Types) -> tuple[int, int]:
    kind, quantity = types[term.quantity.name], term.quantity
    if isinstance(quantity, Size):
        low, high = 0, len(kind.names)
    elif isinstance(quantity, Lookup):
        low, high = min(quantity.numbers), max(quantity.numbers)
    elif kind == WIDE:
        low, high = -4, 10
    elif kind == DATE:
        low, high = FIRST_DAY, FIRST_DAY + 40
    else:
        low, high = kind.minimum, kind.maximum
    return term.factor * low, term.factor * high


def _term(name: str, types: Types, chance: random.Random) -> Term:
    kind = types[name]
    quantity: Quantity = Variable(name=name)
    if kind.kind == "date":
        quantity = _date(name, chance)
    elif kind.kind == "set":
        quantity = Size(name=name)
    elif not kind.is_numeric:
        quantity = Lookup(name=name, numbers=tuple(chance.randint(-3, 3) for _ in kind.names))
    return Term(factor=chance.choice([1, 1, 1, -1, 2]), quantity=quantity)


def _date(name: str, chance: random.Random) -> Quantity:
    if chance.random() < 0.4:
        return Variable(name=name)
    moved = CalendarShift(months=chance.choice([0, 1, -1]), days=chance.choice([0, 3, -3]))
    worked = WorkingDayShift(count=chance.choice([0, 1, 1, 2, 3]), calendar=CALENDAR)
    kinds: list[tuple[Shift, ...]] = [(moved,), (moved,), (worked,), (moved, worked), (worked, moved)]
    return Shifted(name=name, shifts=chance.choice(kinds))


def small_record(
    policy: Policy, chance: random.Random, *, is_whole: bool = False, holes: float | None = None
) -> dict[str, Domain]:
    """Facts known, unknown or, unless the record is to be whole, known in part; as much is open as can be tried."""
    found: dict[str, Domain] = {}
    holes, product = chance.choice([0.2, 0.5, 0.9]) if holes is None else holes, 1
    names = [*policy.facts, *policy.readings]
    for name in chance.sample(names, len(names)):
        kind = policy.variable_type(name)
        known = _one if is_whole else _part
        domain = kind.everything if chance.random() < holes else known(kind, chance)
        if product * count(domain, kind) > MOST_COMPLETIONS:
            domain = _one(kind, chance)
        product *= count(domain, kind)
        found[name] = domain
    return {name: found[name] for name in names}


def kinds_in(policy: Policy) -> Iterator[str]:
    """Yield in words what a policy holds of all that policies can hold."""
    yield from (f"{fact.type.kind} facts" for fact in policy.facts.values())
    if policy.readings:
        yield "open readings"
    for decision in policy.decisions.values():
        if isinstance(decision, TableDecision):
            yield f"hit policy {decision.hit_policy}"
        yield {ValueDecision: "computed numbers and dates", AbsentDecision: "no rule in force"}.get(type(decision), "")
        sums = [atom.terms for rule in rules_of(decision) for atom in atoms(rule.condition) if isinstance(atom, Within)]
        cases = decision.cases if isinstance(decision, ValueDecision) else ()
        if len(cases) > 1:
            yield "numbers and dates that conditions choose"
        for terms in (*sums, *(case.terms for case in cases)):
            yield from _kinds_of_sum(terms)


def _kinds_of_sum(terms: tuple[Term, ...]) -> Iterator[str]:
    if len(terms) > 1:
        yield f"sums of {len(terms)}"
        if any(term.factor < 0 for term in terms):
            yield "differences"
    for term in terms:
        if isinstance(term.quantity, Size):
            yield "counts of sets"
        if isinstance(term.quantity, Shifted):
            yield "moved dates" if is_exact(term.quantity.shifts) else "dates moved by working days"


def _one(kind: Type, chance: random.Random) -> Domain:
    if kind.is_numeric:
        number = chance.randint(kind.minimum, kind.maximum)
        return (number, number)
    if kind.kind == "set":
        bits = chance.randrange(1 << len(kind.names))
        return (bits, bits)
    return 1 << chance.randrange(len(kind.names))


def _part(kind: Type, chance: random.Random) -> Domain:
    one, two = _one(kind, chance), _one(kind, chance)
    if chance.random() < 0.6:
        return one
    if isinstance(one, tuple) and isinstance(two, tuple):
        if kind.kind == "set":
            return (one[0] & two[0], one[0] | two[0])
        return (min(one[0], two[0]), max(one[0], two[0]))
    assert isinstance(one, int)
    assert isinstance(two, int)
    return one | two


def count(domain: Domain, kind: Type) -> int:
    """How many values a domain has."""
    if isinstance(domain, int):
        return domain.bit_count()
    if kind.kind == "set":
        return 1 << (domain[0] ^ domain[1]).bit_count()
    return (domain[1] - domain[0] + 1) * (OPEN_DAYS if kind.kind == "date" else 1)
