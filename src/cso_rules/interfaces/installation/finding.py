"""One thing that was looked at in an installation, and how it stands."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from cso_rules.model.instruments import Label

State: TypeAlias = Literal["sound", "remark", "fault"]
"""Sound; works, with something to know; does not work as it should."""
Part: TypeAlias = Literal["program", "extras", "rules", "cache"]


@attrs.frozen(kw_only=True)
class InstallationFinding:
    """What was found.

    Attributes:
        part: The part of the installation.
        subject: What was looked at, such as the name of an extra; the same for every language.
        state: How it stands.
        said: What was found, in both languages.
        remedy: What to do; None where nothing is to be done.
    """

    part: Part
    subject: str
    state: State
    said: Label
    remedy: Label | None = None
