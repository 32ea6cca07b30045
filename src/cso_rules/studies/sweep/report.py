"""A sweep as table, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.studies.states import State, state_label
from cso_rules.studies.sweep.steps import Sweep
from cso_rules.studies.wording import BEFORE, FINAL, NOTICE, plain_number, rules_line, state_json
from cso_rules.tables.write.plain_text import aligned

TEXTS: Final = {
    "title": Label(zh="{name}从 {low} 到 {high}：各类{many}数", en="{name} from {low} to {high}: {many} by {headline}"),
    "now": Label(zh="现行数值：{number}", en="now: {number}"),
    "none": Label(zh="无", en="none"),
    "changes": Label(zh="从这些数值起有变化：{list}", en="counts change from these values on: {list}"),
    "same": Label(zh="在此范围内没有变化。", en="Nothing changes within this range."),
    "inexact": Label(
        zh="只核对了所列数值，两者之间可能另有变化。",
        en="Only the values shown were checked; something may change between them.",
    ),
    "value": Label(zh="数值", en="value"),
    "total": Label(zh="合计", en="total"),
    "refused": Label(zh="未处理的行：{number}", en="rows refused: {number}"),
    "final": FINAL,
}  # fmt: skip
MOST_CHANGES: Final = 60


@attrs.frozen(kw_only=True)
class SweepReport:
    """A sweep in one language."""

    sweep: Sweep
    language: str = "zh"

    def say(self, key: str, **parts: object) -> str:
        """Return a sentence with its places filled."""
        return TEXTS[key].in_language(self.language).format(**parts)

    def lines(self) -> Iterator[str]:
        """Yield the table as text."""
        sweep = self.sweep
        yield title(sweep).in_language(self.language)
        yield rules_line(BEFORE, sweep.policy).in_language(self.language)
        now = self.say("none") if sweep.current is None else self.number(sweep.current)
        yield self.say("now", number=now)
        yield ""
        head = [self.say("value"), *map(self._state, sweep.states), self.say("total")]
        yield from aligned([head, *self._rows()], numbers_right=True)
        yield ""
        yield self._changes()
        if sweep.refused:
            yield self.say("refused", number=sweep.refused)
        yield self.say("final")

    def _rows(self) -> Iterator[list[str]]:
        for number in self.sweep.steps:
            counts = self.sweep.at(number)
            cells = [str(counts[state]) for state in self.sweep.states]
            yield [self.number(number), *cells, str(self.sweep.answered)]

    def _changes(self) -> str:
        if not self.sweep.is_exact:
            return self.say("inexact")
        changes = list(map(self.number, self.sweep.changes))
        if not changes:
            return self.say("same")
        more = " …" if len(changes) > MOST_CHANGES else ""
        comma = "、" if self.language == "zh" else ", "
        return self.say("changes", list=comma.join(changes[:MOST_CHANGES]) + more)

    def _state(self, state: State) -> str:
        return state_label(state, self.sweep.policy).in_language(self.language)

    def number(self, number: int) -> str:
        """Return an encoded number as people write it."""
        return plain_number(self.sweep.parameter, number)

    def csv(self) -> str:
        """Return the table as CSV."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        writer.writerow([self.say("value"), *map(self._state, self.sweep.states), self.say("total")])
        writer.writerows(self._rows())
        return buffer.getvalue()

    def json(self) -> dict[str, Any]:
        """Return the JSON form (format 1): rows at the steps, and every value from which counts differ."""
        sweep = self.sweep
        return {
            "format": 1,
            "policy": sweep.policy.id,
            "digest": sweep.policy.digest,
            "jurisdiction": sweep.policy.jurisdiction,
            "as_of": sweep.policy.as_of.isoformat(),
            "parameter": sweep.parameter.name,
            "index": sweep.index,
            "current": None if sweep.current is None else self.number(sweep.current),
            "is_exact": sweep.is_exact,
            "answered": sweep.answered,
            "refused": sweep.refused,
            "states": list(map(state_json, sweep.states)),
            "rows": [self._row_json(number) for number in sweep.steps],
            "changes": [self._row_json(number) for number in sweep.changes],
            "notice": NOTICE,
        }

    def _row_json(self, number: int) -> dict[str, Any]:
        counts = self.sweep.at(number)
        return {"value": self.number(number), "counts": [counts[state] for state in self.sweep.states]}


def title(sweep: Sweep) -> Label:
    """Return what was swept."""
    ends = {"low": plain_number(sweep.parameter, sweep.steps[0]), "high": plain_number(sweep.parameter, sweep.end)}
    name, mark = sweep.parameter.label, f"[{sweep.index}]" if sweep.index else ""
    named = Label(zh=name.zh + mark, en=name.en + mark)
    policy = sweep.policy
    headline = policy.heading(policy.headline)
    return TEXTS["title"].filled(name=named, many=policy.subject.many, headline=headline, **ends)
