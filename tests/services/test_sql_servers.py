"""Generated SQL on database servers: what every row gets there is what the reference interpreter says."""

import datetime
import random
import sqlite3

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from cso_rules.engine.cache import load_policy
from cso_rules.executors.sql import run as sql_run
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from tests.database_servers import Server
from tests.sql_tables import (
    assert_nasty_values_come_back,
    assert_same_results,
    create_facts,
    fill,
    nasty_policy,
    nasty_records,
    records_with_holes,
)
from tests.strategies import LABEL, make_policy, policies, seeds

pytestmark = pytest.mark.services
POLICIES = {"postgresql": 60, "mysql": 60, "spark": 8}
RECORDS = 20


def test_generated_policies_mean_the_same_in_the_database(server: Server) -> None:
    asked = []

    @seed(20180101)
    @settings(
        max_examples=POLICIES[server.dialect], phases=[Phase.generate], deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(policy=policies(), chance=seeds)
    def compare(policy: Policy, chance: random.Random) -> None:
        records = records_with_holes(policy, chance, RECORDS)
        server.load(policy, records, "facts")
        assert_same_results(server.connection, policy, records, server.dialect, "facts")
        asked.append(policy)

    compare()
    assert len(asked) >= POLICIES[server.dialect]


def test_the_national_rules_mean_the_same_in_the_database(server: Server) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1), jurisdiction="cn")
    records = records_with_holes(policy, random.Random(7), 60)  # noqa: S311 - not for secrets
    server.load(policy, records, "organizations")
    assert_same_results(server.connection, policy, records, server.dialect, "organizations")


@pytest.mark.parametrize("server", ["postgresql", "mariadb"], indirect=True)
def test_a_view_of_all_national_decisions_shows_the_answers_of_the_engine(server: Server) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1), jurisdiction="cn")
    records = records_with_holes(policy, random.Random(8), 60)  # noqa: S311 - not for secrets
    server.load(policy, records, "bodies")
    sql_run.create_view(server.connection, policy, "bodies", "answers", server.dialect)
    cursor = server.connection.cursor()
    cursor.execute("SELECT id, tier, tier__status, responsibilities__status FROM answers")
    from_view = {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
    names = ("tier", "tier__status", "responsibilities__status")
    found = list(sql_run.determine_in_place(server.connection, policy, "bodies", server.dialect))
    assert from_view == {row["id"]: tuple(row[name] for name in names) for row in found}
    assert {row["tier__status"] for row in found} >= {"determined", "undetermined", "refused"}


def test_the_tier_is_answered_in_the_database(server: Server) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1), jurisdiction="cn").part(["tier"])
    records = records_with_holes(policy, random.Random(8), 60)  # noqa: S311 - not for secrets
    server.load(policy, records, "organizations")
    found = list(sql_run.determine_in_place(server.connection, policy, "organizations", server.dialect))
    with sqlite3.connect(":memory:") as here:
        create_facts(here, policy, "sqlite", "organizations")
        fill(here, policy, records, "sqlite", "organizations", "?")
        expected = list(sql_run.determine_in_place(here, policy, "organizations", "sqlite"))
    differing = {"cso_as_of"}  # a date there, a text in SQLite
    by_id = {row["id"]: {name: cell for name, cell in row.items() if name not in differing} for row in found}
    assert by_id == {row["id"]: {n: c for n, c in row.items() if n not in differing} for row in expected}


def test_an_impossible_value_is_refused_by_name(server: Server) -> None:
    kinds = {"count": Type(kind="integer", maximum=100)}
    condition = Within(terms=(Term(factor=1, quantity=Variable(name="count")),), low=10, high=None)
    policy = make_policy(
        kinds, CriteriaDecision(name="large", label=LABEL, rules=(Rule(id="r", label=LABEL, condition=condition),))
    )
    server.load(policy, [{"count": (100, 100)}, {"count": (101, 101)}, {"count": (-1, -1)}], "facts")
    found = sql_run.determine_in_place(server.connection, policy, "facts", server.dialect)
    assert [(row["large"], row["cso_problems"]) for row in sorted(found, key=lambda row: str(row["id"]))] == [
        (True, []),
        (None, ["count"]),
        (None, ["count"]),
    ]


def test_texts_of_rules_stay_texts(server: Server) -> None:
    server.load(nasty_policy(), nasty_records(), "facts")
    assert_nasty_values_come_back(server.connection, server.dialect, "facts")
