"""Which fact to collect next: the same as trying every value of every missing fact."""

import datetime
import itertools
import json
import random
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from cso_rules.determination import Determination, Status
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.interfaces.cli import cli
from cso_rules.model.decisions import TableDecision
from cso_rules.model.expressions import Among, Constant
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.studies.ask_next.ranking import Askers, Need, ask_next
from cso_rules.studies.completions import atoms_of, representatives
from tests.engine.small_policy import TIER as TIER_TYPE
from tests.engine.small_policy import label, rule, small_policy
from tests.sampled import sampled
from tests.studies.change_tables import CONTEXT, COUNTY, DAY, group, opened, written


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DAY)


def complete(policy: Policy, tmp_path: Path, **cells: str) -> dict[str, Value]:
    """The facts of a group in which everything is known."""
    from cso_rules.tables.answer.rows import Answered, answers

    sheet, columns = opened(written(tmp_path / "t.csv", [group("A", **cells)]), policy)
    (item,) = answers(lambda _: policy, sheet, columns, ask=False)
    assert isinstance(item, Answered)
    return dict(item.determination.facts)


def values_of(policy: Policy, facts: dict[str, Value], name: str) -> list[Value]:
    known = domains(policy, facts)[1]
    kind = policy.facts[name].type
    found = (kind.decode(domain) for domain in representatives(kind, name, atoms_of(policy, "tier"), known))
    return [value for value in found if value is not None]


def is_settled(policy: Policy, facts: dict[str, Value]) -> bool | None:
    """Whether no fact is missing for the tier; None when the facts contradict one another."""
    found = determine_or_none(policy, facts)
    return None if found is None else found["tier"].status is not Status.UNDETERMINED


def tried(policy: Policy, facts: dict[str, Value], names: tuple[str, ...]) -> list[bool]:
    choices = itertools.product(*(values_of(policy, facts, name) for name in names))
    found = (is_settled(policy, {**facts, **dict(zip(names, chosen, strict=True))}) for chosen in choices)
    return [answer for answer in found if answer is not None]


def determine_or_none(policy: Policy, facts: dict[str, Value]) -> Determination | None:
    try:
        return determine(policy, facts, ask=False)
    except FactsError:
        return None


def need_of(policy: Policy, facts: dict[str, Value]) -> Need:
    found = determine(policy, facts, ask=False)
    return Askers(readings={}).of(found).situation(found).need


def check_by_trying(policy: Policy, facts: dict[str, Value]) -> Need:
    """What a record lacks, compared with what every value of the missing facts does."""
    need = need_of(policy, facts)
    missing = need.missing
    own = {name: tried(policy, facts, (name,)) for name in missing}
    assert need.settling == {name for name in missing if all(own[name])}
    assert need.hopeful == {name for name in missing if any(own[name])}
    others = {name: tuple(other for other in missing if other != name) for name in missing}
    assert need.necessary == {name for name in missing if not all(tried(policy, facts, others[name]))}
    return need


@pytest.mark.generated
def test_what_settles_a_record_equals_trying_every_value(policy: Policy, tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - always the same records
    whole = {
        "able": complete(policy, tmp_path),
        "small": complete(
            policy, tmp_path, 个人会员数="12", 规模小="是", 临时性="是", 松散="是", 主要在单个社区活动="是"
        ),
    }
    part = policy.part(["tier"])
    read = [name for name in part.cone("tier") if name in part.facts]
    seen, turns = 0, sampled(range(60), are_slow=True)
    for _ in turns:
        base = chance.choice(list(whole.values()))
        hidden = set(chance.sample([name for name in read if name in base], chance.choice((1, 1, 2, 3))))
        facts = {name: value for name, value in base.items() if name not in hidden}
        if is_settled(part, facts):
            continue
        seen += 1
        check_by_trying(part, facts)
    assert seen >= len(turns) // 3


@pytest.mark.generated
def test_records_that_are_searched_together_lack_what_each_lacks_alone(policy: Policy, tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - always the same records
    whole = [
        complete(policy, tmp_path, 个人会员数=members, 固定住所=domicile)
        for members in ("12", "60")
        for domicile in "是否"
    ]
    together = Askers(readings={})
    seen, turns = 0, sampled(range(80), are_slow=True)
    for _ in turns:
        facts = {name: value for name, value in chance.choice(whole).items() if chance.random() > 0.4}
        found = determine(policy, facts, ask=False)
        if found["tier"].status is Status.UNDETERMINED:
            seen += 1
            assert together.of(found).situation(found).need == need_of(policy, facts)
    assert seen >= len(turns) // 2


def test_a_computed_number_is_settled_by_what_it_is_computed_from() -> None:
    small = small_policy()
    facts: dict[str, Value] = {"capital": Decimal(40_000), "is_suitable": True}
    assert check_by_trying(small, {**facts, "bodies": 10}).settling == {"people"}
    both = check_by_trying(small, facts)
    assert both.hopeful == both.necessary == {"people", "bodies"}
    assert not both.settling


def test_what_tells_whether_rules_contradict_one_another_is_asked_for() -> None:
    small = small_policy()
    doubtful = TableDecision(
        name="doubtful", label=label("doubtful"), type=TIER_TYPE, hit_policy="unique",
        rules=(rule("one", Among(name="form", bits=1)), rule("two", Among(name="is_suitable", bits=1), 1)),
        outputs=((("", "registered"),), (("", "managed"),)),
    )  # fmt: skip
    tier = TableDecision(
        name="tier", label=label("tier"), type=TIER_TYPE, hit_policy="first", otherwise=True,
        rules=(rule("able", Among(name="doubtful", bits=1)), rule("rest", Constant(value=True), 1)),
        outputs=((("", "registered"),), (("", "managed"),)),
    )  # fmt: skip
    policy = attrs.evolve(small, decisions={"doubtful": doubtful, "tier": tier})
    need = check_by_trying(policy, {"form": "group"})
    assert need.missing == ("is_suitable",)
    assert need.settling == need.necessary == {"is_suitable"}
    assert check_by_trying(policy, {}).necessary == {"form", "is_suitable"}


def test_the_order_settles_everything_that_facts_can_settle(tmp_path: Path) -> None:
    rows = [
        group("A", 活动资金=""),
        group("B", 活动资金=""),
        group("C", 固定住所=""),
        group("D", 活动资金="", 固定住所=""),
        group("E"),
    ]
    path = written(tmp_path / "t.csv", rows)
    result = CliRunner().invoke(cli, ["ask-next", path, *CONTEXT, "--format", "json"])
    found = json.loads(result.stdout)
    assert (found["answered"], found["open"]) == (5, 4)
    assert [(step["name"], step["settled"], step["total"]) for step in found["order"]] == [
        ("activity_funds", 2, 2),
        ("has_fixed_domicile", 2, 4),
    ]
    assert found["order"][0]["question"]["zh"]
    assert found["order"][0]["question"]["en"]
    funds = next(item for item in found["facts"] if item["name"] == "activity_funds")
    assert (funds["missing"], funds["settles"], funds["may_settle"], funds["necessary"]) == (3, 2, 3, 3)


def test_every_open_record_of_the_sample_is_settled_in_the_end() -> None:
    result = CliRunner().invoke(cli, ["ask-next", str(COUNTY), *CONTEXT, "--format", "json"])
    assert result.exit_code == 4
    found = json.loads(result.stdout)
    assert (found["answered"], found["refused"], found["open"], found["inexact"]) == (72, 0, 14, 0)
    assert found["order"][-1]["total"] == 14
    assert sum(step["settled"] for step in found["order"]) == 14
    assert len(found["records"]) == 14


def test_a_list_without_open_records_asks_nothing(tmp_path: Path, policy: Policy) -> None:
    facts = complete(policy, tmp_path)
    found = ask_next([(1, "A", "甲", determine(policy, facts, ask=False))], policy)
    assert (found.answered, found.records, found.facts, found.order) == (1, (), (), ())
    before = load_policy("cn", as_of=datetime.date(2017, 12, 26))
    assert ask_next([(1, "A", "甲", determine(before, {}, ask=False))], before).records == ()


def test_the_report_speaks_both_languages() -> None:
    for language, word in (("zh", "建议的收集顺序"), ("en", "order in which to collect")):
        result = CliRunner().invoke(cli, ["ask-next", str(COUNTY), *CONTEXT, "--lang", language])
        assert word in result.stdout
