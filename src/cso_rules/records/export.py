"""Records as JSON Lines, one record a line, so that they can be kept and verified without a database.

Each line holds `hash` and `record`; the hash is the SHA-256 of the record as canonical JSON, and `previous` in the next
record is that hash. Lines end with LF alone: a text may hold other characters that some programs take for an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cso_rules.records.canonical_json import text_of, value_of
from cso_rules.records.chain import Head, Verification, verify
from cso_rules.records.commitments import KeptValue
from cso_rules.records.database import TOLERANT
from cso_rules.records.faults import refuse
from cso_rules.records.record import FIRST_PREVIOUS, Record

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
            kept = store.kept(record.number)
            line["personal"] = {fact: {"salt": found.salt, "said": found.content} for fact, found in kept.items()}
        yield text_of(line)


def verify_export(path: Path, *heads: Head) -> Verification:
    """Look at every record of a file of lines; personal values are looked at where they stand in it.

    A file that begins behind the first record is a part of a chain: that it goes on where another part ends shows the
    head of that one.

    Args:
        path: The file.
        *heads: Heads that were exported before.

    Raises:
        RecordsError: There is no record in its first line.
        OSError: The file cannot be read.
    """
    return verify(_ExportedChain.of(path), heads)


@attrs.define
class _ExportedChain:
    """A file of records; a line has the number that follows from its place."""

    path: Path
    before: tuple[int, str]
    _kept: dict[str, KeptValue] | None = None

    @classmethod
    def of(cls, path: Path) -> _ExportedChain:
        with path.open("rb") as file:
            first = _read(file.readline())
        if first is None:
            refuse("no_export", str(path))
        record = first["record"]
        number = record["number"] if type(record.get("number")) is int and record["number"] > 0 else 1
        before = str(record.get("previous")) if number > 1 else FIRST_PREVIOUS
        return cls(path, (number - 1, before))

    def records(self) -> Iterator[Record]:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=self.before[0] + 1):
                found = _read(line)
                if found is None:
                    self._kept = None
                    yield Record(number=number, id="", key=None, hash="", text=line.decode(*TOLERANT))
                    continue
                record = found["record"]
                self._kept = _kept(record, found["personal"]) if isinstance(found.get("personal"), dict) else None
                yield Record(
                    number=number, id=str(record.get("id")), key=record.get("key"), hash=str(found["hash"]),
                    text=text_of(record),
                )  # fmt: skip

    def kept(self, record: str) -> dict[str, KeptValue] | None:
        """Return what stands in the line that was read last; of earlier ones nothing is known any more."""
        is_there = self._kept is not None and all(value.record == record for value in self._kept.values())
        return self._kept if is_there else None

    def end(self) -> None:
        return None


def _read(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds; None where that is no record."""
    try:
        found = value_of(line.decode())
    except (ValueError, RecursionError):
        return None
    is_record = isinstance(found, dict) and isinstance(found.get("record"), dict) and "hash" in found
    return found if is_record else None


def _kept(record: dict[str, Any], personal: dict[str, Any]) -> dict[str, KeptValue]:
    """Return what a line says of personal facts; what cannot be sealed is of no seal."""
    said = {fact: found if isinstance(found, dict) else {} for fact, found in personal.items()}
    return {
        fact: KeptValue(
            record=str(record.get("id")), fact=fact, salt=str(found.get("salt")), said=text_of(found.get("said"))
        )
        for fact, found in said.items()
    }
