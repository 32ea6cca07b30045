"""JSON and NDJSON in bulk: answers, problems and counts of `classify`, whether sets are lists or texts."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from cso_rules import load_policy
from cso_rules.model.policy import Policy
from tests.tables.both_ways import assert_same, refused_alike

RECORDS: list[dict[str, Any]] = [
    {
        "organization_id": "A",
        "individual_members": 60,
        "activity_kinds": ["services_for_residents"],
        "is_nonprofit": True,
    },
    {"organization_id": "B", "individual_members": "20余人", "activity_kinds": "文体娱乐、志愿", "is_nonprofit": "是"},
    {"organization_id": "C", "activity_kinds": [], "is_nonprofit": None, "activity_funds": 3.5},
    {"organization_id": "D", "activity_kinds": ["/"], "individual_members": True, "activity_funds": "3万元"},
    {"organization_id": "E", "activity_kinds": ["文体娱乐", "不认识"], "individual_members": -1},
    {"organization_id": "#REF!", "activity_kinds": ["文体娱乐"], "is_nonprofit": []},
    {"organization_id": "F", "activity_kinds": {"values": ["文体娱乐"], "complete": True}, "individual_members": {}},
    {"organization_id": "G", "activity_kinds": {"values": ["文体娱乐"], "complete": "也许"}},
    {"organization_id": "H", "is_nonprofit": {"value": True, "judged_by": "张三", "judged_on": "2018-02-30"}},
    {"organization_id": "I", "activity_kinds": "[]", "individual_members": 10**70},
    {"organization_id": " J ", "activity_kinds": ["文体娱乐", ""], "registration_status": ["未登记"]},
]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


@pytest.mark.parametrize("ending", ["json", "ndjson"])
def test_records_are_answered_in_bulk_as_one_by_one(policy: Policy, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"list.{ending}"
    lines = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
    path.write_text("\n".join(lines) if ending == "ndjson" else f"[{','.join(lines)}]", encoding="utf-8")
    counts = assert_same(path, policy)
    assert (counts.read, counts.refused) == (
        len(RECORDS),
        1,
    )  # an object in a cell is not understood, and its row is not lost


def test_a_file_that_holds_no_records_is_refused_as_by_classify(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('{"individual_members": 3}', encoding="utf-8")
    assert refused_alike(path, policy)
