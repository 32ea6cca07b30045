"""Tables of 25 and of 2,500 rows: time of one evaluation, and of first use."""

from __future__ import annotations

import datetime
import gc
import random
import tempfile
from functools import partial
from pathlib import Path

import page

from cso_rules.engine.facts import domains
from cso_rules.executors.single import compiled, reference
from cso_rules.loader.load import load_policy
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain

SIZES, RECORDS, CHECKED, SEED, REPETITIONS, TARGET = (25, 2500), 500, 25, 7, 31, 5.0
MOST = 1_000_000
CODES = 25
INSTRUMENTS = """format: 1
instruments:
  - id: law
    title: {zh: 法, en: law}
    kind: opinions
    confidence: S
    provisions:
      - {id: s1, article: {zh: 一, en: one}, summary: {zh: 表, en: table}, confidence: S}
"""
PACKAGE = """format: 1
id: large
title: {zh: 大表, en: large table}
jurisdiction: cn
status: in_force
in_force: {from: 2017-12-27}
"""


def enumeration(name: str, values: list[str]) -> str:
    lines = [f"  - id: {name}", f"    label: {{zh: {name}, en: {name}}}", "    values:"]
    lines += [f"      - {{id: {value}, label: {{zh: {value}, en: {value}}}}}" for value in values]
    return "\n".join(lines) + "\n"


def fact(name: str, kind: str) -> str:
    texts = f"label: {{zh: {name}, en: {name}}}, question: {{zh: {name}, en: {name}}}, definition: {{zh: {name}, en: {name}}}"
    return f"  - {{id: {name}, {kind}, {texts}}}\n"


def write_package(folder: Path, size: int) -> Path:
    """Write a table whose rows are keyed by a code and a range of members."""
    (folder / "decisions").mkdir(parents=True)
    (folder / "package.yaml").write_text(PACKAGE, encoding="utf-8")
    (folder / "instruments.yaml").write_text(INSTRUMENTS, encoding="utf-8")
    codes = [f"c{index}" for index in range(CODES)]
    (folder / "vocabulary.yaml").write_text(
        "format: 1\nenumerations:\n" + enumeration("code", codes) + enumeration("class", ["low", "middle", "high"])
        + "facts:\n" + fact("code", "type: enumeration, enumeration: code")
        + fact("members", f"type: integer, maximum: {MOST}"), encoding="utf-8")  # fmt: skip
    rows = [
        f"  - {{id: r{index}, label: {{zh: r{index}, en: r{index}}}, then: {('low', 'middle', 'high')[index % 3]}, cite: law s1, "
        f'cells: {{code: {codes[index % CODES]}, members: "[{index // CODES * 100}..{index // CODES * 100 + 99}]"}}}}\n'
        for index in range(size)
    ]
    (folder / "decisions" / "rating.yaml").write_text(
        "format: 1\ndecision: rating\nlabel: {zh: 等级, en: rating}\noutput: class\nhit_policy: first\nrules:\n"
        + "".join(rows) + "otherwise: {id: rest, label: {zh: 其余, en: the rest}, then: low, cite: law s1}\n",
        encoding="utf-8")  # fmt: skip
    return folder


def records(policy: Policy, size: int) -> list[dict[str, Domain]]:
    """Draw records that rows answer, some that none answers."""
    chance, most = random.Random(SEED), size // CODES * 100
    return [
        domains(policy, {"code": f"c{chance.randrange(CODES)}", "members": chance.randrange(most + most // 10)})[1]
        for _ in range(RECORDS)
    ]


def evaluate(policy: Policy, cases: list[dict[str, Domain]]) -> None:
    for known in cases:
        compiled.evaluate(policy, known)


def main() -> None:
    tasks, policies, cases, lines, spread = [], {}, {}, [], 0
    as_of = datetime.date(2018, 6, 1)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = write_package(Path(folder) / "large", size)
            load = page.seconds(lambda path=path, size=size: policies.update({size: load_policy(path, as_of=as_of)}))
        policy = policies[size]
        cases[size] = records(policy, size)
        first = page.seconds(lambda policy=policy, size=size: compiled.evaluate(policy, cases[size][0]))
        holes = [{**known, name: policy.facts[name].type.everything} for known in cases[size][:3] for name in known]
        for known in [*cases[size][:CHECKED], *holes]:
            assert compiled.evaluate(policy, known) == reference.evaluate(policy, known)
            spread += 1
        evaluate(policy, cases[size])
        tasks.append((str(size), partial(page.seconds, partial(evaluate, policy, cases[size]))))
        lines.append((size, load, first))
    gc.disable()
    times = page.alternate(tasks, REPETITIONS)
    each = {name: page.middle(found) / RECORDS * 1e6 for name, found in times.items()}
    ratio = each[str(SIZES[1])] / each[str(SIZES[0])]
    page.write(
        "large-table",
        "A large table",
        [
            f"| Rows | µs for one evaluation ({RECORDS} records, all known) | first use: writing, checking and compiling, ms | loading the YAML files, ms |",
            "|---:|---:|---:|---:|",
            *(
                f"| {size} | {each[str(size)]:.2f} | {first * 1000:.0f} | {load * 1000:.0f} |"
                for size, load, first in lines
            ),
            "",
            f"Ratio for one evaluation, {SIZES[1]} rows to {SIZES[0]}: {page.verdict(ratio, TARGET)}. "
            f"{REPETITIONS} repetitions after one warm-up, so results of records seen before are remembered; first use and loading were measured once. The tables "
            f"are loaded from files by the real loader, each row with `cells` for a code ({CODES} values) and a range of "
            f"members, hit policy `first`. {spread} evaluations, some with an unknown fact, were equal to the reference "
            "executor before anything was timed.",
        ],
    )


if __name__ == "__main__":
    main()
