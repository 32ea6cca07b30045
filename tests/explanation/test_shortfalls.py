"""Why an answer is what it is, in one sentence."""

import pytest

from cso_rules import classify
from cso_rules.explanation.shortfalls import why
from cso_rules.explanation.thresholds import Threshold, threshold_of
from cso_rules.model.types import Between
from tests.explanation.organizations import GROUP, KINDS, found_for


@pytest.mark.parametrize(
    ("kind", "language", "sentence"),
    [
        (
            "subdistrict", "zh",
            "不符合“登记条件”：个人会员数还差38人，活动资金还差22,000元；不符合“小型松散组织”：规模小、松散为“否”",
        ),
        (
            "subdistrict", "en",
            (
                "does not meet “registration conditions”: individual members short by 38 persons, activity funds short "
                "by 22,000 CNY; does not meet “small and loose organization”: “no” to small scale, loosely organized"
            ),
        ),
        ("able to register", "zh", "符合“登记条件”"),
        ("registered", "zh", "登记有效（登记状态：已登记）"),
        ("out of scope", "zh", "不符合“属于社区社会组织”：非营利为“否”，分配利润为“是”"),
        ("before there were classes", "en", "no rule was in force on this date"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_holds_and_what_is_short(kind: str, language: str, sentence: str) -> None:
    assert why(found_for(kind), language) == sentence


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (None, "“登记条件”还不能确定：个人会员数不详"),
        (Between(low=20, high=38), "个人会员数还差至少12人"),
        (Between(low=40), "个人会员数只知道至少40人（要求不少于50人）"),
        (Between(low=40, high=60), "个人会员数只知道至少40人、至多60人（要求不少于50人）"),
    ],
)
def test_of_bounds_that_is_said_which_is_known(value: Between | None, part: str) -> None:
    assert part in why(found_for("able to register", individual_members=value), "zh")


def test_what_nobody_can_change_is_told_only_where_there_is_no_other_way() -> None:
    assert "登记状态" not in why(found_for("subdistrict"), "zh")
    only_registered = classify(dict(GROUP), as_of="2018-06-01", readings={"a3_tier_basis": "status"}).determination
    assert "登记状态：未登记" in why(only_registered, "zh")


def test_many_answers_of_no_are_counted() -> None:
    names = [name for name in GROUP if name.startswith("has_")]
    sentence = why(found_for("subdistrict", **dict.fromkeys(names, False)), "zh")
    assert "资产经费合法、名称规范、组织机构健全等5项为“否”" in sentence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_has_a_sentence_of_one_line(kind: str, language: str) -> None:
    sentence = why(found_for(kind), language)
    assert sentence
    assert "\n" not in sentence


def test_a_single_missing_number_parts_two_answers() -> None:
    found = threshold_of(found_for("two possibilities"), "tier")
    assert found is not None
    assert (found.fact, found.below, found.reached) == ("activity_funds", "subdistrict_managed", "registered")
    assert found.number == 30_000


@pytest.mark.parametrize("kind", ["subdistrict", "open by law", "nothing known"])
def test_there_is_no_threshold_where_more_is_missing_or_nothing(kind: str) -> None:
    assert threshold_of(found_for(kind), "tier") is None


def test_a_threshold_lies_within_what_is_known() -> None:
    found = threshold_of(found_for("able to register", individual_members=Between(low=40, high=60)), "tier")
    assert found == Threshold(fact="individual_members", number=50, below="subdistrict_managed", reached="registered")
