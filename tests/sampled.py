"""How many of their generated cases comparisons try: `make test` the first quarter, `make agreement` all of them.

These are cases by number, without Hypothesis; a test that takes some of them is marked `generated`, so that the longer
run finds it. What Hypothesis draws is counted by the same profiles, in conftest.py.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

ALL = 100
"""Examples of a profile that leaves nothing out."""
Case = TypeVar("Case")


def sampled(cases: Sequence[Case]) -> Sequence[Case]:
    """Return the first of some cases, as many as the profile allows, and at least one."""
    return cases[: max(1, len(cases) * min(settings().max_examples, ALL) // ALL)]
