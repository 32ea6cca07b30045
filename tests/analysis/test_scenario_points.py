"""Due dates, wording, steps, articles and amounts in scenarios, as people write them, and why an expectation fails."""

import shutil
from pathlib import Path

import pytest

from cso_rules.analysis.scenario_runner import ScenarioResult, run, run_sound
from cso_rules.loader.packages import package_path
from cso_rules.loader.scenarios.files import load_scenarios

HEAD = ["format: 1", "scenarios:"]
APPLIED = (
    "{individual_members: 60, registration_status: applied, is_licence_required: false, "
    "application_accepted_on: 2018年5月2日, applies_as_charity: false, documents_held: "
    "[application, capital_verification_report, premises_proof, people_data, draft_charter]}"
)
COUNTY = "county_civil_affairs_department"
PACKS = "include: [scope_pack, not_small, registration_pack, group_pack, urban_subdistrict]"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "cn"
    shutil.copytree(package_path("cn"), path, ignore=shutil.ignore_patterns("scenarios"))
    (path / "scenarios").mkdir()
    shutil.copy(package_path("cn") / "scenarios" / "packs.yaml", path / "scenarios")
    return path


def written(package: Path, facts: str, *more: str, packs: bool = False, day: str = "2018-06-01") -> Path:
    lines = ["  - title: one", f"    as_of: {day}", f"    facts: {facts}", *(f"    {line}" for line in more)]
    text = "\n".join([*HEAD, *lines, *([f"    {PACKS}"] if packs else [])]) + "\n"
    (package / "scenarios" / "one.yaml").write_text(text, encoding="utf-8")
    return package


def result(package: Path, facts: str, *more: str, packs: bool = False, day: str = "2018-06-01") -> ScenarioResult:
    (found,) = run(written(package, facts, *more, packs=packs, day=day))
    return found


def refused(package: Path, facts: str, *more: str) -> list[str]:
    return [fault.code for fault in run_sound(written(package, facts, *more)).diagnostics]


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        ("{due: {decide_registration: 2018-07-01}}", ""),
        ("{due: {作出登记决定: 2018-07-01, 申请登记: 无}}", ""),
        ("{due: {apply_county: none}, modality: {decide_registration: 应当}}", ""),
        ("{modality: {decide_registration: must}}", ""),
        ("{due: {decide_registration: 2018-07-02}}", "due of decide_registration expected 2018-07-02, got 2018-07-01"),
        ("{due: {decide_registration: [2018-06-01, 2018-07-01]}}",
         "due of decide_registration expected 2018-06-01 .. 2018-07-01, got 2018-07-01"),
        ("{due: {apply_for_registration: 2018-07-01}}", "due of apply_for_registration expected 2018-07-01, got none"),
        ("{modality: {decide_registration: 可以}}", "modality of decide_registration expected may, got must"),
        ("{modality: {hand_in_documents: must}}", "modality of hand_in_documents expected must, got no such item"),
    ],
)  # fmt: skip
def test_due_dates_and_wording_of_items_and_rows(expected: str, failure: str, package: Path) -> None:
    found = result(package, APPLIED, f"expect: {{next_actions: {expected}}}", packs=True)
    assert [text.removeprefix("next_actions: ") for text in found.failures] == [failure] * bool(failure)


def test_the_day_of_a_due_date_that_differs_is_traced_to_its_rule(package: Path) -> None:
    expect = "expect: {next_actions: {due: {decide_registration: 2018-07-02}}}"
    (reason,) = result(package, APPLIED, expect, packs=True).reasons
    assert reason is not None
    assert "row decide_registration (cn/decisions/next_actions.yaml:" in reason.en
    assert "registration_decision_due_on (cn/decisions/registration_decision_due_on.yaml:" in reason.en


def test_a_due_date_that_is_open_is_two_days(package: Path) -> None:
    facts = APPLIED.replace("2018年5月2日", "2018年5月")
    expect = "expect: {next_actions: {due: {decide_registration: [2018-06-30, 2018-07-30]}}}"
    assert result(package, facts, expect, packs=True).failures == ()


@pytest.mark.parametrize(
    ("steps", "is_right"),
    [
        ("[decide_registration, apply_for_registration]", True),
        ("[作出登记决定, 申请登记]", True),
        (f"[{{step: decide_registration, body: {COUNTY}}}, {{step: apply_for_registration, body: {COUNTY}}}]", True),
        ("[apply_for_registration, decide_registration]", False),
        ("[decide_registration]", False),
        ("[]", False),
    ],
)  # fmt: skip
def test_steps_are_those_of_the_lists_of_the_package_what_is_due_first_before_the_rest(
    steps: str, is_right: bool, package: Path
) -> None:
    found = result(package, APPLIED, f"steps: {steps}", packs=True)
    assert (not found.failures) is is_right
    assert is_right or found.failures[0].startswith("next_actions: steps expected ")


def test_a_step_that_no_list_has_is_a_fault(package: Path) -> None:
    assert refused(package, "{}", "steps: [apply_for_registation]") == ["wrong-value"]


CITES = [
    "order-250 art10-1",
    "社会团体登记管理条例 第十条",
    "《社会团体登记管理条例》第10条第一项",
    "国务院令第250号 第十条第一项",
    "国务院令第250号第10条",
    "order-250 article 10",
    "order-250 art. 10 item 1",
]


@pytest.mark.parametrize("cited", CITES)
def test_provisions_are_cited_as_people_write_them(cited: str, package: Path) -> None:
    facts = "{organizational_form: social_group, individual_members: 49, institutional_members: 0}"
    expect = f'expect: {{registration_conditions: {{value: false, cites: ["{cited}"]}}}}'
    assert result(package, facts, expect).failures == ()
    assert "does not cite" in result(package, "{hub_kind: federation}", expect.replace(
        "registration_conditions: {value: false, ", "hub_functions: {")).failures[0]  # fmt: skip


@pytest.mark.parametrize(
    "cited", ["社会团体登记管理条列 第十条", "社会团体登记管理条例 第1条", "社会团体登记管理条例", "第十条"]
)
def test_a_provision_that_is_not_there_is_a_fault(cited: str, package: Path) -> None:
    assert refused(package, "{}", f"expect: {{hub_functions: {{cites: {cited}}}}}") == ["unknown-citation"]


@pytest.mark.parametrize(
    ("written_as", "is_enough"),
    [("3万元", True), ("三万", True), ('"30,000"', True), ("叁万元整", True), ("30000", True), ("至少3万元", True),
     ("2.9999万元", False), ("2万余元", False), ("不足3万元", False)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(written_as: str, is_enough: bool, package: Path) -> None:
    facts = f"{{organizational_form: social_group, activity_funds: {written_as}}}"
    expect = f"expect: {{registration_conditions: {{failing: [{'' if is_enough else 'activity_funds'}]}}}}"
    assert result(package, facts, expect).failures == ()


def test_amounts_are_read_in_expectations(package: Path) -> None:
    facts = "{urban_communities: 三十, organizations_in_urban_communities: 二百七十}"
    right = "expect: {urban_target_shortfall: 三十}"
    wrong = 'expect: {urban_target_shortfall: "3,000"}'
    assert result(package, facts, "entity: area", right).failures == ()
    assert result(package, facts, "entity: area", wrong).failures == (
        "urban_target_shortfall: value expected 3000, got 30",
    )


@pytest.mark.parametrize("facts", ["{individual_members: 约20人}", "{individual_members: 20人（另有5人）}",
                                   "{individual_members: 3元}", "{activity_funds: 3人}"])  # fmt: skip
def test_what_is_no_amount_for_certain_is_a_fault(facts: str, package: Path) -> None:
    assert refused(package, facts, "expect: {hub_functions: []}") == ["wrong-value"]


def test_bounds_are_no_expectation(package: Path) -> None:
    assert refused(package, "{}", "entity: area", "expect: {urban_target_shortfall: 20余}") == ["wrong-value"]


def test_a_plain_number_stays_as_it_is_written(package: Path) -> None:
    path = written(package, "{individual_members: 四十九人, institutional_members: 2, activity_funds: 3.5万元}")
    (scenario,) = load_scenarios(path)
    assert scenario.facts == {"individual_members": "49", "institutional_members": "2", "activity_funds": "35000"}


GROUP = "{organizational_form: social_group, individual_members: 49, institutional_members: 0}"
FILE = "cn/decisions"
REASONS = [
    (GROUP, "registration_conditions: true",
     f"criterion members ({FILE}/registration_conditions.yaml:", "not met: individual members: 49 persons, less than"),
    ("{organizational_form: social_group}", "registration_conditions: true", "open because ", " missing"),
    ("{hub_kind: federation}", "hub_functions: {excludes: [training]}",
     f"row training ({FILE}/hub_functions.yaml:", "whose condition `hub_kind != none` holds"),
    ("{hub_kind: none}", "hub_functions: {includes: [training]}",
     f"row training ({FILE}/hub_functions.yaml:", "does not hold: "),
    ("{hub_kind: federation}", "hub_functions: {cites: [order-250 art6]}", "it cites mca-", ""),
    ("{founder_residence: lives_here_registered_elsewhere}", "founded_by_residents: true", "the law leaves", ""),
    ("{is_nonprofit: false}", "tier: registered", f"decided by row out_of_scope ({FILE}/tier.yaml:",
     "whose condition `not(in_scope)` holds"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expect", "first", "second"), REASONS, ids=[row[1] for row in REASONS])
def test_an_expectation_that_fails_says_why_with_the_place(
    facts: str, expect: str, first: str, second: str, package: Path
) -> None:
    reason = result(package, facts, f"expect: {{{expect}}}").reasons[0]
    assert reason is not None
    assert reason.en.startswith(first)
    assert second in reason.en
    assert not reason.zh.isascii()


def test_what_differs_is_said_in_chinese_with_labels(package: Path) -> None:
    found = result(package, GROUP, "expect: {registration_conditions: {value: true, failing: []}}")
    assert [difference.zh for difference in found.differences] == [
        "登记条件（registration_conditions）：结论应为 是（true），实际为 否（false）",
        "登记条件（registration_conditions）：不满足的条件应为 {}，实际为 {会员数量（members）}",
    ]


CITY = Path(__file__).parents[1] / "packages" / "lantern_city"
TOWN = "{form: association, area: 1, members: 20, applied_on: 2024-01-31}"


@pytest.mark.parametrize(
    ("facts", "expected", "failure"),
    [
        (TOWN, "responsibilities: {failing: [funds]}", "failing expected {funds}, got {}"),
        (TOWN, "responsibilities: {failing: [], unknown: [funds]}", ""),
        ("{members: 60, form: association}", "responsibilities: {failing: [], unknown: [funds]}", ""),
        ("{members: 10, form: association}", "responsibilities: {failing: [files]}", ""),
        ("{members: 30, form: association}", "responsibilities: {unknown: [files, funds]}", ""),
        ("{members: 30, form: association}", "responsibilities: {unknown: [funds]}",
         "unknown expected {funds}, got {files, funds}"),
        (TOWN, "responsibilities: {modality: {files: must}}", "modality of files expected must, got none"),
        ("{members: 60, form: association}", "duties: {modality: {decide: must}, unknown: [renew]}", ""),
        (TOWN, "duties: {due: {decide: [2024-02-20, 2024-02-21]}}", ""),
        (TOWN, "duties: {failing: [decide]}", "failing expected {decide}, got {}"),
    ],
)  # fmt: skip
def test_a_row_that_follows_a_decision_is_expected_as_it_is_written(
    facts: str, expected: str, failure: str, tmp_path: Path
) -> None:
    package = shutil.copytree(CITY, tmp_path / "lantern_city", ignore=shutil.ignore_patterns("scenarios"))
    (package / "scenarios").mkdir()
    found = result(package, facts, f"expect: {{{expected}}}", day="2024-06-01")
    assert [text.partition(": ")[2] for text in found.failures] == [failure] * bool(failure)
