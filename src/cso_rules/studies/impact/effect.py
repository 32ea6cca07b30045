"""What a change of the rules does to a list of organizations.

In come the rows of a table answered by the rules before and after; out go who moved from which answer to which, why,
and what else changed. Guaranteed: every row is counted once, read = answered + refused, and causes add up to the moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from cso_rules.determination import Determination
from cso_rules.explanation.basis import bearing
from cso_rules.model.decisions import Rule
from cso_rules.model.expressions import variables
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.model.presentation import Entities, Entity
from cso_rules.model.types import Value
from cso_rules.studies.impact.causes import Attribution, Cause, items_of
from cso_rules.studies.impact.differences import Difference, Differences
from cso_rules.studies.states import State, item_label, ordered, state_label, state_of
from cso_rules.tables.answer.rows import Answered, PolicyForRow, Refused, Summary, answers
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.cells import Sheet
from cso_rules.tables.read.columns import TableColumns
from cso_rules.truth import Truth

FindDifferences = Callable[[Policy, Policy], Differences]
_Items = tuple[Answered | Refused, Answered | Refused]


@attrs.frozen(kw_only=True)
class Turned:
    """A criterion or row on the way to the headline that holds otherwise than before."""

    decision: Label
    rule: Rule
    before: Truth
    after: Truth
    citations: tuple[Citation, ...]
    is_leaf: bool
    """Whether nothing turned in the decisions that it reads: it turned first, and turned the others."""


@attrs.frozen(kw_only=True)
class MovedSubject:
    """A subject whose headline changed.

    Attributes:
        cause: Which differences moved it, and in what way.
        turned: Criteria and rows that hold otherwise than before.
    """

    number: int
    id: str
    name: str
    before: State
    after: State
    mode: str
    cause: tuple[Difference, ...]
    turned: tuple[Turned, ...]

    @property
    def leaves(self) -> tuple[Turned, ...]:
        """The criteria that turned first; all where none did."""
        return tuple(item for item in self.turned if item.is_leaf) or self.turned

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Provisions behind the cause, or else behind what turned."""
        own = (cited for item in self.cause for cited in item.citations)
        return tuple(dict.fromkeys(own)) or tuple(
            dict.fromkeys(cited for item in self.turned for cited in item.citations)
        )


@attrs.frozen(kw_only=True)
class NotCompared:
    """A row that was refused under the rules before, after, or both."""

    number: int
    id: str
    name: str
    side: str
    problems: tuple[CellProblem, ...]


@attrs.define(kw_only=True)
class ItemCount:
    """For how many organizations an item of a list holds for certain, before and after."""

    decision: str
    list: Label
    label: Label
    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0

    def add(self, was: Truth, became: Truth) -> None:
        """Count an organization."""
        self.before += was is Truth.TRUE
        self.after += became is Truth.TRUE
        self.gained += became is Truth.TRUE and was is not Truth.TRUE
        self.lost += was is Truth.TRUE and became is not Truth.TRUE


@attrs.define(kw_only=True)
class Impact:
    """The effect of a change on a list.

    Attributes:
        pairs: Every pair of policies that was compared; several where rows have places and dates of their own.
        matrix: How many organizations went from one state to another.
        unread: Cells that were not understood, each once.
        items: Changes of what is in lists, such as services.
        entities: Whom the list is about, and what these lie in.
    """

    entities: Entities = Entities()  # noqa: RUF009 - frozen
    pairs: list[tuple[Policy, Policy]] = attrs.field(factory=list)
    matrix: Counter[tuple[State, State]] = attrs.field(factory=Counter)
    moved: list[MovedSubject] = attrs.field(factory=list)
    refused: list[NotCompared] = attrs.field(factory=list)
    unread: dict[CellProblem, None] = attrs.field(factory=dict)
    items: dict[tuple[str, tuple[tuple[str, str], ...]], ItemCount] = attrs.field(factory=dict)
    summary: Summary = attrs.field(factory=Summary)

    @property
    def about(self) -> Entity:
        """Whom the list is about."""
        return self.entities.subject

    @property
    def answered(self) -> int:
        """How many rows both rule sets answered."""
        return sum(self.matrix.values())

    @property
    def read(self) -> int:
        """How many rows were read."""
        return self.answered + len(self.refused)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy, for names."""
        return tuple(policy for pair in self.pairs for policy in reversed(pair))

    @property
    def states(self) -> tuple[State, ...]:
        """Every state before or after, in the order of the rules."""
        found = {state for pair in self.matrix for state in pair}
        return ordered(found, self.policies[0]) if self.pairs else ()

    def total_before(self, state: State) -> int:
        """Return how many were in a state before."""
        return sum(count for (before, _), count in self.matrix.items() if before == state)

    def total_after(self, state: State) -> int:
        """Return how many are in a state after."""
        return sum(count for (_, after), count in self.matrix.items() if after == state)

    @property
    def causes(self) -> list[tuple[str, tuple[Difference, ...], int]]:
        """Mode, differences and number of every cause, the most frequent first; the numbers add up to the moved."""
        counts = Counter((item.mode, item.cause) for item in self.moved)
        return sorted(((mode, cause, count) for (mode, cause), count in counts.items()), key=lambda row: -row[2])

    @property
    def changed_items(self) -> list[ItemCount]:
        """Items of lists that some organization gained or lost."""
        found = [count for count in self.items.values() if count.gained or count.lost]
        order = list(dict.fromkeys(name for policy in self.policies for name in _compared(policy)))
        return sorted(found, key=lambda count: (order.index(count.decision), -(count.gained + count.lost)))

    def label(self, state: State) -> Label:
        """Return the name of a state."""
        return state_label(state, *self.policies)


@attrs.frozen(kw_only=True)
class _Pair:
    number: int
    id: str
    name: str
    before: Determination
    after: Determination


def compare(  # noqa: PLR0913 - what a comparison consists of
    before: PolicyForRow,
    after: PolicyForRow,
    sheet: Sheet,
    columns: TableColumns,
    *,
    differences: FindDifferences,
    readings: Mapping[str, str] | None = None,
    is_strict: bool = False,
    watched: Callable[[Iterable[_Items]], Iterable[_Items]] = iter,
) -> Impact:
    """Compare the answers of two rule sets about every row.

    Args:
        before: The policy of a row before the change.
        after: The policy of a row after it.
        sheet: The table.
        columns: What its columns mean, under the vocabularies of both.
        differences: Returns what tells a policy before from the one after.
        readings: Chosen options of ambiguous texts.
        is_strict: Whether a cell that is not understood refuses its row; otherwise its fact is unknown.
        watched: Passes the answers of every row on, as somebody watches how far it has come.
    """
    rows = list(sheet.rows)
    impact, own = Impact(entities=columns.entities), Summary()
    chosen = dict(readings or {})
    common: dict[str, Any] = {"readings": chosen, "ask": False, "is_strict": is_strict}
    sides = [
        answers(policy_for, attrs.evolve(sheet, rows=iter(rows)), columns, summary=summary, **common)
        for policy_for, summary in ((before, impact.summary), (after, own))
    ]
    moved = list(_moved_pairs(impact, watched(zip(sides[0], sides[1], strict=True))))
    impact.moved = list(_explained(moved, differences, chosen))
    return impact


def _moved_pairs(impact: Impact, items: Iterable[_Items]) -> Iterator[_Pair]:
    seen: dict[tuple[int, int], None] = {}
    for was, became in items:
        impact.unread |= dict.fromkeys((*was.problems, *became.problems))
        if not isinstance(was, Answered) or not isinstance(became, Answered):
            impact.refused.append(_not_compared(was, became))
            continue
        policies = was.determination.policy, became.determination.policy
        if (id(policies[0]), id(policies[1])) not in seen:
            seen[id(policies[0]), id(policies[1])] = None
            impact.pairs.append(policies)
        states = state_of(was.determination), state_of(became.determination)
        impact.matrix[states] += 1
        _count_items(impact, was.determination, became.determination)
        if states[0] != states[1]:
            yield _Pair(
                number=was.number, id=was.id, name=was.name, before=was.determination, after=became.determination
            )


def _not_compared(was: Answered | Refused, became: Answered | Refused) -> NotCompared:
    sides = [side for side, item in (("before", was), ("after", became)) if isinstance(item, Refused)]
    problems = (problem for item in (was, became) if isinstance(item, Refused) for problem in item.problems)
    return NotCompared(
        number=was.number,
        id=was.id,
        name=was.name,
        side="both" if len(sides) > 1 else sides[0],
        problems=tuple(dict.fromkeys(problems)),
    )


def _compared(policy: Policy) -> tuple[str, ...]:
    """Return the lists whose items are counted."""
    return policy.presentation.lists.comparisons


def _count_items(impact: Impact, before: Determination, after: Determination) -> None:
    for decision in dict.fromkeys(name for policy in (after.policy, before.policy) for name in _compared(policy)):
        was, became = _items(before, decision), _items(after, decision)
        for columns in dict.fromkeys((*was, *became)):
            key = (decision, columns)
            if key not in impact.items:
                policy = after.policy if columns in became else before.policy
                impact.items[key] = ItemCount(
                    decision=decision, list=policy.heading(decision), label=item_label(policy, decision, dict(columns))
                )
            impact.items[key].add(was.get(columns, Truth.FALSE), became.get(columns, Truth.FALSE))


def _items(found: Determination, decision: str) -> dict[tuple[tuple[str, str], ...], Truth]:
    """Return the items of a list with whether they hold; one certain row is enough."""
    outcome = found.outcomes.get(decision)
    items: dict[tuple[tuple[str, str], ...], Truth] = {}
    for _, columns, truth in outcome.items if outcome is not None else ():
        key = tuple(columns.items())
        items[key] = items.get(key, Truth.FALSE) | truth
    return items


def _explained(moved: list[_Pair], differences: FindDifferences, readings: Mapping[str, str]) -> Iterator[MovedSubject]:
    groups: dict[tuple[int, int], list[int]] = {}
    for place, pair in enumerate(moved):
        groups.setdefault((id(pair.before.policy), id(pair.after.policy)), []).append(place)
    found: dict[int, tuple[Cause, Differences]] = {}
    for places in groups.values():
        first = moved[places[0]]
        between = differences(first.before.policy, first.after.policy)
        search = Attribution(differences=between, readings=readings, decision=first.after.policy.headline)
        causes = search.causes([(_facts(moved[place]), state_of(moved[place].after)) for place in places])
        found.update((place, (cause, between)) for place, cause in zip(places, causes, strict=True))
    for place, pair in enumerate(moved):
        cause, between = found[place]
        yield MovedSubject(
            number=pair.number,
            id=pair.id,
            name=pair.name,
            before=state_of(pair.before),
            after=state_of(pair.after),
            mode=cause.mode,
            cause=items_of(cause, between),
            turned=tuple(_turned(pair)),
        )


def _facts(pair: _Pair) -> dict[str, Value]:
    return {**pair.before.facts, **pair.after.facts}


def _turned(pair: _Pair) -> Iterator[Turned]:
    """Yield criteria and rows behind the headline, before or after, that hold otherwise than before, nearest first."""
    sides = (bearing(found, [found.policy.headline]) for found in (pair.after, pair.before))
    names = dict.fromkeys(name for side in sides for name in side)
    found = {name: list(_turned_rules(pair, name)) for name in names if name in pair.after.outcomes}
    for name, rules in found.items():
        for rule, before, after in rules:
            yield Turned(
                decision=pair.after.outcomes[name].decision.label,
                rule=rule,
                before=before,
                after=after,
                citations=pair.after.outcomes[name].citations_of(rule),
                is_leaf=_is_first(rule, found),
            )


def _is_first(rule: Rule, turned: Mapping[str, object]) -> bool:
    read = variables(rule.condition)  # none for the row that holds when all others do not
    return bool(read) and not any(turned.get(source) for source in read)


def _turned_rules(pair: _Pair, name: str) -> Iterator[tuple[Rule, Truth, Truth]]:
    was = pair.before.outcomes.get(name)
    truths = {item.rule.id: item.truth for item in was.findings} if was is not None else {}
    outcomes = [outcome for outcome in (was, pair.after.outcomes[name]) if outcome is not None]
    deciding = {rule.id for outcome in outcomes for rule in outcome.deciding()}
    for item in pair.after.outcomes[name].findings:
        before = truths.get(item.rule.id)
        if before is not None and before is not item.truth and item.rule.id in deciding:
            yield item.rule, before, item.truth
