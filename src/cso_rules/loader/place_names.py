"""Which of known places a name means, whether it stands alone or behind that of what the place lies in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cso_rules.diagnostics import nearest
from cso_rules.errors import ArgumentError, UnknownNameError
from cso_rules.model.spelling.spellings import normalised


def code_among(
    name: str,
    places: Callable[[], Mapping[str, frozenset[str]]],
    look_at: Callable[[], tuple[str, str]] = lambda: ("", ""),
) -> str:
    """Return the code of a place.

    Args:
        name: A name in Chinese or English, with or without the province before it, or a code.
        places: Returns the codes of every name that is known.
        look_at: Returns what to look at where no name is like it, in English and in Chinese.

    Raises:
        UnknownNameError: No place of this name is known.
        ArgumentError: Several places have this name.
    """
    wanted = re.sub(r"\s+", " ", normalised(name)).casefold()
    if wanted == "cn" or wanted.isdecimal():
        return wanted
    known = places()
    found = known.get(wanted) or _within(wanted, known)
    if len(found) > 1:
        codes = ", ".join(sorted(found))
        raise ArgumentError(
            f"{name}: places of this name are {codes}; write the code", f"{name}：{codes} 均为此名；请写代码"
        )
    if found:
        return next(iter(found))
    suggestion = nearest(wanted, known)
    raise UnknownNameError("jurisdiction", name, suggestion, ("", "") if suggestion else look_at())


def _within(wanted: str, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the codes of a name behind that of what the place lies in, such as 广东省深圳市."""
    found: set[str] = set()
    for end in range(2, len(wanted) - 1):
        outer, inner = known.get(wanted[:end], ()), known.get(wanted[end:], ())
        found |= {code for code in inner for around in outer if code.startswith(around) and code != around}
    return frozenset(found)
