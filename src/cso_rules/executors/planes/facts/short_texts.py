"""What each of many texts means, where few differ: several at a time are looked up by the bytes of all of them.

In Arrow the bytes of texts that follow one another follow one another too, so that a series of them is one text as it
lies. Guaranteed: a text is taken for another one only if all of its bytes are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa

SAMPLE: Final = 1 << 9
"""Cells that are looked at before the rest."""
_PIECE: Final = 1 << 3
"""Texts of the sample that follow one another: to read one alone costs as much."""
FEWEST: Final = 1 << 14
"""Texts from which on a sample of them costs little beside the rest."""
_SIZES: Final = (4, 2)
"""Texts in a series: so many that their lengths, a byte each, are a whole number."""
_SERIES: Final = 1 << 11
"""Series that are known at a time; of more a table has no room in fast memory."""
_FOR_EACH: Final = 1 << 5
"""Texts for each series that is known, so that making a table of series costs little beside the rest."""
_BLOCK: Final = 1 << 15
LONGEST: Final = 255
"""Bytes of a series: they can be counted in a byte."""
_FEW: Final = 1 << 3
"""Of so many rows one may be something else than is frequent, so that it is worth its time to look again."""
_CUTS: Final = 6
"""Bits that tell apart series of the same bytes."""
_SPREADS: Final = (np.arange(16, dtype=np.uint32) * np.uint32(0x9E3779B8)) ^ np.uint32(0xC2B2AE35)
"""Odd numbers without a pattern: products with them differ in their highest bits."""


@attrs.define
class Frequent:
    """What most cells of a column are, remembered from one batch to the next.

    Attributes:
        found: Texts, or lists of texts; nothing while it is not known.
        is_varied: Whether they are known to differ too much.
    """

    found: tuple[Any, ...] = ()
    is_varied: bool = False

    def keep(self, found: tuple[Any, ...], others: int, rows: int) -> None:
        """Keep what was looked up, unless too many rows were something else."""
        self.found = found if others * _FEW <= rows else ()


def meanings(texts: Any, table: Callable[[Any], Array], frequent: Frequent | None = None) -> Array | None:
    """Return what each text of an Arrow array means, anything where it is null; None where another way is faster.

    Args:
        texts: An array of texts.
        table: Returns what each of some different texts means, as whole numbers of one type.
        frequent: What most texts of the column are, which is kept up to date.
    """
    frequent, rows = frequent or Frequent(), len(texts)
    if rows < FEWEST or pa.types.is_string_view(texts.type):  # of which Arrow takes no sample
        return None
    distinct = frequent.found or tuple(sorted({"", *sampled(texts).unique().to_pylist()} - {None}))
    size = series_size(len(distinct), rows, _SIZES)
    if size is None or any(len(text.encode()) > LONGEST // size for text in distinct):
        return None
    meant = table(pa.array(distinct, pa.string()))
    found = np.empty(rows, meant.dtype)
    others = _series(distinct, size).find(texts, meant, found)
    frequent.keep(distinct, others.size, rows)
    if texts.null_count and others.size:
        others = others[np.asarray(texts.take(pa.array(others)).is_valid())]
    if others.size:
        coded = texts.take(pa.array(others)).dictionary_encode()
        found[others] = table(coded.dictionary)[np.asarray(coded.indices)]
    return found


def sampled(array: Any) -> Any:
    """Return some cells of an Arrow array."""
    places = np.arange(SAMPLE)
    return array.take(pa.array(places // _PIECE * (len(array) // SAMPLE * _PIECE) + places % _PIECE))


def series_size(distinct: int, rows: int, sizes: Sequence[int]) -> int | None:
    """Return how many texts a series has where so many differ; None where there would be too many series.

    Args:
        distinct: Different texts.
        rows: Texts that are looked up.
        sizes: Those that may be, the best first.
    """
    known = min(_SERIES, rows // _FOR_EACH)
    return next((size for size in sizes if distinct**size <= known), None)


@attrs.frozen(eq=False)
class _Series:
    """Series of so many of some texts, each in the slot that its bytes and the lengths of its texts lead to.

    Two series may have the same bytes, cut apart elsewhere; of two in one slot one is left out.

    Attributes:
        texts: The places of the texts of each series, that of empty ones first.
        lengths: The lengths of the texts of each series, as one whole number.
        bytes: The different bytes of series.
        places: The series in each slot; where there is none, the first.
        spread: What spreads the lengths of series over slots, so that few are left out.
    """

    texts: Array
    lengths: Array
    bytes: Any
    places: Array
    spread: np.uint32

    def find(self, texts: Any, meant: Array, out: Array) -> Array:
        """Write what each text means, and return the places of those that are not here.

        Args:
            texts: An Arrow array of texts.
            meant: What each of the texts means of which series are made.
            out: Where it is written what each text of the array means.
        """
        size = self.texts.shape[1]
        offsets, whole = _joined(texts, size, len(texts) // size)

        def found(part: slice, codes: Array) -> tuple[Array, Array]:
            lengths = _packed(offsets[part.start * size : part.stop * size + 1], size)
            places = self.places.take(_slots(codes, lengths, self.spread), mode="clip")
            return places, self.lengths.take(places, mode="clip") != lengths

        return look_up(whole, self.bytes, found, meant[self.texts], out, _BLOCK)


def look_up(  # noqa: PLR0913, PLR0917 - what is looked up, where, and where it is written
    whole: Any,
    known: Any,
    found: Callable[[slice, Array], tuple[Array, Array]],
    meant: Array,
    out: Array,
    block: int,
) -> Array:
    """Write what each text or list of series means, and return the places of those that are in no known series.

    Args:
        whole: The bytes of each series.
        known: The different bytes of known series.
        found: Returns which known series some may be, given their places among the known bytes, and where they are not.
        meant: What each part of each known series means.
        out: Where it is written what each text or list means; those after the last whole series are left out.
        block: How many series are looked up at a time.
    """
    from pyarrow import compute

    count, size = len(whole), meant.shape[1]
    indices = compute.index_in(whole, value_set=known.cast(whole.type))
    codes = np.asarray(indices.fill_null(-1) if indices.null_count else indices)
    written, others = out[: count * size].reshape(count, size), [np.zeros(0, np.int64)]
    for start in range(0, count, block):
        part = slice(start, min(start + block, count))
        places, is_other = found(part, codes[part])
        meant.take(places, axis=0, out=written[part], mode="clip")
        if indices.null_count:
            is_other |= codes[part] < 0
        others.append(np.flatnonzero(is_other) + start)
    rows = np.concatenate(others)[:, None] * size + np.arange(size)
    return np.concatenate([rows.ravel(), np.arange(count * size, out.size)])


@lru_cache(maxsize=32)
def _series(texts: tuple[str, ...], size: int) -> _Series:
    """Return every series of so many of some short texts, the empty one first."""
    from pyarrow import compute

    written = [text.encode() for text in texts]
    places = np.indices((len(texts),) * size).reshape(size, -1).T.copy()
    parts = [pa.array(written, pa.binary()).take(pa.array(column.copy())) for column in places.T]
    coded = compute.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary())).dictionary_encode()
    ends = np.cumsum(np.array([len(text) for text in written])[places].ravel())
    lengths = _packed(np.concatenate([np.zeros(1, np.int64), ends]), size)
    slots = [_slots(np.asarray(coded.indices), lengths, spread) for spread in _SPREADS]
    best = int(np.argmax([np.unique(each).size for each in slots]))
    found = np.zeros(len(coded.dictionary) << _CUTS, np.int16)
    found[slots[best]] = np.arange(lengths.size)
    return _Series(places, lengths, coded.dictionary, found, _SPREADS[best])


def _joined(texts: Any, size: int, count: int) -> tuple[Array, Any]:
    """Return where the texts of some series begin and end, and each series as one text."""
    is_large = pa.types.is_large_string(texts.type)
    _, ends, data = texts.buffers()
    width = np.dtype(np.int64 if is_large else np.int32)
    offsets = np.frombuffer(ends, width, count * size + 1, texts.offset * width.itemsize)
    kind, own = pa.large_binary() if is_large else pa.binary(), pa.py_buffer(np.ascontiguousarray(offsets[::size]))
    return offsets, pa.Array.from_buffers(kind, count, [None, own, data])


def _packed(offsets: Array, size: int) -> Array:
    """Return the lengths of the texts of each series, of which a byte is kept, as one whole number."""
    low = offsets.astype(np.uint8)
    return (low[1:] - low[:-1]).view(f"u{size}")


def _slots(codes: Array, lengths: Array, spread: np.uint32) -> Array:
    """Return the slots of series by the places of their bytes and their lengths."""
    cuts = lengths.astype(np.uint32, copy=False) * spread
    cuts >>= np.uint32(32 - _CUTS)
    slots = codes << np.int32(_CUTS)
    slots |= cuts.view(np.int32)
    return slots.astype(np.intp)
