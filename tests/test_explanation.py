import datetime

import pytest

from cso_rules import classify, explain
from cso_rules.classification import Classification

CLUB = {"founder_residence": "local_residents", "is_nonprofit": True, "community_type": "urban"}


def classified(**facts: object) -> Classification:
    return classify({**CLUB, **facts}, as_of=datetime.date(2020, 1, 1))


@pytest.mark.parametrize(("language", "last"), [("zh", "工作人员作出决定"), ("en", "an official decides")])
def test_last_line_says_who_decides(language: str, last: str) -> None:
    notice = explain(classified().determination, language)
    assert last in notice.splitlines()[-1]


def test_name_stands_in_the_heading() -> None:
    assert "舞蹈队" in explain(classified().determination, name="舞蹈队").splitlines()[0]


def test_failing_number_says_by_how_much() -> None:
    notice = explain(classified(individual_members=32, institutional_members=0, organizational_form="social_group").determination)
    assert "差18" in notice


def test_no_notice_in_an_unknown_language() -> None:
    with pytest.raises(ValueError, match="no notices"):
        explain(classified().determination, "fr")
