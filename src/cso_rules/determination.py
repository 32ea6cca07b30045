"""What an executor answers, and what a user of the library receives.

In come raw results (possible values and the truth of every rule); out goes a `Determination`: one outcome for each
decision, with status, findings and citations. Guaranteed: determined means that exactly one answer is possible.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs

from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, Rule, TableDecision, rules_of
from cso_rules.model.instruments import Citation
from cso_rules.model.policy import AppliedPackage, Change, Policy
from cso_rules.model.types import FALSE, Between, Domain, Value, is_known
from cso_rules.truth import Truth


class Status(enum.Enum):
    """How far a decision is settled."""

    DETERMINED = "determined"
    UNDETERMINED = "undetermined"
    UNSETTLED_BY_LAW = "unsettled_by_law"
    NO_RULE_IN_FORCE = "no_rule_in_force"
    CONFLICT = "conflict"


@attrs.frozen
class Result:
    """What an executor computes for one decision.

    Attributes:
        domain: Values that remain possible.
        true: Bits of the rules that hold for certain.
        unknown: Bits of the rules that are neither certainly true nor certainly false.
        conflict: Whether rules contradict one another: certainly, possibly (unknown) or not.
    """

    domain: Domain
    true: int
    unknown: int
    conflict: Truth = Truth.FALSE


@attrs.frozen(kw_only=True)
class Finding:
    """The truth of one criterion or row, with its citations."""

    rule: Rule
    truth: Truth


@attrs.frozen(kw_only=True, slots=False)  # properties are kept in its dictionary
class Outcome:
    """The answer to one decision; many organizations may share one, so what is read from it is worked out once.

    Attributes:
        domain: Values that remain possible, encoded; `values`, `sure` and `open_items` decode it.
        by_reading: While the law leaves readings open and they matter: (reading options, domain) for each combination.
    """

    decision: AnyDecision
    status: Status
    domain: Domain
    true: int = 0
    unknown: int = 0
    by_reading: tuple[tuple[Mapping[str, str], Domain], ...] = ()

    @cached_property
    def value(self) -> Value | None:
        """The one answer, or None while it is not determined."""
        return self.decision.type.decode(self.domain) if self.status is Status.DETERMINED else None

    @cached_property
    def possible(self) -> tuple[Value, ...]:
        """Every possible answer of a boolean or enumeration; the two ends of a numeric range."""
        kind = self.decision.type
        if isinstance(self.domain, tuple):
            low, high = self.domain
            return kind.members(high) if kind.kind == "set" else (kind.decode_number(low), kind.decode_number(high))
        bits = (1 << index for index in range(self.domain.bit_length()))
        decoded = (kind.decode(bit) for bit in bits if self.domain & bit)
        return tuple(value for value in decoded if value is not None)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Every criterion or row with its truth, in file order."""
        return tuple(
            Finding(rule=rule, truth=self.truth_of(index)) for index, rule in enumerate(rules_of(self.decision))
        )

    def truth_of(self, index: int) -> Truth:
        """Return the truth of the rule at this position."""
        if self.true >> index & 1:
            return Truth.TRUE
        return Truth.UNKNOWN if self.unknown >> index & 1 else Truth.FALSE

    def deciding(self) -> Iterator[Rule]:
        """Yield the rules that produced the answer: failing criteria or all, the rows that hold or may hold.

        Criteria may be unmet for certain while each of them is open; then the open ones are behind it.
        """
        if isinstance(self.decision, CriteriaDecision):
            wanted = Truth.UNKNOWN if self.fails_jointly else Truth.FALSE
            yield from [found.rule for found in self.findings if found.truth is wanted] or self.decision.rules
        elif isinstance(self.decision, TableDecision):
            yield from (found.rule for found in self.findings if found.truth is not Truth.FALSE)

    @property
    def fails_jointly(self) -> bool:
        """Whether criteria are unmet although none fails for certain: in every case left, one of the open ones does."""
        is_criteria = isinstance(self.decision, CriteriaDecision)
        return is_criteria and self.domain == FALSE and all(found.truth is not Truth.FALSE for found in self.findings)

    @cached_property
    def citations(self) -> tuple[Citation, ...]:
        """Provisions behind the answer, each once."""
        found = (citation for rule in self.deciding() for citation in rule.citations)
        return tuple(dict.fromkeys(found))

    @property
    def items(self) -> tuple[tuple[Rule, dict[str, str], Truth], ...]:
        """Rows of a list decision that hold or may hold: (rule, columns, truth).

        Open rows that make their item sure together, whichever of them holds, stand there as one.
        """
        if not isinstance(self.decision, TableDecision):
            return ()
        found = [item for item in self.findings if item.truth is not Truth.FALSE]
        joint = self._held_jointly({item.rule.output for item in found if item.truth is Truth.TRUE})
        rows = [(item.rule, item.truth) for item in found if item.rule.output not in joint]
        rows += [(rule, Truth.TRUE) for rule in joint.values()]
        return tuple((rule, dict(self.decision.outputs[rule.output]), truth) for rule, truth in rows)

    def _held_jointly(self, held: set[int]) -> dict[int, Rule]:
        """Return the items that are sure although none of their rows holds for certain."""
        assert isinstance(self.decision, TableDecision)
        sure = self.domain[0] if isinstance(self.domain, tuple) else 0
        joint = reversed(self.decision.joint)
        return {rule.output: rule for rule in joint if sure >> rule.output & 1 and rule.output not in held}


@attrs.frozen(kw_only=True)
class Due:
    """Until when something is to be done; `earliest` and `latest` differ while facts are missing."""

    earliest: datetime.date
    latest: datetime.date

    @property
    def date(self) -> datetime.date | None:
        """The one day, or None while several are possible."""
        return self.earliest if self.earliest == self.latest else None


@attrs.frozen(kw_only=True)
class MissingFact:
    """A fact that would help to settle a decision."""

    name: str
    is_judged: bool
    settles: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Determination:
    """Everything that the rules answer about one organization on one date.

    Attributes:
        facts: The values that were given; facts that are not here are unknown.
        outcomes: The answer of each decision.
        readings: How ambiguous texts were read: the declared defaults and what the caller chose instead.
        missing_facts: What would help to settle undetermined decisions, in the order to ask.
        open_readings: Readings that the law leaves open and that matter here.
    """

    policy: Policy = attrs.field(repr=False)
    facts: Mapping[str, Value]
    outcomes: Mapping[str, Outcome]
    readings: Mapping[str, str] = attrs.field(factory=dict)
    missing_facts: tuple[MissingFact, ...] = ()
    open_readings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def as_of(self) -> datetime.date:
        """The date whose rules were applied."""
        return self.policy.as_of

    def __getitem__(self, decision: str) -> Outcome:
        """Return the outcome of a decision."""
        return self.outcomes[decision]

    def due_of(self, rule: Rule) -> Due | None:
        """Return until when a rule asks for something; None for a rule without a due date."""
        if rule.due is None:
            return None
        domain = self.outcomes[rule.due].domain if rule.due in self.outcomes else self._fact(rule.due)
        assert isinstance(domain, tuple)
        earliest, latest = (datetime.date.fromordinal(min(max(end, FIRST), LAST)) for end in domain)
        return Due(earliest=earliest, latest=latest)

    def _fact(self, name: str) -> Domain:
        kind = self.policy.variable_type(name)
        return kind.encode(self.facts[name]) if self.facts.get(name) is not None else kind.everything


def status_of(decision: AnyDecision, result: Result) -> Status:
    """Return the status of one result with every reading fixed."""
    if isinstance(decision, AbsentDecision):
        return Status.NO_RULE_IN_FORCE
    if result.conflict is Truth.TRUE:
        return Status.CONFLICT
    settled = is_known(result.domain) and result.conflict is Truth.FALSE
    return Status.DETERMINED if settled else Status.UNDETERMINED


def to_json(determination: Determination) -> dict[str, Any]:
    """Return the stable JSON form (format 1): dates as ISO text, money and decimals as decimal text."""
    return {
        "format": 1,
        "policy": determination.policy.id,
        "digest": determination.policy.digest,
        "jurisdiction": determination.policy.jurisdiction,
        "as_of": determination.as_of.isoformat(),
        "packages": [_package_json(package) for package in determination.policy.packages],
        "local_changes": [_change_json(change) for change in determination.policy.changes],
        "facts": {name: plain(value) for name, value in determination.facts.items()},
        "readings": dict(determination.readings),
        "decisions": {name: _outcome_json(determination, outcome) for name, outcome in determination.outcomes.items()},
        "missing_facts": [attrs.asdict(missing) for missing in determination.missing_facts],
        "open_readings": list(determination.open_readings),
        "warnings": list(determination.warnings),
        "notice": "decision support; an official decides",
    }


def plain(value: object) -> Any:
    """Return a JSON value: sets sorted, dates and decimals as text, bounds as an object."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Between):
        return {"low": plain(value.low), "high": plain(value.high)}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _package_json(package: AppliedPackage) -> dict[str, Any]:
    return {
        "id": package.id,
        "jurisdiction": package.jurisdiction,
        "status": package.status,
        "is_in_force": package.is_in_force,
        "is_end_confirmed": package.is_end_confirmed,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "operation": change.operation,
        "path": change.path,
        "package": change.package,
        "old": change.old,
        "new": change.new,
        "citations": [_citation_json(citation) for citation in change.citations],
        "conflicts_with": [_citation_json(citation) for citation in change.conflicts_with],
        "is_applied": change.is_applied,
    }


def _outcome_json(determination: Determination, outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status.value,
        "value": plain(outcome.value),
        "possible": [plain(value) for value in outcome.possible],
        "findings": [
            _finding_json(found)
            for found in outcome.findings
            if found.truth is not Truth.FALSE or isinstance(outcome.decision, CriteriaDecision)
        ],
        "items": [{**_item_json(*item), "due": _due_json(determination.due_of(item[0]))} for item in outcome.items],
        "citations": [_citation_json(citation) for citation in outcome.citations],
        "by_reading": [
            {"readings": dict(readings), "possible": [plain(v) for v in attrs.evolve(outcome, domain=domain).possible]}
            for readings, domain in outcome.by_reading
        ],
    }


def _finding_json(found: Finding) -> dict[str, Any]:
    return {"rule": found.rule.id, "truth": found.truth.name.lower()}


def _item_json(rule: Rule, columns: dict[str, str], truth: Truth) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "columns": columns,
        "truth": truth.name.lower(),
        "modality": rule.modality,
        "addressee": rule.addressee,
    }


def _due_json(due: Due | None) -> dict[str, str] | None:
    return None if due is None else {"earliest": due.earliest.isoformat(), "latest": due.latest.isoformat()}


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "instrument": citation.instrument,
        "provision": citation.provision,
        "number": citation.number,
        "confidence": citation.confidence,
    }
