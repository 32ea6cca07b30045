"""The command that begins the rules of a place: a folder that is sound at once, and examples that are sound too."""

import datetime
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules import load_policy
from cso_rules.analysis.scenario_runner import run
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.commands import new_overlay as commands_new_overlay
from cso_rules.loader.load import check
from cso_rules.loader.packages import header, lineage, package_path

DAY = datetime.date(2024, 1, 1)


def begin(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["new-overlay", *arguments])


def test_a_new_package_passes_check_and_test_at_once(tmp_path: Path) -> None:
    result = begin("110199", "-o", str(tmp_path))
    assert result.exit_code == 0
    package = tmp_path / "cn-110199"
    for command in ("check", "test"):
        assert f"cso-rules {command} {package}" in result.output
        done = CliRunner().invoke(cli, [command, str(package)])
        assert done.exit_code == 0, done.output
    results = run(package)
    assert [found.failures for found in results if found.failures] == []
    assert len(results) >= 8


def test_a_new_package_is_in_preparation_with_a_placeholder_that_nothing_cites(tmp_path: Path) -> None:
    begin("110199", "-o", str(tmp_path))
    package = tmp_path / "cn-110199"
    assert header(package)["in_preparation"] == "true"
    assert "placeholder" in (package / "instruments.yaml").read_text(encoding="utf-8")
    assert load_policy(package, as_of=DAY).changes == ()
    traced = CliRunner().invoke(cli, ["trace", str(package)])
    assert traced.exit_code == 0, traced.output


def test_every_commented_example_is_sound_when_its_marks_are_removed(tmp_path: Path) -> None:
    begin("110199", "-o", str(tmp_path))
    file = tmp_path / "cn-110199" / "changes.yaml"
    text = file.read_text(encoding="utf-8").replace("changes: []", "changes:")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [str(fault) for fault in check(file.parent)] == []
    changes = load_policy(file.parent, as_of=DAY).changes
    assert {change.operation for change in changes} == {"sets", "adds", "removes", "replaces", "restates", "chooses"}
    assert len(changes) == 9


def test_the_changelog_says_what_was_seen_and_what_was_not(tmp_path: Path) -> None:
    begin("82", "-o", str(tmp_path))
    text = (tmp_path / "cn-82" / "CHANGELOG.md").read_text(encoding="utf-8")
    for heading in ("What was seen", "What was not seen", "To be verified"):
        assert heading in text


def test_a_code_loses_the_zeros_of_its_level_and_a_name_follows_it(tmp_path: Path) -> None:
    assert begin("820300", "--name", "pilot", "-o", str(tmp_path)).exit_code == 0
    assert header(tmp_path / "cn-8203-pilot") | {"status": ""} == {
        "format": "1", "id": "cn-8203-pilot", "jurisdiction": "8203", "extends": "cn", "status": "",
        "in_preparation": "true",
    }  # fmt: skip


def test_titles_may_hold_any_mark(tmp_path: Path) -> None:
    titles = {"zh": "“某地”：规则 #1 $id", "en": 'a place\'s "rules": {one}, two'}
    begin("82", "--title-zh", titles["zh"], "--title-en", titles["en"], "-o", str(tmp_path))
    title = load_policy(tmp_path / "cn-82", as_of=DAY).title
    assert (title.zh, title.en) == (titles["zh"], titles["en"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cn",), "GB/T 2260"),
        (("4",), "GB/T 2260"),
        (("44030",), "GB/T 2260"),
        (("990101",), "GB/T 2260"),
        (("４４",), "GB/T 2260"),
        (("../82",), "GB/T 2260"),
        (("82", "--name", "Pilot"), "'Pilot'"),
        (("82", "--name", "a-b"), "'a-b'"),
        (("82", "--name", "../x"), "'../x'"),
        (("82", "--extends", "cn-99"), "'cn-99'"),
        (("82", "--extends", "../cn"), "'../cn'"),
        (("82", "--title-en", "a\nb"), "control characters"),
    ],
)
def test_what_cannot_be_an_id_is_refused_and_leaves_nothing(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    result = begin(*arguments, "--lang", "en", "-o", str(tmp_path / "own"))
    assert result.exit_code == 2
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "cn-82").mkdir()
    result = begin("82", "-o", str(tmp_path))
    assert result.exit_code == 2
    assert "已存在" in result.output
    assert list((tmp_path / "cn-82").iterdir()) == []


def test_an_id_that_a_shipped_package_has_is_refused(tmp_path: Path) -> None:
    result = begin("44", "--lang", "en", "-o", str(tmp_path / "own"))
    assert result.exit_code == 2
    assert "--name" in result.output
    assert begin("44", "--name", "own", "-o", str(tmp_path / "own")).exit_code == 0


def test_a_city_may_build_on_the_package_of_its_province_but_on_no_other(tmp_path: Path) -> None:
    begin("82", "-o", str(tmp_path))
    assert begin("8203", "--extends", "cn-82", "-o", str(tmp_path)).exit_code == 0
    assert check(tmp_path / "cn-8203") == ()
    result = begin("8101", "--extends", "cn-82", "--lang", "en", "-o", str(tmp_path))
    assert result.exit_code == 2
    assert "does not lie" in result.output


def test_it_lies_beside_the_package_that_it_builds_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(package_path("cn"), tmp_path / "policies" / "cn")
    monkeypatch.chdir(tmp_path / "policies")
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    assert begin("82").exit_code == 0
    assert (tmp_path / "policies" / "cn-82" / "package.yaml").is_file()


def test_the_folder_of_installed_rules_is_no_place_for_own_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(package_path("cn"), tmp_path / "cso_rules" / "policies" / "cn")
    monkeypatch.setattr(
        commands_new_overlay, "__file__", str(tmp_path / "cso_rules" / "interfaces" / "commands" / "x.py")
    )
    monkeypatch.chdir(tmp_path / "cso_rules" / "policies")
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    result = begin("82", "--lang", "en")
    assert result.exit_code == 2
    assert "-o" in result.output
    assert not (tmp_path / "cso_rules" / "policies" / "cn-82").exists()


def test_packages_in_an_own_folder_build_on_the_shipped_ones(tmp_path: Path) -> None:
    begin("82", "-o", str(tmp_path))
    package = tmp_path / "cn-82"
    assert lineage(package) == [package_path("cn"), package]
    assert [item.id for item in load_policy(package, as_of=DAY).packages] == ["cn", "cn-82"]


def packages_of(package: str, place: str | None = None, *, drafts: bool = False) -> list[str]:
    policy = load_policy(package, as_of=DAY, jurisdiction=place, drafts=drafts)
    return [item.id for item in policy.packages]


def test_the_users_own_folder_is_searched_by_name_and_by_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = begin("82", "-o", str(tmp_path))
    assert f"export CSO_RULES_POLICIES={tmp_path}" in result.output
    begin("8201", "--extends", "cn-82", "-o", str(tmp_path))
    assert packages_of("cn", "820101", drafts=True) == ["cn"]
    monkeypatch.setenv("CSO_RULES_POLICIES", str(tmp_path))
    assert packages_of("cn", "820101", drafts=True) == ["cn", "cn-82", "cn-8201"]
    assert packages_of("cn", "820101") == ["cn"]
    assert packages_of("cn-8201") == ["cn", "cn-82", "cn-8201"]
    named = begin("81")
    assert "cso-rules check cn-81\n" in named.output
    assert "export" not in named.output


def test_the_own_folder_adds_nothing_to_another_national_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("82", "-o", str(tmp_path / "own"))
    copy = Path(shutil.copytree(package_path("cn"), tmp_path / "other" / "cn"))
    monkeypatch.setenv("CSO_RULES_POLICIES", str(tmp_path / "own"))
    policy = load_policy(copy, as_of=DAY, jurisdiction="82", drafts=True)
    assert [item.id for item in policy.packages] == ["cn"]


def test_a_package_may_be_named_by_the_folder_in_which_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("82", "-o", str(tmp_path))
    monkeypatch.chdir(tmp_path / "cn-82")
    assert check(".") == ()
