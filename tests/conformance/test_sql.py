"""The SQL executor gives the results of the reference interpreter and of the engine in databases without a server."""

import datetime
import random
import sqlite3
from typing import Any

import attrs
import duckdb
import pytest
import sqlglot
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from sqlglot import expressions

from cso_rules.determination import Outcome
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.errors import FactsError
from cso_rules.executors.sql import query as sql
from cso_rules.executors.sql import run as sql_run
from cso_rules.executors.sql.dialects import DIALECTS, NotInSqlError, escaped
from cso_rules.executors.sql.facts import create_table
from cso_rules.interfaces.cli import cli
from cso_rules.model.civil_dates import CalendarShift
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, Rule, ValueCase, ValueDecision
from cso_rules.model.expressions import Among, Includes, Not, Shifted, Size, Term, Variable, Within
from cso_rules.model.policy import Constraint, Policy
from cso_rules.model.types import BOOLEAN, FALSE, TRUE, Domain, Type, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for
from cso_rules.plan.diagrams import TooLargeError
from tests.sampled import examples
from tests.sql_tables import (
    assert_nasty_values_come_back,
    assert_same_results,
    create_facts,
    fill,
    is_wider,
    nasty_policy,
    nasty_records,
    records_with_holes,
)
from tests.strategies import DATE, LABEL, make_policy, make_table, policies, seeds

EMBEDDED = ("duckdb", "sqlite")
RECORDS = 20
in_every_dialect = pytest.mark.parametrize("dialect", DIALECTS)
in_every_embedded_database = pytest.mark.parametrize("dialect", EMBEDDED)
ON = datetime.date(2018, 6, 1)


def chance(start: int) -> random.Random:
    return random.Random(start)  # noqa: S311 - not for secrets


def connected(dialect: str) -> Any:
    return duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")


def loaded(policy: Policy, records: list[dict[str, Domain]], dialect: str) -> Any:
    connection = connected(dialect)
    create_facts(connection, policy, dialect, "facts")
    fill(connection, policy, records, dialect, "facts", "?")
    return connection


@settings(max_examples=3 * examples(are_slow=True), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(policy=policies(), chance=seeds)
def test_generated_policies_mean_the_same_in_every_embedded_database(policy: Policy, chance: random.Random) -> None:
    records = records_with_holes(policy, chance, RECORDS)
    for dialect in EMBEDDED:
        assert_same_results(loaded(policy, records, dialect), policy, records, dialect, "facts")


def outcomes_of(policy: Policy, record: dict[str, Domain]) -> dict[str, Outcome] | None:
    """What the engine says of a record; None when it refuses the facts."""
    known = {name: domain for name, domain in record.items() if name in policy.facts and is_known(domain)}
    facts = {name: policy.facts[name].type.decode(domain) for name, domain in known.items()}
    try:
        return dict(determine(policy, facts, ask=False).outcomes)
    except FactsError:
        return None


def whole(policy: Policy, record: dict[str, Domain]) -> dict[str, Domain]:
    """The same record with sets known as a whole or not at all, as callers of the engine give them."""
    types = {name: policy.variable_type(name) for name in record}
    return {name: domain if is_known(domain) else types[name].everything for name, domain in record.items()}


def plain(value: object, kind: Type, dialect: str) -> object:
    if isinstance(value, frozenset):
        return [name for name in kind.values if name in value]
    if isinstance(value, datetime.date) and dialect == "sqlite":
        return value.isoformat()
    return kind.encode_number(value) if kind.kind in {"money", "decimal"} and value is not None else value  # type: ignore[arg-type]


def assert_same_answers(policy: Policy, records: list[dict[str, Domain]], dialect: str) -> set[str]:
    """Compare what the view shows with the engine; return every status that occurred."""
    connection = loaded(policy, records, dialect)
    present = sql_run.columns_of_table(connection, "facts", dialect)
    inexact = sql.statement(policy, dialect, table="facts", present=present, rules=False).inexact
    seen = set()
    for row in sql_run.determine_in_place(connection, policy, "facts", dialect):
        outcomes = outcomes_of(policy, records[int(row["id"])])
        for name, decision in policy.decisions.items():
            seen.add(row[f"{name}__status"])
            if outcomes is None:
                assert row["cso_problems"]
                assert (row[name], row[f"{name}__status"]) == (None, "refused")
                continue
            if name in inexact:
                assert row[f"{name}__status"] in {outcomes[name].status.value, "undetermined"}
            else:
                assert_same_answer(row, outcomes[name], decision.type, dialect)
    return seen


def assert_same_answer(row: dict[str, Any], found: Outcome, kind: Type, dialect: str) -> None:
    name = found.decision.name
    assert row["cso_problems"] == []
    assert row[f"{name}__status"] == found.status.value
    assert row[name] == plain(found.value, kind, dialect)
    if isinstance(found.domain, int):
        assert row[f"{name}__possible"] == list(found.possible)
    elif kind.kind == "set":
        sure, possible = found.domain
        assert row[f"{name}__sure"] == list(kind.members(sure))
        assert row[f"{name}__open"] == list(kind.members(possible & ~sure))
    else:
        ends = found.possible or (None, None)
        assert [row[f"{name}__{end}"] for end in ("least", "greatest")] == [plain(end, kind, dialect) for end in ends]
    if f"{name}__because" in row:
        shown, deciding = row[f"{name}__because"], [rule.id for rule in found.deciding()]
        fails_together = isinstance(found.decision, CriteriaDecision) and found.deciding_rules is not None
        assert set(deciding) <= set(shown) if fails_together else deciding == shown


@in_every_embedded_database
@settings(max_examples=max(1, settings().max_examples // 2), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(policy=policies(), chance=seeds)
def test_the_view_shows_the_answers_of_the_engine(dialect: str, policy: Policy, chance: random.Random) -> None:
    records = [whole(policy, record) for record in records_with_holes(policy, chance, RECORDS)]
    assert_same_answers(policy, records, dialect)


@in_every_embedded_database
def test_the_national_rules_give_the_answers_of_the_engine(dialect: str) -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction="cn")
    records = records_with_holes(policy, chance(1), 60)
    assert_same_results(loaded(policy, records, dialect), policy, records, dialect, "facts")
    seen = assert_same_answers(policy, [whole(policy, record) for record in records], dialect)
    assert seen >= {"determined", "undetermined", "no_rule_in_force", "refused"}


@pytest.mark.parametrize("entity", ["community", "area", "authority"])
def test_rules_about_communities_areas_and_authorities_mean_the_same(entity: str) -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction="cn", entity=entity)
    records = records_with_holes(policy, chance(2), RECORDS)
    for dialect in EMBEDDED:
        assert_same_results(loaded(policy, records, dialect), policy, records, dialect, "facts")


@pytest.mark.parametrize("place", ["31", "4401", "511529"])
def test_rules_of_a_place_mean_the_same(place: str) -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction=place)
    records = records_with_holes(policy, chance(3), RECORDS)
    assert_same_results(loaded(policy, records, "sqlite"), policy, records, "sqlite", "facts")


@pytest.mark.parametrize("place", ["cn", "31", "4401", "511529"])
def test_every_decision_of_the_shipped_rules_is_exact(place: str) -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction=place)
    assert sql.statement(policy).inexact == ()


def test_every_fact_that_the_engine_asks_for_is_among_the_missing_ones() -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction="cn").part(["tier"])
    records = [whole(policy, record) for record in records_with_holes(policy, chance(4), 40)]
    asked = 0
    for row in sql_run.determine_in_place(loaded(policy, records, "sqlite"), policy, "facts", "sqlite"):
        if row["cso_problems"]:
            continue
        known = {name: policy.variable_type(name).decode(domain) for name, domain in records[int(row["id"])].items()}
        found = determine(policy, {name: value for name, value in known.items() if name in policy.facts})
        for missing in found.missing_facts:
            asked += 1
            for decision in missing.settles:
                assert missing.name in row[f"{decision}__missing"]
    assert asked


@in_every_dialect
@settings(max_examples=max(1, settings().max_examples // 20), phases=[Phase.generate])
@given(policy=policies())
def test_another_parser_reads_every_statement_as_one_view(dialect: str, policy: Policy) -> None:
    made = sql.statement(policy, dialect, table="facts")
    assert_is_one_view(made.view("answers"), dialect)


@in_every_dialect
def test_another_parser_reads_texts_of_rules_as_texts(dialect: str) -> None:
    assert_is_one_view(sql.statement(nasty_policy(), dialect, table="facts").view("answers"), dialect)


def assert_is_one_view(text: str, dialect: str) -> None:
    """For Oracle this is all that is checked: no Oracle database runs the tests."""
    found = sqlglot.parse(text, dialect=DIALECTS[dialect].sqlglot)
    assert [type(one) for one in found] == [expressions.Create]
    assert found[0] is not None
    assert found[0].args["kind"] == "VIEW"
    assert not list(found[0].find_all(expressions.Command, expressions.Drop))


@in_every_embedded_database
def test_texts_of_rules_stay_texts(dialect: str) -> None:
    assert_nasty_values_come_back(loaded(nasty_policy(), nasty_records(), dialect), dialect, "facts")


@in_every_dialect
def test_no_line_of_a_comment_holds_what_ends_it_or_what_a_client_replaces(dialect: str) -> None:
    comments = [line for line in sql.statement(nasty_policy(), dialect).text.splitlines() if "--" in line]
    held = "".join(line.split("--", 1)[1] for line in comments if line.lstrip().startswith("--"))
    assert held
    assert not set(held) & set("$&\\\r\u202e")


@pytest.mark.parametrize(("text", "shown"), [("end; ", "endu+003b"), ("a - b -", "a - b u+002d"), ("a;b", "a;b")])
def test_a_comment_does_not_end_in_a_sign_by_which_a_client_ends_or_continues_a_line(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    "name", ["a b", 'a"; DROP TABLE facts; --', "a`", "", "1a", "x" * 64, "\uff41", "a.b.", "-- a"]
)
def test_a_name_that_a_database_would_not_keep_is_refused(name: str) -> None:
    policy = nasty_policy()
    for arguments in ({"table": name}, {"keys": (name,)}):
        with pytest.raises(NotInSqlError, match="a name in a database"):
            sql.statement(policy, **arguments)
    with pytest.raises(NotInSqlError, match="a name in a database"):
        sql.statement(policy).view(name)


def test_columns_of_one_name_are_refused() -> None:
    with pytest.raises(NotInSqlError, match="two columns"):
        sql.statement(nasty_policy(), keys=("id", "SAME"))


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(NotInSqlError, match="duckdb, postgresql"):
        sql.statement(nasty_policy(), "tsql")


def test_the_same_policy_gives_the_same_text() -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction="cn").part(["tier"])
    assert sql.statement(policy).text == sql.statement(policy).text
    assert escaped("line\n") == "lineu+000a"


COUNT = Type(kind="integer", maximum=100)
KINDS = {
    "yes": BOOLEAN,
    "count": COUNT,
    "kind": Type(kind="enumeration", values=("a", "b")),
    "day": DATE,
    "items": Type(kind="set", values=("p", "q")),
}


def at_least(name: str, number: int) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=number, high=None)


def counting_policy() -> Policy:
    rules = (Rule(id="enough", label=LABEL, condition=at_least("count", 10)),)
    days = ValueDecision(
        name="end", label=LABEL, type=DATE, cases=(ValueCase(terms=(Term(
            factor=1, quantity=Shifted(name="day", shifts=(CalendarShift(months=1),))
        ),)),),
    )  # fmt: skip
    return make_policy(KINDS, CriteriaDecision(name="large", label=LABEL, rules=rules), days)


@in_every_embedded_database
def test_a_number_that_the_rules_do_not_give_has_no_ends(dialect: str) -> None:
    number = ValueDecision(
        name="cap", label=LABEL, type=COUNT, cases=(
            ValueCase(condition=Among(name="yes", bits=TRUE), is_nothing=True),
            ValueCase(terms=(Term(factor=1, quantity=Variable(name="count")),)),
        ),
    )  # fmt: skip
    policy = make_policy(KINDS, number)
    unknown = {name: kind.everything for name, kind in KINDS.items()}
    records = [{**unknown, "yes": bits, "count": (7, 7)} for bits in (TRUE, FALSE)] + [unknown]
    assert assert_same_answers(policy, records, dialect) == {"determined", "undetermined"}
    rows = sql_run.determine_in_place(loaded(policy, records, dialect), policy, "facts", dialect)
    shown = [(row["cap__least"], row["cap__greatest"]) for row in sorted(rows, key=lambda row: row["id"])]
    assert shown == [(None, None), (7, 7), (0, 100)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("count", 101), ("count", -1), ("count", 1.5), ("count", "ten"), ("day", "2020-02-30"), ("day", "1.2.2020")],
)
def test_an_impossible_value_is_refused_by_name(column: str, value: object) -> None:
    policy = counting_policy()
    connection = loaded(policy, [{name: kind.everything for name, kind in KINDS.items()}], "sqlite")
    connection.execute(f"UPDATE facts SET {column} = ?", [value])  # noqa: S608 - a column of this test
    (row,) = sql_run.determine_in_place(connection, policy, "facts", "sqlite")
    assert row["cso_problems"] == [column]
    assert {row["large__status"], row["end__status"]} == {"refused"}
    assert (row["large"], row["large__possible"], row["end"], row["end__least"]) == (None, None, None, None)


def test_facts_that_contradict_one_another_are_refused() -> None:
    constraint = Constraint(id="no_more_than_fifty", condition=Within(
        terms=(Term(factor=1, quantity=Variable(name="count")),), low=None, high=50), message=LABEL,
    )  # fmt: skip
    policy = attrs.evolve(counting_policy(), constraints=(constraint,))
    unknown = {name: kind.everything for name, kind in KINDS.items()}
    connection = loaded(policy, [{**unknown, "count": (50, 50)}, {**unknown, "count": (51, 51)}], "duckdb")
    found = list(sql_run.determine_in_place(connection, policy, "facts"))
    assert {row["id"]: (row["large"], row["cso_problems"]) for row in found} == {
        "00000": (True, []),
        "00001": (None, ["no_more_than_fifty"]),
    }


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2020-01-31", "2020-02-29"),
        ("2019-01-31", "2019-02-28"),
        ("2020-02-29", "2020-03-29"),
        ("2019-12-31", "2020-01-31"),
        ("1900-01-01", "1900-02-01"),
        ("2199-12-15", "2200-01-01"),
        ("2000-01-30", "2000-02-29"),
        ("2100-01-29", "2100-02-28"),
    ],
)
@in_every_embedded_database
def test_a_month_later_is_the_same_day_or_the_last_of_the_month(dialect: str, day: str, end: str) -> None:
    policy = counting_policy()
    ordinal = datetime.date.fromisoformat(day).toordinal()
    record = {**{name: kind.everything for name, kind in KINDS.items()}, "day": (ordinal, ordinal)}
    (row,) = sql_run.determine_in_place(loaded(policy, [record], dialect), policy, "facts", dialect)
    assert str(row["end"]) == end


def test_facts_without_a_column_are_unknown_and_listed() -> None:
    policy = counting_policy()
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE facts (id TEXT, day TEXT)")
    connection.execute("INSERT INTO facts VALUES ('x', '2020-01-01')")
    present = sql_run.columns_of_table(connection, "facts", "sqlite")
    assert sql.statement(policy, "sqlite", table="facts", present=present).absent == ("count",)
    (row,) = sql_run.determine_in_place(connection, policy, "facts", "sqlite")
    assert (row["large__status"], row["large__missing"]) == ("undetermined", ["count"])
    assert (row["end"], row["end__missing"]) == ("2020-02-01", [])


def test_a_view_answers_as_the_rows_change() -> None:
    policy = counting_policy()
    connection = loaded(policy, [{name: kind.everything for name, kind in KINDS.items()}], "duckdb")
    made = sql_run.create_view(connection, policy, "facts", "answers")
    ask = "SELECT large, large__status, large__enough__holds, large__enough__fails FROM answers"
    assert connection.execute(ask).fetchall() == [(None, "undetermined", 0, 0)]
    connection.execute("UPDATE facts SET count = 9")
    assert connection.execute(ask).fetchall() == [(0, "determined", 0, 1)]
    assert {output.name for output in made.outputs} >= {"large__because", "large__enough__holds"}


@in_every_embedded_database
def test_each_row_is_answered_by_the_rules_of_its_place(dialect: str) -> None:
    national = counting_policy()
    rules = (Rule(id="enough", label=LABEL, condition=at_least("count", 20)),)
    local = attrs.evolve(
        national,
        jurisdiction="440100",
        decisions={**national.decisions, "large": CriteriaDecision(name="large", label=LABEL, rules=rules)},
    )
    unknown = {name: kind.everything for name, kind in KINDS.items()}
    connection = loaded(national, [{**unknown, "count": (15, 15)}] * 4, dialect)
    connection.execute("ALTER TABLE facts ADD COLUMN place VARCHAR")
    for key, place in (("00000", "cn"), ("00001", "440100"), ("00002", "110000")):
        connection.execute("UPDATE facts SET place = ? WHERE id = ?", [place, key])
    made = sql.routed_statement({"cn": national, "440100": local}, dialect, routing="place", table="facts")
    names = ["id", *(output.name for output in made.outputs)]
    rows = [dict(zip(names, row, strict=True)) for row in connection.execute(made.text).fetchall()]
    assert sorted((row["id"], row["large"], row["large__status"]) for row in rows if row["large"] is not None) == [
        ("00000", 1, "determined"),
        ("00001", 0, "determined"),
    ]
    assert [row["large__status"] for row in rows if row["large"] is None] == ["refused", "refused"]
    other = make_policy(KINDS, attrs.evolve(national.decisions["end"], name="large"))
    with pytest.raises(NotInSqlError, match="large: its answer has another type"):
        sql.routed_statement({"cn": national, "b": other}, routing="place")


@in_every_embedded_database
def test_places_may_order_decisions_otherwise_and_lack_rules_of_some(dialect: str) -> None:
    national = counting_policy()
    large, end = national.decisions.values()
    absent = AbsentDecision(name=large.name, label=LABEL, type=large.type)
    local = attrs.evolve(national, jurisdiction="440100", decisions={end.name: end, large.name: absent})
    unknown = {name: kind.everything for name, kind in KINDS.items()}
    connection = loaded(national, [{**unknown, "count": (15, 15)}] * 3, dialect)
    connection.execute("ALTER TABLE facts ADD COLUMN place VARCHAR")
    for key, place in (("00000", "cn"), ("00001", "440100")):
        connection.execute("UPDATE facts SET place = ? WHERE id = ?", [place, key])
    for by_place in ({"cn": national, "440100": local}, {"440100": local, "cn": national}):
        made = sql.routed_statement(by_place, dialect, routing="place", table="facts")
        names = ["id", *(output.name for output in made.outputs)]
        rows = sorted((dict(zip(names, row, strict=True)) for row in connection.execute(made.text).fetchall()), key=str)
        assert [(row["large"], row["large__status"], row["large__because"], row["end__status"]) for row in rows] == [
            (1, "determined", '["enough"]', "undetermined"),
            (None, "no_rule_in_force", "[]", "undetermined"),
            (None, "refused", None, "refused"),
        ]


def test_a_shift_that_cannot_be_written_names_its_decision() -> None:
    far = Shifted(name="day", shifts=(CalendarShift(months=100_000),))
    policy = make_policy(KINDS, ValueDecision(
        name="far_away", label=LABEL, type=DATE, cases=(ValueCase(terms=(Term(factor=1, quantity=far),)),)
    ))  # fmt: skip
    with pytest.raises(NotInSqlError, match="far_away"):
        sql.statement(policy)


def written(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["sql", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@in_every_dialect
def test_the_command_writes_a_view_that_can_be_created(dialect: str) -> None:
    arguments = ["--dialect", dialect, "--as-of", "2018-06-01", "--decision", "tier", "--table", "cso.bodies"]
    assert_is_one_view(written(*arguments, "--view", "answers"), dialect)


def test_the_command_writes_the_table_that_its_statement_reads() -> None:
    arguments = ["--dialect", "sqlite", "--as-of", "2018-06-01", "--decision", "tier"]
    connection = sqlite3.connect(":memory:")
    connection.execute(written(*arguments, "--facts-table"))
    connection.execute("INSERT INTO organizations (id, special_body_kind) VALUES ('x', 'exempt')")
    connection.execute(written(*arguments, "--view", "answers"))
    assert connection.execute("SELECT tier, tier__status, cso_as_of FROM answers").fetchall() == [
        ("out_of_scope", "determined", "2018-06-01")
    ]


def test_the_command_writes_the_table_that_places_share() -> None:
    arguments = ["--dialect", "duckdb", "--as-of", "2018-06-01", "--decision", "tier"]
    only_there = "is_mainly_budget_funded"
    assert only_there not in written(*arguments, "--facts-table")
    arguments += ["--route", "place", "--place", "cn", "--place", "4401"]
    connection = duckdb.connect()
    table = written(*arguments, "--facts-table")
    assert only_there in table
    connection.execute(table)
    connection.execute("INSERT INTO organizations (id, place, special_body_kind) VALUES ('x', '4401', 'exempt')")
    connection.execute(written(*arguments, "--view", "answers"))
    assert connection.execute("SELECT id, tier, tier__status FROM answers").fetchall() == [
        ("x", "out_of_scope", "determined")
    ]


def test_the_command_never_takes_the_current_date() -> None:
    done = CliRunner().invoke(cli, ["sql", "--dialect", "duckdb"])
    assert done.exit_code == 2
    assert "--as-of" in done.output


def test_the_command_routes_rows_by_their_place() -> None:
    arguments = [
        "--dialect",
        "duckdb",
        "--as-of",
        "2018-06-01",
        "--decision",
        "tier",
        "--route",
        "place",
        "--place",
        "cn",
    ]
    text = written(*arguments, "--without-rules")
    assert "= 'cn'" in text
    assert "UNION ALL" in text


def test_the_command_unites_all_decisions_of_places_whose_rules_are_in_force_at_other_times() -> None:
    arguments = ["--dialect", "duckdb", "--as-of", "2026-03-01", "--route", "place", "--place", "cn", "--place", "4401"]
    connection = duckdb.connect()
    policies = [load_policy("cn", as_of="2026-03-01", jurisdiction=place) for place in ("cn", "4401")]
    facts = {name: fact for policy in policies for name, fact in policy.facts.items()}
    connection.execute(create_table([*facts.values()], DIALECTS["duckdb"], "organizations", ["id", "place"]))
    created = duckdb.extract_statements(written(*arguments, "--view", "answers"))
    assert [each.type for each in created] == [duckdb.StatementType.CREATE]
    connection.execute(created[0])
    columns = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'answers'")
    assert {"tier", "tier__status", "responsibilities"} <= {name for (name,) in columns.fetchall()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--place", "cn"], "--place needs --route"),
        (["--route", "place"], "--route needs --place"),
        (["--route", "place", "--place", "cn", "--jurisdiction", "cn"], "leave out --jurisdiction"),
    ],
)
def test_the_command_never_leaves_an_option_aside(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["sql", "--dialect", "duckdb", "--as-of", "2018-06-01", "--lang", "en", *arguments])
    assert done.exit_code == 2
    assert said in done.output


def test_an_empty_name_is_refused_and_shown() -> None:
    with pytest.raises(NotInSqlError, match=r"^'': a name in a database"):
        CliRunner().invoke(
            cli,
            ["sql", "--dialect", "duckdb", "--as-of", "2018-06-01", "--decision", "in_scope", "--view", ""],
            catch_exceptions=False,
        )


@in_every_dialect
def test_a_criterion_is_a_named_expression_under_its_label_and_provision(dialect: str) -> None:
    policy = load_policy("cn", as_of=ON, jurisdiction="cn").part(["tier"])
    text = sql.statement(policy, dialect).text
    assert max(map(len, text.splitlines())) <= 200
    above = "-- registration_conditions/standard_name: standard name\n    -- order-250 art10-2\n    CASE\n      WHEN ("
    assert text.count(above) == 1
    expression = text.partition(above)[2].partition("AS ")
    assert "has_standard_name_may_be" in expression[0]
    assert expression[2].startswith("registration_conditions_is_standard_name,")


def test_a_statement_names_decisions_that_are_not_exact() -> None:
    pair = {"one": COUNT, "two": COUNT}
    terms = tuple(Term(factor=factor, quantity=Variable(name=name)) for name, factor in (("one", 1), ("two", 1)))
    less = (terms[0], attrs.evolve(terms[1], factor=-1))
    rules = (
        Rule(id="few", label=LABEL, condition=Within(terms=terms, low=None, high=5)),
        Rule(id="apart", label=LABEL, condition=Within(terms=less, low=7, high=None)),
    )
    policy = make_policy(pair, CriteriaDecision(name="both", label=LABEL, rules=rules))
    made = sql.statement(policy, "sqlite", table="facts")
    assert made.inexact == ("both",)
    assert "-- may leave more possible than there is: both" in made.text
    (row,) = sql_run.determine_in_place(
        loaded(policy, [{"one": (0, 100), "two": (0, 100)}], "sqlite"), policy, "facts", "sqlite"
    )
    assert row["both__status"] == "undetermined"


@pytest.mark.parametrize("dialect", EMBEDDED)
def test_what_is_in_a_list_is_open_while_what_it_rests_on_may_contradict_itself(dialect: str) -> None:
    holds = Among(name="fact", bits=2)
    rows = tuple(Rule(id=f"r{place}", label=LABEL, condition=holds, output=place) for place in range(2))
    of_list = (Rule(id="r0", label=LABEL, condition=Among(name="one", bits=3), output=1),)
    reads_list = (Rule(id="r0", label=LABEL, condition=Includes(name="list", bits=3), output=1),)
    policy = make_policy(
        {"fact": BOOLEAN},
        make_table("one", "unique", rows, otherwise=True),
        make_table("list", "rule_order", of_list, otherwise=True),
        make_table("last", "first", reads_list, otherwise=True),
    )
    records: list[dict[str, Domain]] = [{"fact": bits} for bits in (1, 2, 3)]
    assert_same_results(loaded(policy, records, dialect), policy, records, dialect, "facts")


@pytest.mark.parametrize("dialect", EMBEDDED)
def test_twice_a_count_is_never_an_odd_number(dialect: str) -> None:
    twice = Term(factor=2, quantity=Size(name="kinds"))
    is_odd = Within(terms=(twice,), low=5, high=5)
    rules = (Rule(id="even", label=LABEL, condition=Not(operand=is_odd)), Rule(id="odd", label=LABEL, condition=is_odd))
    kinds = Type(kind="set", values=("p", "q", "r"))
    policy = make_policy({"kinds": kinds}, CriteriaDecision(name="both", label=LABEL, rules=rules))
    records: list[dict[str, Domain]] = [{"kinds": (0, 7)}, {"kinds": (1, 3)}, {"kinds": (7, 7)}]
    assert_same_results(loaded(policy, records, dialect), policy, records, dialect, "facts")


def test_rules_without_a_plan_are_written_as_their_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(_: Policy) -> None:
        raise TooLargeError

    policy = load_policy("cn", as_of=ON, jurisdiction="cn").part(["registration_open", "registration_refusal"])
    records = records_with_holes(policy, chance(5), RECORDS)
    plan = plan_for(policy)
    monkeypatch.setattr(sql, "plan_for", too_large)
    found = dict(sql_run.results(loaded(policy, records, "sqlite"), policy, "facts", "sqlite"))
    for place, record in enumerate(records):
        for name, result in found[f"{place:05}"].items():
            assert is_wider(result, exact_result(Asked(plan, record), policy.decisions[name])), name
    assert sql.statement(policy).inexact == tuple(policy.decisions)


def test_where_a_database_takes_fewer_columns_formulas_answer_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1)).part(["tier"])
    assert sql.raw_statement(policy, "sqlite").inexact == ()
    narrow = attrs.evolve(DIALECTS["sqlite"], most_columns=100)
    monkeypatch.setitem(DIALECTS, "sqlite", narrow)
    made = sql.raw_statement(policy, "sqlite")
    assert set(made.inexact) == set(policy.decisions)
    assert "may leave more possible than there is: " in made.text
