"""A table is opened by one door: as rows and in batches it is the same, whatever the kind of file."""

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from cso_rules import load_policy
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.tables.opening import open_batches, open_rows
from cso_rules.tables.problems import FileProblem
from tests.tables.both_ways import assert_same, one_by_one

COLUMNS = {
    "organization_id": ["A1", "A2", "A3"],
    "organization_name": ["合唱团", "互助会", None],
    "individual_members": [60, None, -1],
    "activity_funds": [Decimal("30000.00"), Decimal("0.00"), None],
    "is_nonprofit": [True, False, None],
    "registered_on": [datetime.date(2017, 1, 2), None, None],
    "activity_kinds": [["services_for_residents"], [], None],
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".dat"])
def test_files_of_typed_columns_are_rows_too(ending: str, policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / f"list{ending}"
    (feather.write_feather if ending == ".arrow" else parquet.write_table)(pa.table(COLUMNS), path)
    assert assert_same(path, policy).read == 3
    assert one_by_one(path, policy)[0][0].cells[2] == 60


def test_binary_fractions_of_money_are_refused_by_both(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    parquet.write_table(pa.table(COLUMNS | {"activity_funds": [0.1, 0.2, 0.3]}), path)
    with pytest.raises(FactsError, match="holds no money exactly"):
        open_rows(path, policy)


@pytest.mark.parametrize(
    ("name", "code"), [("gone.csv", "file-missing"), ("none.csv", "file-empty"), ("a.xls", "file-old-workbook")]
)
def test_what_cannot_be_opened_is_refused_alike(name: str, code: str, policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / name
    if name != "gone.csv":
        path.write_bytes(b"" if name == "none.csv" else b"x")
    for opened in (open_rows, open_batches):
        with pytest.raises(FileProblem) as refused:
            opened(path, policy)
        assert refused.value.code == code
