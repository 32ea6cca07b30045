"""What remains of a decision is the same, whichever way it is found."""

import random
import sys
from collections.abc import Iterable, Iterator, Mapping

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.executors.single import compiled
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, Rule, TableDecision, ValueDecision
from cso_rules.model.expressions import Among, And, Expression, Not, Or, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, FALSE, TRUE, Domain, Type
from cso_rules.plan.asked import cases, rests, shapes, steps, walks
from cso_rules.plan.asked.answering import decided, exact_result
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Plan, plan_for, plan_of
from cso_rules.plan.levels import Number
from tests.exactness import differing_results
from tests.plan.test_against_meaning import differences
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record
from tests.strategies import LABEL, make_policy, make_table

SEEDS = sampled(range(0, 100, 5))
KINDS = dict.fromkeys("xyz", BOOLEAN) | dict.fromkeys(("one", "two", "three", "four"), Type(kind="integer", maximum=9))


def _yes(name: str) -> Among:
    return Among(name=name, bits=TRUE)


def _sum(*names: str) -> Within:
    terms = tuple(Term(factor=1, quantity=Variable(name=name)) for name in names)
    return Within(terms=terms, low=5, high=None)


def _asked(seed: int) -> list[Asked]:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    policy = small_policy(chance)
    plan = plan_of(policy)
    return [Asked(plan, small_record(policy, chance)) for _ in range(4)]


def _roots(plan: Plan) -> list[int]:
    return [node for root in plan.roots.values() for node in (root.answer, *root.items, *root.rules)]


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def _differing(asked: Asked) -> Iterator[object]:
    """Yield where a result is another answer than that of the diagrams."""
    for name in asked.plan.roots:
        decision, result = asked.plan.policy.decisions[name], exact_result(asked, asked.plan.policy.decisions[name])
        if isinstance(decision, AbsentDecision | ValueDecision):
            continue
        sure, possible = map(_bits, asked.rules(name))
        if (result.true, result.true | result.unknown) != (sure, possible):
            yield name, "rules", result, sure, possible
        if isinstance(decision, TableDecision) and decision.has_multiple_hits:
            items = asked.items(name)
            held = tuple(
                _bits(place for place, ends in enumerate(items) if True in ends and (is_possible or False not in ends))
                for is_possible in (False, True)
            )
            if result.domain != held:
                yield name, "items", result, held
        elif result.domain != sum(value for value in asked.answers(name) if type(value) is int):
            yield name, "answers", result, asked.answers(name)


@pytest.mark.generated
@pytest.mark.parametrize("start", SEEDS)
def test_results_are_what_the_diagrams_say(start: int) -> None:
    for seed in range(start, start + 5):
        for asked in _asked(seed):
            assert list(_differing(asked)) == [], f"seed {seed}"


def test_formulas_and_cases_change_nothing_about_the_national_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy("cn", as_of="2018-06-01")
    plan, chance = plan_of(policy), random.Random(7)  # noqa: S311 - not for secrets
    records = [_record(plan, chance) for _ in range(40)]
    known = [{name: kind.everything for name, kind in _types(policy).items()} | record for record in records]
    found = [compiled.evaluate(policy, record) for record in known]
    assert found == [
        {name: exact_result(Asked(plan, record), policy.decisions[name]) for name in policy.decisions}
        for record in known
    ]
    in_cases = [_said(Asked(plan, record)) for record in known[:10]]
    monkeypatch.setattr(cases, "MOST_CASES", 0)
    assert in_cases == [_said(Asked(plan, record)) for record in known[:10]]


def test_shapes_change_nothing_about_the_national_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, chance = load_policy("cn", as_of="2018-06-01"), random.Random(8)  # noqa: S311 - not for secrets
    plan = plan_of(policy)
    known = [
        {name: kind.everything for name, kind in _types(policy).items()} | _record(plan, chance) for _ in range(40)
    ]
    monkeypatch.setattr(compiled, "_OFTEN", 0)
    found = [compiled.evaluate(policy, record) for record in known]
    monkeypatch.setattr(compiled, "_OFTEN", len(known) + 1)
    monkeypatch.setattr(steps, "MANY", sys.maxsize)
    plan_for(policy).attached.clear()
    assert found == [compiled.evaluate(policy, record) for record in known]


@pytest.mark.generated
@pytest.mark.parametrize("bits", [1, shapes.NUMBER_BITS])
@pytest.mark.parametrize("start", SEEDS)
def test_what_many_organizations_share_is_right_for_each(
    start: int, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(start, start + 5):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        known = [small_record(policy, chance) for _ in range(30)]
        monkeypatch.setattr(steps, "MANY", sys.maxsize)
        monkeypatch.setattr(compiled, "_OFTEN", sys.maxsize)
        expected = [_found(policy, record) for record in known]
        monkeypatch.setattr(shapes, "NUMBER_BITS", bits)
        monkeypatch.setattr(steps, "MANY", 0)
        monkeypatch.setattr(compiled, "_OFTEN", 0)
        plan_for(policy).attached.clear()
        assert [_found(policy, record) for record in known] == expected, f"seed {seed}"


def _found(policy: Policy, known: Mapping[str, Domain]) -> object:
    results = compiled.evaluate(policy, known)
    return dict(results), [missing(results.asked, name) for name in results.asked.plan.roots]


def _types(policy: Policy) -> dict[str, Type]:
    facts = {name: fact.type for name, fact in policy.facts.items() if fact.type.kind != "text"}
    return facts | {name: reading.type for name, reading in policy.readings.items()}


def _record(plan: Plan, chance: random.Random) -> dict[str, Domain]:
    """Return facts of which some are known, some not, and some in part."""
    cuts = {level.name: level.cuts for level in plan.levels if isinstance(level, Number) and level.cuts}
    found = {name: plan.policy.variable_type(name).everything for name in plan.inputs}
    for name, domain in found.items():
        if chance.random() < 0.3:
            continue
        kind = plan.policy.variable_type(name)
        if isinstance(domain, int):
            found[name] = 1 << chance.choice([place for place in range(domain.bit_length()) if domain >> place & 1])
        elif kind.kind == "set":
            possible = chance.getrandbits(domain[1].bit_length()) & domain[1]
            found[name] = (chance.choice([possible, possible & chance.getrandbits(30)]), possible)
        else:
            drawn = [chance.choice(cuts.get(name, (0,))) + chance.randint(-2, 2) for _ in range(2)]
            low, high = sorted(min(max(number, domain[0]), domain[1]) for number in drawn)
            found[name] = chance.choice([(low, low), (low, high)])
    return found


@pytest.mark.generated
@pytest.mark.parametrize("start", SEEDS)
def test_cases_lead_where_the_ways_through_a_diagram_lead(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    in_cases = [_said(asked) for seed in range(start, start + 5) for asked in _asked(seed)]
    monkeypatch.setattr(cases, "MOST_CASES", 0)
    assert in_cases == [_said(asked) for seed in range(start, start + 5) for asked in _asked(seed)]


def _said(asked: Asked) -> object:
    ends = [sorted(map(str, asked.values(node))) for node in _roots(asked.plan)]
    results = [exact_result(asked, asked.plan.policy.decisions[name]) for name in asked.plan.roots]
    return ends, results, [missing(asked, name) for name in asked.plan.roots]


@pytest.mark.generated
@pytest.mark.parametrize("many", [0, rests.MANY])
@pytest.mark.parametrize("start", SEEDS)
def test_results_are_exact(start: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MANY", many)
    monkeypatch.setattr(compiled, "_OFTEN", many)
    for seed in range(start, start + 5):
        for asked in _asked(seed):
            policy, possible = asked.plan.policy, Possible(asked.plan.policy, asked.domains)
            assert differences(asked, possible) == [], f"seed {seed}"
            found = list(differing_results(possible, compiled.evaluate(policy, asked.domains)))
            assert found == [], f"seed {seed}"


@pytest.mark.parametrize("most", [0, walks.MOST_CASES])
def test_equal_functions_are_one_object(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "MOST_CASES", most)
    for asked in _asked(0):
        rests, again = asked.rests, Asked(asked.plan, asked.domains)
        for node in _roots(asked.plan):
            found = asked.rest(node)
            assert found is again.rest(node)
            is_truth = not found.ends & ~(rests.true.ends | rests.false.ends)
            assert found is rests.choose(found, rests.true, rests.false) or not is_truth


@pytest.mark.parametrize(
    ("conditions", "count", "matter"),
    [
        ([_yes("x"), _yes("y")], 2, {"x", "y"}),
        ([Or(operands=(_yes("x"), _yes("y"))), Or(operands=(_yes("y"), _yes("z")))], 1, {"x", "y", "z"}),
        (
            [_yes("z"), Or(operands=(_yes("x"), _yes("y"))), Or(operands=(_yes("y"), Not(operand=_yes("x"))))],
            2,
            {"y", "z"},
        ),
        ([_sum("one", "two"), _sum("three", "four")], 2, {"one", "two", "three", "four"}),
        ([_sum("one", "two"), _sum("two", "three")], 1, {"one", "two", "three"}),
        ([_sum("one", "two"), _sum("one")], 1, {"one"}),
        ([_yes("x"), Not(operand=_yes("x"))], 0, set()),
    ],
)
def test_criteria_that_share_nothing_open_stay_apart(
    conditions: list[Expression], count: int, matter: set[str]
) -> None:
    rules = tuple(Rule(id=f"r{place}", label=LABEL, condition=each) for place, each in enumerate(conditions))
    plan = plan_of(make_policy(KINDS, CriteriaDecision(name="met", label=LABEL, rules=rules)))
    asked = Asked(plan, {name: kind.everything for name, kind in KINDS.items()})
    found = decided(asked, "met")
    assert len(found.functions or ()) == count
    assert found.result.domain == (TRUE | FALSE if count else FALSE)
    assert missing(asked, "met") == matter


@pytest.mark.parametrize("is_open", [False, True])
def test_a_rule_reads_criteria_by_their_parts(*, is_open: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MANY", 0)
    rules = tuple(Rule(id=name, label=LABEL, condition=_yes(name)) for name in ("x", "y"))
    met = CriteriaDecision(name="met", label=LABEL, rules=rules)
    both = And(operands=(_yes("met"), Or(operands=(_yes("y"), _yes("z")))))
    reading = CriteriaDecision(name="reading", label=LABEL, rules=(Rule(id="both", label=LABEL, condition=both),))
    policy = make_policy(KINDS, met, reading)
    known = {name: kind.everything for name, kind in KINDS.items()} | ({} if is_open else {"y": TRUE})
    results = compiled.evaluate(policy, known)
    assert [result.domain for result in results.values()] == [TRUE | FALSE, TRUE | FALSE]
    assert missing(results.asked, "reading") == ({"x", "y"} if is_open else {"x"})


def test_a_row_that_may_be_the_hit_reads_criteria_by_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MANY", 0)
    monkeypatch.setattr(walks, "MOST_CASES", 1)
    monkeypatch.setattr(compiled, "_OFTEN", 0)
    rules = tuple(Rule(id=name, label=LABEL, condition=_yes(name)) for name in ("x", "y"))
    met = CriteriaDecision(name="met", label=LABEL, rules=rules)
    both = Rule(id="both", label=LABEL, condition=And(operands=(_yes("met"), _yes("z"))), output=1)
    policy = make_policy(KINDS, met, make_table("found", "first", (both,), otherwise=True))
    for known, domain, matter in (({}, 3, {"x", "y", "z"}), ({"y": TRUE}, 3, {"x", "z"}), ({"z": FALSE}, 1, set())):
        results = compiled.evaluate(policy, {name: kind.everything for name, kind in KINDS.items()} | known)
        assert results["found"].domain == domain
        assert missing(results.asked, "found") == matter


def test_what_is_kept_begins_anew_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "MOST", 3)
    for seed in range(20):
        for asked in _asked(seed):
            assert list(_differing(asked)) == [], f"seed {seed}"
