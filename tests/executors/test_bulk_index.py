"""The index of a large table: many variables, many values, and results that are forgotten when they become too many."""

import random

import pytest

from cso_rules.executors.planes import index as bulk_index
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.single import compiled
from cso_rules.meaning.complete import Answered, Mark
from cso_rules.meaning.complete import answers as answers_when_known
from cso_rules.model.decisions import HitPolicy, Rule
from cso_rules.model.expressions import Among, And
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval, Type
from cso_rules.results import Result
from cso_rules.truth import Truth
from tests.conformance.test_bulk import bulk_of, facts_of, rows_of, seeded, table_of
from tests.conformance.test_meaning import between, large_table
from tests.strategies import LABEL, make_policy, make_table

COUNT = Type(kind="integer", maximum=1000)
Rows = list[dict[str, Domain]]


def many_variables(chance: random.Random, hit_policy: HitPolicy) -> Policy:
    """A table of so many wide rows that its cells cannot be numbered in 64 bits."""
    types = {f"number{place}": COUNT for place in range(10)}
    rules = []
    for place in range(80):
        lows = {name: chance.randrange(300) for name in types}
        parts = tuple(between(name, low, low + chance.randrange(500, 700)) for name, low in lows.items())
        rules.append(Rule(id=f"row{place}", label=LABEL, condition=And(operands=parts), output=place % 7))
    return make_policy(types, make_table("fee", hit_policy, tuple(rules), otherwise=True))


def answered(policy: Policy, rows: Rows, chance: random.Random) -> Answers:
    batch = table_of(policy, [facts_of(policy, row) for row in rows], chance, drop=False)
    return bulk_of(policy, batch).answer(batch)


def unlike_the_exact(answers: Answers, rows: Rows) -> list[int]:
    policy, name = answers.bulk.policy, answers.bulk.names[-1]
    return [
        place for place, row in enumerate(rows) if answers.result(name, place) != compiled.evaluate(policy, row)[name]
    ]


def completion(policy: Policy, row: dict[str, Domain], chance: random.Random) -> Answered:
    """What rules answer in one way in which everything might be."""
    values = {name: chance.randint(*interval(domain)) for name, domain in row.items()}
    return answers_when_known(policy, values, {})["fee"]


def interval(domain: Domain) -> Interval:
    assert isinstance(domain, tuple)
    return domain


def is_found(result: Result, found: Answered) -> bool:
    if not isinstance(found.answer, int):
        return found.answer is Mark.CONFLICT and result.conflict is not Truth.FALSE
    sure, possible = result.domain if isinstance(result.domain, tuple) else (0, result.domain)
    true = sum(1 << rule for rule in found.rules)
    is_possible = not (sure & ~found.answer or found.answer & ~possible)
    return is_possible and not (result.true & ~true or true & ~(result.true | result.unknown))


@pytest.mark.parametrize("hit_policy", ["first", "any", "collect"])
def test_a_table_of_more_cells_than_64_bits_count_never_misses_what_is_possible(hit_policy: HitPolicy) -> None:
    chance = seeded(17)
    policy = many_variables(chance, hit_policy)
    rows = rows_of(policy, chance, 70)
    known: Rows = [{name: (number := chance.randrange(250, 750), number) for name in policy.facts} for _ in range(70)]
    answers = answered(policy, [*rows, *known], chance)
    (index,) = answers.ready.indexes.values()
    assert len(index.axes) == 10
    for place, row in enumerate([*rows, *known]):
        result = answers.result("fee", place)
        assert all(is_found(result, completion(policy, row, chance)) for _ in range(5))
        assert place < len(rows) or not result.unknown
    assert len({str(answers.result("fee", row)) for row in range(answers.rows)}) > 50


@pytest.mark.parametrize("values", [62, 63, 64, 65])
def test_a_table_may_read_a_decision_of_more_values_than_a_word_has_bits(values: int) -> None:
    types = {"number": COUNT}
    rules = tuple(
        Rule(id=f"kind{place}", label=LABEL, condition=between("number", place, place), output=place)
        for place in range(values)
    )
    kind = make_table("kind", "first", rules, otherwise=True)
    rules = tuple(
        Rule(
            id=f"fee{place}", label=LABEL, output=place % 3,
            condition=And(operands=(Among(name="kind", bits=1 << place % values), between("number", place // 2))),
        )
        for place in range(80)
    )  # fmt: skip
    fee = make_table("fee", "first", rules, otherwise=True)
    rows: Rows = [{"number": (number, number)} for number in range(80)]
    answers = answered(make_policy(types, kind, fee), [*rows, {"number": COUNT.everything}], seeded(18))
    assert unlike_the_exact(answers, [*rows, {"number": COUNT.everything}]) == []


@pytest.mark.parametrize(
    ("limit", "dense", "is_forgotten"),
    [("_MOST_BITS", 1 << 22, True), ("_MOST_BITS", 0, True), ("_MOST_CELLS", 0, True), ("_MOST_CELLS", 1 << 22, False)],
)
def test_answers_stay_when_what_was_worked_out_for_them_is_forgotten(
    limit: str, dense: int, is_forgotten: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_index, "_DENSE", dense)
    monkeypatch.setattr(bulk_index, limit, 20)
    policy, chance = large_table(150, "first"), seeded(19)
    rows: Rows = [
        {"region": 1 << chance.randrange(10), "count": (number := chance.randrange(170), number)} for _ in range(320)
    ]
    whole, starts = table_of(policy, [facts_of(policy, row) for row in rows], chance, drop=False), range(0, 320, 64)
    bulk = bulk_of(policy, whole)
    held = [bulk.answer(whole.slice(start, 64)) for start in starts]
    for start, answers in zip(starts, held, strict=True):
        assert unlike_the_exact(answers, rows[start : start + 64]) == []
    first, last = (worked(answers) for answers in (held[0], held[-1]))
    assert (first is not last) == is_forgotten


def worked(answers: Answers) -> object:
    return answers.located("fee").among
