"""Profiles of Hypothesis: how many generated cases each test tries. HYPOTHESIS_PROFILE names one.

`default` is for everybody's `make test`: the same cases on each run, so that it fails for what was changed and for
nothing else. `make agreement` runs the comparisons of executors as `agreement`, with four times as many, which are new
each time; `nightly` has forty times as many again. Cases that have a number, and those that take long each, are counted
by sampled.py.
"""

import gc
import importlib.util
import os
import shutil
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from cso_rules.engine import cache
from cso_rules.loader import storage
from cso_rules.loader.in_force import policy_of_date

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

_EXAMPLES = {"default": 25, "agreement": 100, "nightly": 4000}

for _name, _count in _EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_count,
        derandomize=_name == "default",
        deadline=None,
        print_blob=True,
        suppress_health_check=_SLOW,
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

gc.set_threshold(5_000_000, 20, 100)  # policies are kept for the whole run, and little else needs looking for

_CACHE = "CSO_RULES_CACHE"
storage.MOST_ENTRIES, storage.MOST_BYTES = 1 << 14, 1 << 31  # a run asks about more places and days than a user


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of a run keep their policies in one folder, which an earlier run can neither help nor spoil.

    Workers and commands inherit it. A test of a cache of its own sets another one. They keep compiled modules, too, as
    Python does unless it is told not to: hundreds of processes would compile the program anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if _CACHE not in os.environ:
        os.environ[_CACHE] = tempfile.mkdtemp(prefix="cso-rules-tests-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(_CACHE), ignore_errors=True))


def pytest_collection_finish() -> None:
    """Look for no garbage among the tests themselves."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Look for none among policies that end with the process."""
    gc.freeze()


@pytest.fixture
def shown_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load rules without showing that they are sound; of shipped ones test_one_tier shows it on every day."""
    monkeypatch.setattr(policy_of_date, "_show", lambda *_: None)


@pytest.fixture
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no rules on disk; those that a test makes for itself are not asked again."""
    monkeypatch.setattr(cache, "_write", lambda *_: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--bless`, which rewrites the expected output in tests/diagnostics."""
    parser.addoption("--bless", action="store_true", help="rewrite the expected output of tests/diagnostics")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests of generated cases; leave out the second engine where it cannot be built, elsewhere it is needed."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("generated")
    if tuple(sys.version_info) < (3, 13) or importlib.util.find_spec("durable_rules_engine"):
        return
    left_out = [item for item in items if item.get_closest_marker("rete")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
