"""Large tables as batches: out of Parquet and Arrow here; other modules read CSV, XLSX and databases.

Guaranteed: at most a few batches are in memory.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from cso_rules.errors import WrongKindError
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.coded import Coded
from cso_rules.model.instruments import Label
from cso_rules.tables.problems import CellProblem, FileProblem
from cso_rules.tables.read.cells import Aside
from cso_rules.tables.read.choices import NO_CHOICES, Choices
from cso_rules.tables.read.sheets import ARROW, PARQUET, start_of

BATCH: Final = 1 << 16
SECTIONS: Final = pa.dictionary(pa.int32(), pa.string())
_Item = TypeVar("_Item")


@attrs.frozen
class Part:
    """Some rows of a table.

    Attributes:
        batch: The columns of the rows that were asked for.
        numbers: The number of each row.
        problems: What is wrong with rows that cannot be answered, by their places in the batch.
        unread: What is wrong with cells that hold no value, by the place of their row and their heading.
        asides: The rows among these that are no organizations, by their numbers; they are not in the batch.
        sections: The heading of the section in which each row stands, null where there is none; None where the table
            has no such headings.
        share: Which part of the table has been read with these rows, up to 1; None when that is not known.
        signs: Texts of rows that were looked at together with these and show that others of their column mean nothing
            certain, by heading.
    """

    batch: Any
    numbers: Any
    problems: Mapping[int, Sequence[CellProblem]] = attrs.field(factory=dict)
    asides: Mapping[int, Aside] = attrs.field(factory=dict)
    share: float | None = None
    unread: Mapping[tuple[int, str], Coded] = attrs.field(factory=dict)
    sections: Any = None
    signs: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Source:
    """A table that is read in batches.

    Attributes:
        schema: Its columns.
        parts: Returns the rows with only the columns at these positions, all where none are named; of some of them it
            may be said that hardly a value occurs twice.
        rows: How many rows it has, None when that is not known in advance.
        notes: What a person should be told about the table.
        reads_all: Whether every column of a fact is read, so that a cell that is not understood is named.
        hands_on: Whether the columns of the table stand before the answers where people read them.
        is_once: Whether the rows can be gone through only once.
        is_threaded: Whether another thread may fetch the rows.
        choices: What is known of its columns beside their headings.
    """

    schema: Any
    parts: Callable[..., Iterator[Part]]
    rows: int | None = None
    notes: tuple[Label, ...] = ()
    reads_all: bool = False
    hands_on: bool = False
    is_once: bool = False
    is_threaded: bool = True
    choices: Choices = NO_CHOICES

    @property
    def lasting(self) -> Source:
        """The table as one that can be gone through more than once: one that cannot is kept in a temporary file."""
        return _kept(self) if self.is_once else self


def open_source(table: Any) -> Source:
    """Open a table, a batch, a reader of batches, or a file of Parquet or Arrow.

    Raises:
        FileProblem: The file is none of these, or cannot be read.
        TypeError: The value is no table.
    """
    if isinstance(table, str | os.PathLike):
        return _open_file(Path(table))
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if isinstance(table, pa.Table):
        return _of_batches(
            table.schema, lambda kept, _: iter(table.select(kept).to_batches(BATCH)), rows=table.num_rows
        )
    if isinstance(table, pa.RecordBatchReader):
        return _of_batches(table.schema, lambda kept, _: (batch.select(kept) for batch in table), is_once=True)
    kind = type(table).__name__
    raise WrongKindError(
        f"a pyarrow table, batch or reader, a path or a database connection, not {kind}",
        f"须为 pyarrow 的表、批次或读取器，文件路径或数据库连接，不能是 {kind}",
    )


def _of_batches(schema: Any, batches: Callable[[list[int], Collection[int]], Iterator[Any]], **more: Any) -> Source:
    """Return a table whose rows are counted from 1, out of what returns batches of some of its columns."""

    def parts(kept: Sequence[int] | None = None, unique: Collection[int] = ()) -> Iterator[Part]:
        wanted = list(range(len(schema)) if kept is None else kept)
        return numbered((batch, {}) for batch in rebatched(batches(wanted, unique)))

    return Source(schema=schema, parts=parts, **more)


def numbered(parts: Iterable[tuple[Any, Mapping[tuple[int, str], Coded]]]) -> Iterator[Part]:
    """Yield batches with the numbers of their rows, counted from 1, and with what is wrong with single cells."""
    start = 1
    for batch, unread in parts:
        stop = start + batch.num_rows
        yield Part(batch, np.arange(start, stop, dtype=np.int64), unread=unread)
        start = stop


def list_source(
    schema: Any,
    parts: Callable[[], Iterator[Part]],
    notes: tuple[Label, ...],
    choices: Choices,
    *,
    hands_on: bool = True,
) -> Source:
    """Return a table of texts that a person keeps: it numbers its rows, and its columns stand before the answers."""

    def selected(kept: Sequence[int] | None = None, _: Collection[int] = ()) -> Iterator[Part]:
        for part in parts():
            yield part if kept is None else attrs.evolve(part, batch=part.batch.select(list(kept)))

    return Source(schema=schema, parts=selected, notes=notes, reads_all=True, hands_on=hands_on, choices=choices)


def _kept(source: Source) -> Source:
    file, rows = tempfile.TemporaryFile(prefix="cso-rules."), 0  # noqa: SIM115 - it lasts as long as the table
    with contextlib.ExitStack() as unless_filled:
        unless_filled.callback(file.close)
        with pa.ipc.new_stream(file, source.schema) as writer:
            for part in source.parts():
                writer.write_batch(part.batch)
                rows += part.batch.num_rows
        unless_filled.pop_all()

    def batches(kept: list[int], _: Collection[int]) -> Iterator[Any]:
        file.seek(0)
        for batch in pa.ipc.open_stream(file):
            yield batch.select(kept)

    weakref.finalize(batches, file.close)
    return attrs.evolve(source, parts=_of_batches(source.schema, batches).parts, rows=rows, is_once=False)


def _open_file(path: Path) -> Source:
    try:
        start = start_of(path)
        return _parquet(path) if start.startswith(PARQUET) else _arrow(path, is_file=start.startswith(ARROW))
    except pa.ArrowException as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> FileProblem:
    cause = str(error).splitlines()[0][:200]
    return FileProblem.of("columns-damaged", path, cause=cause)


def _parquet(path: Path) -> Source:
    from pyarrow import parquet

    opened = partial(parquet.ParquetFile, path, memory_map=True, page_checksum_verification=True)
    plain = opened()
    schema, rows = plain.schema_arrow, plain.metadata.num_rows

    def batches(kept: list[int], unique: Collection[int]) -> Iterator[Any]:
        names = [schema.names[place] for place in kept]
        coded = {
            schema.names[place]
            for place in kept
            if place not in unique or pa.types.is_dictionary(schema.field(place).type)
        }
        columns = map(plain.schema.column, range(len(plain.schema)))
        texts = [column.path for column in columns if _is_text(column, coded)]
        with opened(read_dictionary=texts, pre_buffer=False) as file:
            for group in range(file.num_row_groups):
                yield from _of_group(file, plain, group, names)

    return _of_batches(schema, batches, rows=rows)


def _of_group(coded: Any, plain: Any, group: int, names: list[str]) -> Iterator[Any]:
    """Yield the batches of one group of rows, texts as codes where the file allows that throughout the group."""
    done = 0
    try:
        for batch in coded.iter_batches(BATCH, row_groups=[group], columns=names):
            done += batch.num_rows
            yield batch.select(names)
    except pa.ArrowNotImplementedError:
        # Lists of texts are given as codes only while the group keeps one dictionary.
        table = plain.read_row_group(group, columns=names).slice(done)
        yield from table.select(names).to_batches(BATCH)


def _is_text(column: Any, names: Collection[str]) -> bool:
    """Tell whether a column of Parquet holds texts, or lists of them, that are to be read as codes."""
    return column.path.split(".")[0] in names and column.logical_type.type == "STRING"


def _arrow(path: Path, *, is_file: bool) -> Source:
    def opened() -> Any:
        memory = pa.memory_map(str(path))
        return pa.ipc.open_file(memory) if is_file else pa.ipc.open_stream(memory)

    def batches(kept: list[int], _: Collection[int]) -> Iterator[Any]:
        reader = opened()
        found = (reader.get_batch(place) for place in range(reader.num_record_batches)) if is_file else iter(reader)
        for batch in found:
            yield batch.select(kept)

    return _of_batches(opened().schema, batches)


def filled(array: Any) -> int:
    """Return how many cells of a column hold something."""
    from pyarrow import compute

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return len(array) - int(array.null_count)
    lengths = compute.utf8_length(compute.utf8_trim_whitespace(array))
    return int(compute.sum(compute.greater(lengths, 0)).as_py() or 0)


def rebatched(batches: Iterable[Any], size: int = BATCH) -> Iterator[Any]:
    """Yield the same rows in batches of one size; the last may be smaller."""
    waiting: list[Any] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count >= size:
            whole = _joined(waiting)
            full = count - count % size
            yield from (whole.slice(start, size) for start in range(0, full, size))
            waiting, count = [whole.slice(full)], count - full
    if count:
        yield _joined(waiting)


def _joined(batches: list[Any]) -> Any:
    some = [batch for batch in batches if batch.num_rows] or batches[:1]
    if len(some) == 1:
        return some[0]
    return pa.Table.from_batches(some).unify_dictionaries().combine_chunks().to_batches()[0]


def ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items; while one is used, the next is fetched in another thread."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, items, end)
        while True:
            item = waiting.result()
            if item is end:
                return
            waiting = pool.submit(next, items, end)
            yield item  # type: ignore[misc]  # the end is no item
