"""An empty list asks for what the decisions need, says how it is filled in, and is read back as it stands."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from cso_rules import load_policy
from cso_rules.errors import UnknownNameError
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from cso_rules.tables.write.template import LEAVE_BLANK, Template, write_template


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2026, 11, 26))


def written(tmp_path: Path, template: Template) -> Path:
    path = tmp_path / "list.xlsx"
    with path.open("wb") as stream:
        write_template(stream, template)
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_is_read_back(policy: Policy, tmp_path: Path, language: str) -> None:
    template = Template.of(policy, language=language)
    sheet = read_sheet(written(tmp_path, template), is_known_heading(policy))
    columns = map_columns(sheet.header, policy)
    assert tuple(columns.facts.values()) == tuple(fact.name for fact in template.facts)
    assert (columns.identifier, columns.name, columns.site) == (0, 1, 2)
    assert (columns.unknown, columns.notes) == ((), ())
    assert list(sheet.rows) == []


def test_it_asks_for_the_facts_of_the_decisions_in_the_order_to_ask(policy: Policy) -> None:
    alone, more = Template.of(policy), Template.of(policy, tuple(policy.decisions))
    assert [fact.name for fact in alone.facts][:2] == ["founder_residence", "is_nonprofit"]
    assert len({fact.name for fact in alone.facts}) == len(alone.facts) > 20
    assert {fact.name for fact in alone.facts} <= {fact.name for fact in more.facts}
    with pytest.raises(UnknownNameError):
        Template.of(policy, ["no_such_decision"])


def test_columns_have_choices_and_hints_and_the_facts_are_explained(policy: Policy, tmp_path: Path) -> None:
    template = Template.of(policy)
    path = written(tmp_path, template)
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<dataValidation ") == len(template.facts)
    assert sheet.count(LEAVE_BLANK.zh) == len(template.facts)
    assert "城市社区,农村社区" in sheet
    book = CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_name("各列说明").to_python()
    assert [row[0] for row in rows[1 : len(template.facts) + 1]] == [template.heading(fact) for fact in template.facts]
    assert all(row[1] and row[2] and row[3] and row[4] for row in rows[1 : len(template.facts) + 1])


def test_the_command_writes_a_workbook_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    run = CliRunner().invoke(cli, ["template", "-o", str(path), "--as-of", "2018-06-01", "--jurisdiction", "cn"])
    assert run.exit_code == 0, run.output
    assert CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).sheet_names[0] == "名单"
    run = CliRunner().invoke(cli, ["template", "-o", str(tmp_path / "list.csv")])
    assert (run.exit_code, ".xlsx" in run.output) == (2, True)
