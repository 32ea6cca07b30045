"""The chain: each record holds the hash of the one before it, so that the last hash stands for all of them.

Whoever can write to the store can make a whole new chain. A head that was exported, and is kept elsewhere, shows it:
the record of its number must still have its hash.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from cso_rules.bundle.signing import is_signed_by, signature_of
from cso_rules.model.instruments import Label
from cso_rules.records.canonical_json import hash_of, text_of, value_of
from cso_rules.records.commitments import KeptValue
from cso_rules.records.faults import refuse
from cso_rules.records.record import FORMAT, Record

MOST_FINDINGS: Final = 100
"""Findings that are told; the others are counted."""
_HASH: Final = re.compile("[0-9a-f]{64}")

Kind: TypeAlias = Literal[
    "missing", "unreadable", "changed", "misplaced", "broken", "cut_off", "head", "rewritten", "value", "value_gone",
    "value_back", "stray",
]  # fmt: skip

WORDS: Final[Mapping[Kind, Label]] = {
    "missing": Label(en="record {number} was taken out", zh="第 {number} 条记录被移除"),
    "unreadable": Label(en="record {number} cannot be read", zh="第 {number} 条记录无法读取"),
    "changed": Label(en="record {number} was changed", zh="第 {number} 条记录被改动"),
    "misplaced": Label(
        en="record {number} is not the one that stood there: it says of itself that it is number {detail}",
        zh="第 {number} 条记录不是原来的一条：其内容写明序号为 {detail}",
    ),
    "broken": Label(
        en="record {number} is not the one on which the next was built: it was changed, or another put in its place",
        zh="第 {number} 条记录与其后一条所依据的不同：被改动或替换",
    ),
    "cut_off": Label(
        en="record {number}, and whatever came after it, was cut off", zh="自第 {number} 条起的记录被截去"
    ),
    "head": Label(
        en="the head of the store is not that of record {number}, the last one",
        zh="记录库的链首与最后一条（第 {number} 条）不符",
    ),
    "rewritten": Label(
        en="record {number} has another hash than the exported head: it, or one before it, was changed",
        zh="第 {number} 条记录的摘要与导出的链首不符：该条或其之前的记录被改动",
    ),
    "value": Label(
        en="record {number}: what is kept of the personal fact {detail} is not what was sealed",
        zh="第 {number} 条记录：个人信息 {detail} 与封存的内容不符",
    ),
    "value_gone": Label(
        en="record {number}: what was kept of the personal fact {detail} is gone, and no erasure is recorded",
        zh="第 {number} 条记录：个人信息 {detail} 已不在，且没有删除记载",
    ),
    "value_back": Label(
        en="record {number}: the personal fact {detail} was erased, and is there again",
        zh="第 {number} 条记录：个人信息 {detail} 已删除，却又出现",
    ),
    "stray": Label(
        en="{detail} personal values belong to no record", zh="有 {detail} 项个人信息不属于任何记录"
    ),
}  # fmt: skip


@attrs.frozen(kw_only=True)
class Head:
    """How far a chain reached at some moment, to be kept where nobody can change it.

    Attributes:
        number: The number of the last record; 0 while there is none.
        hash: The hash of that record.
    """

    number: int
    hash: str

    def json(self, private_key: bytes | None = None, place: str = "") -> dict[str, Any]:
        """Return the form in which it is exported.

        Args:
            private_key: An ed25519 key as PEM, without a password, that signs it.
            place: The file of the key, for messages.

        Raises:
            ArgumentError: It is no such key.
            MissingExtraError: The extra `signing` is not installed.
        """
        own = {"format": FORMAT, "number": self.number, "hash": self.hash}
        return own if private_key is None else {**own, **signature_of(text_of(own).encode(), private_key, place)}

    @classmethod
    def of_json(cls, text: str, trusted_keys: Collection[str] | None = None) -> Head:
        """Return the head that a text holds.

        Args:
            text: What was exported.
            trusted_keys: Public ed25519 keys, one of which must have signed it when they are given.

        Raises:
            RecordsError: It holds none, or no such key signed it.
            ArgumentError: A key is none.
            MissingExtraError: Signatures cannot be checked, because the extra `signing` is not installed.
        """
        try:
            found = value_of(text)
            number, name = found["number"], found["hash"]
            is_head = found["format"] == FORMAT and type(number) is int and number >= 0 and _HASH.fullmatch(name)
        except (ValueError, TypeError, KeyError, RecursionError):
            is_head = None
        if not is_head:
            refuse("no_head", "")
        head = cls(number=number, hash=name)
        if trusted_keys is not None and not is_signed_by(text_of(head.json()).encode(), found, trusted_keys):
            refuse("unsigned_head", "")
        return head


@attrs.frozen(kw_only=True)
class Finding:
    """What is wrong with a chain.

    Attributes:
        kind: What it is, for programs.
        number: The record that it is about; 0 where it is about none.
        id: The id of that record; empty where it cannot be told.
        detail: What the sentence names besides.
    """

    kind: Kind
    number: int
    id: str = ""
    detail: str = ""

    def in_language(self, language: str) -> str:
        """Return it as a sentence in `zh` or `en`."""
        said = WORDS[self.kind].filled(number=self.number, detail=self.detail).in_language(language)
        return f"{said} ({self.id})" if self.id else said


@attrs.frozen(kw_only=True)
class Verification:
    """What was found of a chain.

    Attributes:
        head: How far it reaches, as it stands.
        findings: What is wrong, by the number of the record; the first bad record comes first.
        found: How many findings there are, of which not all may be told.
        erased: How many personal facts were erased, as recorded.
    """

    head: Head
    findings: tuple[Finding, ...]
    found: int
    erased: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found


class Chain(Protocol):
    """A chain of records that stands somewhere."""

    @property
    def before(self) -> tuple[int, str]:
        """The number and hash of the record before the first one: 0 and zeros, unless it is a part of a chain."""

    def records(self) -> Iterator[Record]:
        """Yield every record, in order of their numbers."""

    def kept(self, record: str) -> Mapping[str, KeptValue] | None:
        """Return what is kept of the personal facts of a record, by fact; None where nothing is said of it."""

    def end(self) -> tuple[Head, int] | None:
        """Return the head as it is written, and how many personal values there are; None where nothing is said."""


def verify(chain: Chain, heads: Iterable[Head] = ()) -> Verification:
    """Look at every record and every personal value of a chain.

    Args:
        chain: The chain, in one state of it.
        heads: Heads that were exported before.
    """
    known: dict[int, set[str]] = {}
    for head in heads:
        known.setdefault(head.number, set()).add(head.hash)
    first, before = chain.before
    walk = _Walk(
        chain=chain, heads={number: known[number] for number in known if number > first}, last=first, hash=before
    )
    if first and known.get(first, {before}) != {before}:
        walk.tell("rewritten", first)
    for record in chain.records():
        walk.take(record)
    walk.end()
    findings = sorted(walk.findings, key=lambda found: (found.number == 0, found.number))
    return Verification(
        head=Head(number=walk.last, hash=walk.hash), findings=tuple(findings[:MOST_FINDINGS]), found=len(findings),
        erased=sum(map(len, walk.erased.values())),
    )  # fmt: skip


@attrs.define(kw_only=True)
class _Walk:
    """The way along a chain.

    Attributes:
        last: The number of the last record that was seen.
        hash: The hash of what it says.
        last_id: The id of that record.
        heads: The hashes of exported heads that were not met yet, by number.
        gone: Personal facts without a value, with the number of their record.
        erased: Which facts of a record were erased.
        values: How many values belong to a record.
    """

    chain: Chain
    heads: dict[int, set[str]]
    last: int
    hash: str
    last_id: str = ""
    findings: list[Finding] = attrs.field(factory=list)
    gone: dict[tuple[str, str], int] = attrs.field(factory=dict)
    erased: dict[str, set[str]] = attrs.field(factory=dict)
    values: int = 0

    def tell(self, kind: Kind, number: int, name: str = "", detail: object = "") -> None:
        if not any(found.number == number and found.kind == kind and not detail for found in self.findings[-3:]):
            self.findings.append(Finding(kind=kind, number=number, id=name, detail=str(detail)))

    def take(self, record: Record) -> None:
        """Look at the next record."""
        is_after_gap = record.number != self.last + 1
        for number in range(self.last + 1, min(record.number, self.last + 1 + MOST_FINDINGS)):
            self.tell("missing", number)
        content, real = _content(record), hash_of(record.text)
        if content is None:
            self.tell("unreadable", record.number, record.id)
        elif content.get("number") != record.number or record.number < 1:
            self.tell("misplaced", record.number, record.id, content.get("number"))
        elif (real, content.get("id"), content.get("key")) != (record.hash, record.id, record.key):
            self.tell("changed", record.number, record.id)
        elif not is_after_gap and content.get("previous") != self.hash and not self._is_told(self.last):
            self.tell("broken" if self.last else "changed", self.last or 1, self.last_id or record.id)
        if content is not None:
            self._look_at_values(record, content)
        if record.number < 1:
            return
        if self.heads.pop(record.number, {real}) != {real}:
            self.tell("rewritten", record.number, record.id)
        self.last, self.hash, self.last_id = record.number, real, record.id

    def _is_told(self, number: int) -> bool:
        return any(found.number == number for found in self.findings[-3:])

    def _look_at_values(self, record: Record, content: Mapping[str, Any]) -> None:
        erased, seals = content.get("erased"), content.get("personal")
        if content.get("kind") == "erasure" and isinstance(erased, dict) and isinstance(erased.get("facts"), list):
            self.erased.setdefault(str(erased.get("record")), set()).update(map(str, erased["facts"]))
        if not seals or not isinstance(seals, dict):
            return
        kept = self.chain.kept(record.id)
        if kept is None:
            return
        self.values += len(kept.keys() & seals.keys())
        for fact, seal in seals.items():
            if fact not in kept:
                self.gone[record.id, fact] = record.number
            elif not kept[fact].is_sealed_by(seal):
                self.tell("value", record.number, record.id, fact)

    def end(self) -> None:
        """Look at what can only be seen at the end."""
        for (name, fact), number in self.gone.items():
            if fact not in self.erased.get(name, ()):
                self.tell("value_gone", number, name, fact)
        for name, facts in self.erased.items():
            for fact in facts & (self.chain.kept(name) or {}).keys():
                self.tell("value_back", 0, name, fact)
        written = self.chain.end()
        head, values = written or (Head(number=self.last, hash=self.hash), self.values)
        if values != self.values:
            self.tell("stray", 0, detail=values - self.values)
        if max([head.number, *self.heads]) > self.last:
            self.tell("cut_off", self.last + 1)
        elif (head.number, head.hash) != (self.last, self.hash) and not self._is_told(self.last):
            self.tell("head", self.last, self.last_id)


def _content(record: Record) -> dict[str, Any] | None:
    try:
        return record.content
    except (ValueError, RecursionError, UnicodeEncodeError):
        return None
