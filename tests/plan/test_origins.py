"""A cut tells the legal numbers that it follows: move the number, and the cut stands where the origin says."""

import datetime
import json
import math

import attrs
import pytest

from cso_rules.loader.load import load_policy
from cso_rules.loader.text.conditions import NumberSymbol, Symbol, VariableSymbol, condition
from cso_rules.model.civil_dates import WorkingDayCalendar
from cso_rules.model.expressions import Within, atoms
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.plan.building import plan_of
from cso_rules.plan.forms import Plainer
from cso_rules.plan.kept.written import origins_of, to_json
from cso_rules.source import SourceFile, Span
from tests.strategies import make_policy

DAY = datetime.date(2018, 6, 1)
MEMBERS = Type(kind="integer", maximum=10**6)
FUND = Type(kind="money", scale=2)
CLASS = Type(kind="enumeration", values=("small", "large", "huge"))
TYPES = {"members": MEMBERS, "others": MEMBERS, "fund": FUND, "class": CLASS}
Cuts = dict[int, Origin | None]


@attrs.frozen
class Names:
    """A scope with two legal numbers, of which the second is chosen by the class."""

    least: int
    of_class: tuple[int, int, int] = (3000, 2000, 2000)
    as_of: datetime.date = DAY
    calendar: WorkingDayCalendar = attrs.field(factory=WorkingDayCalendar)

    def find(self, name: str) -> Symbol | None:
        if name in TYPES:
            return VariableSymbol(name=name, type=TYPES[name])
        if name == "least":
            return NumberSymbol(name="least", type=MEMBERS, numbers=(self.least,))
        return NumberSymbol(
            name="least_fund",
            type=FUND,
            numbers=self.of_class,
            indexed_by=(VariableSymbol(name="class", type=TYPES["class"]),),
        )

    def known_names(self) -> tuple[str, ...]:
        return tuple(TYPES)


def cuts(text: str, names: Names) -> list[Cuts]:
    """Return the cuts of each comparison of a condition in plain form, with their origins."""
    read, problems = condition(text, lambda start, end: Span(source=SOURCE, start=start, end=end), names)
    assert read is not None, problems
    plain = Plainer(make_policy(TYPES)).plain(read)
    return [cuts_of(atom) for atom in atoms(plain) if isinstance(atom, Within)]


SOURCE = SourceFile(path="rules.yaml", text="")


def cuts_of(atom: Within) -> Cuts:
    beyond = None if atom.high is None else atom.high + 1
    pairs = zip((atom.low, beyond), atom.origins, strict=True)
    return {cut: origin for cut, origin in pairs if cut is not None}


def place_of(origin: Origin, values: dict[str, int]) -> int:
    """Return where an origin says that its cut stands when legal numbers have these values."""
    total = sum(weight * values["/".join((name, *of[:1]))] for name, of, weight in origin.numbers)
    return math.ceil((total + origin.plus) / origin.over)


@pytest.mark.parametrize(
    "text",
    [
        "members >= least",
        "members > least",
        "members < least",
        "members <= least",
        "members = least",
        "members != least",
        "members in [least..2 * least)",
        "members between 1 and least",
        "least - members >= 3",
        "least > others + members + 4",
        "3 * members > least + 1",
        "6 * members + 3 * others <= least",
        "2 * others - 4 * members < 3 * least - 5",
        "members >= least / 4",
        "members - 2 * least > least / 3 - others",
        "members + least > least",
    ],
)
def test_a_bound_follows_a_legal_number_as_its_origin_says(text: str) -> None:
    known = cuts(text, Names(50))
    for value in range(30, 70):
        moved = cuts(text, Names(value))
        for before, after in zip(known, moved, strict=True):
            origins = [origin for origin in before.values() if origin is not None]
            assert len(origins) == len(before)
            assert {place_of(origin, {"least": value}) for origin in origins} == set(after), value


def test_a_bound_that_no_legal_number_moves_is_as_it_is_written() -> None:
    assert cuts("members > 49.5", Names(50)) == [{50: Origin(plus=100, over=2)}]
    assert cuts("members >= 50", Names(50)) == [{50: Origin(plus=50)}]


@pytest.mark.parametrize("text", ["members >= least * others", "members * least > 5"])
def test_where_a_legal_number_is_a_factor_the_origin_is_not_told(text: str) -> None:
    assert [origin for found in cuts(text, Names(50)) for origin in found.values()] == [None]


def test_a_legal_number_that_is_selected_tells_for_which_values() -> None:
    found = {cut: origin for one in cuts("fund >= 2 * least_fund", Names(50)) for cut, origin in one.items()}
    assert found == {
        6000: Origin(numbers=(("least_fund", ("small",), 2),)),
        4000: Origin(numbers=(("least_fund", ("large", "huge"), 2),)),
    }


def test_every_cut_of_the_national_rules_moves_with_its_legal_number() -> None:
    policy = load_policy("cn", as_of=DAY)
    known = origins_of(plan_of(policy))
    for name, legal in policy.parameters.items():
        for value, _ in legal.values:
            setting = f"{name}[{value}]" if value else name
            moved = load_policy("cn", as_of=DAY, settings=((setting, "7"),))
            expected = origins_of(plan_of(moved))
            places = {**numbers_of(policy), "/".join(filter(None, (name, value))): 7 * 10**legal.type.scale}
            actual = {
                (key, cut if origin is None else place_of(origin, places))
                for (key, cut), origins in known.items()
                for origin in origins
            }
            assert actual == set(expected), setting


def test_another_legal_number_gives_the_same_nodes_while_cuts_keep_their_order() -> None:
    policies = [load_policy("cn", as_of=DAY, settings=settings) for settings in ((), (("最低个人会员数", "40"),))]
    one, two = (json.loads(to_json(plan_of(policy))) for policy in policies)
    assert (one["nodes"], one["roots"]) == (two["nodes"], two["roots"])
    assert one["levels"] != two["levels"]


def numbers_of(policy: Policy) -> dict[str, int]:
    pairs = ((name, *pair) for name, legal in policy.parameters.items() for pair in legal.values)
    return {"/".join(filter(None, (name, value))): number for name, value, number in pairs}
