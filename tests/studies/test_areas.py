"""An area counted from a clerk's tables: totals against targets, with bounds while something is open."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cso_rules.engine.aggregates import Tally, area_facts
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import ImpossibleValueError, WrongTypeError
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.model.types import Between
from cso_rules.truth import Truth

DUE = datetime.date(2020, 12, 31)
IN_SCOPE = {
    "发起人居住情况": "居住且户籍在本社区", "非营利": "是", "分配利润": "否", "特殊主体": "无", "在城乡社区活动": "是",
    "开展活动": "文体娱乐",
}  # fmt: skip
FILED, REGISTERED, OPEN = ("未登记", "已备案"), ("已登记", ""), ("未登记", "")
DISTRICT = {"甲社区": 8, "乙社区": 12, "丙社区": 10, "丁社区": 9}
OF_THEM_REGISTERED = {"甲社区": 2, "乙社区": 3, "丙社区": 1, "丁社区": 2}


@pytest.fixture(scope="module")
def area() -> Policy:
    return load_policy("cn", as_of=DUE, entity="area")


def written(path: Path, rows: list[dict[str, str]]) -> str:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def organization(number: int, community: str, status: tuple[str, str], kind: str = "城市") -> dict[str, str]:
    registration, filing = status
    return {
        "编号": f"A{number}", "所在社区": community, "所在社区类型": kind, **IN_SCOPE,
        "登记状态": registration, "备案情况": filing,
    }  # fmt: skip


def district() -> list[dict[str, str]]:
    """Four urban communities with 39 organizations, 8 of them registered and the others filed."""
    statuses = [
        (name, REGISTERED if place < OF_THEM_REGISTERED[name] else FILED)
        for name, count in DISTRICT.items()
        for place in range(count)
    ]
    return [organization(number, *found) for number, found in enumerate(statuses, start=1)]


def run(*arguments: str, as_of: str = "2020-12-31") -> Result:
    return CliRunner().invoke(cli, ["area", *arguments, "--as-of", as_of])


def target(result: Result, kind: str = "urban") -> dict[str, Any]:
    found = json.loads(result.stdout)["targets"]
    return next(item for item in found if item["community_type"] == kind)


def counted(tmp_path: Path, rows: list[dict[str, str]], *arguments: str, kind: str = "urban") -> dict[str, Any]:
    result = run(written(tmp_path / "t.csv", rows), *arguments, "--format", "json", "--complete")
    return target(result, kind)


def test_thirty_nine_of_forty_misses_by_one(tmp_path: Path) -> None:
    result = run(written(tmp_path / "t.csv", district()), "--complete")
    assert result.exit_code == 0
    assert "计入 39 个，需要 40 个（4 个社区 × 10）" in result.stdout
    assert "尚缺 1 个" in result.stdout
    assert "城市社区：未达到（到期日 2020-12-31）" in result.stdout
    assert "甲社区（城市社区）8" in result.stdout


def test_the_counting_rule_is_explicit(tmp_path: Path) -> None:
    found = counted(tmp_path, district(), "--readings", "a11_counting=registered_only")
    assert (found["counted"], found["needed"], found["possible"]) == (8, 40, ["missed"])


@pytest.mark.parametrize("arguments", [(), ("--jurisdiction", "33")])
def test_a_hundred_and_eight_in_twenty_villages_reach_five(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    rows = [organization(number, f"村{number % 20}", FILED, "农村") for number in range(108)]
    found = counted(tmp_path, rows, *arguments, kind="rural")
    assert (found["counted"], found["needed"], found["possible"]) == (108, 100, ["reached"])


def test_zhejiang_asks_fifteen_for_each_urban_community(tmp_path: Path) -> None:
    rows = [organization(number, f"社区{number % 2}", FILED) for number in range(28)]
    assert counted(tmp_path, rows)["possible"] == ["reached"]
    local = counted(tmp_path, rows, "--jurisdiction", "33")
    assert (local["needed"], local["possible"]) == (30, ["missed"])


def test_before_the_due_day_there_is_progress_only(tmp_path: Path) -> None:
    result = run(written(tmp_path / "t.csv", district()), "--complete", "--format", "json", as_of="2019-05-01")
    found = target(result)
    assert (found["possible"], found["counted"], found["needed"]) == (["not_yet_due"], 39, 40)
    assert found["due"] == "2020-12-31"


def test_open_organizations_give_bounds_and_name_what_settles(tmp_path: Path) -> None:
    rows = [*district(), organization(98, "甲社区", OPEN), organization(99, "乙社区", OPEN)]
    path = written(tmp_path / "t.csv", rows)
    found = target(run(path, "--complete", "--format", "json"))
    assert found["counted"] == {"low": 39, "high": 41}
    assert found["possible"] == ["reached", "missed"]
    assert [item["id"] for item in found["open"]] == ["A98", "A99"]
    assert found["settling"][0] == {"fact": "filing_status", "lacking": 2, "alone": 2}
    text = run(path, "--complete").stdout
    assert "计入 39 至 41 个，需要 40 个" in text
    assert "尚缺 0 至 1 个" in text
    assert "最应先补充：备案情况（2 个组织缺少" in text


def test_what_is_open_does_not_matter_once_the_total_is_reached(tmp_path: Path) -> None:
    rows = [*district(), organization(98, "甲社区", FILED), organization(99, "乙社区", OPEN)]
    found = counted(tmp_path, rows)
    assert (found["possible"], found["open"]) == (["reached"], [])


def test_a_list_that_may_be_longer_gives_lower_bounds(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", district())
    found = target(run(path, "--format", "json"))
    assert found["counted"] == {"low": 39, "high": None}
    assert found["communities"] == {"low": 4, "high": None}
    assert found["possible"] == ["reached", "missed"]


def test_an_incomplete_list_of_organizations_can_show_that_a_target_is_reached(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [*district(), organization(99, "甲社区", FILED)])
    found = target(run(path, "--complete-communities", "--format", "json"))
    assert (found["possible"], found["communities"]) == (["reached"], 4)


def test_communities_without_organizations_count_when_they_are_listed(tmp_path: Path) -> None:
    roster = [{"社区名称": name, "社区类型": "城市"} for name in (*DISTRICT, "戊社区")]
    listed = written(tmp_path / "c.csv", roster)
    rows = [{key: cell for key, cell in row.items() if key != "所在社区类型"} for row in district()]
    found = counted(tmp_path, rows, "--communities", listed)
    assert (found["communities"], found["needed"], found["counted"]) == (5, 50, 39)


def test_a_community_of_unknown_type_is_named_where_it_keeps_a_target_open(tmp_path: Path) -> None:
    roster = [{"社区名称": name, "社区类型": "城市"} for name in DISTRICT] + [{"社区名称": "戊社区", "社区类型": ""}]
    arguments = ("--communities", written(tmp_path / "c.csv", roster), "--complete")
    rows = [*district(), organization(99, "甲社区", FILED)]
    found = counted(tmp_path, rows, *arguments[:2])
    assert (found["needed"], found["possible"]) == ({"low": 40, "high": 50}, ["reached", "missed"])
    text = run(str(tmp_path / "t.csv"), *arguments).stdout
    assert "类型不明、也可能改变结果的社区：戊社区" in text


def test_without_a_list_it_is_said_that_empty_communities_are_not_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", district())
    assert "没有组织的社区未计入" in run(path, "--complete").stderr
    assert "one without any is not" in run(path, "--complete", "--lang", "en").stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"所在社区": "戊社区"}, "不在社区名册中"), ({"所在社区类型": "农村"}, "与社区名册中")],
)
def test_a_row_against_the_list_is_refused_and_stays_open(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    listed = written(tmp_path / "c.csv", [{"社区名称": name, "社区类型": "城市"} for name in DISTRICT])
    first, *others = district()
    path = written(tmp_path / "t.csv", [first | change, *others])
    result = run(path, "--communities", listed, "--complete", "--format", "json")
    assert result.exit_code == 4
    assert reason in result.stderr
    assert target(result)["counted"] == {"low": 38, "high": 39}
    assert target(result, "rural")["counted"] == {"low": 0, "high": 1}


def test_a_refused_row_widens_only_the_count_of_its_own_kind(tmp_path: Path) -> None:
    first, *others = district()
    path = written(tmp_path / "t.csv", [first | {"登记状态": "也许"}, *others])
    result = run(path, "--complete", "--format", "json")
    assert result.exit_code == 4
    assert target(result)["counted"] == {"low": 38, "high": 39}
    assert target(result, "rural")["counted"] == 0


def test_a_repeated_community_is_refused(tmp_path: Path) -> None:
    listed = written(tmp_path / "c.csv", [{"社区名称": name, "社区类型": "城市"} for name in (*DISTRICT, "甲社区")])
    path = written(tmp_path / "t.csv", district())
    result = run(path, "--communities", listed, "--complete", "--format", "json")
    assert (result.exit_code, "已有同名社区" in result.stderr) == (4, True)
    assert target(result)["communities"] == {"low": 4, "high": 5}


def test_a_repeated_id_counts_as_open(tmp_path: Path) -> None:
    rows = district()
    found = counted(tmp_path, [*rows, rows[0]])
    assert found["counted"] == {"low": 39, "high": 40}


def test_rows_that_disagree_about_their_community_leave_its_type_open(tmp_path: Path) -> None:
    rows = [organization(1, "甲社区", FILED), organization(2, "甲社区", FILED, "农村")]
    path = written(tmp_path / "t.csv", rows)
    result = run(path, "--complete", "--format", "json")
    assert "类型不一致的社区：甲社区" in result.stderr
    for kind in ("urban", "rural"):
        assert target(result, kind)["communities"] == {"low": 0, "high": 1}
        assert target(result, kind)["counted"] == {"low": 0, "high": 2}


def test_an_organization_without_a_community_may_lie_in_a_further_one(tmp_path: Path) -> None:
    found = counted(tmp_path, [*district(), organization(99, "", FILED)])
    assert (found["counted"], found["communities"]) == (40, {"low": 4, "high": 5})


def test_without_communities_a_target_does_not_apply(tmp_path: Path) -> None:
    result = run(written(tmp_path / "t.csv", district()), "--complete", "--format", "json")
    rural = target(result, "rural")
    assert (rural["communities"], rural["possible"]) == (0, ["not_applicable"])


def test_before_the_opinion_there_is_no_rule_about_areas(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", district())
    result = run(path, "--complete", as_of="2016-01-01")
    assert (result.exit_code, "无现行规则" in result.stdout) == (0, True)


def test_area_facts_are_exact_when_everything_is_known(area: Policy) -> None:
    rules = load_policy("cn", as_of=DUE)
    known = {"community_type": "urban", "founder_residence": "not_residents", "founders_mainly_local": False}
    outside = determine(rules, known)
    found = area_facts(area, [outside], [{"community_type": "urban"}], complete={"organization", "community"})
    assert found == {
        "organizations_in_urban_communities": 0,
        "urban_communities": 1,
        "organizations_in_rural_communities": 0,
        "rural_communities": 0,
    }


@pytest.mark.parametrize(
    ("truths", "is_complete", "value"),
    [
        ([Truth.TRUE, Truth.FALSE], True, 1),
        ([Truth.TRUE, Truth.UNKNOWN], True, Between(low=1, high=2)),
        ([Truth.TRUE, Truth.UNKNOWN], False, Between(low=1)),
        ([], True, 0),
    ],
)
def test_a_tally_has_bounds_while_something_is_open(
    truths: list[Truth], is_complete: bool, value: int | Between
) -> None:
    tally = Tally()
    for truth in truths:
        tally.add(truth)
    assert tally.value(is_complete=is_complete) == value


@pytest.mark.parametrize(
    ("bounds", "possible"),
    [
        (Between(low=40), ("reached",)),
        (Between(high=39), ("missed",)),
        (Between(low=39, high=40), ("reached", "missed")),
        (Between(low=40, high=40), ("reached",)),
    ],
)
def test_bounds_of_a_fact_decide_as_far_as_they_go(area: Policy, bounds: Between, possible: tuple[str, ...]) -> None:
    found = determine(area, {"urban_communities": 4, "organizations_in_urban_communities": bounds})
    assert found["urban_target_status"].possible == possible


def test_bounds_stay_in_the_determination(area: Policy) -> None:
    values, known = domains(area, {"urban_communities": Between(low=2), "rural_communities": Between()})
    assert values == {"urban_communities": Between(low=2)}
    assert known["urban_communities"] == (2, area.facts["urban_communities"].type.maximum)


@pytest.mark.parametrize("bounds", [Between(low=5, high=4), Between(low=-1), Between(high=10**9)])
def test_impossible_bounds_are_refused(area: Policy, bounds: Between) -> None:
    with pytest.raises(ImpossibleValueError):
        domains(area, {"urban_communities": bounds})


def test_bounds_are_for_numbers_only() -> None:
    with pytest.raises(WrongTypeError):
        domains(load_policy("cn", as_of=DUE), {"is_nonprofit": Between(low=1)})
