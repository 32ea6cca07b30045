"""Many organizations in one process: Arrow, Parquet, CSV, XLSX or a query in, answers as Arrow batches or a file out.

Guaranteed: read = answered + refused; a value that its fact cannot have is unknown, and named with row and column.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.determination import Determination
from cso_rules.engine.bulk_answers import Layout
from cso_rules.engine.determine import determine
from cso_rules.errors import ArgumentError, UnknownNameError
from cso_rules.executors.planes.executor import Bulk
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.sql.run import Connection
from cso_rules.model.civil_dates import day_of_rules, today
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.contexts import rule_notes
from cso_rules.tables.answer.rows import SHOWN, Summary
from cso_rules.tables.batches.files import form_of, write_batches
from cso_rules.tables.batches.readable import Readable
from cso_rules.tables.batches.sources import BATCH, SECTIONS, Part, Source, ahead, filled
from cso_rules.tables.batches.texts import checked
from cso_rules.tables.batches.workbook_writer import refuse_long
from cso_rules.tables.bulk.by_place import DecidingByPlace, Routes, RunOptions
from cso_rules.tables.bulk.deciding import AnsweredPart, Deciding, FactPlaces, Language, Wanted
from cso_rules.tables.bulk.row_problems import RowProblems
from cso_rules.tables.databases.tables import is_connection, is_url, write_table
from cso_rules.tables.opening import Where, open_batches
from cso_rules.tables.problems import HEADER, CellProblem, FileProblem, RequestProblem
from cso_rules.tables.read.choices import NO_CHOICES, Choices
from cso_rules.tables.read.columns import map_columns, place_and_date

FORMAT: Final = "1"


@attrs.define
class BulkSummary(Summary):
    """Counts while batches are taken; `read == answered + refused` at any time.

    Attributes:
        problems: What was wrong with the first such cells and rows; the answers name it for each.
        found: How many such problems there are.
        share: Which part of the table has been read, up to 1; None where that is not known or `rows` tells it.
    """

    problems: list[CellProblem] = attrs.field(factory=list)
    found: int = 0
    share: float | None = None


class ManyAnswers:
    """The answers about a table, made while they are taken.

    Attributes:
        policy: The rules that the run names; rows with a place or a date of their own have others.
        summary: Counts so far.
        schema: The columns of the answers; its metadata tells the meaning of masks, and which rules were applied.
        rows: How many organizations there are, None when that is not known in advance.
        notes: What a person should be told about the table, such as its encoding.
    """

    def __init__(
        self,
        source: Source,
        policy: Policy,
        wanted: Wanted,
        run: RunOptions | None = None,
        preparing: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Prepare; only the columns of places and dates are read before batches are taken.

        Args:
            source: The table.
            policy: The rules that the run names.
            wanted: What is to be answered.
            run: How the rules of other places and dates are found; None where the table may name none.
            preparing: Called with the number of places and dates of which the rules were loaded.
        """
        self.policy = policy
        self.summary = BulkSummary()
        self._no_problems = pa.nulls(BATCH, pa.string())
        self._wanted, self._is_taken = wanted, False
        try:
            self._source = source = source.lasting if place_and_date(source.schema.names) else source
            self._routes = _routes(source, run, wanted, preparing)
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error
        self.rows = self._routes.rows if self._routes else source.rows
        self._refuse_unknown()
        self._place, self._kept = self._columns()
        places = self._routes.notes if self._routes else rule_notes([policy])
        self.notes = (*source.notes, *self._place.columns.notes, *places)
        self._decider = self._deciding()
        self._identity = self._place.identity
        self.schema = self._schema()

    def _refuse_unknown(self) -> None:
        known = {*self.policy.decisions, *(self._routes.groups.names.meanings if self._routes else ())}
        for name in sorted((self._wanted.decisions or frozenset()) - known):
            raise UnknownNameError("decision", name)

    def _columns(self) -> tuple[FactPlaces, list[int]]:
        """Return where facts stand in the batches that are decided, and which columns are read for them."""
        header, policy, routes = tuple(self._source.schema.names), self.policy, self._routes
        known = attrs.evolve(policy, facts={**policy.facts, **routes.groups.facts}) if routes else policy
        columns = map_columns(header, known, choices=self._source.choices)
        if not columns.facts and not self._source.hands_on:
            raise _no_facts(header, columns.notes)
        whole = FactPlaces(columns=columns, schema=self._source.schema, reads_all=self._source.reads_all)
        if self._source.reads_all:
            return whole, list(range(len(header)))
        needed = routes.groups.needed if routes else self._wanted.bulk(policy).facts
        of_rules = routes.at.values() if routes else ()
        kept = [*whole.columns.own_places, *of_rules, *whole.of_facts(needed).values()]
        return whole.selected(kept), kept

    def _deciding(self) -> Deciding | DecidingByPlace:
        if self._routes is None:
            return Deciding(self.policy, self._place, self._wanted)
        return DecidingByPlace(self._routes, self._place, self._wanted)

    def __iter__(self) -> Iterator[Any]:
        """Yield the answers as Arrow batches, in the order of the rows; the counts begin anew."""
        return (answers for _, answers in self._pairs())

    def _pairs(self) -> Iterator[tuple[Part, Any]]:
        """Yield the rows as they are given, with the answers about them."""
        if self._source.is_once and self._is_taken:
            raise RequestProblem.of("table-taken", Label(en="table", zh="表格"))
        self._is_taken = True
        self.summary = BulkSummary()
        found = self._source.parts(self._kept, self._kept[: len(self._identity)])
        parts = (checked(part, self._place.columns.own_places) for part in found)
        given = ahead(parts) if self._source.is_threaded else parts
        while True:
            try:
                part = next(given, None)
            except (pa.ArrowException, OSError) as error:
                raise self._broken(error) from error
            if part is None:
                return
            yield part, self._answered(part)

    def write(
        self,
        target: Path | str | Connection,
        progress: Callable[[BulkSummary], None] | None = None,
        *,
        table: str | None = None,
        replace: bool = False,
        discard: bool = False,
    ) -> BulkSummary:
        """Write the answers to a file, in the format of its ending, or into a table of a database.

        From CSV or XLSX to one of them the columns of the file stand before the answers, and masks are written as
        names; so they are in XLSX and in databases always.

        Args:
            target: The file, which appears when it is complete, or an open DB-API connection, on which one transaction
                is begun and ended.
            progress: Called after every batch.
            table: The new table of the database, perhaps with its schema.
            replace: Whether a table of that name may be replaced.
            discard: Whether it may be replaced even if it has columns that the answers do not have.

        Raises:
            FileProblem: The rows cannot be read, there is no room for the answers, or the table is there already.
        """
        if is_url(target) or is_connection(target):
            named = Readable(None, self.schema, (), "json")
            write_table(target, table, named.schema, self._watched(progress, named), replace=replace, discard=discard)
            return self.summary
        assert isinstance(target, str | os.PathLike)
        form = form_of(target)
        readable = self._readable(form)
        if form == "xlsx":
            refuse_long(target, self.rows)
        write_batches(target, readable.schema if readable else self.schema, self._watched(progress, readable))
        return self.summary

    def _readable(self, form: str) -> Readable | None:
        """Return how answers are written for people, into a file of some format; None where programs read it."""
        if self._source.hands_on and form in {"csv", "xlsx"}:
            return Readable(self._source.schema, self.schema, tuple(self._identity))
        return Readable(None, self.schema, ()) if form == "xlsx" else None

    def _watched(self, progress: Callable[[BulkSummary], None] | None, readable: Readable | None) -> Iterator[Any]:
        for given, answers in self._pairs():
            yield readable.of(given.batch, answers) if readable else answers
            if progress is not None:
                progress(self.summary)

    def _broken(self, error: Exception) -> FileProblem:
        place, cause = self.summary.read + 1, str(error).splitlines()[0][:200]
        return FileProblem.of("table-broken", Label(en=f"row {place} or later", zh=f"第 {place} 行或之后"), cause=cause)

    def _answered(self, given: Part) -> Any:
        part = self._decider.of(given)
        self._note(given, part)
        arrays = self._arrays(given, part.problems) | dict(part.arrays)
        return pa.RecordBatch.from_arrays([arrays[name] for name in self.schema.names], schema=self.schema)

    def _note(self, given: Part, part: AnsweredPart) -> None:
        problems = part.problems
        self.summary.problems += problems.first(max(SHOWN - len(self.summary.problems), 0), given.numbers)
        self.summary.found += len(problems)
        self.summary.unread += problems.unread()
        rows = given.batch.num_rows
        self.summary.read += rows
        self.summary.refused += part.refused.size
        self.summary.answered += rows - part.refused.size
        self.summary.in_doubt += int(np.setdiff1d(problems.places, part.refused).size)
        self.summary.share = given.share
        for number, aside in given.asides.items():
            self.summary.note_aside(number, aside)
        for place, text in enumerate(given.batch.schema.names):
            if not text.strip() and (count := filled(given.batch.column(place))):
                self.summary.unheaded[place] += count
        for noted, cells in ((self.summary.fillers, part.fillers), (self.summary.in_part, part.in_part)):
            for name, (count, examples) in cells.items():
                noted[self._place.columns.heading_of(name)].add((text for _, text in examples), count)

    def _arrays(self, given: Part, problems: RowProblems) -> dict[str, Any]:
        """Return the columns that stand before the answers."""
        found = {"row": pa.array(given.numbers)}
        as_text = _trimmed if self._source.hands_on else _as_text
        found |= {name: as_text(given.batch.column(place)) for name, place in self._identity.items()}
        if self._source.hands_on:
            found["section"] = given.sections
        return found | {"problem": self._problem_column(given.batch.num_rows, problems)}

    def _problem_column(self, rows: int, problems: RowProblems) -> Any:
        if len(problems):
            return problems.texts(rows, self._wanted.language)
        return self._no_problems if rows == len(self._no_problems) else pa.nulls(rows, pa.string())

    def _schema(self) -> Any:
        """Return the schema, found from the answers about no rows."""
        empty = pa.RecordBatch.from_arrays(
            [pa.nulls(0, field.type) for field in self._place.schema], schema=self._place.schema
        )
        nothing = Part(empty, np.zeros(0, np.int64), sections=pa.nulls(0, SECTIONS))
        arrays = self._arrays(nothing, RowProblems()) | self._decider.empty()
        bits = {name: {"cso-rules.bits": json.dumps(list(own))} for name, own in self._decider.meaning.items()}
        fields = [pa.field(name, array.type, metadata=bits.get(name)) for name, array in arrays.items()]
        return pa.schema(fields, metadata=self._metadata())

    def _metadata(self) -> dict[str, str]:
        policy = self.policy
        found = {
            "cso-rules.format": FORMAT, "cso-rules.policy": policy.id,
            "cso-rules.readings": json.dumps(dict(self._wanted.readings)),
            "cso-rules.notice": "decision support; an official decides",
        }  # fmt: skip
        if self._routes is not None:
            return found | {"cso-rules.digests": json.dumps(self._routes.groups.digests)}
        return found | {
            "cso-rules.digest": policy.digest,
            "cso-rules.jurisdiction": policy.jurisdiction,
            "cso-rules.as_of": policy.as_of.isoformat(),
        }


def _as_text(array: Any) -> Any:
    return array.cast(pa.string())


def _trimmed(array: Any) -> Any:
    """Return texts that people wrote, without space at their ends."""
    from pyarrow import compute

    return compute.utf8_trim_whitespace(_as_text(array))


def _no_facts(header: tuple[str, ...], notes: tuple[Label, ...]) -> FileProblem:
    listed = ", ".join(header[:5])
    said = notes[0] if notes else Label(en=listed, zh=listed)
    return RequestProblem.of("file-no-facts", HEADER, found=said)


def _routes(
    source: Source, run: RunOptions | None, wanted: Wanted, preparing: Callable[[int], object]
) -> Routes | None:
    columns = place_and_date(source.schema.names)
    if not columns:
        return None
    if run is None:
        listed = ", ".join(source.schema.names[place] for place in columns.values())
        raise RequestProblem.of("table-places", listed)
    return Routes(source, run, wanted, preparing)


def determine_many(  # noqa: PLR0913 - what a run consists of
    table: Any,
    policy: Policy | RunOptions | None = None,
    *,
    query: str | None = None,
    package: str | Path = "cn",
    jurisdiction: str | None = None,
    as_of: datetime.date | str | None = None,
    drafts: bool = False,
    local_deviations: bool = True,
    readings: Mapping[str, str] | None = None,
    decisions: Collection[str] | None = None,
    rules: bool = True,
    reasons: bool = False,
    language: Language = "zh",
    encoding: str | None = None,
    sheet: str | None = None,
    is_strict: bool = False,
    choices: Choices = NO_CHOICES,
    preparing: Callable[[int], object] = lambda _: None,
) -> ManyAnswers:
    """Answer the decisions of a policy about every row of a table; one that names places or dates is read twice.

    Columns are named like facts, or by their labels; a null or a blank cell is unknown.

    Args:
        table: A pyarrow table, batch or reader of batches, the path of a Parquet, Arrow, CSV or XLSX file, or an open
            DB-API connection or the URL of a database, with a query.
        policy: Rules in force; without it those of `package`, `jurisdiction` and `as_of`. With it the table can have
            no columns of places or dates, unless it is what finds the rules of each place and date.
        query: The SELECT that gives the rows, of a database.
        package: Id or folder of a package.
        jurisdiction: Code of a place; None is that of the package. It fills blank cells of a column of places.
        as_of: The date whose rules apply, today in Shanghai when left out. It fills blank cells of a column of dates.
        drafts: Whether packages of a place that are only drafts apply too.
        local_deviations: Whether local rules that go below higher law apply.
        readings: Options of ambiguous texts instead of the declared ones.
        decisions: What to answer; everything when None.
        rules: Whether masks of the rules that hold, and of those that are unknown, are wanted.
        reasons: Whether lists of the deciding rules and of the missing facts are wanted.
        language: The language of what is wrong with rows.
        encoding: `utf-8` or `gb18030` for a CSV file, instead of detection.
        sheet: The name or the number of a sheet of a workbook, instead of the first with a table.
        is_strict: Whether a cell that is not understood refuses its row; otherwise its fact is unknown, and named.
        choices: What columns hold that their headings do not say, and which of several tables is meant.
        preparing: Called with the number of places and dates of which the rules were loaded, before any answer.

    Raises:
        FactsError: A column cannot hold values of its fact exactly, such as binary fractions for money.
        FileProblem: The table cannot be read, or two columns say whose rules apply.
        MissingExtraError: numpy or pyarrow is missing, or what reads the table.
        UnknownNameError: There is no such package, place or decision.
    """
    run = policy or run_of(package, jurisdiction, as_of, drafts=drafts, local_deviations=local_deviations)
    _refuse_language(language)
    only = None if decisions is None else frozenset(decisions)
    wanted = Wanted(readings or {}, only, Layout(rules=rules, reasons=reasons), language, is_strict)
    routed, chosen = (run, run.policy) if isinstance(run, RunOptions) else (None, run)
    source = open_batches(table, chosen, Where(encoding=encoding, sheet=sheet, query=query, choices=choices))
    return ManyAnswers(source, chosen, wanted, routed, preparing)


def run_of(
    package: str | Path,
    jurisdiction: str | None,
    as_of: datetime.date | str | None,
    *,
    drafts: bool,
    local_deviations: bool,
) -> RunOptions:
    """Return what finds the rules of the rows of a table in rule files.

    Raises:
        UnknownNameError: There is no such place.
        ArgumentError: `as_of` is no day.
    """
    from cso_rules.loader.places import code_of_place  # reads YAML; a run with a policy needs none

    day = None if as_of is None else day_of_rules(as_of)
    place = None if jurisdiction is None else code_of_place(jurisdiction, package)
    return RunOptions(package, place, day, today(), drafts, local_deviations)


def _refuse_language(language: str) -> None:
    if language not in {"zh", "en"}:
        raise ArgumentError(
            f"language: {str(language)[:40]}; there are zh and en", f"language：{str(language)[:40]}；可用：zh、en"
        )


def decode(batch: Any, row: int, policy: Policy, readings: Mapping[str, str] | None = None) -> Determination:
    """Return the full determination of one row of a batch of facts, from the ordinary engine.

    Args:
        batch: Facts, with columns named as for `determine_many`.
        row: Place of the row in the batch, from 0.
        policy: The rules in force.
        readings: Options of ambiguous texts.
    """
    columns = map_columns(tuple(batch.schema.names), policy)
    bulk = Bulk(policy, {})
    bulk.place(columns.positions, columns.measures)
    read = bulk.read(batch.slice(row, 1))
    facts = {
        name: value
        for name in bulk.facts
        if (value := policy.facts[name].type.decode_in_part(read.domain(policy.facts[name], 0))) is not None
    }
    return determine(policy, facts, readings=readings or {})
