"""What the scenarios of a package exercise of its own rules: rules, criteria, and both sides of each threshold.

In come scenarios with their answers, one by one; out comes every part with what no scenario does with it.
A rule is exercised where it holds in a scenario that expects something of its decision, a case of a number or date
where it gives it, a criterion where one such scenario meets it and one fails it, a side of a threshold where one such
scenario has the number next to it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.errors import CsoRulesError
from cso_rules.executors.single.reference import sum_of
from cso_rules.explanation.reasons import quantity_text
from cso_rules.explanation.words import Words
from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations, RuleDeclaration
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import package_path
from cso_rules.loader.scenarios.files import Scenario
from cso_rules.model.decisions import Rule, ValueDecision, WrittenCase, rules_of
from cso_rules.model.expressions import Lookup, Within, atoms
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.truth import Truth

PartKind = Literal["rule", "criterion", "threshold"]
KINDS: Final[tuple[PartKind, ...]] = ("rule", "criterion", "threshold")
HOLDS, FAILS, BELOW, AT = "holds", "fails", "below", "at"
SIDES: Final[dict[PartKind, tuple[str, ...]]] = {
    "rule": (HOLDS,), "criterion": (HOLDS, FAILS), "threshold": (BELOW, AT),
}  # fmt: skip
"""What scenarios can do with each kind of part."""
SIDE_WORDS: Final = {
    (False, BELOW): Label(zh="刚不足 {number}", en="just below {number}"),
    (False, AT): Label(zh="正好 {number}", en="at {number}"),
    (True, BELOW): Label(zh="正好 {number}", en="at {number}"),
    (True, AT): Label(zh="刚超过 {number}", en="just above {number}"),
}
"""The sides of a threshold, by whether it is the upper end."""


Written = Rule | WrittenCase
"""A criterion, a row or a case, as it stands in a rule file."""


@attrs.define(kw_only=True)
class Part:
    """A part of the rules of a package.

    Attributes:
        path: `decision/rule`, or the name of a decision that is one expression.
        place: `path:line`.
        text: Of a threshold what is compared; the sides in words follow from it.
        sides: What each side is called.
        done: The sides that some scenario exercises.
    """

    kind: PartKind
    path: str
    place: str
    line: int
    text: Label | None = None
    sides: dict[str, Label] = attrs.field(factory=dict)
    done: set[str] = attrs.field(factory=set)

    @property
    def lacking(self) -> tuple[str, ...]:
        """The sides that no scenario exercises."""
        return tuple(side for side in SIDES[self.kind] if side not in self.done)


@attrs.frozen(kw_only=True)
class _Cut:
    """A threshold of a rule under the rules of one place and date.

    Attributes:
        key: What tells it from other thresholds, on any date.
        number: The first number on its upper side.
        is_upper: Whether the rule names the last number on its lower side.
        parameters: The legal numbers that it follows.
    """

    key: tuple[object, ...]
    atom: Within
    number: int
    is_upper: bool
    parameters: tuple[str, ...]


class Coverage:
    """The parts of one package, and what its scenarios do with them."""

    def __init__(self, package: str | Path) -> None:
        """Take up the parts of a package.

        Raises:
            UnknownNameError: There is no such package.
        """
        self.path = package_path(package)
        self.parts = dict(_parts(self.path))
        self.cuts: dict[tuple[object, ...], Part] = {}
        self._known: dict[int, Policy] = {}

    def watch(self, scenario: Scenario, policy: Policy, found: Determination) -> None:
        """Note what a scenario exercises."""
        self._take_up(policy)
        for name in scenario.expect:
            if name in found.outcomes:
                self._note(policy, found, name)

    def found(self) -> tuple[Part, ...]:
        """Return every part in the order of the files; thresholds behind their rule."""
        ordered = [*self.parts.values(), *self.cuts.values()]
        return tuple(sorted(ordered, key=lambda part: (part.place.rpartition(":")[0], part.line)))

    def add_unmet(self, load: Callable[..., Policy]) -> None:
        """Take up the thresholds of rules that are in force at the time of no scenario."""
        met = {place for policy in self._known.values() for rule in _written(policy) if (place := _place(rule))}
        for day, entity in sorted(_first_days(self.path, met)):
            try:
                self._take_up(load(self.path, as_of=day, entity=entity))
            except CsoRulesError:  # not in force on that day; the rules themselves are listed all the same
                continue

    def _take_up(self, policy: Policy) -> None:
        """Take up the thresholds of a policy."""
        if id(policy) in self._known:
            return
        self._known[id(policy)] = policy  # held, so that its identity stays taken
        for rule in _written(policy):
            if (place := _place(rule)) in self.parts:
                for cut in _cuts(policy, place, rule):
                    if cut.key not in self.cuts:
                        self.cuts[cut.key] = _threshold(policy, self.parts[place], cut)

    def _note(self, policy: Policy, found: Determination, name: str) -> None:
        outcome = found[name]
        if isinstance(outcome.decision, ValueDecision):
            self._note_cases(policy, found, outcome, outcome.decision)
        for finding in outcome.findings:
            rule, part = finding.rule, self.parts.get(_place(finding.rule))
            if part is None:
                continue
            applies = rule.applies_when is None or found.outcomes.truth(rule.applies_when) is Truth.TRUE
            if applies and finding.truth is not Truth.UNKNOWN:
                part.done.add(HOLDS if finding.truth is Truth.TRUE else FAILS)
            self._note_cuts(policy, found, part, rule)

    def _note_cases(self, policy: Policy, found: Determination, outcome: Outcome, decision: ValueDecision) -> None:
        """Note which cases give the number or date, and which numbers are next to their thresholds."""
        is_settled = outcome.status is Status.DETERMINED or _is_known_as_read(outcome)
        may_be_earlier = False
        for case in decision.written:
            truth, part = found.outcomes.truth(case.condition), self.parts.get(_place(case))
            if part is not None:
                if truth is Truth.TRUE and is_settled and not (case.gives_way and may_be_earlier):
                    part.done.add(HOLDS)
                self._note_cuts(policy, found, part, case)
            may_be_earlier = may_be_earlier or truth is not Truth.FALSE

    def _note_cuts(self, policy: Policy, found: Determination, part: Part, rule: Written) -> None:
        for cut in _cuts(policy, part.place, rule):
            low, high = sum_of(cut.atom.terms, found.environment)
            step = _step(policy, cut.atom)
            if low == high and cut.number - step <= low < cut.number + step:
                self.cuts[cut.key].done.add(BELOW if low < cut.number else AT)


def counts(parts: Iterable[Part]) -> dict[PartKind, tuple[int, int]]:
    """Return for each kind of part how many sides are exercised, and how many there are."""
    found = list(parts)
    return {
        kind: (sum(len(SIDES[kind]) - len(part.lacking) for part in found if part.kind == kind),
               sum(len(SIDES[kind]) for part in found if part.kind == kind))
        for kind in KINDS
    }  # fmt: skip


def _is_known_as_read(outcome: Outcome) -> bool:
    """Tell whether the law leaves it open, and each way to read it gives a number or date."""
    return bool(outcome.by_reading) and all(is_known(domain) for _, domain in outcome.by_reading)


def _written(policy: Policy) -> Iterator[Written]:
    """Yield the criteria, rows and cases of a policy."""
    for decision in policy.decisions.values():
        yield from decision.written if isinstance(decision, ValueDecision) else rules_of(decision)


def _place(part: Written) -> str:
    return "" if part.span is None else part.span.place


# ------------------------------------------------------------------------------------------------ what there is


def _parts(path: Path) -> Iterator[tuple[str, Part]]:
    """Yield the rules that stand in the files of a package, by their places."""
    for decision, rule in _declared(declarations(path)[0], path):
        span = decision.span if rule is None else rule.span
        name = decision.name if rule is None else f"{decision.name}/{rule.id}"
        kind: PartKind = "criterion" if decision.form == "criteria" else "rule"
        yield span.place, Part(kind=kind, path=name, place=span.place, line=span.line)


def _declared(found: Declarations, path: Path) -> Iterator[tuple[DecisionDeclaration, RuleDeclaration | None]]:
    """Yield the decisions that are one expression and the rules of all others, where files of the package have them."""
    folder = f"{path.resolve().name}/"
    for decision in found.standing():
        rules: tuple[RuleDeclaration | None, ...] = decision.every_rule or ((None,) if decision.form == "value" else ())
        for rule in rules:
            span = decision.span if rule is None else rule.span
            if span.source.path.startswith(folder):
                yield decision, rule
    for change in found.changes:
        name = change.path.partition("/")[0]
        if change.rule is not None and change.rule.span.source.path.startswith(folder) and name in found.decisions:
            yield found.decisions[name], change.rule


def _first_days(path: Path, met: set[str]) -> Iterator[tuple[datetime.date, str]]:
    """Yield the first days of the rules that no policy so far has."""
    found = declarations(path)[0]
    days = set()
    for decision, rule in _declared(found, path):
        if rule is None or rule.span.place in met:
            continue
        starts = [period.start for period in (decision.period, rule.period) if period.start is not None]
        if starts:
            days.add((max(starts), decision.entity))
    yield from days


# ------------------------------------------------------------------------------------------------ thresholds


def _compared_in(rule: Written) -> tuple[Within, ...]:
    """Return what a rule compares; within an expression with numbers, not two quantities of which one is the least."""
    inside = rule.inside if isinstance(rule, WrittenCase) else ()
    chosen = (atom for condition in inside for atom in atoms(condition))
    found = (*atoms(rule.condition), *(atom for atom in chosen if isinstance(atom, Within) and _is_of_one(atom)))
    return tuple(dict.fromkeys(atom for atom in found if isinstance(atom, Within)))


def _is_of_one(atom: Within) -> bool:
    return sum(not isinstance(term.quantity, Lookup) for term in atom.terms) == 1


def _cuts(policy: Policy, place: str, rule: Written) -> Iterator[_Cut]:
    """Yield each threshold of a rule; one that no number reaches is none."""
    for number_of_atom, atom in enumerate(_compared_in(rule)):
        is_day = _is_day(policy, atom)
        least, greatest = sum_of(atom.terms, _everything(policy, atom))
        above = None if atom.high is None else atom.high + 1
        for number, is_upper, origin in ((atom.low, False, atom.origins[0]), (above, True, atom.origins[1])):
            if number is not None and least < number <= greatest:
                names = () if origin is None else tuple(dict.fromkeys(name for name, *_ in origin.numbers))
                what = tuple((term.factor, type(term.quantity).__name__, term.quantity.name) for term in atom.terms)
                # A day that is no parameter may follow the day of the question: its place in the condition stays.
                key = (place, what, is_upper, names or (f"#{number_of_atom}" if is_day else number))
                yield _Cut(key=key, atom=atom, number=number, is_upper=is_upper, parameters=names)


def _everything(policy: Policy, atom: Within) -> dict[str, Domain]:
    names = {term.quantity.name for term in atom.terms}
    return {name: policy.variable_type(name).everything for name in names}


def _is_day(policy: Policy, atom: Within) -> bool:
    return any(policy.variable_type(term.quantity.name).kind == "date" for term in atom.terms)


def _step(policy: Policy, atom: Within) -> int:
    """Return how far from a threshold a number may lie to be next to it: one yuan, one person, one day."""
    scales = (
        abs(term.factor) * 10 ** policy.variable_type(term.quantity.name).scale
        for term in atom.terms
        if not isinstance(term.quantity, Lookup)
    )
    return max(scales, default=1)


def _threshold(policy: Policy, rule: Part, cut: _Cut) -> Part:
    """Return a threshold of a rule, in words."""
    number = cut.number - 1 if cut.is_upper else cut.number
    words = {lang: Words(policy, lang) for lang in ("zh", "en")}
    bound = Label(**{lang: _bound(words[lang], cut.atom, number) for lang in words})
    shown = Label(**{lang: f"{_compared(words[lang], cut.atom)} {'≤' if cut.is_upper else '≥'}" for lang in words})
    said = ", ".join(cut.parameters) or (f"@ {policy.as_of}" if _is_day(policy, cut.atom) else "")
    names = f" ({said})" if said else ""
    return Part(
        kind="threshold",
        path=rule.path,
        place=rule.place,
        line=rule.line,
        text=Label(zh=f"{shown.zh} {bound.zh}{names}", en=f"{shown.en} {bound.en}{names}"),
        sides={side: SIDE_WORDS[cut.is_upper, side].filled(number=bound) for side in SIDES["threshold"]},
    )


def _compared(words: Words, atom: Within) -> str:
    terms = [term for term in atom.terms if not isinstance(term.quantity, Lookup)]
    parts = [("" if term.factor == 1 else "- " if term.factor == -1 else f"{term.factor} × ")
             + quantity_text(words, term.quantity) for term in terms]  # fmt: skip
    return " + ".join(parts).replace("+ - ", "- ")


def _bound(words: Words, atom: Within, number: int) -> str:
    """Return the number, and the parameters to which it is added."""
    looked_up = [term.quantity for term in atom.terms if isinstance(term.quantity, Lookup)]
    names = [quantity.parameter or quantity.name for quantity in looked_up]
    own = next((term.quantity.name for term in atom.terms if not isinstance(term.quantity, Lookup)), None)
    if own is None or len(atom.terms) - len(looked_up) > 1 or names:
        shown = [*names, *([str(number)] if number or not names else [])]
        return " + ".join(shown)
    return words.encoded(own, number)
