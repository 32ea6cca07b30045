"""Why an answer is not what a scenario expects, in one sentence with the places of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from cso_rules.analysis.scenario_comparison import names_of_item, truths_of_rows
from cso_rules.determination import Determination, Finding, Outcome, Status
from cso_rules.diagnostics import shortened
from cso_rules.explanation.reasons import detail
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision, ValueDecision
from cso_rules.model.instruments import Label
from cso_rules.source import Span
from cso_rules.truth import Truth

MOST: Final = 3
"""Names that a sentence lists."""
LONGEST: Final = 120
"""Letters of a condition that are shown."""
BY_ITEM: Final = frozenset({"includes", "excludes", "items", "sure", "due", "modality"})
BY_RULE: Final = frozenset({"failing", "unknown"})
SENTENCES: Final = {
    "decided": Label(zh="由 {rows} 得出", en="decided by {rows}"),
    "row_true": Label(zh="{row}，其条件“{when}”成立", en="{row}, whose condition `{when}` holds"),
    "row_otherwise": Label(zh="{row}，其他各行都不成立", en="{row}, for no other row holds"),
    "row_false": Label(zh="{row} 不成立：{why}", en="{row} does not hold: {why}"),
    "row_open": Label(zh="{row} 未定：{why}", en="{row} is open: {why}"),
    "missing": Label(zh="未定，因为缺少 {names}", en="open because {names} missing"),
    "may": Label(zh="{first}；{row} 可能成立", en="{first}; {row} may hold"),
    "unmet": Label(zh="{row} 不满足：{why}", en="{row} is not met: {why}"),
    "jointly": Label(zh="无论所缺事实如何，{rows} 总有不满足的", en="whatever else holds, one of {rows} is not met"),
    "all_met": Label(zh="各项条件都满足（{place}）", en="every criterion is met ({place})"),
    "computed": Label(zh="在 {place} 由 {names} 算出", en="worked out at {place} from {names}"),
    "left_open": Label(zh="法律没有定：{cases}", en="the law leaves it open: {cases}"),
    "no_rule": Label(zh="{day} 没有现行规则（{place}）", en="no rule of it is in force on {day} ({place})"),
    "due": Label(zh="{rows}；期限见 {due}（{place}）", en="{rows}; its day is {due} ({place})"),
    "cites": Label(zh="引用的是 {cited}", en="it cites {cited}"),
    "conflict": Label(zh="{rows} 同时成立，结论不同", en="{rows} hold together and give different answers"),
    "no_row": Label(zh="{day} 没有给出 {item} 的行（{place}）", en="no row in force on {day} gives {item} ({place})"),
}  # fmt: skip


def reason_of(found: Determination, decision: str, point: str, wanted: object) -> Label | None:
    """Return why an answer is as it is.

    Args:
        found: The answers, with what is missing.
        decision: The decision that differs.
        point: What of its answer differs.
        wanted: What was expected of it.
    """
    zh, en = (_Reason(Words(found.policy, lang), found, found[decision]).of(point, wanted) for lang in ("zh", "en"))
    return Label(zh=zh, en=en) if zh and en else None


@attrs.frozen
class _Reason:
    words: Words
    found: Determination
    outcome: Outcome

    def _say(self, key: str, **parts: object) -> str:
        return SENTENCES[key].in_language(self.words.language).format(**parts)

    def of(self, point: str, wanted: object) -> str:
        """Return the sentence about a point of the answer."""
        names = _names(wanted)
        if point == "cites":
            cited = [f"{one.instrument} {one.provision}" for one in self.outcome.citations]
            return self._say("cites", cited=self.words.joined(cited)) if cited else self._answer()
        if point in BY_RULE:
            truths = truths_of_rows(self.found, self.outcome)
            told = [
                one
                for one in self.outcome.findings
                if (one.rule.written in names) is not self._is_in(truths[one.rule.written], point)
            ]
            return self._rule(told[0]) if told else self._answer()
        if point in BY_ITEM and isinstance(self.outcome.decision, TableDecision):
            return self._items(point, wanted) or self._answer()
        return self._answer()

    def _is_in(self, truth: Truth, point: str) -> bool:
        return truth is (Truth.FALSE if point == "failing" else Truth.UNKNOWN)

    # ------------------------------------------------------------------------------------------ rules and rows

    def _row(self, rule: Rule) -> str:
        place = _place(rule.span or self.outcome.decision.span)
        if self.words.language == "zh":
            return f"“{rule.label.zh}”（{rule.written}，{place}）"
        kind = "criterion" if isinstance(self.outcome.decision, CriteriaDecision) else "row"
        return f"{kind} {rule.written} ({place})"

    def _rows(self, rules: Iterable[Rule]) -> str:
        rows = [self._row(rule) for rule in rules]
        more = [f"… {len(rows) - MOST}"] if len(rows) > MOST else []
        return self.words.joined([*rows[:MOST], *more])

    def _rule(self, finding: Finding) -> str:
        row, rule = self._row(finding.rule), finding.rule
        if finding.truth is Truth.TRUE:
            when = shortened(" ".join(rule.text.split()), LONGEST)
            return self._say("row_true" if when else "row_otherwise", row=row, when=when)
        key = "row_open" if finding.truth is Truth.UNKNOWN else "row_false"
        return self._say(key, row=row, why=detail(self.words, self.found, finding))

    def _items(self, point: str, wanted: object) -> str:
        """Say why an item is there, or why it is not."""
        decision = self.outcome.decision
        assert isinstance(decision, TableDecision)
        outputs = [dict(output) for output in decision.outputs]
        sure = [dict(columns) for _, columns, truth in self.outcome.items if truth is Truth.TRUE]
        items = [item for item in _columns(wanted) if point == "excludes" or item not in sure]
        if point in {"due", "modality"}:
            rows = [item[0] for item in self.outcome.items if _names(wanted) & {*names_of_item(item)}]
            return self._rows_of_item(point, rows) if rows else ""
        if point in {"items", "sure"} and not items:
            items = [item for item in outputs if item not in _columns(wanted) and self._truth(item) is not Truth.FALSE]
        if not items:
            return ""
        told = self._findings(items[0])
        if not told:
            item = ", ".join(items[0].values())
            return self._say("no_row", day=self.found.as_of, item=item, place=_place(decision.span))
        return self._rule(told[0])

    def _rows_of_item(self, point: str, rows: list[Rule]) -> str:
        said = self._say("decided", rows=self._rows(rows))
        due = self.found.outcomes.get(rows[0].due or "") if point == "due" else None
        if due is None:
            return said
        return self._say("due", rows=said, due=due.decision.name, place=_place(due.decision.span))

    def _truth(self, item: Mapping[str, str]) -> Truth:
        found = self._findings(item)
        return found[0].truth if found else Truth.FALSE

    def _findings(self, item: Mapping[str, str]) -> list[Finding]:
        """Return the rows that give an item: those that hold before those that may, and these before the others."""
        decision = self.outcome.decision
        assert isinstance(decision, TableDecision)
        rows = [found for found in self.outcome.findings if dict(decision.outputs[found.rule.output]) == item]
        order = (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE)
        return sorted(rows, key=lambda found: order.index(found.truth))

    # ------------------------------------------------------------------------------------------ the answer

    def _answer(self) -> str:
        outcome = self.outcome
        match outcome.status:
            case Status.DETERMINED:
                return self._determined()
            case Status.UNDETERMINED:
                return self._undetermined()
            case Status.UNSETTLED_BY_LAW:
                cases = (self.words.choice(dict(options).items()) for options, _ in outcome.by_reading)
                return self._say("left_open", cases=self.words.joined(cases, "or_bodies"))
            case Status.NO_RULE_IN_FORCE:
                return self._say("no_rule", day=self.found.as_of, place=_place(outcome.decision.span))
            case Status.CONFLICT:
                rows = [finding.rule for finding in outcome.deciding_findings]
                return self._say("conflict", rows=self._rows(rows))

    def _determined(self) -> str:
        outcome, decision = self.outcome, self.outcome.decision
        if isinstance(decision, ValueDecision):
            given = [(name, self.found.facts.get(name)) for name in decision.inputs]
            names = [name if value is None else f"{name} = {value}" for name, value in given]
            return self._say("computed", place=_place(decision.span), names=self.words.joined(names))
        failing = [found for found in outcome.findings if found.truth is Truth.FALSE]
        if isinstance(decision, CriteriaDecision):
            if outcome.fails_jointly:
                return self._say("jointly", rows=self._rows(finding.rule for finding in outcome.deciding_findings))
            if failing:
                row, why = self._row(failing[0].rule), detail(self.words, self.found, failing[0])
                return self._say("unmet", row=row, why=why)
            return self._say("all_met", place=_place(decision.span))
        hits = [found for found in outcome.deciding_findings if found.truth is Truth.TRUE]
        return self._say("decided", rows=self._rule(hits[0])) if hits else ""

    def _undetermined(self) -> str:
        name = self.outcome.decision.name
        missing = [self._fact(one.name) for one in self.found.missing_facts if name in one.settles]
        may = [found for found in self.outcome.deciding_findings if found.truth is Truth.UNKNOWN]
        if not missing:
            return self._rule(may[0]) if may else ""
        shown = [*missing[:MOST], *(["…"] if len(missing) > MOST else [])]
        names = self.words.joined(shown)
        if self.words.language == "en":
            names += " is" if len(missing) == 1 else " are"
        first = self._say("missing", names=names)
        is_table = isinstance(self.outcome.decision, TableDecision)
        return self._say("may", first=first, row=self._row(may[0].rule)) if may and is_table else first

    def _fact(self, name: str) -> str:
        label = self.words.name(name)
        return name if self.words.language == "en" else f"{label}（{name}）"


def _place(span: Span | None) -> str:
    return "?" if span is None else span.place


def _names(wanted: object) -> set[str]:
    if isinstance(wanted, Mapping | list | tuple):
        return set(map(str, wanted))
    return {str(wanted)}


def _columns(wanted: object) -> list[dict[str, str]]:
    """Return items with their columns; a single column has no name."""
    items = wanted if isinstance(wanted, list | tuple) else [wanted]
    found = [item if isinstance(item, Mapping) else {"": item} for item in items]
    return [{str(column): str(value) for column, value in item.items()} for item in found]
