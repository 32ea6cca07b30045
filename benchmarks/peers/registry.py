"""Which peers there are, how each is started, and how its rules were written."""

from __future__ import annotations

import attrs


@attrs.frozen
class Peer:
    """One way to decide the tier.

    Attributes:
        title: What the page calls it.
        module: The file with its rules, beside this one.
        variant: What the file is asked for.
        package: The distribution whose version is shown.
        how: What it does about missing facts, as written.
        record: Whether it decides one organization at a time.
        table: Whether it decides a whole table.
        own: Whether it belongs to the library and runs in its environment.
    """

    title: str
    module: str
    variant: str
    package: str | None = None
    how: str = ""
    record: bool = True
    table: bool = False
    own: bool = False


HAND = Peer("written by hand, every decision with reasons", "ours", "hand", how="three-valued throughout", own=True)
SQL = Peer(
    "DuckDB, SQL by hand", "duckdb_sql", "hand", "duckdb",
    "nulls looked at before each row, a mask of the tiers left, every unknown fact listed", record=False, table=True,
)  # fmt: skip
COMPILED = Peer("cso-rules, compiled: `determine(ask=False)`", "ours", "determine", how="-", own=True)
DETERMINE = Peer("cso-rules, compiled: `determine`", "ours", "ask", how="-", own=True)
RETE = Peer('cso-rules over durable_rules 2.0.28: `determine(engine="rete")`', "ours", "rete", how="-", own=True)
TABLE = Peer(
    "cso-rules, bit planes: `determine_many`", "ours", "rules", how="-", record=False, table=True, own=True
)  # fmt: skip

PEERS = (
    HAND,
    COMPILED,
    DETERMINE,
    RETE,
    TABLE,
    Peer("plain Python function, tier only", "plain_python", "index", how="`facts[name]`"),
    Peer("the same with `dict.get`", "plain_python", "get", how="None for a missing fact"),
    Peer("zen-engine, JDM", "jdm_rules", "plain", "zen-engine", "expression node, then a table with hit policy first"),
    Peer(
        "zen-engine, JDM with schema", "jdm_rules", "schema", "zen-engine",
        "the same, and every fact required by the JSON Schema of the input node",
    ),
    Peer("JsonLogic, Rust", "json_logic_rules", "rust", "datalogic-py", "`if` over `and`, `or`, `var`"),
    Peer(
        "JsonLogic, Rust, with `missing`", "json_logic_rules", "rust-missing", "datalogic-py",
        "the same behind JsonLogic's operator `missing` over all facts",
    ),
    Peer("JsonLogic, Python", "json_logic_rules", "python", "panzi-json-logic", "`if` over `and`, `or`, `var`"),
    Peer("CEL, Python", "cel_rules", "python", "cel-python", "one expression; `&&` and `||` absorb errors"),
    Peer("CEL, Rust", "cel_rules", "rust", "common-expression-language", "one expression; `&&` and `||` absorb errors"),
    Peer("CEL, C++", "cel_rules", "cpp", "cel-expr-python", "one expression; `&&` and `||` absorb errors"),
    Peer(
        "CEL, C++, with `has`", "cel_rules", "cpp-has", "cel-expr-python", "the same behind `has()` of every fact"
    ),
    Peer(
        "durable_rules, its own interface", "durable_rules_set", "plain", "durable_rules",
        "one event; rules in order of `pri`, the last one takes what is left",
    ),
    Peer(
        "OpenFisca", "openfisca_system", "plain", "OpenFisca-Core",
        "variables and dated parameters; a default value for what is missing", table=True,
    ),
    Peer("Polars, `when`", "polars_expressions", "when", "polars", "`when`/`then` in order", record=False, table=True),
    Peer(
        "Polars, nulls kept", "polars_expressions", "nulls", "polars",
        "`is_null` asked before each `when`", record=False, table=True,
    ),
    Peer("DuckDB, plain SQL", "duckdb_sql", "plain", "duckdb", "`CASE` in order", record=False, table=True),
    SQL,
)  # fmt: skip
