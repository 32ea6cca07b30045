"""What is known of one organization beside its answers: domains, truths, and what follows under each open reading.

In come a policy, facts, readings and outcomes; out goes the `Situation` of a determination. Guaranteed: everything that
explains an answer sees the facts as they were given and the readings as they were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import attrs

from cso_rules.determination import Case, Outcome, Result, Situation
from cso_rules.model.decisions import Rule, ValueDecision, rules_of
from cso_rules.model.expressions import Expression
from cso_rules.model.instruments import Amendment, Citation
from cso_rules.model.types import Domain, Value, is_known
from cso_rules.plan.prepared import cones_of
from cso_rules.results import truth_in
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.model.policy import Choice, Policy

Evaluate: TypeAlias = "Callable[[Policy, Mapping[str, Domain]], Mapping[str, Result]]"


@attrs.frozen(eq=False, repr=False, slots=False)  # properties are kept in its dictionary
class Outcomes(Situation):
    """The outcomes of one organization; domains are worked out when somebody asks.

    Attributes:
        shared: The outcomes, which other organizations may have too.
        readings: Options of the readings that are not open.
        dependent: The decisions of which the outcome must be told with regard to the organization.
    """

    policy: Policy
    facts: Mapping[str, Value]
    readings: Mapping[str, str]
    shared: Mapping[str, Outcome]
    evaluate: Evaluate
    dependent: tuple[str, ...]

    def __getitem__(self, name: str) -> Outcome:
        """Return the outcome of a decision, as that of this organization."""
        return self.shared[name].within(self)

    def values(self) -> ValuesView[Outcome]:
        """Return the outcomes of all decisions."""
        return self._own.values()

    def items(self) -> ItemsView[str, Outcome]:
        """Return the outcomes of all decisions with their names."""
        return self._own.items()

    @property
    def _own(self) -> dict[str, Outcome]:
        found = {**self.shared}
        for name in self.dependent:
            found[name] = found[name].within(self)
        return found

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a decision."""
        return name in self.shared

    def __iter__(self) -> Iterator[str]:
        """Return the names of the decisions."""
        return iter(self.shared)

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.shared)

    def __repr__(self) -> str:
        """Return the outcomes as those of a dictionary."""
        return repr(dict(self.shared))

    @cached_property
    def known(self) -> Mapping[str, Domain]:
        """The domain of every fact and reading."""
        found = {name: fact.unsaid for name, fact in self.policy.facts.items()}
        for name, value in self.facts.items():
            if self.policy.facts[name].type.kind != "text":
                found[name] = self.policy.facts[name].type.encode(value)
        for name, reading in self.policy.readings.items():
            option = self.readings.get(name)
            found[name] = reading.type.everything if option is None else reading.type.bit(option)
        return found

    @cached_property
    def environment(self) -> Mapping[str, Domain]:
        """The domain of every fact, reading and decision."""
        return {**self.known, **{name: found.domain for name, found in self.shared.items()}}

    def truth(self, condition: Expression) -> Truth:
        """Return the truth of a condition."""
        from cso_rules.executors.single.reference import holds

        return holds(condition, self.environment)

    def cases(self, names: Iterable[str]) -> tuple[Case, ...]:
        """Return the results under each combination of the open readings that decisions depend on; none without."""
        read = {part for name in names for part in cones_of(self.policy).of(name)}
        is_open = [name for name in self.policy.readings if name in read and not is_known(self.known[name])]
        return tuple((choice, self._under(choice)) for choice in self.policy.combinations(is_open))

    def bears(self, outcome: Outcome, rule: Rule, citation: Citation) -> bool:
        """Tell whether a provision bears on the truth of a rule: if it says how a text is read, that must matter."""
        readings = [name for name, known in self.policy.readings.items() if citation in known.citations]
        return not readings or any(self._matters(name, outcome, rule) for name in readings)

    def amended(self, names: Iterable[str]) -> tuple[Amendment, ...]:
        """Return which instruments that decisions rest on were changed by a text that was not seen."""
        found: set[str] = set()
        amendments = self.policy.amendments
        for name in names:
            if len(found) == len(amendments):
                break
            if name in self.policy.amended_decisions and name in self:
                found |= {citation.instrument for citation in self._cited_in(self[name]) if self.is_about(citation)}
                found &= amendments.keys()
        return tuple(amendment for name, amendment in amendments.items() if name in found)

    def _cited_in(self, outcome: Outcome) -> Iterator[Citation]:
        """Yield what the rules behind an answer cite, whomever it is about."""
        if isinstance(outcome.decision, ValueDecision):
            yield from outcome.decision.cited_in(self.truth)
        for rule in outcome.deciding():
            yield from rule.citations

    def _matters(self, reading: str, outcome: Outcome, rule: Rule) -> bool:
        """Tell whether the truth of a rule is another one under some option of a reading."""
        rules = rules_of(outcome.decision)
        if rule not in rules:
            return True
        place, name = rules.index(rule), outcome.decision.name
        options = self.policy.readings[reading].type.values
        truths = (truth_in(self._under(((reading, option),))[name], place) for option in options)
        return any(truth is not outcome.truth_of(place) for truth in truths)

    @cached_property
    def tried(self) -> dict[Choice, Mapping[str, Result]]:
        """The results under options of open readings that were asked for already."""
        return {}

    def _under(self, choice: Choice) -> Mapping[str, Result]:
        if choice not in self.tried:
            options = {name: self.policy.readings[name].type.bit(option) for name, option in choice}
            self.tried[choice] = self.evaluate(self.policy, {**self.known, **options})
        return self.tried[choice]
