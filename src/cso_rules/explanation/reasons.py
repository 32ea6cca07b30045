"""Why a criterion fails: the comparisons behind it, in numbers and labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

import attrs

from cso_rules.determination import Determination, Finding, Status
from cso_rules.executors.single.reference import holds
from cso_rules.explanation.words import Words
from cso_rules.model.civil_dates import CalendarShift, Shift, WorkingDayShift, shifted
from cso_rules.model.decisions import Rule, rules_of
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
    operands,
)
from cso_rules.model.personal import MASK
from cso_rules.model.types import Domain, Environment, InPart, Interval, Unknown
from cso_rules.truth import Truth

Atom = Among | Includes | Within
MONTHS_OF_A_YEAR: Final = 12
FEW_FACTS: Final = 2


def failing_atoms(
    expression: Expression, environment: Environment, wanted: Truth = Truth.TRUE
) -> Iterator[tuple[Atom, Truth]]:
    """Yield the comparisons that keep a condition from its wanted truth, each with the truth it would need."""
    if holds(expression, environment) is not ~wanted:
        return
    match expression:
        case Among() | Includes() | Within():
            yield expression, wanted
        case Not():
            yield from failing_atoms(expression.operand, environment, ~wanted)
        case If():
            branch = expression.then if holds(expression.condition, environment) is Truth.TRUE else expression.otherwise
            yield from failing_atoms(branch, environment, wanted)
        case And() | Or() if isinstance(expression, Or) is (wanted is Truth.TRUE):
            branches = [tuple(failing_atoms(part, environment, wanted)) for part in operands(expression)]
            yield from min(filter(None, branches), key=len, default=())
        case And() | Or():
            for part in operands(expression):
                yield from failing_atoms(part, environment, wanted)
        case Constant():
            return


@attrs.frozen(kw_only=True)
class Comparison:
    """A number of an organization beside a number that the rules ask for.

    Attributes:
        quantity: What is counted or measured.
        names: The facts that it is made of.
        value: What is known of it: a number, its bounds, or that it is unknown.
        bound: The number that is asked for.
        is_least: Whether that is the least that will do; otherwise the greatest.
        is_date: Whether the numbers are days.
        difference: By how much it fails, at least where it is not exactly known; empty where it does not fail.
        is_exact: Whether it is exactly known.
        is_trivial: Whether any number at all would do.
    """

    quantity: str
    names: tuple[str, ...]
    value: str
    bound: str
    is_least: bool
    is_date: bool
    difference: str
    is_exact: bool
    is_trivial: bool


def detail(words: Words, found: Determination, finding: Finding) -> str:
    """Return in words why a criterion is not met, or what keeps it open."""
    environment = found.environment
    if finding.truth is Truth.UNKNOWN:
        return _open_detail(words, found, finding.rule)
    texts = (_atom(words, atom, wanted, environment) for atom, wanted in _atoms_of(finding.rule, environment))
    told = words.joined(dict.fromkeys(text for text in texts if text), "and_clauses")
    return told or words.say("stated", name=words.label(finding.rule.label), value=words.say("not_satisfied"))


def is_counted(finding: Finding, environment: Environment) -> bool:
    """Tell whether a criterion fails because of a number."""
    return finding.truth is Truth.FALSE and any(
        isinstance(atom, Within) for atom, _ in _atoms_of(finding.rule, environment)
    )


def _atoms_of(rule: Rule, environment: Environment) -> Iterator[tuple[Atom, Truth]]:
    return failing_atoms(_own_condition(rule), environment)


def _own_condition(rule: Rule) -> Expression:
    """Leave out the comparisons that only say when the criterion applies."""
    condition = rule.condition
    if rule.applies_when is not None and isinstance(condition, Or) and len(condition.operands) > 1:
        return attrs.evolve(condition, operands=condition.operands[1:])
    return condition


def atoms_behind(finding: Finding, environment: Environment) -> list[tuple[Atom, Truth]]:
    """Return the comparisons that make a criterion true or false, each with the truth that it should have."""
    if finding.truth is Truth.FALSE:
        return list(_atoms_of(finding.rule, environment))
    return list(_holding_atoms(_own_condition(finding.rule), environment, Truth.TRUE))


def _holding_atoms(expression: Expression, environment: Environment, truth: Truth) -> Iterator[tuple[Atom, Truth]]:
    """Yield the comparisons that give a condition its truth, each with its own; where one is enough, the first."""
    if holds(expression, environment) is not truth:
        return
    match expression:
        case Among() | Includes() | Within():
            yield expression, truth
        case Not():
            yield from _holding_atoms(expression.operand, environment, ~truth)
        case If():
            branch = expression.then if holds(expression.condition, environment) is Truth.TRUE else expression.otherwise
            yield from _holding_atoms(branch, environment, truth)
        case And() | Or():
            same = [part for part in expression.operands if holds(part, environment) is truth]
            is_one_enough = isinstance(expression, Or) is (truth is Truth.TRUE)
            for part in same[:1] if is_one_enough else same:
                yield from _holding_atoms(part, environment, truth)
        case Constant():
            return


def open_atoms(rule: Rule, environment: Environment) -> Iterator[Atom]:
    """Yield the comparisons that keep a criterion open."""
    yield from _open_atoms(_own_condition(rule), environment)


def _open_atoms(expression: Expression, environment: Environment) -> Iterator[Atom]:
    if holds(expression, environment) is Truth.UNKNOWN:
        if isinstance(expression, Atom):
            yield expression
        for part in operands(expression):
            yield from _open_atoms(part, environment)


def lacking(words: Words, found: Comparison) -> str:
    """Return by how much a number fails, such as `individual members: 38 persons short`."""
    if found.is_date:
        return _compared(words, found)
    difference = ("" if found.is_exact else words.say("at_least")) + found.difference
    return words.say("short" if found.is_least else "over", quantity=found.quantity, difference=difference)


def _open_detail(words: Words, found: Determination, rule: Rule) -> str:
    named = open_names(rule.condition, words, found.environment)
    names = [name for name in named if why_open(found, name) != "left_open"] or named
    stated = (words.say("stated", name=words.name(name), value=words.say(why_open(found, name))) for name in names)
    plain = words.say("stated", name=words.label(rule.label), value=words.say("unsettled_part"))
    return words.joined(stated, "and_clauses") or plain


def why_open(found: Determination, name: str) -> str:
    """Return the key of the words that say whether facts are missing or the law leaves something open."""
    if name in found.policy.readings:
        return "left_open"
    if name in found.outcomes:
        return "left_open" if found[name].status is Status.UNSETTLED_BY_LAW else "unsettled_part"
    fact = found.policy.facts[name]
    if fact.is_judged:
        return "not_judged"
    value = found.facts.get(name)
    return "within_bounds" if isinstance(value, InPart) and not isinstance(value, Unknown) else "not_reported"


def open_names(expression: Expression, words: Words, environment: Environment) -> tuple[str, ...]:
    """Return the facts and readings of the open parts of a condition."""
    return tuple(dict.fromkeys(_open_names(expression, words, environment)))


def open_facts(expression: Expression, words: Words, environment: Environment, headline: str) -> tuple[str, ...]:
    """Return what a person can find out about an open condition: instead of a decision the few facts that keep it open.

    The headline stays, and what many facts keep open is called by its name.
    """
    names = open_names(expression, words, environment)
    return tuple(dict.fromkeys(part for name in names for part in _few_facts(name, words, environment, headline)))


def _few_facts(name: str, words: Words, environment: Environment, headline: str) -> tuple[str, ...]:
    decision = words.policy.decisions.get(name)
    if decision is None or name == headline:
        return (name,)
    parts = [open_facts(rule.condition, words, environment, headline) for rule in rules_of(decision)]
    found = tuple(dict.fromkeys(part for names in parts for part in names))
    return found if 0 < len(found) <= FEW_FACTS else (name,)


def _open_names(expression: Expression, words: Words, environment: Environment) -> Iterator[str]:
    if holds(expression, environment) is not Truth.UNKNOWN:
        return
    if isinstance(expression, Within):
        yield from (term.quantity.name for term in expression.terms if _is_open(environment[term.quantity.name]))
    elif isinstance(expression, Among | Includes):
        yield expression.name
    for part in operands(expression):
        yield from _open_names(part, words, environment)


def _is_open(domain: Domain) -> bool:
    return domain[0] != domain[1] if isinstance(domain, tuple) else domain.bit_count() > 1


def _atom(words: Words, atom: Atom, wanted: Truth, environment: Environment) -> str:
    if isinstance(atom, Within):
        found = comparison(words, atom, environment) if wanted is Truth.TRUE else None
        return _compared(words, found) if found is not None else ""
    if isinstance(atom, Among):
        return _member(words, atom, environment)
    if words.policy.is_personal(atom.name):
        return words.say("stated", name=words.name(atom.name), value=MASK)
    names = words.policy.variable_type(atom.name).members(atom.bits)
    kind = words.policy.variable_type(atom.name).enumeration
    values = words.joined(words.named(kind, name) for name in names)
    return words.say("lacks", quantity=words.name(atom.name), value=values) if wanted is Truth.TRUE else ""


def _member(words: Words, atom: Among, environment: Environment) -> str:
    kind = words.policy.variable_type(atom.name)
    value = kind.decode(environment[atom.name])
    if value is None:
        return ""
    return words.say("stated", name=words.name(atom.name), value=words.given(atom.name, value))


def comparison(words: Words, atom: Within, environment: Environment) -> Comparison | None:
    """Return a comparison in words, or None for a sum with unlike factors, or one that depends on what is open."""
    counted = [term for term in atom.terms if not isinstance(term.quantity, Lookup)]
    factors = {term.factor for term in counted}
    looked_up = _lookups([term for term in atom.terms if isinstance(term.quantity, Lookup)], environment)
    if factors not in ({1}, {-1}) or looked_up is None:
        return None
    sign = factors.pop()
    bounds = [None if bound is None else sign * (bound - looked_up) for bound in (atom.low, atom.high)]
    low, high = bounds if sign == 1 else reversed(bounds)
    return _comparison(words, counted, (low, high), environment)


def _lookups(terms: list[Term], environment: Environment) -> int | None:
    total = 0
    for term in terms:
        bits = environment[term.quantity.name]
        if not isinstance(term.quantity, Lookup) or not isinstance(bits, int) or bits.bit_count() != 1:
            return None
        total += term.factor * term.quantity.numbers[bits.bit_length() - 1]
    return total


def _comparison(
    words: Words, terms: list[Term], bounds: tuple[int | None, int | None], environment: Environment
) -> Comparison:
    low, high = bounds
    ranges = [_range(term, environment) for term in terms]
    least, greatest = sum(item[0] for item in ranges), sum(item[1] for item in ranges)
    name, is_least = terms[0].quantity.name, low is not None and (greatest < low or high is None or least <= high)
    bound = (low if is_least else high) or 0
    widest = _widest(words, terms)
    gap = bound - greatest if is_least else least - bound
    names = tuple(dict.fromkeys(term.quantity.name for term in terms))
    value, difference = _known(words, terms, ranges), words.difference(name, gap) if gap > 0 else ""
    if any(map(words.policy.is_personal, names)):
        value, difference = value if value == words.say("unknown") else MASK, MASK if difference else ""
    return Comparison(
        quantity=_quantities(words, terms),
        names=names,
        value=value,
        bound=words.encoded(name, bound),
        is_least=is_least,
        is_date=words.policy.variable_type(name).kind == "date" and len(terms) == 1,
        difference=difference,
        is_exact=least == greatest,
        is_trivial=bound <= sum(low for low, _ in widest) if is_least else bound >= sum(high for _, high in widest),
    )


def _known(words: Words, terms: list[Term], ranges: list[Interval]) -> str:
    """Return what is known of a sum: the number, those of its ends that say something, or that it is unknown.

    Of a sum with a part of which no upper end is known, no upper end is told.
    """
    name, least, greatest = terms[0].quantity.name, sum(low for low, _ in ranges), sum(high for _, high in ranges)
    if least == greatest:
        return words.encoded(name, least)
    widest = _widest(words, terms)
    is_bounded = all(own[1] < most[1] for own, most in zip(ranges, widest, strict=True))
    parts = [words.say("at_least") + words.encoded(name, least)] if least > sum(low for low, _ in widest) else []
    parts += [words.say("at_most") + words.encoded(name, greatest)] if is_bounded else []
    return words.joined(parts) or words.say("unknown")


def _widest(words: Words, terms: list[Term]) -> list[Interval]:
    kinds = {term.quantity.name: words.policy.variable_type(term.quantity.name).everything for term in terms}
    return [_range(term, kinds) for term in terms]


def _compared(words: Words, found: Comparison) -> str:
    """Return `32 persons, 18 less than the required 50`."""
    keys = ("before", "after") if found.is_date else ("below", "above")
    return words.say(
        keys[not found.is_least],
        quantity=found.quantity,
        value=found.value,
        bound=found.bound,
        difference=found.difference,
    )


def _range(term: Term, environment: Environment) -> tuple[int, int]:
    domain = environment[term.quantity.name]
    assert isinstance(domain, tuple)
    match term.quantity:
        case Size():
            return domain[0].bit_count(), domain[1].bit_count()
        case Shifted(shifts=shifts):
            return shifted(shifts, domain)
        case Variable():
            return domain
        case Lookup():
            raise TypeError(term)
        case _:
            assert_never(term.quantity)


def _quantities(words: Words, terms: list[Term]) -> str:
    names = [quantity_text(words, term.quantity) for term in terms]
    return words.joined(names, "quantity_sum") + (words.say("quantity_sum_end") if len(names) > 1 else "")


def quantity_text(words: Words, quantity: Quantity) -> str:
    """Return a quantity in words."""
    label = words.name(quantity.name)
    if isinstance(quantity, Size):
        return words.say("size", label=label)
    if isinstance(quantity, Shifted):
        shifts = "".join(part for shift in quantity.shifts for part in _shift(words, shift))
        return words.say("shifted", label=label, shifts=shifts)
    return label


def _shift(words: Words, shift: Shift) -> Iterator[str]:
    match shift:
        case WorkingDayShift(count=count):
            yield words.say("plus_working_days", period=words.counted(count, words.say("working_days")))
        case CalendarShift(months=months, days=days):
            years, rest = divmod(abs(months), MONTHS_OF_A_YEAR)
            sizes = (("years", years, months), ("months", rest, months), ("days", abs(days), days))
            for unit, size, sign in sizes:
                if size:
                    yield words.say("minus" if sign < 0 else "plus", period=words.counted(size, words.say(unit)))
        case _:
            assert_never(shift)
