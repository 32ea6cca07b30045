"""The command that writes rules as SQL for a database."""

from __future__ import annotations

from typing import Any

import attrs
import click

from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.model.instruments import Label

DIALECTS = ("duckdb", "postgresql", "mysql", "sqlite", "spark", "oracle")
REFUSALS = {
    "date": Label(
        zh="--as-of：SQL 会留存并在以后运行，须写明适用日期",
        en="--as-of: SQL is kept and run later, so its date must be named",
    ),
    "route": Label(zh="--place 须配合 --route（地区所在的列）", en="--place needs --route, the column of the places"),
    "place": Label(zh="--route 须配合 --place，逐一写明地区", en="--route needs --place for each place"),
    "rows": Label(
        zh="--route：各行自带地区，不用 --jurisdiction",
        en="--route: each row says its place, so leave out --jurisdiction",
    ),
}


@click.command("sql")
@rule_or_bundle_options
@click.option(
    "--dialect", type=click.Choice(DIALECTS), required=True, help="The database; mysql is MariaDB too. 数据库"
)
@click.option("--table", help="Table of facts; the plural of the entity when left out. 事实表")
@click.option("--view", help="Write CREATE VIEW of this name. 视图名")
@click.option(
    "--key", "keys", multiple=True, default=["id"], show_default=True, help="Column that is handed on. 保留列"
)
@click.option("--decision", "decisions", multiple=True, help="Decide only this; may be repeated. 只作此项决定")
@click.option("--entity", help="Whom the rules describe; the first entity when left out. 对象")
@click.option("--without-rules", is_flag=True, help="Leave out the truth of each rule. 不列出各条规则的真值")
@click.option("--route", help="Column with the place of each row; needs --place. 每行地区所在的列")
@click.option("--place", "places", multiple=True, help="A value of that column, and the code of its rules. 地区代码")
@click.option("--facts-table", is_flag=True, help="Write CREATE TABLE for the facts instead. 只写事实表")
def sql(options: RuleOptions, view: str | None, facts_table: bool, **arguments: Any) -> None:
    """Write rules as SQL over a table of facts, for a date that --as-of must name.

    将规则写成数据库可执行的 SQL，须用 --as-of 写明适用日期。
    """
    if options.as_of is None:
        raise _refusal("date", options)
    policy = _policy(options, arguments)
    arguments["table"] = arguments["table"] or _table_of(policy)
    where = {key: arguments[key] for key in ("dialect", "table", "keys")}
    if arguments["route"] is not None:
        written = _routed(options, arguments, where, view, is_table=facts_table)
    elif arguments["places"]:
        raise _refusal("route", options)
    else:
        written = _single(policy, arguments, where, view, is_table=facts_table)
    click.echo(written + ";")


def _table_of(policy: Any) -> str:
    """Return the usual name of a table of facts: what several of those are called whom the rules describe."""
    return str(policy.presentation.entities[policy.entity].plural).replace(" ", "_")


def _single(policy: Any, arguments: Any, where: dict[str, Any], view: str | None, *, is_table: bool) -> str:
    from cso_rules.executors.sql import query

    if is_table:
        return query.facts_table(policy, **where)
    return _shown(query.statement(policy, **where, rules=not arguments["without_rules"]), view)


def _routed(options: RuleOptions, arguments: Any, where: dict[str, Any], view: str | None, *, is_table: bool) -> str:
    from cso_rules.executors.sql import query

    if not arguments["places"]:
        raise _refusal("place", options)
    if options.jurisdiction is not None:
        raise _refusal("rows", options)
    policies = {place: _policy(attrs.evolve(options, jurisdiction=place), arguments) for place in arguments["places"]}
    if is_table:
        return query.routed_facts_table(policies, routing=arguments["route"], **where)
    return _shown(query.routed_statement(policies, routing=arguments["route"], **where), view)


def _shown(made: Any, view: str | None) -> str:
    return str(made.text if view is None else made.view(view))


def _policy(options: RuleOptions, arguments: Any) -> Any:
    """Return the rules with the readings that were asked for, of the decisions that were asked for."""
    from cso_rules.interfaces.options.opening import chosen_readings

    policy = options.policy(_entity(options, arguments["entity"]))
    chosen = chosen_readings(policy, options.readings)
    readings = {name: attrs.evolve(policy.readings[name], chosen=option) for name, option in chosen.items()}
    if readings:
        policy = attrs.evolve(policy, readings={**policy.readings, **readings})
    decisions = arguments["decisions"]
    if unknown := [name for name in decisions if name not in policy.decisions]:
        known = {"zh": "没有这项决定，可用：", "en": "there is no such decision; there are "}[options.lang]
        raise click.UsageError(f"--decision {unknown[0]}: {known}{', '.join(policy.decisions)}")
    return policy.part(tuple(dict.fromkeys(decisions))) if decisions else policy


def _entity(options: RuleOptions, name: str | None) -> str | None:
    """Return whom the rules are to describe; refuse a name that the package does not have."""
    known = options.policy().presentation.entities.names if name is not None else ()
    if name is not None and name not in known:
        said = {"zh": "没有这个对象，可用：", "en": "there is no such entity; there are "}[options.lang]
        raise click.UsageError(f"--entity {name}: {said}{', '.join(known)}")
    return name


def _refusal(key: str, options: RuleOptions) -> click.UsageError:
    return click.UsageError(REFUSALS[key].in_language(options.lang))
