"""What each of many texts means, where most are short and few differ: looked up by the bytes of the whole text.

Arrow's views keep a text of up to twelve bytes within 16 bytes, its length included and the rest zero, so that equal
views are equal texts. Guaranteed: a text is taken for another one only if all of its bytes are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa

_SAMPLE: Final = 1 << 11
_FEWEST: Final = 1 << 14
"""Texts from which on a sample of them costs little beside the rest."""
_MOST: Final = 1 << 10
"""Different texts in the sample; of more, a table has no room in fast memory."""
_LONGEST: Final = 12
_PART: Final = 1 << 17
"""Texts of which views are made at a time, in memory that is used again."""
_BLOCK: Final = 1 << 14
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
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
    sample = texts.take(pa.array(np.arange(0, rows, rows // _SAMPLE | 1)))
    views = _views(sample)
    distinct = ["", *(text for text in sample.unique().to_pylist() if text)]
    if views is None or len(distinct) > _MOST or 8 * np.count_nonzero(_are_long(views)) > len(views):
        return None
    given = pa.array(distinct, pa.string())
    lookup = _Lookup.of(given, table(given))
    found = np.empty(rows, lookup.meanings.dtype)
    parts = range(0, rows, _PART)
    others = np.concatenate(
        [lookup.find(_views(texts[start : start + _PART]), found[start : start + _PART]) + start for start in parts]
    )
    if texts.null_count and others.size:
        others = others[np.asarray(texts.take(pa.array(others)).is_valid())]
    if others.size:
        coded = texts.take(pa.array(others)).dictionary_encode()
        found[others] = table(coded.dictionary)[np.asarray(coded.indices)]
    return found


def _views(texts: Any) -> Array | None:
    """Return the view of each text as two whole numbers; None where Arrow does not make them."""
    rows, width = len(texts), 8 if pa.types.is_large_string(texts.type) else 4
    _, ends, data = texts.buffers()
    # Without nulls, over which there is mostly the empty text, and without an offset, which costs as much as rows.
    plain = pa.Array.from_buffers(texts.type, rows, [None, ends.slice(texts.offset * width, (rows + 1) * width), data])
    try:
        views = plain.cast(pa.string_view())
    except pa.ArrowNotImplementedError:  # Arrow is old
        return None
    return np.frombuffer(views.buffers()[1], np.uint64).reshape(-1, 2)[:rows]


def _are_long(views: Array) -> Array:
    """Return which views do not hold the whole text."""
    found: Array = views[:, 0] & np.uint64(2**32 - 1) > _LONGEST
    return found


@attrs.frozen(slots=False, eq=False)
class _Lookup:
    """Views and what they mean, each in the place that its bits are spread to.

    Attributes:
        views: The view in each place; a place without one holds that of the empty text, which has the first place.
        meanings: What each means.
        shift: By how many bits a product is shifted to give a place.
        is_by_start: Whether length and first four bytes tell these texts apart.
    """

    views: Array
    meanings: Array
    shift: int
    is_by_start: bool

    @classmethod
    def of(cls, texts: Any, meanings: Array) -> _Lookup:
        """Return the lookup of different texts, the empty one first, without long ones and those without a place."""
        own = _views(texts)
        assert own is not None
        bits = max(10, len(texts).bit_length() + 5)
        is_by_start = np.unique(own[:, 0]).size == len(own)
        found = cls(np.zeros((1 << bits, 2), np.uint64), np.zeros(1 << bits, meanings.dtype), 64 - bits, is_by_start)
        places, first = np.unique(found.places(own, np.empty(len(own), np.uint64)), return_index=True)
        places, first = places[is_short := ~_are_long(own[first])], first[is_short]
        found.views[places], found.meanings[places] = own[first], meanings[first]
        return found

    def places(self, views: Array, out: Array) -> Array:
        """Return where views stand if they are here."""
        if self.is_by_start:
            np.multiply(views[:, 0], _SPREAD, out=out)
        else:
            np.add(views[:, 0], views[:, 1], out=out)
            out *= _SPREAD
        out >>= np.uint64(self.shift)
        places: Array = out.view(np.int64)
        return places

    def find(self, views: Any, out: Array) -> Array:
        """Write what each view means, and return the places of those that are not here."""
        others = [np.zeros(0, np.int64)]
        for start in range(0, len(views), _BLOCK):
            part = views[start : start + _BLOCK]
            places = self.places(part, self._products[: len(part)])
            known = self.views.take(places, axis=0, out=self._taken[: len(part)], mode="clip")
            self.meanings.take(places, out=out[start : start + len(part)], mode="clip")
            is_same = known == part
            if not is_same.all():
                others.append(np.flatnonzero(~is_same.all(axis=1)) + start)
        return np.concatenate(others)

    @cached_property
    def _products(self) -> Array:
        return np.empty(_BLOCK, np.uint64)

    @cached_property
    def _taken(self) -> Array:
        return np.empty((_BLOCK, 2), np.uint64)
