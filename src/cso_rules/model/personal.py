"""Values about a person: what is said instead of them, wherever answers are shown or kept for others.

Which facts are personal says the policy (`Policy.is_personal`); `Policy.with_personal_shown` is the same policy for the
desk that may see them.
"""

from __future__ import annotations

from typing import Final

from cso_rules.model.instruments import Label

MASK: Final = "***"
"""What stands in the place of a personal value."""

NOT_UNDERSTOOD: Final = Label(
    zh="内容不符合要求（个人信息，不显示原文）", en="what stands there is no possible value (personal, so not shown)"
)
"""What is said of a personal value that is wrong, whatever is wrong with it."""
