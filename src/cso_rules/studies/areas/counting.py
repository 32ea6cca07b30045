"""An area counted from tables: how many subjects count, at how many sites, and what that means for a target.

In come rules about the subjects and about the area, a roster and answered rows; out go counts and a determination.
Guaranteed: a row that was refused, repeated or left open widens a count and never falls out of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_

import attrs

from cso_rules.determination import Determination
from cso_rules.engine.aggregates import Counts, Tally
from cso_rules.engine.determine import determine
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.studies.areas.communities import Roster, facts_in, name_in
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.columns import TableColumns
from cso_rules.truth import Truth


@attrs.frozen(kw_only=True)
class OpenSubject:
    """A subject of which it is not known whether it counts.

    Attributes:
        truths: Whether it belongs to each aggregate.
        missing: Facts that would tell; empty when its row was refused or repeats an id, or the law leaves it open.
    """

    number: int
    id: str
    name: str
    truths: Mapping[str, Truth]
    missing: tuple[str, ...]
    is_refused: bool = False
    is_repeated: bool = False


@attrs.define(kw_only=True)
class AreaCount:
    """What was counted in an area.

    Attributes:
        policy: Rules about the area.
        roster: Its sites.
        complete: Which lists hold everything there is.
        open: Subjects that may still change a count.
        by_site: How many count at each site; for information.
        refused: Rows that were not answered.
        unread: Cells that were not understood, in rows that were answered or not.
    """

    policy: Policy
    roster: Roster
    complete: frozenset[str]
    counts: Counts
    counted: Tally = attrs.field(factory=Tally)
    open: list[OpenSubject] = attrs.field(factory=list)
    by_site: dict[str, Tally] = attrs.field(factory=dict)
    refused: list[Refused] = attrs.field(factory=list)
    unread: list[CellProblem] = attrs.field(factory=list)
    repeated: list[str] = attrs.field(factory=list)

    @property
    def facts(self) -> dict[str, Value]:
        """The facts of the area."""
        return self.counts.facts(self.complete)

    def determination(self, readings: Mapping[str, str]) -> Determination:
        """Return what the rules say about the area."""
        return determine(self.policy, self.facts, readings=readings)

    def open_for(self, aggregates: Collection[str]) -> list[OpenSubject]:
        """Return the subjects that may still change one of these counts."""
        return [item for item in self.open if any(item.truths.get(name) is Truth.UNKNOWN for name in aggregates)]


def asked_facts(policy: Policy) -> tuple[str, ...]:
    """Return the facts that tell sites apart, which a table of sites gives."""
    return tuple(dict.fromkeys(name for item in policy.aggregates.values() for name, _ in item.by))


def count_area(  # noqa: PLR0913 - what a count consists of
    policy: Policy,
    rows: Iterable[Answered | Refused],
    columns: TableColumns,
    roster: Roster,
    *,
    rules: Policy,
    complete: Collection[str] = (),
) -> AreaCount:
    """Count an area.

    Args:
        policy: Rules about the area.
        rows: Answered and refused subjects.
        columns: The columns of their table.
        roster: Their sites.
        rules: Rules about the subjects.
        complete: The entities whose lists hold everything there is.
    """
    area = AreaCount(policy=policy, roster=roster, complete=frozenset(complete), counts=Counts.of(policy))
    area.by_site |= {name: Tally() for name in roster.facts}
    for facts in roster.facts.values():
        area.counts.add_site(_known(facts))
    for facts in roster.doubtful:
        area.counts.add_site(_known(facts), is_certain=False)
    seen: set[str] = set()
    for item in rows:
        _add(area, item, columns, rules, seen)
    return area


def _known(facts: Mapping[str, str | None]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value is not None}


def _add(area: AreaCount, item: Answered | Refused, columns: TableColumns, rules: Policy, seen: set[str]) -> None:
    site = name_in(item.cells, columns.site)
    is_repeated = columns.identifier is not None and item.id in seen
    seen.add(item.id)
    area.unread += item.problems
    if isinstance(item, Answered):
        found = item.determination
    else:
        found = determine(rules, _readable(area, item, columns, rules), ask=False)
        area.refused.append(item)
    if is_repeated:
        area.repeated.append(item.id)
    is_certain = isinstance(item, Answered) and not is_repeated
    truths = area.counts.add_subject(found, is_certain=is_certain)
    counted = reduce(or_, truths.values(), Truth.FALSE)
    area.counted.add(counted)
    if site in area.by_site:
        area.by_site[site].add(counted)
    if Truth.UNKNOWN in truths.values():
        area.open.append(
            OpenSubject(
                number=item.number, id=item.id, name=item.name, truths=truths,
                missing=_missing(area.policy, found) if is_certain else (),
                is_refused=not isinstance(item, Answered), is_repeated=is_repeated,
            )
        )  # fmt: skip


def _readable(area: AreaCount, item: Refused, columns: TableColumns, rules: Policy) -> dict[str, Value]:
    """Return where a refused subject lies, unless that is what was refused."""
    if any(not problem.column for problem in item.problems):
        return {}
    return _known(facts_in(rules, item, columns, area.roster.names)[0])


def _missing(policy: Policy, found: Determination) -> tuple[str, ...]:
    """Return the facts that would tell whether a subject counts; only open ones are asked about."""
    found = determine(found.policy, found.facts, readings=found.readings)
    subject = policy.subject.name
    asked = {item.where for item in policy.aggregates.values() if item.counts == subject and item.where}
    settling = [missing.name for missing in found.missing_facts if asked & set(missing.settles)]
    own = [name for name in (*asked_facts(policy), *asked) if name in found.policy.facts and name not in found.supposed]
    return tuple(dict.fromkeys([*own, *settling]))


def settling(found: Iterable[OpenSubject]) -> list[tuple[str, int, int]]:
    """Return missing facts with how many subjects lack each, and how many lack nothing else; the best first."""
    lacking: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for item in found:
        lacking.update(item.missing)
        alone.update(item.missing if len(item.missing) == 1 else ())
    names = sorted(lacking, key=lambda name: (-alone[name], -lacking[name]))
    return [(name, lacking[name], alone[name]) for name in names]
