"""Names by which tables call a fact: those that its package declares, and the same with words that change nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cso_rules.model.policy import Fact

_QUESTION: Final = "是否"
_ASKS: Final = re.compile(r"(?:是否|有无|能否|已否).*|.*(?:是否|有无|能否).*")
_COUNTED: Final = re.compile(r"(.+?)(?:总人数|人数|总数|数量|个数|数)")
_COUNTS: Final = ("数", "人数", "总数", "总人数", "数量", "个数")
_DAYS: Final = ("日期", "时间")


def names_of(fact: Fact) -> Iterator[str]:
    """Yield the id of a fact, its labels, aliases and headings, and other forms of them that mean the same."""
    declared = (fact.name, fact.label.zh, fact.label.en, *fact.aliases, *(heading.text for heading in fact.headings))
    yield from declared
    if fact.type.kind == "boolean":
        asked = (fact.label.zh, *fact.aliases)
        yield from (f"{_QUESTION}{name}" for name in asked if not name.isascii() and _ASKS.fullmatch(name) is None)
    elif fact.type.kind == "integer" and (counted := _COUNTED.fullmatch(fact.label.zh)) is not None:
        yield from (f"{counted[1]}{ending}" for ending in _COUNTS)
    elif fact.type.kind == "date":
        yield from (name[:-2] + ending for name in declared if name.endswith(_DAYS) for ending in _DAYS)
