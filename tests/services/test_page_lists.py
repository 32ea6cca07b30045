"""A list by the template says the same in the page as in the library, and what the page does not read it names."""

import csv
import io
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.model.policy import Fact, Policy
from cso_rules.page.builder import sentences_of
from cso_rules.page.rules_json import rules_json
from cso_rules.tables.answer.fact_cells import facts_of_row
from cso_rules.tables.answer.rows import Answered, answers
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from cso_rules.tables.write.template import Template
from tests.javascript_page import modules
from tests.javascript_walker import Said, Walker
from tests.page_of_places import DAY
from tests.plan.test_kept import seeded
from tests.services.test_page_answers import differing, stated

pytestmark = pytest.mark.services
LINES = 60


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DAY)


@pytest.fixture(scope="module")
def page(policy: Policy) -> Iterator[Walker]:
    words = {language: sentences_of(language) for language in ("zh", "en")}
    with modules() as started:
        started.say("load", document=rules_json(policy, {}), sentences=words)
        yield started


def cell_of(template: Template, fact: Fact, chance: random.Random) -> str:
    """Return a cell as the template asks for it."""
    choices = template.choices(fact.type)
    if fact.type.kind == "set":
        mark = "、" if template.language == "zh" else ", "
        return mark.join(chance.sample(choices, chance.randint(1, 2)))
    if choices:
        return chance.choice(choices)
    if fact.type.kind == "date":
        day = f"{chance.randint(1990, 2026)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        return chance.choice(
            [day, day.replace("-", "/"), f"{day[:4]}年{int(day[5:7])}月", f"{day[:4]}年{day[5:7]}月{day[8:]}日"]
        )
    greatest = fact.type.everything[1] // 10**fact.type.scale if isinstance(fact.type.everything, tuple) else 0
    number = min(chance.choice([0, 1, 3, 8, 18, 50, 30_000, 1_250_000]), greatest - 1)
    return chance.choice([str(number), f"{number:,}"]) + (
        "" if fact.type.scale == 0 else chance.choice(["", ".5", ".00"])
    )


def text_of(template: Template, rows: list[list[str]]) -> str:
    stream = io.StringIO()
    head = [*template.own_headings, *map(template.heading, template.facts)]
    csv.writer(stream).writerows([head, *rows])
    return stream.getvalue()


def listed(template: Template, chance: random.Random) -> list[list[str]]:
    rows = []
    for number in range(LINES):
        own = [f"A{number:03}", f"{'柳湾' if template.language == 'zh' else 'Liuwan, '}{number}", "柳湾社区"]
        share = chance.choice([1.0, 0.7, 0.3])
        rows.append(
            [*own, *(cell_of(template, fact, chance) if chance.random() < share else "" for fact in template.facts)]
        )
    return rows


def read_by_library(folder: Path, policy: Policy, text: str) -> Iterator[tuple[int, dict[str, Any], Any]]:
    """Yield each row with its facts and its answer."""
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    sheets = [read_sheet(path, is_known_heading(policy)) for _ in range(2)]
    columns = map_columns(sheets[0].header, policy)
    for row, item in zip(sheets[0].rows, answers(lambda _: policy, sheets[1], columns, readings={}), strict=True):
        assert isinstance(item, Answered)
        yield row.number, dict(facts_of_row(policy, row, columns).facts), item.determination


def plain(policy: Policy, said: Said) -> Said:
    """Return facts with numbers as numbers, however they are written."""
    kinds = {"integer", "decimal", "money"}
    return {name: Decimal(str(own)) if policy.facts[name].type.kind in kinds else own for name, own in said.items()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_have_the_facts_and_answers_of_the_library(
    page: Walker, policy: Policy, tmp_path: Path, language: str
) -> None:
    template = Template.of(policy, language=language)
    text = text_of(template, listed(template, seeded(20261127)))
    said = page.say("list", text=text)
    assert said["unread"] == []
    expected = list(read_by_library(tmp_path, policy, text))
    assert [own["number"] for own in said["lines"]] == [number for number, _, _ in expected]
    for own, (_, facts, found) in zip(said["lines"], expected, strict=True):
        assert plain(policy, own["stated"]) == plain(policy, stated(policy, facts))
        answered = page.say("stand", stated=own["stated"], readings={})
        assert list(differing(policy, found, answered["outcomes"])) == []


def test_every_choice_of_the_template_is_read(page: Walker, policy: Policy) -> None:
    for language in ("zh", "en"):
        template = Template.of(policy, tuple(policy.decisions), language)
        for place, fact in enumerate(template.facts):
            row = [""] * (len(template.own_headings) + len(template.facts))
            for choice in template.choices(fact.type):
                row[len(template.own_headings) + place] = choice
                said = page.say("list", text=text_of(template, [row]))
                assert said["unread"] == [], (fact.name, choice)
                assert list(said["lines"][0]["stated"]) == [fact.name]


ODD = ["约18人", "18或20", "同上", "不详", "many", "1e3", "十八", "-5", "999999999999999999999"]


@pytest.mark.parametrize("text", ODD)
def test_what_is_not_read_is_named_and_unknown(page: Walker, policy: Policy, text: str) -> None:
    whole = f"编号,名称,个人会员数,是否非营利,说明\nA1,甲,{text},是,早\n\nA2,乙,18,,\n合计,,36,,\nA3,丙,7,,,多\n"
    head = next(iter(policy.facts["is_nonprofit"].label.in_language("zh").splitlines()))
    said: Said = page.say("list", text=whole.replace("是否非营利", head))
    assert [(own["number"], own["heading"], own["text"]) for own in said["unread"]] == [
        (1, "说明", ""), (2, "个人会员数", text), (5, "", "合计 36"), (6, "", "A3 丙 7"),
    ]  # fmt: skip
    assert [own["stated"] for own in said["lines"]] == [{"is_nonprofit": True}, {"individual_members": "18"}]


def test_copied_cells_and_files_are_read_alike(page: Walker) -> None:
    for separator, quoted in (("\t", '"1,250"'), (";", "1250")):
        text = separator.join(["名称", "个人会员数"]) + "\r\n" + separator.join(['"甲 ""第一"" 队"', quoted]) + "\r\n"
        (line,) = page.say("list", text=text)["lines"]
        assert (line["name"], line["stated"]) == ('甲 "第一" 队', {"individual_members": "1250"})
    assert page.say("list", text="甲,18\n乙,20\n") == {
        "lines": [], "isWithoutHeadings": True,
        "unread": [{"number": 1, "heading": "甲", "text": ""}, {"number": 1, "heading": "18", "text": ""}],
    }  # fmt: skip
    assert page.say("list", text="")["lines"] == []
