"""What is seen at a real terminal: questions about columns, how long a command has been at work, tables that fit."""

from __future__ import annotations

import os
import re
import select
import sys
from pathlib import Path

import pytest

from cso_rules.tables.write.plain_text import width_of

if sys.platform == "win32":
    pytest.skip("there are no such terminals here", allow_module_level=True)
import pty

TEAMS = Path(__file__).parents[1] / "cases" / "inputs" / "list-activity-teams.xlsx"
PROGRAM = "from cso_rules.interfaces.cli import main; main()"
QUICK = "from cso_rules.interfaces import terminal; terminal.EVERY = 0.05; " + PROGRAM
LONGEST = 120
"""Seconds after which a command is given up."""


def at_terminal(program: str, *arguments: str | Path, width: int = 80, typed: tuple[str, ...] = ()) -> str:
    """Return all that a terminal is sent by a command; what is typed is given one line for each question."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": str(width), "PYTHONUTF8": "1"}
        os.execv(sys.executable, [sys.executable, "-c", program, *map(str, arguments)])  # noqa: S606 - this program
    shown, waiting = b"", list(typed)
    while select.select([terminal], [], [], LONGEST)[0]:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # so a terminal says on Linux that the other side has gone
            break
        if not part:
            break
        shown += part
        if waiting and shown.decode(errors="ignore").endswith(("：", "：\r")):
            os.write(terminal, (waiting.pop(0) + "\n").encode())
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode()


def left_standing(shown: str) -> list[str]:
    """Return the lines that stand when everything was written over what it writes over."""
    return [re.split(r"\r(?!\Z)", line.rstrip("\r"))[-1] for line in shown.split("\n")]


def test_a_person_is_asked_about_columns_that_are_not_read(tmp_path: Path) -> None:
    table, chosen = tmp_path / "list.csv", tmp_path / "map.yaml"
    table.write_text("编号,名称,会员人头,备注二\nA1,桃园队,32,x\n", "utf-8")
    shown = at_terminal(PROGRAM, "columns", table, "-o", chosen, typed=("单位会员数", "0"))
    assert "第 1/2 列：会员人头（例：32）" in shown
    assert "序号，或事实的名称；直接回车跳过：单位会员数" in shown
    assert 'heading: "会员人头"\n    fact: institutional_members' in chosen.read_text("utf-8")


def test_a_command_that_takes_long_says_so_and_nothing_of_it_stays(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("名称,个人会员数\n" + "甲,3\n" * 30, "utf-8")
    shown = at_terminal(QUICK, "classify", table, "--as-of", "2018-06-01")
    assert re.search(r"\r(?:\d+ · )?\d+ s", shown)
    assert not [line for line in left_standing(shown) if re.search(r"\d+ s\b", line)]
    assert "读取 30 = 已答复 30 + 未处理 0" in left_standing(shown)


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_of_answers_fits_the_terminal(width: int) -> None:
    shown = left_standing(at_terminal(PROGRAM, "classify", TEAMS, "--as-of", "2020-12-31", width=width))
    start = next(place for place, line in enumerate(shown) if line.startswith("编号"))
    table = shown[start : start + 5]
    assert {width_of(line.rstrip()) <= width for line in table} == {True}
    assert max(map(width_of, table)) > width - 8
    assert all("…" in line for line in table[1:])
