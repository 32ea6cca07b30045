"""A parameter over a range: the same answers as asking again at each value, and nothing overlooked in between."""

import itertools
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.options.sides import Side
from cso_rules.studies.states import state_of
from cso_rules.studies.sweep import steps as sweep_module
from cso_rules.studies.sweep.picture import COLOURS, MARK, PLOT, RIGHT, TOP, WIDTH
from cso_rules.studies.sweep.steps import Sweep, steps_between, sweep, usual_step
from cso_rules.tables.answer.rows import Answered, answers
from tests.sampled import sampled
from tests.studies.change_tables import CONTEXT, COUNTY, DAY, generated, group, opened, setting, varied, written


def found(*arguments: str) -> Any:
    result = CliRunner().invoke(cli, ["sweep", *arguments, *CONTEXT, "--format", "json"])
    assert result.exit_code in {0, 4}, result.output
    return json.loads(result.stdout)


def numbers_to_ask(result: Sweep) -> list[int]:
    """Every number, or a part of them: of those at which something changes, of those before, and of the others."""
    numbers, edges = list(range(10, 61)), [number - less for number in result.changes for less in (0, 1)]
    for each in (numbers, edges):
        random.Random(3).shuffle(each)  # noqa: S311 - always the same numbers
    return sorted({10, 60, *sampled(numbers, are_slow=True), *sampled(edges, are_slow=True)})


@pytest.mark.usefixtures("shown_sound")
@pytest.mark.generated
@pytest.mark.parametrize("parameter", ["minimum_individual_members", "minimum_mixed_members"])
def test_a_sweep_equals_asking_again_at_every_value(parameter: str, tmp_path: Path) -> None:
    now = load_policy("cn", as_of=DAY)
    able = [{**row, "活动资金": "30000", "固定住所": "是"} for row in generated(40, blank=0.02)]
    path = written(tmp_path / "t.csv", [*generated(20, blank=0.12), *able])
    sheet, columns = opened(path, now)
    items = [
        item.determination for item in answers(lambda _: now, sheet, columns, ask=False) if isinstance(item, Answered)
    ]
    load = setting(parameter)
    result = sweep(items, load, parameter=parameter, steps=(10, 60), now=now)
    assert result.is_exact
    assert len(result.changes) >= 3
    for number in numbers_to_ask(result):
        policy = load(number).part(["tier"])
        expected = Counter(state_of(determine(policy, item.facts, engine="reference", ask=False)) for item in items)
        assert result.at(number) == expected, number


@pytest.mark.usefixtures("shown_sound")
def test_compiled_and_interpreted_rules_are_counted_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", generated(40, blank=0.12))
    counted = []
    for worth in (1, 1000):
        monkeypatch.setattr(sweep_module, "WORTH_COMPILING", worth)
        counted.append(found(path, "minimum_individual_members", "10", "60"))
    assert counted[0] == counted[1]


@pytest.mark.usefixtures("shown_sound")
def test_a_sweep_equals_repeated_impact(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", generated(40))
    swept = found(path, "minimum_activity_funds", "5000", "65000", "--step", "30000")
    for row in swept["rows"]:
        arguments = ["impact", path, "--set", f"最低活动资金={row['value']}", *CONTEXT, "--format", "json"]
        impact = json.loads(CliRunner().invoke(cli, arguments).stdout)
        after: Counter[tuple[str, ...]] = Counter()
        for cell in impact["matrix"]:
            after[cell["after"]["status"], *cell["after"]["possible"]] += cell["count"]
        keys = [(state["status"], *state["possible"]) for state in swept["states"]]
        assert dict(zip(keys, row["counts"], strict=True)) == {key: after[key] for key in keys}


@pytest.mark.usefixtures("shown_sound")
def test_where_too_many_sums_would_have_to_be_tried_only_the_steps_are_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "t.csv", generated(40, blank=0.12))
    exact = found(path, "minimum_individual_members", "10", "60", "--step", "10")
    monkeypatch.setattr(sweep_module, "MOST_SUMS", 0)
    swept = found(path, "minimum_individual_members", "10", "60", "--step", "10")
    assert exact["is_exact"]
    assert not swept["is_exact"]
    assert swept["rows"] == exact["rows"]


def test_changes_between_two_steps_are_named_exactly(tmp_path: Path) -> None:
    rows = [group("A", 个人会员数="37"), group("B", 个人会员数="52")]
    swept = found(written(tmp_path / "t.csv", rows), "最低个人会员数", "10", "100", "--step", "45")
    assert [row["value"] for row in swept["rows"]] == ["10", "55", "100"]
    assert [row["value"] for row in swept["changes"]] == ["38", "53"]
    assert swept["current"] == "50"
    assert swept["is_exact"]


@pytest.mark.usefixtures("shown_sound")
def test_every_row_of_a_sweep_counts_everybody() -> None:
    swept = found(str(COUNTY), "minimum_individual_members", "10", "120")
    assert swept["answered"] + swept["refused"] == 72
    assert {sum(row["counts"]) for row in swept["rows"]} == {72}


def test_an_indexed_parameter_is_swept_for_one_value() -> None:
    swept = found(str(COUNTY), "minimum_original_fund[local_public]", "100万", "800万")
    assert (swept["parameter"], swept["index"], swept["current"]) == (
        "minimum_original_fund",
        "local_public",
        "4000000",
    )
    assert swept["is_exact"]


def test_the_picture_has_title_description_and_text_labels() -> None:
    result = CliRunner().invoke(cli, ["sweep", str(COUNTY), "最低个人会员数", "10", "120", *CONTEXT, "--format", "svg"])
    root = ElementTree.fromstring(result.stdout)  # noqa: S314 - our own output
    space = "{http://www.w3.org/2000/svg}"
    title, description = root.find(f"{space}title"), root.find(f"{space}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert "最低个人会员数" in str(title.text)
    assert description is not None
    assert "依法登记: 14" in str(description.text)
    texts = {text.text for text in root.iter(f"{space}text")}
    assert {"依法登记", "社区指导", "现行 50"} <= texts
    paths = list(root.iter(f"{space}path"))
    assert len({(path.get("stroke"), path.get("stroke-dasharray")) for path in paths}) == len(paths) == 8


def test_many_lines_differ_and_their_numbers_stand_beside_the_plot(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", varied())
    result = CliRunner().invoke(cli, ["sweep", path, "最低个人会员数", "10", "60", *CONTEXT, "--format", "svg"])
    root = ElementTree.fromstring(result.stdout)  # noqa: S314 - our own output
    space = "{http://www.w3.org/2000/svg}"
    paths = list(root.iter(f"{space}path"))
    assert len(paths) > len(COLOURS)
    assert len({(path.get("stroke"), path.get("stroke-dasharray")) for path in paths}) == len(paths)
    ends = [text for text in root.iter(f"{space}text") if text.get("x") == str(WIDTH - RIGHT + 8)]
    heights = sorted(float(text.get("y", "nan")) for text in ends)
    assert len(heights) == len(paths)
    assert heights[-1] <= TOP + PLOT + 4
    assert all(after - before >= MARK for before, after in itertools.pairwise(heights))


@pytest.mark.parametrize(
    "arguments", [("60", "20"), ("10", "10"), ("x", "20"), ("10", "20", "--step", "0"), ("取消", "20")]
)
def test_a_range_that_is_none_is_refused(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, ["sweep", str(COUNTY), "minimum_individual_members", *arguments, *CONTEXT])
    assert result.exit_code == 2


def test_rules_are_loaded_with_numbers_of_the_range_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, policy = written(tmp_path / "t.csv", [group("A", 个人会员数="37")]), Side.policy
    asked = list[tuple[str, str]]()

    def noted(side: Side, entity: str | None = None, settings: tuple[tuple[str, str], ...] | None = None) -> Any:
        asked.extend(settings or ())
        return policy(side, entity, settings)

    monkeypatch.setattr(Side, "policy", noted)
    assert found(path, "最低个人会员数", "30", "40", "--step", "2")["parameter"] == "minimum_individual_members"
    assert {name for name, _ in asked} == {"minimum_individual_members"}
    assert {int(number) for _, number in asked} <= {*range(30, 41)}


def test_steps_are_round_and_hold_both_ends() -> None:
    assert steps_between(1000, 26000, 10000, is_round=True) == (1000, 10000, 20000, 26000)
    assert steps_between(10, 30, 15) == (10, 25, 30)
    assert (usual_step(10, 120, 1), usual_step(0, 3, 1), usual_step(0, 5_000_000, 100)) == (10, 1, 500_000)
