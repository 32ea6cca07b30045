"""The archives of a release: what is in them, the same bytes twice, and the wheel of the sdist that of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
PARTS = ("src", "policies", "docs", "release", "changelog.d", "examples", ".ci")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "shipped", ".*_cache")
SHIPPED = {"cso_rules/shipped/rules.bundle": b"a bundle", "cso_rules/shipped/page.html": b"a page"}
"""What `make release` puts beside the program; two short files stand for it."""


def checkout(folder: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=LEFT_OUT)
    for file in (".gitignore", "LICENSE", "README.md", "README.zh-CN.md", "Makefile", "pyproject.toml"):
        shutil.copyfile(ROOT / file, folder / file)
    for name, content in SHIPPED.items():
        path = folder / "src" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return folder


def built(tree: Path, output: Path, *kinds: str) -> dict[str, bytes]:
    """Build archives of a folder, and return the bytes of each by its ending."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(output), *kinds]
    told = subprocess.run(
        command, cwd=tree, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}, capture_output=True, check=False
    )
    assert told.returncode == 0, told.stderr.decode()  # hatchling is missing: run `make test-services`
    return {file.suffix: file.read_bytes() for file in output.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(scope="module")
def archives(folder: Path) -> dict[str, bytes]:
    return built(checkout(folder / "tree"), folder / "first")


def test_two_builds_are_the_same_byte_by_byte(folder: Path, archives: dict[str, bytes]) -> None:
    later = checkout(folder / "later")
    for file in later.rglob("*"):
        os.utime(file, (1_800_000_000, 1_800_000_000))
    assert built(later, folder / "second") == archives


def test_the_wheel_has_the_program_its_rules_and_what_was_shipped(folder: Path, archives: dict[str, bytes]) -> None:
    assert archives.keys() == {".whl", ".gz"}
    (wheel,) = (folder / "first").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert {name: archive.read(name) for name in SHIPPED} == SHIPPED
    rules = {f"cso_rules/{file.relative_to(ROOT)}" for file in (ROOT / "policies").rglob("*.yaml")}
    texts = {f"cso_rules/{file.relative_to(ROOT / 'src/cso_rules')}" for file in (ROOT / "src").rglob("*.toml")}
    assert rules | texts | {"cso_rules/py.typed", "cso_rules/page/static/page.css"} <= names
    assert [name for name in names if "node_modules" in name or name.endswith(".pyc")] == []


def test_the_wheel_of_the_sdist_is_that_of_the_checkout(folder: Path, archives: dict[str, bytes]) -> None:
    (sdist,) = (folder / "first").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "sdist", filter="data")
    (tree,) = (folder / "sdist").iterdir()
    assert built(tree, folder / "third", "-t", "wheel")[".whl"] == archives[".whl"]
