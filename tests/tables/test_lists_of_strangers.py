"""Lists and forms with headings of real ones: nothing is read that a careful reader would not take from them."""

from __future__ import annotations

import pytest

from cso_rules.errors import CsoRulesError
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.opening import open_rows
from tests.tables.both_ways import Read, assert_read_alike
from tests.tables.lists.judge import HERE, judged, lists, policy, taken, truth_of

FILES = HERE / "files"

ARGUED = {
    "fitness-sites.xlsx": ("has_roster",),  # as below 章程: a circle says yes in a column of ticks
    "forms-by-sheet.xlsx": ("activity_kinds",),  # help for old people is charity and a service
    "foundations.xlsx": ("original_fund",),  # 8000000 below 万元: what the cell says, absurd as it is
    "free-text-activities.xlsx": ("activity_kinds",),  # a haircut for old people is a service for residents
    "list-national-register.csv": ("activity_kinds",),  # care for old people is a service for residents, too
    "register-export-utf16.csv": ("activity_kinds",),  # the same
    "yearly-check-mixed-units.xlsx": ("assessment_grade",),  # 3A of 2012: for how long it holds is not in the list
    "yes-no-marks.xlsx": ("has_charter",),  # a circle says yes in a column of ticks
}
"""Facts of which the program reads more than the reader did, with the reason."""
PLACED = {"division-codes.csv"}
READ_AT_LEAST = 0.9
"""Of what the lists say; what is missed leaves an answer wider."""


def read_of(name: str) -> Read | None:
    """Return how a list was read, nothing where it is refused."""
    found = taken(name)
    return None if isinstance(found, CsoRulesError) else found


@pytest.mark.parametrize("name", list(lists()))
def test_nothing_is_read_that_a_list_does_not_say(name: str) -> None:
    facts = ARGUED.get(name, ())
    assert [text for text in judged(name).wrong if not any(fact in text for fact in facts)] == []


def test_most_of_what_the_lists_say_is_read() -> None:
    verdicts = {name: judged(name) for name in lists()}
    right = sum(verdict.right for verdict in verdicts.values())
    missed = sum(len(verdict.missed) for verdict in verdicts.values())
    shown = {name: verdict.missed for name, verdict in verdicts.items() if verdict.missed}
    assert right / (right + missed) >= READ_AT_LEAST, shown


@pytest.mark.parametrize("name", list(lists()))
def test_both_ways_to_read_a_list_agree(name: str) -> None:
    if name not in PLACED:  # a list of several places has another test
        assert_read_alike(FILES / name, policy(), read_of(name))


def test_other_sheets_of_the_same_list_are_named() -> None:
    notes = [note.zh for note in open_rows(FILES / "sheets-by-community.xlsx", policy()).notes]
    assert "以下工作表的表头与本表相同，尚未读取：柳湾社区, 梅园社区；请用 --sheet 逐张读取" in notes


def test_lines_of_leaders_and_struck_lines_are_named() -> None:
    found = read_of("leaders-below.xlsx")
    assert found is not None
    items, summary, _ = found
    assert [item.number for item in items] == [3, 6, 8, 9, 12, 14, 15, 16]
    assert summary.further_rows == [4, 5, 7, 10, 11, 13, 17, 18]
    pages = read_of("pages-struck.xlsx")
    assert pages is not None
    struck = {item.number: item for item in pages[0]}
    assert isinstance(struck[6], Refused)
    assert {problem.code for problem in struck[6].problems} == {"cell-struck"}
    ended = struck[4]
    assert isinstance(ended, Answered)
    assert [warning.zh for warning in ended.warnings] == [
        "名称中注明“已注销”：结论只依据其他单元格，请核对该组织是否仍存在"
    ]


def test_cells_that_strangers_leave_unread_are_those_the_reader_names() -> None:
    for name in ("collected-online.csv", "survey-answers.xlsx", "transposed.xlsx"):
        lines = {each["row"]: each.get("not_understood", {}) for each in truth_of(name)["organizations"]}
        read = read_of(name)
        assert read is not None
        told = {item.number: {found.column for found in item.problems} for item in read[0]}
        assert not {row: lost for row, named in lines.items() if (lost := named.keys() - told[row])}, name
