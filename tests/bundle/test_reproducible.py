"""The same rules give the same digest, whatever a process did before and however it hashes texts."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import datetime, sys
from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.container import digest_of
from cso_rules.loader.load import load_rules
from cso_rules.loader.packages import rule_set

for code in sys.argv[1:]:
    assert load_rules(rule_set("cn", code), datetime.date(2026, 3, 20)).changes
print(digest_of(build_bundle("cn", places=["3210", "4103"], first=datetime.date(2026, 3, 20)).data))
"""


@pytest.fixture(scope="module")
def digest() -> str:
    return built_after([], seed=1)


def built_after(places: list[str], seed: int) -> str:
    """Return the digest of a bundle whose process asked for the changes of some places before."""
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, *places],
        env=os.environ | {"PYTHONHASHSEED": str(seed)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return found.stdout


@pytest.mark.parametrize(("places", "seed"), [(["4103", "3210"], 2), (["11", "3210"], 7)])
def test_digest_is_that_of_the_rules_alone(digest: str, places: list[str], seed: int) -> None:
    assert built_after(places, seed) == digest
