"""What an executor answers, and what a user of the library receives.

In come raw results (possible values and the truth of every rule); out goes a `Determination`: one outcome for each
decision, with status, findings and citations. Guaranteed: determined means that exactly one answer is possible.
"""

from __future__ import annotations

import abc
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, Self, TypeAlias, overload

import attrs

from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, ValueDecision, rules_of
from cso_rules.model.expressions import Expression, Or, variables
from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Amendment, Citation, Label
from cso_rules.model.policy import Found, projected
from cso_rules.model.types import TRUE, Domain, Value
from cso_rules.results import Result, Status, deciding_bits, status_of, truth_in
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.errors import FactProblem
    from cso_rules.model.policy import Choice, Policy

__all__ = [
    "Case",
    "Determination",
    "Due",
    "Finding",
    "Item",
    "Judgement",
    "MissingFact",
    "Outcome",
    "Presumed",
    "Result",
    "Situation",
    "Status",
    "Together",
    "status_of",
]


@attrs.frozen(kw_only=True, repr=False)
class Finding(ByFields):
    """The truth of one criterion or row.

    Attributes:
        rule: The criterion or row, with the provisions that it cites.
        truth: Whether it holds; unknown while missing facts, or readings that are open, decide that.
    """

    rule: Rule
    truth: Truth


@attrs.frozen(kw_only=True, repr=False)
class Together(Rule):
    """Rows of a table that give one answer for certain, whichever of them holds."""

    decision: str
    rows: tuple[Rule, ...]


class Columns(dict[str, str]):
    """What a row says in each column: one object for all answers that say it, so it does not change."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        message = "the columns of an answer do not change; dict(columns) is a copy that does"
        raise TypeError(message)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Columns], tuple[dict[str, str]]]:
        """Return how to make it again: nothing can be put into it afterwards."""
        return Columns, (dict(self),)


Item = tuple[Rule, dict[str, str], Truth]
"""A row of a list that holds or may hold, with its columns."""

_MOST_DECISIONS: Final = 1024
"""Decisions of which the findings are kept ready."""

_findings: dict[int, tuple[AnyDecision, tuple[tuple[int, Finding, Finding, Finding], ...]]] = {}
"""For each rule of a decision, by its identity: its bit, and the findings that it is false, true and unknown."""


def _findings_of(decision: AnyDecision) -> tuple[tuple[int, Finding, Finding, Finding], ...]:
    """Return the three findings that there may be about each rule."""
    found = _findings.get(id(decision))
    if found is None:
        while len(_findings) >= _MOST_DECISIONS:
            _findings.pop(next(iter(_findings)), None)
        false, true, unknown = Truth.FALSE, Truth.TRUE, Truth.UNKNOWN
        made = (
            (1 << place, Finding(rule=rule, truth=false), Finding(rule=rule, truth=true),
             Finding(rule=rule, truth=unknown))
            for place, rule in enumerate(rules_of(decision))
        )  # fmt: skip
        # The decision is held too, so that its identity stays taken while its findings are kept.
        found = _findings[id(decision)] = decision, tuple(made)
    return found[1]


class _ReadOnce(Generic[Found]):
    """What is worked out of an outcome when it is first read, for all organizations that share the outcome.

    Two threads may both work it out, and find the same: no lock is held, as `cached_property` does before Python 3.12.
    """

    def __init__(self, work_out: Callable[[Any], Found]) -> None:
        self._work_out = work_out
        self._name = work_out.__name__
        self.__doc__ = work_out.__doc__

    @overload
    def __get__(self, outcome: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, outcome: Outcome, owner: type[Any] | None = None) -> Found: ...
    def __get__(self, outcome: Outcome | None, owner: type[Any] | None = None) -> Self | Found:
        if outcome is None:
            return self
        found = outcome.__dict__[self._name] = self._work_out(outcome)
        if outcome.origin is not None:
            outcome.origin.__dict__[self._name] = found
        return found


@attrs.frozen(kw_only=True, slots=False, repr=False)  # copied as a dictionary
class Outcome(ByFields):
    """The answer to one decision; many organizations may share one, so what is read from it is worked out once.

    Attributes:
        decision: The decision, with its rules.
        status: How far it is settled.
        domain: Values that remain possible, encoded; `value`, `possible` and `items` decode it.
        true: Bits of the rules that hold.
        unknown: Bits of the rules of which it is open whether they hold.
        by_reading: While the law leaves readings open and they matter: (reading options, domain) for each combination.
        conflict: Whether rules contradict one another: certainly, possibly or not.
        none: Whether no row of the table holds, so that there is no answer: certainly, possibly or not.
        deciding_rules: Bits of the rules behind the answer, where the truths of the rules alone do not tell.
        situation: What else is known of the organization; without it, criteria count as applying.
        stands_alone: Whether nothing that is told of it depends on the situation, so that it needs none.
        origin: The outcome of which this is the same for one organization.
    """

    decision: AnyDecision
    status: Status
    domain: Domain
    true: int = 0
    unknown: int = 0
    by_reading: tuple[tuple[Mapping[str, str], Domain], ...] = ()
    conflict: Truth = Truth.FALSE
    none: Truth = Truth.FALSE
    deciding_rules: int | None = attrs.field(default=None, eq=False)
    situation: Situation | None = attrs.field(default=None, eq=False, repr=False)
    stands_alone: bool = attrs.field(default=False, eq=False, repr=False)
    origin: Outcome | None = attrs.field(init=False, default=None, eq=False, repr=False)

    def within(self, situation: Situation) -> Outcome:
        """Return the same outcome as that of one organization; what is worked out of it serves all."""
        if self.stands_alone:
            return self
        own = self.__dict__.copy()
        own["situation"] = situation
        own["origin"] = self.origin or self
        found = Outcome.__new__(Outcome)
        object.__setattr__(found, "__dict__", own)
        return found

    @_ReadOnce
    def value(self) -> Value | None:
        """The one answer, or None while it is not determined."""
        return self.decision.type.decode(self.domain) if self.status is Status.DETERMINED else None

    @_ReadOnce
    def possible(self) -> tuple[Value, ...]:
        """Every possible answer of a boolean or enumeration; the two ends of a numeric range, nothing where none is."""
        kind = self.decision.type
        if kind.is_numeric and self.none is Truth.TRUE:
            return ()
        if isinstance(self.domain, tuple):
            low, high = self.domain
            return kind.members(high) if kind.kind == "set" else (kind.decode_number(low), kind.decode_number(high))
        values: tuple[Value, ...] = (True, False) if kind.kind == "boolean" else kind.values
        return tuple([value for place, value in enumerate(values) if self.domain >> place & 1])

    @_ReadOnce
    def findings(self) -> tuple[Finding, ...]:
        """Every criterion or row with its truth, in file order."""
        true, unknown = self.true, self.unknown
        return tuple(
            [
                yes if true & bit else open_ if unknown & bit else no
                for bit, no, yes, open_ in _findings_of(self.decision)
            ]
        )

    def truth_of(self, index: int) -> Truth:
        """Return the truth of the rule at this position."""
        return truth_in(self, index)

    def deciding(self) -> tuple[Rule, ...]:
        """Return the rules behind the answer, or behind its being open; what does not apply is behind nothing."""
        return tuple(found.rule for found in self.deciding_findings)

    @property
    def deciding_findings(self) -> tuple[Finding, ...]:
        """The rules behind the answer, each with its truth."""
        bits = deciding_bits(self.decision, self.status, self)
        chosen = (found for index, found in enumerate(self.findings) if bits >> index & 1)
        return tuple(found for found in chosen if self._applies(found.rule))

    def _applies(self, rule: Rule) -> bool:
        if rule.applies_when is None or self.situation is None:
            return True
        return self.situation.truth(rule.applies_when) is not Truth.FALSE

    @property
    def fails_jointly(self) -> bool:
        """Whether criteria are unmet although none fails for certain: in every case left, one of the open ones does."""
        is_criteria = isinstance(self.decision, CriteriaDecision)
        return is_criteria and not self.may_be(TRUE) and all(found.truth is not Truth.FALSE for found in self.findings)

    def may_be(self, bits: int) -> bool:
        """Tell whether one of some values of a boolean or enumeration is possible."""
        return isinstance(self.domain, int) and bool(self.domain & bits)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Provisions behind the answer, each once; of a list those behind its due dates too."""
        if isinstance(self.decision, ValueDecision):
            own = self.decision
            return self._about(own.cited if self.situation is None else own.cited_in(self.situation.truth))
        return self._cited(self.deciding())

    def citations_of(self, rule: Rule) -> tuple[Citation, ...]:
        """Return the provisions behind a rule, and behind its due date."""
        return self._cited([rule])

    def _cited(self, rules: Sequence[Rule]) -> tuple[Citation, ...]:
        """Return citations of rules that bear on the answer; all that are about it when none does."""
        situation = self.situation
        pairs = [(rule, citation) for rule in rules for citation in rule.citations]
        if situation is None:
            return tuple(dict.fromkeys(citation for _, citation in pairs))
        about = [pair for pair in pairs if situation.is_about(pair[1])] or pairs
        bearing = [citation for rule, citation in about if situation.bears(self, rule, citation)]
        dues = (situation.get(rule.due) for rule in rules if rule.due is not None)
        due = (citation for outcome in dues if outcome is not None for citation in outcome.citations)
        return tuple(dict.fromkeys((*(bearing or [citation for _, citation in about]), *due)))

    def _about(self, citations: Iterable[Citation]) -> tuple[Citation, ...]:
        found, situation = tuple(dict.fromkeys(citations)), self.situation
        return tuple(citation for citation in found if situation is None or situation.is_about(citation)) or found

    @property
    def amended(self) -> tuple[Amendment, ...]:
        """Instruments behind the answer, or behind what it reads, that were changed by a text that was not seen."""
        situation = self.situation
        return () if situation is None else situation.amended(situation.policy.cone(self.decision.name))

    @property
    def items(self) -> tuple[Item, ...]:
        """Rows that hold or may hold, each with its columns and its truth; of a single answer those that decide.

        Open rows that make their item sure together, whichever of them holds, stand there as one.
        """
        if not isinstance(self.decision, TableDecision):
            return ()
        rows = self._rows_of_all
        return self._rows() if rows is None else rows

    @_ReadOnce
    def _rows_of_all(self) -> tuple[Item, ...] | None:
        """The rows, where they do not depend on what applies to an organization."""
        return self._rows() if all(rule.applies_when is None for rule in rules_of(self.decision)) else None

    def _rows(self) -> tuple[Item, ...]:
        decision = self.decision
        assert isinstance(decision, TableDecision)
        found = [item for item in self.findings if item.truth is not Truth.FALSE]
        if not decision.has_multiple_hits:
            found = list(self.deciding_findings)
        together = self._held_together(decision, found)
        rows = [(item.rule, item.truth) for item in found if item.rule.output not in together]
        rows += [(rule, Truth.TRUE) for rule in together.values()]
        rows.sort(key=lambda row: row[0].output if decision.hit_policy == "output_order" else 0)
        return tuple((rule, Columns(decision.outputs[rule.output]), truth) for rule, truth in rows)

    def _held_together(self, decision: TableDecision, found: Iterable[Finding]) -> dict[int, Rule]:
        """Return the items that are sure although none of their rows holds for certain."""
        rows: dict[int, list[Finding]] = {}
        for item in found:
            rows.setdefault(item.rule.output, []).append(item)
        return {
            output: _together(decision, [item.rule for item in group])
            for output, group in rows.items()
            if self._is_sure(output) and all(item.truth is Truth.UNKNOWN for item in group)
        }

    def _is_sure(self, output: int) -> bool:
        if isinstance(self.domain, tuple):
            return bool(self.domain[0] >> output & 1)
        return self.status is Status.DETERMINED and self.domain == 1 << output


def _together(decision: TableDecision, rows: Sequence[Rule]) -> Rule:
    """Return rows of one output as one, with what they say in common."""
    if len(rows) == 1:
        return rows[0]
    return Together(
        id=" + ".join(row.id for row in rows),
        label=Label(zh="、".join(row.label.zh for row in rows), en=", ".join(row.label.en for row in rows)),
        condition=Or(operands=tuple(row.condition for row in rows)),
        output=rows[0].output,
        modality=_only(row.modality for row in rows),
        addressee=_only(row.addressee for row in rows),
        due=_only(row.due for row in rows),
        citations=tuple(dict.fromkeys(citation for row in rows for citation in row.citations)),
        decision=decision.name,
        rows=tuple(rows),
    )


def _only(found: Iterable[str | None]) -> str | None:
    different = set(found)
    return different.pop() if len(different) == 1 else None


# What is known besides.


Case: TypeAlias = "tuple[Choice, Mapping[str, Result]]"
"""Options of the readings that the law leaves open, and the results of all decisions under them."""


class Situation(Mapping[str, Outcome], abc.ABC):
    """The outcomes of one organization, each with what is known of it: the one home of its domains.

    Attributes:
        policy: The rules that were applied.
    """

    policy: Policy

    @property
    @abc.abstractmethod
    def known(self) -> Mapping[str, Domain]:
        """The domain of every fact and reading, as the caller gave and chose them."""

    @property
    @abc.abstractmethod
    def environment(self) -> Mapping[str, Domain]:
        """The domain of every fact, reading and decision."""

    @abc.abstractmethod
    def truth(self, condition: Expression) -> Truth:
        """Return the truth of a condition."""

    @abc.abstractmethod
    def cases(self, names: Iterable[str]) -> tuple[Case, ...]:
        """Return what follows under each combination of the open readings that decisions depend on; none without."""

    @abc.abstractmethod
    def bears(self, outcome: Outcome, rule: Rule, citation: Citation) -> bool:
        """Tell whether a provision bears on the truth of a rule; what says how a text is read may not."""

    @abc.abstractmethod
    def amended(self, names: Iterable[str]) -> tuple[Amendment, ...]:
        """Return which instruments that decisions rest on were changed by a text that was not seen."""

    def is_about(self, citation: Citation) -> bool:
        """Tell whether the instrument of a provision may be about this organization."""
        scope = self.policy.scopes.get(citation.instrument)
        if scope is None or any(name not in self.environment for name in variables(scope)):
            return True  # a part of a policy may lack what the scope reads
        return self.truth(scope) is not Truth.FALSE


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Due(ByFields):
    """Until when something is to be done; `earliest` and `latest` differ while that is open.

    Attributes:
        earliest: The first day that is possible.
        latest: The last day that is possible.
        by_reading: While the law leaves it open: for each combination of readings the days, None where none is set.
    """

    earliest: datetime.date
    latest: datetime.date
    by_reading: tuple[tuple[Choice, Due | None], ...] = ()

    @property
    def date(self) -> datetime.date | None:
        """The one day, or None while several are possible."""
        return self.earliest if self.earliest == self.latest and not self.by_reading else None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class MissingFact(ByFields):
    """A fact that would help to settle a decision.

    Attributes:
        name: The fact.
        is_judged: Whether an official judges it, so that it cannot be looked up.
        settles: The decisions that depend on it.
    """

    name: str
    is_judged: bool
    settles: tuple[str, ...]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Judgement(ByFields):
    """Who judged a fact, when, and on what.

    Attributes:
        judged_by: The person or office; empty where that was not said.
        judged_on: The day; None where that was not said.
        basis: On what; empty where that was not said.
    """

    judged_by: str = ""
    judged_on: datetime.date | None = None
    basis: str = ""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Presumed(ByFields):
    """A fact of which nothing was said and something is presumed.

    Attributes:
        name: The fact.
        value: What the law presumes.
        citations: The provisions that say so.
    """

    name: str
    value: Value
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True, slots=False, repr=False)  # made for each organization, which is quicker so
class Determination(ByFields):
    """Everything that the rules answer about one organization on one date.

    Attributes:
        policy: The rules that were applied, with their digest, place and date.
        facts: The values that were given; facts that are not here are unknown, or `presumed`.
        outcomes: The answer of each decision.
        readings: How ambiguous texts were read: the declared defaults and what the caller chose instead.
        missing_facts: What would help to settle undetermined decisions, in the order to ask.
        open_readings: Readings that the law leaves open and that matter here.
        judgements: Who judged facts, when and on what, as far as that was said.
        problems: What was said of facts and not understood; these facts are unknown.
    """

    policy: Policy = attrs.field(repr=False)
    facts: Mapping[str, Value] = attrs.field(repr=False)  # logs hold what is printed, and facts may be personal
    outcomes: Situation
    readings: Mapping[str, str] = attrs.field(factory=dict)
    missing_facts: tuple[MissingFact, ...] = ()
    open_readings: tuple[str, ...] = ()
    judgements: Mapping[str, Judgement] = attrs.field(factory=dict)
    problems: tuple[FactProblem, ...] = ()

    @property
    def said(self) -> Mapping[str, object]:
        """The facts as they can be given again, judgements with who judged."""
        judged = {name: {"value": self.facts[name], **attrs.asdict(each)} for name, each in self.judgements.items()}
        return {**self.facts, **judged}

    @property
    def as_of(self) -> datetime.date:
        """The date whose rules were applied."""
        return self.policy.as_of

    @property
    def presumed(self) -> tuple[Presumed, ...]:
        """What the law presumes of facts that decisions read and of which nothing was said."""
        return tuple(
            Presumed(name=name, value=found.value, citations=found.citations)
            for name, found in self.policy.presumptions.items()
            if name not in self.facts
        )

    @property
    def supposed(self) -> Mapping[str, Value]:
        """The values that were given, and those that are presumed."""
        presumed = self.presumed
        return {**self.facts, **{found.name: found.value for found in presumed}} if presumed else self.facts

    def __getitem__(self, decision: str) -> Outcome:
        """Return the outcome of a decision."""
        return self.outcomes[decision]

    @property
    def known(self) -> Mapping[str, Domain]:
        """The domain of every fact and reading, as the caller gave and chose them."""
        return self.outcomes.known

    @property
    def environment(self) -> Mapping[str, Domain]:
        """The domain of every fact, reading and decision."""
        return self.outcomes.environment

    @property
    def amended(self) -> tuple[Amendment, ...]:
        """Instruments that answers rest on and that were changed by a text that was not seen."""
        return self.outcomes.amended(self.outcomes)

    def due_of(self, rule: Rule) -> Due | None:
        """Return until when a rule asks for something; None for a rule without a due date."""
        if isinstance(rule, Together):
            return self._due_together(rule)
        if rule.due is None:
            return None
        cases = ((choice, _due([results[rule.due].domain])) for choice, results in self._cases_of_due([rule]))
        return _varying(_due([self.environment[rule.due]]), cases)

    def _due_together(self, rule: Together) -> Due | None:
        """Return the days of those rows that may hold, under each reading that changes which."""
        decision = self.outcomes[rule.decision].decision
        places = [(rules_of(decision).index(row), row.due) for row in rule.rows]
        cases = []
        for choice, results in self._cases_of_due(rule.rows, rule.decision):
            found = results[rule.decision]
            bits = deciding_bits(decision, status_of(decision, found), found)
            dues = [due for place, due in places if bits >> place & 1]
            domains = [results[due].domain if due in results else self.environment[due] for due in dues if due]
            cases.append((choice, _due(domains)))
        return _varying(_due(self.environment[due] for _, due in places if due is not None), cases)

    def _cases_of_due(self, rows: Iterable[Rule], *names: str) -> tuple[Case, ...]:
        dues = (row.due for row in rows if row.due is not None and row.due in self.outcomes)
        return self.outcomes.cases([*names, *dues])

    def truths_by_reading(self, name: str, rule: Rule) -> tuple[tuple[Choice, Truth], ...]:
        """Return under each reading that matters whether a rule holds, a row also decides; none when none matters.

        Args:
            name: The decision.
            rule: A criterion or row of it.
        """
        decision = self.outcomes[name].decision
        if rule not in rules_of(decision):
            return ()
        place, truths = rules_of(decision).index(rule), []
        is_single = isinstance(decision, TableDecision) and not decision.has_multiple_hits
        for choice, results in self.outcomes.cases([name]):
            found = results[name]
            bits = deciding_bits(decision, status_of(decision, found), found)
            is_out = is_single and not bits >> place & 1
            truths.append((choice, Truth.FALSE if is_out else truth_in(found, place)))
        return projected(truths) if len({truth for _, truth in truths}) > 1 else ()

    def is_left_open(self, name: str, rule: Rule) -> bool:
        """Tell whether only the way in which texts are read keeps a rule open, whatever the missing facts are.

        Args:
            name: The decision.
            rule: A criterion or row of it.
        """
        truths = self.truths_by_reading(name, rule)
        return bool(truths) and all(truth is not Truth.UNKNOWN for _, truth in truths)


def _due(domains: Iterable[Domain]) -> Due | None:
    """Return the days that some domains of dates leave; None without a domain."""
    ends = [end for domain in domains if isinstance(domain, tuple) for end in domain]
    if not ends:
        return None
    earliest, latest = (datetime.date.fromordinal(min(max(end, FIRST), LAST)) for end in (min(ends), max(ends)))
    return Due(earliest=earliest, latest=latest)


def _varying(due: Due | None, cases: Iterable[tuple[Choice, Due | None]]) -> Due | None:
    """Return days with those under each reading, where they differ."""
    found = projected(cases)
    if len({days for _, days in found}) < 2:  # noqa: PLR2004 - the same under each reading
        return found[0][1] if found else due
    ends = [end for _, days in found if days is not None for end in (days.earliest, days.latest)]
    return Due(earliest=min(ends), latest=max(ends), by_reading=found)
