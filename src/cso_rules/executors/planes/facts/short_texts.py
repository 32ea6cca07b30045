"""What each of many texts means, where few differ: several at a time are looked up by the bytes of all of them.

In Arrow the bytes of texts that follow one another follow one another too, so that a series of them is one text as it
lies. Guaranteed: a text is taken for another one only if all of its bytes are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa

_SAMPLE: Final = 1 << 9
_PIECE: Final = 1 << 3
"""Texts of the sample that follow one another: to read one alone costs as much."""
_FEWEST: Final = 1 << 14
"""Texts from which on a sample of them costs little beside the rest."""
_SIZES: Final = (4, 2)
"""Texts in a series: so many that their lengths, a byte each, are a whole number."""
_SERIES: Final = 1 << 11
"""Series that are known at a time; of more a table has no room in fast memory."""
_FOR_EACH: Final = 1 << 5
"""Texts for each series that is known, so that making a table of series costs little beside the rest."""
_BLOCK: Final = 1 << 14
_LONGEST: Final = 63
"""Bytes: those of a series can be counted in a byte."""
_CUTS: Final = 6
"""Bits that tell apart series of the same bytes."""
_SPREAD: Final = np.uint32(0xC2B2AE35)
"""An odd number without a pattern: products with it differ in their highest bits."""


def meanings(texts: Any, table: Callable[[Any], Array]) -> Array | None:
    """Return what each text of an Arrow array means, anything where it is null; None where another way is faster.

    Args:
        texts: An array of texts.
        table: Returns what each of some different texts means, as whole numbers of one type.
    """
    rows = len(texts)
    if rows < _FEWEST or pa.types.is_string_view(texts.type):  # of which Arrow takes no sample
        return None
    places = np.arange(_SAMPLE)
    places = places // _PIECE * (rows // _SAMPLE * _PIECE) + places % _PIECE
    sample = texts.take(pa.array(places)).unique().to_pylist()
    distinct = sorted({"", *sample} - {None})  # over a null there is mostly the empty text
    known = min(_SERIES, rows // _FOR_EACH)
    size = next((size for size in _SIZES if len(distinct) ** size <= known), None)
    if size is None or any(len(text.encode()) > _LONGEST for text in distinct):
        return None
    meant = table(pa.array(distinct, pa.string()))
    found = np.empty(rows, meant.dtype)
    others = _series(tuple(distinct), size).find(texts, meant, found)
    if texts.null_count and others.size:
        others = others[np.asarray(texts.take(pa.array(others)).is_valid())]
    if others.size:
        coded = texts.take(pa.array(others)).dictionary_encode()
        found[others] = table(coded.dictionary)[np.asarray(coded.indices)]
    return found


@attrs.frozen(eq=False)
class _Series:
    """Series of so many of some texts, each in the slot that its bytes and the lengths of its texts lead to.

    Two series may have the same bytes, cut apart elsewhere; of two in one slot one is left out.

    Attributes:
        texts: The places of the texts of each series, that of empty ones first.
        lengths: The lengths of the texts of each series, as one whole number.
        bytes: The different bytes of series.
        places: The series in each slot; where there is none, the first.
    """

    texts: Array
    lengths: Array
    bytes: Any
    places: Array

    def find(self, texts: Any, meant: Array, out: Array) -> Array:
        """Write what each text means, and return the places of those that are not here.

        Args:
            texts: An Arrow array of texts.
            meant: What each of the texts means of which series are made.
            out: Where it is written what each text of the array means.
        """
        from pyarrow import compute

        size = self.texts.shape[1]
        count = len(texts) // size
        offsets, whole = _joined(texts, size, count)
        found = compute.index_in(whole, value_set=self.bytes.cast(whole.type))
        codes = np.asarray(found.fill_null(-1) if found.null_count else found)
        series, out = meant[self.texts], out[: count * size].reshape(count, size)
        others = [np.zeros(0, np.int64)]
        for start in range(0, count, _BLOCK):
            part = slice(start, min(start + _BLOCK, count))
            own = offsets[part.start * size : part.stop * size + 1]
            lengths = _packed((own[1:] - own[:-1]).reshape(-1, size))
            places = self.places.take(_slots(codes[part], lengths), mode="clip")
            series.take(places, axis=0, out=out[part], mode="clip")
            is_other = (self.lengths.take(places, mode="clip") != lengths) | (codes[part] < 0)
            others.append(np.flatnonzero(is_other) + start)
        rows = np.concatenate(others)[:, None] * size + np.arange(size)
        return np.concatenate([rows.ravel(), np.arange(count * size, len(texts))])


@lru_cache(maxsize=32)
def _series(texts: tuple[str, ...], size: int) -> _Series:
    """Return every series of so many of some short texts, the empty one first."""
    from pyarrow import compute

    written = [text.encode() for text in texts]
    places = np.indices((len(texts),) * size).reshape(size, -1).T.copy()
    parts = [pa.array(written, pa.binary()).take(pa.array(column.copy())) for column in places.T]
    coded = compute.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary())).dictionary_encode()
    lengths = _packed(np.array([len(text) for text in written])[places])
    found = np.zeros(len(coded.dictionary) << _CUTS, np.intp)
    found[_slots(np.asarray(coded.indices), lengths)] = np.arange(lengths.size)
    return _Series(places, lengths, coded.dictionary, found)


def _joined(texts: Any, size: int, count: int) -> tuple[Array, Any]:
    """Return where the texts of some series begin and end, and each series as one text."""
    is_large = pa.types.is_large_string(texts.type)
    _, ends, data = texts.buffers()
    width = np.dtype(np.int64 if is_large else np.int32)
    offsets = np.frombuffer(ends, width, count * size + 1, texts.offset * width.itemsize)
    kind, own = pa.large_binary() if is_large else pa.binary(), pa.py_buffer(np.ascontiguousarray(offsets[::size]))
    return offsets, pa.Array.from_buffers(kind, count, [None, own, data])


def _packed(lengths: Array) -> Array:
    """Return the lengths of each series, of which a byte is kept, as one whole number."""
    return lengths.astype(np.uint8, order="C").view(f"u{lengths.shape[1]}")[:, 0]


def _slots(codes: Array, lengths: Array) -> Array:
    """Return the slots of series by the places of their bytes and their lengths."""
    cuts = lengths.astype(np.uint32, copy=False) * _SPREAD
    cuts >>= np.uint32(32 - _CUTS)
    slots = codes << np.int32(_CUTS)
    slots |= cuts.view(np.int32)
    return slots.astype(np.intp)
