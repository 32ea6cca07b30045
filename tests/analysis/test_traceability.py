"""Every provision is carried out by something, or the package says why nothing does."""

import shutil
from pathlib import Path

import pytest

from cso_rules.analysis.traceability import Trace, TracedProvision, trace
from cso_rules.diagnostics import render_all
from cso_rules.errors import UnknownNameError
from cso_rules.loader.load import check

BASE = Path(__file__).parent.parent / "diagnostics" / "base"
DECLARED = "status: declared, reason: {zh: 原因, en: why}"
SCENARIO = """format: 1
scenarios:
  - {title: in force, as_of: 2018-06-01, facts: {individual_members: 60}, expect: {tier: registered}}
  - {title: before the value, as_of: 2010-06-01, expect: {tier: registered}}
  - {title: expects the citation, as_of: 2010-06-01, expect: {other: {cites: [opinions s50]}}}
"""
OTHER = "format: 1\ndecision: other\nlabel: {zh: 其他, en: other}\nno_rule: true\n"
CONSTRAINTS = """
constraints:
  - {id: some, when: individual_members >= 0, message: {zh: 不为负, en: none below zero}, cite: opinions s52}
"""
STATEMENTS = {
    *(f"s{number}" for number in range(1, 86)),
    "s7a",
    *(
        f"n{number}"
        for first, last in [(1, 16), (20, 27), (30, 34), (40, 45), (50, 54), (60, 64), (70, 72)]
        for number in range(first, last + 1)
    ),
}


@pytest.fixture(name="package")
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "base"))


@pytest.fixture(name="national", scope="module")
def traced() -> Trace:
    return trace("cn")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def add(package: Path, provision: str) -> None:
    with (package / "instruments.yaml").open("a", encoding="utf-8") as file:
        file.write(f"      - {{{provision}}}\n")


def one(found: Trace, name: str) -> TracedProvision:
    return next(item for item in found.provisions if item.id == name)


def paths(item: TracedProvision) -> list[tuple[str, str]]:
    return [(part.kind, part.path) for part in item.cited_by]


def test_every_statement_of_the_opinions_is_accounted_for(national: Trace) -> None:
    count = next(count for count in national.counts if count.instrument == "mca-2017-191")
    assert (count.total, count.accounted) == (86, 86)
    assert {item.citation.provision for item in national.of("mca-2017-191").provisions} == {
        name for name in STATEMENTS if name.startswith("s")
    }


def test_every_statement_of_the_other_national_texts_has_a_provision(national: Trace) -> None:
    carried = {statement for item in national.provisions for statement in item.declaration.covers}
    assert carried >= STATEMENTS
    assert national.is_complete


def test_a_statement_that_is_not_decided_says_why_in_both_languages(national: Trace) -> None:
    undecided = [item.declaration for item in national.provisions if item.declaration.status != "encoded"]
    reasons = [declaration.reason for declaration in undecided if declaration.reason]
    assert len(reasons) == len(undecided) > 0
    assert all(reason.zh and reason.en for reason in reasons)


def test_a_scenario_exercises_the_provisions_of_the_decisions_it_expects(national: Trace) -> None:
    assert any("/tier.yaml:" in place for place in one(national, "mca-2017-191 s54").scenarios)
    assert one(national, "mca-2017-191 s5").scenarios == ()


def test_rules_and_parameters_that_cite_a_provision_are_named(package: Path) -> None:
    found = trace(package)
    assert ("rule", "tier/large") in paths(one(found, "opinions s49"))
    assert ("rule", "tier/rest") in paths(one(found, "opinions s49"))
    assert paths(one(found, "opinions s50")) == [("parameter", "minimum_members")]
    assert found.is_complete


def test_readings_and_constraints_cite_too(package: Path) -> None:
    for name in ("s51", "s52"):
        add(package, f"id: {name}, summary: {{zh: 摘要, en: summary}}")
    vocabulary = package / "vocabulary.yaml"
    replace(
        vocabulary,
        "label: {zh: 基层组织, en: grassroots}",
        "label: {zh: 基层组织, en: grassroots}\n    cite: opinions s51",
    )
    replace(vocabulary, "\nconstraints: []\n", CONSTRAINTS)
    assert render_all(check(package)) == "0 errors, 0 warnings"
    found = trace(package)
    assert paths(one(found, "opinions s51")) == [("reading", "a1")]
    assert paths(one(found, "opinions s52")) == [("constraint", "some")]


def test_a_scenario_counts_where_the_part_is_in_force_or_it_expects_the_citation(package: Path) -> None:
    (package / "scenarios").mkdir()
    (package / "scenarios" / "tier.yaml").write_text(SCENARIO, encoding="utf-8")
    (package / "decisions" / "other.yaml").write_text(OTHER, encoding="utf-8")
    found = trace(package)
    assert one(found, "opinions s49").scenarios == ("base/scenarios/tier.yaml:3", "base/scenarios/tier.yaml:4")
    assert one(found, "opinions s50").scenarios == ("base/scenarios/tier.yaml:3", "base/scenarios/tier.yaml:5")


def test_a_provision_that_nothing_cites_is_reported_with_its_place(package: Path) -> None:
    add(package, "id: s51, summary: {zh: 摘要, en: summary}")
    found = trace(package)
    assert [(problem.place, problem.is_error) for problem in found.problems] == [("base/instruments.yaml:10", True)]
    assert "opinions s51 is marked encoded" in found.problems[0].message.en
    assert not found.is_complete
    assert (found.counts[0].total, found.counts[0].accounted) == (3, 2)


def test_a_declared_provision_is_accounted_for(package: Path) -> None:
    add(package, f"id: s51, summary: {{zh: 摘要, en: summary}}, {DECLARED}")
    found = trace(package)
    assert found.is_complete
    assert (found.counts[0].accounted, found.counts[0].declared) == (3, 1)


def test_a_status_that_no_longer_holds_is_a_warning(package: Path) -> None:
    replace(package / "instruments.yaml", "confidence: S}", f"confidence: S, {DECLARED}}}")
    found = trace(package)
    assert [(problem.place, problem.is_error) for problem in found.problems] == [
        ("base/instruments.yaml:8", False),
        ("base/instruments.yaml:9", False),
    ]
    assert "cites it; mark it encoded" in found.problems[0].message.en
    assert found.is_complete


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("decisions/tier.yaml", "    cite: opinions s49\n", "", "missing-citation"),
        ("parameters/numbers.yaml", "opinions s50", "opinions s60", "unknown-citation"),
    ],
)
def test_a_citation_that_is_missing_or_unknown_is_a_fault(
    package: Path, file: str, old: str, new: str, code: str
) -> None:
    replace(package / file, old, new)
    found = trace(package)
    assert code in [fault.code for fault in found.faults]
    assert not found.is_complete


@pytest.mark.parametrize(
    ("extra", "code", "words"),
    [
        ("status: declared", "missing-key", "the key `reason` is missing"),
        ("status: later", "wrong-value", "`later` is not a value of `status`"),
        ("covers: s50", "wrong-node-kind", "list"),
    ],
)
def test_a_wrong_status_is_refused(package: Path, extra: str, code: str, words: str) -> None:
    replace(package / "instruments.yaml", "level", "step")
    add(package, f"id: s51, summary: {{zh: 摘要, en: summary}}, {extra}")
    text = render_all(check(package))
    assert f"error[{code}]" in text
    assert "instruments.yaml:10:" in text
    assert words in text


def test_a_provision_carries_the_statement_of_its_id_unless_it_says_otherwise(package: Path) -> None:
    add(package, f"id: s51, summary: {{zh: 摘要, en: summary}}, covers: [n1, n2], {DECLARED}")
    found = trace(package)
    assert one(found, "opinions s49").declaration.covers == ("s49",)
    assert one(found, "opinions s51").declaration.covers == ("n1", "n2")


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        trace("no_such_package")


def test_sources_are_listed_by_the_day_they_were_read_and_those_without_one_first(package: Path) -> None:
    with (package / "instruments.yaml").open("a", encoding="utf-8") as file:
        for name, day in (("new", "2026-11-26"), ("old", "2020-01-01")):
            file.write(
                f"  - {{id: {name}, title: {{zh: 文, en: text}}, checked_on: {day}, url: https://example.org/{name}, "
                f"provisions: [{{id: a, summary: {{zh: 甲, en: a}}, confidence: K, {DECLARED}}}]}}\n"
            )
    replace(
        package / "parameters" / "numbers.yaml",
        "    type: integer\n",
        "    type: integer\n    checked_on: 2024-02-29\n",
    )
    found = trace(package)
    assert found.faults == ()
    dated = [(check.kind, check.name) for check in found.checks if check.checked_on]
    assert dated == [("instrument", "old"), ("parameter", "minimum_members"), ("instrument", "new")]
    assert [check.checked_on for check in found.checks[: -len(dated)]] == [None] * (len(found.checks) - len(dated))
    assert {"old a", "new a"} <= {item.id for item in found.unverified}
    assert [check.name for check in found.of("old").checks] == ["old"]


@pytest.mark.parametrize("wrong", ["checked_on: yesterday", "url: example.org", "url: 'https://a b'"])
def test_a_day_or_an_address_of_another_form_is_a_fault(package: Path, wrong: str) -> None:
    replace(package / "instruments.yaml", "kind: opinions", f"kind: opinions\n    {wrong}")
    assert "wrong-value" in {fault.code for fault in check(package)}
