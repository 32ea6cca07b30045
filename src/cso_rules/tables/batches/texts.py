"""Texts of large tables that are no texts: bytes that are not UTF-8, and control characters; they refuse their rows.

In comes a batch as it was read; out comes one in which every text can be read, with what is wrong with some rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.coded import Coded, said
from cso_rules.model.spelling.spellings import is_error
from cso_rules.tables.batches.sources import Part
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.cell_limits import is_text, text_problem

_CONTROLS: Final = bytes(set(range(0x20)) - set(b"\t\n\r")) + b"\x7f"
_SIGNS: Final = (b"#", "＃".encode(), b"rr", "ｒ".encode())
"""Every error that a spreadsheet shows holds one of these."""
_MORE: Final = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbb\xbf")


def checked(given: Part, own: Collection[int] = ()) -> Part:
    """Return rows of which every text can be read; those with something else have a problem.

    Args:
        given: The rows.
        own: The columns that say whose rows they are: an error in one of them is a problem of the row.
    """
    problems, numbers = dict(given.problems), given.numbers
    columns, errors = list(given.batch.columns), dict[int, list[CellProblem]]()
    for place, column in enumerate(columns):
        wrong = _wrong_values(column)
        if wrong:
            heading = given.batch.schema.names[place]
            for row, value in _rows(column, wrong):
                number = 0 if numbers is None else int(numbers[row])
                problems.setdefault(row, [CellProblem.of_row(number, _problem(heading, wrong[value]))])
            if any(isinstance(text, bytes) for text in wrong.values()):
                columns[place] = _readable(column, [value for value, text in wrong.items() if isinstance(text, bytes)])
    for place in own:
        heading = given.batch.schema.names[place]
        for row, text in _errors(columns[place]):
            problem = CellProblem.of_context(int(numbers[row]), heading, text, said("identity-error"))
            errors.setdefault(row, []).append(problem)
    problems = errors | problems
    if len(problems) == len(given.problems):
        return given
    batch = pa.RecordBatch.from_arrays(columns, schema=given.batch.schema)
    return attrs.evolve(given, batch=batch, problems=problems)


def _problem(heading: str, value: str | bytes) -> Coded:
    if isinstance(value, str):
        return text_problem(heading, value)
    name, shown = shortened(heading), shortened(value.decode(errors="backslashreplace"), 40)
    return said("row-no-utf8", heading=name, text=shown)


def _errors(column: Any) -> Iterator[tuple[int, str]]:
    """Yield the rows whose texts are what a spreadsheet shows where a formula failed, with the text."""
    values = _values(column)
    if values is not None and any(map(_bytes_of(values).__contains__, _SIGNS)):
        texts = ((place, (data or b"").decode(errors="replace")) for place, data in enumerate(_bytes(values)))
        wrong = {place: text.strip() for place, text in texts if is_error(text)}
        yield from ((row, wrong[place]) for row, place in _rows(column, wrong))


def _values(column: Any) -> Any | None:
    """Return the texts that a column holds; None where it holds none."""
    if pa.types.is_dictionary(column.type):
        return _values(column.dictionary)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _values(column.flatten())
    kind = column.type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary)
    return column if any(test(kind) for test in tests) or pa.types.is_large_binary(kind) else None


def _wrong_values(column: Any) -> dict[int, str | bytes]:
    """Return the values that are no texts, by their places: bytes that cannot be read, or what they say."""
    values = _values(column)
    if values is None or not len(values) or _is_fine(values):
        return {}
    found: dict[int, str | bytes] = {}
    for place, value in enumerate(values.cast(pa.large_binary()).to_pylist()):
        try:
            text = (value or b"").decode()
        except UnicodeDecodeError:
            found[place] = value
        else:
            if not is_text(text):
                found[place] = text
    return found


def _is_fine(values: Any) -> bool:
    """Tell quickly whether all values are texts without control characters."""
    whole = _bytes_of(values)
    if len(whole.translate(None, _CONTROLS)) < len(whole) or _MORE.search(whole):
        return False
    return whole.isascii() or _is_utf8(values)


def _bytes_of(values: Any) -> bytes:
    """Return all texts in one piece."""
    if pa.types.is_string_view(values.type):
        values = values.cast(pa.large_binary())
    is_large = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _, offsets, data = values.buffers()
    if data is None:
        return b""
    places = np.frombuffer(offsets, np.int64 if is_large else np.int32)
    start, end = int(places[values.offset]), int(places[values.offset + len(values)])
    return bytes(data[start:end])


def _is_utf8(values: Any) -> bool:
    kind = pa.large_string() if pa.types.is_large_binary(values.type) else pa.string()
    texts = values if pa.types.is_large_string(values.type) else values.view(kind)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _rows(column: Any, wrong: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield the rows that hold values that are wrong, with the place of the value."""
    if pa.types.is_dictionary(column.type):
        indices = np.asarray(column.indices.fill_null(-1))
        for row in np.flatnonzero(np.isin(indices, list(wrong))).tolist():
            yield row, int(indices[row])
    elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        parents = column.value_parent_indices() if hasattr(column, "value_parent_indices") else _parents(column)
        flat = column.flatten()
        inner = dict(_rows(flat, wrong)) if pa.types.is_dictionary(flat.type) else {place: place for place in wrong}
        for place, value in inner.items():
            yield parents[place].as_py(), value
    else:
        yield from ((place, place) for place in wrong)


def _parents(column: Any) -> Any:
    from pyarrow import compute

    return compute.list_parent_indices(column)


def _readable(column: Any, wrong: list[int]) -> Any:
    """Return a column in which nothing stands where values cannot be read."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, _readable(column.dictionary, wrong))
    rows = {row for row, _ in _rows(column, wrong)}
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _without_lists(column, rows, wrong)
    return pa.array([None if row in rows else value for row, value in enumerate(_bytes(column))], column.type)


def _bytes(column: Any) -> list[Any]:
    values: list[Any] = column.cast(pa.large_binary()).to_pylist()
    return values


def _without_lists(column: Any, rows: set[int], wrong: list[int]) -> Any:
    """Return lists of which some are null, and what they held is gone."""
    places = pa.array([None if row in rows else row for row in range(len(column))], pa.int64())
    found = column.take(places)
    if not pa.types.is_dictionary(found.values.type):
        return found
    return type(found).from_arrays(found.offsets, _readable(found.values, wrong), mask=found.is_null())
