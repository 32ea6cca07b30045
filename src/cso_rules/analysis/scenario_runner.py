"""Run the scenarios of a package: facts in, expected answers compared."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from cso_rules.analysis.scenario_comparison import NO_DECISION, Comparison, form_of, headed, steps_failure, text
from cso_rules.analysis.scenario_reasons import reason_of
from cso_rules.determination import Determination
from cso_rules.diagnostics import Diagnostic
from cso_rules.engine.determine import determine
from cso_rules.errors import CsoRulesError, FactsError, PolicyError
from cso_rules.loader.load import load_policy
from cso_rules.loader.packages import lineage, package_path
from cso_rules.loader.scenarios.amounts import read_fact
from cso_rules.loader.scenarios.files import Scenario, read_scenarios
from cso_rules.model.decisions import rules_of
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.spellings import NO_SPELLINGS, SpellingError, spellings_of
from cso_rules.model.types import UNKNOWN

Failure: TypeAlias = tuple[Label, Label | None]
"""What differs, and why it is as it is."""
Watch: TypeAlias = Callable[[Scenario, Policy, Determination], None]
"""Is told of every scenario that was answered, with the rules and the answers."""
NATIONALLY: Final = Label(zh="仅按全国规则：", en="nationally: ")


@attrs.frozen(kw_only=True)
class ScenarioResult:
    """How one scenario went; no differences means that it passed.

    Attributes:
        reasons: Beside each difference one sentence about why the answer is as it is, where one can be given.
    """

    label: Label
    file: str
    line: int
    differences: tuple[Label, ...]
    reasons: tuple[Label | None, ...] = ()

    @property
    def title(self) -> str:
        """What the scenario is known by."""
        return self.label.en

    @property
    def failures(self) -> tuple[str, ...]:
        """What differs, in English."""
        return tuple(difference.en for difference in self.differences)


@attrs.frozen(kw_only=True)
class ScenarioRun:
    """How the sound scenarios of a package went, and the faults for which the others were not run."""

    results: tuple[ScenarioResult, ...]
    diagnostics: tuple[Diagnostic, ...]


def run(package: str | Path) -> tuple[ScenarioResult, ...]:
    """Run every scenario of a package.

    Raises:
        PolicyError: The rules or the scenarios have faults; it carries all that were met.
        UnknownNameError: There is no such package.
    """
    found = run_sound(package)
    if found.diagnostics:
        raise PolicyError(found.diagnostics)
    return found.results


def _unwatched(*_: object) -> None:
    pass


def run_sound(package: str | Path, watch: Watch = _unwatched) -> ScenarioRun:
    """Run every scenario of a package that has no fault, where the rules that it asks for have none.

    Args:
        package: Id or folder of the package.
        watch: What is told of every scenario that is answered.

    Raises:
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    load, read = functools.cache(load_policy), read_scenarios(path)
    results, faults = [], list(read.diagnostics)
    for scenario in read.scenarios:
        try:
            results.append(_result(scenario, path, load, watch))
        except PolicyError as error:
            faults += error.diagnostics
    return ScenarioRun(results=tuple(results), diagnostics=tuple(dict.fromkeys(faults)))


def _result(scenario: Scenario, path: Path, load: Callable[..., Policy], watch: Watch) -> ScenarioResult:
    file, _, line = scenario.place.rpartition(":")
    try:
        failures = tuple(_all_failures(scenario, path, load, watch))
    except PolicyError:
        raise
    except (CsoRulesError, SpellingError) as error:
        failures = ((_said(error), None),)
    differences, reasons = tuple(label for label, _ in failures), tuple(reason for _, reason in failures)
    return ScenarioResult(label=scenario.label, file=file, line=int(line), differences=differences, reasons=reasons)


def _said(error: CsoRulesError | SpellingError) -> Label:
    """Return what an error says, in both languages."""
    if isinstance(error, SpellingError):
        return error.reason
    if isinstance(error, FactsError):
        return Label(zh="；".join(problem.message_zh for problem in error.problems), en=str(error))
    in_language = getattr(error, "in_language", lambda _: str(error))
    return Label(zh=in_language("zh"), en=in_language("en"))


def _all_failures(scenario: Scenario, path: Path, load: Callable[..., Policy], watch: Watch) -> Iterator[Failure]:
    """Yield what differs here, and, where the scenario says so, under the national rules alone."""
    policy = load(
        path,
        as_of=scenario.as_of,
        jurisdiction=scenario.jurisdiction,
        entity=scenario.entity,
        drafts=scenario.drafts,
        local_deviations=scenario.local_deviations,
    )
    yield from _Case(scenario=scenario, policy=policy, facts=scenario.facts, watch=watch).failures()
    if scenario.nationally:
        national = load(lineage(path)[0], as_of=scenario.as_of, entity=scenario.entity)
        known = {name: value for name, value in scenario.facts.items() if name in national.facts}
        facts = {name: _national(policy, name, value) for name, value in known.items()}
        everywhere = attrs.evolve(scenario, expect=scenario.nationally, steps=None)
        case = _Case(scenario=everywhere, policy=national, facts=facts, watch=watch)
        for failure, reason in case.failures():
            yield _after(NATIONALLY, failure), reason


def _after(first: Label, second: Label) -> Label:
    return Label(zh=first.zh + second.zh, en=first.en + second.en)


def _national(policy: Policy, name: str, value: object) -> object:
    """Return a fact with each local value of its enumeration written as the national one that it counts as."""
    enumeration = policy.enumerations.get(policy.facts[name].type.enumeration or "") if name in policy.facts else None
    counts_as = dict(enumeration.maps_to) if enumeration else {}
    if isinstance(value, list | tuple):
        return [counts_as.get(text(item), item) for item in value]
    return counts_as.get(text(value), value)


def _typed(policy: Policy, facts: Mapping[str, object]) -> dict[str, object]:
    return {name: _read(policy, name, value) for name, value in facts.items()}


def _read(policy: Policy, name: str, value: object) -> object:
    """Return a fact as typed value; an unknown name is left for `determine` to refuse."""
    if name not in policy.facts:
        return value
    fact = policy.facts[name]
    written = "、".join(map(text, value)) if isinstance(value, list | tuple) else text(value)
    if fact.type.kind == "set" and not written:
        return frozenset()
    enumeration = policy.enumerations.get(fact.type.enumeration or "")
    found = read_fact(fact, written, spellings_of(enumeration) if enumeration else NO_SPELLINGS)
    return UNKNOWN if found is None else found


def _one_by_one(points: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield what is expected, of several rows each by itself."""
    for key, wanted in points.items():
        if key in {"due", "modality"} and isinstance(wanted, Mapping):
            yield from ((key, {name: expected}) for name, expected in wanted.items())
        else:
            yield key, wanted


@attrs.frozen(kw_only=True, slots=False)  # what is worked out once is kept in its dictionary
class _Case:
    """A scenario under the rules that it asks for, here or under the national rules alone."""

    scenario: Scenario
    policy: Policy
    facts: Mapping[str, object]
    watch: Watch

    def failures(self) -> Iterator[Failure]:
        """Yield what differs, and why it is as it is."""
        scenario, found = self.scenario, self._determined(ask=self._asks)
        self.watch(scenario, self.policy, found)
        for name, expected in scenario.expect.items():
            if name not in found.outcomes:
                yield headed(self.policy, name, NO_DECISION), None
                continue
            comparison = Comparison(scenario, found, found[name])
            points = expected if isinstance(expected, Mapping) else {form_of(expected): expected}
            for key, wanted in _one_by_one(points):
                if message := comparison.failure(key, wanted):
                    reason = reason_of(self._asked, name, key, wanted)
                    yield headed(self.policy, name, message), reason
        if message := steps_failure(scenario, found):
            yield message, None

    @property
    def _asks(self) -> bool:
        """Whether it has to be found out what to ask for."""
        expected = self.scenario.expect.values()
        return any(isinstance(points, Mapping) and "missing" in points for points in expected)

    @cached_property
    def _asked(self) -> Determination:
        """The answers with what is missing, for those who want to know why."""
        return self._determined(ask=True)

    def _determined(self, *, ask: bool) -> Determination:
        readings = {name: option for name, option in self.scenario.readings.items() if name in self.policy.readings}
        steps = self.policy.presentation.notices.steps if self.scenario.steps is not None else ()
        names = [name for name in (*self.scenario.expect, *steps) if name in self.policy.decisions]
        rules = (rule for name in names for rule in rules_of(self.policy.decisions[name]))
        days = [rule.due for rule in rules if rule.due in self.policy.decisions]
        part = self.policy.part(dict.fromkeys((*names, *filter(None, days))))
        # Most policies of a run meet a few scenarios only: writing and compiling a program for each would cost more.
        return determine(part, _typed(part, self.facts), readings=readings, engine="reference", ask=ask)
