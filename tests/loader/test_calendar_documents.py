"""Calendars of working days: read from a file, refused where they contradict the week."""

import datetime
import shutil
from pathlib import Path

import pytest

from cso_rules.loader.load import check, declarations
from cso_rules.loader.packages import digest_of, rule_set
from cso_rules.model.civil_dates import WorkingDayCalendar, WorkingDayShift, shifted

BASE = Path(__file__).parent.parent / "diagnostics" / "base"
ENTRY = """format: 1
years:
  - year: 2024
    source: {zh: 通知, en: notice}
    confidence: P
    holidays: [2024-01-01]
    working_weekends: [2024-02-04]
"""


@pytest.fixture(name="package")
def copied(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path / "base")
    (tmp_path / "base" / "calendars").mkdir()
    return tmp_path / "base"


def written(package: Path, text: str) -> Path:
    (package / "calendars" / "working_days.yaml").write_text(text, encoding="utf-8")
    return package


def read(package: Path) -> WorkingDayCalendar:
    found, reader = declarations(rule_set(package))
    assert reader.diagnostics == []
    return found.calendar


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def test_a_year_is_covered_with_its_exceptions(package: Path) -> None:
    known = read(written(package, ENTRY))
    assert known.covered == ((day("2024-01-01"), day("2024-12-31")),)
    assert known.exceptions == (day("2024-01-01"), day("2024-02-04"))


def test_a_year_may_be_known_in_part(package: Path) -> None:
    known = read(written(package, ENTRY.replace("    source:", "    until: 2024-12-01\n    source:")))
    assert known.covered == ((day("2024-01-01"), day("2024-11-30")),)


def test_the_calendar_belongs_to_the_digest(package: Path) -> None:
    before = digest_of(package)
    assert digest_of(written(package, ENTRY)) != before


@pytest.mark.parametrize(
    ("old", "new", "code", "marked"),
    [
        ("[2024-01-01]", "[2024-01-06]", "wrong-value", "2024-01-06"),
        ("[2024-01-01]", "[2023-01-02]", "wrong-value", "2023-01-02"),
        ("[2024-01-01]", "[New Year]", "wrong-value", "New Year"),
        ("[2024-02-04]", "[2024-02-05]", "wrong-value", "2024-02-05"),
        ("year: 2024", "year: 1812", "wrong-value", "1812"),
        ("    confidence: P\n", "", "missing-key", "year: 2024"),
        ("year: 2024", "yaer: 2024", "unknown-key", "yaer"),
        ("years:", "years:\n" + ENTRY.split("years:\n")[1].rstrip(), "repeated-identifier", "2024"),
    ],
)
def test_faults_have_a_place(package: Path, old: str, new: str, code: str, marked: str) -> None:
    assert old in ENTRY
    faults = check(written(package, ENTRY.replace(old, new, 1)))
    found = {(fault.code, fault.span.source.text[fault.span.start : fault.span.end]) for fault in faults if fault.span}
    assert (code, marked) in found


def national() -> WorkingDayCalendar:
    return declarations(rule_set("cn"))[0].calendar


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2018-12-28", 1, "2018-12-29"),
        ("2018-12-29", 1, "2019-01-02"),
        ("2020-01-23", 1, "2020-02-03"),
        ("2023-09-28", 1, "2023-10-07"),
        ("2024-02-09", 1, "2024-02-18"),
        ("2024-02-09", 20, "2024-03-14"),
        ("2025-01-27", 1, "2025-02-05"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
    ],
)
def test_working_days_of_the_national_calendar(start: str, count: int, expected: str) -> None:
    shift = WorkingDayShift(count=count, calendar=national())
    assert shifted((shift,), (day(start), day(start))) == (day(expected), day(expected))


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2018, 250), (2019, 250), (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248)],
)
def test_the_number_of_working_days_of_a_year(year: int, expected: int) -> None:
    known = national()
    worked = [
        one
        for one in range(datetime.date(year, 1, 1).toordinal(), datetime.date(year + 1, 1, 1).toordinal())
        if (datetime.date.fromordinal(one).weekday() >= 5) is (one in known.exceptions)
    ]
    assert len(worked) == expected
