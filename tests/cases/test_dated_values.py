"""What follows one another in time leaves no hole that nobody meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from cso_rules.diagnostics import render_all
from cso_rules.loader.load import check
from tests.cases.rule_packages import HEAD, NUMBERS, base, edit, local, places

VALUE = "      - {from: 2017-12-27, value: 50, cite: opinions s50}\n"
FIRST = "      - {from: 2017-12-27, until: 2018-12-31, value: 50, cite: opinions s50}\n"
CHARTER = """format: 1
decision: charter
label: {zh: 章程, en: charter}
criteria:
  - {id: one, label: {zh: 一, en: one}, when: 有章程, cite: opinions s49}
  - {id: two, label: {zh: 二, en: b}, when: individual_members >= 3, cite: opinions s49, in_force: {until: 2018-12-31}}
  - {id: three, label: {zh: 三, en: three}, when: individual_members >= 5, cite: opinions s49, in_force: {from: %s}}
"""


def with_values(folder: Path, *lines: str) -> Path:
    package = base(folder)
    edit(package / NUMBERS, VALUE, "".join(lines))
    (package / "decisions" / "tier.yaml").unlink()
    edit(package / "package.yaml", "headline: tier\n", "")
    return package


@pytest.mark.parametrize("start", ["2019-01-01", "2019-06-01"])
def test_a_hole_between_two_values_is_a_fault_at_the_second(start: str, tmp_path: Path) -> None:
    second = f"      - {{from: {start}, value: 60, cite: opinions s50}}\n"
    for folder, lines in ((tmp_path / "a", (FIRST, second)), (tmp_path / "b", (second, FIRST))):
        folder.mkdir()
        faults = check(with_values(folder, *lines))
        assert places(faults) == [f"gap-in-dates base/parameters/numbers.yaml:{8 + lines.index(second)}"]
        text = render_all(faults)
        assert "2018-12-31" in text
        assert start in text
        assert "half-open" in text
        assert "前闭后开" in render_all(faults, "zh")


def test_a_hole_that_is_meant_says_removed(tmp_path: Path) -> None:
    removed = "      - {from: 2018-12-31, until: 2019-01-01, removed: true, cite: opinions s50}\n"
    assert check(with_values(tmp_path, FIRST, removed, VALUE.replace("2017-12-27", "2019-01-01"))) == ()


def test_a_value_that_ends_says_what_follows(tmp_path: Path) -> None:
    faults = check(with_values(tmp_path, FIRST))
    assert places(faults) == ["open-end base/parameters/numbers.yaml:8"]
    edit(tmp_path / "base" / "package.yaml", "from: 2017-12-27", "from: 2017-12-27, until: 2018-12-31")
    assert check(tmp_path / "base") == ()


@pytest.mark.parametrize(
    ("start", "expected"), [("2018-12-31", []), ("2019-01-01", ["gap-in-dates"]), ("2019-01-02", [])]
)
def test_a_rule_that_begins_a_day_late_is_a_fault(start: str, expected: list[str], tmp_path: Path) -> None:
    package = base(tmp_path)
    (package / "decisions" / "charter.yaml").write_text(CHARTER % start, encoding="utf-8")
    assert [fault.code for fault in check(package)] == expected


def test_changes_of_one_path_do_not_miss_one_another_by_a_day(tmp_path: Path) -> None:
    base(tmp_path)
    package = local(tmp_path)
    lines = [
        "  - {sets: minimum_members, value: 20, in_force: {until: 2021-12-31}, cite: base-44 members}\n",
        "  - {sets: minimum_members, value: 25, in_force: {from: 2022-01-01}, cite: base-44 members}\n",
    ]
    (package / "changes.yaml").write_text("format: 1\nchanges:\n" + "".join(lines), encoding="utf-8")
    assert places(check(package)) == ["gap-in-dates base-44/changes.yaml:4"]


@pytest.mark.parametrize("first", ["base-44", "base-44-b"])
def test_two_packages_that_change_one_path_are_found_by_the_check_of_either(first: str, tmp_path: Path) -> None:
    base(tmp_path)
    for name in ("base-44", "base-44-b"):
        local(tmp_path, name)
    (fault,) = check(tmp_path / first)
    assert fault.code == "overlapping-dates"
    text = render_all([fault])
    assert "base-44/changes.yaml:3" in text
    assert "base-44-b/changes.yaml:3" in text


@pytest.mark.parametrize("replaces", ["", "replaces: true\n"])
def test_two_packages_that_write_one_decision_are_found_by_the_check_of_either(replaces: str, tmp_path: Path) -> None:
    national = base(tmp_path)
    none = "format: 1\ndecision: charter\nlabel: {zh: 章程, en: charter}\nno_rule: true\n"
    (national / "decisions" / "charter.yaml").write_text(none, encoding="utf-8")
    for name in ("base-44", "base-44-b"):
        package = local(tmp_path, name)
        (package / "changes.yaml").unlink()
        (package / "decisions").mkdir()
        criterion = f"  - {{id: one, label: {{zh: 一, en: one}}, when: 有章程, cite: {name} members}}\n"
        text = none.replace("no_rule: true\n", f"{replaces}criteria:\n{criterion}")
        (package / "decisions" / "charter.yaml").write_text(text, encoding="utf-8")
    for name in ("base-44", "base-44-b"):
        (fault,) = check(tmp_path / name)
        assert fault.code == "overlapping-dates"
        assert fault.related


def test_packages_that_follow_one_another_or_supersede_are_sound(tmp_path: Path) -> None:
    base(tmp_path)
    head = HEAD.format(id="base-44", code="44").replace("from: 2020-01-01", "from: 2020-01-01, until: 2021-01-01")
    local(tmp_path, head=head)
    later = local(tmp_path, "base-44-b", HEAD.format(id="base-44-b", code="44").replace("2020-01-01", "2021-01-01"))
    assert check(tmp_path / "base-44") == check(later) == ()


def test_a_copy_of_a_package_beside_it_is_found(tmp_path: Path) -> None:
    base(tmp_path)
    local(tmp_path)
    local(tmp_path, "base-44-copy", HEAD.format(id="base-44", code="44"))
    for name in ("base-44", "base-44-copy"):
        assert "repeated-package" in {fault.code for fault in check(tmp_path / name)}
    local(tmp_path, "renamed", HEAD.format(id="base-45", code="45"), code="45")
    assert [(fault.code, fault.severity) for fault in check(tmp_path / "renamed")] == [("misnamed-folder", "warning")]
