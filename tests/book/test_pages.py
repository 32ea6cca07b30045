"""The pages of the national package: complete, linked, in both languages, and self-contained."""

import json
import re

import pytest

from cso_rules.book.conditions import condition
from cso_rules.book.contents import Contents
from cso_rules.book.pages.local_changes import Place
from tests.book.conftest import ParsedPage, parsed

Pages = dict[str, ParsedPage]


def test_every_link_leads_to_a_page_and_anchor_of_the_book(pages: Pages, files: dict[str, str]) -> None:
    broken = []
    for name, page in pages.items():
        for target in page.inner:
            file, _, anchor = target.partition("#")
            if (file or name) not in files or (anchor and anchor not in pages[file or name].ids):
                broken.append((name, target))
    assert broken == []


def test_no_page_refers_to_anything_outside_the_book_but_official_publications(
    pages: Pages, contents: Contents, places: tuple[Place, ...]
) -> None:
    outside = [target for page in pages.values() for target in page.inner if ":" in target or "//" in target]
    assert outside == []
    linked = {str(found["href"]) for page in pages.values() for found in page.outer}
    declared = {source.url for place in places for source in place.found.sources.values()}
    assert linked <= declared | {source.url for source in contents.found.sources.values()}
    assert "http://mz.hangzhou.gov.cn/art/2018/11/9/art_1229416144_1647581.html" in linked


def test_anchors_are_used_once_on_a_page(pages: Pages) -> None:
    repeated = {name: [one for one in page.ids if page.ids.count(one) > 1] for name, page in pages.items()}
    assert {name: found for name, found in repeated.items() if found} == {}


def test_no_page_has_a_script_or_style_of_its_own(pages: Pages) -> None:
    for page in pages.values():
        names = [name for name, _ in page.elements]
        scripts = [attributes for name, attributes in page.elements if name == "script"]
        assert "style" not in names
        assert all(attributes.get("src") for attributes in scripts)
        assert not [key for _, found in page.elements for key in found if key == "style" or key.startswith("on")]


def test_every_page_forbids_what_does_not_lie_beside_it(pages: Pages) -> None:
    for page in pages.values():
        policies = [found["content"] for _, found in page.elements if "http-equiv" in found]
        assert len(policies) == 1
        assert "default-src 'none'" in str(policies[0])
        assert "unsafe" not in str(policies[0])


def test_every_page_is_in_both_languages(pages: Pages) -> None:
    assert all({"zh", "en"} <= page.languages for page in pages.values())
    assert all(any("decisions" in text for text in page.texts) for page in pages.values())
    assert all(any("决定" in text for text in page.texts) for page in pages.values())


def test_every_decision_and_rule_has_its_place(contents: Contents, pages: Pages) -> None:
    for name, decision in contents.found.decisions.items():
        assert name in pages["decisions.html"].ids
        assert {rule.id for rule in decision.every_rule} <= set(pages[f"decision-{name}.html"].ids)


def test_every_fact_value_parameter_reading_provision_and_scenario_has_its_place(
    contents: Contents, pages: Pages
) -> None:
    found = contents.found
    values = {f"{one.name}-{value}" for one in found.enumerations.values() for value in one.values}
    assert {*found.facts, *values} <= set(pages["facts.html"].ids)
    assert set(found.parameters) <= set(pages["parameters.html"].ids)
    assert set(found.readings) <= set(pages["readings.html"].ids)
    assert {name.replace(" ", "-") for name in found.citations} <= set(pages["provisions.html"].ids)
    assert {shown.anchor for shown in contents.scenarios} <= set(pages["scenarios.html"].ids)


def test_dated_values_have_their_place(contents: Contents, pages: Pages) -> None:
    wanted = {f"{one.name}-{value.period.start}" for one in contents.found.parameters.values() for value in one.values}
    assert wanted <= set(pages["parameters.html"].ids)


def test_the_examples_of_permalinks_hold(pages: Pages) -> None:
    assert "mca-2017-191-s49" in pages["provisions.html"].ids
    assert "registered" in pages["decision-tier.html"].ids


def rows_of(files: dict[str, str]) -> list[list[str]]:
    script = files["search-index.js"]
    rows: list[list[str]] = json.loads(script[script.index("[") : script.rindex("]") + 1])
    return rows


def test_the_search_index_holds_every_id(contents: Contents, files: dict[str, str]) -> None:
    found = contents.found
    ids = {row[1] for row in rows_of(files)}
    rules = {f"{name}/{rule.id}" for name, one in found.decisions.items() for rule in one.every_rule}
    values = {f"{one.name}.{value}" for one in found.enumerations.values() for value in one.values}
    names = {*found.decisions, *found.facts, *found.parameters, *found.readings, *found.citations, *found.enumerations}
    assert names | rules | values | {shown.anchor for shown in contents.scenarios} <= ids


def test_answers_of_the_search_lead_to_places_of_the_book(files: dict[str, str], pages: Pages) -> None:
    targets = {row[4].partition("#")[::2] for row in rows_of(files)}
    assert [target for target in targets if target[1] and target[1] not in pages[target[0]].ids] == []
    assert {page for page, _ in targets} <= set(pages)


@pytest.mark.parametrize(("text", "wanted"), [("活动资金", "activity_funds"), ("able to register", "mca-2017-191 s49")])
def test_the_search_index_holds_both_languages(files: dict[str, str], text: str, wanted: str) -> None:
    assert wanted in {row[1] for row in rows_of(files) if text in row[2] or text in row[3]}


def words_of(html: str, language: str) -> list[str]:
    """Return the conditions of a page in one language, as plain text."""
    parts = html.split(f'<div lang="{language}" class="t condition">')[1:]
    return [" ".join("".join(parsed(part.partition("</div>")[0]).texts).split()) for part in parts]


def test_conditions_are_sentences_in_both_languages(files: dict[str, str]) -> None:
    page = files["decision-registration_conditions.html"]
    assert '<a href="facts.html#activity_funds">活动资金</a>' in page
    english, chinese = (words_of(page, language) for language in ("en", "zh"))
    assert "activity funds is at least CNY 30,000 (minimum activity funds)" in " ".join(english)
    assert "活动资金 不少于 30,000 元（最低活动资金）" in " ".join(chinese)
    assert "form that is tested is social group, social service institution or foundation" in english
    assert "individual members is at least 1 person" in " ".join(english)


def test_english_conditions_hold_no_chinese_and_no_raw_names(files: dict[str, str]) -> None:
    shown = [text for name, page in files.items() if name.startswith("decision-") for text in words_of(page, "en")]
    assert len(shown) > 300
    assert [text for text in shown if re.search(r"[\u4e00-\u9fff]", text)] == []
    assert [text for text in shown if re.search(r"[a-z]_[a-z]", text)] == []


def test_chinese_conditions_hold_no_raw_names(files: dict[str, str]) -> None:
    shown = [text for name, page in files.items() if name.startswith("decision-") for text in words_of(page, "zh")]
    assert [text for text in shown if re.search(r"[a-z]{3,}", text)] == []


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("not(is_nonprofit)", "不符合：非营利", "not: not for profit"),
        ('as_of < date("2024-01-01")', "适用日期 早于 2024-01-01", "the date of the answer is before 2024-01-01"),
        (
            "individual_members between 10 and 49",
            "个人会员数 在 10 人 至 49 人",
            "individual members is from 10 persons to 49 persons",
        ),
        (
            "not(subdistrict_unit_kind in (town, township))",
            "街道乡镇类型 不是 镇 或 乡",
            "kind of subdistrict-level unit is none of",
        ),
        ("is_nonprofit = false", "不符合：非营利", "not: not for profit"),
        ('application_accepted_on + duration("P2Y3M")', "+ 2年零3个月", "+ 2 years 3 months"),
        ("count(needs) >= 2", "数量 不少于 2", "number of needs is at least 2"),
        ("false", "从不", "never"),
        ("this is no condition", "this is no condition", "this is no condition"),
    ],
)
def test_each_form_of_a_condition_has_words(contents: Contents, text: str, zh: str, en: str) -> None:
    shown = "".join(parsed(condition(contents, text)).texts)
    assert zh in shown
    assert en in shown


def test_decisions_show_what_every_place_changes_and_by_which_package(
    contents: Contents, places: tuple[Place, ...], files: dict[str, str], pages: Pages
) -> None:
    for place in places:
        for changed in {change.path.partition("/")[0] for change in place.changes} & set(contents.found.decisions):
            page = f"decision-{changed}.html"
            inside = {
                one.package.jurisdiction
                for one in places
                if one.package.jurisdiction.startswith(place.package.jurisdiction)
            }
            assert {f"place-{code}" for code in inside} <= set(pages[page].ids)
            assert f'href="places.html#{place.package.id}"' in files[page]


def test_places_within_others_show_the_changes_of_all_of_them(files: dict[str, str]) -> None:
    page = files["decision-filing_conditions.html"]
    shenzhen = page[page.index('id="place-4403"') :].partition("</details>")[0]
    assert 'href="places.html#cn-44"' in shenzhen
    assert 'href="places.html#cn-4403"' in shenzhen


def test_the_introduction_explains_marks_and_states(pages: Pages) -> None:
    texts = pages["about.html"].texts
    for word in ("undetermined", "未确定", "unsettled by law", "stated in the official interpretation", "P?", "K"):
        assert any(word in text for text in texts), word


def test_every_page_has_the_search(pages: Pages) -> None:
    assert all("search" in page.ids for page in pages.values())


def test_results_of_scenarios_are_shown(contents: Contents, pages: Pages) -> None:
    failed = [shown for shown in contents.scenarios if shown.result.failures]
    marks = [str(found.get("class")) for name, found in pages["scenarios.html"].elements if name == "span"]
    assert marks.count("tag tag-pass") == len(contents.scenarios) - len(failed) + 1


def test_boxes_of_the_graph_do_not_overlap(pages: Pages) -> None:
    boxes = [
        tuple(float(str(found[key])) for key in ("x", "y", "width", "height"))
        for name, found in pages["graph.html"].elements
        if name == "rect"
    ]
    assert len(boxes) > 10
    apart = (
        one[0] + one[2] <= other[0]
        or other[0] + other[2] <= one[0]
        or one[1] + one[3] <= other[1]
        or other[1] + other[3] <= one[1]
        for index, one in enumerate(boxes)
        for other in boxes[:index]
    )
    assert all(apart)
