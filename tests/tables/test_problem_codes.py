"""Every problem of a cell, a row or a table has a code and a text in both languages; of a table also what to do."""

import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from cso_rules.messages import problem_texts, remedies
from cso_rules.model.coded import remedy, said
from cso_rules.tables.problems import FileProblem

SOURCE = Path(__file__).resolve().parents[2] / "src" / "cso_rules"
CODE = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"')
ENGLISH, CHINESE = problem_texts("en"), problem_texts("zh")
ONE_LANGUAGE = {"no-choice": {"name", "choices"}, "record-json": {"cause"}}
"""What is named in one language only: ids or labels, and what an English library says."""


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def filled(code: str, texts: Mapping[str, str], more: Mapping[str, str]) -> dict[str, object]:
    return dict.fromkeys(places(texts[code]) | places(more[code]), 7)


def test_both_languages_have_the_same_codes() -> None:
    assert list(ENGLISH) == list(CHINESE)
    assert list(remedies("en")) == list(remedies("zh"))
    assert remedies("en").keys() < ENGLISH.keys()


def test_every_text_is_used() -> None:
    used = {code for file in SOURCE.rglob("*.py") for code in CODE.findall(file.read_text(encoding="utf-8"))}
    assert ENGLISH.keys() <= used


@pytest.mark.parametrize("code", ENGLISH)
def test_the_texts_of_a_code_say_the_same(code: str) -> None:
    assert places(ENGLISH[code]) ^ places(CHINESE[code]) == ONE_LANGUAGE.get(code, set())
    found = said(code, **filled(code, ENGLISH, CHINESE))
    assert found.code == code
    assert "{" not in found.en + found.zh


@pytest.mark.parametrize("code", remedies("en"))
def test_a_problem_of_a_table_says_what_to_do(code: str) -> None:
    parts = filled(code, ENGLISH, CHINESE) | filled(code, remedies("en"), remedies("zh"))
    problem, told = FileProblem.of(code, "list.csv", **parts), remedy(code, **parts)
    assert problem.code == code
    assert str(problem) == f"list.csv: {said(code, **parts).en}. {told.en}"
    assert problem.in_language("zh") == f"list.csv：{said(code, **parts).zh}。{told.zh}"
