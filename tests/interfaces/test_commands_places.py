"""The command that lists the places with rules of their own."""

import csv
import io
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from cso_rules.interfaces.cli import cli
from cso_rules.loader.packages import neighbours, package_path

BASE = Path(__file__).parent.parent / "diagnostics" / "base"
LOCAL = """format: 1
id: base-%s
title: {zh: 某地规则, en: rules of a place}
jurisdiction: "%s"
extends: base
%s
"""
DOCUMENT = """format: 1
instruments:
  - id: notice
    title: {zh: 通知, en: notice}
    confidence: P
    checked_on: 2026-01-31
    provisions:
      - {id: a, summary: {zh: 甲, en: a}, status: declared, reason: {zh: 无, en: none}}
      - {id: b, summary: {zh: 乙, en: b}, confidence: K, status: declared, reason: {zh: 无, en: none}}
"""


def listed(folder: Path, *arguments: str) -> dict[str, dict[str, str]]:
    result = run("--package", str(folder), "--format", "csv", "--lang", "en", *arguments)
    assert result.exit_code == 0, result.output
    rows = csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig")))
    return {row["package"]: row for row in rows}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["places", *arguments])


def place(folder: Path, code: str, rest: str) -> None:
    package = folder / f"base-{code}"
    package.mkdir(parents=True)
    (package / "package.yaml").write_text(LOCAL % (code, code, rest), encoding="utf-8")
    (package / "instruments.yaml").write_text(DOCUMENT, encoding="utf-8")


def nation(folder: Path) -> Path:
    return Path(shutil.copytree(BASE, folder / "base"))


def test_a_draft_and_rules_in_preparation_are_told_apart_from_what_is_not_verified(tmp_path: Path) -> None:
    national = nation(tmp_path)
    place(tmp_path, "41", "status: trial\nin_force: {from: 2020-01-01, until: not_seen}\nstart_confirmed: false")
    place(tmp_path, "42", "status: draft\nin_force: {from: 2020-01-01}")
    place(tmp_path, "43", "status: in_force\nin_preparation: true\nin_force: {from: 2020-01-01}")
    place(tmp_path, "44", "status: expired\nin_force: {from: 2020-01-01, until: 2021-01-01}")
    found = listed(national, "--as-of", "2022-01-01")
    assert list(found) == ["base-41", "base-42", "base-43", "base-44"]
    assert [row["status"] for row in found.values()] == ["trial", "draft", "in force", "expired"]
    assert [row["applies"] for row in found.values()] == ["yes", "if named or --drafts", "if named or --drafts", "no"]
    assert [row["until"] for row in found.values()] == ["not seen", "", "", "2021-01-01"]
    assert [row["remarks"] for row in found.values()] == ["first day not confirmed", "", "rules in preparation", ""]
    assert {row["confidence"] for row in found.values()} == {"P 1 K 1"}
    assert {row["checked_on"] for row in found.values()} == {"2026-01-31"}


def test_every_shipped_package_of_a_place_is_listed_in_both_languages() -> None:
    for language, heading in (("zh", "地区代码"), ("en", "place")):
        result = run("--lang", language)
        assert result.exit_code == 0
        assert result.output.startswith(heading)
        lines = result.output.splitlines()
        for folder in neighbours(package_path("cn")):
            assert any(folder.name in line.split() for line in lines), folder.name


def test_the_day_decides_what_applies(tmp_path: Path) -> None:
    national = nation(tmp_path)
    place(tmp_path, "41", "in_force: {from: 2020-01-01}")
    assert listed(national, "--as-of", "2019-12-31")["base-41"]["applies"] == "no"
    assert listed(national, "--as-of", "2020-01-01")["base-41"]["applies"] == "yes"
