"""A command that takes long says so on a terminal, over one line that whatever else is written removes first."""

import io
import sys
import time
from collections.abc import Iterator

import pytest

from cso_rules.interfaces import terminal
from cso_rules.interfaces.terminal import count_aloud, counting_aloud, fitted, silent, telling


class Screen(io.StringIO):
    """A terminal of which only the text is kept."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """Return what a person sees in the end: a carriage return goes back to the begin of the line."""
        seen = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            seen.append(shown.rstrip())
        return seen


def shown(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Return the terminal on which everything is shown from now on."""
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setattr(terminal, "EVERY", 0.01)
    return found


def slowly(screen: Screen, wanted: str) -> Iterator[int]:
    """Yield numbers until the terminal shows a text."""
    until = time.monotonic() + 20
    for number in range(1_000_000):
        yield number
        if wanted in screen.getvalue():
            return
        assert time.monotonic() < until, screen.getvalue()
        time.sleep(0.01)


def test_time_and_rows_are_said_and_removed_before_anything_else_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    with fitted(), telling():
        for _ in slowly(screen, "0 s"):
            pass
        for _ in counting_aloud(slowly(screen, "2/9 · "), total=9):
            pass
        sys.stdout.write("an answer\n")
        sys.stderr.write("a note\n")
        count_aloud("共 3 行")
        for _ in slowly(screen, "共 3 行 · "):
            pass
    assert screen.lines() == ["an answer", "a note", ""]


def test_nothing_is_said_while_somebody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = shown(monkeypatch)
    with fitted(), telling():
        for _ in slowly(screen, " s"):
            pass
        with silent():
            before = screen.getvalue()
            time.sleep(0.1)
            assert screen.getvalue() == before
            assert before.endswith("\r")


def test_nothing_is_said_where_messages_are_shown_on_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "EVERY", 0.01)
    with fitted(), telling():
        for _ in counting_aloud(range(3)):
            time.sleep(0.02)
    assert capsys.readouterr() == ("", "")
