"""The second opinion of a run: every answered row is asked again elsewhere, and what differs is listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import click

from cso_rules.diagnostics import escape

DIFFERENT = 1


@attrs.define
class SecondOpinion:
    """Passes rows on, and compares each answer with that of another engine; without a name it asks nobody."""

    engine: str | None
    asked: int = attrs.field(default=0, init=False)
    problems: list[tuple[int, Any]] = attrs.field(factory=list, init=False)

    def of(self, items: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows as they are."""
        from cso_rules.tables.answer.rows import Answered

        self._refuse_missing()
        for item in items:
            if self.engine is not None and isinstance(item, Answered):
                self._ask(item)
            yield item

    def _refuse_missing(self) -> None:
        """Say at once, not row by row, that the engine is not there."""
        if self.engine == "rete":
            from cso_rules.errors import MissingExtraError
            from cso_rules.executors.rete.driver import is_installed

            if not is_installed():
                raise MissingExtraError("rete")

    def _ask(self, item: Any) -> None:
        from cso_rules.engine.determine import confirm
        from cso_rules.errors import EngineError, VerificationError

        self.asked += 1
        try:
            confirm(item.determination, engine=self.engine or "")
        except (VerificationError, EngineError) as error:
            self.problems.append((item.number, error))

    @property
    def differs(self) -> bool:
        """Whether a row was not confirmed."""
        return bool(self.problems)

    def say(self, lang: str) -> None:
        """Say which rows were not confirmed, and how many were."""
        if self.engine is None:
            return
        for number, error in self.problems:
            place = f"第 {number} 行：" if lang == "zh" else f"row {number}: "
            click.echo(place + escape(error.in_language(lang)), err=True)
        agreed = self.asked - len(self.problems)
        text = f"durable_rules agrees on {agreed} of {self.asked} rows"
        chinese = f"（durable_rules 复核：{self.asked} 行中 {agreed} 行一致）" if lang == "zh" else ""
        click.echo(text + chinese, err=True)
