"""`diff` shows every change that changes something, and `show` prints what is in force, for names of every kind."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from cso_rules.loader.grammar.words import MODALITIES
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import rule_set

pytestmark = pytest.mark.usefixtures("asked_once")

DAY = "2020-01-01"
PACKAGE = """format: 1
id: cn-630199
title: {zh: 虚构地规则, en: rules of an invented place}
jurisdiction: "630199"
extends: cn
status: trial
in_force: {from: 2019-01-01, until: not_seen}
"""
INSTRUMENTS = """format: 1
instruments:
  - id: invented
    title: {zh: 虚构通知, en: invented notice}
    kind: notice
    confidence: P
    provisions:
      - {id: one, summary: {zh: 一项, en: one statement}, confidence: P}
"""
LABEL = "label: {zh: 新的, en: new one}"
CITE = "cite: invented one"
FACT = """facts:
  - id: has_bylaw
    type: boolean
    label: {zh: 有细则, en: has bylaws}
    question: {zh: 有没有细则?, en: Are there bylaws?}
    definition: {zh: 书面细则, en: written bylaws}
"""


def changes(*entries: str) -> dict[str, str]:
    return {"changes.yaml": "\n".join(["format: 1", "changes:", *(f"  - {{{entry}}}" for entry in entries), ""])}


def overlay(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "cn-630199"
    contents = {"package.yaml": PACKAGE, "instruments.yaml": INSTRUMENTS, "changes.yaml": "format: 1\nchanges: []\n"}
    for name, text in (contents | files).items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    return package


def run(*arguments: str, lang: str = "en") -> str:
    result = CliRunner().invoke(cli, [*arguments, "--as-of", DAY, "--lang", lang])
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result.output


FORM = "form_tested = social_group"
OTHER_FORM = "form_tested = foundation"
STANDARD = "registration_conditions/standard_name"
CASES = {
    "a number": (changes(f"sets: minimum_individual_members, value: 30, {CITE}"),
                 ["sets minimum_individual_members", "50 -> 30", "(invented one)"]),
    "a number that is removed": (changes(f"sets: minimum_activity_funds, removed: true, {CITE}"),
                                 ["sets minimum_activity_funds", "value: 30000.00 -> removed"]),
    "a number by an enumeration": (
        changes("sets: minimum_individual_members, indexed_by: community_type, "
                f"value: {{urban: 30, rural: 20}}, {CITE}"),
        ["urban: 30", "indexed by: - -> community_type"]),
    "a restatement": (changes(f"restates: minimum_individual_members, value: 50, {CITE}"),
                      ["restates minimum_individual_members", "50 -> 50"]),
    "an option of a reading": (changes(f"chooses: a1_grassroots_cluster, option: any, {CITE}"),
                               ["chooses a1_grassroots_cluster", "all_three -> any"]),
    "a criterion that goes": (changes(f"removes: registration_conditions/activity_funds, {CITE}"),
                              ["removes registration_conditions/activity_funds",
                               "activity_funds >= minimum_activity_funds -> -", f"applies when: {FORM}"]),
    "a criterion that goes but in one case": (
        changes(f"removes: registration_conditions/activity_funds, except_when: is_nonprofit, {CITE}"),
        ["-> except when is_nonprofit", f"applies when: {FORM} -> {FORM} and is_nonprofit"]),
    "a criterion that comes": (
        changes(f"adds: registration_conditions/extra, criterion: {{{LABEL}, when: is_nonprofit, "
                f"applies_when: {FORM}, modality: should}}, {CITE}"),
        ["adds registration_conditions/extra", "- -> is_nonprofit", f"applies when: {FORM}", "modality: should"]),
    "another condition": (
        changes(f"replaces: {STANDARD}, criterion: {{label: {{zh: 规范的名称, en: standard name}}, "
                f"when: is_nonprofit, applies_when: {FORM}}}, {CITE}"),
        [f"replaces {STANDARD}", "has_standard_name -> is_nonprofit"]),
    "when a criterion applies": (
        changes(f"replaces: {STANDARD}, criterion: {{label: {{zh: 规范的名称, en: standard name}}, "
                f"when: has_standard_name, applies_when: {OTHER_FORM}}}, {CITE}"),
        [f"replaces {STANDARD}", f"applies when: {FORM} -> {OTHER_FORM}"]),
    "that a criterion always applies": (
        changes(f"replaces: {STANDARD}, criterion: {{label: {{zh: 规范的名称, en: standard name}}, "
                f"when: has_standard_name}}, {CITE}"),
        [f"applies when: {FORM} -> -"]),
    "what a row answers": (
        changes("replaces: tier/community_guided, rule: {label: {zh: 单个社区内的小型松散组织, en: small}, "
                f"when: loosely_organized_in_one_community, then: subdistrict_managed, modality: must}}, {CITE}"),
        ["replaces tier/community_guided", "then: community_guided -> subdistrict_managed",
         "label: small and loose -> small"]),
    "the answer of all other cases": (
        changes("replaces: tier/subdistrict_managed, rule: {label: {zh: 其余, en: the rest}, then: out_of_scope}, "
                f"{CITE}"),
        ["replaces tier/subdistrict_managed", "then: subdistrict_managed -> out_of_scope", "modality: must", "-> -"]),
    "how strong the wording is": (
        changes("replaces: tier/community_guided, rule: {label: {zh: 单个社区内的小型松散组织, "
                "en: small and loose in one community}, when: loosely_organized_in_one_community, "
                f"then: community_guided, modality: may}}, {CITE}"),
        ["replaces tier/community_guided", "modality: must", "-> may"]),
    "whom a row addresses and until when": (
        changes("replaces: tier/community_guided, rule: {label: {zh: 单个社区内的小型松散组织, "
                "en: small and loose in one community}, when: loosely_organized_in_one_community, "
                "then: community_guided, modality: must, addressee: residents_committee, due: targets_day}, "
                f"{CITE}") | {"vocabulary.yaml": "format: 1\n" + FACT.replace("has_bylaw", "targets_day")
                              .replace("boolean", "date")},
        ["addressee: - -> ", "due: - -> targets_day", "adds fact targets_day"]),
    "conditions by reading": (
        changes("replaces: tier/registered, rule: {label: {zh: 已登记或能登记, en: registered or able to register}, "
                "when_by_reading: {reading: a30_order, registration_first: meets_registered_tier, "
                "community_first: has_valid_registration}, then: registered, modality: must, "
                f"addressee: community_social_organization}}, {CITE}"),
        ["replaces tier/registered", "by reading: a30_order:", "[community_first] has_valid_registration"]),
    "a row before another": (
        changes(f"adds: tier/pilot, before: community_guided, rule: {{{LABEL}, when: is_nonprofit, then: registered}}, "
                f"{CITE}"),
        ["adds tier/pilot", "then: registered", "before the row: community_guided"]),
    "a fact": ({"vocabulary.yaml": "format: 1\n" + FACT}, ["adds fact has_bylaw", "type: boolean"]),
    "an enumeration": (
        {"vocabulary.yaml": "format: 1\nenumerations:\n  - id: shade\n    label: {zh: 颜色, en: shade}\n    values:\n"
                            "      - {id: red, label: {zh: 红, en: red}}\n"},
        ["adds enumeration shade", "adds value shade/red"]),
    "a value of an enumeration": (
        {"vocabulary.yaml": "format: 1\nenumerations:\n  - extends: activity_kind\n    values:\n      - {id: peace, "
                            "label: {zh: 平安, en: peace}, maps_to: mass_prevention_and_control}\n"},
        ["adds value activity_kind/peace", "counts as: mass_prevention_and_control"]),
    "a reading": (
        {"vocabulary.yaml": "format: 1\nreadings:\n  - id: z1\n    label: {zh: 读法, en: reading}\n    default: wide\n"
                            "    options:\n      - {id: wide, label: {zh: 宽, en: wide}}\n"
                            "      - {id: narrow, label: {zh: 窄, en: narrow}}\n"},
        ["adds reading z1", "options: wide, narrow", "default: wide"]),
    "a constraint": (
        {"vocabulary.yaml": "format: 1\nconstraints:\n  - {id: few, when: individual_members <= 900, "
                            "message: {zh: 不多, en: not many}}\n"},
        ["adds constraint few", "when: individual_members <= 900"]),
    "a parameter": (
        {"parameters/own.yaml": f"format: 1\nparameters:\n  - {{id: own, {LABEL}, type: integer, "
                                f"delegation: may_lower, values: [{{value: 7, {CITE}}}]}}\n"},
        ["adds parameter own", "value: 7", "delegation: may_lower", "(invented one)"]),
    "a decision": (
        {"decisions/own.yaml": f"format: 1\ndecision: own\n{LABEL}\ncriteria:\n"
                               f"  - {{id: first, {LABEL}, when: is_nonprofit, {CITE}}}\n"},
        ["adds own", "adds own/first", "when: is_nonprofit"]),
    "a decision without a national rule": (
        {"decisions/filing_conditions.yaml": "format: 1\ndecision: filing_conditions\n"
                                             "label: {zh: 备案条件, en: filing conditions}\ncriteria:\n"
                                             f"  - {{id: first, {LABEL}, when: is_nonprofit, {CITE}}}\n"},
        ["adds filing_conditions", "in force: no rule in force on this day -> -", "adds filing_conditions/first"]),
    "a decision in place of the national one": (
        {"decisions/registration_refusal.yaml": "format: 1\ndecision: registration_refusal\nreplaces: true\n"
                                                f"label: {{zh: 不予登记, en: refusal}}\noutput: boolean\n"
                                                f"hit_policy: any\nrules:\n  - {{id: own, {LABEL}, "
                                                f"when: is_nonprofit, then: true, {CITE}}}\n"
                                                f"otherwise: {{id: rest, {LABEL}, then: false, {CITE}}}\n"},
        ["replaces registration_refusal", "adds registration_refusal/own", "removes registration_refusal/"]),
    "which decisions are asked about first": (
        {"package.yaml": PACKAGE + "ask_order: [registration_conditions, tier]\n"},
        ["changes setting ask_order", "-> registration_conditions, tier"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_change_of_every_kind_is_shown_with_old_and_new(kind: str, lang: str, tmp_path: Path) -> None:
    files, expected = CASES[kind]
    text = run("diff", "--package", str(overlay(tmp_path, files)), lang=lang)
    if lang == "en":
        assert [words for words in expected if words not in text] == [], text
    else:
        assert "没有改动" not in text
        assert not [words for words in ("adds ", "when:", "except when", "applies") if words in text], text


def test_a_place_that_changes_nothing_is_said_to(tmp_path: Path) -> None:
    assert "no changes" in run("diff", "--package", str(overlay(tmp_path, {})))


def rows() -> Iterator[tuple[str, dict[str, object], str]]:
    """Yield every national criterion and row of the day with its whole content and the strength of its wording."""
    found, _ = declarations(rule_set("cn"))
    day = datetime.date.fromisoformat(DAY)
    for decision in found.decisions.values():
        for rule in decision.rules if day in decision.period else ():
            if day not in rule.period or rule.by_reading or rule.cells or rule.when is None:
                continue
            content: dict[str, object] = {
                "label": {"zh": rule.label.zh, "en": rule.label.en},
                "when": rule.when.text,
                "applies_when": rule.applies_when and rule.applies_when.text,
                "then": _then(rule.then),
                "addressee": rule.addressee.text if rule.addressee else None,
                "due": rule.due and rule.due.text,
            }
            key = "criterion" if decision.form == "criteria" else "rule"
            yield f"{decision.name}/{rule.id}", {key: content}, rule.modality or ""


def _then(then: tuple[tuple[str, object], ...]) -> object:
    texts = {column: node.text for column, node in then}  # type: ignore[attr-defined]
    return texts.get("", texts) or None


def test_another_modality_of_any_national_rule_is_shown(tmp_path: Path) -> None:
    wanted, entries = [], []
    for path, content, modality in rows():
        ((key, rule),) = content.items()
        assert isinstance(rule, dict)
        new = "may" if modality != "may" else "should"
        kept = {name: value for name, value in rule.items() if value is not None}
        entry = {"replaces": path, key: kept | {"modality": new}, "cite": "invented one"}
        entries.append(f"  - {json.dumps(entry, ensure_ascii=False)}")
        wanted.append((path, f"{MODALITIES[new].en}" if MODALITIES[new].en == new else f"{new} ({MODALITIES[new].en})"))
    text = run("diff", "--package", str(overlay(tmp_path, {"changes.yaml": "\n".join(
        ["format: 1", "changes:", *entries, ""])})))  # fmt: skip
    sections = {part.split()[0]: part for part in text.split("\n  replaces ")[1:]}
    assert len(wanted) > 100
    assert sections.keys() == {path for path, _ in wanted}
    assert [path for path, new in wanted if f"-> {new}" not in sections[path]] == []


def test_a_file_of_a_later_package_is_compared_with_what_lies_between(tmp_path: Path) -> None:
    province = PACKAGE.replace("cn-630199", "cn-63").replace('"630199"', '"63"')
    lower = changes(f"sets: minimum_individual_members, value: 40, {CITE}")
    overlay(tmp_path, lower | {"package.yaml": province}).rename(tmp_path / "cn-63")
    county = {
        "package.yaml": PACKAGE.replace("extends: cn", "extends: cn-63"),
        "instruments.yaml": INSTRUMENTS.replace("id: invented", "id: invented-two"),
    }
    folder = overlay(tmp_path, changes("sets: minimum_individual_members, value: 30, cite: invented-two one") | county)
    text = run("diff", "--package", str(folder))
    assert "50 -> 40 [cn-63]" in text
    assert "40 -> 30 [cn-630199]" in text


# ------------------------------------------------------------------------------------------------ show


def test_show_prints_a_rule_as_the_place_has_it(tmp_path: Path) -> None:
    package = str(overlay(tmp_path, CASES["when a criterion applies"][0]))
    text = run("show", STANDARD, "--package", package)
    assert f"applies when: {OTHER_FORM}\n" in text
    assert "social_group" not in text.partition("replaces")[0]
    whole = run("show", "registration_conditions", "--package", package)
    assert f"  standard_name: standard name\n    when: has_standard_name\n    applies when: {OTHER_FORM}\n" in whole


def test_show_prints_the_case_in_which_a_removed_criterion_remains(tmp_path: Path) -> None:
    package = str(overlay(tmp_path, CASES["a criterion that goes but in one case"][0]))
    assert f"applies when: {FORM} and is_nonprofit" in run("show", "registration_conditions", "--package", package)


def test_show_says_which_criteria_fall_away(tmp_path: Path) -> None:
    package = str(overlay(tmp_path, CASES["a number that is removed"][0]))
    text = run("show", "registration_conditions", "--package", package)
    assert "activity_funds: enough activity funds (falls away: what it compares with is removed)" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("next_actions", ["due: registration_decision_due_on", "modality: ", "addressee: ", "applies when", "then: "]),
        ("minimum_individual_members", ["delegation: may_lower (a place may lower it)", "until 2016-02-06: 50"]),
        ("最低个人会员数", ["minimum_individual_members: minimum individual members", "read by: registration_cond"]),
        ("a1_grassroots_cluster", ["* all_three", "default: all_three", "read by: loosely_organized_in_one_community"]),
        ("小、临时、松散的解释", ["a1_grassroots_cluster: "]),
        ("activity_kind", ["culture_sports_recreation (", "facts: activity_kinds"]),
        ("活动类型", ["activity_kind: "]),
        (
            "activity_kinds",
            ["type: set (several values", "values: services_for_residents ("],
        ),
        ("activity_kind/culture_sports_recreation", ["culture_sports_recreation: culture"]),
        ("party_members_are_members", ["when: not(organizational_form = social_group) or"]),
        ("urban_communities", ["counts: community (one community)", "limited to: community_type = urban"]),
        ("tier/community_guided", ["when: loosely_organized_in_one_community", "then: community_guided", "mca-2017"]),
        ("tier", ["hit policy: first", "in force: from 2017-12-27", "by reading: a30_order: [registration_first]"]),
        ("mca-2017-191", ["mca-2017-191: Ministry", "(mca-2017-191 s49) [S]"]),
        ("民发〔2017〕191号", ["mca-2017-191: Ministry"]),
        ("mca-2017-191 s49", ["summary: ", "status: encoded", "tier/registered"]),
        ("registrable_form_x", []),
    ],
)
def test_show_knows_names_of_every_kind(name: str, expected: list[str]) -> None:
    if not expected:
        for lang, words in (("en", "no fact, parameter, reading"), ("zh", "没有这个名称")):
            result = CliRunner().invoke(cli, ["show", name, "--lang", lang])
            assert result.exit_code == 2
            assert words in result.output
        return
    text = run("show", name)
    assert [words for words in expected if words not in text and words != "applies when"] == [], text


def test_show_suggests_a_name_in_either_script() -> None:
    for name, suggestion in (
        ("teir", "tier"),
        ("最低个人会员", "最低个人会员数"),
        ("tier/comunity_guided", "tier/community_guided"),
    ):
        result = CliRunner().invoke(cli, ["show", name, "--lang", "en"])
        assert (result.exit_code, f"did you mean {suggestion}?" in result.output) == (2, True), result.output


def test_show_names_who_chose_an_option_and_who_added_a_value(tmp_path: Path) -> None:
    files = CASES["an option of a reading"][0] | CASES["a value of an enumeration"][0]
    package = str(overlay(tmp_path, files))
    chosen = run("show", "a1_grassroots_cluster", "--package", package)
    assert "* any" in chosen
    assert "chooses a1_grassroots_cluster" in chosen
    assert "all_three -> any [cn-630199]" in chosen
    values = run("show", "activity_kind", "--package", package)
    assert "counts as: mass_prevention_and_control\n    added by: cn-630199" in values


def test_a_citation_without_article_is_shown_with_its_summary(tmp_path: Path) -> None:
    package = str(overlay(tmp_path, CASES["a number"][0]))
    assert "invented notice: one statement (invented one) [P]" in run("diff", "--package", package)
