"""Packed bits: 64 rows a word, the first row in the lowest bit, as Arrow keeps its bitmaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cso_rules.executors.planes.extra import np, pa

if TYPE_CHECKING:
    import numpy.typing as npt

Plane: TypeAlias = "npt.NDArray[np.uint64]"
Array: TypeAlias = "npt.NDArray[Any]"

WORD: Final = 64
FEW_ROWS: Final = 512
"""Rows up to which bits are turned by the two calls that numpy has for it, and none is looked for that repeats."""
_KEPT: Final = 31 << 20
"""Bytes: the most of which glibc learns anything."""
_STEPS: Final = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


def keep_freed_memory() -> None:
    """Have the C library keep the memory of arrays for later ones.

    glibc gives an array back to the system as soon as it is freed, unless one as large was freed before; and of memory
    that comes from the system each page costs as much as a few hundred rows.
    """
    np.empty(_KEPT, np.uint8)


def word_count(rows: int) -> int:
    """Return how many words hold so many rows."""
    return -(-rows // WORD)


def packed(truths: Array, words: int) -> Plane:
    """Pack booleans; bits after the last row are zero."""
    if truths.size == words * WORD:
        return np.packbits(truths, bitorder="little").view(np.uint64)
    found = np.zeros(words * 8, np.uint8)
    part = np.packbits(truths, bitorder="little")
    found[: part.size] = part
    return found.view(np.uint64)


def unpacked(plane: Plane, rows: int) -> npt.NDArray[np.bool_]:
    """Return a boolean for each row."""
    return np.unpackbits(plane.view(np.uint8), count=rows, bitorder="little").view(np.bool_)


def truths(planes: Sequence[Plane], rows: int) -> npt.NDArray[np.bool_]:
    """Return a line of booleans for each plane, one for each row."""
    if not planes:
        return np.zeros((0, rows), np.bool_)
    return np.unpackbits(np.array(planes).view(np.uint8), axis=1, count=rows, bitorder="little").view(np.bool_)


def bits_at(plane: Plane, rows: Array) -> npt.NDArray[np.bool_]:
    """Return a boolean for each of some rows."""
    found: npt.NDArray[np.bool_] = (plane[rows // WORD] >> (rows % WORD).astype(np.uint64) & np.uint64(1)) != 0
    return found


def from_bitmap(buffer: Any, offset: int, rows: int) -> Plane:
    """Return the plane of an Arrow bitmap, which is used as it lies in memory where it can be."""
    words, shift = word_count(rows), offset % 8
    data: Array = np.frombuffer(buffer, np.uint8)[offset // 8 :]
    if shift:
        wide = np.zeros(words * 8 + 1, np.uint8)
        part = data[: words * 8 + 1]
        wide[: part.size] = part
        data = (wide[:-1] >> shift) | (wide[1:] << (8 - shift))
    if data.size >= words * 8:
        whole = data[: words * 8]
        return whole.view(np.uint64) if whole.ctypes.data % 8 == 0 else whole.copy().view(np.uint64)
    found = np.zeros(words * 8, np.uint8)
    found[: data.size] = data
    return found.view(np.uint64)


def last_word(rows: int) -> np.uint64:
    """Return the bits of the last word that stand for rows."""
    return np.uint64((1 << (rows % WORD or WORD)) - 1)


def trimmed(plane: Plane, rows: int) -> Plane:
    """Return a plane without what stands after the last row."""
    if rows % WORD == 0:
        return plane
    found = plane.copy()
    found[-1] &= last_word(rows)
    return found


def count(plane: Plane, rows: int) -> int:
    """Return in how many rows a plane is true."""
    return int(np.bitwise_count(trimmed(plane, rows)).sum())


def masks(planes: Sequence[Plane], rows: int) -> Array:
    """Return for each row the planes that are true in it, as bits of the smallest unsigned integer that has room."""
    size = next(size for size in (1, 2, 4, 8) if size * 8 >= len(planes))
    words = word_count(rows)
    found = np.zeros((words * WORD, size), np.uint8)
    if rows <= FEW_ROWS:
        found[:rows, : -(-len(planes) // 8)] = np.packbits(truths(planes, rows), axis=0, bitorder="little").T
    else:
        for place in range(0, len(planes), 8):
            found[:, place // 8] = _bytes(planes[place : place + 8], words)
    return found.view(f"<u{size}")[:rows, 0]


def _bytes(planes: Sequence[Plane], words: int) -> Array:
    """Return a byte for each row, made of up to eight planes: a transposition of squares of eight by eight bits."""
    squares = np.zeros((words * 8, 8), np.uint8)
    for place, plane in enumerate(planes):
        squares[:, place] = plane.view(np.uint8)
    word = squares.view("<u8")[:, 0]
    for shift, mask in _STEPS:
        moved = (word ^ (word >> np.uint64(shift))) & np.uint64(mask)
        word ^= moved
        moved <<= np.uint64(shift)
        word ^= moved
    return squares.reshape(-1)


def bits_of(codes: Array, size: int) -> Array:
    """Return the bits of masks, a row of booleans for each, from the lowest."""
    bits: Array = codes.astype(np.uint64)[:, None] >> np.arange(size, dtype=np.uint64) & np.uint64(1) != 0
    return bits


def combined(columns: Sequence[Array], rows: int) -> tuple[Array, Array]:
    """Return a row that has each different combination of values of some columns, and which combination each row has.

    Args:
        columns: A whole number for each row.
        rows: How many rows there are.
    """
    codes: Array = np.zeros(rows, np.int64)
    for place, column in enumerate(columns):
        values = pa.array(column).dictionary_encode()
        codes = codes * len(values.dictionary) + np.asarray(values.indices)
        if place:
            # No combination is left without a row, so that the next product has room in 64 bits however many columns.
            codes = np.asarray(pa.array(codes).dictionary_encode().indices).astype(np.int64)
    some = np.zeros(int(codes.max()) + 1 if rows else 0, np.int64)
    some[codes] = np.arange(rows)
    return some, codes
