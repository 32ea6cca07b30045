"""Lists of the members of sets: where they are all of them, and where further ones are possible."""

from __future__ import annotations

from typing import Any

from cso_rules.executors.planes.bits import Array, unpacked
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.facts.columns import Column
from cso_rules.model.policy import Fact
from cso_rules.model.spelling.spellings import SpellingError, read_text
from cso_rules.model.types import BOOLEAN

_MARKS = {True: 1, False: 0}
_UNSAID, _WRONG = -1, -2


def listed(fact: Fact, column: Column, array: Any, marks: Array | None, rows: int) -> Column:
    """Return a column of sets in which a list says as much as it does.

    Args:
        fact: The set.
        column: What its cells hold, taken as all members.
        array: The cells.
        marks: For each row whether its list is said to be complete (1), or not (0); None where no column says it.
        rows: How many rows there are.
    """
    if fact.lists_are_complete and marks is None:
        return column
    said = np.full(rows, _UNSAID, np.int8) if marks is None else marks
    assert column.codes is not None
    assert isinstance(fact.type.everything, tuple)
    low, everything = column.codes.astype(np.int64), np.int64(fact.type.everything[1])
    known = np.ones(rows, np.bool_) if column.known is None else unpacked(column.known, rows)
    high = np.where(known, low if column.most is None else column.most, everything)
    is_list = pa.types.is_list(array.type) or pa.types.is_large_list(array.type)
    is_none = np.zeros(rows, np.bool_) if is_list else low == 0  # a cell that says that there is none
    complete = (said == 1) | ((said < 0) & (is_none | fact.lists_are_complete))
    weak = known & (low == high) & ~complete
    return Column(column.words, codes=low, most=np.where(weak, everything, high), is_set=True)


def marks_of(array: Any) -> tuple[Array, list[tuple[int, str]]]:
    """Return for each row whether a list is said to be complete, and the cells that were not understood."""
    found = np.full(len(array), _UNSAID, np.int8)
    if pa.types.is_null(array.type):
        return found, []
    coded = array.dictionary_encode() if not pa.types.is_dictionary(array.type) else array
    meant = [_mark(value) for value in coded.dictionary.to_pylist()]
    rows = np.flatnonzero(np.asarray(coded.is_valid()))
    found[rows] = np.array(meant, np.int8)[np.asarray(coded.indices.take(pa.array(rows)))]
    wrong = np.flatnonzero(found == _WRONG).tolist()
    return found, [(row, str(array[row].as_py())) for row in wrong]


def _mark(value: object) -> int:
    try:
        read = value if isinstance(value, bool) else read_text(BOOLEAN, str(value))
    except SpellingError:
        return _WRONG
    return _UNSAID if read is None else _MARKS[bool(read)]
