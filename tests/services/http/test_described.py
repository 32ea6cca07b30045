"""The service keeps to its own description, whatever schemathesis makes up from it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.running_service import PATIENCE, Running

pytestmark = pytest.mark.services

HOOKS = Path(__file__).with_name("ndjson.py")
DESCRIBED = {"as_of": "2024-06-01"}
OF_RULES = {"contradiction", "no-value-between", "no-such-place", "no-such-day", "no-such-entity", "ambiguous-place"}
"""Why a record that keeps to the description is refused all the same: no schema says these."""
EXAMPLES = 10


def test_no_answer_is_undocumented_and_none_is_a_fault(service: Running, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("schemathesis")
    found = subprocess.run(
        [
            command, "run", f"{service.base}/openapi.json?as_of=2024-06-01", "--checks", "all", "--exclude-checks",
            "positive_data_acceptance", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color",
        ],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=10 * PATIENCE, cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-5000:]
    assert "14 selected / 14 total" in found.stdout
    assert not [line for line in service.lines if '"fault"' in line]


def test_facts_that_keep_to_the_description_are_refused_by_rules_alone(service: Running) -> None:
    described = schemathesis.openapi.from_url(f"{service.base}/openapi.json", params=DESCRIBED)
    cases = described["/v1/classify"]["POST"].as_strategy(generation_mode=GenerationMode.POSITIVE)

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def check(case: Any) -> None:
        case.query, case.headers = dict(DESCRIBED), {}
        found = case.call()
        if found.status_code != 200:
            codes = {error["code"] for error in found.json()["errors"]}
            assert (found.status_code, codes <= OF_RULES) == (422, True), (codes, case.body)

    check()
