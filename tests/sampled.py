"""How many of their generated cases comparisons try: `make test` the first quarter, `make agreement` all of them.

Of cases that take long each, `make test` tries the first tenth. These are cases by number, without Hypothesis; a test
that takes some of them is marked `generated`, so that the longer run finds it. What Hypothesis draws is counted by the
same profiles, in conftest.py.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

ALL = 100
"""Examples of a profile that leaves nothing out."""
SLOW = 10
"""Examples of what takes long each, in a profile that leaves something out."""
Case = TypeVar("Case")


def examples(*, are_slow: bool = False) -> int:
    """Return how many examples the profile tries of a test, or of one whose examples take long."""
    count = settings().max_examples
    return SLOW if are_slow and SLOW < count < ALL else count


def sampled(cases: Sequence[Case], *, are_slow: bool = False) -> Sequence[Case]:
    """Return the first of some cases, as many as the profile allows, and at least one."""
    return cases[: max(1, len(cases) * min(examples(are_slow=are_slow), ALL) // ALL)]
