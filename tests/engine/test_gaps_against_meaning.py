"""The smallest changes are those that trying every change shows, on policies and records of few values."""

import random
from collections.abc import Iterator, Mapping

import attrs
import pytest

from cso_rules.engine.gaps import gaps, possible_gaps
from cso_rules.meaning.complete import Answer, Case
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import CriteriaDecision, TableDecision, conditional_of
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.policy import Constraint, Policy
from cso_rules.model.types import Domain, is_known
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record
from tests.strategies import LABEL

MOST_RECORDS = 1_500
Values = dict[str, int]
Answers = dict[str, set[Answer]]


@attrs.frozen
class Tried:
    """What follows from every change of the facts that may change: the possible answers of each decision.

    Attributes:
        lawful: The values of those facts with which no constraint is violated for certain.
    """

    policy: Policy
    domains: Mapping[str, Domain]
    free: tuple[str, ...]
    answers: dict[tuple[int, ...], Answers]
    lawful: set[tuple[int, ...]]

    def changes(self, decision: str, wanted: int, *, is_certain: bool) -> Iterator[Values]:
        """Yield every change after which an answer is certain, or possible."""
        for values, found in self.answers.items():
            answers = {self._is(answer, decision, wanted) for answer in found[decision]}
            if values in self.lawful and (answers == {True} or (True in answers and not is_certain)):
                pairs = zip(self.free, values, strict=True)
                yield {name: value for name, value in pairs if value != _encoded(self.domains[name])}

    def _is(self, answer: Answer, decision: str, wanted: int) -> bool:
        own = self.policy.decisions[decision]
        has_items = isinstance(own, TableDecision) and own.has_multiple_hits
        return isinstance(answer, int) and (bool(answer & wanted) if has_items else answer == wanted)


def stern_policy(chance: random.Random) -> Policy:
    """A small policy, and criteria for which several of its conditions have to hold."""
    policy = small_policy(chance)
    rules = [rule for decision in policy.decisions.values() for rule in conditional_of(decision)]
    chosen = chance.sample(rules, min(len(rules), 4))
    named = tuple(attrs.evolve(rule, id=f"all{place}", output=0) for place, rule in enumerate(chosen))
    together = CriteriaDecision(name="together", label=LABEL, rules=named)
    return attrs.evolve(policy, decisions={**policy.decisions, "together": together}) if named else policy


def constrained(policy: Policy, domains: Mapping[str, Domain], chance: random.Random) -> Policy:
    """Let two numbers now and then be bound to one another, as they are at present."""
    numbers = [name for name, fact in policy.facts.items() if fact.type.is_numeric]
    if len(numbers) < 2 or chance.random() < 0.5:
        return policy
    named = zip((1, chance.choice([1, -1])), chance.sample(numbers, 2), strict=True)
    terms = tuple(Term(factor=factor, quantity=Variable(name=name)) for factor, name in named)
    least = sum(min(term.factor * end for end in _ends(domains[term.quantity.name])) for term in terms)
    condition = Within(terms=terms, low=None, high=least + chance.randint(0, 2))
    return attrs.evolve(policy, constraints=(Constraint(id="bound", condition=condition, message=LABEL),))


def tried(policy: Policy, domains: Mapping[str, Domain], chance: random.Random) -> Tried | None:
    """Let a random half of the known facts be such that may change; None where too much would have to be tried."""
    known = [name for name in policy.facts if is_known(domains[name])]
    free = tuple(name for name in known if chance.random() < 0.6)
    opened = {**domains, **{name: policy.facts[name].type.everything for name in free}}
    if _count(policy, opened) > MOST_RECORDS:
        return None
    facts = {name: attrs.evolve(fact, is_changeable=name in free) for name, fact in policy.facts.items()}
    answers: dict[tuple[int, ...], Answers] = {}
    conditions, lawful = [part.condition for part in policy.constraints], set()
    for completion in Possible(policy, opened).completions:
        values = tuple(completion.values[name] for name in free)
        if all(map(Case(completion.values, completion.days).holds, conditions)):
            lawful.add(values)
        found = answers.setdefault(values, {})
        for name, answered in completion.answers.items():
            found.setdefault(name, set()).add(answered.answer)
    return Tried(attrs.evolve(policy, facts=facts), domains, free, answers, lawful)


def _count(policy: Policy, domains: Mapping[str, Domain]) -> int:
    found = 1
    for name, domain in domains.items():
        kind = policy.variable_type(name).kind
        if isinstance(domain, int):
            found *= domain.bit_count()
        else:
            found *= 1 << (domain[0] ^ domain[1]).bit_count() if kind == "set" else domain[1] - domain[0] + 1
    return found


def _ends(domain: Domain) -> tuple[int, int]:
    return domain if isinstance(domain, tuple) else (domain, domain)


def _encoded(domain: Domain) -> int:
    return domain[0] if isinstance(domain, tuple) else domain


def smallest(changes: list[Values]) -> set[frozenset[str]]:
    """Return the facts of changes that change no more facts than they need."""
    found = {frozenset(change) for change in changes}
    return {names for names in found if not any(other < names for other in found)}


def nearest(case: Tried, changes: list[Values]) -> set[tuple[str, int]]:
    """Return of the changes of one fact those that change it least."""
    alone = [change for change in changes if len(change) == 1]
    found = [change for change in alone if not any(_contains(case, change, other) for other in alone)]
    return {pair for change in found for pair in change.items()}


def _contains(case: Tried, change: Values, other: Values) -> bool:
    """Tell whether another change changes no further fact and none of them more, and less somewhere."""
    return _is_no_more(case, other, change) and not _is_no_more(case, change, other)


def _is_no_more(case: Tried, one: Values, two: Values) -> bool:
    return all(name in two and _is_as_near(case, name, value, two[name]) for name, value in one.items())


def _is_as_near(case: Tried, name: str, one: int, two: int) -> bool:
    kind, old = case.policy.facts[name].type, _encoded(case.domains[name])
    if kind.kind == "set":
        return not (one ^ old) & ~(two ^ old)
    return not kind.is_numeric or abs(one - old) <= abs(two - old)


def differences(case: Tried) -> Iterator[tuple[object, ...]]:
    """Yield where what is found differs from what trying shows."""
    for name, decision in case.policy.decisions.items():
        if isinstance(decision, CriteriaDecision | TableDecision):
            for place, value in enumerate(decision.type.names):
                wanted = value == "true" if decision.type.kind == "boolean" else value
                for is_certain, function in ((True, gaps), (False, possible_gaps)):
                    found = list(function(case.policy, case.domains, name, wanted))
                    shown = list(case.changes(name, 1 << place, is_certain=is_certain))
                    yield from ((name, value, is_certain, *said) for said in _compared(case, found, shown))


def _compared(case: Tried, found: list[Values], shown: list[Values]) -> Iterator[tuple[object, ...]]:
    """Yield how what is found differs from all the changes that lead there; from none where it is so already."""
    expected = [] if {} in shown else shown
    if smallest(found) != smallest(expected) or nearest(case, found) != nearest(case, expected):
        yield found, smallest(expected), nearest(case, expected)
    for change in found:
        smaller = [other for other in expected if _contains(case, change, other)]
        if change not in expected or smaller or found.count(change) > 1:
            yield change, smaller


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 300, 15)))
def test_the_smallest_changes_are_those_that_trying_every_change_shows(start: int) -> None:
    for seed in range(start, start + 15):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = stern_policy(chance)
        record = small_record(policy, chance, holes=0.15)
        case = tried(constrained(policy, record, chance), record, chance)
        if case is not None:
            assert list(differences(case)) == [], f"seed {seed}"


@pytest.mark.parametrize("seed", [448, 1031, 1811, 3050])
def test_numbers_are_as_near_as_they_can_be_where_sums_share_what_nobody_knows(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    policy = stern_policy(chance)
    record = small_record(policy, chance, holes=0.15)
    case = tried(policy, record, chance)
    assert case is not None
    assert list(differences(case)) == []
