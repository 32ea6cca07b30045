"""Run the scenarios of a package: facts in, expected answers compared."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.diagnostics import Diagnostic
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.engine.gaps import gap_text_values, gaps
from cso_rules.errors import CsoRulesError, FactsError, PolicyError
from cso_rules.loader.load import load_policy
from cso_rules.loader.packages import lineage, package_path
from cso_rules.loader.scenarios.files import Scenario, read_scenarios
from cso_rules.loader.scenarios.words import STATUSES
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spellings import SpellingError, read_text, spellings_of
from cso_rules.model.types import UNKNOWN, Domain
from cso_rules.truth import Truth

NATIONALLY: Final = Label(zh="仅按全国规则：", en="nationally: ")


@attrs.frozen(kw_only=True)
class ScenarioResult:
    """How one scenario went; no differences means that it passed."""

    title: str
    file: str
    line: int
    differences: tuple[Label, ...]

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


def run_sound(package: str | Path) -> ScenarioRun:
    """Run every scenario of a package that has no fault, where the rules that it asks for have none.

    Raises:
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    load, read = functools.cache(load_policy), read_scenarios(path)
    results, faults = [], list(read.diagnostics)
    for scenario in read.scenarios:
        try:
            results.append(_result(scenario, path, load))
        except PolicyError as error:
            faults += error.diagnostics
    return ScenarioRun(results=tuple(results), diagnostics=tuple(dict.fromkeys(faults)))


def _result(scenario: Scenario, path: Path, load: Callable[..., Policy]) -> ScenarioResult:
    file, _, line = scenario.place.rpartition(":")
    try:
        differences = tuple(_all_failures(scenario, path, load))
    except PolicyError:
        raise
    except (CsoRulesError, SpellingError) as error:
        differences = (_said(error),)
    return ScenarioResult(title=scenario.title, file=file, line=int(line), differences=differences)


def _said(error: CsoRulesError | SpellingError) -> Label:
    """Return what an error says, in both languages."""
    if isinstance(error, SpellingError):
        return Label(zh=error.zh, en=error.en)
    if isinstance(error, FactsError):
        return Label(zh="；".join(problem.message_zh for problem in error.problems), en=str(error))
    in_language = getattr(error, "in_language", lambda _: str(error))
    return Label(zh=in_language("zh"), en=in_language("en"))


def _all_failures(scenario: Scenario, path: Path, load: Callable[..., Policy]) -> Iterator[Label]:
    """Yield what differs here, and, where the scenario says so, under the national rules alone."""
    policy = load(
        path,
        as_of=scenario.as_of,
        jurisdiction=scenario.jurisdiction,
        entity=scenario.entity,
        drafts=scenario.drafts,
        local_deviations=scenario.local_deviations,
    )
    yield from _failures(scenario, policy, scenario.facts)
    if scenario.nationally:
        national = load(lineage(path)[0], as_of=scenario.as_of, entity=scenario.entity)
        known = {name: value for name, value in scenario.facts.items() if name in national.facts}
        facts = {name: _national(policy, name, value) for name, value in known.items()}
        everywhere = attrs.evolve(scenario, expect=scenario.nationally)
        for failure in _failures(everywhere, national, facts):
            yield _after(NATIONALLY, failure)


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
    written = "、".join(map(text, value)) if isinstance(value, list | tuple) else text(value)
    kind = policy.facts[name].type
    if kind.kind == "set" and not written:
        return frozenset()
    enumeration = policy.enumerations.get(kind.enumeration or "")
    found = read_text(kind, written, spellings_of(enumeration) if enumeration else {})
    return UNKNOWN if found is None else found


def _failures(scenario: Scenario, policy: Policy, facts: Mapping[str, object]) -> Iterator[Label]:
    readings = {name: option for name, option in scenario.readings.items() if name in policy.readings}
    part = policy.part([name for name in scenario.expect if name in policy.decisions])
    asks = any(isinstance(expected, Mapping) and "missing" in expected for expected in scenario.expect.values())
    # Most policies of a run meet a few scenarios only: writing and compiling a program for each would cost more.
    found = determine(part, _typed(part, facts), readings=readings, engine="reference", ask=asks)
    for name, expected in scenario.expect.items():
        if name not in found.outcomes:
            yield Label(zh=f"{name}：没有这项决定", en=f"{name}: there is no such decision")
            continue
        comparison = _Comparison(scenario, found, found[name])
        forms = expected if isinstance(expected, Mapping) else {_form(expected): expected}
        for key, wanted in forms.items():
            if message := comparison.failure(str(key), wanted):
                yield _after(Label(zh=f"{name}：", en=f"{name}: "), message)


def _form(expected: object) -> str:
    return "items" if isinstance(expected, list | tuple) else "value"


def text(value: object) -> str:
    """Return a value as scenarios write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _key(item: object) -> object:
    if isinstance(item, Mapping):
        return frozenset((str(column), text(value)) for column, value in item.items() if str(column))
    return text(item)


def _keys(items: object) -> set[object]:
    return {_key(item) for item in items} if isinstance(items, list | tuple) else {_key(items)}


@attrs.frozen
class _Comparison:
    scenario: Scenario
    found: Determination
    outcome: Outcome

    def failure(self, key: str, wanted: object) -> Label | None:
        check = getattr(self, f"_{key}", None)
        if key == "gaps_to":
            return None
        if check is None:
            return Label(zh=f"没有“{key}”这种预期", en=f"unknown expectation {key!r}")
        found: Label | None = check(wanted)
        return found

    def _differs(self, zh: str, en: str, wanted: object, got: object) -> Label | None:
        if wanted == got:
            return None
        expected, found = _shown(wanted), _shown(got)
        return Label(zh=f"{zh}应为 {expected}，实际为 {found}", en=f"{en} expected {expected}, got {found}")

    def _value(self, wanted: object) -> Label | None:
        got = self.outcome.value
        if got is None:
            status, possible = self.outcome.status.value, _shown(_keys(self.outcome.possible))
            return Label(
                zh=f"结论应为 {text(wanted)}，实际为“{STATUSES[status].zh}”（{status}）{possible}",
                en=f"expected {text(wanted)}, got {status} {possible}",
            )
        return self._differs("结论", "value", _number(wanted), _number(got))

    def _status(self, wanted: object) -> Label | None:
        return self._differs("状态", "status", text(wanted), self.outcome.status.value)

    def _possible(self, wanted: object) -> Label | None:
        return self._differs("仍然可能的结论", "possible", _keys(wanted), _keys(self.outcome.possible))

    def _sure_keys(self) -> set[object]:
        return {_row(columns) for _, columns, truth in self.outcome.items if truth is Truth.TRUE}

    def _items(self, wanted: object) -> Label | None:
        unknown = {_row(columns) for _, columns, _ in self.outcome.items} - self._sure_keys()
        return self._sure(wanted) or _listed("有未定的项", "open items", unknown)

    def _sure(self, wanted: object) -> Label | None:
        return self._differs("已确定的项", "items", _keys(wanted), self._sure_keys())

    def _includes(self, wanted: object) -> Label | None:
        lacking = _keys(wanted) - self._sure_keys()
        return _listed("缺少", "lacks", lacking)

    def _excludes(self, wanted: object) -> Label | None:
        present = _keys(wanted) & {_row(columns) for _, columns, _ in self.outcome.items}
        return _listed("不应有", "should not have", present)

    def _rules(self, truth: Truth) -> set[object]:
        return {found.rule.id for found in self.outcome.findings if found.truth is truth}

    def _failing(self, wanted: object) -> Label | None:
        return self._differs("不满足的条件", "failing", _keys(wanted), self._rules(Truth.FALSE))

    def _unknown(self, wanted: object) -> Label | None:
        return self._differs("未知的条件", "unknown", _keys(wanted), self._rules(Truth.UNKNOWN))

    def _missing(self, wanted: object) -> Label | None:
        name = self.outcome.decision.name
        got = [missing.name for missing in self.found.missing_facts if name in missing.settles]
        return self._differs("所缺事实", "missing", list(wanted) if isinstance(wanted, list | tuple) else [wanted], got)

    def _cites(self, wanted: object) -> Label | None:
        got = {f"{citation.instrument} {citation.provision}" for citation in self.outcome.citations}
        lacking = _keys(wanted) - got
        return _listed("未引用", "does not cite", lacking)

    def _amended_unseen(self, wanted: object) -> Label | None:
        got = {amendment.instrument for amendment in self.outcome.amended}
        return self._differs("所依据的已修改文件", "amended instruments", _keys(wanted), got)

    def _by_reading(self, wanted: object) -> Label | None:
        if not isinstance(wanted, Mapping):
            return Label(zh="by_reading 应为映射", en="by_reading must be a mapping")
        got = {
            option: _possible_text(self.outcome, domain)
            for options, domain in self.outcome.by_reading
            for option in options.values()
        }
        return self._differs(
            "各种读法下的结论", "by reading", {str(key): text(value) for key, value in wanted.items()}, got
        )

    def _gaps(self, wanted: object) -> Label | None:
        expected = self.scenario.expect[self.outcome.decision.name]
        assert isinstance(expected, Mapping)
        policy, target = self.found.policy, expected.get("gaps_to", "true")
        known = domains(policy, self.found.facts, self.scenario.readings)[1]
        value = text(target) == "true" if self.outcome.decision.type.kind == "boolean" else str(target)
        found = gaps(policy, known, self.outcome.decision.name, value)
        got = {_change_key(gap_text_values(policy, known, gap)) for gap in found}
        return self._differs("最小改变", "gaps", _gap_keys(wanted), got)


def _listed(zh: str, en: str, items: set[object]) -> Label | None:
    """Return that there are items which should not be; None when there are none."""
    return Label(zh=f"{zh} {_shown(items)}", en=f"{en} {_shown(items)}") if items else None


def _gap_keys(wanted: object) -> set[object]:
    gaps_wanted = wanted if isinstance(wanted, list | tuple) else [wanted]
    return {
        frozenset((str(fact), text(_number(value))) for fact, value in gap.items())
        for gap in gaps_wanted
        if isinstance(gap, Mapping)
    }


def _change_key(changes: tuple[tuple[str, object, object, object], ...]) -> object:
    return frozenset(
        (fact, text(_number(difference if difference is not None else new))) for fact, _, new, difference in changes
    )


def _number(value: object) -> object:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(text(value)).normalize()
    except InvalidOperation:
        return text(value)


def _row(columns: Mapping[str, str]) -> object:
    return columns[""] if "" in columns else _key(columns)


def _possible_text(outcome: Outcome, domain: Domain) -> str:
    values = attrs.evolve(outcome, domain=domain, status=Status.UNDETERMINED).possible
    return text(values[0]) if len(values) == 1 else ", ".join(map(text, values))


def _shown(value: object) -> str:
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(_shown, value))) + "}"
    if isinstance(value, frozenset):
        return " ".join(sorted(f"{pair[0]}={pair[1]}" for pair in value))
    return str(value)
