"""What is encoded at once or remembered never changes what comes out."""

import datetime
import itertools
from decimal import Decimal, localcontext

import attrs
import pytest

from cso_rules.engine import facts
from cso_rules.engine.canonical import Canonical
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import FactProblem, FactsError
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.spellings import read_value
from cso_rules.model.types import BOOLEAN, Between, Type
from cso_rules.plan.prepared import MOST_POLICIES, Prepared
from tests.engine.small_policy import small_policy


def problems(policy: Policy, given: object) -> tuple[FactProblem, ...]:
    with pytest.raises(FactsError) as caught:
        domains(policy, given)
    return caught.value.problems


@pytest.mark.parametrize("order", list(itertools.permutations([True, 1, Decimal(1), 1.0])))
def test_equal_values_of_different_types_are_told_apart_whichever_came_first(order: tuple[object, ...]) -> None:
    policy, accepted = small_policy(), []
    for value in (*order, *order):
        for name in ("people", "is_suitable", "capital"):
            try:
                values, known = domains(policy, {name: value})
            except FactsError:
                continue
            accepted.append((name, type(value), type(values[name]), known[name]))
    wanted = [
        ("people", int, int, (1, 1)),
        ("people", float, int, (1, 1)),
        ("capital", int, Decimal, (100, 100)),
        ("capital", float, Decimal, (100, 100)),
        ("capital", Decimal, Decimal, (100, 100)),
        ("is_suitable", bool, bool, 1),
    ]
    assert sorted(map(repr, accepted)) == sorted(map(repr, wanted * 2))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("people", True), ("people", 1001), ("people", "many"), ("capital", Decimal("0.001")),
        ("capital", Decimal("sNaN")), ("capital", Decimal("NaN")), ("form", "club"),
        ("form", ["group"]), ("is_suitable", {"value": 1}),
    ],
)  # fmt: skip
def test_what_was_refused_is_refused_again_in_the_same_words(name: str, value: object) -> None:
    policy = small_policy()
    first = problems(policy, {name: value})
    domains(policy, {"people": 1, "capital": 1, "form": "group", "is_suitable": True})
    assert repr(problems(policy, {name: value})) == repr(first)
    assert first[0].fact == name


def test_no_amount_is_rounded_where_the_caller_computes_with_few_digits() -> None:
    policy, given = small_policy(), {"people": 60, "capital": Decimal("29999.99"), "is_suitable": True}
    with localcontext() as context:
        context.prec = 4
        found = determine(policy, given)
    assert found.facts["capital"] == Decimal("29999.99")
    assert found["able"].value is False


def test_a_name_that_does_not_exist_is_refused_even_without_a_value() -> None:
    assert problems(small_policy(), {"poeple": None})[0].suggestion == "people"


def test_each_policy_has_its_own_bounds() -> None:
    wide = small_policy()
    people = attrs.evolve(wide.facts["people"], type=attrs.evolve(wide.facts["people"].type, maximum=10))
    narrow = attrs.evolve(wide, facts={**wide.facts, "people": people})
    assert domains(wide, {"people": 11})[1]["people"] == (11, 11)
    assert problems(narrow, {"people": 11})[0].kind == "impossible_value"
    assert domains(narrow, {})[1]["people"] == (0, 10)


WRITTEN = {
    "boolean": (True, False, 1, 0, 1.0, Decimal(1), "true", "是", None, "/", [True]),
    "integer": (0, 7, 1000, 1001, -1, 7.0, 7.5, True, Decimal(7), "7", Between(low=1, high=9), Between(), 10**30, None),
    "money": (
        Decimal("0.00"), Decimal("-0.00"), Decimal("7.25"), Decimal("-7.25"), Decimal(7), Decimal("7.5"),
        Decimal("7.255"), Decimal("7.250"), Decimal("1E+2"), Decimal("1E+999999"), Decimal("NaN"),
        Decimal("sNaN"), Decimal("Infinity"),
        Decimal("9" * 60 + ".25"), Decimal("10000000000.00"), Decimal("10000000000.01"), 7, 7.0, True, "7.25",
        "x", None, Between(low=Decimal("1.00"), high=Decimal("2.00")),
    ),
    "date": (
        datetime.date(2020, 2, 29), datetime.date(1899, 12, 31), datetime.datetime(2020, 2, 29, tzinfo=datetime.UTC),
        "2020-02-29", "2020-02-30", 737484, None, Between(low=datetime.date(2020, 1, 1)),
    ),
    "enumeration": ("group", "Group", "ｇｒｏｕｐ", " group", "社团", "club", "unknown", "不详", ["group"], True, None),
    "set": (
        frozenset(), frozenset({"group"}), frozenset({"group", "fund"}), frozenset({"club"}), frozenset({"社团"}),
        frozenset({"unknown"}), ["group"], ("fund",), {"group"}, [["group"]], "group", frozenset({1}), None,
    ),
    "text": ("a", "", "/", 1, None),
}  # fmt: skip
DAYS = [datetime.date(year, 1, 1).toordinal() for year in (1900, 2200)]
KINDS = {
    "boolean": BOOLEAN,
    "integer": Type(kind="integer", maximum=1000),
    "money": Type(kind="money", scale=2),
    "date": Type(kind="date", minimum=DAYS[0], maximum=DAYS[1]),
    "enumeration": Type(kind="enumeration", values=("group", "fund", "unknown"), enumeration="form"),
    "set": Type(kind="set", values=("group", "fund", "unknown"), enumeration="form"),
    "text": Type(kind="text"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in WRITTEN.items() for value in values])
def test_what_is_encoded_at_once_is_what_the_reader_of_values_makes_of_it(kind: str, value: object) -> None:
    own, known = KINDS[kind], {"it": KINDS[kind].everything}
    fact = attrs.evolve(small_policy().facts["people"], name="it", type=own)
    if Canonical.of([fact]).encode({"it": value}.get, known):
        assert known["it"] == own.everything
        return
    read = None if value is None else read_value(own, value)
    assert read == value if isinstance(value, frozenset) else repr(read) == repr(value)
    assert known["it"] == (own.everything if read is None or kind == "text" else own.encode(read))
    if own.is_numeric:
        assert own.minimum <= known["it"][0] <= known["it"][1] <= own.maximum  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_usual_values_of_each_type_are_encoded_at_once(kind: str) -> None:
    fact = attrs.evolve(small_policy().facts["people"], name="it", type=KINDS[kind])
    usual = {
        "money": Decimal("7.25"), "date": datetime.date(2020, 2, 29), "set": frozenset({"group"}), "integer": 7,
    }.get(kind, WRITTEN[kind][0])  # fmt: skip
    assert Canonical.of([fact]).encode({"it": usual}.get, {}) == []


def test_problems_are_told_in_the_order_in_which_values_are_given() -> None:
    given = {"capital": "much", "nobody": 1, "form": "社团", "people": True}
    assert [problem.fact for problem in problems(small_policy(), given)] == ["capital", "nobody", "people"]
    values = domains(small_policy(), {"form": "社团", "people": 3, "capital": 5})[0]
    assert list(values.items()) == [("form", "group"), ("people", 3), ("capital", Decimal("5.00"))]


def test_constraints_say_the_same_for_the_first_organization_and_after_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_MANY", 5)
    policy = small_policy()
    for people, bodies in itertools.product((0, 450, 900, 901), (None, 0, 1, 451)):
        given = {"people": people, "bodies": bodies}
        if people + (bodies or 0) > 900:
            assert [problem.message_en for problem in problems(policy, given)] == ["too many"]
        else:
            assert domains(policy, given)[0] == {name: value for name, value in given.items() if value is not None}


def test_a_remembered_outcome_is_that_of_the_plain_interpreter() -> None:
    policy = small_policy()
    capitals, suitable = (None, 0, 30000), (None, True, False)
    for _ in range(2):
        for people, capital, is_suitable in itertools.product((None, 10, 40, 60), capitals, suitable):
            given = {"people": people, "capital": capital, "is_suitable": is_suitable}
            assert determine(policy, given) == determine(policy, given, engine="reference")


def test_a_chosen_reading_leaves_no_trace_on_the_next_organization() -> None:
    policy = small_policy()
    before = determine(policy, {"people": 10})
    assert determine(policy, {"people": 10}, readings={"wording": "loose"}).readings == {"wording": "loose"}
    assert determine(policy, {"people": 10}) == before
    assert before.readings == {}


def test_what_belongs_to_a_policy_is_worked_out_once_while_it_is_remembered() -> None:
    turns = itertools.count(1)
    prepared = Prepared(lambda _: next(turns))
    policy = small_policy()
    assert (prepared(policy), prepared(policy)) == (1, 1)
    others = [attrs.evolve(policy) for _ in range(MOST_POLICIES)]
    assert [prepared(other) for other in others] == list(range(2, MOST_POLICIES + 2))
    assert prepared(others[-1]) == MOST_POLICIES + 1
    assert prepared(policy) == MOST_POLICIES + 2


def test_a_policy_never_gets_what_belongs_to_one_that_is_gone() -> None:
    policy, prepared = small_policy(), Prepared(lambda policy: policy.id)
    names = [f"policy{place}" for place in range(3 * MOST_POLICIES)]
    assert [prepared(attrs.evolve(policy, id=name)) for name in names] == names
