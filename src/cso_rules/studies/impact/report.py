"""The effect of a change as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from cso_rules.determination import plain
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.model.types import Between
from cso_rules.studies.impact.differences import Difference
from cso_rules.studies.impact.effect import Impact, ItemCount, MovedSubject, NotCompared, Turned
from cso_rules.studies.states import State
from cso_rules.studies.wording import AFTER, BEFORE, FINAL, NOTICE, rules_line, state_json
from cso_rules.tables.answer.contexts import rule_notes
from cso_rules.tables.write.plain_text import aligned, csv_text

MODES: Final = {
    "alone": Label(zh="单独即可", en="alone"),
    "either": Label(zh="其中任何一项即可", en="any one of them"),
    "together": Label(zh="须同时具备", en="together"),
}
TEXTS: Final = {
    "title": Label(zh="规则变动的影响", en="impact of a change of the rules"),
    "before": BEFORE,
    "after": AFTER,
    "summary": Label(
        zh="读取 {read} 个{many}，其中 {answered} 个可比较，{moved} 个类别改变，{refused} 个未处理。",
        en="Of {read} {many} {answered} were compared: {moved} moved, {refused} rows were refused.",
    ),
    "total": Label(zh="合计", en="total"),
    "causes": Label(zh="改变的原因（合计 {number}）", en="causes ({number} in total)"),
    "no_moves": Label(zh="没有{one}改变类别。", en="No {one} moved."),
    "moved": Label(zh="类别改变的{many}", en="{many} that moved"),
    "items": Label(zh="各项的变化（确定适用的{many}数）", en="items gained and lost (where they are certain)"),
    "targets": Label(zh="地区目标", en="area targets"),
    "refused": Label(zh="未处理的行", en="refused rows"),
    "final": FINAL,
    "gained": Label(zh="增加", en="gained"),
    "lost": Label(zh="减少", en="lost"),
    "settings": Label(zh="设定：{text}", en="set: {text}"),
}  # fmt: skip
SIDES: Final = {
    "before": Label(zh="变动前的规则", en="by the rules before"),
    "after": Label(zh="变动后的规则", en="by the rules after"),
    "both": Label(zh="两套规则", en="by both"),
}
HEADINGS: Final = {
    "row": Label(zh="行号", en="row"),
    "id": Label(zh="编号", en="id"),
    "name": Label(zh="名称", en="name"),
    "before": BEFORE,
    "after": AFTER,
    "cause": Label(zh="原因", en="cause"),
    "turned": Label(zh="改变的条件", en="criteria that changed"),
    "basis": Label(zh="依据", en="legal basis"),
    "reasons": Label(zh="未处理的原因", en="why it was refused"),
}
MARKS: Final = {"TRUE": Label(zh="符合", en="holds"), "FALSE": Label(zh="不符合", en="does not hold"),
                "UNKNOWN": Label(zh="未知", en="unknown")}  # fmt: skip


@attrs.frozen(kw_only=True)
class TargetRow:
    """One target of the area before or after: status, count and need, with bounds while something is open."""

    side: str
    fact: str
    kind: Label
    status: Label
    found: Any
    needed: Any
    lists: Label


@attrs.frozen(kw_only=True)
class ImpactReport:
    """An impact with what is said beside it.

    Attributes:
        settings: What the run set, as a person wrote it.
        targets: Targets of the area, both sides; none when the table names no sites.
        sweep: A sweep to show in the page, or None.
        notes: What was noticed while reading.
    """

    impact: Impact
    language: str = "zh"
    settings: tuple[str, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    sweep: Any = None
    notes: tuple[Label, ...] = ()

    def say(self, key: str, /, **parts: object) -> str:
        """Return a sentence with its places filled."""
        return self.text(text(key, self.impact, **parts))

    def text(self, label: Label) -> str:
        """Return a label in the language of the report."""
        return label.in_language(self.language)

    def lines(self) -> Iterator[str]:
        """Yield the report as text."""
        impact = self.impact
        yield self.say("title")
        yield from self._rules()
        yield ""
        yield self.text(summary(impact))
        yield from self._matrix()
        yield from self._causes()
        yield from self._items()
        yield from self._targets()
        yield from self._moved()
        yield ""
        yield self.say("final")

    @property
    def _colon(self) -> str:
        return "：" if self.language == "zh" else ": "

    def _rules(self) -> Iterator[str]:
        for before, after in self.impact.pairs:
            for side, policy in ((BEFORE, before), (AFTER, after)):
                yield self.text(rules_line(side, policy))
        if self.settings:
            yield self.say("settings", text=" ".join(self.settings))

    def _matrix(self) -> Iterator[str]:
        """Yield the matrix; its columns have the numbers of the rows, so that it fits on a screen."""
        states = self.impact.states
        head = ["", f"{self.say('before')} \\ {self.say('after')}", *map(str, range(1, len(states) + 1))]
        rows = [
            [str(place), self._state(before), *(str(self.impact.matrix[before, after]) for after in states),
             str(self.impact.total_before(before))]
            for place, before in enumerate(states, start=1)
        ]  # fmt: skip
        totals = ["", self.say("total"), *(str(self.impact.total_after(state)) for state in states)]
        yield ""
        yield from aligned(
            [[*head, self.say("total")], *rows, [*totals, str(self.impact.answered)]], numbers_right=True
        )

    def _state(self, state: State) -> str:
        return self.text(self.impact.label(state))

    def _causes(self) -> Iterator[str]:
        yield ""
        if not self.impact.moved:
            yield self.say("no_moves")
            return
        yield self.say("causes", number=len(self.impact.moved))
        for place, (mode, cause, count) in enumerate(self.impact.causes, start=1):
            yield f"  {place:>2}. {self.text(cause_label(mode, cause))}{self._colon}{count}"
            if shown := self.citations(cited for item in cause for cited in item.citations):
                yield f"      {shown}"

    def citations(self, found: Iterable[Citation]) -> str:
        """Return provisions as they are cited, each once."""
        texts = (citation_label(cited) for cited in found)
        return ("；" if self.language == "zh" else "; ").join(dict.fromkeys(map(self.text, texts)))

    def _items(self) -> Iterator[str]:
        if self.impact.changed_items:
            yield ""
            yield self.say("items")
        for count in self.impact.changed_items:
            name = f"{self.text(count.list)}{self._colon}{self.text(count.label)}"
            change = f"+{count.gained} −{count.lost}"
            yield f"  {count.before:>5} → {count.after:<5} {change:<12} {name}"

    def _targets(self) -> Iterator[str]:
        if self.targets:
            yield ""
            yield self.say("targets")
        for row in self.targets:
            needed = "" if row.needed is None else f" / {shown_number(row.needed)}"
            side, kind, status = self.say(row.side), self.text(row.kind), self.text(row.status)
            yield f"  {side}  {kind}  {shown_number(row.found)}{needed}  {status}; {self.text(row.lists)}"

    def _moved(self) -> Iterator[str]:
        if not self.impact.moved:
            return
        yield ""
        yield self.say("moved")
        places = cause_places(self.impact)
        table = [[self.text(HEADINGS[name]) for name in ("id", "name", "before", "after", "cause")]]
        table += [
            [item.id, item.name, self._state(item.before), self._state(item.after), f"{places[item.mode, item.cause]}."]
            for item in self.impact.moved
        ]
        yield from aligned(table, numbers_right=True)

    # ---------------------------------------------------------------------------------------------- CSV, JSON

    def csv(self) -> str:
        """Return every moved and every refused organization as CSV for Excel."""
        cells = (*map(self._moved_cells, self.impact.moved), *map(self._refused_cells, self.impact.refused))
        rows = sorted(cells, key=lambda row: int(row[0]))
        return csv_text([tuple(map(self.text, HEADINGS.values())), *rows])

    def _moved_cells(self, item: MovedSubject) -> tuple[str, ...]:
        turned = ("；" if self.language == "zh" else "; ").join(self.text(turned_label(each)) for each in item.leaves)
        return (
            str(item.number), item.id, item.name, self._state(item.before), self._state(item.after),
            self.text(cause_label(item.mode, item.cause)), turned, self.citations(item.citations), "",
        )  # fmt: skip

    def _refused_cells(self, item: NotCompared) -> tuple[str, ...]:
        return (str(item.number), item.id, item.name, "", "", "", "", "", self.text(reasons(item)))

    def json(self) -> dict[str, Any]:
        """Return the JSON form (format 1)."""
        impact = self.impact
        return {
            "format": 1,
            "rules": [{"before": _policy_json(was), "after": _policy_json(became)} for was, became in impact.pairs],
            "settings": list(self.settings),
            "read": impact.read,
            "answered": impact.answered,
            "refused": [_refused_json(item) for item in impact.refused],
            "moved": len(impact.moved),
            "matrix": [
                {"before": state_json(was), "after": state_json(became), "count": count}
                for (was, became), count in sorted(impact.matrix.items())
            ],
            "causes": [
                {"mode": mode, "differences": [_difference_json(item) for item in cause], "count": count}
                for mode, cause, count in impact.causes
            ],
            "items": [_item_json(count) for count in impact.changed_items],
            "targets": [_target_json(row) for row in self.targets],
            impact.about.plural: [_moved_json(item) for item in impact.moved],
            "notice": NOTICE,
        }


def summary(impact: Impact) -> Label:
    """Return the sentence that says how many moved."""
    moved, refused = len(impact.moved), len(impact.refused)
    return text("summary", impact, read=impact.read, answered=impact.answered, moved=moved, refused=refused)


def text(key: str, impact: Impact, /, **parts: object) -> Label:
    """Return a text of the report with its places filled; it speaks of those whom the list is about."""
    return impact.entities.worded(TEXTS[key], **parts)


def cause_label(mode: str, cause: Iterable[Difference]) -> Label:
    """Return a cause as a phrase."""
    items = [item.text for item in cause]
    if mode == "alone":
        return items[0]
    return Label(
        zh=" ＋ ".join(item.zh for item in items) + f"（{MODES[mode].zh}）",
        en=" + ".join(item.en for item in items) + f" ({MODES[mode].en})",
    )


def cause_places(impact: Impact) -> dict[tuple[str, tuple[Difference, ...]], int]:
    """Return the number under which each cause is listed."""
    return {(mode, cause): place for place, (mode, cause, _) in enumerate(impact.causes, start=1)}


def turned_label(item: Turned) -> Label:
    """Return a criterion with how it held before and holds after."""
    was, became = MARKS[item.before.name], MARKS[item.after.name]
    return Label(
        zh=f"{item.decision.zh}：{item.rule.label.zh}，由{was.zh}变为{became.zh}",
        en=f"{item.decision.en}: {item.rule.label.en}, {was.en} → {became.en}",
    )


def citation_label(cited: Citation) -> Label:
    """Return a provision as it is cited."""
    return Label(
        zh=f"{cited.title.zh} {cited.number} {cited.pinpoint.zh}".strip(),
        en=f"{cited.title.en} {cited.number} {cited.pinpoint.en}".strip(),
    )


def reasons(item: NotCompared) -> Label:
    """Return in one line why a row was refused."""
    zh = "；".join(f"{found.column} {found.reason.zh}".strip() for found in item.problems)
    en = "; ".join(f"{found.column} {found.reason.en}".strip() for found in item.problems)
    return Label(zh=f"{SIDES[item.side].zh}：{zh}", en=f"{SIDES[item.side].en}: {en}")


def shown_number(value: object) -> str:
    """Return a number or its bounds."""
    if not isinstance(value, Between):
        return str(value)
    if value.high is None:
        return f"≥ {value.low}"
    return f"{value.low}–{value.high}" if value.low is not None else f"≤ {value.high}"


def notes_of(impact: Impact) -> tuple[Label, ...]:
    """Return which rules of each place were not there or not consulted."""
    return rule_notes(impact.policies)


def _policy_json(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy.id,
        "jurisdiction": policy.jurisdiction,
        "as_of": policy.as_of.isoformat(),
        "digest": policy.digest,
        "set": [
            {"parameter": item.path, "old": item.old, "new": item.new}
            for item in policy.changes
            if item.package == "what-if"
        ],
    }


def _difference_json(item: Difference) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "path": item.path,
        "old": item.old,
        "new": item.new,
        "rules": list(item.rules),
        "citations": [f"{cited.instrument} {cited.provision}" for cited in item.citations],
    }


def _item_json(count: ItemCount) -> dict[str, Any]:
    names = ("decision", "before", "after", "gained", "lost")
    return {"label": attrs.asdict(count.label), **{name: getattr(count, name) for name in names}}


def _target_json(row: TargetRow) -> dict[str, Any]:
    return {
        "side": row.side,
        row.fact: attrs.asdict(row.kind),
        "status": attrs.asdict(row.status),
        "counted": plain(row.found),
        "needed": plain(row.needed),
    }


def _refused_json(item: NotCompared) -> dict[str, Any]:
    problems = [problem.json() for problem in item.problems]
    return {"row": item.number, "id": item.id, "name": item.name, "side": item.side, "problems": problems}


def _moved_json(item: MovedSubject) -> dict[str, Any]:
    return {
        "row": item.number,
        "id": item.id,
        "name": item.name,
        "before": state_json(item.before),
        "after": state_json(item.after),
        "mode": item.mode,
        "cause": [found.path for found in item.cause],
        "turned": [
            {"rule": each.rule.id, "before": each.before.name.lower(), "after": each.after.name.lower()}
            for each in item.turned
        ],
        "citations": [f"{cited.instrument} {cited.provision}" for cited in item.citations],
    }
