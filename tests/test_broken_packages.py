"""Broken rule files are refused in one run, each mistake with its file, line and column."""

import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from cso_rules.diagnostics import Diagnostic, render
from cso_rules.errors import PolicyError
from cso_rules.loader.load import check, load_policy

BASE = Path(__file__).parent / "diagnostics" / "base"
TIER = "decisions/tier.yaml"
NUMBERS = "parameters/numbers.yaml"
WHEN = "when: 个人会员数 >= 最低会员数"
SECOND_ROW = """
  - id: larger
    label: {zh: 会员更多, en: more members}
    when: 个人会员数 >= 80
    then: guided
    cite: opinions s49
"""
FLAG = """format: 1
decision: flag
label: {zh: 标志, en: flag}
criteria:
  - {id: one, label: {zh: 一, en: one}, when: 层级 = guided, cite: opinions s49}
"""
BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
BROKEN = {
    "wrong type": (TIER, WHEN, "when: 社区类型 >= 50", ["wrong-type base/decisions/tier.yaml:9:11"]),
    "unknown name": (TIER, WHEN, "when: 会员总人数 >= 50", ["unknown-name base/decisions/tier.yaml:9:11"]),
    "repeated key": (
        TIER,
        "hit_policy: first",
        "output: tier",
        ["yaml-repeated-key base/decisions/tier.yaml:5:1"],
    ),
    "overlapping dates": (
        NUMBERS,
        "cite: opinions s50}",
        "cite: opinions s50}\n      - {until: 2018-01-01, value: 9, cite: opinions s50}",
        ["overlapping-dates base/parameters/numbers.yaml:9:9"],
    ),
    "missing citation": (
        TIER,
        "    cite: opinions s49\n",
        "",
        ["missing-citation base/decisions/tier.yaml:7:5"],
    ),
    "unreachable row": (
        TIER,
        "    cite: opinions s49\n",
        f"    cite: opinions s49{SECOND_ROW}",
        ["unreachable-row base/decisions/tier.yaml:12:5"],
    ),
    "full-width colon": (
        TIER,
        "when: 个",
        "when：个",
        ["yaml-full-width-colon base/decisions/tier.yaml:9:9"],
    ),
    "nesting": (TIER, WHEN, "when: " + "[" * 30_000, ["yaml-too-deep base/decisions/tier.yaml:9:40"]),
    "nested condition": (
        TIER,
        WHEN,
        "when: " + "(" * 9_000 + "有章程" + ")" * 9_000,
        ["condition-syntax base/decisions/tier.yaml:9:51"],
    ),
}


def broken(folder: Path, name: str, old: str, new: str) -> Path:
    package = folder / "base"
    shutil.copytree(BASE, package, dirs_exist_ok=True)
    text = (package / name).read_text(encoding="utf-8")
    assert old in text
    (package / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return package


def place(fault: Diagnostic) -> str:
    assert fault.span is not None
    return f"{fault.code} {fault.span.source.path}:{fault.span.line}:{fault.span.column}"


def places(package: Path) -> list[str]:
    return [place(fault) for fault in check(package)]


def test_the_base_package_is_right() -> None:
    assert check(BASE) == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_reported_once_at_its_place(name: str, tmp_path: Path) -> None:
    file, old, new, expected = BROKEN[name]
    package = broken(tmp_path, file, old, new)
    assert places(package) == expected
    with pytest.raises(PolicyError, match=r"base/.*:\d+:\d+"):
        load_policy(package, as_of=date(2018, 6, 1))


def test_what_a_place_changes_is_no_second_mistake_where_its_package_file_is_no_yaml(tmp_path: Path) -> None:
    package = broken(tmp_path, "package.yaml", "format: 1\n", "format: [\n")
    shutil.copy(BASE.parent / "base-44" / "changes.yaml", package)
    assert [line.split(":")[0] for line in places(package)] == ["yaml-syntax base/package.yaml"]


def test_a_circle_of_decisions_is_shown_as_a_path(tmp_path: Path) -> None:
    package = broken(tmp_path, TIER, WHEN, "when: 标志")
    (package / "decisions" / "flag.yaml").write_text(FLAG, encoding="utf-8")
    (fault,) = check(package)
    assert place(fault) == "cyclic-decisions base/decisions/flag.yaml:2:11"
    assert "flag -> tier -> flag" in render(fault)


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    package = broken(tmp_path, TIER, "format: 1\n", f"format: 1\n{BOMB}")
    start = time.perf_counter()
    found = places(package)
    assert time.perf_counter() - start < 1
    assert found[:2] == ["yaml-alias base/decisions/tier.yaml:2:4", "yaml-alias base/decisions/tier.yaml:3:4"]
    assert {line.split()[0] for line in found} == {"yaml-alias"}


def test_six_mistakes_in_one_file_are_reported_in_one_run(tmp_path: Path) -> None:
    package = broken(tmp_path, TIER, WHEN, "when: 会员总人数 >= 50 and 社区类型 > 3")
    broken_text = (package / TIER).read_text(encoding="utf-8")
    for old, new in [
        ("id: large", "id: 会员多"),
        ("then: registered", "then: registred"),
        ("hit_policy: ", "hit_polcy: "),
        ("cite: opinions s49\n", "cite: opinions s48\n"),
    ]:
        broken_text = broken_text.replace(old, new, 1)
    (package / TIER).write_text(broken_text, encoding="utf-8")
    assert sorted(places(package)) == [
        "bad-identifier base/decisions/tier.yaml:7:9",
        "unknown-citation base/decisions/tier.yaml:11:11",
        "unknown-key base/decisions/tier.yaml:5:1",
        "unknown-name base/decisions/tier.yaml:9:11",
        "wrong-output base/decisions/tier.yaml:10:11",
        "wrong-type base/decisions/tier.yaml:9:27",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (TIER, "format: 1", "format: 2", "wrong-value base/decisions/tier.yaml:1:9"),
        (TIER, f"    {WHEN}\n", "", "missing-key base/decisions/tier.yaml:7:5"),
        (TIER, WHEN, "when_by_reading: 有章程", "wrong-node-kind base/decisions/tier.yaml:9:22"),
        (
            TIER,
            "    cite: opinions s49\n",
            "    cite: []\n",
            "missing-citation base/decisions/tier.yaml:11:11",
        ),
        (
            NUMBERS,
            "type: integer",
            "type: decimal\n    scale: 999999999",
            "wrong-value base/parameters/numbers.yaml:6:12",
        ),
        (NUMBERS, "value: 50", f"value: {'9' * 40}", "wrong-value base/parameters/numbers.yaml:8:35"),
        (
            "vocabulary.yaml",
            "maximum: 1000000",
            "maximum: -1",
            "reversed-interval base/vocabulary.yaml:20:14",
        ),
        (
            "vocabulary.yaml",
            "    enumeration: community_type\n",
            "",
            "missing-key base/vocabulary.yaml:22:11",
        ),
    ],
)
def test_what_was_once_accepted_in_silence_is_reported(
    file: str, old: str, new: str, expected: str, tmp_path: Path
) -> None:
    assert places(broken(tmp_path, file, old, new)) == [expected]


def test_a_row_of_several_columns_needs_known_values(tmp_path: Path) -> None:
    package = broken(tmp_path, TIER, "output: tier", "output: {level: tier, place: community_type}")
    text = (package / TIER).read_text(encoding="utf-8")
    text = text.replace("then: registered", "then: {level: registered, place: urbn}")
    text = text.replace("then: guided", "then: {level: guided, place: rural}")
    (package / TIER).write_text(text, encoding="utf-8")
    assert places(package) == ["wrong-output base/decisions/tier.yaml:10:19"]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    package = broken(tmp_path, TIER, "", "")
    (package / TIER).write_bytes(b"\xb8\xf6\xc8\xcb")
    assert f"base/{TIER}" in render(check(package)[0])


def test_a_package_folder_may_be_called_decisions(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "decisions")
    assert check(tmp_path / "decisions") == ()
