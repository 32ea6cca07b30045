"""The rules of building permits as plain SQL for DuckDB, as one would write them by hand: comparisons, CASE, nullable booleans.

SQL's own three-valued logic does what it can; what an open procedure leaves possible is a mask of bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

RULES: Mapping[str, Mapping[str, str]] = {
    "procedure": {
        "listed": "is_listed",
        "temporary": "is_temporary AND floor_area <= 50 AND height <= 400",
        "small": "NOT is_in_flood_zone AND floor_area <= 30 AND height <= 350",
        "tall": "height > 1800 OR storeys > 5",
        "school": "building_use = 'school'",
        "industry": "building_use IN ('workshop', 'warehouse') AND site_zone = 'industrial' AND floor_area <= 2000",
        "house": "building_use = 'dwelling' AND dwellings <= 2 AND applicant_kind = 'owner' AND has_neighbours_consent",
        "shop": "building_use = 'shop' AND site_zone IN ('centre', 'suburb') AND construction_cost < 500000",
        "rest": "NOT (p_listed OR p_temporary OR p_small OR p_tall OR p_school OR p_industry OR p_house OR p_shop)",
    },
    "fee": {
        "free": "is_free",
        "low": "is_notice OR (is_simplified AND construction_cost < 100000)",
        "medium_simplified": "is_simplified AND construction_cost >= 100000",
        "medium_full": "is_full AND construction_cost < 1000000",
        "high": "is_full AND construction_cost >= 1000000",
    },
    "requirements": {
        "site_plan": "has_site_plan",
        "survey": "surveyed_on BETWEEN DATE '2022-06-01' AND DATE '2024-06-01'",
        "setback": "site_zone = 'centre' OR boundary_distance >= 300",
        "timber_distance": "structure_kind <> 'timber' OR boundary_distance >= 500",
        "fire_report": "NOT (is_full OR building_use = 'workshop') OR has_fire_report",
        "structural_report": "NOT (storeys >= 3 OR structure_kind = 'steel') OR has_structural_report",
        "parking": "building_use <> 'dwelling' OR parking_spaces >= dwellings",
        "access": "has_access_road OR site_zone = 'centre'",
        "accessible": "building_use NOT IN ('school', 'shop') OR is_accessible",
        "connections": "list_contains(connections, 'water') AND list_contains(connections, 'electricity')",
        "deposit": "NOT is_full OR deposit_paid * 50 >= construction_cost",
    },
    "tasks": {
        "foundation": "is_simplified_or_full",
        "fire": "building_use IN ('school', 'workshop', 'warehouse') AND floor_area >= 400",
        "heritage": "is_listed",
        "flooding": "is_in_flood_zone AND list_contains(connections, 'sewer')",
        "neighbours": "NOT has_neighbours_consent AND boundary_distance < 300",
        "statics": "storeys >= 4 OR height > 1200",
        "publication": "meets_requirements AND is_full",
    },
}
APPLIES = {
    "setback": "site_zone <> 'centre'",
    "timber_distance": "structure_kind = 'timber'",
    "fire_report": "is_full OR building_use = 'workshop'",
    "structural_report": "storeys >= 3 OR structure_kind = 'steel'",
    "parking": "building_use = 'dwelling'",
    "accessible": "building_use IN ('school', 'shop')",
    "deposit": "is_full",
}
"""When those criteria apply that do not always: of requirements that are met, the others are no reasons."""
PREFIXES = {"procedure": "p", "fee": "f", "requirements": "r", "tasks": "t"}
OUTPUTS = {
    "procedure": {
        "listed": "full", "temporary": "none_needed", "small": "none_needed", "tall": "full", "school": "full",
        "industry": "notice", "house": "simplified", "shop": "simplified", "rest": "full",
    },
    "fee": {"free": "free", "low": "low", "medium_simplified": "medium", "medium_full": "medium", "high": "high"},
}  # fmt: skip
VALUES = {"procedure": ("none_needed", "notice", "simplified", "full"), "fee": ("free", "low", "medium", "high")}
FACTS_OF_PROCEDURE = (
    "is_listed", "is_temporary", "floor_area", "height", "is_in_flood_zone", "storeys", "building_use", "site_zone",
    "dwellings", "applicant_kind", "has_neighbours_consent", "construction_cost",
)  # fmt: skip
FACTS_OF_REQUIREMENTS = (
    *FACTS_OF_PROCEDURE, "has_site_plan", "surveyed_on", "boundary_distance", "structure_kind", "has_fire_report",
    "has_structural_report", "parking_spaces", "has_access_road", "is_accessible", "connections", "deposit_paid",
)  # fmt: skip
FACTS = {
    "procedure": FACTS_OF_PROCEDURE,
    "fee": FACTS_OF_PROCEDURE,
    "requirements": FACTS_OF_REQUIREMENTS,
    "tasks": FACTS_OF_REQUIREMENTS,
}


def column(decision: str, rule: str) -> str:
    return f"{PREFIXES[decision]}_{rule}"


def _columns(decision: str, *, but: str = "") -> str:
    return ", ".join(f"{truth} AS {column(decision, rule)}" for rule, truth in RULES[decision].items() if rule != but)


def _procedures() -> str:
    """Return which procedures are possible: those of rows that may hold, up to the first that does."""
    parts, before = [], list[str]()
    rows = list(OUTPUTS["procedure"].items())
    for name, bit in ((name, 1 << place) for place, name in enumerate(VALUES["procedure"])):
        reached = []
        for place, (row, output) in enumerate(rows):
            before = [f"{column('procedure', earlier)} IS NOT TRUE" for earlier, _ in rows[:place]]
            if output == name:
                reached.append(f"({' AND '.join([*before, column('procedure', row) + ' IS NOT FALSE'])})")
        parts.append(f"CASE WHEN {' OR '.join(reached)} THEN {bit} ELSE 0 END")
    return f"({' + '.join(parts)})::UTINYINT"


def _may_be(bits: int) -> str:
    return f"CASE WHEN procedures & {bits} = 0 THEN FALSE WHEN procedures & {15 - bits} = 0 THEN TRUE END"


def _fees() -> str:
    """Return which fees are possible: those of the rows that hold, else of those that may."""
    rows = [(column("fee", row), output) for row, output in OUTPUTS["fee"].items()]
    held = " OR ".join(row for row, _ in rows)
    parts = {}
    for test in ("IS TRUE", "IS NOT FALSE"):
        found = {name: " OR ".join(f"{row} {test}" for row, output in rows if output == name) for name in VALUES["fee"]}
        bits = (f"CASE WHEN {found[name]} THEN {1 << place} ELSE 0 END" for place, name in enumerate(VALUES["fee"]))
        parts[test] = " + ".join(bits)
    return f"(CASE WHEN {held} THEN {parts['IS TRUE']} ELSE {parts['IS NOT FALSE']} END)::UTINYINT"


def tables() -> str:
    """Return the staged tables: every rule, what is possible, and the facts."""
    required = " AND ".join(column("requirements", rule) for rule in RULES["requirements"])
    return f"""WITH a AS (SELECT *, {_columns("procedure", but="rest")} FROM applications),
b AS (SELECT *, {RULES["procedure"]["rest"]} AS p_rest FROM a),
c AS (SELECT *, {_procedures()} AS procedures FROM b),
d AS (SELECT *, {_may_be(1)} AS is_free, {_may_be(2)} AS is_notice, {_may_be(4)} AS is_simplified, {_may_be(8)} AS is_full,
  {_may_be(12)} AS is_simplified_or_full FROM c),
e AS (SELECT *, {_columns("fee")}, {_columns("requirements")} FROM d),
f AS (SELECT *, {_fees()} AS fees, {required} AS meets_requirements FROM e),
g AS (SELECT *, {_columns("tasks")} FROM f)"""  # noqa: S608 - constants of this file


def _value(mask: str, names: Sequence[str]) -> str:
    cases = " ".join(f"WHEN {1 << place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE {mask} {cases} END"


def _mask(decision: str, test: str) -> str:
    width = "UTINYINT" if len(RULES[decision]) <= 8 else "USMALLINT"
    parts = (
        f"CASE WHEN {column(decision, rule)} {test} THEN {1 << place} ELSE 0 END"
        for place, rule in enumerate(RULES[decision])
    )
    return f"({' + '.join(parts)})::{width}"


def every_rule() -> str:
    """Return the query for every rule as a nullable boolean, and what each decision may answer."""
    columns = [f'{column(name, rule)} AS "{name}/{rule}"' for name, rules in RULES.items() for rule in rules]
    chosen = ", ".join([
        f"{_value('procedures', VALUES['procedure'])} AS procedure", "procedures", f"{_value('fees', VALUES['fee'])} AS fee",
        "fees", "meets_requirements AS requirements", f"{_mask('tasks', 'IS TRUE')} AS tasks",
        f"{_mask('tasks', 'IS NOT FALSE')} AS tasks_possible",
        *columns,
    ])  # fmt: skip
    return f"{tables()} SELECT {chosen} FROM g"  # noqa: S608 - constants of this file


def answers(*, reasons: bool) -> str:
    """Return the query for the columns that the library writes about every decision, masks or masks and lists."""
    columns: list[str] = []
    for name, parts in _answer_columns().items():
        columns += [f'{parts[0]} AS "{name}"', f'{parts[1]} AS "{name}.possible"']
        columns += [f"CASE WHEN {parts[2]} THEN 'determined' ELSE 'undetermined' END AS \"{name}.status\""]
        columns += [f'{_mask(name, "IS TRUE")} AS "{name}.true"', f'{_mask(name, "IS NULL")} AS "{name}.unknown"']
        columns += [_reasons(name), _missing(name, parts[2])] if reasons else []
    return f'{tables()} SELECT row_number() OVER () AS "row", {", ".join(columns)} FROM g'  # noqa: S608 - constants of this file


def _answer_columns() -> dict[str, tuple[str, str, str]]:
    """Return of each decision its answer, what is possible, and whether it is settled."""
    known = " AND ".join(f"{column('tasks', rule)} IS NOT NULL" for rule in RULES["tasks"])
    may_be_met = "CASE WHEN meets_requirements IS NOT FALSE THEN 1 ELSE 0 END"
    may_be_unmet = "CASE WHEN meets_requirements IS NOT TRUE THEN 2 ELSE 0 END"
    return {
        "procedure": (_value("procedures", VALUES["procedure"]), "procedures", "bit_count(procedures) = 1"),
        "fee": (_value("fees", VALUES["fee"]), "fees", "bit_count(fees) = 1"),
        "requirements": (
            "meets_requirements", f"({may_be_met} + {may_be_unmet})::UTINYINT", "meets_requirements IS NOT NULL",
        ),
        "tasks": (_mask("tasks", "IS TRUE"), _mask("tasks", "IS NOT FALSE"), known),
    }  # fmt: skip


def _list_of(cases: Sequence[str]) -> str:
    return f"list_filter([{', '.join(cases)}], lambda x: x IS NOT NULL)"


def _reasons(name: str) -> str:
    rules = list(RULES[name])
    if name == "procedure":
        hits = [
            f"CASE WHEN {' AND '.join([*(f'{column(name, early)} IS NOT TRUE' for early in rules[:place]), ''])}"
            f"{column(name, rule)} IS NOT FALSE THEN '{rule}' END"
            for place, rule in enumerate(rules)
        ]
        return f'{_list_of(hits)} AS "{name}.reasons"'
    if name == "requirements":
        return f'{_failing(rules)} AS "{name}.reasons"'
    held = " OR ".join(column(name, rule) for rule in rules)
    possible = _list_of([f"CASE WHEN {column(name, rule)} IS NOT FALSE THEN '{rule}' END" for rule in rules])
    if name == "tasks":
        return f'{possible} AS "{name}.reasons"'
    sure = _list_of([f"CASE WHEN {column(name, rule)} THEN '{rule}' END" for rule in rules])
    return f'CASE WHEN {held} THEN {sure} ELSE {possible} END AS "{name}.reasons"'


def _failing(rules: Sequence[str]) -> str:
    """Return the criteria that fail; all that apply when they are met, the open ones while it is open."""
    failing = _list_of([f"CASE WHEN NOT {column('requirements', rule)} THEN '{rule}' END" for rule in rules])
    open_ = _list_of([f"CASE WHEN {column('requirements', rule)} IS NULL THEN '{rule}' END" for rule in rules])
    met = _list_of([f"CASE WHEN ({APPLIES.get(rule, 'TRUE')}) IS NOT FALSE THEN '{rule}' END" for rule in rules])
    return f"CASE WHEN meets_requirements THEN {met} WHEN meets_requirements IS NULL THEN {open_} ELSE {failing} END"


def _missing(name: str, settled: str) -> str:
    """The unknown facts of an open decision; which of them matter is left out, unlike in the library."""
    listed = _list_of([f"CASE WHEN {fact} IS NULL THEN '{fact}' END" for fact in FACTS[name]])
    return f'CASE WHEN {settled} THEN [] ELSE {listed} END AS "{name}.missing"'
