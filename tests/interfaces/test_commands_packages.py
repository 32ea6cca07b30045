"""Commands about packages."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces.cli import cli

ROOT = Path(__file__).resolve().parents[2]
CN, SMALL = ROOT / "policies" / "cn", ROOT / "tests" / "diagnostics" / "base"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CN, tmp_path / "cn"))


def test_fmt_changes_nothing_in_the_shipped_rules() -> None:
    result = run("fmt", "--check", str(CN))
    assert (result.exit_code, result.output) == (0, "")


LAYOUT = """\
# head
decision: d
criteria:
  - when: >-  # why
      a>=1   and
      b ≤ 2
    applies_when: 'c="x"'
  - when: |
      a>1
  - when_by_reading: {reading: r, one: a>=1, two: "b≥2"}  # both
  - {id: x, cells: {a: ">=50", b: '[1 .. 2]'}, then: y}
"""
USUAL = """\
# head
decision: d
criteria:
  - when: >-  # why
      a >= 1 and
      b <= 2
    applies_when: 'c = "x"'
  - when: |
      a > 1
  - when_by_reading: {reading: r, one: a >= 1, two: "b >= 2"}  # both
  - {id: x, cells: {a: ">= 50", b: '[1..2]'}, then: y}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fmt_keeps_layout(tmp_path: Path, end: str) -> None:
    file = tmp_path / "d.yaml"
    file.write_bytes(LAYOUT.replace("\n", end).encode())
    assert run("fmt", "--check", str(file)).exit_code == 1
    assert file.read_bytes() == LAYOUT.replace("\n", end).encode()
    assert run("fmt", str(file)).exit_code == 0
    assert file.read_bytes().decode() == USUAL.replace("\n", end)
    assert run("fmt", "--check", str(file)).exit_code == 0


def test_show_a_parameter_gives_every_dated_value() -> None:
    text = run("show", "minimum_individual_members", "--lang", "en").output
    assert "from 1998-10-25 until 2016-02-06: 50" in text
    assert "from 2016-02-06: 50" in text
    assert "order-250 art10-1) [P]" in text


def test_show_a_fact_in_both_languages() -> None:
    english, chinese = (run("show", "individual_members", "--lang", lang).output for lang in ("en", "zh"))
    assert "bounds: 0 .. 1000000" in english
    assert "read by: form_tested, registration_conditions" in english
    assert "单位：人" in chinese


def test_show_a_decision() -> None:
    text = run("show", "tier", "--lang", "en", "--as-of", "2018-06-01").output
    assert "not(in_scope)" in text
    assert "then: out_of_scope" in text
    assert "mca-2017-191" in text
    assert run("show", "nothing").exit_code == 2


def test_show_code_prints_the_program() -> None:
    text = run("show-code", "--as-of", "2018-06-01").output
    assert "def " in text
    compile(text, "shown", "exec")


def test_failing_check_and_test_end_with_1(package: Path) -> None:
    scenarios = package / "scenarios" / "tier.yaml"
    for other in scenarios.parent.glob("*.yaml"):
        if other.name not in {scenarios.name, "packs.yaml"}:
            other.unlink()
    text = "  - title".join(scenarios.read_text(encoding="utf-8").split("  - title")[:13])  # the first twelve of them
    assert "tier: registered" in text
    scenarios.write_text(text.replace("tier: registered", "tier: out_of_scope"), encoding="utf-8")
    assert run("test", str(package)).exit_code == 1
    vocabulary = package / "vocabulary.yaml"
    text = vocabulary.read_text(encoding="utf-8")
    vocabulary.write_text(text.replace("id: provincial_civil_affairs_department", "id: ministry_of_civil_affairs"))
    rules = package / "decisions" / "support_measures.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("addressee: local_authorities", "addressee: nobody"))
    result = run("check", str(package), "--lang", "en")
    assert result.exit_code == 1
    assert "repeated-identifier" in result.output
    assert "`nobody` does not fit the output body" in result.output


def test_the_end_of_a_condition_is_named(tmp_path: Path) -> None:
    package = Path(shutil.copytree(SMALL, tmp_path / SMALL.name))
    file = package / "decisions" / "tier.yaml"
    text = file.read_text(encoding="utf-8").replace("when: 个人会员数 >= 最低会员数", "when: 有章程 and")
    file.write_text(text, encoding="utf-8")
    assert "found the end of the condition" in run("check", str(package), "--lang", "en").output
    assert "却是 条件结尾" in run("check", str(package), "--lang", "zh").output
