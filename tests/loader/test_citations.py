"""What a decision cites as a whole counts for each of its criteria, rows and cases beside what they cite themselves."""

from pathlib import Path

import pytest

from tests.cases.small_package import answered, package

RULES = """output: boolean
hit_policy: first
rules:
  - {id: charter, label: {zh: 章程, en: charter}, when: has_charter, then: true, cite: opinions s50}
otherwise: {id: rest, label: {zh: 其余, en: rest}, then: false}
cite: opinions s49
"""
CRITERIA = """criteria:
  - {id: charter, label: {zh: 章程, en: charter}, when: has_charter}
  - label: {zh: 人数, en: numbers}
    cite: opinions s50
    criteria:
      - {id: members, label: {zh: 会员, en: members}, when: individual_members >= 3}
cite: opinions s49
"""
CASES = """type: integer
cases:
  - {id: charter, label: {zh: 章程, en: charter}, when: has_charter, then: 1, cite: opinions s50}
otherwise: {id: rest, label: {zh: 其余, en: rest}, then: 2}
cite: opinions s49
"""
BOTH, WHOLE = ["s49", "s50"], ["s49"]


@pytest.mark.parametrize(
    ("body", "facts", "cited"),
    [
        (RULES, {"has_charter": True}, BOTH),
        (RULES, {"has_charter": False}, WHOLE),
        (CRITERIA, {"has_charter": True, "individual_members": 2}, BOTH),
        (CRITERIA, {"has_charter": False, "individual_members": 3}, WHOLE),
        (CASES, {"has_charter": True}, BOTH),
        (CASES, {"has_charter": False}, WHOLE),
    ],
)
def test_the_citation_of_a_decision_is_that_of_each_of_its_parts(
    body: str, facts: dict[str, object], cited: list[str], tmp_path: Path
) -> None:
    found = answered(package(tmp_path, {"made": body}), facts)
    assert sorted(citation.provision for citation in found["made"].citations) == cited
