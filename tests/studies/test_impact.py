"""The impact of a change of the rules: everybody is counted once, and causes were tried, not guessed."""

import csv
import datetime
import io
import json
import random
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cso_rules.engine import cache
from cso_rules.engine.determine import determine
from cso_rules.errors import FactsError
from cso_rules.interfaces.cli import cli
from cso_rules.loader.in_force.settings import SettingError, settings_of
from cso_rules.loader.load import load_policy
from cso_rules.model.types import Type, Value
from cso_rules.studies.impact.differences import PolicyComparison
from cso_rules.studies.impact.page import MOST_NAMED
from cso_rules.studies.states import state_of
from tests.studies.change_tables import CONTEXT, COUNTY, DAY, generated, group, varied, written

pytestmark = pytest.mark.usefixtures("shown_sound")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["impact", *arguments])


def found(*arguments: str, context: tuple[str, ...] = CONTEXT) -> Any:
    result = run(*arguments, *context, "--format", "json")
    assert result.exit_code in {0, 4}, result.output
    return json.loads(result.stdout)


def check_books(impact: Any) -> None:
    """Everything that must add up adds up."""
    assert impact["read"] == impact["answered"] + len(impact["refused"])
    assert sum(cell["count"] for cell in impact["matrix"]) == impact["answered"]
    moved = sum(cell["count"] for cell in impact["matrix"] if cell["before"] != cell["after"])
    assert moved == impact["moved"] == len(impact["organizations"])
    assert sum(cause["count"] for cause in impact["causes"]) == moved
    for item in impact["items"]:
        assert item["after"] == item["before"] + item["gained"] - item["lost"]


def test_fewer_members_move_nobody_in_the_sample_county() -> None:
    impact = found(str(COUNTY), "--set", "minimum_individual_members=20")
    check_books(impact)
    assert (impact["read"], impact["answered"], impact["moved"]) == (72, 72, 0)


def test_fewer_members_move_exactly_the_groups_between_the_two_numbers(tmp_path: Path) -> None:
    rows = [group(f"M{members}", 个人会员数=str(members)) for members in (19, 20, 21, 49, 50, 80)]
    impact = found(written(tmp_path / "t.csv", rows), "--set", "最低个人会员数=20")
    check_books(impact)
    assert [item["id"] for item in impact["organizations"]] == ["M20", "M21", "M49"]
    (cause,) = impact["causes"]
    assert (cause["mode"], cause["count"]) == ("alone", 3)
    (difference,) = cause["differences"]
    assert (difference["path"], difference["old"], difference["new"]) == ("minimum_individual_members", "50", "20")
    assert difference["rules"] == ["registration_conditions/members"]
    assert "order-250 art10-1" in difference["citations"]
    turned = impact["organizations"][0]["turned"]
    assert {"rule": "members", "before": "false", "after": "true"} in turned


def test_a_generated_list_reconciles_with_its_own_classification(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", generated(60))
    impact = found(path, "--set", "minimum_individual_members=20", "--set", "minimum_activity_funds=8000")
    check_books(impact)
    assert impact["moved"]
    assert {cause["mode"] for cause in impact["causes"]} >= {"alone", "together"}
    assert any(cell["before"]["status"] == "undetermined" for cell in impact["matrix"])
    classified = CliRunner().invoke(cli, ["classify", path, *CONTEXT, "--format", "json"])
    tiers = [item["determination"]["decisions"]["tier"]["possible"] for item in json.loads(classified.stdout)]
    registered = sum(cell["count"] for cell in impact["matrix"] if cell["before"]["possible"] == ["registered"])
    assert registered == tiers.count(["registered"])


def test_a_cause_of_two_changes_is_named_only_when_both_are_needed(tmp_path: Path) -> None:
    rows = [
        group("members", 个人会员数="30"),
        group("funds", 活动资金="10000"),
        group("both", 个人会员数="30", 活动资金="10000"),
        group("neither", 固定住所="否", 个人会员数="30"),
    ]
    sets = ("--set", "minimum_individual_members=20", "--set", "minimum_activity_funds=1万")
    impact = found(written(tmp_path / "t.csv", rows), *sets)
    check_books(impact)
    causes = {item["id"]: (item["mode"], item["cause"]) for item in impact["organizations"]}
    assert causes == {
        "members": ("alone", ["minimum_individual_members"]),
        "funds": ("alone", ["minimum_activity_funds"]),
        "both": ("together", ["minimum_activity_funds", "minimum_individual_members"]),
    }


def test_two_changes_that_are_each_enough_are_one_cause(tmp_path: Path) -> None:
    sets = ("--set", "minimum_individual_members=80", "--set", "minimum_activity_funds=4万")
    impact = found(written(tmp_path / "t.csv", [group("A")]), *sets)
    check_books(impact)
    assert [(cause["mode"], cause["count"]) for cause in impact["causes"]] == [("either", 1)]


def test_the_day_on_which_the_opinions_begin_moves_everybody() -> None:
    context = ("--as-of", "2017-12-26", "--jurisdiction", "cn")
    impact = found(str(COUNTY), "--against-date", "2018-06-01", context=context)
    check_books(impact)
    assert impact["moved"] == impact["answered"] == 72
    (cause,) = impact["causes"]
    assert cause["differences"][0]["kind"] == "begins"
    assert "tier" in cause["differences"][0]["path"].split(", ")
    assert {cell["before"]["status"] for cell in impact["matrix"]} == {"no_rule_in_force"}


def test_the_rules_of_yangzhou_settle_four_of_the_sample_county() -> None:
    context = ("--as-of", "2020-06-01", "--jurisdiction", "cn")
    impact = found(str(COUNTY), "--against-jurisdiction", "3210", context=context)
    check_books(impact)
    assert impact["moved"] == 4
    assert [item["path"] for item in impact["causes"][0]["differences"]] == ["a1_grassroots_cluster"]
    by_name = found(str(COUNTY), "--against", "cn-3210@2020-06-01", context=context)
    assert by_name["matrix"] == impact["matrix"]


def test_local_members_are_found_as_the_cause_of_a_local_move(tmp_path: Path) -> None:
    rows = [group("A", 个人会员数="25"), group("B", 个人会员数="15"), group("C", 个人会员数="25", 活动资金="")]
    context = ("--as-of", "2021-01-01", "--jurisdiction", "cn")
    impact = found(written(tmp_path / "t.csv", rows), "--against-jurisdiction", "3210", context=context)
    check_books(impact)
    causes = {item["id"]: item["cause"] for item in impact["organizations"]}
    assert set(causes) == {"A", "C"}
    assert all("minimum_individual_members" in cause[0] for cause in causes.values())


@pytest.mark.parametrize("place", ["3210", "44", "11", "640502", "4403"])
def test_mixtures_put_together_rule_by_rule_end_in_the_two_policies(place: str) -> None:
    """Whatever is known of a group, none of the differences give the answer before and all of them the one after."""
    day = datetime.date(2021, 1, 1)
    before, after = cache.load_policy("cn", as_of=day), cache.load_policy("cn", as_of=day, jurisdiction=place)
    work = PolicyComparison(before=before, after=after, decision="tier")
    work.collect()
    everything = frozenset(range(len(work.items)))
    pairs = [(work.built(chosen), policy) for chosen, policy in ((frozenset[int](), before), (everything, after))]
    parts = [tuple(policy.part(["tier"]) for policy in pair) for pair in pairs]
    singles = [work.built(frozenset({only})).part(["tier"]) for only in everything]
    chance = random.Random(3)  # noqa: S311 - always the same facts
    names = [name for name in before.cone("tier") if name in before.facts]
    for _ in range(40):
        facts = {name: any_value(before.facts[name].type, chance) for name in chance.sample(names, 14)}
        try:
            for mixed, policy in parts:
                expected = state_of(determine(policy, facts, ask=False))
                assert state_of(determine(mixed, facts, ask=False, engine="reference")) == expected
        except FactsError:  # these facts contradict one another
            continue
        found_singly = [determine(mixed, facts, ask=False, engine="reference") for mixed in singles]
        assert all(state_of(answer).values for answer in found_singly)


def any_value(kind: Type, chance: random.Random) -> Value:
    match kind.kind:
        case "boolean":
            return chance.random() < 0.7
        case "enumeration":
            return chance.choice(kind.values)
        case "set":
            return frozenset(chance.sample(kind.values, 1))
        case "money":
            return Decimal(chance.choice((500, 8000, 30000, 50000)))
        case _:
            return chance.choice((0, 15, 25, 40, 60))


def test_a_row_without_a_place_is_refused_and_named(tmp_path: Path) -> None:
    rows = [group("A", 地区代码="110101"), group("B", 地区代码="不是代码")]
    impact = found(written(tmp_path / "t.csv", rows), "--set", "minimum_individual_members=20")
    check_books(impact)
    assert [(item["id"], item["side"]) for item in impact["refused"]] == [("B", "both")]


def test_area_targets_keep_their_bounds_before_and_after(tmp_path: Path) -> None:
    rows = [group(f"A{n}", 所在社区="甲社区", 所在社区类型="城市", 登记状态="已登记") for n in range(9)]
    rows += [group("open", 所在社区="甲社区", 所在社区类型="城市", 登记状态="")]
    path = written(tmp_path / "t.csv", rows)
    context = ("--as-of", "2020-12-31", "--jurisdiction", "cn")
    parameter = "minimum_average_per_urban_community=9"
    impact = found(path, "--set", parameter, "--complete", context=context)
    urban = {row["side"]: row for row in impact["targets"] if row["community_type"]["en"].startswith("urban")}
    assert urban["before"]["counted"] == urban["after"]["counted"] == {"low": 9, "high": 10}
    assert (urban["before"]["needed"], urban["after"]["needed"]) == (10, 9)
    assert urban["after"]["status"]["en"] == "reached"
    assert "undetermined" in urban["before"]["status"]["en"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("minimum_individual_member=20", "minimum_individual_members"),
        ("最低个人会员=20", "最低个人会员数"),
        ("minimum_individual_members=2.5", "not a whole number"),
        ("minimum_individual_members=many", "not a number"),
        ("minimum_individual_members", "NAME=NUMBER"),
        ("minimum_activity_funds=0.001", "2 decimal places"),
        ("minimum_original_fund=5", "minimum_original_fund[local_public]=5"),
        ("minimum_individual_members[urban]=5", "one number only"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_help(text: str, part: str) -> None:
    result = run(str(COUNTY), "--set", text, *CONTEXT, "--lang", "en")
    assert result.exit_code == 2
    assert part in result.output


def test_a_parameter_is_set_once_by_whichever_name() -> None:
    settings = settings_of(["minimum_individual_members=20", "最低个人会员数=30"])
    with pytest.raises(SettingError, match="twice"):
        load_policy("cn", as_of=DAY, settings=settings)


def test_an_indexed_parameter_and_money_are_set_exactly() -> None:
    settings = settings_of(["minimum_original_fund[local_public]=300万", "最低活动资金=１２.34"])
    policy = load_policy("cn", as_of=DAY, settings=settings)
    assert dict(policy.parameters["minimum_original_fund"].values)["local_public"] == 300_000_000
    assert dict(policy.parameters["minimum_original_fund"].values)["non_public"] == 200_000_000
    assert dict(policy.parameters["minimum_activity_funds"].values)[""] == 1234
    assert {(change.path, change.package) for change in policy.changes} == {
        ("minimum_original_fund", "what-if"), ("minimum_activity_funds", "what-if"),
    }  # fmt: skip
    assert policy.digest != load_policy("cn", as_of=DAY).digest


def test_a_requirement_can_be_removed(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [group("A", 活动资金="0")])
    impact = found(path, "--set", "minimum_activity_funds=removed")
    assert [item["id"] for item in impact["organizations"]] == ["A"]


def test_exactly_one_change_is_named() -> None:
    for arguments in ((), ("--against-date", "2019-01-01", "--against-jurisdiction", "44")):
        assert run(str(COUNTY), *arguments, *CONTEXT).exit_code == 2


HOSTILE = "<script>alert(1)</script>\"'&<img src=https://example.org/x>\u202e"


class Links(HTMLParser):
    """Everything in a page that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "link", "iframe", "object", "embed", "form", "a", "base", "use", "image"}:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name in {"src", "href", "style", "action"} or name.startswith("on")]


def page(tmp_path: Path, *arguments: str, lang: str = "zh") -> str:
    rows = [group("A", 名称=HOSTILE, 个人会员数="30"), group("=1+1", 名称="乙", 个人会员数="<b>")]
    path, out = written(tmp_path / "t.csv", rows), tmp_path / "r.html"
    sets = ("--set", "minimum_individual_members=20")
    result = run(path, *sets, *arguments, *CONTEXT, "--lang", lang, "-o", str(out))
    assert result.exit_code == 4, result.output
    return out.read_text(encoding="utf-8")


def test_the_page_escapes_names_and_loads_nothing(tmp_path: Path) -> None:
    text = page(tmp_path, "--sweep", "minimum_individual_members", "10", "60")
    links = Links()
    links.feed(text)
    assert links.found == []
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text
    addresses = set(re.findall(r"https?://[^\s\"'<&]+", text.replace(HOSTILE, "")))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://example.org/x"}  # a namespace, and the hostile name
    assert "default-src &#x27;none&#x27;" in text


def test_a_wide_matrix_has_numbers_for_the_names_of_its_columns(tmp_path: Path) -> None:
    path, out = written(tmp_path / "t.csv", varied()), tmp_path / "r.html"
    arguments = ["impact", path, "--set", "minimum_individual_members=90", *CONTEXT, "-o", str(out)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    head, rows = out.read_text(encoding="utf-8").split('class="matrix"', 1)[1].split("</thead>", 1)
    numbers = re.findall(r'<th scope="col" class="number">(\d+)</th>', head)
    named = re.findall(r'<th scope="row">(\d+)\. ', rows)
    assert numbers == named == [str(place) for place in range(1, len(numbers) + 1)]
    assert len(numbers) > MOST_NAMED


def test_the_page_holds_both_languages_and_what_a_reader_must_know(tmp_path: Path) -> None:
    text = page(tmp_path, lang="en")
    assert '<html lang="en">' in text
    for part in (
        "由工作人员认定",
        "an official decides",
        "national rules only",
        "仅适用全国规则",
        "refused rows",
        "未处理的行",
    ):
        assert part in text
    assert all(load_policy("cn", as_of=DAY, settings=settings).digest in text
               for settings in ((), (("minimum_individual_members", "20"),)))  # fmt: skip
    chosen = re.search(r'<input[^>]*id="language-en"[^>]*>', text)
    assert chosen is not None
    assert "checked" in chosen[0]


def test_the_csv_is_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    rows = [group("=1+1", 名称="@x", 个人会员数="30")]
    result = run(
        written(tmp_path / "t.csv", rows), "--set", "minimum_individual_members=20", *CONTEXT, "--format", "csv"
    )
    (cells,) = list(csv.DictReader(io.StringIO(result.stdout.lstrip("\ufeff"))))
    assert (cells["编号"], cells["名称"]) == ("'=1+1", "'@x")
    assert "第十条" in cells["依据"]
