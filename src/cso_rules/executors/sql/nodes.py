"""The parts of a statement as a tree: words, columns, comparisons, and groups of them that can be broken into lines.

A part knows the columns that it reads; nothing is ever read out of text that was written before. What is already known
to hold or not is `True` or `False` and never reaches the text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import attrs

WIDTH: Final = 110
_LEAST: Final = 70
"""So wide a line may be however far it is indented."""
_GROUP: Final = 40
_TWO: Final = 2


@attrs.frozen
class Word:
    """Text that reads no computed column: a number, a literal, a column of the table of facts."""

    text: str

    @property
    def length(self) -> int:
        """How many letters it has in one line."""
        return len(self.text)


@attrs.frozen
class Name:
    """A computed column."""

    text: str

    @property
    def length(self) -> int:
        """How many letters it has in one line."""
        return len(self.text)


@attrs.frozen(cache_hash=True)
class Compared:
    """Two parts with a sign between them, which has an opposite."""

    left: Part
    sign: str
    right: Part
    length: int = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Measure it once, however often it is asked whether a line has room for it."""
        object.__setattr__(self, "length", self.left.length + len(self.sign) + 2 + self.right.length)


@attrs.frozen(cache_hash=True)
class Group:
    """Parts between two texts and with one between them, in one line or each in a line of its own."""

    before: str
    parts: tuple[Part, ...]
    between: str
    after: str
    length: int = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Measure it once, however often it is asked whether a line has room for it."""
        around = len(self.before) + len(self.between) * (len(self.parts) - 1) + len(self.after)
        object.__setattr__(self, "length", sum([part.length for part in self.parts], around))


@attrs.frozen(cache_hash=True)
class Negated:
    """The opposite of a group that is a condition."""

    group: Part

    @property
    def length(self) -> int:
        """How many letters it has in one line."""
        return len("NOT ") + self.group.length


Part = Word | Name | Compared | Group | Negated
Predicate = Part | bool
"""An SQL condition that is true or false, or a truth that is known beforehand."""


def names_in(part: Part) -> list[str]:
    """Return the computed columns that a part reads, repeated ones too."""
    found, todo = list[str](), [part]
    while todo:
        part = todo.pop()
        match part:
            case Name():
                found.append(part.text)
            case Compared():
                todo += (part.right, part.left)
            case Group():
                todo += reversed(part.parts)
            case Negated():
                todo.append(part.group)
            case Word():
                pass
    return found


def written(part: Part) -> str:
    """Return a part in one line."""
    match part:
        case Word() | Name():
            return part.text
        case Compared():
            return f"{written(part.left)} {part.sign} {written(part.right)}"
        case Group():
            return f"{part.before}{part.between.join(map(written, part.parts))}{part.after}"
        case Negated():
            return f"NOT {written(part.group)}"


def lines_of(part: Part, indent: str, after: str = "") -> list[str]:
    """Return a part in as many lines as it needs, the text after it included."""
    room = max(WIDTH - len(indent), _LEAST) - len(after)
    if part.length <= room:
        return [f"{indent}{written(part)}{after}"]
    match part:
        case Negated():
            return _after("NOT ", lines_of(part.group, indent, after), indent)
        case Compared():
            *found, last = lines_of(part.left, indent)
            return [*found, *_after(f"{last.lstrip()} {part.sign} ", lines_of(part.right, indent, after), indent)]
        case Group(before="WHEN ", parts=(test, value)):
            first, inner = lines_of(test, indent, " THEN"), f"{indent}  "
            return [*_after("WHEN ", first, indent), *lines_of(value, inner, after)]
        case Group(before="ELSE ", parts=(value,)):
            return _after("ELSE ", lines_of(value, indent, after), indent)
        case Group(parts=(inner,)):
            return _after(part.before, lines_of(inner, indent, f"{part.after}{after}"), indent)
        case Group():
            return _spread(part, indent, after)
        case _:
            return [f"{indent}{written(part)}{after}"]


def _after(text: str, lines: list[str], indent: str) -> list[str]:
    """Return lines of which the first begins with a text."""
    return [f"{indent}{text}{lines[0].removeprefix(indent)}", *lines[1:]]


def _spread(group: Group, indent: str, after: str) -> list[str]:
    """Return a group with each of its parts in lines of its own; words fill lines together."""
    inner, between = f"{indent}  ", group.between.rstrip()
    if all(map(is_known_number, group.parts)):
        text = f"{between} ".join(map(written, group.parts)) if between else " ".join(map(written, group.parts))
        found = textwrap.wrap(
            text, max(WIDTH, len(inner) + _LEAST), initial_indent=inner, subsequent_indent=inner,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    else:
        last = len(group.parts) - 1
        found = [
            line
            for place, part in enumerate(group.parts)
            for line in lines_of(part, inner, between if place < last else "")
        ]
    return [f"{indent}{group.before}".rstrip(), *found, f"{indent}{group.after.lstrip()}{after}"]


# -------------------------------------------------------------------------------------------------- conditions


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """Return the predicate that all parts hold."""
    return _joined(parts, " AND ", neutral=True)


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """Return the predicate that some part holds."""
    return _joined(parts, " OR ", neutral=False)


def _joined(parts: Iterable[Predicate], word: str, *, neutral: bool) -> Predicate:
    """Join in groups of groups, for SQLite limits the depth of a chain."""
    texts = list[Part]()
    for part in parts:
        if not isinstance(part, bool):
            texts.append(part)
        elif part is not neutral:
            return not neutral
    if len(texts) < _TWO:
        return texts[0] if texts else neutral
    return chained(list(dict.fromkeys(texts)), word)


def chained(parts: Sequence[Part], word: str) -> Part:
    """Return parts with a word between them, in brackets; long chains in groups of groups."""
    left = list(parts)
    while len(left) > 1:
        groups = [left[start : start + _GROUP] for start in range(0, len(left), _GROUP)]
        left = [group[0] if len(group) == 1 else Group("(", tuple(group), word, ")") for group in groups]
    return left[0]


_OPPOSITES = {"<>": "=", "=": "<>", ">=": "<", "<": ">=", "<=": ">", ">": "<="}


def negated(predicate: Predicate) -> Predicate:
    """Return the opposite of a predicate; of one comparison, the opposite comparison."""
    match predicate:
        case bool():
            return not predicate
        case Compared(left, sign, right) if sign in _OPPOSITES:
            return Compared(left, _OPPOSITES[sign], right)
        case Negated():
            return predicate.group
        case _:
            return Negated(predicate)


def compared(left: Part, sign: str, right: int | Part) -> Compared:
    """Return a comparison of a part with a number or another part."""
    return Compared(left, sign, number(right) if isinstance(right, int) else right)


def one_of(part: Part, values: Sequence[int]) -> Predicate:
    """Return the predicate that a part has one of some values."""
    if is_known_number(part):
        return int(written(part)) in values
    if not values:
        return False
    if len(values) == 1:
        return compared(part, "=", values[0])
    return Compared(part, "IN", Group("(", tuple(map(number, sorted(values))), ", ", ")"))


# -------------------------------------------------------------------------------------------------- values


@lru_cache(maxsize=1024)
def number(value: int) -> Word:
    """Return a number."""
    return Word(str(value))


def chosen(cases: Iterable[tuple[Predicate, Part]], otherwise: Part | None) -> Part:
    """Return the part of the first predicate that holds; NULL where none does and nothing else is said."""
    whens: list[Part] = []
    for test, value in cases:
        if test is True:
            otherwise = value
            break
        if test is not False:
            whens.append(Group("WHEN ", (test, value), " THEN ", ""))
    if not whens:
        return Word("NULL") if otherwise is None else otherwise
    last = [] if otherwise is None else [Group("ELSE ", (otherwise,), "", "")]
    return Group("CASE ", (*whens, *last), " ", " END")


def flag(predicate: Predicate) -> Part:
    """Return an expression that is 1 when the predicate holds and 0 when it does not."""
    return chosen([(predicate, number(1))], number(0))


def added(parts: Sequence[Part]) -> Part:
    """Return the sum of expressions; 0 of none."""
    return chained(parts, " + ") if parts else number(0)


def is_known_number(part: Part) -> bool:
    """Tell whether a part is a number that stands in the text."""
    return isinstance(part, Word) and part.text.removeprefix("-").isdigit()
