"""Watch: a registry posts changes of facts, and hears which answers changed, from what to what, and why.

Guaranteed: every answer is worked out anew from all facts, so that nothing depends on the order of the changes; what
is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import NO_READINGS
from cso_rules.errors import UnknownNameError
from cso_rules.model.decisions import AnyDecision, Rule, TableDecision, inputs_of, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.truth import Truth

_APPLIES: Mapping[Truth, tuple[Value, ...]] = {
    Truth.TRUE: (True,), Truth.FALSE: (False,), Truth.UNKNOWN: (True, False),
}  # fmt: skip


@attrs.frozen
class Answer:
    """An answer at one time.

    Attributes:
        status: How far it is settled.
        possible: Every value that is possible.
    """

    status: Status
    possible: tuple[Value, ...]

    @property
    def value(self) -> Value | None:
        """The one value, or None while it is not determined."""
        return self.possible[0] if self.status is Status.DETERMINED and self.possible else None


@attrs.frozen
class FactChange:
    """A fact that was posted.

    Attributes:
        name: The fact.
        before: What was known of it; None where nothing was.
        after: What is known of it now; None where nothing is.
    """

    name: str
    before: Value | None
    after: Value | None


@attrs.frozen
class RuleChange:
    """A criterion or row that holds otherwise than before.

    Attributes:
        decision: The decision to which it belongs.
        rule: The criterion or row, with the provisions that it cites.
        before: Whether it held.
        after: Whether it holds now.
    """

    decision: str
    rule: Rule
    before: Truth
    after: Truth


@attrs.frozen(kw_only=True)
class Event:
    """A changed answer about one organization.

    Attributes:
        organization: The name under which it was added.
        decision: The decision, such as `tier` or `support_measures`.
        item: Of a list, the item by its columns; its answers are whether it applies. None for other decisions.
        before: The answer before the change.
        after: The answer now.
        facts: The changed facts that the decision depends on.
        rules: The criteria and rows on the way to the answer that changed, nearest first.
    """

    organization: str
    decision: str
    item: Mapping[str, str] | None
    before: Answer
    after: Answer
    facts: tuple[FactChange, ...]
    rules: tuple[RuleChange, ...]


@attrs.define
class Watcher:
    """Organizations with their facts and answers under one policy.

    Attributes:
        policy: Rules in force.
        decisions: The decisions whose changes are events.
        readings: Options of ambiguous texts to take instead of the declared ones.
    """

    policy: Policy
    decisions: tuple[str, ...]
    readings: Mapping[str, str] = NO_READINGS
    _known: dict[str, Determination] = attrs.field(factory=dict, init=False)

    def __getitem__(self, organization: str) -> Determination:
        """Return the present answers about an organization.

        Raises:
            UnknownNameError: It was not added.
        """
        if organization not in self._known:
            raise UnknownNameError("organization", organization)
        return self._known[organization]

    def __iter__(self) -> Iterator[str]:
        """Return the organizations in the order in which they were added."""
        return iter(self._known)

    def add(self, organization: str, facts: object) -> Determination:
        """Begin to watch an organization, or begin anew.

        Args:
            organization: Any name, by which its changes are posted.
            facts: What is known of it, as `determine` takes it.

        Raises:
            FactsError: A fact is unknown or a value is not possible.
        """
        self._known[organization] = found = self._determine(facts)
        return found

    def remove(self, organization: str) -> None:
        """Stop watching an organization.

        Raises:
            UnknownNameError: It was not added.
        """
        if organization not in self._known:
            raise UnknownNameError("organization", organization)
        del self._known[organization]

    def change(self, organization: str, facts: Mapping[str, object]) -> tuple[Event, ...]:
        """Change facts of an organization.

        Args:
            organization: The name under which it was added.
            facts: The facts that changed; None makes a fact unknown.

        Returns:
            What changed, in the order of the decisions.

        Raises:
            UnknownNameError: The organization was not added.
            FactsError: A fact is unknown or a value is not possible; nothing is changed.
        """
        before = self[organization]
        after = self._determine({**before.said, **facts})
        self._known[organization] = after
        return tuple(_events(organization, before, after, self.decisions))

    def _determine(self, facts: object) -> Determination:
        return determine(self.policy, facts, readings=self.readings, ask=False)


def watch(
    policy: Policy, *, decisions: Iterable[str] | None = None, readings: Mapping[str, str] = NO_READINGS
) -> Watcher:
    """Return a watcher, to which organizations are added.

    Args:
        policy: Rules in force.
        decisions: The decisions whose changes are events; when left out, every table and every decision that no other
            one reads.
        readings: Options of ambiguous texts to take instead of the declared ones.

    Raises:
        UnknownNameError: There is no decision of that name.
    """
    chosen = tuple(_outward(policy) if decisions is None else decisions)
    for name in chosen:
        if name not in policy.decisions:
            raise UnknownNameError("decision", name)
    return Watcher(policy, chosen, readings)


def _outward(policy: Policy) -> Iterator[str]:
    """Yield the decisions that say something outwards; a condition of others shows in what they become."""
    read = {name for decision in policy.decisions.values() for name in inputs_of(decision)}
    for name, decision in policy.decisions.items():
        if isinstance(decision, TableDecision) or name not in read:
            yield name


def _events(organization: str, before: Determination, after: Determination, names: Iterable[str]) -> Iterator[Event]:
    changed = [
        FactChange(name, *(_told(one, name) for one in (before, after)))
        for name in dict.fromkeys((*before.facts, *after.facts))
        if before.facts.get(name) != after.facts.get(name)
    ]
    for name in names:
        for output, was, became in _changes(before[name], after[name]):
            cone = _cone(after.policy, after[name].decision, output)
            yield Event(
                organization=organization,
                decision=name,
                item=None if output is None else _columns(after[name], output),
                before=was,
                after=became,
                facts=tuple(change for change in changed if change.name in cone),
                rules=tuple(_rules(name, output, before, after))
                + tuple(change for part in cone if part != name for change in _rules(part, None, before, after)),
            )


def _told(determination: Determination, name: str) -> Value | None:
    """Return what was known of a fact; events are kept for others, so a personal value is masked."""
    value = determination.facts.get(name)
    return value if value is None or not determination.policy.is_personal(name) else MASK


def _cone(policy: Policy, decision: AnyDecision, output: int | None) -> tuple[str, ...]:
    """Return what an answer depends on; an item of a list depends on what its own rows read."""
    rows = [rule for rule in rules_of(decision) if rule.output == output]
    is_otherwise = isinstance(decision, TableDecision) and decision.otherwise and decision.rules[-1] in rows
    if output is None or is_otherwise:
        return policy.cone(decision.name)
    read = (name for rule in rows for name in variables(rule.condition))
    return tuple(dict.fromkeys(part for name in read for part in policy.cone(name)))


def _columns(outcome: Outcome, output: int) -> Mapping[str, str]:
    assert isinstance(outcome.decision, TableDecision)
    return dict(outcome.decision.outputs[output])


def _changes(before: Outcome, after: Outcome) -> Iterator[tuple[int | None, Answer, Answer]]:
    """Yield what changed: the answer, or of a list each item that applies otherwise than before, by its position.

    Several rows may give one item: where another one takes over, it applies as before.
    """
    decision = after.decision
    if isinstance(decision, TableDecision) and decision.has_multiple_hits:
        for output in dict.fromkeys(rule.output for rule in decision.rules):
            truths = _applies(before, output), _applies(after, output)
            if truths[0] is not truths[1]:
                yield output, _applying(truths[0]), _applying(truths[1])
        return
    was, became = (Answer(outcome.status, outcome.possible) for outcome in (before, after))
    if was != became:
        yield None, was, became


def _applies(outcome: Outcome, output: int) -> Truth:
    assert isinstance(outcome.domain, tuple)
    sure, possible = outcome.domain
    if sure >> output & 1:
        return Truth.TRUE
    return Truth.UNKNOWN if possible >> output & 1 else Truth.FALSE


def _applying(truth: Truth) -> Answer:
    return Answer(Status.UNDETERMINED if truth is Truth.UNKNOWN else Status.DETERMINED, _APPLIES[truth])


def _rules(name: str, output: int | None, before: Determination, after: Determination) -> Iterator[RuleChange]:
    if name not in after.outcomes:
        return
    deciding = {rule.id for outcome in (before[name], after[name]) for rule in outcome.deciding()}
    for was, became in zip(before[name].findings, after[name].findings, strict=True):
        is_behind = became.rule.id in deciding and output in {None, became.rule.output}
        if was.truth is not became.truth and is_behind:
            yield RuleChange(name, became.rule, was.truth, became.truth)
