"""Profiles of Hypothesis: HYPOTHESIS_PROFILE=nightly makes 200,000 comparisons instead of 5,000."""

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("default", max_examples=100, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile("nightly", max_examples=4000, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--bless`, which rewrites the expected output in tests/diagnostics."""
    parser.addoption("--bless", action="store_true", help="rewrite the expected output of tests/diagnostics")
