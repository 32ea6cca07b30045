"""`check` reads scenarios as wholly as rules: each fault at its place, all in one run, and no node ends the program."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules import check
from cso_rules.analysis.scenario_runner import run_sound
from cso_rules.diagnostics import Diagnostic, render_all
from cso_rules.interfaces.cli import cli
from cso_rules.loader.editor.schemas import rule_schemas
from cso_rules.loader.scenarios.files import load_scenarios, read_scenarios
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, SequenceNode, read_yaml
from cso_rules.source import SourceFile
from tests.loader.test_rule_schema import faults_of
from tests.sampled import sampled
from tests.test_diagnostic_files import FILES

ROOT = Path(__file__).resolve().parents[2]
SOUND = "  - {title: sound, as_of: 2018-06-01, facts: {individual_members: 60}, expect: {tier: registered}}\n"
FACTS = "facts: {individual_members: 60}"
EXPECT = "expect: {tier: registered}"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in ("base", "base-44"):
        shutil.copytree(FILES / name, tmp_path / name)
    return tmp_path / "base"


def write(package: Path, text: str, name: str = "cases.yaml") -> None:
    (package / "scenarios").mkdir(exist_ok=True)
    (package / "scenarios" / name).write_text(text, encoding="utf-8")


def scenario(rest: str) -> str:
    return f"format: 1\nscenarios:\n  - {{title: one, as_of: 2018-06-01, {rest}}}\n"


def marked(fault: Diagnostic) -> str:
    """Return the text that the carets stand under."""
    assert fault.span is not None
    return fault.span.source.text[fault.span.start : fault.span.end]


# what a scenario says, the code, what is marked, what is suggested
FAULTS = {
    "fact": (f"facts: {{individual_member: 60}}, {EXPECT}", "unknown-name", "individual_member", "individual_members"),
    "Chinese fact": (f"facts: {{个人会员人数: 60}}, {EXPECT}", "unknown-name", "个人会员人数", "个人会员数"),
    "value": (f"facts: {{community_type: urbn}}, {EXPECT}", "wrong-value", "urbn", "urban"),
    "Chinese value": (f"facts: {{community_type: 城市小区}}, {EXPECT}", "wrong-value", "城市小区", "城市社区"),
    "number": (f"facts: {{individual_members: many}}, {EXPECT}", "wrong-value", "many", ""),
    "half a member": (f"facts: {{individual_members: 2.5}}, {EXPECT}", "number-out-of-range", "2.5", ""),
    "bounds": (f"facts: {{individual_members: -1}}, {EXPECT}", "number-out-of-range", "-1", ""),
    "yes or no": (f"facts: {{has_charter: ture}}, {EXPECT}", "wrong-value", "ture", "true"),
    "list": (f"facts: {{individual_members: [60]}}, {EXPECT}", "wrong-node-kind", "[60]", ""),
    "mapping": (f"facts: {{community_type: {{urban: true}}}}, {EXPECT}", "wrong-node-kind", "{urban: true}", ""),
    "facts": (f"facts: [individual_members], {EXPECT}", "wrong-node-kind", "[individual_members]", ""),
    "nothing": (f"facts: {{individual_members: }}, {EXPECT}", "wrong-value", "", ""),
    "twice": (f"facts: {{individual_members: 60, 个人会员数: 61}}, {EXPECT}", "repeated-identifier", "个人会员数", ""),
    "key": (f"fact: {{individual_members: 60}}, {EXPECT}", "unknown-key", "fact", "facts"),
    "decision": (f"{FACTS}, expect: {{teir: registered}}", "unknown-decision", "teir", "tier"),
    "Chinese decision": (f"{FACTS}, expect: {{层别: registered}}", "unknown-decision", "层别", "层级"),
    "answer": (f"{FACTS}, expect: {{tier: registred}}", "wrong-value", "registred", "registered"),
    "answer as list": (f"{FACTS}, expect: {{tier: [registered]}}", "wrong-node-kind", "[registered]", ""),
    "point": (f"{FACTS}, expect: {{tier: {{valeu: registered}}}}", "unknown-key", "valeu", "value"),
    "status": (f"{FACTS}, expect: {{tier: {{status: undetermind}}}}", "wrong-value", "undetermind", "undetermined"),
    "possible": (f"{FACTS}, expect: {{tier: {{possible: [guidd]}}}}", "wrong-value", "guidd", "guided"),
    "rule": (f"{FACTS}, expect: {{tier: {{failing: [larg]}}}}", "unknown-rule", "larg", "large"),
    "missing": (f"{FACTS}, expect: {{tier: {{missing: [has_chart]}}}}", "unknown-name", "has_chart", "has_charter"),
    "cites": (f"{FACTS}, expect: {{tier: {{cites: [opinions s94]}}}}", "unknown-citation", "opinions s94",
              "opinions s49"),
    "by reading": (f"{FACTS}, expect: {{tier: {{by_reading: {{wid: guided}}}}}}", "unknown-reading", "wid", "wide"),
    "gap": (f"{FACTS}, expect: {{tier: {{gaps_to: registered, gaps: [{{has_chart: true}}]}}}}", "unknown-name",
            "has_chart", "has_charter"),
    "gap without target": (f"{FACTS}, expect: {{tier: {{gaps: []}}}}", "missing-key", "{gaps: []}", ""),
    "target": (f"{FACTS}, expect: {{tier: {{gaps_to: registred, gaps: []}}}}", "wrong-value", "registred",
               "registered"),
    "nationally": (f"{FACTS}, nationally: {{teir: registered}}", "unknown-decision", "teir", "tier"),
    "reading": (f"{FACTS}, {EXPECT}, readings: {{a11: wide}}", "unknown-reading", "a11", "a1"),
    "option": (f"{FACTS}, {EXPECT}, readings: {{a1: wid}}", "wrong-value", "wid", "wide"),
    "include": (f"include: [larg], {EXPECT}", "unknown-pack", "larg", ""),
    "included list": (f"include: [[large]], {EXPECT}", "wrong-node-kind", "[large]", ""),
    "cite": (f"{FACTS}, {EXPECT}, cite: opinions s94", "unknown-citation", "opinions s94", "opinions s49"),
    "note": (f"{FACTS}, {EXPECT}, note: [one]", "wrong-node-kind", "[one]", ""),
    "place": (f"{FACTS}, {EXPECT}, jurisdiction: '99'", "wrong-value", "'99'", ""),
    "entity": (f"{FACTS}, {EXPECT}, entity: organisation", "wrong-value", "organisation", "organization"),
    "another entity": ("entity: area, expect: {tier: registered}", "wrong-entity", "tier", ""),
    "drafts": (f"{FACTS}, {EXPECT}, drafts: maybe", "wrong-value", "maybe", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_reported_at_its_place_with_what_was_meant(kind: str, package: Path) -> None:
    rest, code, text, suggestion = FAULTS[kind]
    write(package, scenario(rest))
    (fault,) = check(package)
    assert (fault.code, marked(fault)) == (code, text)
    assert dict(fault.arguments).get("suggestion", "") == suggestion
    assert fault.span is not None
    assert fault.span.source.path == "base/scenarios/cases.yaml"
    assert fault.span.line == 3
    for language in ("en", "zh"):
        assert "?" not in render_all([fault], language).split("\n", 1)[0]


@pytest.mark.parametrize(
    ("day", "code"),
    [("2018-02-30", "impossible-day"), ("18-6-1", "wrong-value"), ("9999-12-31", "number-out-of-range"),
     ("0001-01-01", "number-out-of-range"), ("[2018-06-01]", "wrong-node-kind"), ("", "wrong-value")],
)  # fmt: skip
def test_a_date_that_is_none_or_far_away_is_reported(day: str, code: str, package: Path) -> None:
    write(package, f"format: 1\nscenarios:\n  - title: one\n    as_of: {day}\n    {EXPECT}\n")
    assert [fault.code for fault in check(package)] == [code]


def test_every_fault_of_every_file_is_reported_in_one_run(package: Path) -> None:
    write(package, scenario("facts: {a: 1, b: 2}, expect: {c: 3}, why: 4"), "one.yaml")
    write(package, "format: 2\nscenarios: {}\n", "two.yaml")
    write(package, "", "three.yaml")
    write(package, "format: 1\n\tscenarios: []\n", "four.yaml")
    (package / "scenarios" / "five.yaml").write_bytes("format: 1 # 场景".encode("gbk"))
    (package / "scenarios" / "six.yaml").mkdir()
    write(package, scenario(f"{FACTS}, {EXPECT}").replace("one", "fine"), "seven.yaml")
    rules = package / "decisions" / "tier.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("then: registered", "then: registred"), encoding="utf-8")
    found = {(fault.span.source.path if fault.span else "", fault.code) for fault in check(package)}
    assert {(path.rpartition("/")[2], code) for path, code in found} >= {
        ("one.yaml", "unknown-key"),
        ("two.yaml", "wrong-value"), ("two.yaml", "wrong-node-kind"),
        ("three.yaml", "missing-key"),
        ("four.yaml", "yaml-tab"),
        ("tier.yaml", "wrong-output"),
    }  # fmt: skip
    assert {code for _, code in found} >= {"unreadable-file", "wrong-encoding"}


def test_names_are_not_judged_while_a_rule_file_cannot_be_read(package: Path) -> None:
    write(package, scenario("facts: {some_fact: 1}, expect: {some_decision: 3}"))
    (package / "vocabulary.yaml").write_text("format: 1\n\tfacts: []\n", encoding="utf-8")
    places = {fault.span.source.path for fault in check(package) if fault.span}
    assert "base/vocabulary.yaml" in places
    assert "base/scenarios/cases.yaml" not in places


@pytest.mark.parametrize("title", ["{zh: 一, en: one}", "{zh: one, en: another}"])
def test_a_title_in_two_languages_is_taken_once_in_each(package: Path, title: str) -> None:
    rest = "as_of: 2018-06-01, facts: {individual_members: 60}, expect: {tier: registered}"
    text = f"format: 1\nscenarios:\n  - {{title: one, {rest}}}\n  - {{title: {title}, {rest}}}\n"
    write(package, text)
    assert [fault.code for fault in read_scenarios(package).diagnostics] == ["repeated-identifier"]


def test_a_title_has_both_languages_or_is_one_text(package: Path) -> None:
    rest = "as_of: 2018-06-01, facts: {individual_members: 60}, expect: {tier: registered}"
    write(
        package,
        f"format: 1\nscenarios:\n  - {{title: {{zh: 一, en: one}}, {rest}}}\n  - {{title: {{zh: 二}}, {rest}}}\n",
    )
    found = read_scenarios(package)
    assert [scenario.label.zh for scenario in found.scenarios] == ["一"]
    assert [fault.code for fault in found.diagnostics] == ["missing-label"]


def test_titles_and_packs_come_once(package: Path) -> None:
    write(package, f"format: 1\npacks: {{p: {{}}}}\nscenarios:\n{SOUND}", "a.yaml")
    write(package, f"format: 1\npacks: {{p: {{}}}}\nscenarios:\n{SOUND}", "b.yaml")
    found = check(package)
    assert [(fault.code, marked(fault)) for fault in found] == [
        ("repeated-identifier", "p"),
        ("repeated-identifier", "sound"),
    ]
    assert all(fault.related[0][0].source.path == "base/scenarios/a.yaml" for fault in found)


def test_what_a_pack_says_is_checked_where_it_stands(package: Path) -> None:
    write(package, f"format: 1\npacks:\n  large: {{individual_member: 60}}\n  none: []\nscenarios:\n{SOUND}")
    assert [(fault.code, marked(fault)) for fault in check(package)] == [
        ("unknown-name", "individual_member"),
        ("wrong-node-kind", "[]"),
    ]


def test_a_place_for_which_the_package_does_not_speak_is_reported(package: Path) -> None:
    local = package.parent / "base-44"
    write(local, scenario(f"{FACTS}, {EXPECT}, jurisdiction: '35'"))
    (fault,) = check(local)
    assert (fault.code, dict(fault.arguments)["expected"]) == ("wrong-value", "44, 44…")


CHINESE = """format: 1
packs:
  大型: {个人会员: 60, 有章程: 是}
scenarios:
  - title: 会员多的应当登记
    as_of: 2018-06-01
    include: [大型]
    readings: {基层组织: 狭义}
    facts: {社区类型: 城市社区}
    expect:
      层级: {value: 登记, status: 已认定, possible: [登记], cites: [opinions s49]}
  - title: 会员少的由社区指导
    as_of: 2018-06-01
    include: [大型]
    facts: {个人会员数: 3, 有章程: 未知}
    expect: {层级: {value: 社区指导, failing: [会员多]}}
    nationally: {层级: 社区指导}
"""


def test_chinese_names_are_read_wherever_ids_are(package: Path) -> None:
    write(package, CHINESE)
    assert check(package) == ()
    first, second = load_scenarios(package)
    assert first.facts == {"individual_members": "60", "has_charter": "true", "community_type": "urban"}
    assert first.readings == {"a1": "narrow"}
    assert first.expect == {
        "tier": {"value": "registered", "status": "determined", "possible": ["registered"], "cites": ["opinions s49"]}
    }
    assert second.facts == {"individual_members": "3"}
    assert second.expect == {"tier": {"value": "guided", "failing": ["large"]}}
    assert second.nationally == {"tier": "guided"}
    assert [result.failures for result in run_sound(package).results] == [(), ()]


def test_the_schema_for_an_editor_takes_chinese_names_too(package: Path) -> None:
    write(package, CHINESE)
    assert faults_of(package, rule_schemas(package)) == []
    for wrong in (CHINESE.replace("层级: 社区", "层别: 社区"), CHINESE.replace("[会员多]", "[会员少]")):
        write(package, wrong)
        assert len(check(package)) == 1
        assert faults_of(package, rule_schemas(package)) != []


def test_a_label_of_two_criteria_is_not_guessed(package: Path) -> None:
    file = package / "decisions" / "tier.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("zh: 其余", "zh: 会员多"), encoding="utf-8")
    write(package, scenario(f"{FACTS}, expect: {{tier: {{failing: [会员多]}}}}"))
    (fault,) = check(package)
    assert (fault.code, dict(fault.arguments)["found"]) == ("ambiguous-name", "large, rest")


def test_a_local_value_is_known_to_a_scenario_of_its_place_alone(package: Path) -> None:
    local = package.parent / "base-44"
    (local / "vocabulary.yaml").write_text(
        "format: 1\nenumerations:\n  - extends: community_type\n    values:\n"
        "      - {id: island, label: {zh: 海岛社区, en: island}, maps_to: rural}\n",
        encoding="utf-8",
    )
    text = scenario(f"facts: {{individual_members: 60, community_type: 海岛社区}}, {EXPECT}")
    write(package, text)
    write(local, text)
    assert [fault.code for fault in check(package)] == ["wrong-value"]
    assert check(local) == ()
    assert load_scenarios(local)[0].facts["community_type"] == "island"


def test_the_sound_scenarios_are_run_beside_the_faulty_ones(package: Path) -> None:
    write(package, scenario("expect: {teir: registered}") + SOUND + SOUND.replace("sound", "wrong").replace("60", "3"))
    result = CliRunner().invoke(cli, ["test", str(package), "--lang", "en"])
    assert result.exit_code == 1
    assert "error[unknown-decision]" in result.output
    assert "tier: value expected registered, got guided" in result.output
    assert result.output.endswith("1 passed, 1 failed\n")


def test_faults_of_the_rules_are_reported_by_test_too(package: Path) -> None:
    write(package, f"format: 1\nscenarios:\n{SOUND}")
    (package / "instruments.yaml").unlink()
    result = CliRunner().invoke(cli, ["test", str(package)])
    assert result.exit_code == 1
    assert "missing-file" in result.output
    assert CliRunner().invoke(cli, ["check", str(package)]).output in result.output.rpartition("\n0 个")[0] + "\n"


# ------------------------------------------------------------------------------------------------ any node


REPLACEMENTS = (
    "", "[]", "{}", "一", "text", "-1", "1.5", "[[a]]", "{a: {b: [c]}}", "true", "2018-13-40", "~", "[一, {}]", "[{}]",
    "{value: [], gaps: 3}", "9" * 30, "{gaps: [{}], gaps_to: []}", "{by_reading: [], items: {}}", '"\\t"',
)  # fmt: skip


def nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, MappingNode):
        for key, value in node.entries:
            yield key
            yield from nodes(value)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from nodes(item)


def mutated(file: Path, chance: random.Random) -> str:
    """Return a file with one of its nodes replaced by something else."""
    text = file.read_text(encoding="utf-8")
    root, _ = read_yaml(SourceFile(path="x", text=text))
    assert root is not None
    node = chance.choice(list(nodes(root)))
    return text[: node.span.start] + chance.choice(REPLACEMENTS) + text[node.span.end :]


TURNS = sampled(range(60), are_slow=True)


@pytest.mark.generated
@pytest.mark.parametrize("name", ["cn-3210", "cn-31", "cn-511529"])
def test_whatever_stands_in_a_scenario_file_check_ends_with_a_diagnostic(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)  # noqa: S311 - a sample that is the same each time
    shutil.copytree(ROOT / "policies" / name, tmp_path / name)
    files = sorted((tmp_path / name / "scenarios").glob("*.yaml"))
    refused = 0
    for turn in TURNS:
        file = chance.choice(files)
        original = file.read_text(encoding="utf-8")
        file.write_text(mutated(file, chance), encoding="utf-8")
        found = run_sound(tmp_path / name) if turn % 12 == 0 else read_scenarios(tmp_path / name)
        assert all(fault.span is not None for fault in found.diagnostics)
        assert all(len(render_all([fault], "zh").encode()) < 2000 for fault in found.diagnostics)
        refused += bool(found.diagnostics)
        file.write_text(original, encoding="utf-8")
    assert refused > len(TURNS) * 2 // 3


def test_an_empty_and_a_huge_scenario_file_end_with_1(package: Path) -> None:
    write(package, "", "empty.yaml")
    write(package, f"format: 1\nscenarios:\n{SOUND}" + "#" * (1 << 20), "huge.yaml")
    result = CliRunner().invoke(cli, ["check", str(package), "--lang", "en"])
    assert result.exit_code == 1
    assert "error[missing-key]" in result.output
    assert "error[yaml-too-large]" in result.output
