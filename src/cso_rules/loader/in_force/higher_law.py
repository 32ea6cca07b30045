"""What local changes do to higher law: whom they admit against it, and whom they refuse beyond it.

Judged by what a change does, not by how it is written: the decisions before and after it are compared as diagrams. In
come the declarations of a place on a date; out comes for each unit of changes what it does. Before a unit stands what
is inherited with those earlier units that go below nothing, so that the rules without those that do admit nobody
against higher law.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property

import attrs

from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.in_force.example_words import described
from cso_rules.loader.in_force.overlays import Applied, Unit, applied, direction, inherited, units_of
from cso_rules.loader.in_force.stages import HIGHER_LAW, Stage
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision, rules_of
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Change, Policy
from cso_rules.plan.diagrams import Node
from cso_rules.plan.shown.comparison import Comparison

Days = tuple[datetime.date, datetime.date]
"""The first and the last day of a period."""


@attrs.frozen(kw_only=True)
class Bearing:
    """How a unit of changes bears on higher law.

    Attributes:
        below: The provisions against which it admits somebody.
        beyond: The provisions to which it adds what they do not ask.
        admitted: Somebody whom it admits so, in words.
        refused: Somebody whom it refuses so.
    """

    below: tuple[Citation, ...] = ()
    beyond: tuple[Citation, ...] = ()
    admitted: Label | None = None
    refused: Label | None = None

    def told(self, change: Change) -> Change:
        """Return a change with what its unit does."""
        return attrs.evolve(
            change, conflicts_with=self.below, beyond=self.beyond, admitted=self.admitted, refused=self.refused
        )


def bearings(found: Declarations, as_of: datetime.date, days: Days | None = None) -> tuple[Bearing, ...]:
    """Return how each unit of local changes bears on higher law, in the order of the units.

    Args:
        found: What all packages declare, the national one first.
        as_of: The date; of a period its first day.
        days: The first and the last day of a period; then somebody is admitted or refused on some of its days.
    """
    if len(found.packages) == 1:
        return ()
    track = _Track(found=inherited(found, as_of), as_of=as_of, days=days)
    return tuple(track.judged(unit) for unit in units_of(found, as_of))


def locally_changed(
    found: Declarations,
    as_of: datetime.date,
    reader: Reader,
    *,
    local_deviations: bool = True,
    days: Days | None = None,
) -> tuple[Applied, Callable[[], tuple[Change, ...]]]:
    """Return declarations with local changes made, and what lists the changes with their bearing on higher law.

    Args:
        found: What all packages declare, the national one first.
        as_of: The date.
        reader: Takes up the faults of changes that are not allowed.
        local_deviations: Whether changes that go below higher law are made; they are listed in any case.
        days: The first and the last day of a period for which the changes are listed; None is the date alone.
    """
    known = cache(lambda: bearings(found, as_of, days))
    is_off = () if local_deviations else [place for place, bearing in enumerate(known()) if bearing.below]
    made = applied(found, as_of, reader, left_out=is_off)
    pairs = tuple(zip(made.changes, made.units, strict=True))
    return made, lambda: tuple(known()[unit].told(change) for change, unit in pairs)


# ------------------------------------------------------------------------------------------ what one unit does


@attrs.define(kw_only=True, slots=False)
class _Track:
    """The rules with all units so far that go below nothing."""

    found: Declarations
    as_of: datetime.date
    days: Days | None = None
    waiting: list[Unit] = attrs.field(factory=list)
    """Units that bear on nothing, not made yet."""
    stages: dict[str, Stage] = attrs.field(factory=dict)
    stale: dict[str, set[str]] = attrs.field(factory=dict)
    """For each entity the decisions that waiting units change."""

    def judged(self, unit: Unit) -> Bearing:
        """Return what a unit does, and make it unless it goes below higher law."""
        if all(change.operation in {"restates", "chooses"} for change in unit.changes) and unit.decision is None:
            self.waiting.append(unit)
            return Bearing()
        entities = self.found.entities.names
        touched = {entity: self._touched(entity, unit) for entity in entities}
        if not any(self._bears(self._stage(entity), names, unit) for entity, names in touched.items() if names):
            self.waiting.append(unit)
            for entity, names in touched.items():
                self.stale.setdefault(entity, set()).update(names)
            return Bearing()
        return self._weighed(unit, {entity: names for entity, names in touched.items() if names})

    def _weighed(self, unit: Unit, touched: Mapping[str, set[str]]) -> Bearing:
        self._make_waiting()
        found = applied(self.found, self.as_of, Reader(), units=[unit]).found
        stated = [one for change in unit.changes if change.operation == "sets" for one in self._stated(change.path)]
        effects: list[_Effect] = []
        later: dict[str, Stage] = {}
        for entity, names in touched.items():
            before = self._stage(entity)
            later[entity] = before.followed_by(found, names)
            effects += _Weighing(before=before, after=later[entity], unit=unit, touched=names, stated=stated).effects()
        effects += self._lowered(unit, touched)
        bearing = _joined(effects)
        if not bearing.below:
            self.found = found
            self.stages |= later
        return bearing

    def _make_waiting(self) -> None:
        """Make what waits."""
        if self.waiting:
            self.found = applied(self.found, self.as_of, Reader(), units=self.waiting).found
            self.waiting.clear()
            for entity, stage in self.stages.items():
                self.stages[entity] = stage.followed_by(self.found, self.stale.get(entity, ()))
            self.stale.clear()

    def _stage(self, entity: str) -> Stage:
        if entity not in self.stages:
            self.stages[entity] = Stage(found=self.found, as_of=self.as_of, entity=entity, days=self.days)
        return self.stages[entity]

    def _touched(self, entity: str, unit: Unit) -> set[str]:
        """Return the decisions about an entity whose rules or numbers a unit changes."""
        about = self.found.decisions_about(entity)
        names = {unit.decision.name} if unit.decision is not None else set[str]()
        names |= {change.path.partition("/")[0] for change in unit.changes if "/" in change.path}
        numbers = [change.path for change in unit.changes if change.operation == "sets"]
        read = (name for number in numbers for name in self._stage(entity).reading(number)) if about else ()
        return {name for name in (*names, *read) if name in about}

    def _bears(self, stage: Stage, names: set[str], unit: Unit) -> bool:
        """Tell whether something of higher law may be another than before."""
        policy = stage.policy
        if policy is None:
            return False
        rows = [(policy.decisions.get(name), rule) for name, rule in rewritten(unit)]
        return (
            bool(names & stage.bearing)
            or any(stage.law(row for row in rules_of(one) if row.id == rule) for one, rule in rows if one is not None)
            or any(change.operation == "sets" and self._stated(change.path) for change in unit.changes)
        )

    def _stated(self, parameter: str) -> tuple[Citation, ...]:
        """Return the provisions of higher law that state a number."""
        value = self.found.parameters[parameter].value_on(self.as_of)
        cited = value.citations if value is not None else ()
        return tuple(one for one in cited if self.found.kinds.get(one.instrument) in HIGHER_LAW)

    def _lowered(self, unit: Unit, touched: Mapping[str, set[str]]) -> Iterator[_Effect]:
        """Yield each number of higher law that no criteria of it compare, where it becomes lower."""
        for change in unit.changes:
            if change.operation != "sets" or change.value is None:
                continue
            read = {name for entity in touched for name in self._stage(entity).reading(change.path)}
            if any(read & stage.bearing for stage in self.stages.values()):
                continue
            standing = self.found.parameters[change.path].value_on(self.as_of)
            if standing is not None and direction(standing.numbers, change.value.numbers) == "lower":
                yield _Effect(below=self._stated(change.path))


def rewritten(unit: Unit) -> tuple[tuple[str, str], ...]:
    """Return the rules, as decision and id, that a unit removes or replaces."""
    paths = (change.path.split("/") for change in unit.changes if change.operation in {"removes", "replaces"})
    return tuple((path[0], path[1]) for path in paths)


@attrs.frozen(kw_only=True)
class _Effect:
    """Whom a unit admits against some provisions, or refuses beyond them; `somebody` is None where none was found."""

    below: tuple[Citation, ...] = ()
    beyond: tuple[Citation, ...] = ()
    somebody: Label | None = None


def _joined(effects: Sequence[_Effect]) -> Bearing:
    below = dict.fromkeys(one for effect in effects for one in effect.below)
    beyond = dict.fromkeys(one for effect in effects for one in effect.beyond)
    return Bearing(
        below=tuple(below),
        beyond=tuple(beyond),
        admitted=next((effect.somebody for effect in effects if effect.below and effect.somebody), None),
        refused=next((effect.somebody for effect in effects if effect.beyond and effect.somebody), None),
    )


@attrs.frozen(kw_only=True, slots=False)
class _Weighing:
    """What one unit does to the decisions about one entity.

    Attributes:
        touched: The decisions whose rules or numbers it changes.
        stated: The provisions of higher law that state the numbers that it sets.
    """

    before: Stage
    after: Stage
    unit: Unit
    touched: Collection[str]
    stated: Collection[Citation]

    def effects(self) -> Iterator[_Effect]:
        """Yield whom it admits against higher law, or refuses beyond it."""
        for name in self._criteria:
            yield from self._of_criteria(name)
        for name, rule in self._rows:
            yield from self._of_row(name, rule)

    @property
    def _policies(self) -> tuple[Policy, Policy]:
        assert self.before.policy is not None
        assert self.after.policy is not None
        return self.before.policy, self.after.policy

    @cached_property
    def _criteria(self) -> tuple[str, ...]:
        """The criteria of higher law that the unit reaches, and not through others of them."""
        before, after = self._policies
        both = [name for name in self.before.of_law if isinstance(after.decisions.get(name), CriteriaDecision)]
        changed = Comparison(before, after, ()).earlier
        reached = {name for name in both if name in changed}
        return tuple(
            name
            for name in both
            if name in self.touched or (name in reached and reached & {*before.cone(name)} == {name})
        )

    @cached_property
    def _rows(self) -> tuple[tuple[str, Rule], ...]:
        """The rows of higher law that are removed or replaced."""
        before, after = self._policies
        tables = {name: before.decisions.get(name) for name, _ in rewritten(self.unit)}
        return tuple(
            (name, row)
            for name, rule in rewritten(self.unit)
            if isinstance(table := tables[name], TableDecision) and isinstance(after.decisions[name], TableDecision)
            for row in table.rules
            if row.id == rule and self.before.law([row])
        )

    @cached_property
    def _comparison(self) -> Comparison:
        before, after = self._policies
        return Comparison(before, after, tuple(dict.fromkeys((*self._criteria, *(name for name, _ in self._rows)))))

    def _of_criteria(self, name: str) -> Iterator[_Effect]:
        compared = self._comparison
        roots = [compared.root(name, is_before=is_before) for is_before in (True, False)]
        old, new = ({rule.id: rule for rule in rules_of(policy.decisions[name])} for policy in self._policies)
        if roots[0] is None or roots[1] is None:
            changed = [rule for rule in old.values() if rule.id not in new or new[rule.id].condition != rule.condition]
            yield _Effect(below=self.before.law(changed))
            return
        was, now = dict(zip(old, roots[0].rules, strict=True)), dict(zip(new, roots[1].rules, strict=True))
        made = compared.made
        one, other = (compared.is_true(name, is_before=is_before) for is_before in (True, False))
        reached = made.true if name in self.touched or self.stated else self._displaced
        gained, lost = (
            made.conjunction([reached, made.choose(without, made.false, having)])
            for without, having in ((one, other), (other, one))
        )
        for rule, node in was.items():
            law = self._law(name, old[rule])
            if law and now.get(rule) != node:
                yield from self._found(made.choose(node, made.false, gained), below=law)
        for rule, node in now.items():
            refused = made.choose(node, made.false, lost)
            if was.get(rule) == node:
                continue
            law = self._law(name, old[rule]) if rule in old else self._asked(name, refused)
            if law:
                yield from self._found(refused, beyond=law)

    def _asked(self, name: str, refused: Node) -> tuple[Citation, ...]:
        """Return the first provision of each instrument of higher law that asks something of those who are refused."""
        found: dict[str, Citation] = {}
        for rule in rules_of(self._policies[0].decisions[name]):
            new = [one for one in self.before.law([rule]) if one.instrument not in found]
            applies = self._comparison.applies(rule) if new else refused
            if new and self._comparison.somebody(self._comparison.made.conjunction([applies, refused])) is not None:
                found |= {one.instrument: one for one in reversed(new)}
        return tuple(found.values())

    def _law(self, name: str, rule: Rule) -> tuple[Citation, ...]:
        """Return the provisions of higher law behind a rule; where only a number of it is set, those of the number."""
        law = self.before.law([rule])
        numbers = tuple(one for one in law if one in self.stated and (name, rule.id) not in rewritten(self.unit))
        return numbers or law

    @cached_property
    def _displaced(self) -> Node:
        """When a row of higher law, in a table that the unit touches, gives its answer no more."""
        compared, (before, after) = self._comparison, self._policies
        made, found = compared.made, []
        for name in self.touched:
            decision, root = before.decisions.get(name), compared.root(name, is_before=True)
            is_table = isinstance(decision, TableDecision) and isinstance(after.decisions.get(name), TableDecision)
            if decision is None or root is None or not is_table or compared.root(name, is_before=False) is None:
                continue
            for row, node in zip(rules_of(decision), root.rules, strict=True):
                if self.before.law([row]):
                    gives = [compared.gives(name, row, is_before=is_before) for is_before in (True, False)]
                    found.append(made.conjunction([node, gives[0], made.negation(gives[1])]))
        return made.disjunction(found)

    def _of_row(self, name: str, row: Rule) -> Iterator[_Effect]:
        """Yield for whom a row of higher law gives its answer no more, or now; which is better cannot be told."""
        compared, law = self._comparison, self.before.law([row])
        root = compared.root(name, is_before=True)
        if root is None or compared.root(name, is_before=False) is None:
            yield _Effect(below=law)
            return
        made = compared.made
        one, other = (compared.gives(name, row, is_before=is_before) for is_before in (True, False))
        differs = made.choose(one, made.negation(other), other)
        before, after = (rules_of(policy.decisions[name]) for policy in self._policies)
        if _said(row) not in {_said(rule) for rule in after if rule.id == row.id} and any(
            rule.id == row.id for rule in after
        ):
            differs = made.disjunction([differs, root.rules[before.index(row)]])
        yield from self._found(differs, below=law)

    def _found(
        self, node: Node, *, below: tuple[Citation, ...] = (), beyond: tuple[Citation, ...] = ()
    ) -> Iterator[_Effect]:
        known = self._comparison.somebody(node)
        if known is not None:
            yield _Effect(below=below, beyond=beyond, somebody=described(self._policies[1], known))


def _said(rule: Rule) -> object:
    """Return what a row says beside its answer."""
    return rule.modality, rule.addressee, rule.due
