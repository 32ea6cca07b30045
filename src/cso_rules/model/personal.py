"""Values about a person: what is said instead of them, wherever answers are shown or kept for others.

Which facts are personal says the policy (`Policy.is_personal`); `Policy.with_personal_shown` is the same policy for the
desk that may see them.
"""

from __future__ import annotations

from typing import Final

MASK: Final = "***"
"""What stands in the place of a personal value."""

NOT_UNDERSTOOD: Final = "cell-personal"
"""What is said of a personal value that is wrong, whatever is wrong with it."""
