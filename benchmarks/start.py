"""Time of a fresh process: imports, and the first determination from a warm cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import partial

import page

REPETITIONS, IMPORT_TARGET, FIRST_TARGET, PLAN_TARGET = 21, 2.2, 2.0, 100
OPTIONAL = (
    "yaml", "z3", "durable", "durable_rules_engine", "python_calamine", "xlsxwriter", "duckdb", "openpyxl", "pandas",
    "numpy", "lxml", "click", "jsonschema", "hypothesis",
)  # fmt: skip
TIMER = "import time; start = time.perf_counter()\n"
PRINT = "\nprint(time.perf_counter() - start)"
FACTS = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False, "special_body_kind": "none",
    "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"], "registration_status": "registered",
    "organizational_form": "social_group", "individual_members": 60, "institutional_members": 0, "activity_funds": 50000,
    "is_active_mainly_in_one_community": True, "is_small_scale": False, "is_temporary": False,
    "is_loosely_organized": False, "original_fund": 8000000,
}  # fmt: skip
NAMES = "import cso_rules; cso_rules.classify, cso_rules.determine, cso_rules.load_policy"
COMPLETE = """
import datetime
policy = cso_rules.load_policy('cn', as_of=datetime.date(2018, 6, 1))
found = cso_rules.determine(policy, FACTS)
assert found['tier'].value == 'registered', found['tier']
"""
WITH_HOLES = """
policy = cso_rules.load_policy('cn', as_of='2018-06-01')
found = cso_rules.determine(policy, {name: value for place, (name, value) in enumerate(FACTS.items()) if place % 4})
assert found.missing_facts
"""
PLAN = f"""{NAMES}
import time
from cso_rules.plan.building import plan_of
policy = cso_rules.load_policy('cn', as_of='2018-06-01')
start = time.perf_counter()
plan_of(policy)
print(time.perf_counter() - start)
"""
SCRIPTS = {
    "nothing": "",
    "attrs": "import attrs",
    "bare": "import cso_rules",
    "names": NAMES,
    "first": f"{NAMES}\nFACTS = {{FACTS}}{COMPLETE}",
    "holes": f"{NAMES}\nFACTS = {{FACTS}}{WITH_HOLES}",
}


def complete_facts() -> dict[str, object]:
    """Give every fact a value: those above, and for the rest the first or least possible one."""
    import datetime

    import cso_rules
    from cso_rules.determination import plain

    policy = cso_rules.load_policy("cn", as_of=datetime.date(2018, 6, 1))
    given: dict[str, object] = dict(FACTS)
    for name, fact in policy.facts.items():
        kind = fact.type
        if name in given or kind.kind == "text":
            continue
        if kind.kind == "boolean":
            value: object = True
        elif kind.kind == "set":
            value = [kind.values[0]]
        elif kind.kind == "enumeration":
            value = kind.values[0]
        else:
            value = plain(kind.decode_number(max(kind.minimum, 0 if kind.kind != "date" else 736000)))
        given[name] = value
    return given


def run(script: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def timed(script: str, environment: dict[str, str]) -> float:
    return float(run(TIMER + script + PRINT, environment).splitlines()[-1])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Where modules may not be kept compiled, each start would compile this library and none of the others.
        compiled = {"PYTHONPYCACHEPREFIX": f"{folder}/modules", "PYTHONDONTWRITEBYTECODE": ""}
        environment = {**os.environ, "CSO_RULES_CACHE": f"{folder}/rules", **compiled}
        facts = complete_facts()
        scripts = {name: script.replace("{FACTS}", repr(facts)) for name, script in SCRIPTS.items()}
        for script in scripts.values():
            timed(script, environment)
        tasks = [(name, partial(timed, script, environment)) for name, script in scripts.items() if script]
        times = page.alternate(tasks, REPETITIONS)
        times["plan"] = [float(run(PLAN, environment)) for _ in range(REPETITIONS)]
        loaded = {
            name: json.loads(
                run(f"{scripts[name]}\nimport sys, json; print(json.dumps(list(sys.modules)))", environment)
            )
            for name in ("bare", "names", "first", "holes")
        }
    each = {name: page.middle(found) * 1000 for name, found in times.items()}
    present = {name: [wanted for wanted in OPTIONAL if wanted in modules] for name, modules in loaded.items()}
    found_any = "; ".join(f"{name}: {', '.join(names)}" for name, names in present.items() if names)
    page.write(
        "start",
        "Start of a fresh process",
        [
            "| In a fresh process, after Python itself has started | ms | ratio |",
            "|---|---:|---|",
            f"| `import attrs` | {each['attrs']:.1f} | 1 |",
            f"| `import cso_rules` (names not yet resolved) | {each['bare']:.1f} | {each['bare'] / each['attrs']:.2f} of attrs |",
            f"| `import cso_rules`, and `classify`, `determine`, `load_policy` resolved | {each['names']:.1f} | of attrs: "
            f"{page.verdict(each['names'] / each['attrs'], IMPORT_TARGET)} |",
            f"| the same, then `load_policy` from a warm cache and `determine` of one organization | {each['first']:.1f} | of "
            f"the line above: {page.verdict(each['first'] / each['names'], FIRST_TARGET)} |",
            f"| the same with every fourth fact missing, and the missing facts read | {each['holes']:.1f} | of the line with "
            f"the names: {each['holes'] / each['names']:.2f} |",
            "",
            f"{REPETITIONS} processes for each line. The denominator of the last line is the import with the public names "
            f"resolved, not the bare import, which loads almost nothing; of `import attrs` the last line is "
            f"{each['first'] / each['attrs']:.2f}. The organization has all {len(facts)} facts of the national package that "
            "rules read; every decision is answered. With facts missing the plan of the rules is read back from the cache.",
            "",
            f"The plan of all decisions of the national package, the first that a process builds from its rules, takes "
            f"{each['plan']:.0f} ms (target {PLAN_TARGET}: {'met' if each['plan'] < PLAN_TARGET else '**missed**'}).",
            "",
            f"Optional and slow packages looked for in `sys.modules` after each of the last four lines: {', '.join(OPTIONAL)}. "
            + (f"Found: {found_any}." if found_any else "None was loaded."),
        ],
    )


if __name__ == "__main__":
    main()
