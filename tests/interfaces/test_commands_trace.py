"""The command that shows what carries out each provision."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces.cli import cli
from cso_rules.tables.write.plain_text import width_of

BASE = Path(__file__).parent.parent / "diagnostics" / "base"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["trace", *arguments])


@pytest.fixture(name="package")
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "base"))


def test_the_national_package_is_accounted_for_in_chinese_by_default() -> None:
    result = run("cn")
    assert result.exit_code == 0
    assert "mca-2017-191：共 86 条，86 条有着落" in result.output


def test_one_instrument_is_shown_in_english() -> None:
    result = run("cn", "--instrument", "mca-2017-191", "--lang", "en")
    assert result.exit_code == 0
    assert "86 of 86 statements of mca-2017-191 accounted for" in result.output
    assert "loosely_organized_in_one_community/" in result.output
    assert "order-250" not in result.output


def test_columns_are_aligned_by_the_width_of_chinese_characters() -> None:
    lines = run("cn", "--instrument", "mof-order-102").output.splitlines()
    heading, row = lines[1], lines[2]
    assert width_of(heading[: heading.index("引用处")]) == width_of(row[: row.index("can_contract/")])


def test_an_unknown_instrument_is_a_usage_error() -> None:
    result = run("cn", "--instrument", "order-999")
    assert result.exit_code == 2
    assert "mca-2017-191" in result.output


def test_csv_names_every_citing_part_and_keeps_the_counts_apart() -> None:
    result = run("cn", "--format", "csv", "--lang", "en")
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))
    found = {(row["instrument"], row["provision"]): row for row in rows}
    assert "registration_conditions/members" in found["order-250", "art10-1"]["cited_by"]
    assert "minimum_individual_members (parameter)" in found["order-250", "art10-1"]["cited_by"]
    assert found["order-250", "art10-1"]["statements"] == "n1"
    assert found["mca-2017-191", "s5"]["status"] == "not_computable"
    assert "accounted for" not in result.stdout
    assert "accounted for" in result.stderr


def test_a_provision_that_nothing_cites_ends_with_1(package: Path) -> None:
    with (package / "instruments.yaml").open("a", encoding="utf-8") as file:
        file.write("      - {id: s51, summary: {zh: 摘要, en: summary}}\n")
    result = run(str(package), "--lang", "en")
    assert result.exit_code == 1
    assert "base/instruments.yaml:10: error: opinions s51 is marked encoded" in result.output
    assert "2 of 3 statements of opinions accounted for" in result.output


def test_a_rule_without_citation_ends_with_1(package: Path) -> None:
    rules = package / "decisions" / "tier.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("    cite: opinions s49\n", ""), encoding="utf-8")
    result = run(str(package))
    assert result.exit_code == 1
    assert "错误[missing-citation]" in result.output


def test_a_status_out_of_date_is_said_but_does_not_fail(package: Path) -> None:
    file = package / "instruments.yaml"
    status = "status: not_computable, reason: {zh: 原因, en: why}"
    text = file.read_text(encoding="utf-8").replace("confidence: S}", f"confidence: S, {status}}}")
    file.write_text(text, encoding="utf-8")
    result = run(str(package))
    assert result.exit_code == 0
    assert "警告：opinions s49 标为 not_computable，但 tier/large 引用了它" in result.output


def test_the_oldest_sources_and_what_is_not_verified_come_last(package: Path) -> None:
    file = package / "instruments.yaml"
    text = file.read_text(encoding="utf-8").replace("kind: opinions", "kind: opinions\n    checked_on: 2020-02-29", 1)
    file.write_text(text.replace("confidence: S", "confidence: K"), encoding="utf-8")
    shown = run(str(package), "--lang", "en").output
    assert "sources read longest ago:\n    2020-02-29  opinions" in shown
    assert "not verified (K): opinions " in shown
    rows = list(csv.DictReader(io.StringIO(run(str(package), "--format", "csv").stdout_bytes.decode("utf-8-sig"))))
    assert {row["checked_on"] for row in rows} == {"2020-02-29"}
