"""Conditions: spelling, meaning, and places of errors."""

import datetime

import pytest

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.text.conditions import (
    Amount,
    NumberSymbol,
    RemovedSymbol,
    Symbol,
    VariableSymbol,
    amounts,
    canonical,
    cell,
    condition,
)
from cso_rules.model.expressions import (
    ALWAYS,
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
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.types import BOOLEAN, FALSE, TRUE, Type
from tests.loader.scopes import Names, place

INTEGER = Type(kind="integer")
MONEY = Type(kind="money", scale=2)
DECIMAL = Type(kind="decimal", scale=1)
COMMUNITY = Type(kind="enumeration", values=("urban", "rural", "mixed"), enumeration="community_type")
ACTIVITIES = Type(kind="set", values=("sport", "mutual_help", "culture"), enumeration="activity")
TYPES = {
    "members": INTEGER,
    "institutions": INTEGER,
    "fund": MONEY,
    "share": DECIMAL,
    "in_scope": BOOLEAN,
    "local": BOOLEAN,
    "community_type": COMMUNITY,
    "second_type": COMMUNITY,
    "activities": ACTIVITIES,
    "founded_on": Type(kind="date"),
}
SYMBOLS: dict[str, Symbol] = {
    **{name: VariableSymbol(name=name, type=type_) for name, type_ in TYPES.items()},
    "minimum_members": NumberSymbol(name="minimum_members", type=INTEGER, numbers=(50,)),
    "minimum_fund": NumberSymbol(
        name="minimum_fund",
        type=MONEY,
        numbers=(300, 200, 100),
        indexed_by=(VariableSymbol(name="community_type", type=COMMUNITY),),
    ),
    "old_fee": RemovedSymbol(name="old_fee"),
}
ALIASES = {
    "个人会员": "members",
    "单位会员": "institutions",
    "活动是否且经常": "in_scope",
    "城乡类型": "community_type",
}
NAMES = Names(SYMBOLS, datetime.date(2018, 6, 1), aliases=ALIASES)


def read(text: str) -> Expression:
    expression, problems = condition(text, place, NAMES)
    assert problems == ()
    assert expression is not None
    return expression


def problems(text: str) -> list[tuple[str, str]]:
    """Codes of what is wrong, each with the characters it is about."""
    expression, found = condition(text, place, NAMES)
    assert expression is None
    return [(item.code, marked(text, item)) for item in found]


def marked(text: str, item: Diagnostic) -> str:
    assert item.span is not None
    return text[item.span.start : item.span.end]


def total(low: int | None, high: int | None, *terms: tuple[int, Quantity] | str) -> Within:
    pairs = [(1, Variable(name=term)) if isinstance(term, str) else term for term in terms]
    built = tuple(Term(factor=factor, quantity=quantity) for factor, quantity in pairs)
    return Within(terms=built, low=low, high=high)


DAY = datetime.date(2017, 12, 27).toordinal()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("members >= 50", total(50, None, "members")),
        ("members > 50", total(51, None, "members")),
        ("50 <= members", total(50, None, "members")),
        ("members < 2.5", total(None, 2, "members")),
        ("members = 2.5", Constant(value=False)),
        ("members != 3", Not(operand=total(3, 3, "members"))),
        ("members >= minimum_members", total(50, None, "members")),
        ("members between 3 and 25", total(3, 25, "members")),
        ("members in [3..25]", total(3, 25, "members")),
        ("members in (3..25)", total(4, 24, "members")),
        ("members in (1, 2)", Or(operands=(total(1, 1, "members"), total(2, 2, "members")))),
        (
            "members + institutions - 2 * members < 5",
            total(-4, None, "members", (-1, Variable(name="institutions"))),
        ),
        ("members - members = 0", Constant(value=True)),
        ("fund >= 30000", total(3000000, None, "fund")),
        ("fund >= 3万", total(3000000, None, "fund")),
        ("fund >= 0.5亿", total(5000000000, None, "fund")),
        ("share > members", total(1, None, "share", (-10, Variable(name="members")))),
        ("members * 2 / 4 >= 1", total(2, None, "members")),
        ("count(activities) >= 2", total(2, None, (1, Size(name="activities")))),
        ('founded_on >= date("2017-12-27")', total(DAY, None, "founded_on")),
        ("founded_on in (date(“2017-12-27”)..as_of)", total(DAY + 1, DAY + 155, "founded_on")),
        ("in_scope", Among(name="in_scope", bits=TRUE)),
        ("in_scope = 否", Among(name="in_scope", bits=FALSE)),
        ("community_type = urban", Among(name="community_type", bits=1)),
        ("rural = community_type", Among(name="community_type", bits=2)),
        ('community_type = "mixed"', Among(name="community_type", bits=4)),
        ("community_type != urban", Among(name="community_type", bits=6)),
        ("community_type in (urban, mixed)", Among(name="community_type", bits=5)),
        ("list contains(activities, mutual_help)", Includes(name="activities", bits=2)),
        ("intersects(activities, [sport, culture])", Includes(name="activities", bits=5)),
        ("活动是否且经常", Among(name="in_scope", bits=TRUE)),
        ("个人会员≥５０", total(50, None, "members")),
        ("个人会员 至少 50", total(50, None, "members")),
        ("个人会员 不超过 50", total(None, 50, "members")),
    ],
)  # fmt: skip
def test_meaning(text: str, expected: Expression) -> None:
    assert read(text) == expected


def test_members_criterion_of_three_clauses() -> None:
    both = total(50, None, "members", "institutions")
    expected = Or(
        operands=(
            And(operands=(total(50, None, "members"), total(0, 0, "institutions"))),
            And(operands=(total(30, None, "institutions"), total(0, 0, "members"))),
            And(operands=(total(1, None, "members"), total(1, None, "institutions"), both)),
        )
    )
    text = (
        "（个人会员 ≥ 50 且 单位会员 ＝ 0） 或 （单位会员 ≥ 30 且 个人会员 ＝ 0） "
        "或者 （个人会员 ＞ 0 并且 (单位会员 ＞ 0 and 个人会员 + 单位会员 ≥ 50)）"
    )
    assert read(text) == expected


def test_indexed_parameter_becomes_lookup() -> None:
    lookup = Lookup(name="community_type", numbers=(300, 200, 100), parameter="minimum_fund")
    assert read("fund >= 2 * minimum_fund") == total(0, None, "fund", (-2, lookup))


def test_days_between_dates() -> None:
    assert read("as_of - founded_on <= 156") == total(DAY, None, "founded_on")


def test_and_binds_closer_than_or() -> None:
    first, second = Among(name="in_scope", bits=TRUE), Among(name="local", bits=TRUE)
    assert read("in_scope or local and in_scope") == Or(operands=(first, And(operands=(second, first))))


def test_choice_between_bounds() -> None:
    expected = If(
        condition=Among(name="local", bits=TRUE),
        then=total(30, None, "members"),
        otherwise=total(50, None, "members"),
    )
    assert read("members >= (if local then 30 else 50)") == expected
    assert read("if local then members >= 30 else members >= 50") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("membres >= 50 and fnd > 1", [("unknown-name", "membres"), ("unknown-name", "fnd")]),
        ("comunity_type = urban", [("unknown-name", "comunity_type")]),
        ("community_type = urbn", [("unknown-name", "urbn")]),
        ("（个人会元 ≥ 50）", [("unknown-name", "个人会元")]),
        ("members ≥ old_fee", [("removed-parameter", "old_fee")]),
        ("members in [25..3]", [("reversed-interval", "[25..3]")]),
        ("members between 25 and 3", [("reversed-interval", "25 and 3")]),
        ("fund / members > 3", [("division-by-variable", "members")]),
        ("members / 0 > 3", [("division-by-variable", "0")]),
        ("members * institutions > 3", [("wrong-type", "institutions")]),
        ("members > fund", [("wrong-type", "fund")]),
        ("founded_on > 3", [("wrong-type", "3")]),
        ('founded_on > date("2017-13-01")', [("impossible-day", '"2017-13-01"')]),
        ("members and in_scope", [("wrong-type", "members")]),
        ("community_type = second_type", [("wrong-type", "second_type")]),
        ("community_type > urban", [("wrong-type", "community_type > urban")]),
        ("activities = sport", [("wrong-type", "activities = sport")]),
        ("count(activities, sport) > 1", [("wrong-type", "count(activities, sport)")]),
        ("count(members) > 1", [("wrong-type", "members")]),
        ("members # 3 ; 4", [("unexpected-character", "#"), ("unexpected-character", ";")]),
        ("members >= and 3", [("condition-syntax", "and")]),
        ("members >= (3", [("condition-syntax", "")]),
        ("members >= 3 4", [("condition-syntax", "4")]),
        ("members < 99999999999亿", [("number-out-of-range", "99999999999亿")]),
        ("", [("condition-syntax", "")]),
    ],
)
def test_problem_and_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert problems(text) == expected


def test_suggestion() -> None:
    _, (found,) = condition("membrs > 1", place, NAMES)
    assert (dict(found.arguments)["suggestion"], found.helps) == ("members", ("did_you_mean",))


@pytest.mark.parametrize("text", ["(" * 5000 + "in_scope", "-" * 5000 + "1", "not(" * 5000, "[" * 50])
def test_depth_is_limited(text: str) -> None:
    assert [code for code, _ in problems(text)] == ["condition-syntax"]


def test_length_is_not_limited() -> None:
    assert read(" + ".join(["members"] * 3000) + " > 1") == total(2, None, (3000, Variable(name="members")))


@pytest.mark.parametrize(
    ("text", "variable", "expected"),
    [
        (">= 50", "members", total(50, None, "members")),
        ("50", "members", total(50, 50, "members")),
        ("-5", "members", total(-5, -5, "members")),
        ("[3..25)", "members", total(3, 24, "members")),
        ("-", "members", Constant(value=True)),
        ("< 3, [5..6]", "members", Or(operands=(total(None, 2, "members"), total(5, 6, "members")))),
        ("urban", "community_type", Among(name="community_type", bits=1)),
        ("urban, rural", "community_type", Among(name="community_type", bits=3)),
        ("not(urban, rural)", "community_type", Not(operand=Among(name="community_type", bits=3))),
        ("true", "in_scope", Among(name="in_scope", bits=TRUE)),
        ("false", "in_scope", Among(name="in_scope", bits=FALSE)),
        ("sport, culture", "activities", Includes(name="activities", bits=5)),
    ],
)
def test_cell(text: str, variable: str, expected: Expression) -> None:
    assert cell(text, variable, place, NAMES) == (expected, ())


def test_amount() -> None:
    terms = (
        Term(factor=1, quantity=Variable(name="members")),
        Term(factor=2, quantity=Variable(name="institutions")),
    )
    assert amounts("members + 2 * institutions + 7", place, NAMES, INTEGER) == ((Amount(ALWAYS, terms, 7),), ())
    fund = (Term(factor=1, quantity=Variable(name="fund")),)
    assert amounts("fund + 1万", place, NAMES, MONEY) == ((Amount(ALWAYS, fund, 1000000),), ())


@pytest.mark.parametrize(("text", "expected"), [("members / 2", INTEGER), ("fund", INTEGER), ("members", MONEY)])
def test_amount_of_wrong_type(text: str, expected: Type) -> None:
    result, (found,) = amounts(text, place, NAMES, expected)
    assert (result, found.code) == (None, "wrong-type")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("个人会员≥５０ 且（单位会员＜-3）", "个人会员 >= 50 and (单位会员 < -3)"),
        ("not( a,b )", "not(a, b)"),
        ("a in[ 1 .. 3万 ] or list contains( b,c)", "a in [1..3万] or list contains(b, c)"),
        ("a-b  -1", "a - b - 1"),
        (">=50", ">= 50"),
        ("a >= (", "a >= ("),
        ("", ""),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert canonical(expected) == expected
