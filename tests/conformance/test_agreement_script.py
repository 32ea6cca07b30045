"""The script that compares every executor on generated records: it agrees, and it notices a difference."""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FEW = ("--rows", "300", "--rete", "5", "--skip-servers", "--no-page")
WITHOUT_RETE = ("--rows", "70", "--reference", "0", "--rete", "0", "--skip-servers", "--no-page")


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    """The script as a module; it finds its neighbours as it does when it is run, and its rules once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        found = importlib.import_module("agreement")
        patch.setattr(found, "rules_of_2018", cache(found.rules_of_2018))
        yield found


@pytest.mark.rete
def test_executors_agree_on_generated_records(script: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(FEW) == 0
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+) \| ([\d,]+) \| (\d+) \|$", capsys.readouterr().out, re.MULTILINE)
    counted = {name.split()[0]: (int(records), differences) for name, records, _, differences in rows}
    assert counted == dict.fromkeys(("bulk", "DuckDB", "reference", "SQLite"), (300, "0")) | {"rete": (5, "0")}


@pytest.mark.parametrize(("engine", "line"), [("Duck", 2), *(("Planes", line) for line in range(5))])
def test_a_planted_difference_is_found_and_shown(
    script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: str, line: int
) -> None:
    answer = getattr(script, engine).results

    def planted(self: Any, batch: Any) -> Any:
        packed = answer(self, batch)
        packed["tier"][line, 66] = (packed["tier"][line, 66] + 1) % 3
        return packed

    monkeypatch.setattr(getattr(script, engine), "results", planted)
    assert script.main(WITHOUT_RETE) == 1
    shown = capsys.readouterr().out
    assert "tier differs" in shown
    assert shown.count("Result(") == 2
    assert "'organization_id': 'S00000066'" in shown


def test_a_difference_of_the_reference_is_found(script: Any) -> None:
    policy = script.rules_of_2018()
    batch = next(script.batches(policy, 3))
    comparison = script.Comparison(policy, script.Packer(policy))
    expected = comparison.expected(batch)
    script.compare_reference(comparison, batch, expected)
    expected["registration_open"][2, 1] ^= 1
    with pytest.raises(script.DiffersError, match="registration_open differs"):
        script.compare_reference(comparison, batch, expected)
    assert comparison.counts == {"reference": 3}
