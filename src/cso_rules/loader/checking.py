"""Everything that is wrong with a package: its rules and its scenarios, together."""

from __future__ import annotations

import datetime
from pathlib import Path

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader import load
from cso_rules.loader.scenarios.files import read_scenarios


def check(
    package: str | Path, *, as_of: datetime.date | None = None, jurisdiction: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return every fault of a package: of its rules on every date on which something changes, and of its scenarios.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The one date on which the rules are judged; None judges every one.
        jurisdiction: A place whose other packages count, too.

    Raises:
        UnknownNameError: There is no such package or place.
    """
    rules = load.check(package, as_of=as_of, jurisdiction=jurisdiction)
    return tuple(dict.fromkeys((*rules, *read_scenarios(package).diagnostics)))
