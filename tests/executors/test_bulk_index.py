"""The index of a large table: many variables, many values, and results that are forgotten when they become too many."""

import random

import pytest

from cso_rules.executors.planes import index as bulk_index
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.single import reference
from cso_rules.model.decisions import HitPolicy, Rule
from cso_rules.model.expressions import Among, And
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type
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
    return make_policy(types, make_table("fee", hit_policy, tuple(rules), types, otherwise=True))


def answered(policy: Policy, rows: Rows, chance: random.Random) -> Answers:
    batch = table_of(policy, [facts_of(policy, row) for row in rows], chance, drop=False)
    return bulk_of(policy, batch).answer(batch)


def unlike_the_reference(answers: Answers, rows: Rows) -> list[int]:
    policy, name = answers.bulk.policy, answers.bulk.names[-1]
    return [
        place for place, row in enumerate(rows) if answers.result(name, place) != reference.evaluate(policy, row)[name]
    ]


@pytest.mark.parametrize("hit_policy", ["first", "any", "collect"])
def test_a_table_of_more_cells_than_64_bits_count_means_what_the_reference_says(hit_policy: HitPolicy) -> None:
    chance = seeded(17)
    policy = many_variables(chance, hit_policy)
    rows = rows_of(policy, chance, 70)
    rows += [{name: (number := chance.randrange(250, 750), number) for name in policy.facts} for _ in range(70)]
    answers = answered(policy, rows, chance)
    (index,) = answers.prepared.program.tables.values()
    assert len(index.axes) == 10
    assert unlike_the_reference(answers, rows) == []
    assert len({str(answers.result("fee", row)) for row in range(len(rows))}) > 50


@pytest.mark.parametrize("values", [62, 63, 64, 65])
def test_a_table_may_read_a_decision_of_more_values_than_a_word_has_bits(values: int) -> None:
    types = {"number": COUNT}
    rules = tuple(
        Rule(id=f"kind{place}", label=LABEL, condition=between("number", place, place), output=place)
        for place in range(values)
    )
    kind = make_table("kind", "first", rules, types, otherwise=True)
    rules = tuple(
        Rule(
            id=f"fee{place}", label=LABEL, output=place % 3,
            condition=And(operands=(Among(name="kind", bits=1 << place % values), between("number", place // 2))),
        )
        for place in range(80)
    )  # fmt: skip
    fee = make_table("fee", "first", rules, {**types, "kind": kind.type}, otherwise=True)
    rows: Rows = [{"number": (number, number)} for number in range(80)]
    answers = answered(make_policy(types, kind, fee), [*rows, {"number": COUNT.everything}], seeded(18))
    assert unlike_the_reference(answers, [*rows, {"number": COUNT.everything}]) == []


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
        assert unlike_the_reference(answers, rows[start : start + 64]) == []
    first, last = (worked(answers) for answers in (held[0], held[-1]))
    assert (first is not last) == is_forgotten


def worked(answers: Answers) -> object:
    place = answers.prepared.answers["fee"].planned.index
    assert place is not None
    return answers.values[place].among
