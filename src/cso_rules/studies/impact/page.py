"""The effect of a change as one self-contained HTML page in two languages, without scripts and outside resources."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from cso_rules.explanation.markup import Markup, both, document, element, joined, label, markup
from cso_rules.model.instruments import Label
from cso_rules.studies.impact.effect import Impact, MovedSubject
from cso_rules.studies.impact.report import (
    HEADINGS,
    TEXTS,
    ImpactReport,
    TargetRow,
    cause_label,
    cause_places,
    citation_label,
    reasons,
    shown_number,
    summary,
    text,
    turned_label,
)
from cso_rules.studies.states import State
from cso_rules.studies.sweep.picture import picture
from cso_rules.studies.sweep.report import TEXTS as SWEEP_TEXTS
from cso_rules.studies.sweep.report import SweepReport

LONG: Final = 25
"""A longer list is folded."""
MOST_NAMED: Final = 8
"""With more states than these, the columns of the matrix bear the numbers of its rows: names would stand on end."""
SHADES: Final = 4
WORDS: Final = {
    "language": Label(zh="语言", en="language"),
    "package": Label(zh="规则", en="rules"),
    "place": Label(zh="适用地区", en="place"),
    "date": Label(zh="规则日期", en="date of the rules"),
    "digest": Label(zh="规则摘要（SHA-256）", en="digest of the rules (SHA-256)"),
    "set": Label(zh="设定", en="set"),
    "matrix": Label(zh="类别变动表", en="who moved where"),
    "reading": Label(
        zh="行为变动前，列为变动后；加框的是没有改变的{many}。",
        en="Rows are before, columns after; framed cells hold {many} that stayed.",
    ),
    "causes": Label(zh="改变的原因", en="causes"),
    "adds_up": Label(zh="每个{one}只计入一个原因。", en="Each {one} is counted under one cause."),
    "decision": Label(zh="类型", en="list"),
    "item": Label(zh="项目", en="item"),
    "side": Label(zh="规则", en="rules"),
    "site": Label(zh="{site}类型", en="{sites}"),
    "counted": Label(zh="计入", en="counted"),
    "needed": Label(zh="需要", en="needed"),
    "status": Label(zh="结果", en="result"),
    "list": Label(zh="名单", en="list"),
    "sweep": Label(zh="参数变动图", en="the parameter over a range"),
    "notes": Label(zh="说明", en="notes"),
    "show": Label(zh="显示 {number} 个{many}", en="show {number} {many}"),
    "nothing": Label(zh="没有。", en="None."),
}


def page(report: ImpactReport) -> str:
    """Return the page."""
    style = importlib.resources.files(__package__).joinpath("static/impact.css").read_text(encoding="utf-8")
    heading, parts = TEXTS["title"], element("main", *_Page(report=report).parts())
    return document(f"{heading.zh} / {heading.en}", style, [*_switch(report.language), parts], report.language)


def _switch(language: str) -> Iterator[Markup]:
    """Yield the choice of the language, which works without a script."""
    names = {"zh": "中文", "en": "English"}
    for code, name in names.items():
        checked = "checked" if code == language else None
        yield element(
            "input", type="radio", name="language", id=f"language-{code}", class_="choice", checked=checked,
            aria_label=name,
        )  # fmt: skip
    yield element(
        "div", *(element("label", name, for_=f"language-{code}", lang=code) for code, name in names.items()),
        class_="languages",
    )  # fmt: skip


@attrs.frozen(kw_only=True)
class _Page:
    report: ImpactReport

    @property
    def impact(self) -> Impact:
        return self.report.impact

    def parts(self) -> Iterator[Markup]:
        yield element("h1", label(TEXTS["title"]))
        yield element("p", label(summary(self.impact)), class_="summary")
        yield from self._rules()
        yield from self._matrix()
        yield from self._causes()
        yield from self._sweep()
        yield from self._items()
        yield from self._targets()
        yield from self._moved()
        yield from self._refused()
        yield from self._notes()
        yield element("footer", element("p", label(TEXTS["final"])))

    def _rules(self) -> Iterator[Markup]:
        head = [Label(zh="", en=""), *(WORDS[key] for key in ("package", "place", "date", "digest"))]
        rows = [
            (label(TEXTS[side]), label(policy.title), policy.jurisdiction, policy.as_of.isoformat(),
             element("code", policy.digest))
            for pair in self.impact.pairs
            for side, policy in zip(("before", "after"), pair, strict=True)
        ]  # fmt: skip
        yield _table(head, rows)
        if self.report.settings:
            settings = joined((element("code", text) for text in self.report.settings), " ")
            yield element("p", label(WORDS["set"]), ": ", settings)

    def _matrix(self) -> Iterator[Markup]:
        impact, states = self.impact, self.impact.states
        most = max(impact.matrix.values(), default=1)
        corner = joined((label(TEXTS["before"]), " \\ ", label(TEXTS["after"])))
        head = element(
            "tr", element("th", corner, scope="col"),
            *(element("th", name, scope="col", class_="number") for name in self._columns(states)),
            element("th", label(TEXTS["total"]), scope="col", class_="number"),
        )  # fmt: skip
        rows = [self._matrix_row(place, states, most) for place in range(len(states))]
        totals = element(
            "tr", element("th", label(TEXTS["total"]), scope="row"),
            *(element("td", str(impact.total_after(state)), class_="number total") for state in states),
            element("td", str(impact.answered), class_="number total"),
        )  # fmt: skip
        yield element("h2", label(WORDS["matrix"]))
        caption = element("caption", label(self._word("reading")))
        table = element("table", caption, element("thead", head), element("tbody", *rows, totals), class_="matrix")
        yield element("div", table, class_="wide", tabindex="0")

    def _columns(self, states: tuple[State, ...]) -> list[str]:
        named = [self._state(state) for state in states]
        return [str(place) for place, _ in enumerate(named, start=1)] if len(named) > MOST_NAMED else [*named]

    def _matrix_row(self, place: int, states: tuple[State, ...], most: int) -> Markup:
        before = states[place]
        name = joined((f"{place + 1}. " if len(states) > MOST_NAMED else "", self._state(before)))
        cells = [_shaded(self.impact.matrix[before, after], most, is_same=before == after) for after in states]
        total = element("td", str(self.impact.total_before(before)), class_="number total")
        return element("tr", element("th", name, scope="row"), *cells, total)

    def _state(self, state: State) -> Markup:
        return label(self.impact.label(state))

    def _word(self, key: str, /, **parts: object) -> Label:
        return self.impact.entities.worded(WORDS[key], **parts)

    def _folded(self, number: int, content: Markup) -> Markup:
        """Return a content that is folded when it is long."""
        if number <= LONG:
            return content
        return element("details", element("summary", label(self._word("show", number=number))), content)

    def _causes(self) -> Iterator[Markup]:
        yield element("h2", label(WORDS["causes"]))
        if not self.impact.moved:
            yield element("p", label(text("no_moves", self.impact)))
            return
        rows = []
        for mode, cause, count in self.impact.causes:
            cited = [citation_label(cited) for item in cause for cited in item.citations]
            rules = [element("code", rule) for item in cause for rule in item.rules]
            rows.append(
                element(
                    "li", element("strong", str(count)), " — ", label(cause_label(mode, cause)),
                    element("div", _listed(cited), class_="basis") if cited else "",
                    element("div", joined(dict.fromkeys(rules), " ")) if rules else "",
                )
            )  # fmt: skip
        yield element("ol", *rows, class_="causes")
        yield element("p", label(self._word("adds_up")), class_="soft")

    def _sweep(self) -> Iterator[Markup]:
        if self.report.sweep is None:
            return
        yield element("h2", label(WORDS["sweep"]))
        yield element("div", picture(self.report.sweep), class_="picture", tabindex="0")
        if not self.report.sweep.is_exact:
            yield element("p", label(SWEEP_TEXTS["inexact"]), class_="soft")
        yield self._swept_table()

    def _swept_table(self) -> Markup:
        swept = self.report.sweep
        numbers = SweepReport(sweep=swept)
        head = [SWEEP_TEXTS["value"], *(self.impact.label(state) for state in swept.states)]
        rows = [
            (numbers.number(number), *(str(swept.at(number)[state]) for state in swept.states))
            for number in swept.steps
        ]
        table = _table(head, rows, numeric=range(len(head)))
        return element("details", element("summary", label(SWEEP_TEXTS["value"])), table)

    def _items(self) -> Iterator[Markup]:
        if not self.impact.changed_items:
            return
        yield element("h2", label(text("items", self.impact)))
        head = [WORDS["decision"], WORDS["item"], *(TEXTS[key] for key in ("before", "after", "gained", "lost"))]
        rows = [
            (label(count.list), label(count.label), str(count.before), str(count.after),
             f"+{count.gained}" if count.gained else "0", f"−{count.lost}" if count.lost else "0")
            for count in self.impact.changed_items
        ]  # fmt: skip
        yield self._folded(len(rows), _table(head, rows, numeric=range(2, 6)))

    def _targets(self) -> Iterator[Markup]:
        if not self.report.targets:
            return
        yield element("h2", label(TEXTS["targets"]))
        head = [WORDS["side"], self._word("site"), *(WORDS[key] for key in ("counted", "needed", "status", "list"))]
        yield _table(head, [_target_cells(row) for row in self.report.targets], numeric=(2, 3))

    def _moved(self) -> Iterator[Markup]:
        yield element("h2", label(text("moved", self.impact)))
        if not self.impact.moved:
            yield element("p", label(text("no_moves", self.impact)))
            return
        places = cause_places(self.impact)
        head = [HEADINGS[key] for key in ("id", "name", "before", "after", "cause", "turned", "basis")]
        rows = [self._moved_cells(item, places[item.mode, item.cause]) for item in self.impact.moved]
        yield self._folded(len(rows), _table(head, rows, kind="subjects"))

    def _moved_cells(self, item: MovedSubject, place: int) -> tuple[str, ...]:
        return (
            item.id, item.name, self._state(item.before), self._state(item.after), f"{place}.",
            _listed(turned_label(each) for each in item.leaves),
            _listed(citation_label(each) for each in item.citations),
        )  # fmt: skip

    def _refused(self) -> Iterator[Markup]:
        yield element("h2", label(TEXTS["refused"]))
        if not self.impact.refused:
            yield element("p", label(WORDS["nothing"]))
            return
        head = [HEADINGS[key] for key in ("row", "id", "name", "reasons")]
        rows = [(str(item.number), item.id, item.name, label(reasons(item))) for item in self.impact.refused]
        yield self._folded(len(rows), _table(head, rows))

    def _notes(self) -> Iterator[Markup]:
        if self.report.notes:
            yield element("h2", label(WORDS["notes"]))
            yield element("ul", *(element("li", label(note)) for note in dict.fromkeys(self.report.notes)))


def _shaded(count: int, most: int, *, is_same: bool) -> Markup:
    shade = -(-SHADES * count // most) if count else 0
    names = ["number", f"shade-{shade}" if shade else "none", *(["same"] if is_same else [])]
    return element("td", str(count) if count else "·", class_=" ".join(names))


def _listed(labels: Iterable[Label]) -> Markup:
    found = dict.fromkeys(labels)
    zh, en = "；".join(one.zh for one in found), "; ".join(one.en for one in found)
    return both(zh, en)


def _table(head: Iterable[Label], rows: Iterable[Iterable[str]], numeric: Iterable[int] = (), kind: str = "") -> Markup:
    """Return a table; on narrow screens each row becomes a card whose cells show their headings."""
    names, right = list(head), set(numeric)
    classes = ["number" if place in right else None for place in range(len(names))]
    titles = (
        element("th", label(name), scope="col", class_=right_) for name, right_ in zip(names, classes, strict=True)
    )
    body = [
        element("tr", *(
            element("td", element("span", label(name), class_="cell-name"), element("span", markup(cell)), class_=kind)
            for name, cell, kind in zip(names, cells, classes, strict=True)
        ))
        for cells in rows
    ]  # fmt: skip
    table = element(
        "table", element("thead", element("tr", *titles)), element("tbody", *body), class_=f"stacked {kind}".strip()
    )
    return element("div", table, class_="wide")


def _target_cells(row: TargetRow) -> tuple[str, ...]:
    needed = "—" if row.needed is None else shown_number(row.needed)
    return (
        label(TEXTS[row.side]), label(row.kind), shown_number(row.found), needed, label(row.status), label(row.lists),
    )  # fmt: skip
