"""Every problem of a cell, a row or a table has a code, with a text in both languages and a line on its page."""

import re
import string
from pathlib import Path

import pytest

from cso_rules.messages import problem_texts
from cso_rules.model.coded import said

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "problem-codes.md").read_text(encoding="utf-8")
CODE = re.compile(r'"((?:cell|no|identity|place|date|row|record)-[a-z0-9]+(?:-[a-z0-9]+)*)"')
ENGLISH, CHINESE = problem_texts("en"), problem_texts("zh")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def plain(text: str) -> str:
    """Return a text without the way in which its places are written."""
    return text.replace("!r}", "}").replace(":,}", "}")


def used() -> set[str]:
    files = (ROOT / "src" / "cso_rules").rglob("*.py")
    return {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}


def test_both_languages_have_the_same_codes() -> None:
    assert list(ENGLISH) == list(CHINESE)


def test_every_text_is_used() -> None:
    assert ENGLISH.keys() <= used()


@pytest.mark.parametrize("code", ENGLISH)
def test_the_texts_of_a_code_say_the_same(code: str) -> None:
    both = places(ENGLISH[code]) | places(CHINESE[code])
    assert places(ENGLISH[code]) == both or code in {"no-choice", "record-json"}
    found = said(code, **dict.fromkeys(both, 7))
    assert found.code == code
    assert "{" not in found.en + found.zh


def test_the_page_lists_every_code_as_it_is_said() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    shown = {code: f"{plain(CHINESE[code])} | {plain(ENGLISH[code])}" for code in ENGLISH}
    assert {code: text for code, text in rows.items() if code in shown} == shown
    assert rows.keys() - shown.keys() == {"contradiction"}
