import pytest

from cso_rules.explanation.markup import Markup, both, element, joined, label, markup
from cso_rules.model.instruments import Label


def test_text_is_escaped_and_markup_is_not() -> None:
    assert markup("<b>\"'&") == "&lt;b&gt;&quot;&#x27;&amp;"
    assert markup(element("b", "<")) == "<b>&lt;</b>"
    assert joined(("<", Markup("<br>")), " & ") == "&lt; &amp; <br>"


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\u061c", "\x00", "\x1b", "\x85", "\ud800"])
def test_control_characters_and_marks_that_turn_the_direction_are_shown_as_replaced(character: str) -> None:
    assert markup(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert element("a", href=character) == '<a href="\N{REPLACEMENT CHARACTER}"></a>'


def test_line_breaks_and_wide_spaces_stay() -> None:
    assert markup("一\n二\t三\u3000四") == "一\n二\t三\u3000四"


def test_attributes_are_escaped_named_and_left_out() -> None:
    shown = element("line", class_='"', stroke_width=1.5, data_x="<", id=None)
    assert shown == '<line class="&quot;" stroke-width="1.5" data-x="&lt;"/>'


def test_empty_elements_have_no_end_and_shapes_may_hold_a_title() -> None:
    assert element("input", type="text") == '<input type="text">'
    assert element("rect", element("title", "5")) == "<rect><title>5</title></rect>"


def test_both_languages_are_shown_once_when_they_are_the_same() -> None:
    assert both("A1", "A1") == "A1"
    assert label(Label(zh="是", en="yes")) == (
        '<span lang="zh" class="t">是</span><span lang="en" class="t">yes</span>'
    )
