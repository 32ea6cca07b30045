"""`classify --verify rete` and `explain --proof`: another engine's opinion, on the command line."""

from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from cso_rules.determination import Result as Answer
from cso_rules.executors.rete import driver as rete_driver
from cso_rules.executors.rete import executor as rete
from cso_rules.executors.single import reference
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain

RULES = ("--as-of", "2018-06-01", "--jurisdiction", "cn")
ROWS = "id,individual_members,registration_status\nA,32,not_registered\nB,many,registered\nC,,registered\n"


@pytest.fixture
def table(tmp_path: Path) -> str:
    file = tmp_path / "table.csv"
    file.write_text(ROWS, encoding="utf-8")
    return str(file)


def classify(table: str, *options: str) -> Result:
    return CliRunner().invoke(cli, ["classify", table, "--format", "ndjson", *RULES, *options])


@pytest.mark.rete
def test_every_answered_row_is_asked_again() -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "county-utf8.csv"
    result = classify(str(example), "--verify", "rete", "--lang", "en")
    answered = int(result.output.split("= answered ")[1].split()[0])
    assert f"durable_rules agrees on {answered} of {answered} rows\n" in result.output
    assert result.exit_code == 4


@pytest.mark.rete
def test_the_number_of_confirmed_rows_is_said_in_chinese_too(table: str) -> None:
    result = classify(table, "--verify", "rete")
    assert "durable_rules agrees on 3 of 3 rows（durable_rules 复核：3 行中 3 行一致）" in result.output
    assert result.exit_code == 4


def lying(policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Answer]:
    found = reference.evaluate(policy, domains)
    is_first = domains["individual_members"] == (32, 32)
    return {**found, "tier": attrs.evolve(found["tier"], domain=8)} if is_first else found


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "row 2: tier: compiled says"), ("zh", "第 2 行：tier：compiled 得出")]
)
def test_a_row_with_another_answer_is_listed_and_the_command_fails(
    table: str, monkeypatch: pytest.MonkeyPatch, lang: str, text: str
) -> None:
    monkeypatch.setattr(rete_driver, "is_installed", lambda: True)
    monkeypatch.setattr(rete, "evaluate", lying)
    result = classify(table, "--verify", "rete", "--lang", lang)
    assert text in result.output
    assert "agrees on 2 of 3 rows" in result.output
    counts = {"en": "read 3 = answered 3 + refused 0", "zh": "读取 3 = 已答复 3 + 未处理 0"}
    assert counts[lang] in result.output
    assert result.exit_code == 1


def test_without_the_engine_the_command_says_how_to_get_it(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete_driver, "is_installed", lambda: False)
    assert "cso-rules[rete]" in str(classify(table, "--verify", "rete").exception)


def test_nobody_is_asked_unless_it_is_wanted(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete, "evaluate", None)
    assert "agrees" not in classify(table).output


@pytest.mark.rete
@pytest.mark.parametrize(("lang", "text"), [("en", "derivation: tier"), ("zh", "推理过程：管理类别")])
def test_the_proof_follows_the_notice(table: str, lang: str, text: str) -> None:
    arguments = ["explain", table, "--id", "2", "--lang", lang, *RULES]
    plain, with_proof = (CliRunner().invoke(cli, [*arguments, *more]).output for more in ((), ("--proof",)))
    assert text not in plain
    assert with_proof.startswith(plain.rpartition("cn")[0][:200])
    assert text in with_proof
    assert ("neither true nor false" if lang == "en" else "推不出") in with_proof
