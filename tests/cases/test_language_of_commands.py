"""Commands about rule packages speak the language that is asked for, and no file or argument ends them with 70."""

import os
import re
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from tests.kept_process import run_kept
from tests.test_diagnostic_files import FILES

PACKAGE_COMMANDS = (
    "check", "test", "show", "diff", "trace", "fmt", "show-code", "schema", "new-overlay", "book",
)  # fmt: skip
CHINESE = re.compile("[一-鿿]")
CASES = """format: 1
scenarios:
  - title: right
    as_of: 2018-06-01
    facts: {individual_members: 60}
    expect: {tier: registered}
  - title: wrong
    as_of: 2018-06-01
    facts: {individual_members: 60}
    expect:
      tier: {value: guided, possible: [guided], failing: [rest], unknown: [large], missing: [has_charter],
             cites: [opinions s50], excludes: [registered], includes: [guided], gaps_to: guided,
             gaps: [{individual_members: 1}], by_reading: {wide: guided},
             status: undetermined, sure: [guided], items: [guided]}
  - title: open
    as_of: 2018-06-01
    facts: {}
    expect: {tier: registered}
  - title: impossible
    as_of: 2018-06-01
    facts: {individual_members: 60}
    readings: {a1: narrow}
    expect: {tier: registered}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FILES / "base", tmp_path / "base"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(arguments))
    return result.exit_code, result.output


@pytest.mark.parametrize("name", PACKAGE_COMMANDS)
def test_a_command_takes_both_languages_and_chinese_is_the_default(name: str) -> None:
    options = {option.name: option for option in cli.commands[name].params}
    assert options["lang"].default == "zh"
    kind = options["lang"].type
    assert isinstance(kind, click.Choice)
    assert sorted(kind.choices) == ["en", "zh"]


def test_the_title_of_a_failed_scenario_is_in_the_language_that_was_asked_for(package: Path) -> None:
    title = "{zh: 六十名会员, en: Sixty members}"
    (package / "scenarios").mkdir()
    (package / "scenarios" / "cases.yaml").write_text(CASES.replace("wrong", title, 1), encoding="utf-8")
    assert "Sixty members" in run("test", str(package), "--lang", "en")[1]
    chinese = run("test", str(package), "--lang", "zh")[1]
    assert "六十名会员" in chinese
    assert "Sixty members" not in chinese


def test_what_a_scenario_differs_in_is_said_in_both_languages(package: Path) -> None:
    (package / "scenarios").mkdir()
    (package / "scenarios" / "cases.yaml").write_text(CASES, encoding="utf-8")
    texts = {lang: run("test", str(package), "--lang", lang) for lang in ("en", "zh")}
    assert {code for code, _ in texts.values()} == {1}
    assert not CHINESE.search(re.sub(r"`[^`]*`", "", texts["en"][1]))  # a condition is quoted as it is written
    chinese = [line.strip() for line in texts["zh"][1].splitlines() if line.startswith("    ")]
    assert len(chinese) == len([line for line in texts["en"][1].splitlines() if line.startswith("    ")]) >= 12
    assert [line for line in chinese if not CHINESE.search(line)] == []
    assert "层级（tier）：结论应为 社区指导（guided），实际为 登记（registered）" in chinese
    assert (
        "层级（tier）：结论应为 登记（registered），实际为 事实不足，未定（undetermined）："
        "{登记（registered）, 社区指导（guided）}"
    ) in chinese
    assert texts["zh"][1].endswith("2 个通过，2 个未通过\n")


def test_faults_are_said_in_both_languages(package: Path) -> None:
    (package / "vocabulary.yaml").unlink()
    for command in ("check", "test"):
        assert "缺少文件" in run(command, str(package))[1]
        english = run(command, str(package), "--lang", "en")[1]
        assert "is missing" in english
        assert not [line for line in english.splitlines() if line.startswith("error") and CHINESE.search(line[:15])]


def test_a_wrong_value_names_in_chinese_what_is_expected(package: Path) -> None:
    (package / "scenarios").mkdir()
    text = "format: 1\nscenarios:\n  - {title: one, as_of: 2018-06-01, facts: {individual_members: number}}\n"
    (package / "scenarios" / "cases.yaml").write_text(text, encoding="utf-8")
    chinese = run("check", str(package))[1]
    assert "`number` 不是 `individual_members`" in chinese
    assert "请写数值" in chinese
    assert "write number" in run("check", str(package), "--lang", "en")[1]


def test_fmt_says_of_every_file_why_it_was_left_and_formats_the_others(package: Path) -> None:
    rules = package / "decisions" / "tier.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace(" >= ", ">="), encoding="utf-8")
    (package / "a.yaml").write_bytes(b"\xff\xfe\x00")
    (package / "b.yaml").write_text("a: [", encoding="utf-8")
    (package / "c.yaml").write_text("#" * (1 << 21), encoding="utf-8")
    (package / "d.yaml").mkdir()
    os.mkfifo(package / "e.yaml")
    code, text = run("fmt", str(package))
    assert code == 4
    assert "个人会员数 >= 最低会员数" in rules.read_text(encoding="utf-8")
    for part in ("a.yaml：文件不是 UTF-8 编码", "yaml-syntax", "c.yaml：文件有", "e.yaml：不是普通文件"):
        assert part in text
    english = run("fmt", str(package), "--check", "--lang", "en")[1]
    for part in ("a.yaml: the file is not UTF-8", "yaml-syntax", "c.yaml: the file has", "e.yaml: this is no ordinary"):
        assert part in english


def test_trace_reports_a_fault_of_a_scenario_with_the_table(package: Path) -> None:
    (package / "scenarios").mkdir()
    (package / "scenarios" / "cases.yaml").write_text(CASES + "    expct: {}\n", encoding="utf-8")
    code, text = run("trace", str(package), "--lang", "en")
    assert code == 1
    assert "error[unknown-key]" in text
    assert "opinions s49" in text or "s49 " in text


@pytest.mark.parametrize(("lang", "words"), [("zh", "规则包自己没有这部文件"), ("en", "has no such instrument")])
def test_trace_names_the_instruments_there_are(lang: str, words: str, package: Path) -> None:
    code, text = run("trace", str(package), "--instrument", "nosuch\x1b[31m", "--lang", lang)
    assert code == 2
    assert words in text
    assert "opinions" in text
    assert "\x1b" not in text


PLACES = ("", ".", "nosuch", "/dev/null", "a/../b", "x\x1b[0m")
HOSTILE = [
    *((command, name) for command in ("check", "test", "trace") for name in PLACES),
    ("show", ""), ("show", " "), ("show", "/"), ("show", "tier/x/y"), ("show", "a" * 5000), ("show", "?"),
    ("fmt", "/dev/null"), ("show", "tier", "--package", "nosuch"), ("diff", "--jurisdiction", "9999"),
    ("diff", "--package", "cn-3210", "--as-of", "1900-01-01"), ("show", "tier", "--as-of", "0001-01-01"),
    ("show", "a1_grassroots_cluster", "--readings", "x=y"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", HOSTILE, ids=lambda arguments: " ".join(arguments)[:40])
def test_no_argument_is_a_fault_of_the_program(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run_kept(*arguments, folder=tmp_path)
    assert done.code in {0, 1, 2, 4}, done.said
    assert b"Traceback" not in done.said


def test_an_empty_name_shows_nothing() -> None:
    assert run("show", "")[0] == 2


def test_a_chosen_reading_is_marked(package: Path) -> None:
    text = run(
        "show", "a1", "--package", str(package), "--readings", "a1=narrow", "--lang", "en", "--as-of", "2018-06-01"
    )[1]
    assert "* narrow" in text
    assert "  wide" in text
