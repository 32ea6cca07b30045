"""An answer rests on the texts of its own form of organization, and cites none that did not stand on the day."""

import datetime
from functools import cache
from itertools import islice

import pytest

from cso_rules import determine, load_policy
from cso_rules.loader.packages import package_path
from cso_rules.model.decisions import rules_of
from cso_rules.model.policy import Policy
from tests.generated_organizations import Generator

NATIONAL = package_path("cn")
DAYS = tuple(datetime.date(*day) for day in [(2012, 5, 10), (2018, 6, 1), (2024, 10, 1)])
SEED, NATIONALLY = 20180108, 60
OWN_FORM = {
    "social_group": "order-250", "social_service_institution": "order-251", "foundation": "order-400",
}  # fmt: skip
ORDERS = set(OWN_FORM.values())
# These read what an organization is about whatever its form, or are asked of one form only.
BY_FORM = (
    "form_tested", "registration_authority", "registration_conditions", "registration_open", "registration_refusal",
    "registration_revocable", "registration_documents", "legal_representative_eligible", "needs_supervisory_unit",
    "in_scope", "tier", "registration_advice", "responsibilities", "next_actions", "obligations",
)  # fmt: skip


@cache
def policy(package: str, day: datetime.date) -> Policy:
    return load_policy(package, as_of=day)


@pytest.mark.parametrize("form", OWN_FORM)
def test_an_organization_with_a_form_rests_on_the_regulations_of_that_form(form: str) -> None:
    rules = policy(NATIONAL.name, datetime.date(2018, 6, 1))
    for made in islice(Generator.of(rules).organizations(SEED), 0, 2 * NATIONALLY, 2):
        facts = {**made.facts, "organizational_form": form}
        if form == "social_group":
            facts["party_members"] = 0
        found = determine(rules, facts, readings=made.readings, ask=False)
        cited = {name: {citation.instrument for citation in found[name].citations} for name in BY_FORM}
        foreign = {name: orders & ORDERS - {OWN_FORM[form]} for name, orders in cited.items()}
        # Order 250 names the bodies that stand outside any registration.
        foreign["in_scope"] -= {"order-250"}
        assert {name: orders for name, orders in foreign.items() if orders} == {}


STANDS = {
    "charity-law-2016": (datetime.date(2016, 9, 1), datetime.date(2024, 9, 5)),
    "charity-law-2023": (datetime.date(2024, 9, 5), datetime.date.max),
    "opinion-2016-46": (datetime.date(2016, 8, 1), datetime.date.max),
    "mof-order-102": (datetime.date(2020, 3, 1), datetime.date.max),
    "mca-2017-191": (datetime.date(2017, 12, 27), datetime.date.max),
    "order-400": (datetime.date(2004, 6, 1), datetime.date.max),
}
"""From when and until when a text stands, as `instruments.yaml` says."""


@pytest.mark.parametrize("day", [datetime.date(2003, 1, 1), *DAYS], ids=str)
def test_a_rule_of_the_nation_cites_no_text_that_ended_or_had_not_begun(day: datetime.date) -> None:
    off = {name for name, (first, end) in STANDS.items() if not first <= day < end}
    rules = [(name, rule) for name, found in policy(NATIONAL.name, day).decisions.items() for rule in rules_of(found)]
    cited = {(name, rule.id) for name, rule in rules if {each.instrument for each in rule.citations} & off}
    assert cited == set()
