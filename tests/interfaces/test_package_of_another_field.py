"""A package of another field, the card of a library, works with every command, in its own words."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules import determine, load_policy, open_records
from cso_rules.analysis.scenario_runner import run
from cso_rules.interfaces.cli import cli
from cso_rules.loader.load import check

PACKAGES = Path(__file__).parent.parent / "packages"
CARD, READERS, BRANCHES = PACKAGES / "library_card", PACKAGES / "readers.csv", PACKAGES / "branches.csv"
RULES = ("--package", str(CARD), "--as-of", "2024-06-01")
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
"""What a page does and holds; nobody reads it, and the country has its code there."""
FOREIGN = re.compile(
    r"organi[sz]ation|communit|\btiers?\b|subdistrict|township|supervis|civil affairs|\bhub\b|fundraising|\bcn\b"
    r"|组织(?!形式)|社区|街道|乡镇|民政|管理类别|认定层级|责任主体|扶持|枢纽"
)
"""Words of the rules that this project ships."""
COMMANDS = {
    "area": ["area", str(READERS), "--sites", str(BRANCHES), "--complete-sites", *RULES],
    "ask-next": ["ask-next", str(READERS), *RULES],
    "book": ["book", str(CARD), "--as-of", "2024-06-01", "-o", "{folder}/book"],
    "page": ["page", str(CARD), "--as-of", "2024-06-01", "-o", "{folder}/page.html"],
    "build": ["build", str(CARD), "-o", "{folder}/card.bundle"],
    "bulk": ["bulk", str(READERS), "-o", "{folder}/answers.parquet", "--reasons", *RULES],
    "check": ["check", str(CARD), "--places"],
    "classify": ["classify", str(READERS), *RULES],
    "columns": ["columns", str(READERS), "-o", "{folder}/columns.yaml", *RULES],
    "completion": ["completion", "bash"],
    "decisions": ["decisions", str(BRANCHES), "--entity", "branch", *RULES],
    "diff": ["diff", *RULES, "--jurisdiction", "4403"],
    "doctor": ["doctor", "--package", str(CARD)],
    "explain": ["explain", str(READERS), "--row", "2", *RULES],
    "fmt": ["fmt", "{folder}/condition.yaml"],
    "impact": ["impact", str(READERS), "--set", "age_of_full_card=18", "--sites", str(BRANCHES), *RULES],
    "new-overlay": ["new-overlay", "4401", "--extends", "library_card", "-o", "{folder}/packages"],
    "notice": ["notice", str(READERS), "--row", "2", "-o", "{folder}/notice.html", *RULES],
    "places": ["places", "--package", str(CARD)],
    "records": ["records", "show", "1", "--store", "{folder}/decisions.db"],
    "schema": ["schema", "--rules", str(CARD), "-o", "{folder}/schemas"],
    "search": ["search", "card", *RULES],
    "serve": ["serve", str(CARD), "--from", "2024-06-01", "--check"],
    "show": ["show", "card_kind", *RULES],
    "show-code": ["show-code", *RULES],
    "sql": ["sql", "--dialect", "duckdb", *RULES],
    "sweep": ["sweep", str(READERS), "age_of_full_card", "10", "20", *RULES],
    "template": ["template", "-o", "{folder}/list.xlsx", *RULES],
    "test": ["test", str(CARD), "--places", "--uncovered"],
    "trace": ["trace", str(CARD)],
}
REFUSES_A_ROW = {"area", "ask-next", "bulk", "classify", "impact", "sweep"}
"""Commands that read the whole list, in which one cell cannot be understood."""
SAID = {
    "area": ("reader", "读者"),
    "ask-next": ("2 of 8 readers have an open kind of card", "8 个读者中有 2 个类别未定"),
    "classify": ("kind of card", "证件种类"),
    "diff": ("lending desk", "借书处"),
    "explain": ("kind of card: full card.", "证件种类：普通证。"),
    "impact": ("Of 8 readers 8 were compared: 1 moved", "读取 8 个读者，其中 8 个可比较，1 个类别改变"),
    "show": ("who lives here and is younger", "未到普通证年龄的居民"),
    "sweep": ("readers by kind of card", "各类读者数"),
    "trace": ("Card rules of the library of Inventown", "虚构市图书馆借书证办法"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "condition.yaml").write_text("when: age>=3\n", encoding="utf-8")
    shutil.copytree(CARD, tmp_path / "packages" / "library_card")
    with open_records(tmp_path / "decisions.db") as store:
        decision = determine(load_policy(CARD, as_of="2024-06-01"), {"age": 12})
        store.append(decision, asked_by="desk 3", reason="a question")
    return tmp_path


def told(folder: Path, command: str, language: str, *more: str) -> Result:
    arguments = [part.format(folder=folder) for part in COMMANDS[command]]
    own = [] if command in {"completion", "fmt", "show-code"} else ["--lang", language]
    result = CliRunner().invoke(cli, [*arguments, *more, *own])
    assert result.exit_code == (4 if command in REFUSES_A_ROW else 0), result.output
    return result


def without_names(text: str, *folders: Path) -> str:
    """Return what was said, without paths and the name of this program."""
    for folder in (*folders, PACKAGES):
        text = text.replace(str(folder), "")
    return text.replace("cso-rules", "").replace("CSO_RULES_POLICIES", "")


def test_the_package_is_sound_and_its_scenarios_pass() -> None:
    assert check(CARD) == check(PACKAGES / "library_card-4403") == ()
    assert [found.failures for package in (CARD, PACKAGES / "library_card-4403") for found in run(package)] == [()] * 15


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == set(cli.commands)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_speaks_of_the_card_and_of_nothing_else(folder: Path, command: str, language: str) -> None:
    result = told(folder, command, language)
    text = without_names(result.output, folder)
    assert FOREIGN.findall(text) == []
    assert SAID.get(command, ("", ""))[language == "zh"] in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("classify", "csv"), ("classify", "json"), ("area", "json"), ("impact", "html"), ("impact", "json"),
        ("impact", "csv"), ("sweep", "svg"), ("ask-next", "json"), ("trace", "csv"),
    ],
)  # fmt: skip
def test_every_form_of_an_answer_speaks_so(folder: Path, command: str, form: str, language: str) -> None:
    assert FOREIGN.findall(without_names(told(folder, command, language, "--format", form).stdout, folder)) == []


@pytest.mark.parametrize("reader", ["applicant", "office"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notice_speaks_so(folder: Path, language: str, reader: str) -> None:
    told(folder, "notice", language, "--for", reader)
    page = (folder / "notice.html").read_text(encoding="utf-8").partition("<body>")[2]
    assert FOREIGN.findall(without_names(page, folder)) == []


@pytest.mark.parametrize("command", ["book", "schema", "new-overlay"])
def test_what_a_command_writes_speaks_so(folder: Path, command: str) -> None:
    told(folder, command, "en")
    written = [
        path for path in folder.rglob("*") if path.is_file() and path.suffix in {".html", ".json", ".yaml", ".md"}
    ]
    assert len(written) > 5
    for path in written:
        shown = SCRIPT.sub("", path.read_text(encoding="utf-8"))
        assert FOREIGN.findall(without_names(shown, folder)) == [], path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_speaks_of_no_field(command: str) -> None:
    text = CliRunner().invoke(cli, [command, "--help"]).output
    assert set(FOREIGN.findall(without_names(text))) <= {"cn", "communit"}  # the package that is shipped; older options


def test_a_table_has_the_columns_that_the_package_names(folder: Path) -> None:
    head = told(folder, "classify", "en", "--format", "csv").stdout.splitlines()[0]
    assert head.endswith("kind of card,status,why,services offered,missing facts,legal basis,remarks")


def test_an_area_counts_readers_at_branches(folder: Path) -> None:
    found = json.loads(told(folder, "area", "en", "--format", "json").stdout)
    assert found["readers"] == {"counted": 4, "open": 2}
    assert [(branch["name"], branch["counted"]) for branch in found["branches"]] == [
        ("东分馆", 2),
        ("西分馆", 2),
        ("南分馆", 0),
    ]
    assert [(target["branch_kind"], target["needed"]) for target in found["targets"]] == [("town", 4)]


def test_an_area_says_why_it_is_not_known_whether_somebody_counts(tmp_path: Path) -> None:
    lines = CliRunner().invoke(cli, ["area", str(READERS), *RULES, "--lang", "en"]).stdout.splitlines()
    assert "    R7 孙七: unsettled by law" in lines
    assert [line for line in lines if "R8" in line and "row refused" in line] == []
    ragged = tmp_path / "readers.csv"
    ragged.write_text(READERS.read_text("utf-8").rstrip("\n") + ",one more\n", "utf-8")
    lines = CliRunner().invoke(cli, ["area", str(ragged), *RULES, "--lang", "en"]).stdout.splitlines()
    assert "    R8 吴八: row refused" in lines


def test_a_notice_says_who_does_what_until_when(folder: Path) -> None:
    notice = told(folder, "explain", "en").stdout
    assert "must: renewal of the card (by: the reader); due by 2025-03-01" in notice
    assert "place" not in notice


def test_another_version_moves_readers_and_says_why(folder: Path) -> None:
    other = folder / "next" / "library_card"
    shutil.copytree(CARD, other)
    numbers = other / "parameters" / "numbers.yaml"
    numbers.write_text(numbers.read_text(encoding="utf-8").replace("value: 14", "value: 41"), encoding="utf-8")
    result = CliRunner().invoke(cli, ["impact", str(READERS), *RULES, "--against", str(other), "--lang", "en"])
    assert "Of 8 readers 8 were compared: 3 moved, 0 rows were refused." in result.output
    assert "card for children" in result.output


def test_what_a_place_states_about_showing_replaces_what_the_package_states(folder: Path) -> None:
    place = folder / "packages" / "library_card-4403"
    shutil.copytree(PACKAGES / "library_card-4403", place)
    with (place / "package.yaml").open("a", encoding="utf-8") as file:
        file.write("headline: may_borrow\n")
    assert load_policy(place, as_of="2024-06-01").headline == "may_borrow"
    assert load_policy(folder / "packages" / "library_card", as_of="2024-06-01").headline == "card_kind"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("headline: card_kind", "headline: card_knd", "unknown-name"),
        ("tables: [services]", "tables: [servces]", "unknown-name"),
        ("addressees: counter", "addressees: contour", "unknown-name"),
        ("within: branch", "within: brunch", "unknown-name"),
        ("of: {branch_kind: town}", "of: {branch_kind: twon}", "wrong-value"),
        ("status: town_target_status", "state: town_target_status", "unknown-key"),
        ("id: library,", "id: branch,", "repeated-identifier"),
    ],
)
def test_a_wrong_word_about_showing_is_reported_at_its_line(folder: Path, old: str, new: str, code: str) -> None:
    package = folder / "packages" / "library_card"
    file = package / "package.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert code in {fault.code for fault in check(package)}
    assert all(fault.span is not None for fault in check(package))
