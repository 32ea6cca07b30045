"""What the grammar of rule files is written in: shapes of mappings, their keys, and values behind keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property

import attrs

from cso_rules.model.instruments import Label

Words = Mapping[str, Label]
"""Allowed words, each with what it means."""


class Need(Enum):
    """Whether a key must be there.

    Attributes:
        CHECKED: It must, and who reads the value says so in words of its own, such as `missing-citation`.
        OUTSIDE: It must, unless what it stands in has it for all that stands there.
    """

    OPTIONAL = "no"
    REQUIRED = "yes"
    CHECKED = "yes, checked by its reader"
    OUTSIDE = "yes, unless it stands outside"


OPTIONAL, REQUIRED, CHECKED, OUTSIDE = Need


@attrs.frozen
class Where:
    """A key must be there where another one is, or where that one has one of these values."""

    key: str
    values: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Plain:
    """A value that is no mapping of known keys; an editor has a schema for each, the reference page these words."""

    said: str


@attrs.frozen
class OneOf:
    """One of a few words of the language."""

    words: Words = attrs.field(hash=False)


@attrs.frozen
class ListOf:
    """A list with at least so many items."""

    item: Value
    least: int = 0


@attrs.frozen
class MappingOf:
    """A mapping whose keys are free; `keys` says what they are."""

    keys: str
    value: Value


@attrs.frozen(init=False)
class Either:
    """A value that may be written in several ways."""

    values: tuple[Value, ...]

    def __init__(self, *values: Value) -> None:
        self.__attrs_init__(values)


@attrs.frozen
class Key:
    """A key of a mapping.

    Attributes:
        zh: What it means, in Chinese; an editor shows it.
        default: What holds when the key is left out, where that is one value.
        since: The first version of the program that reads it.
    """

    name: str
    value: Value
    zh: str
    en: str
    need: Need | Where = OPTIONAL
    default: str = attrs.field(default="", kw_only=True)
    since: str = attrs.field(default="0.1", kw_only=True)

    def but(self, *, value: Value | None = None, need: Need | Where | None = None) -> Key:
        """Return a key that means the same with another value or need."""
        return attrs.evolve(self, value=value or self.value, need=need or self.need)


@attrs.frozen(init=False, slots=False, eq=False)
class Shape:
    """A kind of mapping: its keys and no others.

    Attributes:
        any_of: Groups of keys; of each at least one must be there.
        one_of: Keys of which no two may stand together.
    """

    name: str
    keys: tuple[Key, ...]
    any_of: tuple[tuple[str, ...], ...] = ()
    one_of: tuple[str, ...] = ()

    def __init__(
        self, name: str, *keys: Key, any_of: tuple[tuple[str, ...], ...] = (), one_of: tuple[str, ...] = ()
    ) -> None:
        self.__attrs_init__(name, keys, any_of, one_of)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The keys without which a mapping has a missing key."""
        return tuple(key.name for key in self.keys if key.need is REQUIRED)

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Every key, those that must be there first."""
        return tuple(dict.fromkeys((*self.required, *(key.name for key in self.keys))))

    def needing(self, *names: str) -> Shape:
        """Return the shape in which these keys must be there, too."""
        return self._of(key.but(need=REQUIRED) if key.name in names else key for key in self.keys)

    def optionally(self, *names: str) -> Shape:
        """Return the shape in which these keys may be left out."""
        return self._of(key.but(need=OPTIONAL) if key.name in names else key for key in self.keys)

    def without(self, *names: str) -> Shape:
        """Return the shape without these keys."""
        return self._of(key for key in self.keys if key.name not in names)

    def _of(self, keys: Iterator[Key]) -> Shape:
        return Shape(self.name, *keys, any_of=self.any_of, one_of=self.one_of)


Value = Plain | OneOf | ListOf | MappingOf | Either | Shape


def shapes_in(value: Value) -> Iterator[Shape]:
    """Yield a shape and those behind its keys, in the order of the keys."""
    match value:
        case Shape():
            yield value
            for key in value.keys:
                yield from shapes_in(key.value)
        case ListOf(inner) | MappingOf(_, inner):
            yield from shapes_in(inner)
        case Either(values):
            for each in values:
                yield from shapes_in(each)
        case Plain() | OneOf():
            pass
