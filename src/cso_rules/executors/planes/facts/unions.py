"""The union of the members of each of many lists, where few lists differ: whole lists are looked up by their bytes.

Guaranteed: a list is taken for another one only if it has as many members, of the same bytes, that end in the same
places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.facts.short_texts import (
    FEWEST,
    LONGEST,
    SAMPLE,
    Frequent,
    look_up,
    sampled,
    series_size,
)

_BLOCK: Final = 1 << 14
_SIZES: Final = (2, 1)
"""Lists in a series."""
_COUNTS: Final = 4
"""Bits that count the members of a list."""
_LONG: Final = 3
"""Times as many members as there are in the longest list, if all lists were so long, from which on they differ much."""
_MOST: Final = 8
"""Members whose lengths, a byte each, are a whole number."""
_ONES: Final = np.uint64(0x0101010101010101)
_MASKS: Final = [
    np.array([((1 << 8 * count) - 1) >> 64 * word & (1 << 64) - 1 for count in range(2 * _MOST + 1)], np.uint64)
    for word in range(2)
]
"""The bytes of each word that stand for members, by how many a series has."""
_BEYOND: Final = 4
"""Words that are read beyond the last member."""
_MANY: Final = 1 << 3
"""Of so many lists one is looked at apart at most, and so many of a sample are to be one."""
_FURTHER: Final = 1 << 9
"""Of so many lists one may be another one before it is asked which these are."""
_FEW: Final = 1 << 6
"""Lists that are looked at then."""


def unions(array: Any, table: Callable[[Any], Array], frequent: Frequent) -> Array | None:
    """Return the union of what the members of each list of an Arrow array mean, anything where it is null.

    Args:
        array: Lists of texts.
        table: Returns what each of some different texts means: bits, or something negative where it is no value.
        frequent: What most lists of the column are, which is kept up to date.

    Returns:
        The unions; None where another way is faster, or some text is no value.
    """
    rows, values, offsets = len(array), array.values, np.asarray(array.offsets)
    if frequent.is_varied or rows < FEWEST or not _are_texts(values):
        return None
    lists = frequent.found or _distinct(sampled(array))
    frequent.is_varied = len(lists) * _MANY > SAMPLE
    masks = None if frequent.is_varied else _meant(lists, table)
    if masks is None:
        return None
    size = series_size(len(lists), rows, _SIZES)
    if size is None or any(len("".join(each).encode()) > LONGEST // size for each in lists):
        return None
    found, members = np.empty(rows, masks.dtype), _Members.of(values, offsets)
    if members is None:
        frequent.is_varied = True
        return None
    others = _series(lists, size).find(members, masks, found)
    if others.size * _MANY > rows:
        frequent.found = ()
        return None
    frequent.found = lists
    if others.size:
        some = array.take(pa.array(others))
        apart = _apart(some, table)
        if apart is None:
            return None
        found[others] = apart
        if others.size * _FURTHER > rows:
            frequent.found = _further(lists, some, rows)
    return found


def _are_texts(values: Any) -> bool:
    """Tell whether there are texts without a gap between them."""
    is_text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    return is_text and len(values) > 0 and not values.null_count


def _distinct(sample: Any, known: Iterable[tuple[str, ...]] = ()) -> tuple[tuple[str, ...], ...]:
    """Return the different lists of a sample and others, the empty one first; one of those that have the same bytes."""
    found = {"".join(each): tuple(each) for each in (*sample.to_pylist(), *known) if each}
    return ((), *(found[text] for text in sorted(found) if text))


def _further(lists: tuple[tuple[str, ...], ...], some: Any, rows: int) -> tuple[tuple[str, ...], ...]:
    """Return lists together with some more, as long as so many are looked up as quickly."""
    found = _distinct(some[:_FEW], lists)
    sizes = {series_size(len(each), rows, _SIZES) for each in (lists, found)}
    return found if len(sizes) == 1 and len(found) * _MANY <= SAMPLE else lists


def _meant(lists: Sequence[tuple[str, ...]], table: Callable[[Any], Array]) -> Array | None:
    """Return the union of what the members of each list mean; None where one is no value."""
    lengths = np.array([len(each) for each in lists])
    codes = table(pa.array([text for each in lists for text in each], pa.string()))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    return None if codes.size and int(codes.min()) < 0 else united(codes, offsets, lengths)


def _apart(array: Any, table: Callable[[Any], Array]) -> Array | None:
    """Return the union of the members of each list, each of which is looked at; None where one is no value."""
    coded, offsets = array.values.dictionary_encode(), np.asarray(array.offsets)
    codes = table(coded.dictionary).take(np.asarray(coded.indices))
    return None if codes.size and int(codes.min()) < 0 else united(codes, offsets, np.diff(offsets))


@attrs.frozen(eq=False)
class _Series:
    """Series of so many of some lists, each in the slot that its bytes and the numbers of members of its lists lead to.

    Two series may have the same bytes, cut apart elsewhere; of two in one slot one is left out.

    Attributes:
        lists: The places of the lists of each series, that of empty ones first.
        lengths: The lengths of the members of each series, one more than they are, a byte each, as whole numbers.
        bytes: The different bytes of series.
        places: The series in each slot; where there is none, the first.
    """

    lists: Array
    lengths: Sequence[Array]
    bytes: Any
    places: Array

    def find(self, members: _Members, meant: Array, out: Array) -> Array:
        """Write what each list means, and return the places of those that are not here.

        Args:
            members: The members of all lists.
            meant: What each of the lists means of which series are made.
            out: Where it is written what each list means.
        """
        size = self.lists.shape[1]

        def found(part: slice, codes: Array) -> tuple[Array, Array]:
            own = members.offsets[part.start * size : part.stop * size + 1]
            places = self.places.take(_slots(codes, own, size), mode="clip").astype(np.intp)
            return places, members.differ(own, size, [words.take(places, mode="clip") for words in self.lengths])

        return look_up(members.joined(size), self.bytes, found, meant[self.lists], out, _BLOCK)


@lru_cache(maxsize=32)
def _series(lists: tuple[tuple[str, ...], ...], size: int) -> _Series:
    """Return every series of so many of some lists, the empty one first."""
    places = np.indices((len(lists),) * size).reshape(size, -1).T.copy()
    members = [[text.encode() for place in row for text in lists[place]] for row in places.tolist()]
    coded = pa.array([b"".join(each) for each in members], pa.binary()).dictionary_encode()
    lengths = [sum(len(text) + 1 << 8 * place for place, text in enumerate(each)) for each in members]
    words = [np.array([number >> 64 * word & (1 << 64) - 1 for number in lengths], np.uint64) for word in range(size)]
    counts = np.array([len(each) for each in lists], np.int32)[places]
    own = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts.ravel(), dtype=np.int32)])
    found = np.zeros(len(coded.dictionary) << _COUNTS * (size - 1), np.int16)
    found[_slots(np.asarray(coded.indices), own, size)] = np.arange(len(members))
    return _Series(places, words, coded.dictionary, found)


def _slots(codes: Array, offsets: Array, size: int) -> Array:
    """Return the slots of series by the places of their bytes and how many members their lists have."""
    slots: Array = codes.astype(np.intp)
    for place in range(size - 1):
        slots <<= _COUNTS
        slots |= offsets[place + 1 :: size] - offsets[place:-1:size]
    return slots


@attrs.frozen(eq=False)
class _Members:
    """The members of many lists.

    Attributes:
        values: The texts.
        offsets: Where the members of each list begin.
        ends: Where the bytes of each list begin.
        lengths: The bytes of each member from that of the first list on, of which a byte is kept; then zeros.
    """

    values: Any
    offsets: Array
    ends: Array
    lengths: Array

    @classmethod
    def of(cls, values: Any, offsets: Array) -> _Members | None:
        """Return the members of lists; None where one has too many.

        Args:
            values: An Arrow array of texts.
            offsets: Where those of each list begin.
        """
        width = np.dtype(np.int64 if pa.types.is_large_string(values.type) else np.int32)
        begins = np.frombuffer(values.buffers()[1], width)[values.offset : values.offset + len(values) + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        ends, lengths = np.empty(offsets.size, width), np.zeros(last - first + 8 * _BEYOND, np.uint8)
        for start in range(0, offsets.size - 1, 2 * _BLOCK):
            own = offsets[start : start + 2 * _BLOCK + 1]
            if int((own[1:] - own[:-1]).max()) > _MOST:
                return None
            low = begins[own[0] : own[-1] + 1].astype(np.uint8)
            np.subtract(low[1:], low[:-1], out=lengths[own[0] - first : own[-1] - first])
            begins.take(own, out=ends[start : start + own.size], mode="clip")  # what was just read lies in fast memory
        return cls(values, offsets, ends, lengths)

    def joined(self, size: int) -> Any:
        """Return the texts of each series of so many lists as one text."""
        count = (self.ends.size - 1) // size
        kind = pa.large_binary() if pa.types.is_large_string(self.values.type) else pa.binary()
        ends = pa.py_buffer(np.ascontiguousarray(self.ends[: count * size + 1 : size]))
        return pa.Array.from_buffers(kind, count, [None, ends, self.values.buffers()[2]])

    def differ(self, offsets: Array, size: int, expected: Sequence[Array]) -> Array:
        """Return where the members of series have not the lengths that are expected.

        The lengths of all are laid out eight times, each time beginning a byte later, so that those of a series stand
        in whole words of one of these.

        Args:
            offsets: Where the members of each list of the series begin.
            size: Lists in a series.
            expected: The lengths, one more than they are, a byte each, as whole numbers.
        """
        series = offsets[::size].astype(np.intp)
        begins, counts = series[:-1] - series[0], series[1:] - series[:-1]
        first, words = int(series[0] - self.offsets[0]), int(series[-1] - series[0]) // 8 + size
        shifted = np.empty((8, words), np.uint64)
        for place, row in enumerate(shifted.view(np.uint8)):
            row[:] = self.lengths[first + place : first + place + words * 8]
        places = begins & 7
        places *= words
        begins >>= 3
        places += begins
        found = np.zeros(places.size, np.bool_)
        for word, own in enumerate(expected):
            lengths = shifted.reshape(-1)[word:].take(places, mode="clip")
            lengths += _ONES
            lengths &= _MASKS[word].take(counts, mode="clip")
            found |= lengths != own
        return found


def united(codes: Array, offsets: Array, lengths: Array) -> Array:
    """Return for each list the union of its codes; where one of them is negative, something negative."""
    masks = np.zeros(lengths.size, codes.dtype)
    most = int(lengths.max(initial=0))
    if most * lengths.size > _LONG * codes.size:
        some = lengths > 0
        masks[some] = np.bitwise_or.reduceat(codes, offsets[:-1][some] - offsets[0])
        return masks
    for start in range(0, lengths.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        firsts, own = offsets[:-1][part].astype(np.int64) - int(offsets[0]), lengths[part]
        for place in range(most):
            masks[part] |= codes[place:].take(firsts, mode="clip") * (own > place)
    return masks
