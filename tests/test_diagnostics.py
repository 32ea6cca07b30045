"""How diagnostics are made and printed."""

import pytest

from cso_rules.diagnostics import Diagnostic, codes, diagnostic, nearest, render, render_all
from cso_rules.errors import (
    CsoRulesError,
    FactProblem,
    FactProblemKind,
    FactsError,
    ImpossibleValueError,
    MissingExtraError,
    PolicyError,
    UnknownFactError,
    UnknownNameError,
    WrongTypeError,
    facts_error,
)
from cso_rules.source import SourceFile, Span


def span_in(text: str, part: str, path: str = "tier.yaml") -> Span:
    start = text.index(part)
    source = SourceFile(path=path, text=text)
    return Span(source=source, start=start, end=start + len(part))


def carets_below(text: str, part: str) -> str:
    found = diagnostic("unknown-name", span_in(text, part), name=part)
    return render(found).splitlines()[4]


def test_carets_stand_below_wide_characters() -> None:
    text = "\n" * 7 + "    when: 个人会员数 >= 50 and 资金 < 叁万\n"
    helps = ("did_you_mean",)
    found = diagnostic("unknown-name", span_in(text, "资金"), helps=helps, name="资金", suggestion="活动资金")
    assert render(found) == (
        "error[unknown-name]: `资金` is not in the vocabulary\n"
        " --> tier.yaml:8:27\n"
        "  |\n"
        "8 |     when: 个人会员数 >= 50 and 资金 < 叁万\n"
        "  |                                ^^^^ unknown name\n"
        "  = help: did you mean `活动资金`?"
    )


def test_a_tab_before_the_place_is_kept() -> None:
    assert carets_below("\tab", "ab") == "  | \t^^ unknown name"


def test_carets_end_with_the_line() -> None:
    assert carets_below("ab\ncd", "b\ncd") == "  |  ^ unknown name"


def test_an_empty_place_gets_one_caret() -> None:
    span = Span(source=SourceFile(path="a", text=""), start=0, end=0)
    assert "| ^" in render(diagnostic("missing-key", span, key="id"))


@pytest.mark.parametrize("place", [0, 5_000, 99_990])
def test_a_long_line_is_trimmed_around_the_place(place: int) -> None:
    text = "会" * place + "资金" + "会" * (100_000 - place)
    lines = render(diagnostic("unknown-name", span_in(text, "资金"), name="资金")).splitlines()
    assert max(map(len, lines)) < 130
    assert "资金" in lines[3]


def test_a_missing_argument_is_printed_as_a_question_mark() -> None:
    assert "`?` is not" in render(diagnostic("unknown-name", None))


def test_a_suggestion_that_is_missing_gives_way_to_the_remedy() -> None:
    found = diagnostic("unknown-name", None, helps=["did_you_mean"], name="a", suggestion=None)
    assert "help: use a name of the vocabulary" in render(found)


def test_a_help_that_is_no_name_is_printed_itself() -> None:
    assert render(diagnostic("yaml-tag", None, helps=["a\x07b"])).endswith("help: aU+0007b")


def test_control_and_bidirectional_characters_are_shown_by_number() -> None:
    found = diagnostic("unknown-name", None, name="a\u202eb\x1b[31m")
    assert dict(found.arguments)["name"] == "aU+202EbU+001B[31m"
    shown = render(diagnostic("unknown-name", span_in("x\u202e ab", "ab"))).splitlines()
    assert shown[3:5] == ["1 | xU+202E ab", "  |         ^^ unknown name"]


def test_a_long_argument_is_shortened() -> None:
    found = diagnostic("unknown-name", None, name="a" * 10_000)
    assert len(dict(found.arguments)["name"]) == 80


def test_an_argument_is_not_read_as_a_template() -> None:
    assert "`{key}`" in render(diagnostic("unknown-name", None, name="{key}", key="x"))


def test_a_related_place_is_printed_as_a_note() -> None:
    text = "id: 1\nid: 2"
    related = [(span_in(text, "id: 1"), "first")]
    found = diagnostic("yaml-repeated-key", span_in(text, "id: 2"), related=related, key="id")
    assert "  = note: tier.yaml:1:1: first here" in render(found)
    assert "  = 说明：tier.yaml:1:1：首次出现于此" in render(found, "zh")


def test_technical_words_are_translated() -> None:
    found = diagnostic("wrong-node-kind", None, expected="mapping", found="text")
    assert render(found, "zh").startswith("错误[wrong-node-kind]：此处应为映射，而不是文本")


def test_diagnostics_are_sorted_by_path_and_position_and_counted() -> None:
    text = "a b"
    found = [
        diagnostic("yaml-tag", span_in(text, "a", "z.yaml"), severity="warning"),
        diagnostic("yaml-tag", span_in(text, "b", "a.yaml")),
        diagnostic("yaml-tag", span_in(text, "a", "a.yaml")),
    ]
    places = [line for line in render_all(found).splitlines() if "-->" in line]
    assert places == [" --> a.yaml:1:1", " --> a.yaml:1:3", " --> z.yaml:1:1"]
    assert render_all(found).endswith("\n\n2 errors, 1 warning")
    assert render_all(found, "zh").endswith("\n\n共 2 个错误，1 个警告")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("memberz", "members"), ("资金", "活动资金"), ("Members", "members"), ("zzz", None), ("", None)],
)
def test_the_nearest_name_is_suggested(name: str, expected: str | None) -> None:
    assert nearest(name, ["members", "活动资金", "funds"]) == expected


def test_every_code_can_be_printed_without_arguments() -> None:
    assert all(render(Diagnostic(code=code, span=None)) for code in codes())


def test_a_policy_error_prints_its_diagnostics() -> None:
    error = PolicyError([diagnostic("yaml-directive", None)])
    assert "error[yaml-directive]" in str(error)
    assert str(error).endswith("1 error, 0 warnings")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unknown_fact", UnknownFactError),
        ("wrong_type", WrongTypeError),
        ("impossible_value", ImpossibleValueError),
        ("contradiction", ImpossibleValueError),
    ],
)
def test_the_first_problem_decides_the_exception(kind: FactProblemKind, expected: type[FactsError]) -> None:
    problem = FactProblem(kind=kind, fact="a", value="1", message_en="wrong", message_zh="错")
    error = facts_error([problem])
    assert type(error) is expected
    assert (str(error), error.problems) == ("wrong", (problem,))


def test_no_problem_gives_the_general_exception() -> None:
    assert type(facts_error([])) is FactsError


def test_other_exceptions_say_what_helps() -> None:
    errors: list[CsoRulesError] = [UnknownNameError("decision", "teir", "tier"), MissingExtraError("excel")]
    assert [str(error) for error in errors] == [
        "there is no decision 'teir'; did you mean 'tier'?",
        "this needs the extra 'excel': pip install 'cso-rules[excel]'",
    ]
