"""Batches written to files: Parquet, Arrow, CSV and XLSX.

Guaranteed: at most a few batches are in memory, and a file stands under its name only when it is complete.
"""

from __future__ import annotations

import contextlib
import errno
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from cso_rules.executors.planes.extra import pa
from cso_rules.tables.batches.workbook_writer import WorkbookWriter
from cso_rules.tables.problems import FileProblem, RequestProblem
from cso_rules.tables.write.complete_file import complete_file
from cso_rules.tables.write.plain_text import FORMULA_SIGNS, MARK

ENDINGS: Final = {
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow", ".csv": "csv",
    ".xlsx": "xlsx",
}  # fmt: skip
_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_FORMULA: Final = f"^[{''.join(FORMULA_SIGNS)}]"


def form_of(path: Path | str) -> str:
    """Return the format of a file by its ending.

    Raises:
        FileProblem: The ending is that of no format.
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise RequestProblem.of("output-no-format", path, known=", ".join(ENDINGS))
    return ENDINGS[ending]


def write_batches(path: Path | str, schema: Any, batches: Iterable[Any]) -> None:
    """Write batches to a file in the format of its ending; a failure leaves what stood there alone.

    Raises:
        FileProblem: The ending tells no format, or there is no room for the file.
    """
    path, form = Path(path), form_of(path)
    try:
        with complete_file(path) as temporary:
            _fill(str(temporary), form, schema, batches)
    except OSError as error:
        if _number(error) in _FULL:
            raise FileProblem.of("output-no-room", path) from error
        if error.errno is not None:
            error.filename, error.filename2 = str(path), None  # not the name of a file that is gone
        raise


def _number(error: OSError) -> int | None:
    if error.errno is not None:
        return error.errno
    return next((number for number in _FULL if f"errno {number}" in str(error).lower()), None)


def _fill(temporary: str, form: str, schema: Any, batches: Iterable[Any]) -> None:
    with _parts(temporary) if form == "xlsx" else pa.OSFile(temporary, "wb") as sink:
        writer = _writer(form, sink, schema)
        try:
            _write_all(writer, form, batches)
        except BaseException:
            # Closing writes too, so it may fail again; the first error is the one to see.
            with contextlib.suppress(Exception):
                writer.abandon() if form == "xlsx" else writer.close()
            raise
        writer.close()


@contextlib.contextmanager
def _parts(temporary: str) -> Iterator[tuple[str, str]]:
    """Return the name of a workbook and a folder for its parts, which is gone afterwards."""
    path = Path(temporary)
    with tempfile.TemporaryDirectory(
        prefix=f"{path.name}.", suffix=".part", dir=path.parent, ignore_cleanup_errors=True
    ) as folder:
        yield temporary, folder


def _write_all(writer: Any, form: str, batches: Iterable[Any]) -> None:
    """Write batches in another thread, while the next one is made; who interrupts a workbook would wait for that."""
    if form == "xlsx":
        for batch in batches:
            _write_one(writer, form, batch)
        return
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for batch in batches:
            if waiting is not None:
                waiting.result()
            waiting = pool.submit(_write_one, writer, form, batch)
        if waiting is not None:
            waiting.result()


def _write_one(writer: Any, form: str, batch: Any) -> None:
    writer.write_batch(_for_csv(batch) if form == "csv" else joined(batch) if form == "xlsx" else batch)


def _writer(form: str, sink: Any, schema: Any) -> Any:
    if form == "parquet":
        from pyarrow import parquet

        return parquet.ParquetWriter(
            sink, schema, compression="snappy", write_statistics=False,
            use_dictionary=_coded(schema), column_encoding={"row": "DELTA_BINARY_PACKED"},
        )  # fmt: skip
    if form == "arrow":
        return pa.ipc.new_file(sink, schema)
    if form == "xlsx":
        path, folder = sink
        return WorkbookWriter(path, folder, schema.names)
    from pyarrow import csv

    sink.write(MARK)
    return csv.CSVWriter(sink, _for_csv(_empty(schema)).schema)


def _coded(schema: Any) -> list[str]:
    """Return the columns whose values are few; to look for repetition in the others costs more than it saves."""
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return coded + [f"{field.name}.list.element" for field in schema if pa.types.is_list(field.type)]


def _empty(schema: Any) -> Any:
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def _for_csv(batch: Any) -> Any:
    """Return a batch of plain columns: lists are joined, and no text begins like a formula."""
    return pa.RecordBatch.from_arrays([_harmless(array) for array in joined(batch).columns], names=batch.schema.names)


def joined(batch: Any, form: str = "、") -> Any:
    """Return a batch with texts instead of lists: names with a mark between them, or `json`."""
    columns = [in_one_text(array, form) if pa.types.is_list(array.type) else array for array in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def in_one_text(lists: Any, form: str) -> Any:
    """Return lists of names as texts, null where there is no list; `form` is the mark between names, or `json`."""
    from pyarrow import compute

    values = pa.ListArray.from_arrays(lists.offsets, lists.values.cast(pa.string()))
    texts = compute.binary_join(values, '", "' if form == "json" else form)
    if form == "json":
        is_empty = compute.equal(compute.list_value_length(values), 0)
        texts = compute.if_else(is_empty, "[]", compute.binary_join_element_wise('["', texts, '"]', ""))
    return compute.if_else(lists.is_valid(), texts, pa.scalar(None, pa.string()))


def _harmless(array: Any) -> Any:
    from pyarrow import compute

    if pa.types.is_dictionary(array.type) and pa.types.is_string(array.type.value_type):
        return _harmless(array.dictionary).take(array.indices)
    if pa.types.is_string(array.type):
        is_formula = compute.match_substring_regex(array, _FORMULA)
        if compute.any(is_formula).as_py():
            return compute.if_else(is_formula, compute.binary_join_element_wise("'", array, ""), array)
    return array
