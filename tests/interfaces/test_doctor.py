"""`doctor` says what is installed, what is missing, where rules come from, and whether the cache is sound."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cso_rules import __version__
from cso_rules.bundle import shipped
from cso_rules.engine import cache
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.installation import distribution
from cso_rules.interfaces.installation.distribution import MODULES, NAME, Requirement, requirement_in
from cso_rules.loader import storage

CARD = Path("tests/packages/library_card")
PROJECT = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    cache._cached.cache_clear()
    yield
    cache._cached.cache_clear()


def found(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["doctor", "--package", str(CARD), "--format", "json", *arguments])
    assert result.exit_code == code, result.output
    report = json.loads(result.stdout)
    assert report["is_sound"] is (code == 0)
    assert report["version"] == __version__
    return {one["subject"]: one for one in report["findings"]}


def test_a_sound_installation_has_no_fault_and_names_where_its_rules_lie() -> None:
    report = found()
    assert {one["state"] for one in report.values()} <= {"sound", "remark"}
    assert report["dependencies"]["state"] == "sound"
    assert str(CARD.resolve()) in report["library_card"]["said"]["en"]
    assert all(one["said"]["zh"] and one["said"]["en"] for one in report.values())


@pytest.mark.parametrize(("language", "last"), [("zh", "没有发现问题"), ("en", "nothing is wrong")])
def test_the_text_names_every_finding_and_ends_with_the_judgement(language: str, last: str) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--package", str(CARD), "--lang", language])
    *lines, judged = result.stdout.splitlines()
    assert judged == last
    assert [subject for subject in found() if not any(f" {subject}: " in line for line in lines)] == []


# What is installed


@pytest.mark.parametrize("text", [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)])
def test_every_requirement_of_the_project_is_understood(text: str) -> None:
    need = requirement_in(text)
    assert text.lower().replace("_", "-").startswith(need.name)
    assert (need.bound is not None) == any(sign in text.partition(";")[0] for sign in (">=", "=="))
    assert (need.below_python is not None) == ("python_version" in text)


def test_everything_that_users_may_install_is_imported_by_its_right_name() -> None:
    needs = [
        requirement_in(line) for extra in EXTRAS if extra not in distribution.FOR_ITS_MAKERS for line in EXTRAS[extra]
    ]
    here = [need.name for need in needs if distribution._version(need.name)]
    assert {"numpy", "python-docx", "python-calamine"} <= set(here)
    for name in here:
        import_module(MODULES.get(name, name.replace("-", "_")))


@pytest.mark.parametrize(
    ("text", "version", "fits"),
    [
        ("attrs>=23.2", "23.10.1", True), ("attrs>=23.2", "23.1.9", False), ("duck==2.0.28", "2.0.28", True),
        ("duck==2.0.28", "2.0.29", False), ("attrs", "0", True), ("numpy>=2.0", "2.1.0rc1", True),
    ],
)  # fmt: skip
def test_a_version_fits_by_its_numbers(text: str, version: str, fits: bool) -> None:
    assert requirement_in(text).admits(version) is fits


def test_what_is_not_understood_is_no_requirement() -> None:
    with pytest.raises(ValueError, match="not understood"):
        requirement_in("attrs @ https://example.org")


def needing(monkeypatch: pytest.MonkeyPatch, *needs: str) -> None:
    monkeypatch.setattr(distribution, "_requirements", lambda: [requirement_in(text) for text in needs])


def test_a_missing_extra_is_no_fault_and_the_command_that_brings_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needing(monkeypatch, "no-such-thing>=1; extra == 'gilded'")
    one = found()["gilded"]
    assert (one["state"], one["remedy"]["en"]) == ("remark", "when you need it: pip install 'cso-rules[gilded]'")
    assert "no-such-thing" in one["said"]["en"]


@pytest.mark.parametrize("need", ["no-such-thing>=1", "attrs>=999", "attrs>=999; extra == 'gilded'"])
def test_what_is_always_needed_or_too_old_is_a_fault(monkeypatch: pytest.MonkeyPatch, need: str) -> None:
    needing(monkeypatch, need)
    report = found(code=1)
    one = report["gilded" if "extra" in need else "dependencies"]
    assert (one["state"], one["remedy"] is None) == ("fault", False)


def test_what_cannot_be_loaded_is_a_fault_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)  # as where its file is broken
    needing(monkeypatch, "PyYAML>=6; extra == 'gilded'")
    assert "pyyaml (ModuleNotFoundError" in found(code=1)["gilded"]["said"]["en"]


def test_what_is_not_for_this_python_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    needing(monkeypatch, "no-such-thing>=1; python_version < '3.0' and extra == 'gilded'")
    assert found()["gilded"]["said"]["en"] == "not for this version of Python"
    assert Requirement(name="x", bound=None, extra="", below_python=(4,)).is_for_this_python


class Installed:
    """A distribution of which one file is recorded."""

    version = __version__
    requires: tuple[str, ...] = ()

    def __init__(self, content: bytes) -> None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        file = metadata.PackagePath("cso_rules/truth.py")
        file.hash, file.dist = metadata.FileHash(f"sha256={digest}"), self  # type: ignore[assignment]
        self.files = [file]

    def read_text(self, _: str) -> None:
        return None

    def locate_file(self, path: object) -> Path:
        return Path("src") / str(path)


@pytest.mark.parametrize("is_changed", [False, True])
def test_files_of_the_program_that_were_changed_are_named(monkeypatch: pytest.MonkeyPatch, is_changed: bool) -> None:
    content = b"other" if is_changed else Path("src/cso_rules/truth.py").read_bytes()
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(content))
    one = found(code=int(is_changed))[NAME]
    assert ("cso_rules/truth.py" in one["said"]["en"], one["remedy"] is not None) == (is_changed, is_changed)


# Where rules come from


def test_rules_with_faults_are_a_fault_and_the_command_that_shows_them_is_named(tmp_path: Path) -> None:
    (tmp_path / "package.yaml").write_text("format: 1\nid: nothing\n", "utf-8")
    result = CliRunner().invoke(cli, ["doctor", "--package", str(tmp_path), "--lang", "en"])
    assert result.exit_code == 1
    assert f"cso-rules check {tmp_path}" in result.stdout


def test_a_package_that_is_not_there_is_a_fault() -> None:
    result = CliRunner().invoke(cli, ["doctor", "--package", "library_kard", "--lang", "en"])
    assert result.exit_code == 1
    assert "library_kard" in result.stdout


def test_a_folder_of_own_packages_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSO_RULES_POLICIES", str(CARD.parent.resolve()))
    assert "library_card-4403" in found()["CSO_RULES_POLICIES"]["said"]["en"]
    monkeypatch.setenv("CSO_RULES_POLICIES", str(tmp_path / "gone"))
    assert found(code=1)["CSO_RULES_POLICIES"]["state"] == "fault"


def test_a_package_in_the_current_folder_that_hides_a_shipped_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "library_card").symlink_to(CARD.resolve())
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["doctor", "--package", "library_card", "--lang", "en"])
    assert "in the current folder" in result.stdout
    assert result.exit_code == 0


# What came with the program


def test_a_checkout_comes_without_bundle_and_page_and_says_how_to_make_them() -> None:
    report = found()
    assert "cso-rules build library_card" in report["bundle"]["said"]["en"]
    assert "cso-rules page library_card" in report["page"]["said"]["en"]


def test_what_was_shipped_is_opened_and_held_to_the_rule_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "shipped", lambda name: tmp_path / name)
    bundle = tmp_path / shipped.RULES
    made = CliRunner().invoke(cli, ["build", str(CARD), "-o", str(bundle), "--from", "2024-01-01"])
    assert made.exit_code == 0, made.output
    report = found()
    assert (report["bundle"]["state"], report["page"]["state"]) == ("sound", "sound")
    bundle.write_bytes(bundle.read_bytes()[:-10])
    assert found(code=1)["bundle"]["state"] == "fault"


# The cache


def test_the_cache_is_counted_and_what_is_damaged_in_it_is_told(tmp_path: Path) -> None:
    assert storage.examined().standing == "absent"
    found()
    whole = storage.examined()
    assert (whole.standing, whole.damaged) == ("private", 0)
    assert whole.entries > 0
    entry = next(path for path in (tmp_path / "cache").iterdir() if path.name != storage.HEADERS)
    entry.write_bytes(entry.read_bytes()[:-1])
    assert storage.examined().damaged == 1
    cache._cached.cache_clear()
    assert found()["cache"]["state"] == "sound"  # it was written anew from the rule files


def test_a_cache_that_others_may_write_is_a_fault_that_tells_the_cure(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "cache").chmod(0o777)
    one = found(code=1)["cache"]
    assert f"chmod 700 {tmp_path / 'cache'}" in one["remedy"]["en"]
