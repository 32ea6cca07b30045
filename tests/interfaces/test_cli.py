import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules import __version__
from cso_rules.interfaces.cli import cli, main


def test_version() -> None:
    assert __version__ in CliRunner().invoke(cli, ["--version"]).output


def test_missing_file_is_a_usage_error() -> None:
    assert CliRunner().invoke(cli, ["classify", "no-such-file.csv"]).exit_code == 2


def test_classify_counts_and_ends_with_3_when_asked(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("individual_members,community_type\n32,urban\n", encoding="utf-8")
    arguments = ["classify", str(table), "--format", "ndjson", "--fail-on-undetermined", "--as-of", "2020-01-01"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 3
    assert "读取 1 = 已答复 1 + 未处理 0" in result.output


def test_refused_rows_end_with_4(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("individual_members,community_type\nmany,urban\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["classify", str(table), "--format", "ndjson", "--as-of", "2020-01-01"])
    assert result.exit_code == 4


def test_fmt_keeps_comments(tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text("# note\nwhen: a>=1 # why\n", encoding="utf-8")
    assert CliRunner().invoke(cli, ["fmt", str(file)]).exit_code == 0
    assert file.read_text(encoding="utf-8") == "# note\nwhen: a >= 1 # why\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--package", "cm"],
            "没有规则包“cm”；自己的规则包所在的文件夹由环境变量 CSO_RULES_POLICIES 指明，现在没有设置",
        ),
        (
            ["--jurisdiction", "9999"],
            "没有地区“9999”；请写 GB/T 2260 行政区划代码，例如 440305，或所收录规则的地名，例如 深圳市",
        ),
        (
            ["--package", "cm", "--lang", "en"],
            (
                "there is no package 'cm'; the environment variable CSO_RULES_POLICIES, "
                "which names a folder with packages of your own, is not set"
            ),
        ),
    ],
)
def test_a_name_that_does_not_exist_is_told_in_the_language_of_the_run(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cso-rules", "sql", "--dialect", "sqlite", "--as-of", "2018-06-01", *arguments])
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"cso-rules: {said}\n"
