"""Values are shown and compared by their fields as attrs would do it, though attrs writes no methods for that."""

import pickle

import attrs
import pytest

import cso_rules
from cso_rules import determination
from cso_rules.model import civil_dates, decisions, expressions, instruments, policy, presentation, types
from cso_rules.model.fields import ByFields

HOMES = (civil_dates, decisions, determination, expressions, instruments, policy, presentation, types)
KINDS = sorted(
    {kind for home in HOMES for kind in vars(home).values() if isinstance(kind, type) and attrs.has(kind)},
    key=lambda kind: kind.__name__,
)
LABEL = instruments.Label(zh="是", en="yes")
VALUES = (
    LABEL,
    types.UNKNOWN,
    types.OneOf(frozenset({"a"})),
    civil_dates.CalendarShift(months=1),
    decisions.Rule(id="one", label=LABEL, condition=expressions.ALWAYS),
    decisions.AbsentDecision(name="none", label=LABEL, type=types.BOOLEAN),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_shown_as_attrs_would(value: object) -> None:
    kind: type[attrs.AttrsInstance] = type(value)  # type: ignore[assignment]
    fields = {field.name: attrs.field(repr=field.repr, alias=field.alias) for field in attrs.fields(kind)}
    twin = attrs.make_class(kind.__name__, fields, frozen=True)
    assert repr(value) == repr(twin(**{field.alias: getattr(value, field.name) for field in attrs.fields(kind)}))


def test_compared_by_fields() -> None:
    first, same, other = (types.OneOf(frozenset({name})) for name in ("a", "a", "b"))
    assert (first == same, first == other, first == "a", first == LABEL) == (True, False, False, False)
    assert len({first, same, other}) == 2
    assert types.OneOf(frozenset({"a"})) != types.SomeOf(sure=frozenset({"a"}))


def test_what_is_compared_by_what_it_yields() -> None:
    given = cso_rules.load_policy("cn", as_of="2018-06-01")
    later = attrs.evolve(given, listed=lambda: given.changes)
    assert later == given
    assert attrs.evolve(given, id="other") != given


def test_no_class_has_one_of_its_own() -> None:
    assert len(KINDS) > 40
    assert [kind for kind in KINDS if not issubclass(kind, ByFields) or "__repr__" in vars(kind)] == []


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_pickled_and_back(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - bytes of our own
