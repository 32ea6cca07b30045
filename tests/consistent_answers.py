"""Two checks of an answer: decisions that name a body for one act agree, and no citation is that of an idle rule.

The second works out with the reference interpreter alone which rules decide, and compares what the answer cites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.engine.facts import domains
from cso_rules.executors.single.reference import holds
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Domain
from cso_rules.truth import Truth

Environment = Mapping[str, Domain]

REGISTER, SUPERVISE, FILE = "registers", "supervises", "files"
WHAT = ("role", "step")
"""Columns that say what a body does."""
ACTS = {
    ("registration_authority", ""): REGISTER,
    ("foundation_registrar", ""): REGISTER,
    ("responsibilities", "registers"): REGISTER,
    ("responsibilities", "supervises"): SUPERVISE,
    ("responsibilities", "files"): FILE,
    ("next_actions", "apply_for_registration"): REGISTER,
    ("next_actions", "hand_in_documents"): REGISTER,
    ("next_actions", "decide_registration"): REGISTER,
    ("next_actions", "report_to_registrar"): REGISTER,
    ("next_actions", "review_registration"): REGISTER,
    ("next_actions", "check_name"): REGISTER,
    ("next_actions", "apply_for_cancellation"): REGISTER,
    ("next_actions", "revoke_and_announce"): REGISTER,
    ("next_actions", "obtain_consent"): SUPERVISE,
    ("next_actions", "report_to_supervisory_unit"): SUPERVISE,
    ("next_actions", "apply_for_filing"): FILE,
    ("next_actions", "decide_filing"): FILE,
    ("next_actions", "renew_filing"): FILE,
    ("next_actions", "file_change"): FILE,
}
"""What of which decision is one and the same act."""
MANAGES = ("responsibilities", "manages")
"""Done by the registrar of what is registered, and by others before."""
ONE_DECISION_ALONE = {
    ("responsibilities", "manages"), ("responsibilities", "leads"), ("responsibilities", "guides"),
    ("responsibilities", "inspects"), ("responsibilities", "holds_funds"), ("responsibilities", "manages_daily"),
    ("responsibilities", "helps_with_filing"), ("next_actions", "obtain_licence"),
    ("next_actions", "start_activity"), ("next_actions", "resume_activity"),
    ("next_actions", "report_major_activity"), ("ban_authority", ""),
    ("next_actions", "start_activity"), ("next_actions", "resume_activity"), ("responsibilities", "manages_apart"),
    ("next_actions", "join_as_unit_member"), ("next_actions", "join_as_group_member"),
    ("next_actions", "become_a_branch"), ("next_actions", "publish_yearly_report"),
    ("next_actions", "report_to_civil_affairs"), ("next_actions", "report_on_charity_platform"),
    ("next_actions", "report_online_for_the_check"), ("next_actions", "join_fitness_organization"),
}  # fmt: skip
"""What no other decision names a body for."""


@attrs.define
class Said:
    """Whom a decision names for an act: for certain, and at all; a list may name nobody."""

    sure: set[str] = attrs.field(factory=set)
    possible: set[str] = attrs.field(factory=set)
    is_list: bool = True


# Bodies.


def bodies(found: Determination) -> dict[str, dict[str, Said]]:
    """Return, for each act, what each decision says."""
    said: dict[str, dict[str, Said]] = {}
    is_registered = found["has_valid_registration"].value is True
    for name, outcome in found.outcomes.items():
        if outcome.status is Status.NO_RULE_IN_FORCE or outcome.conflict is not Truth.FALSE:
            continue  # what contradicts itself, or may, names nobody
        for what, body, is_sure in _named(outcome):
            act = REGISTER if is_registered and (name, what) == MANAGES else ACTS.get((name, what))
            if act is not None:
                entry = said.setdefault(act, {}).setdefault(name, Said(is_list=what != ""))
                entry.possible.add(body)
                entry.sure |= {body} if is_sure else set()
    return said


def disagreements(found: Determination) -> list[str]:
    """Return each pair of decisions that name different bodies for one act, in words."""
    return [
        f"{act}: {first} says {ours.sure or ours.possible}, {second} says {theirs.sure or theirs.possible}"
        for act, by_decision in bodies(found).items()
        for (first, ours), (second, theirs) in combinations(by_decision.items(), 2)
        if _differ(ours, theirs) or _differ(theirs, ours)
    ]


def _differ(ours: Said, theirs: Said) -> bool:
    """Tell whether one side names, or holds possible, a body that the other one rules out."""
    speaks = bool(theirs.sure) or not theirs.is_list
    return speaks and not ours.possible <= theirs.possible


def _named(outcome: Outcome) -> Iterator[tuple[str, str, bool]]:
    columns = dict(getattr(outcome.decision, "columns", ()))
    if columns.get("body") == "body" and columns.keys() & set(WHAT):
        for _, values, truth in outcome.items:
            yield next(values[name] for name in WHAT if name in values), values["body"], truth is Truth.TRUE
    elif outcome.decision.type.enumeration == "body":
        for value in outcome.possible:
            yield "", str(value), outcome.status is Status.DETERMINED


# Citations.


Provision = tuple[str, str]


@attrs.frozen(kw_only=True)
class Citations:
    """What each rule of a policy cites: instrument and provision."""

    of_rules: Mapping[str, tuple[frozenset[Provision], ...]]

    @classmethod
    def of(cls, policy: Policy) -> Citations:
        return cls(
            of_rules={name: tuple(map(_provisions, rules_of(found))) for name, found in policy.decisions.items()}
        )

    def idle(self, found: Determination) -> list[tuple[str, Provision]]:
        """Return each decision and provision that it cites although no rule with that provision decides."""
        environment = environment_of(found)
        return [
            (name, provision)
            for name, outcome in found.outcomes.items()
            if outcome.status is not Status.CONFLICT
            for provision in sorted(self._idle_of(name, outcome, environment))
        ]

    def _idle_of(self, name: str, outcome: Outcome, environment: Environment) -> frozenset[Provision]:
        decision, of_rules = outcome.decision, self.of_rules[name]
        cited = {(citation.instrument, citation.provision) for citation in outcome.citations}
        if not isinstance(decision, CriteriaDecision | TableDecision) or not cited:
            return frozenset()
        borne = self.borne(name, outcome, environment)
        return frozenset(cited) & frozenset[Provision]().union(*of_rules) - borne

    def borne(self, name: str, outcome: Outcome, environment: Environment) -> frozenset[Provision]:
        """Return the provisions of the rules that decide."""
        if not isinstance(outcome.decision, CriteriaDecision | TableDecision):
            return frozenset()
        active = deciding(outcome.decision, environment, outcome.domain)
        return frozenset[Provision]().union(*(self.of_rules[name][index] for index in active))


def environment_of(found: Determination) -> Environment:
    """Return the domains that the conditions were decided on."""
    _, known = domains(found.policy, found.facts, found.readings)
    return known | {name: outcome.domain for name, outcome in found.outcomes.items()}


def _provisions(rule: Rule) -> frozenset[Provision]:
    return frozenset((citation.instrument, citation.provision) for citation in rule.citations)


def deciding(decision: CriteriaDecision | TableDecision, environment: Environment, answer: Domain) -> set[int]:
    """Return the positions of the rules that decide, or may still decide."""
    if isinstance(decision, CriteriaDecision):
        return _criteria(decision, environment, answer)
    if decision.has_multiple_hits:
        return _items(decision, environment)
    joined = _truths(decision, environment)
    # While facts are missing each row is taken alone: that open rows together leave a later one no case is not asked.
    return set(_hits(decision, joined)) if decision.hit_policy in {"first", "priority"} else _true_or_open(joined)


def _criteria(decision: CriteriaDecision, environment: Environment, answer: Domain) -> set[int]:
    truths = [_truth(rule, environment) for rule in decision.rules]
    if Truth.FALSE in truths:
        return {index for index, truth in enumerate(truths) if truth is Truth.FALSE}
    if answer != TRUE:  # unmet together, or not known yet
        assert answer == FALSE or Truth.UNKNOWN in truths
        return {index for index, truth in enumerate(truths) if truth is Truth.UNKNOWN}
    return {index for index, rule in enumerate(decision.rules) if _applies(rule, environment)}


def _applies(rule: Rule, environment: Environment) -> bool:
    return rule.applies_when is None or holds(rule.applies_when, environment) is not Truth.FALSE


def _items(decision: TableDecision, environment: Environment) -> set[int]:
    truths = [_truth(rule, environment) for rule in decision.rules]
    outputs = {rule.output for rule in decision.rules}
    same = [[index for index, rule in enumerate(decision.rules) if rule.output == output] for output in outputs]
    return {rows[place] for rows in same for place in _true_or_open([truths[row] for row in rows])}


def _hits(decision: TableDecision, truths: Sequence[Truth]) -> Iterator[int]:
    order: Sequence[int] = range(len(truths))
    if decision.hit_policy == "priority":
        order = sorted(order, key=lambda index: decision.rules[index].output)
    for index in order:
        if truths[index] is not Truth.FALSE:
            yield index
        if truths[index] is Truth.TRUE:
            return


def _truths(decision: TableDecision, environment: Environment) -> list[Truth]:
    rows = decision.rules[:-1] if decision.otherwise else decision.rules
    truths = [holds(rule.condition, environment) for rule in rows]
    if not decision.otherwise:
        return truths
    rest = Truth.FALSE if Truth.TRUE in truths else Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.TRUE
    return [*truths, rest]


def _truth(rule: Rule, environment: Environment) -> Truth:
    return holds(rule.condition, environment)


def _true_or_open(truths: Sequence[Truth]) -> set[int]:
    wanted = Truth.TRUE if Truth.TRUE in truths else Truth.UNKNOWN
    return {index for index, truth in enumerate(truths) if truth is wanted}


# What the vocabulary has.


def acts_of(decisions: Mapping[str, AnyDecision]) -> set[tuple[str, str]]:
    """Return everything that a body is named for, as (decision, role or step)."""
    found = set()
    for name, decision in decisions.items():
        if isinstance(decision, TableDecision) and dict(decision.columns).get("body") == "body":
            for output in decision.outputs:
                values = dict(output)
                found |= {(name, values[column]) for column in WHAT if column in values}
        elif isinstance(decision, TableDecision) and decision.type.enumeration == "body":
            found.add((name, ""))
    return found
