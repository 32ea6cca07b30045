"""The cache of policies on disk: faithful, and believed only where nobody else could have written."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules.engine import cache
from cso_rules.loader import load, storage
from cso_rules.model.decisions import rules_of
from cso_rules.model.plain import plain, rebuilt
from cso_rules.model.policy import Policy
from cso_rules.plan.building import plan_for
from cso_rules.plan.kept.written import to_json
from tests.generated_organizations import Generator

DAY = datetime.date(2018, 6, 1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the cache a folder of its own and forget what is in memory."""
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    cache._cached.cache_clear()
    return tmp_path / "cache"


def entries(folder: Path) -> list[Path]:
    """Return the policies that are kept; beside them stands what the heads of packages say."""
    return [file for file in folder.iterdir() if file.name != storage.HEADERS]


def fail_to_load(*_: object, **__: object) -> None:
    """Stand in for the loader where it must not be asked."""
    message = "the rule files were read"
    raise AssertionError(message)


def test_a_cached_policy_equals_the_loaded_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = cache.load_policy("cn", as_of=DAY)
    cache._cached.cache_clear()
    monkeypatch.setattr(load, "load_policy", fail_to_load)
    actual = cache.load_policy("cn", as_of=DAY)
    assert expected == actual
    assert len(entries(folder)) == 1


def test_another_date_is_another_entry(folder: Path) -> None:
    cache.load_policy("cn", as_of=DAY)
    cache.load_policy("cn", as_of=datetime.date(2005, 1, 1))
    assert len(entries(folder)) == 2


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_folder_that_others_may_write_is_not_believed(folder: Path, mode: int) -> None:
    cache.load_policy("cn", as_of=DAY)
    name = entries(folder)[0].name
    folder.chmod(mode)
    assert cache._read(name) is None


def test_a_file_that_others_may_write_is_not_believed(folder: Path) -> None:
    cache.load_policy("cn", as_of=DAY)
    entry = entries(folder)[0]
    assert cache._read(entry.name) is not None
    entry.chmod(0o666)
    assert cache._read(entry.name) is None


def test_a_link_is_not_followed(folder: Path) -> None:
    cache.load_policy("cn", as_of=DAY)
    entry = entries(folder)[0]
    entry.rename(folder.parent / "elsewhere")
    entry.symlink_to(folder.parent / "elsewhere")
    assert cache._read(entry.name) is None


def test_a_damaged_entry_is_read_anew(folder: Path) -> None:
    expected = cache.load_policy("cn", as_of=DAY)
    entry = entries(folder)[0]
    entry.write_bytes(entry.read_bytes()[:-1])
    cache._cached.cache_clear()
    assert expected == cache.load_policy("cn", as_of=DAY)


def test_an_edited_rule_file_is_never_answered_from_the_cache(folder: Path, tmp_path: Path) -> None:
    package = copy_of_cn(tmp_path)
    before = cache.load_policy(package, as_of=DAY)
    file = package / "parameters" / "registration.yaml"
    file.write_text(file.read_text("utf-8").replace("value: 50", "value: 40"), "utf-8")
    after = cache.load_policy(package, as_of=DAY)
    assert before.digest != after.digest
    assert dict(after.parameters["minimum_individual_members"].values) == {"": 40}
    assert attrs.asdict(before.title) == attrs.asdict(after.title)
    assert folder.is_dir()


@pytest.mark.parametrize(("limit", "value"), [("MOST_ENTRIES", 3), ("MOST_BYTES", 600_000)])
def test_the_oldest_entries_are_let_go(
    folder: Path, limit: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, limit, value)
    foreign = tmp_path / "cache" / "notes.txt"
    names = []
    for year in range(2010, 2018):
        cache.load_policy("cn", as_of=datetime.date(year, 1, 1))
        foreign.write_text("kept", encoding="utf-8")
        names += [file.name for file in entries(folder) if file.name not in names and file != foreign]
    kept = {file.name for file in entries(folder)} - {foreign.name}
    assert 0 < len(kept) <= 5
    assert names[-1] in kept
    assert names[0] not in kept
    assert foreign.exists()


def test_a_file_that_changes_while_it_is_read_is_no_trap(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = copy_of_cn(tmp_path)
    file = package / "parameters" / "registration.yaml"
    old, new = file.read_text("utf-8"), file.read_text("utf-8").replace("value: 50", "value: 40")
    monkeypatch.setattr(load, "load_rules", _editing_before(load.load_rules, file, new))
    assert dict(cache.load_policy(package, as_of=DAY).parameters["minimum_individual_members"].values) == {"": 40}
    monkeypatch.undo()
    monkeypatch.setenv("CSO_RULES_CACHE", str(folder))
    file.write_text(old, "utf-8")
    assert dict(cache.load_policy(package, as_of=DAY).parameters["minimum_individual_members"].values) == {"": 50}


def test_another_module_of_the_library_is_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "library" / "room" / "inner" / "module.py"
    module.parent.mkdir(parents=True)
    monkeypatch.setattr(storage, "__file__", str(tmp_path / "library" / "loader" / "storage.py"))
    stamps = []
    for text in ("", "x = 1\n", "x = 1  # changed\n"):
        module.write_text(text, encoding="utf-8")
        storage.code_stamp.cache_clear()
        stamps += [storage.code_stamp(), storage.code_stamp()]
    monkeypatch.undo()
    storage.code_stamp.cache_clear()
    assert len(set(stamps)) == 3


@pytest.mark.usefixtures("folder")
def test_equal_parts_are_kept_once_and_rebuilt_as_one() -> None:
    loaded = cache.load_policy("cn", as_of=DAY)
    policy = attrs.evolve(loaded, listed=loaded.changes)
    parts = plain(policy)
    again = rebuilt(parts)
    assert again == policy
    assert list(again.decisions) == list(policy.decisions)
    assert plain(again) == parts
    citations = [rule.citations for decision in again.decisions.values() for rule in rules_of(decision)]
    assert len({id(found) for found in citations}) == len(set(citations))


@pytest.mark.usefixtures("folder")
def test_the_plan_is_read_back_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = to_json(plan_for(cache.load_policy("cn", as_of=DAY)))
    cache._cached.cache_clear()
    monkeypatch.setattr(plan_for, "_build", fail_to_load)
    again = cache.load_policy("cn", as_of=DAY)
    assert to_json(plan_for(again)) == text
    assert plan_for(again) is plan_for(again)


def test_a_plan_that_cannot_be_read_is_made_anew(folder: Path) -> None:
    expected = to_json(plan_for(cache.load_policy("cn", as_of=DAY)))
    name = entries(folder)[0].name
    for text in (b"{", b"\xff", expected.replace('"digest":"', '"digest":"0').encode()):
        parts, program, _ = storage.read(name) or (None, None, None)
        storage.write(name, (parts, program, text))
        cache._cached.cache_clear()
        assert to_json(plan_for(cache.load_policy("cn", as_of=DAY))) == expected


IN_A_FRESH_PROCESS = """
import datetime, decimal, sys, cso_rules
policy = cso_rules.load_policy("cn", as_of="2018-06-01")
found = cso_rules.determine(policy, {facts}, readings={readings})
assert all(outcome.status.value != "undetermined" for outcome in found.outcomes.values())
print(*(name for name in sys.modules if name.startswith("cso_rules.plan") or name in ("yaml", "json", "tomllib")))
"""


def test_a_fresh_process_that_knows_everything_reads_no_plan_and_no_rule_file(folder: Path) -> None:
    policy = cache.load_policy("cn", as_of=DAY)
    known = next(found for found in Generator.of(policy).organizations(20171227) if found.is_complete)
    readings = {name: reading.type.values[0] for name, reading in policy.readings.items()}
    facts = repr(dict(known.facts)).replace("Decimal", "decimal.Decimal")
    script = IN_A_FRESH_PROCESS.replace("{facts}", facts).replace("{readings}", repr(readings))
    environment = {**os.environ, "CSO_RULES_CACHE": str(folder)}
    command = [sys.executable, "-c", script]
    runs = [subprocess.run(command, env=environment, check=True, capture_output=True, text=True) for _ in range(2)]
    found = runs[1].stdout.split()  # the first keeps what the heads of packages say
    assert set(found) == {"cso_rules.plan", "cso_rules.plan.prepared"}


def _editing_before(load_rules: Callable[..., Policy], file: Path, text: str) -> Callable[..., Policy]:
    def edited(*arguments: Any, **options: Any) -> Policy:
        file.write_text(text, "utf-8")
        return load_rules(*arguments, **options)

    return edited


def copy_of_cn(target: Path) -> Path:
    """Copy the national package, so that a test may edit it."""
    source, copy = Path("policies/cn"), target / "cn"
    for file in source.rglob("*.yaml"):
        place = copy / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    return copy
