"""Try what was built as a stranger would: a new environment, a folder of one's own, no checkout, every Python here.

    python release/try_out.py dist
    python release/try_out.py dist --python /usr/bin/python3.12

Each interface is used once and timed. Packages come from the index that pip uses.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
LIST = """序号,组织名称,发起人情况,是否非营利,是否向成员分配利润,特殊主体类别,是否在社区开展活动,活动类别,组织形式,登记状态,个人会员数,单位会员数,活动资金(元)
1,晨光舞蹈队,本地居民,是,否,不属于,是,文体活动,社会团体,未登记,18,0,
2,邻里互助会,本地居民,是,否,不属于,是,邻里互助,社会团体,未登记,62,0,3.5万
"""
CODE = """
import datetime, json
from cso_rules import classify, determine, explain, load_bundle, load_policy, to_json, watch
day = datetime.date(2018, 6, 1)
assert classify({"individual_members": 18}, as_of=day).tier is None
policy = load_policy("cn", as_of=day)
found = determine(policy, {"individual_members": 18})
assert json.dumps(to_json(found)) and explain(found, "en")
bundle = load_bundle()
assert to_json(bundle.determine({"individual_members": 18}, as_of=day)) == to_json(found)
watcher = watch(policy, decisions=["tier"])
watcher.add("a", {})
assert watcher.change("a", {"founder_residence": "not_residents"})
"""
MANY = """
import pyarrow
from cso_rules import determine_many
answers = determine_many(pyarrow.table({"individual_members": [18, 60]}), as_of="2018-06-01", decisions=["tier"])
assert sum(batch.num_rows for batch in answers) == 2
"""
DAY = ("--as-of", "2018-06-01")
RECORDED = ("--record", "own.db", "--asked-by", "a desk", "--reason", "a trial")
PLAIN = {
    "version": ("--version",),
    "doctor": ("doctor",),
    "classify": ("classify", "list.csv", *DAY, "--jurisdiction", "cn", "-o", "answers.csv"),
    "explain": ("explain", "list.csv", "--id", "晨光舞蹈队", *DAY),
    "notice": ("notice", "list.csv", "--id", "晨光舞蹈队", *DAY, "-o", "notice.html"),
    "places": ("places",),
    "show": ("show", "minimum_individual_members", "--jurisdiction", "3210", "--as-of", "2019-01-10"),
    "impact": ("impact", "list.csv", "--set", "minimum_individual_members=20", *DAY),
    "sql": ("sql", "--dialect", "postgresql", *DAY, "--decision", "tier"),
    "page": ("page", "cn", *DAY, "-o", "page.html"),
    "build": ("build", "cn", "--places", "3210", "--from", "2026-01-01", "-o", "own.bundle"),
    "check": ("check", "cn-3210"),
    "classify, bundle": ("classify", "list.csv", "--bundle", "own.bundle", "--as-of", "2026-02-01", "-o", "later.csv"),
    "classify, recorded": ("classify", "list.csv", *DAY, *RECORDED),
    "records": ("records", "verify", "--store", "own.db"),
}
"""What needs nothing but the wheel."""
WITH_EXTRAS = {
    "doctor, extras": ("doctor",),
    "template": ("template", "-o", "own.xlsx", *DAY),
    "classify, workbook": ("classify", "own.xlsx", *DAY, "-o", "answers.xlsx"),
    "notice, docx": ("notice", "list.csv", "--id", "晨光舞蹈队", *DAY, "-o", "notice.docx"),
    "serve, check": ("serve", "--bundle", "own.bundle", "--check"),
    "bulk": ("bulk", "list.csv", *DAY, "-o", "answers.parquet"),
}
"""What the extras bring; the list of a template is empty."""


def main() -> None:
    """Try every Python, and print a table of times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", action="append", default=[], help="of every version that is found, when left out")
    parser.add_argument("--archive", choices=["wheel", "sdist"], default="wheel")
    chosen = parser.parse_args()
    (archive,) = chosen.folder.resolve().glob("*.whl" if chosen.archive == "wheel" else "*.tar.gz")
    pythons = chosen.python or list(found_pythons())
    times: dict[str, dict[str, float]] = {}
    for python in pythons:
        own = times.setdefault(version_of(python), {})
        for step, seconds in tried(python, archive):
            own[step] = seconds
            print(f"{version_of(python)}  {step}", flush=True)
    print(f"seconds{'':18}" + "".join(f"{name:>10}" for name in times))
    for step in next(iter(times.values())):
        print(f"{step:25}" + "".join(f"{own[step]:10.2f}" for own in times.values()))


def found_pythons() -> Iterator[str]:
    """Yield a Python of each version that is on the path, or kept by pyenv, and works."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        named = [shutil.which(f"python{version}"), *map(str, sorted(kept.glob(f"{version}.*/bin/python")))]
        working = (path for path in named if path and version_of(path).startswith(version))
        if (path := next(working, None)) is not None:
            yield path


def version_of(python: str) -> str:
    """Return the version of a Python; nothing where it does not start."""
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def tried(python: str, archive: Path) -> Iterator[tuple[str, float]]:
    """Yield each step with the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "list.csv").write_text(LIST, encoding="utf-8")
        yield "environment", timed(here, [python, "-m", "venv", "own"])
        own = here / "own" / "bin"
        pip = [str(own / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        yield "install", timed(here, [*pip, str(archive)])
        yield from commands(here, own, PLAIN)
        yield "Python", timed(here, [str(own / "python"), "-c", CODE])
        yield "install, extras", timed(here, [*pip, f"{archive}[tables,bulk,notices,service]"])
        yield from commands(here, own, WITH_EXTRAS)
        yield "Python, many rows", timed(here, [str(own / "python"), "-c", MANY])


def commands(here: Path, own: Path, asked: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, float]]:
    """Yield commands with the seconds that each took."""
    for name, arguments in asked.items():
        yield name, timed(here, [str(own / "cso-rules"), *arguments])


def timed(here: Path, command: Iterable[str]) -> float:
    """Run a command in a folder where nothing of a checkout is seen, and return the seconds; end where it fails."""
    hidden = ("PYTHON", "CSO_RULES", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    kept |= {"CSO_RULES_CACHE": str(here / "cache"), "LC_ALL": "C.UTF-8"}
    begun = time.perf_counter()
    done = subprocess.run(list(command), cwd=here, env=kept, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\nended with {done.returncode}")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
