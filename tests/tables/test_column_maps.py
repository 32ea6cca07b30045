"""Files that say which column holds which fact: shown, written, read strictly, and used by every way of reading."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.engine.determine import determine
from cso_rules.interfaces.cli import cli
from cso_rules.tables.answer.rows import Answered, answers
from cso_rules.tables.bulk.determine import determine_many
from cso_rules.tables.problems import RequestProblem
from cso_rules.tables.read.choices import Choices
from cso_rules.tables.read.column_maps import load_column_map
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.cases.tables import CONTEXT, policy

LIST = "编号,人头,资金数,造册,备注\nA1,30,3,1,x\nA2,31,,2,y\n"
MAP = """\
format: 1
columns:
  - heading: 人头
    fact: individual_members
  - heading: 资金数
    fact: 活动资金
    unit: 万元
  - heading: 造册
    fact: has_roster
    values: {"1": "true", "2": "false"}
  - heading: 备注
    fact: unread
"""


def files(folder: Path, mapping: str = MAP) -> tuple[Path, Path]:
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    return folder / "list.csv", folder / "map.yaml"


def run(command: str, *arguments: object) -> str:
    found = CliRunner().invoke(cli, [command, *map(str, arguments), *CONTEXT])
    assert found.exception is None, found.exception
    return found.stdout + found.stderr


def test_what_was_chosen_is_read_by_every_way(tmp_path: Path) -> None:
    path, mapping = files(tmp_path)
    choices = Choices(columns=load_column_map(mapping, policy()))
    sheet = read_sheet(path, is_known_heading(policy(), choices))
    columns = map_columns(sheet.header, policy(), choices=sheet.choices)
    assert list(columns.facts.values()) == ["individual_members", "activity_funds", "has_roster"]
    facts = {"individual_members": 30, "activity_funds": 30_000, "has_roster": True}
    wanted = determine(policy(), facts).outcomes["tier"].possible
    items = list(answers(lambda _: policy(), sheet, columns, ask=False))
    assert isinstance(items[0], Answered)
    assert items[0].determination.facts == facts
    run("classify", path, "--columns", mapping, "-o", tmp_path / "out.ndjson")
    found = determine_many(path, policy(), decisions=["tier"], choices=choices)
    batch = next(iter(found))
    assert batch.column("tier.possible")[0].as_py() == sum(
        1 << policy().decisions["tier"].type.values.index(name) for name in map(str, wanted)
    )
    assert run("bulk", path, "--columns", mapping, "-o", tmp_path / "out.csv")


def test_records_are_read_by_it_too(tmp_path: Path) -> None:
    _, mapping = files(tmp_path)
    path = tmp_path / "list.json"
    path.write_text('[{"人头": 30, "资金数": 3, "造册": "2", "备注": "x"}]', encoding="utf-8")
    choices = Choices(columns=load_column_map(mapping, policy()))
    sheet = read_sheet(path, is_known_heading(policy(), choices))
    (item,) = answers(lambda _: policy(), sheet, map_columns(sheet.header, policy(), choices=sheet.choices), ask=False)
    assert isinstance(item, Answered)
    assert item.determination.facts == {"individual_members": 30, "activity_funds": 30_000, "has_roster": False}


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "{list}", "--id", "A1"), ("area", "{list}"), ("ask-next", "{list}"),
        ("impact", "{list}", "--set", "minimum_activity_funds=1"), ("columns", "{list}"),
        ("sweep", "{list}", "minimum_individual_members", "10", "60"),
    ],
)  # fmt: skip
def test_every_command_about_a_list_takes_the_file(arguments: tuple[str, ...], tmp_path: Path) -> None:
    path, mapping = files(tmp_path)
    command, *rest = (text.format(list=path) for text in arguments)
    assert "人头'" not in run(command, *rest, "--columns", mapping)


def test_columns_are_shown_with_a_value_and_written_as_a_file_that_reads_the_same(tmp_path: Path) -> None:
    path, _ = files(tmp_path)
    path.write_text("编号,个人会员人数,法定代表人,活动资金来历,一二三\nA1,30,王甲,5,\n", encoding="utf-8")
    written = tmp_path / "new.yaml"
    shown = run("columns", path, "-o", written)
    assert "个人会员人数 | individual members (individual_members) | such as 30" in shown
    assert "法定代表人 | no fact | such as 王甲" in shown
    assert "一二三 | unread\n" in shown
    assert "王甲" not in written.read_text("utf-8")
    again = run("columns", path, "--columns", written)
    assert again.splitlines()[:2] == shown.splitlines()[:2]
    assert "法定代表人 | unread | such as 王甲" in again


def test_guesses_are_shown_and_never_taken(tmp_path: Path) -> None:
    path, _ = files(tmp_path)
    path.write_text("编号,个人会员之数\nA1,30\n", encoding="utf-8")
    assert "个人会员之数 | unread; is it individual members (individual_members)?" in run("columns", path)


@pytest.mark.parametrize("name", ["list.columns.yaml", "list.csv.columns.yaml"])
def test_a_file_beside_the_list_is_named_and_not_used(name: str, tmp_path: Path) -> None:
    path, mapping = files(tmp_path)
    mapping.rename(tmp_path / name)
    assert f"{name} stands beside the list and is not used" in run("classify", path)
    assert "is not used" not in run("classify", path, "--columns", tmp_path / name)
    assert f"{name} stands beside the list" in run("bulk", path, "-o", tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("old", "new", "line", "cause", "remedy"),
    [
        ("individual_members", "individual_member", 4, "there is no fact 'individual_member'", "did you mean"),
        ("heading: 人头", "heading: 人", 3, "the list has no column '人'", "人头"),
        ("unit: 万元", "unit: 人", 7, "'人' is no unit of this column", "CNY"),
        ("unit: 万元", "unti: 万元", 7, "there is no key 'unti'", "heading, fact, unit, values"),
        ('"2": "false"', '"2": "no"', 10, "'no' is no value of has_roster", "true, false"),
        ("unit: 万元", "values: {无: 0}", 7, "`values` are for facts of yes and no", "Leave it out"),
        ("heading: 资金数", "heading: 人头", 5, "'人头' stands twice", "Keep one"),
        ("    fact: unread", "    unit: 元", 11, "`fact` is missing", "Write it"),
        ("fact: individual_members", "fact: jurisdiction", 4, "jurisdiction cannot be chosen here", "in the list"),
        ("format: 1\n", "", 1, "`format: 1` is missing", "Write it first"),
        ("columns:", "columns: {}\nmore:", 3, "there is no key 'more'", "format, columns"),
        ("fact: unread", "fact: [unread]", 11, "`fact` is missing", "Write it"),
        ("format: 1", "format: [", 3, "no readable YAML", "cso-rules columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_line(
    old: str, new: str, line: int, cause: str, remedy: str, tmp_path: Path
) -> None:
    path, mapping = files(tmp_path, MAP.replace(old, new, 1))
    for command in (["classify", str(path)], ["bulk", str(path), "-o", str(tmp_path / "out.csv")]):
        found = CliRunner().invoke(cli, [*command, "--columns", str(mapping), *CONTEXT]).exception
        assert isinstance(found, RequestProblem)
        assert (str(mapping) in found.place.en, cause in found.cause.en, remedy in found.remedy.en) == (True,) * 3
        assert abs(int(found.place.en.rpartition(" ")[2]) - line) <= 1, found.place
        assert found.in_language("zh") != found.in_language("en")
