"""A personal fact is masked wherever answers are shown or kept for others, and shown to the desk that asks for it."""

import csv
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules import Policy, determine, explain, load_policy
from cso_rules.determination import to_json
from cso_rules.engine.watch import watch
from cso_rules.errors import FactsError
from cso_rules.explanation.papers.html import html
from cso_rules.explanation.papers.sheet import working_sheet
from cso_rules.explanation.shortfalls import why
from cso_rules.interfaces.cli import cli

CARD = Path(__file__).parent.parent / "packages" / "library_card"
AGE, WRONG, PAID = 97, "九十七岁半多", "4711"
FACTS = {
    "age": AGE, "home": "main_home", "overdue_items": 11, "guardian_consents": True, "address_is_credible": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package in which four facts of all kinds are personal, with a list."""
    found = tmp_path_factory.mktemp("personal") / "library_card"
    for path in (path for path in CARD.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        if path.name == "vocabulary.yaml":
            for name in ("age", "home", "overdue_items", "deposit_paid", "joined_on"):
                assert f"  - id: {name}\n" in text
                text = text.replace(f"  - id: {name}\n    type", f"  - id: {name}\n    personal: true\n    type")
        (found / path.relative_to(CARD)).parent.mkdir(parents=True, exist_ok=True)
        (found / path.relative_to(CARD)).write_text(text, encoding="utf-8")
    rows = [f"甲,{AGE},常住本市,{PAID},11", f"乙,{WRONG},常住本市,0,1", f"丙,{AGE},火星某处,{PAID}元整多,11"]
    header = "姓名,年龄,居住地,已交押金,逾期未还件数"
    (found.parent / "list.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def policy(folder: Path) -> Policy:
    return load_policy(folder, as_of="2024-06-01")


def secret(text: str) -> list[str]:
    """Return which personal values a text tells, beside style sheets and check sums."""
    plain = re.sub(r"(?s)<style>.*?</style>|[0-9a-f]{12,}", "", text)
    return [value for value in (str(AGE), WRONG, PAID, "火星某处", "4,711") if value in plain]


def run(folder: Path, *arguments: str) -> str:
    rules = ("--package", str(folder), "--as-of", "2024-06-01")
    found = CliRunner().invoke(cli, [arguments[0], str(folder.parent / "list.csv"), *arguments[1:], *rules])
    assert found.exit_code in {0, 4}, found.output
    return found.output


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_tells_it(policy: Policy, language: str) -> None:
    found = determine(policy, FACTS)
    texts = [explain(found, language, decision=name) for name in policy.decisions]
    texts += [why(found, language), html([working_sheet(found, language)], "", language), repr(found)]
    texts.append(str(to_json(found)["facts"]))
    assert [secret(text) for text in texts] == [[]] * len(texts)
    assert any("***" in text for text in texts[:-2])
    assert to_json(found)["facts"]["age"] == "***"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_own_desk_may_see_it(policy: Policy, language: str) -> None:
    found = determine(policy.with_personal_shown, FACTS)
    assert to_json(found)["facts"]["age"] == AGE
    assert "11" in explain(found, language, decision="may_borrow")
    assert policy.with_personal_shown.with_personal_shown is policy.with_personal_shown


@pytest.mark.parametrize("wrong", [WRONG, 9797, "火星某处"])
def test_no_error_tells_it(policy: Policy, wrong: object) -> None:
    for name in ("age", "home", "agee"):
        with pytest.raises(FactsError) as refused:
            determine(policy, {name: wrong})
        assert str(wrong) not in str(refused.value) + repr(refused.value.problems)
    with pytest.raises(FactsError) as refused:
        determine(policy, {"home": "main_home", "deposit_paid": PAID})
    assert not secret(str(refused.value) + repr(refused.value.problems))


def test_no_event_tells_it(policy: Policy) -> None:
    watcher = watch(policy)
    watcher.add("A", FACTS)
    events = watcher.change("A", {"age": 3})
    assert events
    assert all(change.before in {None, "***"} for event in events for change in event.facts)


def test_no_file_of_answers_tells_it(folder: Path, tmp_path: Path) -> None:
    for form in ("json", "ndjson", "table"):
        assert secret(run(folder, "classify", "--format", form)) == []
    assert secret(run(folder, "bulk", "-o", str(tmp_path / "answers.csv"), "--reasons")) == []
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig") as file:
        rows = [*csv.DictReader(file)]
    assert rows[1]["problem"]
    own = {"姓名", "年龄", "居住地", "已交押金", "逾期未还件数"}  # the list itself is handed on as it is
    assert secret(str([{name: text for name, text in row.items() if name not in own} for row in rows])) == []
    for row in "234":
        assert secret(run(folder, "explain", "--row", row)) == []
    assert secret(run(folder, "columns")) == []
    run(folder, "notice", "--all", "--for", "office", "-o", str(tmp_path / "sheets.html"))
    assert secret((tmp_path / "sheets.html").read_text("utf-8")) == []


def test_the_workbook_keeps_the_list_and_adds_nothing_that_tells_it(folder: Path, tmp_path: Path) -> None:
    run(folder, "classify", "-o", str(tmp_path / "result.xlsx"))
    with zipfile.ZipFile(tmp_path / "result.xlsx") as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")]
    told = unescape("".join(sheets))
    assert told.count(WRONG) == 1  # in the cell of the list itself
    assert told.count(f"{PAID}元整多") == 1


def test_a_switch_shows_it_at_the_own_desk(folder: Path, tmp_path: Path) -> None:
    assert "11" in run(folder, "explain", "--row", "2", "--decision", "may_borrow", "--show-personal")
    run(folder, "notice", "--row", "3", "--for", "office", "-o", str(tmp_path / "sheet.html"), "--show-personal")
    assert WRONG in (tmp_path / "sheet.html").read_text("utf-8")
