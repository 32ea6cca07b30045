"""Records as JSON Lines, one record a line, so that they can be kept and checked without a database.

Each line holds `hash` and `record`; the hash is the SHA-256 of the record as canonical JSON, and `previous` in the next
record is that hash. Lines end with LF alone: a text may hold other characters that some programs take for an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cso_rules.records.canonical_json import text_of

if TYPE_CHECKING:
    from cso_rules.records.store import RecordStore


def export_lines(store: RecordStore, *, after: int = 0, with_personal: bool = False) -> Iterator[str]:
    """Yield the records after a number as lines without their ends.

    Args:
        store: The store.
        after: The number of the last record that was exported before.
        with_personal: Whether what is kept of personal facts stands in the lines too, under `personal`; in a file it
            can no longer be erased.

    Raises:
        RecordsError: A record cannot be read; run `verify`.
    """
    for record in store.records(after):
        line: dict[str, Any] = {"hash": record.hash, "record": store.content_of(record)}
        if with_personal and line["record"].get("personal"):
            kept = store.kept(record.id)
            line["personal"] = {fact: {"salt": found.salt, "said": found.content} for fact, found in kept.items()}
        yield text_of(line)
