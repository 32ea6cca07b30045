"""Many organizations in one process: Arrow, Parquet or CSV in, answers as Arrow batches or a file out.

Guaranteed: read = answered + refused; a value that its fact cannot have refuses its row, with row and column.
"""

from __future__ import annotations

import datetime
import itertools
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from cso_rules.determination import Determination
from cso_rules.engine.bulk_answers import Layout, Lists, Tables
from cso_rules.engine.bulk_missing import MissingFacts
from cso_rules.engine.determine import determine
from cso_rules.errors import UnknownNameError
from cso_rules.executors.bulk import Answers, Bulk
from cso_rules.executors.bulk_bits import Plane, count, trimmed, unpacked
from cso_rules.executors.bulk_columns import Reader
from cso_rules.executors.bulk_extra import np, pa
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.population.bulk_files import BATCH, Given, Source, ahead, form_of, open_source, rebatched, write_batches
from cso_rules.population.bulk_readable import Readable
from cso_rules.population.columns import Columns, map_columns
from cso_rules.population.problems import FileProblem

FORMAT: Final = "1"
SHOWN: Final = 100
SHANGHAI: Final = datetime.timezone(datetime.timedelta(hours=8), "Asia/Shanghai")
Language = Literal["zh", "en"]


@attrs.frozen
class RowProblem:
    """Why a row was refused; rows are counted from 1, those of CSV by the lines of the file."""

    row: int
    message: str


@attrs.define
class BulkSummary:
    """Counts while batches are taken; `read == answered + refused` at any time.

    Attributes:
        problems: What was wrong with the first refused rows; the answers name it for each.
        totals: How many rows of totals were left out, which are no organizations and in none of the counts.
        totals_rows: The numbers of the first of them.
    """

    read: int = 0
    answered: int = 0
    refused: int = 0
    problems: list[RowProblem] = attrs.field(factory=list)
    totals: int = 0
    totals_rows: list[int] = attrs.field(factory=list)


class ManyAnswers:
    """The answers about a table, made while they are taken.

    Attributes:
        policy: The rules that are applied.
        summary: Counts so far.
        schema: The columns of the answers; its metadata tells the meaning of masks, and which rules were applied.
        rows: How many organizations there are, None when that is not known in advance.
        notes: What a person should be told about the table, such as its encoding.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a run consists of
        self,
        source: Source,
        policy: Policy,
        readings: Mapping[str, str],
        names: tuple[str, ...],
        layout: Layout,
        language: Language,
    ) -> None:
        """Prepare; nothing is read before batches are taken."""
        self.policy = policy
        self.summary = BulkSummary()
        self._no_problems = pa.nulls(BATCH, pa.string())
        self.rows = source.rows
        self.notes = source.notes
        self._source, self._readings, self._language, self._layout = source, readings, language, layout
        self._columns = _mapped(source, policy)
        self._bulk, self._kept = self._prepared(names)
        self._unread = self._reader_of_others() if source.given is not None else None
        self._tables = Tables({name: policy.decisions[name] for name in names}, layout)
        self._missing = MissingFacts(self._bulk.policy)
        self._lists = {name: Lists(self._missing.facts_of(name)) for name in names if layout.reasons}
        self.schema = self._schema()

    def _prepared(self, names: tuple[str, ...]) -> tuple[Bulk, list[int]]:
        places = {name: place for place, name in self._columns.facts.items()}
        with_rules = self._layout.rules or self._layout.reasons
        bulk = Bulk(
            self.policy, {}, readings=self._readings, decisions=names,
            with_rules=with_rules, with_missing=self._layout.reasons,
        )  # fmt: skip
        identity = (self._columns.identifier, self._columns.name)
        kept = [place for place in identity if place is not None]
        kept += [places[name] for name in bulk.facts if name in places]
        bulk.place({name: kept.index(places[name]) for name in bulk.facts if name in places})
        bulk.check(pa.schema([self._source.schema.field(place) for place in kept]))
        return bulk, kept

    def _reader_of_others(self) -> Reader:
        """Return what reads the facts that no answer needs: a cell that is not understood still refuses its row."""
        positions = {name: place for place, name in self._columns.facts.items() if name not in self._bulk.facts}
        return Reader(self.policy, positions, tuple(positions))

    def __iter__(self) -> Iterator[Any]:
        """Yield the answers as Arrow batches, in the order of the rows; the counts begin anew."""
        return (answers for _, answers in self._pairs())

    def _pairs(self) -> Iterator[tuple[Given, Any]]:
        """Yield the rows as they are given, with the answers about them."""
        self.summary = BulkSummary()
        given = ahead(self._given())
        while True:
            try:
                part = next(given, None)
            except (pa.ArrowException, OSError) as error:
                raise self._broken(error) from error
            if part is None:
                return
            yield part, self._answered(part)

    def _given(self) -> Iterator[Given]:
        if self._source.given is not None:
            yield from self._source.given()
            return
        start = 1
        for batch in rebatched(self._source.batches(self._kept, self._kept[: len(self._identity())])):
            stop = start + batch.num_rows
            yield Given(batch, np.arange(start, stop, dtype=np.int64), {})
            start = stop

    def write(self, path: Path | str, progress: Callable[[BulkSummary], None] | None = None) -> BulkSummary:
        """Write the answers to a file, in the format of its ending: Parquet, Arrow or CSV.

        From CSV to CSV the columns of the file stand before the answers, and masks are written as names.

        Args:
            path: The file; it appears when it is complete.
            progress: Called after every batch.

        Raises:
            FileProblem: The table cannot be read, or there is no room for the answers.
        """
        readable = None
        if self._source.given is not None and form_of(path) == "csv":
            readable = Readable(self._source.schema, self.schema, tuple(self._identity()))
        schema = readable.schema if readable else self.schema
        write_batches(path, schema, self._watched(progress, readable))
        return self.summary

    def _watched(self, progress: Callable[[BulkSummary], None] | None, readable: Readable | None) -> Iterator[Any]:
        for given, answers in self._pairs():
            yield readable.of(given.batch, answers) if readable else answers
            if progress is not None:
                progress(self.summary)

    def _broken(self, error: Exception) -> FileProblem:
        place, cause = self.summary.read + 1, str(error).splitlines()[0][:200]
        return FileProblem(
            Label(en=f"row {place} or later", zh=f"第 {place} 行或之后"),
            Label(en=f"the table cannot be read ({cause})", zh=f"无法读取（{cause}）"),
            Label(en="Write the table again; nothing was written", zh="请重新生成表格；未写出任何结果"),
        )

    def _answered(self, given: Given) -> Any:
        batch = given.batch if self._source.given is None else given.batch.select(self._kept)
        columns = self._bulk.read(batch)
        if self._unread is not None:
            columns.problems += self._unread.read(given.batch).problems
        answers = self._bulk.decide(columns)
        refused = trimmed(answers.refused() | _plane(given.problems, answers.columns.words), answers.rows)
        number = count(refused, answers.rows)
        texts = self._problems(answers) | self._own_problems(given) if number else {}
        self._note(given, number, texts)
        fine = None if number == 0 else ~refused
        arrays = dict(self._arrays(batch, answers, given.numbers, fine, texts))
        return pa.RecordBatch.from_arrays([arrays[name] for name in self.schema.names], schema=self.schema)

    def _note(self, given: Given, refused: int, texts: Mapping[int, str]) -> None:
        wanted = itertools.islice(sorted(texts.items()), max(0, SHOWN - len(self.summary.problems)))
        self.summary.problems += [RowProblem(int(given.numbers[row]), text) for row, text in wanted]
        rows = given.batch.num_rows
        self.summary.read += rows
        self.summary.refused += refused
        self.summary.answered += rows - refused
        self.summary.totals += len(given.totals)
        self.summary.totals_rows += given.totals[: max(0, SHOWN - len(self.summary.totals_rows))]

    def _own_problems(self, given: Given) -> dict[int, str]:
        """Return what is wrong with rows as a whole; then their cells do not matter."""
        return {row: label.in_language(self._language) for row, label in given.problems.items()}

    def _problems(self, answers: Answers) -> dict[int, str]:
        """Return what is wrong with each refused row."""
        found: dict[int, list[str]] = {}
        for row, _, english, chinese in answers.problems:
            found.setdefault(row, []).append(english if self._language == "en" else chinese)
        for place, plane in answers.contradictions():
            message = self.policy.constraints[place].message
            text = message.en if self._language == "en" else message.zh
            for row in np.flatnonzero(unpacked(plane, answers.rows)).tolist():
                found.setdefault(row, []).append(text)
        return {row: "; ".join(texts) for row, texts in found.items()}

    def _arrays(
        self, batch: Any, answers: Answers, numbers: Any, fine: Plane | None, texts: Mapping[int, str]
    ) -> Iterator[tuple[str, Any]]:
        rows = answers.rows
        yield "row", pa.array(numbers)
        for name, place in self._identity().items():
            yield name, _as_text(batch.column(place))
        yield "problem", self._problem_column(rows, texts)
        yield from self._tables.columns(answers, fine)
        if self._lists:
            planes = self._missing.planes(answers, tuple(self._lists))
            for name, lists in self._lists.items():
                yield f"{name}.missing", lists.of(planes[name], rows, fine)

    def _problem_column(self, rows: int, texts: Mapping[int, str]) -> Any:
        if not texts:
            return self._no_problems if rows == len(self._no_problems) else pa.nulls(rows, pa.string())
        column: list[str | None] = [None] * rows
        for row, text in texts.items():
            column[row] = text
        return pa.array(column, pa.string())

    def _identity(self) -> dict[str, int]:
        given = {"organization_id": self._columns.identifier, "organization_name": self._columns.name}
        return {name: self._kept.index(place) for name, place in given.items() if place is not None}

    def _schema(self) -> Any:
        """Return the schema, found from the answers about no rows."""
        fields = [self._source.schema.field(place) for place in self._kept]
        empty = pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in fields], schema=pa.schema(fields))
        arrays = dict(self._arrays(empty, self._bulk.answer(empty), np.zeros(0, np.int64), None, {}))
        meaning = self._tables.meaning()
        return pa.schema(
            [
                pa.field(name, array.type, metadata=_bits(meaning[name]) if name in meaning else None)
                for name, array in arrays.items()
            ],
            metadata=self._metadata(),
        )

    def _metadata(self) -> dict[str, str]:
        policy = self.policy
        return {
            "cso-rules.format": FORMAT, "cso-rules.policy": policy.id, "cso-rules.digest": policy.digest,
            "cso-rules.jurisdiction": policy.jurisdiction, "cso-rules.as_of": policy.as_of.isoformat(),
            "cso-rules.readings": json.dumps(dict(self._readings)),
            "cso-rules.notice": "decision support; an official decides",
        }  # fmt: skip


def _plane(rows: Iterable[int], words: int) -> Plane:
    found = np.zeros(words, np.uint64)
    for row in rows:
        found[row // 64] |= np.uint64(1 << row % 64)
    return found


def _bits(meaning: tuple[str, ...]) -> dict[str, str]:
    return {"cso-rules.bits": json.dumps(list(meaning))}


def _as_text(array: Any) -> Any:
    return array.cast(pa.string())


def _mapped(source: Source, policy: Policy) -> Columns:
    columns = map_columns(tuple(source.schema.names), policy)
    varying = [source.schema.names[place] for place in (columns.place, columns.date) if place is not None]
    if varying:
        listed = ", ".join(varying)
        raise FileProblem(
            Label(en=listed, zh=listed),
            Label(en="many rows are answered for one place and one date", zh="批量处理只适用于同一地区、同一日期"),
            Label(
                en="Leave the column out and name place and date for the run, or use `classify`",
                zh="请去掉此列并为整次运行指定地区和日期，或使用 classify",
            ),
        )
    return columns


def determine_many(  # noqa: PLR0913 - what a run consists of
    table: Any,
    policy: Policy | None = None,
    *,
    package: str = "cn",
    jurisdiction: str | None = None,
    as_of: datetime.date | None = None,
    readings: Mapping[str, str] | None = None,
    decisions: Collection[str] | None = None,
    rules: bool = True,
    reasons: bool = False,
    language: Language = "zh",
    encoding: str | None = None,
) -> ManyAnswers:
    """Answer the decisions of a policy about every row of a table.

    Args:
        table: A pyarrow table, batch or reader of batches, or the path of a Parquet, Arrow or CSV file. Columns are
            named like facts, or by their labels; a null or a blank cell is unknown.
        policy: Rules in force; without it those of `package`, `jurisdiction` and `as_of`.
        package: Id or folder of a package.
        jurisdiction: Code of a place; None is that of the package.
        as_of: The date whose rules apply; today in Shanghai when left out.
        readings: Options of ambiguous texts instead of the declared ones.
        decisions: What to answer; everything when None.
        rules: Whether masks of the rules that hold, and of those that are unknown, are wanted.
        reasons: Whether lists of the deciding rules and of the missing facts are wanted.
        language: The language of what is wrong with refused rows.
        encoding: `utf-8` or `gb18030` for a CSV file, instead of detection.

    Raises:
        FactsError: A column cannot hold values of its fact exactly, such as binary fractions for money.
        FileProblem: The table cannot be read, or a heading is nearly that of a fact.
        MissingExtraError: numpy or pyarrow is missing.
    """
    if policy is None:
        from cso_rules.engine.cache import load_policy

        day = as_of or datetime.datetime.now(SHANGHAI).date()
        policy = load_policy(package, as_of=day, jurisdiction=jurisdiction)
    for name in decisions or ():
        if name not in policy.decisions:
            raise UnknownNameError("decision", name)
    names = tuple(name for name in policy.decisions if decisions is None or name in decisions)
    layout = Layout(rules=rules, reasons=reasons)
    return ManyAnswers(_opened(table, policy, encoding), policy, readings or {}, names, layout, language)


def _opened(table: Any, policy: Policy, encoding: str | None) -> Source:
    if isinstance(table, str | os.PathLike):
        from cso_rules.population.bulk_csv import ENDINGS, open_csv

        if Path(table).suffix.lower() in ENDINGS:
            return open_csv(Path(table), policy, encoding)
    return open_source(table)


def decode(batch: Any, row: int, policy: Policy, readings: Mapping[str, str] | None = None) -> Determination:
    """Return the full determination of one row of a batch of facts, from the ordinary engine.

    Args:
        batch: Facts, with columns named as for `determine_many`.
        row: Place of the row in the batch, from 0.
        policy: The rules in force.
        readings: Options of ambiguous texts.
    """
    columns = map_columns(tuple(batch.schema.names), policy)
    bulk = Bulk(policy, {name: place for place, name in columns.facts.items()})
    one = bulk.answer(batch.slice(row, 1))
    facts = {
        name: value
        for name in bulk.facts
        if (value := policy.facts[name].type.decode(one.columns.domain(policy.facts[name], 0))) is not None
    }
    return determine(policy, facts, readings=readings or {})
