"""What the benchmarks about building permits compare says the same, whoever says it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyarrow import parquet

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    import importlib

    names = ("permit_one", "permit_many", "permit_records")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield {name: importlib.import_module(name) for name in names}
    for name in [name for name in sys.modules if name.startswith("permit_") or name == "page"]:
        del sys.modules[name]


def test_code_written_by_hand_and_the_library_agree_on_every_decision_item_and_rule(
    modules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules["permit_one"], "CHECKED", 150)
    differing = modules["permit_one"].check(modules["permit_records"].rules())
    assert differing.decisions == 150 * 4


def test_sql_written_by_hand_and_the_library_agree_on_every_row_and_reason(
    modules: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(modules["permit_many"], "CHECKED", 500)
    compared = modules["permit_many"].check(str(tmp_path))
    assert compared == 500 * len([name for name in _columns(tmp_path) if not name.endswith(".missing")])


def _columns(folder: Path) -> list[str]:
    return list(parquet.read_schema(folder / "two.parquet").names)


def test_hardly_a_number_comes_twice(modules: dict[str, Any]) -> None:
    drawn = modules["permit_records"].applications(1000, 0)
    assert len({facts["construction_cost"] for facts in drawn}) > 950
    assert len({facts["surveyed_on"] for facts in drawn}) > 500
