"""Every code has texts in both languages and a page."""

import re
from pathlib import Path

import pytest

from cso_rules.diagnostics import codes
from cso_rules.messages import LANGUAGES, MessageTemplate, template, templates

PAGES = Path(__file__).parent.parent / "docs" / "diagnostics"


def all_texts(texts: MessageTemplate) -> list[str]:
    return [texts.message, texts.label, *texts.help.values(), *texts.related.values()]


def placeholders(texts: list[str]) -> set[str]:
    return {name for text in texts for name in re.findall(r"\{([a-z_]+)\}", text)}


def test_both_languages_have_the_same_codes_in_the_same_order() -> None:
    assert list(templates("en")) == list(templates("zh"))


def test_every_code_has_one_page_and_every_page_a_code() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert pages == set(codes())


def test_the_index_names_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [code for code in codes() if f"]({code}.md)" not in index] == []


@pytest.mark.parametrize("code", codes())
def test_a_page_has_a_wrong_and_a_right_example_and_a_chinese_line(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}\n")
    assert page.index("Wrong:") < page.index("Right:") < page.index("中文：")


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_has_a_remedy_and_no_final_stop(language: str, code: str) -> None:
    texts = template(code, language)
    assert texts.help["remedy"]
    assert not [text for text in all_texts(texts) if text.endswith((".", "。", " "))]


@pytest.mark.parametrize("code", codes())
def test_an_english_message_starts_in_lower_case(code: str) -> None:
    texts = template(code, "en")
    assert not [text for text in all_texts(texts) if text[:1].isupper()]


@pytest.mark.parametrize("code", codes())
def test_both_languages_have_the_same_helps_and_arguments(code: str) -> None:
    english, chinese = template(code, "en"), template(code, "zh")
    assert english.help.keys() == chinese.help.keys()
    assert english.related.keys() == chinese.related.keys()
    assert placeholders(all_texts(english)) == placeholders(all_texts(chinese))


def test_every_argument_in_use_is_listed_at_the_top_of_the_file() -> None:
    file = Path(__file__).parent.parent / "src" / "cso_rules" / "messages" / "en.toml"
    rows = re.findall(r"^# ([a-z-]+)  +(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {code: set(names.split(", ")) for code, names in rows}
    used = {code: placeholders(all_texts(template(code, "en"))) for code in codes()}
    assert {code: names - listed[code] for code, names in used.items() if names - listed[code]} == {}


def test_a_code_without_texts_stands_for_itself() -> None:
    assert template("no-such-code", "en").message == "no-such-code"


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        templates("fr")
