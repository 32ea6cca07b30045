"""The options of a command that record answers, and the recording of answers before they are shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import attrs
import click

from cso_rules.interfaces.options import with_options
from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

AT_ONCE: Final = 100
"""Answers that are brought to the disk together."""
ALL_THREE: Final = Label(
    zh="--record 须与 --asked-by、--reason 同用：记录须写明由谁提出、因何提出",
    en="--record needs --asked-by and --reason: a record says who asked, and why; and these need --record",
)
asked_by: Final = click.option("--asked-by", metavar="NAME", help="Who asks, for the record. 提出人或部门")
reason: Final = click.option("--reason", metavar="TEXT", help="Why, for the record. 事由")


@attrs.frozen(kw_only=True)
class Recording:
    """Where answers are recorded, and what is said about them; `store` is None where they are not."""

    store: str | None
    asked_by: str | None
    reason: str | None
    request: str | None

    def of(self, items: Iterator[Any], columns: Any) -> Iterator[Any]:
        """Pass answered rows on when they are recorded; refused ones have no answer to be recorded."""
        if self.store is None:
            if self.asked_by or self.reason or self.request:
                raise click.UsageError(ALL_THREE.in_language(run_language()))
            return items
        if not self.asked_by or not self.reason:
            raise click.UsageError(ALL_THREE.in_language(run_language()))
        return self._recorded(self.store, items, columns)

    def _recorded(self, store: str, items: Iterator[Any], columns: Any) -> Iterator[Any]:
        from cso_rules.records.faults import refuse
        from cso_rules.records.store import open_records
        from cso_rules.tables.answer.rows import Answered

        with open_records(store) as records:
            while batch := [*islice(items, AT_ONCE)]:
                answered = [item for item in batch if isinstance(item, Answered)]
                receipts = records.add([self._draft(item, columns) for item in answered])
                for item, receipt in zip(answered, receipts, strict=True):
                    if receipt.rules != item.determination.policy.digest:
                        refuse("other_rules", store, key=self._key(item), id=receipt.id)
                yield from batch

    def _key(self, item: Any) -> str | None:
        return None if self.request is None else f"{self.request} {item.number}"

    def _draft(self, item: Any, columns: Any) -> Any:
        from cso_rules.records.record import decision_draft

        return decision_draft(
            item.determination,
            asked_by=self.asked_by or "",
            reason=self.reason or "",
            subject=item.id,
            key=self._key(item),
            cells=columns.texts_of_facts(item.cells),
        )


def record_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, and hand them over together as `recording`."""
    names = {"store": "record_store", "asked_by": "asked_by", "reason": "reason", "request": "request"}

    @functools.wraps(function)
    def gathered(**arguments: Any) -> None:
        given = {name: arguments.pop(own) for name, own in names.items()}
        function(recording=Recording(**given), **arguments)

    return with_options(gathered, _OPTIONS)


_OPTIONS: Final = (
    click.option("--record", "record_store", metavar="FILE|URL", help="Record each answer there. 记录每项结论"),
    asked_by,
    reason,
    click.option(
        "--request", metavar="NAME", help="Asked again under this name, a row is recorded once. 重复运行不重复记录"
    ),
)
