"""Compare what a scenario expects of a decision with what was answered: every difference in both languages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property

import attrs

from cso_rules.determination import Determination, Due, Finding, Item, Outcome, Status, Together
from cso_rules.engine.facts import domains
from cso_rules.engine.gaps import gap_text_values, gaps
from cso_rules.explanation.lists import sure_in_order
from cso_rules.loader.grammar.words import ANSWER_STATUSES, MODALITIES
from cso_rules.loader.scenarios.files import Scenario
from cso_rules.loader.scenarios.words import NO_VALUE
from cso_rules.model.decisions import TableDecision, rules_of
from cso_rules.model.expressions import And
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.truth import Truth

NO_DECISION = Label(zh="没有这项决定", en="there is no such decision")
NO_LABELS: Mapping[str, str] = {}
NO_ROW = Label(zh="没有这一项", en="no such item")


def form_of(expected: object) -> str:
    """Return the point that an expectation without points is about."""
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


@attrs.frozen(slots=False)  # what is worked out once is kept in its dictionary
class Comparison:
    """What a scenario expects of one decision beside its outcome."""

    scenario: Scenario
    found: Determination
    outcome: Outcome

    def failure(self, key: str, wanted: object) -> Label | None:
        """Return how a point differs; None where it does not."""
        check = getattr(self, f"_{key}", None)
        if key == "gaps_to":
            return None
        if check is None:
            return Label(zh=f"没有“{key}”这种预期", en=f"unknown expectation {key!r}")
        found: Label | None = check(wanted)
        return found

    def differs(self, zh: str, en: str, wanted: object, got: object) -> Label | None:
        """Return that two values differ; None where they do not."""
        if wanted == got:
            return None
        return Label(
            zh=f"{zh}应为 {self._named(wanted)}，实际为 {self._named(got)}",
            en=f"{en} expected {_shown(wanted)}, got {_shown(got)}",
        )

    def _named(self, value: object) -> str:
        """Return a value in Chinese: names with their labels."""
        return _shown(value, self._labels)

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The Chinese labels of what an answer of the decision may name."""
        policy, decision = self.found.policy, self.outcome.decision
        kinds = {kind for _, kind in decision.columns} if isinstance(decision, TableDecision) else set()
        known = {"true": "是", "false": "否"} | {status: label.zh for status, label in ANSWER_STATUSES.items()}
        known |= {name: label.zh for name, label in MODALITIES.items()}
        known |= {name: fact.label.zh for name, fact in policy.facts.items()}
        for reading in policy.readings.values():
            labels = zip(reading.type.values, reading.option_labels, strict=True)
            known |= {option: label.zh for option, label in labels}
        known |= {rule.written: rule.label.zh for rule in rules_of(decision)}
        for enumeration in policy.enumerations.values():
            if enumeration.name in kinds | {decision.type.enumeration}:
                values = zip(enumeration.values, enumeration.labels, strict=True)
                known |= {value: label.zh for value, label in values}
        return known

    def _value(self, wanted: object) -> Label | None:
        got = self.outcome.value
        if self.outcome.decision.type.is_numeric and self.outcome.none is Truth.TRUE:
            return self.differs("结论", "value", _number(wanted), NO_VALUE)
        if got is None:
            status, possible = self.outcome.status.value, _keys(self.outcome.possible)
            return Label(
                zh=f"结论应为 {self._named(wanted)}，实际为 {self._named(status)}：{self._named(possible)}",
                en=f"expected {text(wanted)}, got {status} {_shown(possible)}",
            )
        return self.differs("结论", "value", _number(wanted), _number(got))

    def _status(self, wanted: object) -> Label | None:
        return self.differs("状态", "status", text(wanted), self.outcome.status.value)

    def _possible(self, wanted: object) -> Label | None:
        return self.differs("仍然可能的结论", "possible", _keys(wanted), _keys(self.outcome.possible))

    def _listed(self, zh: str, en: str, items: set[object]) -> Label | None:
        """Return that there are items which should not be; None when there are none."""
        return Label(zh=f"{zh} {self._named(items)}", en=f"{en} {_shown(items)}") if items else None

    def _sure_keys(self) -> set[object]:
        return {_row(columns) for _, columns, truth in self.outcome.items if truth is Truth.TRUE}

    def _items(self, wanted: object) -> Label | None:
        unknown = {_row(columns) for _, columns, _ in self.outcome.items} - self._sure_keys()
        return self._sure(wanted) or self._listed("有未定的项", "open items", unknown)

    def _sure(self, wanted: object) -> Label | None:
        return self.differs("已确定的项", "items", _keys(wanted), self._sure_keys())

    def _includes(self, wanted: object) -> Label | None:
        lacking = _keys(wanted) - self._sure_keys()
        return self._listed("缺少", "lacks", lacking)

    def _excludes(self, wanted: object) -> Label | None:
        present = _keys(wanted) & {_row(columns) for _, columns, _ in self.outcome.items}
        return self._listed("不应有", "should not have", present)

    def _rules(self, truth: Truth) -> set[object]:
        return {name for name, own in truths_of_rows(self.found, self.outcome).items() if own is truth}

    def _failing(self, wanted: object) -> Label | None:
        return self.differs("不满足的条件", "failing", _keys(wanted), self._rules(Truth.FALSE))

    def _unknown(self, wanted: object) -> Label | None:
        return self.differs("未知的条件", "unknown", _keys(wanted), self._rules(Truth.UNKNOWN))

    def _missing(self, wanted: object) -> Label | None:
        name = self.outcome.decision.name
        got = [missing.name for missing in self.found.missing_facts if name in missing.settles]
        return self.differs("所缺事实", "missing", list(wanted) if isinstance(wanted, list | tuple) else [wanted], got)

    def _cites(self, wanted: object) -> Label | None:
        got = {f"{citation.instrument} {citation.provision}" for citation in self.outcome.citations}
        each = wanted if isinstance(wanted, list | tuple) else [wanted]
        ways = [one if isinstance(one, list | tuple) else [one] for one in each]
        lacking: set[object] = {" / ".join(map(text, names)) for names in ways if got.isdisjoint(map(text, names))}
        return self._listed("未引用", "does not cite", lacking)

    def _due(self, wanted: object) -> Label | None:
        return self._of_rows("期限", "due", wanted, lambda item: _day_key(self.found.due_of(item[0])))

    def _modality(self, wanted: object) -> Label | None:
        return self._of_rows("语气", "modality", wanted, lambda item: item[0].modality or "none")

    def _of_rows(self, zh: str, en: str, wanted: object, read: Callable[[Item], object]) -> Label | None:
        """Compare what rows say that hold, or may hold where none holds, each named by its id or its item."""
        for name, expected in wanted.items() if isinstance(wanted, Mapping) else ():
            meant = [item for item in self.outcome.items if name in names_of_item(item)]
            items = [item for item in meant if item[2] is Truth.TRUE] or meant
            got: set[object] = {read(item) for item in items}
            if got != {_wanted_key(expected)}:
                said = f"{self._named(name)} 的{zh}", f"{en} of {name}"
                found = got if len(got) > 1 else next(iter(got), None)
                return self.differs(*said, _wanted_key(expected), NO_ROW if found is None else found)
        return None

    def _amended_unseen(self, wanted: object) -> Label | None:
        got = {amendment.instrument for amendment in self.outcome.amended}
        return self.differs("所依据的已修改文件", "amended instruments", _keys(wanted), got)

    def _by_reading(self, wanted: object) -> Label | None:
        if not isinstance(wanted, Mapping):
            return Label(zh="by_reading 应为映射", en="by_reading must be a mapping")
        got = {
            option: _possible_text(self.outcome, domain)
            for options, domain in self.outcome.by_reading
            for option in options.values()
        }
        return self.differs(
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
        return self.differs("最小改变", "gaps", _gap_keys(wanted), got)


def steps_failure(scenario: Scenario, found: Determination) -> Label | None:
    """Return how the steps to be done next differ: those that are due first come first in each list."""
    if scenario.steps is None:
        return None
    policy = found.policy
    names = [name for name in policy.presentation.notices.steps if name in found.outcomes]
    absent = [str(step["list"]) for step in scenario.steps if step["list"] not in names]
    if absent:
        return headed(policy, absent[0], NO_DECISION)
    for name in names:
        expected = [_key(step["item"]) for step in scenario.steps if step["list"] == name]
        is_short = all(isinstance(item, str) for item in expected)
        rows = [columns for _, columns, _ in sure_in_order(found, found[name])]
        items = [next(iter(columns.values())) if is_short else _row(columns) for columns in rows]
        decision = found[name].decision
        is_ordered = isinstance(decision, TableDecision) and decision.hit_policy != "collect"
        if expected != items if is_ordered else set(expected) != set(items):
            compared = Comparison(scenario, found, found[name])
            message = compared.differs("接下来的各项", "steps", expected, items)
            return None if message is None else headed(policy, name, message)
    return None


def headed(policy: Policy, decision: str, message: Label) -> Label:
    """Return a message with the decision before it."""
    label = policy.decisions[decision].label.zh if decision in policy.decisions else ""
    zh = f"{label}（{decision}）：" if label else f"{decision}："
    return Label(zh=zh + message.zh, en=f"{decision}: {message.en}")


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
    try:
        return Decimal(text(value)).normalize()
    except InvalidOperation:
        return text(value)


def _row(columns: Mapping[str, str]) -> object:
    return columns[""] if "" in columns else _key(columns)


def _possible_text(outcome: Outcome, domain: Domain) -> str:
    is_one = isinstance(domain, tuple) and domain[0] == domain[1]
    values = attrs.evolve(outcome, domain=domain, status=Status.UNDETERMINED).possible[: 1 if is_one else None]
    return text(values[0]) if len(values) == 1 else ", ".join(map(text, values))


def _shown(value: object, labels: Mapping[str, str] = NO_LABELS) -> str:
    """Return a value for a message; names with their labels where these are given."""
    if isinstance(value, Label):
        return value.zh if labels else value.en
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(_shown(item, labels) for item in value)) + "}"
    if isinstance(value, frozenset):
        return " ".join(sorted(f"{pair[0]}={_shown(pair[1], labels)}" for pair in value))
    if labels and isinstance(value, list | tuple):
        return "[" + "、".join(_shown(item, labels) for item in value) + "]"
    if labels and isinstance(value, Mapping):
        return "{" + "、".join(f"{_shown(key, labels)}：{_shown(one, labels)}" for key, one in value.items()) + "}"
    word = str(value)
    return f"{labels[word]}（{word}）" if word in labels else word


def names_of_item(item: Item) -> tuple[str, ...]:
    """Return what an item is called: the ids of its rows as written, and what stands in its first column."""
    rule, columns, _ = item
    rows = rule.rows if isinstance(rule, Together) else (rule,)
    return (*(row.written for row in rows), next(iter(columns.values()), ""))


def truths_of_rows(found: Determination, outcome: Outcome) -> dict[str, Truth]:
    """Return whether each criterion or row holds, by its id as written: one for all values that it follows."""
    rows: dict[str, list[Finding]] = {}
    for one in outcome.findings:
        rows.setdefault(one.rule.written, []).append(one)
    return {name: _truth_of(found, every) for name, every in rows.items()}


def _truth_of(found: Determination, rows: list[Finding]) -> Truth:
    """Return whether one of the rows holds; where that is open for each, what they all ask may yet hold."""
    truth = functools.reduce(Truth.__or__, (one.truth for one in rows))
    if truth is not Truth.UNKNOWN or len(rows) == 1:
        return truth
    asked = [one.rule.condition.operands for one in rows if isinstance(one.rule.condition, And)]
    shared = tuple(part for part in asked[0] if all(part in one for one in asked)) if asked else ()
    return found.outcomes.truth(And(operands=shared)) if shared else truth


def _day_key(due: Due | None) -> object:
    """Return until when something is due: one day, the first and the last, or none."""
    if due is None:
        return "none"
    return str(due.date) if due.date is not None else f"{due.earliest} .. {due.latest}"


def _wanted_key(expected: object) -> object:
    return " .. ".join(map(text, expected)) if isinstance(expected, list | tuple) else text(expected)
