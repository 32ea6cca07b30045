"""An editor with the YAML language server completes names in Chinese and marks mistakes, by our schemas."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from tests import language_server
from tests.editor_view import rule_files
from tests.language_server import Editor, Offer
from tests.test_diagnostic_files import BAD, EXPECT, LONG

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
TIER = "policies/cn/decisions/tier.yaml"
SCENARIOS = "policies/cn/scenarios/tier.yaml"
CHANGES = "policies/cn-3210/changes.yaml"
PARAMETERS = "policies/cn/parameters/registration.yaml"
CURSOR = "‸"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages, for which `cso-rules schema` was run."""
    folder = tmp_path_factory.mktemp("folder")
    shutil.copytree(ROOT / "policies", folder / "policies")
    for name in ("base", "base-44"):
        shutil.copytree(ROOT / "tests" / "diagnostics" / name, folder / name)
    packages = ("policies/cn", "policies/cn-3210", "base", "base-44")
    arguments = ["schema", *(word for package in packages for word in ("--rules", package))]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editor]:
    settings = json.loads((folder / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    with language_server.editor(folder, settings) as opened:
        yield opened


def edited(folder: Path, name: str, old: str, new: str) -> tuple[Path, str]:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    return file, text.replace(old, new, 1)


def offered(editor: Editor, folder: Path, name: str, old: str, new: str) -> dict[str, Offer]:
    """Return what is offered where the cursor stands in an edited file."""
    file, text = edited(folder, name, old, new)
    before = text[: text.index(CURSOR)]
    editor.problems(file, text.replace(CURSOR, ""))
    return editor.completions(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_shipped_files_have_no_marks(editor: Editor, folder: Path) -> None:
    files = [file for name in ("cn", "cn-3210") for file, _ in rule_files(folder / "policies" / name)]
    marks = {file.name: editor.problems(file, file.read_text(encoding="utf-8")) for file in files}
    assert len(marks) > 60
    assert {name: found for name, found in marks.items() if found} == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "mark"),
    [
        (TIER, "hit_policy: first", "hit_polcy: first", "7:1 Property hit_polcy is not allowed."),
        (TIER, "when: not(in_scope)", "when: not(in_scpe)", "11:11 条件中有不认识的名称"),
        (
            TIER,
            "when: not(in_scope)",
            "cells: {individual_membrs: 3}",
            "11:13 Property individual_membrs is",
        ),
        (TIER, "    then: out_of_scope", "    then: out_of_scop", "12:11 Value is not accepted."),
        (TIER, "cite: [mca-2017-191 s1,", "cite: [mca-2017-191 s0,", "13:12 instruments.yaml 中没有这一条款"),
        (
            TIER,
            "registration_first: meets",
            "registration_frst: meets",
            "20:7 Property registration_frst is",
        ),
        (SCENARIOS, "individual_members: 18", "individual_membrs: 18", "7:58 没有这个名称"),
        (SCENARIOS, "tier: community_guided", "tier: comunity_guided", "9:13 Value is not accepted."),
        (CHANGES, "{sets: minimum_individual_members", "{sets: minimum_individual_member", "3:12 没有这个名称"),
        (PARAMETERS, "delegation: may_lower", "delegatoin: may_lower", "Property delegatoin is not allowed."),
    ],
)
def test_a_mistake_is_marked_at_its_place(
    name: str, old: str, new: str, mark: str, editor: Editor, folder: Path
) -> None:
    found = editor.problems(*edited(folder, name, old, new))
    assert any(mark in line for line in found), found


@pytest.mark.parametrize(
    ("name", "old", "new", "label", "documentation"),
    [
        (TIER, "when: not(in_scope)", f"when: {CURSOR}", "individual_members", "个人会员数"),
        (TIER, "when: not(in_scope)", f"when: {CURSOR}", "个人会员数", "individual_members"),
        (TIER, "when: not(in_scope)", f"cells:\n      {CURSOR}", "individual_members", "个人会员数"),
        (TIER, "    then: out_of_scope", f"    then: {CURSOR}", "registered", "依法登记"),
        (TIER, "hit_policy: first", CURSOR, "hit_policy", "命中策略"),
        (TIER, "hit_policy: first", f"hit_policy: {CURSOR}", "first", "首个"),
        (TIER, "cite: [mca-2017-191 s1,", f"cite: [{CURSOR},", "mca-2017-191 s49", "第五问"),
        (SCENARIOS, "facts: {activity_kinds", f"facts: {{{CURSOR}activity_kinds", "founder_residence", "发起人居住"),
        (SCENARIOS, "tier: community_guided", f"tier: {CURSOR}", "community_guided", "社区指导"),
        (CHANGES, "changes:\n", f"changes:\n  - sets: {CURSOR}\n", "minimum_individual_members", "最低个人会员数"),
        (CHANGES, "changes:\n", f"changes:\n  - {CURSOR}\n", "chooses", "读法"),
    ],
)
def test_a_name_is_offered_with_its_description(
    name: str, old: str, new: str, label: str, documentation: str, editor: Editor, folder: Path
) -> None:
    found = offered(editor, folder, name, old, new)
    assert documentation in found[label].documentation


def test_a_row_is_offered_the_answers_of_its_table_and_not_the_decision_in_which_it_stands(
    editor: Editor, folder: Path
) -> None:
    found = offered(editor, folder, TIER, "    then: out_of_scope", f"    then: {CURSOR}")
    answers = {"registered", "subdistrict_managed", "community_guided", "out_of_scope", "between_classes"}
    assert set(found) == answers


def test_a_row_of_another_decision_is_offered_what_it_may_follow(editor: Editor, folder: Path) -> None:
    head, row, _ = (folder / TIER).read_text(encoding="utf-8").partition("    then: out_of_scope")
    other = head.replace("decision: tier", "decision: tier_of_a_hub").removeprefix("format: 1\n")
    found = offered(editor, folder, TIER, head.removeprefix("format: 1\n") + row, f"{other}    then: {CURSOR}")
    assert "tier" in found


def test_a_scenario_is_offered_values_alone(editor: Editor, folder: Path) -> None:
    found = offered(editor, folder, SCENARIOS, "tier: community_guided", f"tier: {CURSOR}")
    assert "registered" in found
    assert "tier" not in found


@pytest.mark.parametrize(
    ("condition", "replaced"),
    [
        (f"in_scope and indiv{CURSOR}", "in_scope and indiv"),
        (f">-\n      in_scope and indiv{CURSOR}", None),
        (f">-\n      in_scope\n      and indiv{CURSOR} >= 30", None),
    ],
)
def test_in_a_block_an_offer_replaces_the_word_at_the_cursor_alone(
    condition: str, replaced: str | None, editor: Editor, folder: Path
) -> None:
    edit = offered(editor, folder, TIER, "when: not(in_scope)", f"when: {condition}")["individual_members"].edit
    if replaced is None:
        assert edit is None
    else:
        assert edit is not None
        assert edit["range"]["end"]["character"] - edit["range"]["start"]["character"] == len(replaced)


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ("individual_members >= minimum_individual_members", ["有多少名个人会员", "起：50（社会团体登记管理条例"]),
        ("最低个人会员数 <= individual_members", ["minimum", "最低个人会员数", "有多少名个人会员"]),
        ("not(in_scope)", ["是否属于社区社会组织"]),
    ],
)  # fmt: skip
def test_hover_tells_what_each_name_in_a_condition_means(
    condition: str, meant: list[str], editor: Editor, folder: Path
) -> None:
    file, text = edited(folder, TIER, "when: not(in_scope)", f"when: {condition}")
    editor.problems(file, text)
    line = text[: text.index(condition)].count("\n") + 1
    shown = editor.hover(file, line, 12)
    assert [part for part in meant if part not in shown] == []


UNMARKED = {
    "always-holds", "ambiguous-name", "condition-syntax", "cyclic-decisions", "decides-nothing",
    "different-restatement", "division-by-variable", "equal-rows", "forbidden-change", "gap-in-dates",
    "misnamed-file", "misnamed-folder", "missing-file", "missing-otherwise", "never-holds", "not-shown",
    "amended-out-of-force", "number-out-of-range", "open-end", "overlapping-dates", "overlapping-rows",
    "removed-parameter", "repeated-identifier", "repeated-package", "reversed-dates", "reversed-interval",
    "unreachable-row",
    "vacuous-criteria", "wrong-encoding", "wrong-entity", "wrong-type", "yaml-directive",
    "yaml-forbidden-character", "yaml-tag",
    "presumed-in-constraint", "too-many-cases", "impossible-day", "yaml-split-text",
}  # fmt: skip
"""Faults that only `cso-rules check` finds; the page on the editor names them."""


def test_it_is_known_which_faults_an_editor_marks(editor: Editor, folder: Path) -> None:
    unmarked = set()
    for path in BAD:
        head, _, text = path.read_bytes().decode().partition(EXPECT)[0].partition("\n")
        verb, name = head.removeprefix("# ").strip().split(": ")
        file = folder / ("base-44" if verb == "overlay" else "base") / name
        if verb == "remove" or not editor.problems(file, text.replace("{{LONG}}", LONG)):
            unmarked.add(path.stem)
    assert unmarked == UNMARKED


def test_the_page_names_what_an_editor_cannot_mark() -> None:
    page = (ROOT / "docs" / "how-to" / "edit-in-vs-code.md").read_text(encoding="utf-8")
    assert [code for code in sorted(UNMARKED) if f"`{code}`" not in page] == []
