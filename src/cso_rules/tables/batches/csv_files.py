"""Large CSV files as Arrow batches, column by column; encoding, header, ragged rows and totals are as everywhere.

Guaranteed: every record that is not blank is in a batch or named as a row of totals; a row that does not fit the header
has a problem.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.coded import Coded
from cso_rules.model.policy import Policy
from cso_rules.tables.batches.csv_blocks import Block, blocks, rows_of, start_after
from cso_rules.tables.batches.sources import BATCH, Part, Source, list_source
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.asides import MAY_BE_ASIDE, PLAIN_WORDS, Table
from cso_rules.tables.read.cell_limits import CELL_LIMIT, too_long
from cso_rules.tables.read.cells import Aside, Sheet, is_blank
from cso_rules.tables.read.columns import facts_at, place_and_date
from cso_rules.tables.read.delimited import MOST_CELLS, RAGGED_LIMIT, find_separator, too_ragged
from cso_rules.tables.read.ditto import DITTO
from cso_rules.tables.read.headings import Headings
from cso_rules.tables.read.several_tables import second_table
from cso_rules.tables.read.sheets import ragged

_ANY_WORD: Final = r"[^\x00-\x7f]|[lL:*]|[iI][dD]|[aA][mM][eE]|^[1A(]"
"""What texts hold that may make their row an aside; plain ids hold none of it."""
_SPACE: Final = r"[\s\pZ\x{1c}-\x{1f}\x{85}\v]*"
_DITTO: Final = rf"^{_SPACE}(?:{'|'.join(DITTO)}){_SPACE}$"


def csv_source(sheet: Sheet, policy: Policy, headings: Headings) -> Source:
    """Return a CSV file in batches; nothing but its header and its encoding was looked at yet.

    Args:
        sheet: The file, as it was opened.
        policy: The rules whose facts the headings name.
        headings: By which names columns are known.
    """
    path, encoding, choices = sheet.path, sheet.encoding, sheet.choices
    assert encoding is not None
    repeated = {*facts_at(sheet.header, policy, choices), *place_and_date(sheet.header).values()}
    kinds = [
        pa.dictionary(pa.int32(), pa.string()) if at in repeated else pa.string() for at in range(len(sheet.header))
    ]
    separator = find_separator(path, encoding)
    found = partial(blocks, path, encoding, separator, start_after(path, encoding, separator, sheet.header_row))
    schema = pa.schema([pa.field(name, kind) for name, kind in zip(sheet.header, kinds, strict=True)])

    def parts() -> Iterator[Part]:
        parser = Parser(path=path, schema=schema, separator=separator, headings=headings, header_row=sheet.header_row)
        return (attrs.evolve(part, share=block.share) for block in found() for part in parser.parse(block))

    return list_source(schema, parts, sheet.notes, choices)


@attrs.define(kw_only=True)
class Parser:
    """Makes batches of the blocks of one file.

    Attributes:
        table: What tells rows that are no organizations apart.
        count: How many cells the rows of the file have; blank ones may follow those of the header.
        above: The last row that is an organization and fits the header.
        section: The last heading of a section.
        labels: Texts with which the header of another table may begin.
    """

    schema: Any
    separator: str
    headings: Headings
    path: Path = attrs.field(factory=Path)
    count: int = 0
    rows: int = 0
    ragged: int = 0
    header_row: int = 1
    above: list[str | None] = attrs.field(factory=list)
    section: str | None = None
    labels: Any = attrs.field(init=False)
    table: Table = attrs.field(init=False)

    @table.default
    def _table(self) -> Table:
        return Table.of(tuple(self.schema.names), self.headings)

    @labels.default
    def _labels(self) -> Any:
        return pa.array(sorted({*self.headings.known, *self.headings.others}), pa.string())

    def parse(self, block: Block) -> Iterator[Part]:
        """Yield the rows of a block; blank rows are left out, rows of totals are only named."""
        columns, problems = self._read(block)
        rows = block.lines.size
        self.rows += rows
        ragged = frozenset(problems)
        for name, column in zip(self.schema.names, columns, strict=True):
            for row in _too_long(column):
                problems.setdefault(row, too_long(name))
        blank, asides, sections = _left_out(columns, rows, self.table, self.labels)
        self._refuse_second(columns, block, asides)
        left_out = np.union1d(np.setdiff1d(blank, np.fromiter(problems, np.int64, len(problems))), _places(asides))
        columns = self._filled(columns, np.setdiff1d(np.arange(rows), left_out), ragged)
        batch = pa.RecordBatch.from_arrays(columns, schema=self.schema)
        numbers, of_sections = block.lines, self._sections(sections, rows)
        named = {int(numbers[row]): asides[row] for row in sorted(asides)}
        if left_out.size:
            kept = np.delete(np.arange(rows), left_out)
            batch, numbers, of_sections = batch.take(pa.array(kept)), numbers[kept], of_sections.take(pa.array(kept))
            places = {int(row): place for place, row in enumerate(kept)} if problems else {}
            problems = {places[row]: problem for row, problem in problems.items() if row in places}
        own = {row: [CellProblem.of_row(int(numbers[row]), label)] for row, label in problems.items()}
        yield from _slices(Part(batch, numbers, own, named, sections=of_sections))

    def _sections(self, headings: Mapping[int, str], rows: int) -> Any:
        """Return the section of each row, by the headings that stand among the rows."""
        names, starts = [self.section, *headings.values()], np.fromiter(headings, np.int64, len(headings))
        self.section = names[-1]
        codes = np.searchsorted(starts, np.arange(rows), side="right").astype(np.int32)
        return pa.array(names, pa.string()).dictionary_encode().take(pa.array(codes))

    def _refuse_second(self, columns: list[Any], block: Block, asides: Mapping[int, Aside]) -> None:
        """Refuse a file in which the header of another table stands."""
        for row in (row for row, aside in asides.items() if aside == "header"):
            cells = [column[row].as_py() or "" for column in columns]
            raise second_table(self.path, self.header_row, self.schema.names, int(block.lines[row]), cells)

    def _filled(self, columns: list[Any], kept: Array, ragged: Collection[int]) -> list[Any]:
        """Return columns in which cells that say the same as the one above hold what it holds."""
        fitting = kept if not ragged else np.setdiff1d(kept, np.fromiter(ragged, np.int64, len(ragged)))
        if not fitting.size:
            return columns
        above = self.above or [None] * len(columns)
        found = [_repeated(column, fitting, last) for column, last in zip(columns, above, strict=True)]
        self.above = [column[int(fitting[-1])].as_py() for column in found]
        return found

    def _read(self, block: Block) -> tuple[list[Any], dict[int, Coded]]:
        """Return the columns of the header, and what is wrong with rows as a whole."""
        if block.rows is None:
            columns, strays = self._by_arrow(block)
            if len(columns[0]) + len(strays) == block.lines.size:
                return self._together(columns, strays)
        rows = rows_of(block, self.separator)
        return self._together([pa.nulls(0, pa.string())] * len(self.schema), dict(enumerate(rows)))

    def _by_arrow(self, block: Block) -> tuple[list[Any], dict[int, list[str]]]:
        """Return the columns of the rows that have the usual number of cells, and the cells of the others by place."""
        width = len(self.schema)
        columns, others = self._parsed(block, self.count or width)
        if len(others) > len(columns[0]):
            usual = Counter(row.actual_columns for row in others).most_common(1)[0][0]
            if width <= usual <= MOST_CELLS:
                self.count = usual
                columns, others = self._parsed(block, usual)
        strays = {row.number - 1: self._cells(row.text) for row in others}
        return columns, strays

    def _parsed(self, block: Block, count: int) -> tuple[list[Any], list[Any]]:
        from pyarrow import csv as arrow_csv

        others: list[Any] = []

        def note(row: Any) -> str:
            others.append(row)
            return "skip"

        names = [str(place) for place in range(count)]
        kinds = {name: self._kind(place) for place, name in enumerate(names)}
        table = arrow_csv.read_csv(
            pa.BufferReader(block.data),
            arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(block.data) + 1),
            arrow_csv.ParseOptions(
                delimiter=self.separator, newlines_in_values=block.has_quotes, invalid_row_handler=note
            ),
            arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
        return [_whole(column) for column in table.columns], others

    def _kind(self, place: int) -> Any:
        return self.schema.field(place).type if place < len(self.schema) else pa.string()

    def _cells(self, text: str) -> list[str]:
        if text.count(self.separator) > MOST_CELLS and not text.strip(self.separator + " \r\n"):
            return [""]
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=self.separator, strict=True))

    def _together(self, columns: list[Any], strays: Mapping[int, list[str]]) -> tuple[list[Any], dict[int, Coded]]:
        """Return whole columns with the strays in their places."""
        width, usual = len(self.schema), len(columns[0])
        self.ragged += sum(len(cells) < width and any(map(str.strip, cells)) for cells in strays.values())
        if self.ragged > RAGGED_LIMIT and self.ragged * 2 > self.rows + usual + len(strays):
            raise too_ragged(self.path, self.rows + usual + len(strays))
        surplus, columns = columns[width:], columns[:width]
        spoilt = sorted({row for column in surplus for row in np.flatnonzero(_has_content(column)).tolist()})
        places = np.fromiter(sorted(strays), np.int64, len(strays))
        of_usual = np.delete(np.arange(usual + places.size), places)
        problems = {int(of_usual[row]): ragged(width + len(surplus), width) for row in spoilt}
        if not strays:
            return columns, problems
        for place, cells in strays.items():
            if len(cells) != width and not is_blank(tuple(cells)) and not _is_only_longer(cells, width):
                problems[place] = ragged(len(cells), width)
        order = np.argsort(np.concatenate([of_usual, places]))
        ordered = [strays[place] for place in places.tolist()]
        return [_joined(column, ordered, at, self._kind(at), order) for at, column in enumerate(columns)], problems


def _repeated(column: Any, rows: Array, above: str | None) -> Any:
    """Return a column with what cells of these rows repeat; `above` stands over the first of them."""
    says_ditto = np.flatnonzero(_per_text(column, _is_ditto)[rows])
    if not says_ditto.size:
        return column
    texts = column.to_pylist()
    for at in says_ditto.tolist():
        before = above if at == 0 else texts[rows[at - 1]]
        texts[rows[at]] = texts[rows[at]] if before is None else before
    found = pa.array(texts, pa.string())
    return found.dictionary_encode() if pa.types.is_dictionary(column.type) else found


def _is_ditto(texts: Any) -> Array:
    from pyarrow import compute

    found: Array = np.asarray(compute.match_substring_regex(texts, _DITTO))
    return found


def _whole(column: Any) -> Any:
    found = column.combine_chunks()
    return found.chunk(0) if isinstance(found, pa.ChunkedArray) else found


def _joined(column: Any, rows: Sequence[list[str]], at: int, kind: Any, order: Array) -> Any:
    more = pa.array([cells[at] if at < len(cells) else "" for cells in rows], pa.string())
    more = more.dictionary_encode() if pa.types.is_dictionary(kind) else more
    both = pa.concat_arrays([column, more]) if len(column) else more
    return both.take(pa.array(order))


def _is_only_longer(cells: list[str], width: int) -> bool:
    return len(cells) > width and is_blank(tuple(cells[width:]))


def _slices(whole: Part) -> Iterator[Part]:
    """Yield rows in parts that are not too large; the first one names the rows that are no organizations."""
    for start in range(0, max(whole.batch.num_rows, 1), BATCH):
        stop = start + BATCH
        yield attrs.evolve(
            whole,
            asides={} if start else whole.asides,
            batch=whole.batch if whole.batch.num_rows <= BATCH else whole.batch.slice(start, BATCH),
            numbers=whole.numbers[start:stop],
            problems={row - start: problem for row, problem in whole.problems.items() if start <= row < stop},
            sections=whole.sections.slice(start, BATCH),
        )


def _places(asides: Mapping[int, Aside]) -> Array:
    return np.fromiter(asides, np.int64, len(asides))


def _per_text(column: Any, test: Callable[[Any], Array]) -> Array:
    """Return a test of each row; one of a dictionary is made once for each text."""
    if not pa.types.is_dictionary(column.type):
        return test(column)
    found: Array = test(column.dictionary)[np.asarray(column.indices)]
    return found


def _has_content(column: Any) -> Array:
    from pyarrow import compute

    def test(texts: Any) -> Array:
        found: Array = np.asarray(compute.binary_length(texts)) > 0
        if found.any():
            found &= ~np.asarray(compute.utf8_is_space(texts))
        return found

    return _per_text(column, test)


def _too_long(column: Any) -> Iterable[int]:
    from pyarrow import compute

    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    longest = compute.max(compute.binary_length(texts)).as_py()
    if longest is None or longest <= CELL_LIMIT:
        return ()
    is_long = _per_text(column, lambda found: np.asarray(compute.utf8_length(found)) > CELL_LIMIT)
    rows: list[int] = np.flatnonzero(is_long).tolist()
    return rows


def _left_out(
    columns: Sequence[Any], rows: int, table: Table, labels: Any
) -> tuple[Array, dict[int, Aside], dict[int, str]]:
    """Return the blank rows, those that are no organizations by what they hold, and which of them begin a section."""
    open_rows, candidates = np.arange(rows), list[Array]()
    for at, column in enumerate(columns):
        if not open_rows.size:
            break
        part = column if open_rows.size == rows else column.take(pa.array(open_rows))
        has_content = _has_content(part)
        may_be = has_content & _per_text(part, partial(_may_be_aside, heading=table.header[at], labels=labels))
        if table.name is not None and at < table.name:
            may_be |= has_content & _per_text(part, _is_words) & ~_has_name(columns[table.name], open_rows, rows)
        candidates.append(open_rows[may_be])
        open_rows = open_rows[~has_content]
    found = np.concatenate(candidates) if candidates else open_rows[:0]
    found.sort()
    cells = list(zip(*(column.take(pa.array(found)).to_pylist() for column in columns), strict=True))
    asides = {int(row): aside for row, own in zip(found, cells, strict=True) if (aside := table.aside(own)) is not None}
    sections = {
        int(row): table.section(own) for row, own in zip(found, cells, strict=True) if asides.get(row) == "note"
    }
    return open_rows, asides, {row: text for row, text in sections.items() if text}


def _has_name(names: Any, places: Array, rows: int) -> Array:
    return _has_content(names if places.size == rows else names.take(pa.array(places)))


def _may_be_aside(texts: Any, heading: str, labels: Any) -> Array:
    """Return which texts may make their row an aside; plain ids are told apart without normalising them."""
    from pyarrow import compute

    maybe = np.flatnonzero(np.asarray(compute.match_substring_regex(texts, _ANY_WORD)))
    found: Array = np.asarray(compute.equal(texts, heading)).copy()
    if maybe.size:
        plain = compute.utf8_normalize(texts.take(pa.array(maybe)), form="NFKC")
        plain = compute.replace_substring_regex(plain, r"\s+", "")
        found[maybe] |= np.asarray(compute.match_substring_regex(plain, MAY_BE_ASIDE))
        key = compute.replace_substring_regex(compute.utf8_lower(plain), r"\([^()]*\)|\[[^\[\]]*\]|[:*]", "")
        found[maybe] |= np.asarray(compute.is_in(key, value_set=labels))
    return found


def _is_words(texts: Any) -> Array:
    from pyarrow import compute

    found: Array = np.asarray(compute.match_substring_regex(texts, PLAIN_WORDS))
    return found
