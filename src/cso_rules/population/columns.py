"""Which column holds which fact: exact names only, near misses are refused with the name that was meant."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.population.cells import heading_key
from cso_rules.population.problems import FileProblem

IDENTIFIER: Final = "organization_id"
NAME: Final = "organization_name"
COMMUNITY: Final = "community"
PLACE: Final = "jurisdiction"
DATE: Final = "as_of"
ENTITIES: Final = ("organization", "community")
"""Whose facts stand in the row of an organization."""
NEAR: Final = 0.8
OWN_COLUMNS: Final = {
    IDENTIFIER: (IDENTIFIER, "organization id", "编号", "组织编号", "统一社会信用代码"),
    NAME: (NAME, "organization name", "名称", "组织名称"),
    COMMUNITY: (COMMUNITY, "community name", "所在社区", "社区名称", "社区", "所在村（社区）"),
    PLACE: (PLACE, "area code", "地区代码", "行政区划代码"),
    DATE: (DATE, "as of", "适用日期"),
}


@attrs.frozen(kw_only=True)
class Columns:
    """The meaning of the columns of a table.

    Attributes:
        header: The headings as they stand in the file.
        identifier: Position of the column of ids, or None: then the row number is the id.
        name: Position of the column of names, or None.
        community: Position of the column that names the community, or None.
        place: Position of the column of area codes, or None: then one place holds for the table.
        date: Position of the column of dates whose rules apply, or None.
        facts: Fact by position.
        unknown: Headings that pass through to the output unread.
    """

    header: tuple[str, ...]
    identifier: int | None
    name: int | None
    community: int | None = None
    place: int | None = None
    date: int | None = None
    facts: Mapping[int, str]
    unknown: tuple[str, ...]

    def heading_of(self, fact: str) -> str:
        """Return the heading of a fact, or its id when the table has no such column."""
        found = (self.header[position] for position, name in self.facts.items() if name == fact)
        return next(found, fact)


def known_headings(*policies: Policy) -> dict[str, str]:
    """Return what every comparable heading means: a fact of one of the policies, or a column such as the id."""
    found: dict[str, str] = {}
    for fact in _facts(policies).values():
        for text in (fact.name, fact.label.zh, fact.label.en, *fact.aliases):
            found.setdefault(heading_key(text), fact.name)
    for column, texts in OWN_COLUMNS.items():
        found.update((heading_key(text), column) for text in texts)
    return found


def _facts(policies: Iterable[Policy]) -> dict[str, Fact]:
    found = (fact for policy in policies for fact in policy.facts.values() if fact.entity in ENTITIES)
    return {fact.name: fact for fact in found}


def is_known_heading(policy: Policy) -> Callable[[str], bool]:
    """Return the test that finds the header row; pass it to `read_sheet`."""
    known = known_headings(policy)
    return lambda text: heading_key(text) in known


def map_columns(header: tuple[str, ...], *policies: Policy, pass_through: Collection[str] = ()) -> Columns:
    """Find the meaning of each column.

    Args:
        header: Headings of the table.
        policies: Rules of the places in the table, whose facts are known by id, label and alias.
        pass_through: Headings that are not read although they are near a known name.

    Raises:
        FileProblem: A heading is nearly that of a fact, or two columns hold the same fact.
    """
    known, facts = known_headings(*policies), _facts(policies)
    meanings = {place: known[key] for place, key in enumerate(map(heading_key, header)) if key in known}
    unknown = tuple(text for place, text in enumerate(header) if place not in meanings)
    _refuse_repeated(header, meanings)
    _refuse_near([text for text in unknown if text not in pass_through], facts, known)
    position = {meaning: place for place, meaning in meanings.items()}
    return Columns(
        header=header,
        identifier=position.get(IDENTIFIER),
        name=position.get(NAME),
        community=position.get(COMMUNITY),
        place=position.get(PLACE),
        date=position.get(DATE),
        facts={place: name for place, name in meanings.items() if name in facts},
        unknown=unknown,
    )


def _refuse_repeated(header: tuple[str, ...], meanings: Mapping[int, str]) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for place, meaning in meanings.items():
        places[meaning].append(header[place])
    repeated = [" = ".join(headings) for headings in places.values() if len(headings) > 1]
    if repeated:
        listed = "; ".join(repeated)
        raise _problem(
            Label(en=f"columns with the same meaning: {listed}", zh=f"多列含义相同：{listed}"),
            Label(en="Keep one of them", zh="请只保留其中一列"),
        )


def _refuse_near(unknown: Iterable[str], facts: Mapping[str, Fact], known: Mapping[str, str]) -> None:
    near = [(text, meant) for text in unknown if (meant := _nearest(text, known))]
    if near:
        english = "; ".join(f"{text!r} (did you mean {_name(meant, facts).en!r}?)" for text, meant in near)
        chinese = "；".join(f"“{text}”（是否应为“{_name(meant, facts).zh}”？）" for text, meant in near)
        raise _problem(
            Label(en=f"headings near a known name: {english}", zh=f"列名与已知名称相近：{chinese}"),
            Label(en="Correct the heading, or rename the column", zh="请改正列名；如确为其他内容，请换一个列名"),
        )


def _nearest(text: str, known: Mapping[str, str]) -> str | None:
    key = heading_key(text)
    found = difflib.get_close_matches(key, known, n=1, cutoff=NEAR) if key else []
    return known[found[0]] if found else None


def _name(meaning: str, facts: Mapping[str, Fact]) -> Label:
    if meaning in facts:
        return facts[meaning].label
    texts = OWN_COLUMNS[meaning]
    return Label(en=texts[0], zh=texts[2])


def _problem(cause: Label, remedy: Label) -> FileProblem:
    return FileProblem(Label(en="header", zh="表头"), cause, remedy)
