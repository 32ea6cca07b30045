"""The rules written for other engines hold the numbers of the national package, and their script starts."""

import ast
import datetime
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from cso_rules import Policy, load_policy
from cso_rules.plan.asked.witness import anybody
from cso_rules.plan.building import plan_of
from cso_rules.plan.shown.use import Use

PEERS = Path(__file__).resolve().parents[2] / "benchmarks" / "peers"
RULES = ("plain_python", "jdm_rules", "json_logic_rules", "cel_rules", "durable_rules_set", "openfisca_system")
TABLES = ("polars_expressions", "duckdb_sql")
AS_OF = datetime.date(2018, 6, 1)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=AS_OF)


@pytest.fixture(scope="module")
def numbers(policy: Policy) -> set[int]:
    """The numbers that the tier rests on."""
    names = ("individual_members", "institutional_members", "mixed_members", "activity_funds", "original_fund")
    parameters = [policy.parameters[f"minimum_{name}"] for name in names]
    return {int(value) // 10**found.type.scale for found in parameters for _, value in found.values}


def words(path: Path) -> set[str]:
    """Every number of a file: literals, and digits within its texts."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            text = str(node.value)
            found.update("".join(each if each.isdigit() else " " for each in text).split())
    return found


@pytest.mark.parametrize("name", RULES + TABLES)
def test_the_rules_of_a_peer_hold_every_number_of_the_law(name: str, numbers: set[int]) -> None:
    assert {str(number) for number in numbers} <= words(PEERS / f"{name}.py")


def test_the_facts_of_the_peers_are_those_that_the_tier_reads(policy: Policy) -> None:
    spec = importlib.util.spec_from_file_location("facts_of_peers", PEERS / "facts.py")
    assert spec is not None
    assert spec.loader is not None
    facts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(facts)
    plan = plan_of(policy.part(["tier"]))
    assert set(facts.FACTS) == Use(anybody(plan)).facts & policy.facts.keys() & set(policy.cone("tier"))
    assert {name: policy.facts[name].type.values for name in facts.CHOICES} == facts.CHOICES
    tiers, ends = policy.decisions["tier"].type, plan.diagrams.ends(plan.roots["tier"].answer)
    assert {tiers.decode(end) for end in ends if isinstance(end, int)} == set(facts.TIERS)


def test_the_script_says_how_it_is_used() -> None:
    command = [sys.executable, str(PEERS / "run.py"), "--help"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    assert "--small" in said
    assert "--rows" in said
