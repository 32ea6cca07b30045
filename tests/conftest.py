"""Profiles of Hypothesis: HYPOTHESIS_PROFILE=nightly makes 200,000 comparisons instead of 5,000."""

import importlib.util
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("default", max_examples=100, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile("nightly", max_examples=4000, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--bless`, which rewrites the expected output in tests/diagnostics."""
    parser.addoption("--bless", action="store_true", help="rewrite the expected output of tests/diagnostics")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the second engine where it cannot be built; elsewhere they fail when it is missing."""
    if tuple(sys.version_info) < (3, 13) or importlib.util.find_spec("durable_rules_engine"):
        return
    left_out = [item for item in items if item.get_closest_marker("rete")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
