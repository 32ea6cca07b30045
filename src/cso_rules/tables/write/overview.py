"""What a list came to, in a few lines before its rows: how many of each answer, what was not understood or not read.

In come rows with their answers; out come lines of text in one language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from cso_rules.determination import Status
from cso_rules.diagnostics import escape, shortened
from cso_rules.model.instruments import Label
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.write.report import REFUSED, STATUSES, Report

Item = Answered | Refused
EXAMPLES: Final = 2
COLUMNS: Final = 6
ALL: Final = Label(zh="共 {number} 个{many}：", en="{many} ({number}): ")
UNREAD: Final = Label(zh="未读懂的单元格 {number} 格：", en="cells not understood ({number}): ")
SUCH_AS: Final = Label(zh="（如{list}）", en=" (such as {list})")
MORE: Final = Label(zh="另有 {number} 列", en="further columns: {number}")


@attrs.define
class Overview:
    """Counts what rows come to while they are gone through.

    Attributes:
        report: How answers are shown.
        answers: How many rows have each answer.
        cells: How many cells of each column were not understood.
        texts: Some of what stands in them.
    """

    report: Report
    answers: Counter[str] = attrs.field(factory=Counter)
    cells: Counter[str] = attrs.field(factory=Counter)
    texts: dict[str, list[str]] = attrs.field(factory=dict)

    def add(self, item: Item) -> None:
        """Count a row."""
        self.answers[_answer(item, self.report)] += 1
        for problem in item.problems:
            if problem.column:
                self.cells[problem.column] += 1
                texts = self.texts.setdefault(problem.column, [])
                if problem.value not in texts and len(texts) < EXAMPLES:
                    texts.append(problem.value)

    def lines(self) -> Iterator[str]:
        """Yield how many rows have each answer, and the columns with cells that were not understood."""
        report = self.report
        if not self.answers:
            return
        head = report.policy.presentation.entities.worded(ALL, number=self.answers.total())
        yield report.text(head) + _joined(report, [f"{name} {number}" for name, number in self.answers.most_common()])
        if self.cells:
            more = len(self.cells) - COLUMNS
            listed = [self._column(name, number) for name, number in self.cells.most_common(COLUMNS)]
            listed += [report.text(MORE.filled(number=more))] if more > 0 else []
            yield report.text(UNREAD.filled(number=self.cells.total())) + _joined(report, listed)

    def _column(self, name: str, number: int) -> str:
        quoted = [f"“{escape(text)}”" for text in self.texts[name]]
        example = SUCH_AS.filled(list="".join(quoted) if self.report.language == "zh" else ", ".join(quoted))
        return f"{escape(shortened(name))} {number}{self.report.text(example)}"


def _answer(item: Item, report: Report) -> str:
    """Return the one answer of a row, or why there is none."""
    if isinstance(item, Refused):
        return report.text(REFUSED)
    outcome = item.determination.outcomes.get(item.determination.policy.headline)
    if outcome is None:
        return report.text(STATUSES[Status.NO_RULE_IN_FORCE])
    if outcome.status is Status.DETERMINED and len(outcome.possible) == 1:
        return report.value(outcome, outcome.possible[0])
    return report.text(STATUSES[outcome.status])


def _joined(report: Report, texts: Sequence[str]) -> str:
    return ("，" if report.language == "zh" else ", ").join(texts)
