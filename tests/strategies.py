"""Whole policies and facts with holes, drawn by Hypothesis; only what the loader could have made."""

import datetime
import random
from collections.abc import Mapping

import attrs
from hypothesis import strategies as st

from cso_rules.model.civil_dates import FIRST, LAST, CalendarShift, Shifts, WorkingDayCalendar, WorkingDayShift
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    HitPolicy,
    Rule,
    TableDecision,
    ValueCase,
    ValueDecision,
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
)
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Fact, Policy, Reading
from cso_rules.model.types import BOOLEAN, Domain, Type, is_known

HIT_POLICIES: tuple[HitPolicy, ...] = (
    "unique", "any", "first", "priority", "rule_order", "output_order", "collect",
)  # fmt: skip
WIDE = Type(kind="integer", minimum=-(10**9), maximum=10**9)
DATE = Type(kind="date", minimum=FIRST, maximum=LAST)
CALENDAR = WorkingDayCalendar(
    covered=((736_990, 737_030), (737_050, 737_085)), exceptions=(737_000, 737_001, 737_005, 737_060)
)
"""Known around the dates of facts, with a hole in the middle and an end within reach."""
FACT_TYPES = (
    BOOLEAN,
    Type(kind="integer", maximum=100),
    Type(kind="money", scale=2, maximum=10_000),
    Type(kind="decimal", scale=1, minimum=-50, maximum=50),
    Type(kind="date", minimum=737_000, maximum=737_100),
    Type(kind="enumeration", values=("a", "b", "c", "d")),
    Type(kind="set", values=("p", "q", "r")),
    Type(kind="text"),
)
LABEL = Label(zh="文", en="text")
CITATION = Citation(
    instrument="I", provision="1\n2", title=LABEL, number="", article=LABEL, summary=LABEL, confidence="K"
)
Types = Mapping[str, Type]


def make_policy(facts: Types, *decisions: AnyDecision, readings: Types | None = None) -> Policy:
    return Policy(
        id="p",
        title=LABEL,
        jurisdiction="cn",
        as_of=datetime.date(2020, 1, 1),
        digest="0",
        facts={
            name: Fact(name=name, type=kind, label=LABEL, question=LABEL, definition=LABEL)
            for name, kind in facts.items()
        },
        enumerations={},
        readings={
            name: Reading(name=name, label=LABEL, definition=LABEL, type=kind, option_labels=(), chosen=None)
            for name, kind in (readings or {}).items()
        },
        parameters={},
        decisions={decision.name: decision for decision in decisions},
    )


@st.composite
def bounds(draw: st.DrawFn, least: int, most: int) -> tuple[int | None, int | None]:
    one, two = sorted([draw(st.integers(least - 1, most + 1)), draw(st.integers(least - 1, most + 1))])
    choices: list[tuple[int | None, int | None]] = [(one, two), (one, None), (None, two), (one, one)]
    return draw(st.sampled_from(choices))


calendar_shifts = st.builds(CalendarShift, months=st.integers(-14, 14), days=st.integers(-40, 40))
working_day_shifts = st.builds(WorkingDayShift, count=st.integers(0, 25), calendar=st.just(CALENDAR))


def shifts(most: int = 2) -> st.SearchStrategy[Shifts]:
    return st.lists(calendar_shifts | working_day_shifts, min_size=1, max_size=most).map(tuple)


@st.composite
def dates(draw: st.DrawFn, name: str) -> Quantity:
    """A date as it is, or moved."""
    return draw(st.just(Variable(name=name)) | st.builds(Shifted, name=st.just(name), shifts=shifts()))


@st.composite
def terms(draw: st.DrawFn, types: Types, name: str) -> Term:
    kind = types[name]
    factor = draw(st.sampled_from([1, 1, 1, -1, 2, -3]))
    quantity: Quantity = Variable(name=name)
    if kind.kind == "date":
        quantity = draw(dates(name))
    elif kind.kind == "set":
        quantity = Size(name=name)
    elif not kind.is_numeric:
        count = len(kind.names)
        quantity = Lookup(name=name, numbers=tuple(draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))))
    return Term(factor=factor, quantity=quantity)


@st.composite
def sums(draw: st.DrawFn, types: Types) -> Expression:
    names = draw(st.lists(st.sampled_from(sorted(types)), min_size=1, max_size=3))
    low, high = draw(bounds(-60, 160))
    return Within(terms=tuple(draw(terms(types, name)) for name in names), low=low, high=high)


@st.composite
def comparisons(draw: st.DrawFn, types: Types) -> Expression:
    name = draw(st.sampled_from(sorted(types)))
    kind = types[name]
    if kind.is_numeric:
        span = (736_900, 737_300) if kind.kind == "date" else (max(kind.minimum, -60), min(kind.maximum, 10**6))
        low, high = draw(bounds(*span))
        factor = draw(st.sampled_from([1, 1, 1, -1, 2]))
        quantity = draw(dates(name)) if kind.kind == "date" else Variable(name=name)
        return Within(terms=(Term(factor=factor, quantity=quantity),), low=low, high=high)
    bits = draw(st.integers(0, (1 << len(kind.names)) - 1))
    return Includes(name=name, bits=bits) if kind.kind == "set" else Among(name=name, bits=bits)


def conditions(types: Types, depth: int = 2) -> st.SearchStrategy[Expression]:
    leaf = st.one_of(comparisons(types), comparisons(types), sums(types)) if types else st.builds(
        Constant, value=st.booleans()
    )  # fmt: skip
    if not depth:
        return leaf
    inner = conditions(types, depth - 1)
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        leaf,
        leaf,
        st.builds(And, operands=several),
        st.builds(Or, operands=several),
        st.builds(Not, operand=inner),
        st.builds(If, condition=inner, then=inner, otherwise=inner),
        st.builds(Constant, value=st.booleans()),
    )


@st.composite
def rule_lists(draw: st.DrawFn, types: Types, outputs: int) -> tuple[Rule, ...]:
    found = draw(st.lists(st.tuples(conditions(types), st.integers(0, outputs - 1)), min_size=1, max_size=5))
    due = draw(st.sampled_from([None, *(name for name in sorted(types) if types[name].kind == "date")]))
    return tuple(
        Rule(
            id=f"r{place}", label=LABEL, condition=condition, output=output, due=due,
            citations=(CITATION,),
        )
        for place, (condition, output) in enumerate(found)
    )  # fmt: skip


def make_table(name: str, hit_policy: HitPolicy, rules: tuple[Rule, ...], *, otherwise: bool) -> TableDecision:
    if otherwise:
        rules = (*rules, Rule(id="else", label=LABEL, condition=Constant(value=True), output=0))
    values = tuple(f"o{index}" for index in range(1 + max(rule.output for rule in rules)))
    is_list = hit_policy in {"rule_order", "output_order", "collect"}
    return TableDecision(
        name=name,
        label=LABEL,
        type=Type(kind="set" if is_list else "enumeration", values=values),
        hit_policy=hit_policy,
        rules=rules,
        outputs=tuple((("", value),) for value in values),
        otherwise=otherwise,
    )


@st.composite
def value_cases(
    draw: st.DrawFn, types: Types, amounts: st.SearchStrategy[tuple[tuple[Term, ...], int]]
) -> tuple[ValueCase, ...]:
    """One case, or some that conditions choose, with or without a last one for the rest."""
    found = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        sum_, constant = draw(amounts)
        condition, is_nothing = draw(conditions(types, 1)), draw(st.sampled_from([False, False, False, True]))
        found.append(ValueCase(condition=condition, terms=sum_, constant=constant, is_nothing=is_nothing))
    if not found or draw(st.booleans()):
        sum_, constant = draw(amounts)
        found.append(ValueCase(terms=sum_, constant=constant))
    return tuple(found)


@st.composite
def decisions(draw: st.DrawFn, name: str, types: Types) -> AnyDecision:
    kind = draw(st.sampled_from(["criteria", "table", "table", "table", "value", "date", "absent"]))
    days = [part for part in sorted(types) if types[part].kind == "date"]
    if kind == "date" and days:
        days_of = st.sampled_from(days).flatmap(dates).map(lambda quantity: (Term(factor=1, quantity=quantity),))
        cases = draw(value_cases(types, st.tuples(days_of, st.integers(0, 9))))
        return ValueDecision(name=name, label=LABEL, type=DATE, cases=cases)
    if kind == "absent":
        return AbsentDecision(name=name, label=LABEL, type=draw(st.sampled_from(FACT_TYPES[:-1])))
    if kind in {"value", "date"}:
        names = st.lists(st.sampled_from(sorted(types)), max_size=3) if types else st.just([])
        parts = names.flatmap(lambda found: st.tuples(*(terms(types, part) for part in found)))
        cases = draw(value_cases(types, st.tuples(parts, st.integers(-50, 50))))
        return ValueDecision(name=name, label=LABEL, type=WIDE, cases=cases)
    rules = draw(rule_lists(types, 3))
    if kind == "criteria":
        criteria = tuple(attrs.evolve(rule, output=0) for rule in rules)
        return CriteriaDecision(name=name, label=LABEL, rules=criteria)
    return make_table(name, draw(st.sampled_from(HIT_POLICIES)), rules, otherwise=draw(st.booleans()))


def is_complete(decision: AnyDecision) -> bool:
    """Whether there is a rule and some answer always remains possible, so that others may read the decision."""
    if isinstance(decision, AbsentDecision):
        return False  # the loader makes what reads it absent too
    if isinstance(decision, ValueDecision):
        return decision.is_total
    return not isinstance(decision, TableDecision) or decision.has_multiple_hits or decision.otherwise


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    kinds = draw(st.lists(st.sampled_from(FACT_TYPES), min_size=1, max_size=8))
    facts = {f"fact{place}": kind for place, kind in enumerate(kinds)}
    options = Type(kind="enumeration", values=("narrow", "broad"))
    readings = {f"reading{place}": options for place in range(draw(st.integers(0, 2)))}
    types = {name: kind for name, kind in (facts | readings).items() if kind.kind != "text"}
    made: list[AnyDecision] = []
    for place in range(draw(st.integers(1, 6))):
        decision = draw(decisions(f"decision{place}", types))
        made.append(decision)
        if is_complete(decision):
            types[decision.name] = decision.type
    return make_policy(facts, *made, readings=readings)


seeds = st.integers(0, 2**32).map(random.Random)


def variables_of(policy: Policy) -> dict[str, Type]:
    return {name: policy.variable_type(name) for name in (*policy.facts, *policy.readings)}


def facts_with_holes(policy: Policy, chance: random.Random) -> dict[str, Domain]:
    """Some variables known, some not at all, some in part."""
    holes = chance.choice([0.0, 0.2, 0.5])
    return {name: narrowed(kind.everything, kind, chance, holes=holes) for name, kind in variables_of(policy).items()}


def narrowed(domain: Domain, kind: Type, chance: random.Random, *, holes: float) -> Domain:
    if chance.random() < holes:
        return domain
    if holes and chance.random() < 0.1:
        return _part(domain, kind, chance)
    return filled(domain, kind, chance)


def _part(domain: Domain, kind: Type, chance: random.Random) -> Domain:
    one, two = filled(domain, kind, chance), filled(domain, kind, chance)
    if isinstance(one, tuple) and isinstance(two, tuple):
        if kind.kind == "set":
            return one[0] & two[0], one[0] | two[0]
        return min(one[0], two[0]), max(one[0], two[0])
    assert isinstance(one, int)
    assert isinstance(two, int)
    return one | two


def filled(domain: Domain, kind: Type, chance: random.Random) -> Domain:
    """One of the values that remain possible."""
    if isinstance(domain, int):
        bits = [1 << place for place in range(domain.bit_length()) if domain >> place & 1]
        return chance.choice(bits) if bits else domain
    if kind.kind == "set":
        bits_of_set = domain[0] | domain[1] & chance.getrandbits(max(domain[1].bit_length(), 1))
        return bits_of_set, bits_of_set
    number = chance.randint(*domain)
    return number, number


def completed(policy: Policy, domains: Mapping[str, Domain], chance: random.Random) -> dict[str, Domain]:
    types = variables_of(policy)
    return {
        name: domain if is_known(domain) else filled(domain, types[name], chance) for name, domain in domains.items()
    }
