"""The command that writes a bundle."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.bundle.opened import load_bundle
from cso_rules.errors import UnknownNameError
from cso_rules.interfaces.cli import cli

PERIOD = ["--from", "2026-01-01", "--until", "2026-07-01"]


def test_file_is_written_and_told(tmp_path: Path) -> None:
    file = tmp_path / "cn.bundle"
    found = CliRunner().invoke(
        cli, ["build", "cn", "--places", "11", *PERIOD, "--version", "3", "-o", str(file), "--lang", "en"]
    )
    assert found.exit_code == 0, found.output
    bundle = load_bundle(file)
    assert (bundle.version, bundle.places) == (3, ("11", "cn"))
    assert (str(bundle.first_day), str(bundle.until)) == ("2026-01-01", "2026-07-01")
    assert f"digest {bundle.digest}" in found.output
    periods = sum(map(len, bundle.content["places"].values()))
    assert f"2 places, {periods} periods" in found.output


def test_place_without_rules_is_refused(tmp_path: Path) -> None:
    found = CliRunner().invoke(cli, ["build", "--places", "440305", *PERIOD, "-o", str(tmp_path / "cn.bundle")])
    assert isinstance(found.exception, UnknownNameError)
    assert not (tmp_path / "cn.bundle").exists()


@pytest.mark.parametrize("until", ["2025-01-01", "2026-01-01"])
def test_period_without_a_day_is_refused(tmp_path: Path, until: str) -> None:
    arguments = ["build", "--from", "2026-01-01", "--until", until, "-o", str(tmp_path / "cn.bundle")]
    found = CliRunner().invoke(cli, arguments)
    assert "holds no day" in str(found.exception)


def test_package_of_another_field_is_built(tmp_path: Path) -> None:
    file = tmp_path / "card.bundle"
    found = CliRunner().invoke(cli, ["build", "tests/packages/library_card", "-o", str(file)])
    assert found.exit_code == 0, found.output
    bundle = load_bundle(file)
    assert set(bundle.places) == {"cn", "4403"}
    assert bundle.determine({}, as_of=bundle.first_day, jurisdiction="4403").outcomes
