"""What a list came to, in a few lines before its rows: how many of each answer, what was not understood or not read.

In come rows with their answers; out come lines of text in one language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from cso_rules.determination import Status
from cso_rules.diagnostics import escape, shortened
from cso_rules.model.instruments import Label
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.write.report import REFUSED, STATUSES, Report

Item = Answered | Refused
EXAMPLES: Final = 2
COLUMNS: Final = 6
ALL: Final = Label(zh="共 {number} 个{many}：", en="{number} {many}: ")
UNREAD: Final = Label(zh="未读懂的单元格 {number} 格：", en="{number} cells not understood: ")
SUCH_AS: Final = Label(zh="（如{list}）", en=" (such as {list})")
MORE: Final = Label(zh="另有 {number} 列", en="{number} more columns")


def overview(items: Sequence[Item], report: Report) -> Iterator[str]:
    """Yield how many rows have each answer, and the columns with cells that were not understood."""
    if not items:
        return
    counts = Counter(_answer(item, report) for item in items)
    entities = report.policy.presentation.entities
    head = report.text(entities.worded(ALL, number=len(items)))
    yield head + _joined(report, [f"{name} {number}" for name, number in counts.most_common()])
    cells = [problem for item in items for problem in item.problems if problem.column]
    if cells:
        columns = Counter(problem.column for problem in cells)
        shown = [_column(report, name, number, items) for name, number in columns.most_common(COLUMNS)]
        more = len(columns) - COLUMNS
        listed = [*shown, *([report.text(MORE.filled(number=more))] if more > 0 else [])]
        yield report.text(UNREAD.filled(number=len(cells))) + _joined(report, listed)


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


def _column(report: Report, name: str, number: int, items: Sequence[Item]) -> str:
    found = (problem.value for item in items for problem in item.problems if problem.column == name)
    texts = list(dict.fromkeys(found))[:EXAMPLES]
    quoted = [f"“{escape(text)}”" for text in texts]
    example = report.text(SUCH_AS.filled(list="".join(quoted) if report.language == "zh" else ", ".join(quoted)))
    return f"{escape(shortened(name))} {number}{example}"


def _joined(report: Report, texts: Sequence[str]) -> str:
    return ("，" if report.language == "zh" else ", ").join(texts)
