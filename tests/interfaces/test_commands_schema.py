"""The command that prepares an editor for rule files."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces.cli import cli
from cso_rules.loader.grammar.files import FILES

BASE = Path(__file__).resolve().parents[1] / "diagnostics" / "base"
SETTINGS = Path(".vscode") / "settings.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two packages, in which commands run."""
    for name in ("one", "two"):
        shutil.copytree(BASE, tmp_path / "rules" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["schema", *arguments])


def test_schemas_and_settings_are_written() -> None:
    result = run("--rules", "rules/one", "--rules", "rules/two")
    assert result.exit_code == 0
    settings = json.loads(SETTINGS.read_text(encoding="utf-8"))
    assert settings["yaml.schemaStore.enable"] is False
    expected = {
        f".vscode/cso-rules/{name}/{kind}.schema.json": f"rules/{name}/{file.place}"
        for name in ("one", "two")
        for kind, file in FILES.items()
    }
    assert settings["yaml.schemas"] == expected
    for file in expected:
        assert json.loads(Path(file).read_text(encoding="utf-8"))["$schema"].startswith(
            "http://json-schema.org/draft-07"
        )


def test_settings_that_are_there_are_left_alone() -> None:
    SETTINGS.parent.mkdir()
    SETTINGS.write_text("{} // mine", encoding="utf-8")
    result = run("--rules", "rules/one", "-o", "elsewhere", "--lang", "en")
    assert SETTINGS.read_text(encoding="utf-8") == "{} // mine"
    printed = json.loads(result.output[result.output.index("{\n") :])
    assert printed["yaml.schemas"]["elsewhere/one/decisions.schema.json"] == "rules/one/decisions/*.yaml"
    assert "exists and was not changed" in result.output


def test_settings_that_hold_everything_are_not_asked_for_again() -> None:
    run("--rules", "rules/one", "--rules", "rules/two")
    before = SETTINGS.read_text(encoding="utf-8")
    assert run("--rules", "rules/one").output.count("\n") == 1
    assert "yaml.schemas" in run("--rules", "rules/one", "-o", "elsewhere").output
    assert SETTINGS.read_text(encoding="utf-8") == before


def test_two_packages_of_one_name_are_refused_before_anything_is_written(folder: Path) -> None:
    shutil.copytree(BASE, folder / "others" / "one")
    result = run("--rules", "rules/one", "--rules", "others/one", "--lang", "en")
    assert (result.exit_code, "two packages have folders called one" in result.output) == (2, True)
    assert not Path(".vscode").exists()


def test_descriptions_are_in_the_language_that_is_asked_for() -> None:
    for language, meaning in (("zh", "命中策略"), ("en", "which rows count")):
        run("--rules", "rules/one", "-o", language, "--lang", language)
        schema = json.loads(Path(language, "one", "decisions.schema.json").read_text(encoding="utf-8"))
        assert meaning in schema["properties"]["hit_policy"]["description"]


def test_a_package_is_needed_and_must_be_there() -> None:
    assert run().exit_code == 2
    assert "no-such-package" in str(run("--rules", "no-such-package").exception)
