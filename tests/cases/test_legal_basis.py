"""An answer cites what bears on it: provisions of its own form, in force on its date, and those of the numbers used."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from cso_rules import determine, explain, load_policy
from cso_rules.determination import Determination
from cso_rules.model.instruments import Citation, Label
from cso_rules.studies.impact.report import citation_label
from cso_rules.tables.write.report import Report
from cso_rules.truth import Truth
from tests.cases.small_package import answered, package

pytestmark = pytest.mark.usefixtures("asked_once")

GROUP: dict[str, Any] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"],
    "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 60,
    "institutional_members": 0, "activity_funds": 30000, "has_lawful_funds": True, "has_standard_name": True,
    "has_organizational_structure": True, "has_fixed_domicile": True, "has_suitable_full_time_staff": True,
    "can_bear_civil_liability": True, "is_active_mainly_in_one_community": False,
}  # fmt: skip
INSTITUTION = GROUP | {
    "organizational_form": "social_service_institution", "has_suitable_staff": True, "has_suitable_property": True,
    "has_premises": True,
}  # fmt: skip
DAYS = [datetime.date(2014, 6, 1), datetime.date(2018, 6, 1), datetime.date(2024, 10, 1)]


def found_for(facts: dict[str, Any], day: datetime.date, place: str = "cn", **readings: str) -> Determination:
    return determine(load_policy("cn", as_of=day, jurisdiction=place), facts, readings=readings)


def cited(found: Determination, decision: str) -> set[str]:
    return {f"{citation.instrument} {citation.provision}" for citation in found[decision].citations}


@pytest.mark.parametrize("day", DAYS)
def test_a_social_group_cites_nothing_about_foundations_or_institutions(day: datetime.date) -> None:
    found = found_for(GROUP, day)
    assert found["registration_conditions"].value is True
    named = {citation.instrument for citation in found["registration_conditions"].citations}
    assert "order-250" in named
    assert not named & {"order-251", "order-400"}
    for name in ("tier", "in_scope", "form_tested", "responsibilities", "next_actions"):
        assert not {citation.instrument for citation in found[name].citations} & {"order-251", "order-400"}, name
    notice = explain(found, "en")
    assert "private non-enterprise units" not in notice
    assert "foundations" not in notice.partition("Legal basis:")[2]


def test_a_service_institution_cites_nothing_about_social_groups() -> None:
    named = {citation.instrument for citation in found_for(INSTITUTION, DAYS[1])["registration_conditions"].citations}
    assert named == {"order-251", "cso-rules-readings"}  # the note says which forms can be registered


def test_what_does_not_apply_is_no_reason() -> None:
    ids = [rule.id for rule in found_for(GROUP, DAYS[1])["registration_conditions"].deciding()]
    assert "members" in ids
    assert not {"original_fund", "staff", "property", "premises", "charter"} & set(ids)


@pytest.mark.parametrize(
    ("day", "members", "funds"),
    [
        (DAYS[0], "order-250 art10-1-1998", "order-250 art10-5-1998"),
        (DAYS[1], "order-250 art10-1", "order-250 art10-5"),
    ],
)
def test_the_number_is_cited_as_the_text_that_was_in_force(day: datetime.date, members: str, funds: str) -> None:
    found = cited(found_for(GROUP | {"individual_members": 10, "activity_funds": 5}, day), "registration_conditions")
    assert {members, funds} <= found
    both = {"order-250 art10-1-1998", "order-250 art10-1", "order-250 art10-5-1998", "order-250 art10-5"}
    assert both & found == {members, funds}


def test_a_notice_names_the_text_of_1998_in_2014() -> None:
    notice = explain(found_for(GROUP | {"individual_members": 10}, DAYS[0]), "en")
    assert "article 10 item 1 (1998 text)" in notice


def test_a_local_number_cites_the_place() -> None:
    found = found_for(GROUP | {"individual_members": 12}, datetime.date(2019, 1, 10), "3210")
    assert found["registration_conditions"].value is False
    assert {"yangzhou-measures members", "order-250 art10-1"} <= cited(found, "registration_conditions")


def test_a_restated_number_cites_its_restatement() -> None:
    day = datetime.date(2019, 6, 1)
    policy = load_policy("cn", as_of=day, jurisdiction="33", entity="area")
    found = determine(policy, {})
    restated = [citation.provision for citation in found["rural_target_reached"].citations]
    assert "rural-average" in restated


def test_only_the_law_in_force_is_cited() -> None:
    applied = GROUP | {"registration_status": "applied", "applies_as_charity": True}
    early, late = (cited(found_for(applied, day), "next_actions") for day in DAYS[1:])
    assert "charity-law-2016 art8" in early
    assert "charity-law-2023 art8" not in early
    assert "charity-law-2023 art8" in late
    assert "charity-law-2016 art8" not in late


def test_a_computed_date_cites_its_rule_and_so_does_what_is_due() -> None:
    applied = GROUP | {"registration_status": "applied", "application_accepted_on": datetime.date(2018, 5, 1)}
    found = found_for(applied, DAYS[1])
    assert "order-250 art12-decision-period" in cited(found, "registration_decision_due_on")
    registered = GROUP | {"registration_status": "registered"}
    found = found_for(registered, DAYS[1])
    (rule,) = [rule for rule, _, _ in found["next_actions"].items if rule.id == "report_to_registrar"]
    behind = found["registrar_report_due_on"].citations
    assert behind
    assert set(behind) <= set(found["next_actions"].citations_of(rule))


DUE = {
    "last_day": 'type: date\nvalue: filed_on + duration("P3Y")\ncite: opinions s50\n',
    "duties": """output: tier
hit_policy: collect
rules:
  - {id: tell, label: {zh: 告知, en: tell}, when: has_charter, then: guided, due: last_day, cite: opinions s49}
""",
}


def test_the_rule_behind_a_due_date_is_cited_with_the_row(tmp_path: Path) -> None:
    facts = {"has_charter": True, "filed_on": datetime.date(2023, 1, 1)}
    found = answered(package(tmp_path, DUE), facts)
    assert cited(found, "duties") == {"opinions s49", "opinions s50"}
    notice = explain(found, "en", decision="duties")
    assert "question 5, number of members" in notice  # s50 has no article: its summary stands there


def test_a_removed_requirement_cites_what_removed_it() -> None:
    found = found_for(GROUP, datetime.date(2022, 6, 1), "4401")
    for language, line in (
        ("en", "Not asked for here: capital verification report (by measures of Guangzhou"),
        ("zh", "本地不要求：验资报告（依据广州市"),
    ):
        notice = explain(found, language)
        assert line in notice
    assert "guangzhou-measures-2021" in {citation.instrument for citation in _lifted(found, "registration_documents")}
    zhejiang = found_for(GROUP | {"individual_members": 3}, datetime.date(2021, 6, 1), "33")
    assert "本地不要求：主要在单个社区活动" in explain(zhejiang, "zh")


def _lifted(found: Determination, decision: str) -> list[Citation]:
    return [citation for lifted in found[decision].decision.lifted for citation in lifted.citations]


REMOVED = "      - {from: 2017-12-27, value: 50, cite: opinions s50}\n"
WITHOUT = (
    "      - {from: 2017-12-27, until: 2020-01-01, value: 50, cite: opinions s49}\n"
    "      - {from: 2020-01-01, removed: true, cite: opinions s50}\n"
)
ABLE = """criteria:
  - {id: many, label: {zh: 会员够, en: enough members}, when: individual_members >= minimum_members, cite: opinions s49}
  - {id: chartered, label: {zh: 有章程, en: has a charter}, when: has_charter, cite: opinions s49}
"""


def test_a_removed_number_cites_what_removed_it(tmp_path: Path) -> None:
    tier = ("    when: 个人会员数 >= 最低会员数\n", "    when: able\n")
    path = next((Path(__file__).parent.parent / "diagnostics" / "base" / "parameters").glob("*.yaml")).stem
    folder = package(tmp_path, {"able": ABLE}, **{"tier": tier, path: (REMOVED, WITHOUT)})
    found = answered(folder, {"has_charter": False})
    (lifted,) = found["able"].decision.lifted
    assert (lifted.id, [citation.provision for citation in lifted.citations]) == ("many", ["s50"])
    assert "Not asked for here: enough members (by Opinions number of members)" in explain(found, "en")


def test_a_note_on_reading_is_cited_only_where_the_reading_matters() -> None:
    registered = found_for(GROUP | {"registration_status": "registered"}, DAYS[1])
    assert "cso-rules-readings a30" not in cited(registered, "tier")
    marked = [line for line in explain(registered, "en").splitlines() if "not verified" in line]
    assert marked == ["  - reading notes of this rule package (cso-rules): note S1 [not verified]"]  # not for profit
    assert "解读A3" not in explain(registered, "zh")
    mixed = GROUP | {"individual_members": 55, "institutional_members": 5}
    able = found_for(mixed, DAYS[1])
    assert "cso-rules-readings a3" in cited(able, "tier")  # ability and registration differ
    assert "cso-rules-readings a15" not in cited(able, "registration_conditions")
    few = GROUP | {"individual_members": 1, "institutional_members": 31}
    short = found_for(few, DAYS[1], a15_mixed_membership="strict")
    assert "cso-rules-readings a15" in cited(short, "registration_conditions")


SHORTLY = Citation(
    instrument="x", provision="p", title=Label(zh="某办法", en="some measures"), number="1号",
    article=Label(zh="", en=""), summary=Label(zh="要点", en="what it says"), confidence="P",
)  # fmt: skip


def test_a_provision_without_article_is_named_by_its_summary() -> None:
    policy = load_policy("cn", as_of=DAYS[1])
    for language, summary in (("zh", "要点"), ("en", "what it says")):
        assert Report(header=(), policy=policy, language=language).citation(SHORTLY).endswith(summary)
        assert citation_label(SHORTLY).in_language(language).endswith(summary)


def test_no_answer_cites_a_criterion_that_does_not_apply() -> None:
    """Recompute which criteria apply, on many organizations."""
    policies = [load_policy("cn", as_of=day) for day in DAYS]
    forms = ["social_group", "social_service_institution", "foundation", "none"]
    other = {"social_group": {"order-251", "order-400"}, "social_service_institution": {"order-250", "order-400"}}
    other["foundation"] = {"order-250", "order-251"}
    for policy in policies:
        for form in forms:
            for members in (0, 49, 50, None):
                facts = GROUP | {"organizational_form": form, "individual_members": members}
                found = determine(policy, facts)
                for name, outcome in found.outcomes.items():
                    for rule in outcome.deciding():
                        scope = rule.applies_when
                        assert scope is None or found.outcomes.truth(scope) is not Truth.FALSE, (name, rule.id)
                        named = {citation.instrument for citation in outcome.citations_of(rule)}
                        own = {citation.instrument for citation in rule.citations}
                        wrong = other.get(form, set())
                        assert not named & wrong or own <= wrong, (form, name, rule.id)
