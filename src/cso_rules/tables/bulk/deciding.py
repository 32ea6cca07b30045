"""The answers of one policy about batches of rows, as Arrow columns.

What is no value of its fact, and facts that contradict one another, are unknown, with a problem that names them. A row
that cannot be told whose it is, or which rules apply to it, is refused; so are the others if the run is strict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from cso_rules.engine.bulk_answers import Layout, Lists, Meaning, Tables, placed
from cso_rules.engine.bulk_missing import MissingFacts
from cso_rules.executors.planes.bits import WORD, Array, Plane, count, packed, trimmed, unpacked
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.facts.columns import Cells, Columns, Problem, Wrong
from cso_rules.executors.planes.facts.reading import Reader
from cso_rules.executors.planes.facts.wrong_values import wrong as wrong_value
from cso_rules.model.coded import Coded
from cso_rules.model.expressions import variables
from cso_rules.model.personal import MASK
from cso_rules.model.policy import COMPLETE, Constraint, Policy
from cso_rules.plan.prepared import Prepared
from cso_rules.tables.answer.fact_cells import unread_about
from cso_rules.tables.batches.sources import Part
from cso_rules.tables.bulk.row_problems import Gathered, RowProblems
from cso_rules.tables.problems import CellProblem, CellProblemKind
from cso_rules.tables.read.cells import day_of, text_of
from cso_rules.tables.read.columns import TableColumns

Language = Literal["zh", "en"]
Noted = tuple[int, Sequence[tuple[int, str]]]
"""How many cells, and the rows and texts of some."""


@attrs.frozen
class Wanted:
    """What is to be answered, and how it is written.

    Attributes:
        readings: Options of ambiguous texts instead of the declared ones.
        decisions: Names of decisions; None is every one of a policy.
        layout: Which columns are written about each.
        language: The language of what is wrong with rows.
        is_strict: Whether a cell that is not understood refuses its row.
    """

    readings: Mapping[str, str]
    decisions: frozenset[str] | None
    layout: Layout
    language: Language
    is_strict: bool = False

    def names(self, policy: Policy) -> tuple[str, ...]:
        """Return which decisions of a policy are answered, in its order."""
        return tuple(name for name in policy.decisions if self.decisions is None or name in self.decisions)

    def bulk(self, policy: Policy) -> Bulk:
        """Return what decides; where the facts stand is said to it later."""
        layout = self.layout
        return Bulk(
            policy, {}, readings=self.readings, decisions=self.names(policy),
            with_rules=layout.rules or layout.reasons, with_reasons=layout.reasons,
        )  # fmt: skip


@attrs.frozen(kw_only=True)
class FactPlaces:
    """Where the facts of a table stand.

    Attributes:
        columns: What its columns mean.
        schema: The columns of its batches.
        identity: Where id and name stand, by the names of the answers.
        reads_all: Whether a value that cannot be refuses its row though no answer needs its fact.
    """

    columns: TableColumns
    schema: Any
    reads_all: bool

    @property
    def identity(self) -> dict[str, int]:
        """Where id and name stand, by the names that they have in the answers."""
        subject = self.columns.entities.subject.name
        given = {f"{subject}_id": self.columns.identifier, f"{subject}_name": self.columns.name}
        return {name: place for name, place in given.items() if place is not None}

    def of_facts(self, names: Collection[str]) -> dict[str, int]:
        """Return the columns of some facts, and those that say whether their lists are complete."""
        return {name: place for name, place in self.columns.positions.items() if name.removesuffix(COMPLETE) in names}

    def selected(self, kept: Sequence[int]) -> FactPlaces:
        """Return the places in batches of which only some columns are read."""
        new: dict[int | None, int] = {old: place for place, old in enumerate(kept)}
        columns, at = self.columns, new.get
        header = tuple(self.schema.field(place).name for place in kept)
        facts = {new[place]: name for place, name in columns.facts.items() if place in new}
        about = {new[place]: told for place, told in columns.about.items() if place in new}
        return attrs.evolve(
            self,
            schema=pa.schema([self.schema.field(place) for place in kept]),
            columns=attrs.evolve(
                columns, header=header, facts=facts, about=about, identifier=at(columns.identifier),
                name=at(columns.name), site=at(columns.site), place=at(columns.place), date=at(columns.date),
            ),
        )  # fmt: skip


@attrs.frozen
class AnsweredPart:
    """The answers about some rows.

    Attributes:
        arrays: The columns by name.
        refused: The places of the rows that are not answered.
        problems: What is wrong with rows, answered or not.
        fillers: How many cells of each fact say that nothing is said, and the first that differ, with their rows.
        in_part: The same of cells of which a part was read.
    """

    arrays: Mapping[str, Any]
    refused: Array
    problems: RowProblems
    fillers: Mapping[str, Noted] = attrs.field(factory=dict)
    in_part: Mapping[str, Noted] = attrs.field(factory=dict)


@attrs.frozen
class AnswerNames:
    """What stands in the answers of a policy.

    Attributes:
        meanings: The bits of each decision.
        facts: The facts that it may ask for.
        presumed: Those of which the law presumes something.
    """

    meanings: Mapping[str, Meaning]
    facts: Mapping[str, tuple[str, ...]]
    presumed: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: Policy, wanted: Wanted) -> AnswerNames:
        """Return the names of a policy."""
        names, missing = wanted.names(policy), MissingFacts(policy)
        meanings = {name: Meaning.of(policy.decisions[name]) for name in names}
        facts = {name: missing.facts_of(name) for name in names if wanted.layout.reasons}
        return cls(meanings, facts, tuple(policy.presumptions))


class AnswerColumns:
    """The columns of the answers of a policy; they follow from the rules and what is wanted alone, not from a table.

    Attributes:
        names: What the columns speak of.
        meaning: What the bits of each column of masks mean.
        empty: The answers about no rows, once they were asked for.
    """

    def __init__(self, policy: Policy, wanted: Wanted, names: AnswerNames | None = None) -> None:
        """Prepare.

        Args:
            policy: The decisions that are wanted, and what they read.
            wanted: What is answered, and how it is written.
            names: What the columns speak of, if that is more than this policy.
        """
        own = AnswerNames.of(policy, wanted)
        self.names = names or own
        decisions = {name: policy.decisions[name] for name in own.meanings}
        self._tables = Tables(decisions, wanted.layout, self.names.meanings)
        self.meaning = self._tables.meaning()
        self.empty: dict[str, Any] | None = None
        self._own, self._missing = own, MissingFacts(policy)
        self._lists = {name: Lists(self.names.facts[name]) for name in own.facts}
        self._presumed = Lists(self.names.presumed) if self.names.presumed else None

    def of(self, answers: Answers, fine: Plane | None) -> Iterator[tuple[str, Any]]:
        """Yield the columns by name; what is not fine was refused and is null."""
        if self._presumed is not None:
            found, names = answers.columns.presumed, self.names.presumed
            stands = placed([*found.values()], [*found], names, answers.rows)
            yield "presumed", self._presumed.of(stands, answers.rows, fine)
        yield from self._tables.columns(answers, fine)
        if self._lists:
            planes = self._missing.planes(answers, tuple(self._lists))
            for name, lists in self._lists.items():
                all_facts = placed(planes[name], self._own.facts[name], self.names.facts[name], answers.rows)
                yield f"{name}.missing", lists.of(all_facts, answers.rows, fine)


_MOST_KEPT: Final = 16
_Kept: TypeAlias = dict[tuple[tuple[str, ...], Layout], AnswerColumns]
_columns_of = Prepared[_Kept](lambda _: {})
"""The columns of the answers of a policy, by what is answered."""


class Deciding:
    """Decides batches of one table by one policy.

    Attributes:
        facts: The facts that the answers need.
        decisions: The decisions that are answered.
        meaning: What the bits of each column of masks mean.
    """

    def __init__(self, policy: Policy, place: FactPlaces, wanted: Wanted, names: AnswerNames | None = None) -> None:
        """Prepare.

        Args:
            policy: The rules.
            place: Where the facts stand.
            wanted: What is to be answered.
            names: What the columns speak of, if that is more than this policy.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        self.policy, self._place, self._wanted = policy, place, wanted
        self._bulk = wanted.bulk(policy)
        self.facts = self._bulk.facts
        self.decisions = self._bulk.names
        self._bulk.place(place.of_facts(self.facts), place.columns.measures)
        self._bulk.check(place.schema)
        self._others = self._reader_of_others() if place.reads_all else Reader(policy, {}, ())
        self._columns = self._known_columns() if names is None else AnswerColumns(self._bulk.policy, wanted, names)
        self.meaning = self._columns.meaning
        columns = place.columns
        self._order = {name: at for name, at in columns.positions.items() if at in columns.facts}
        last = len(columns.header)
        self._order |= {
            f"{name}{COMPLETE}": last + at for at, (name, part) in columns.about.items() if part == "complete"
        }
        self._order |= {columns.header[at]: last + at for at in columns.about}

    def _known_columns(self) -> AnswerColumns:
        """Return the columns of the answers as they were prepared for an earlier table, or for this one."""
        kept, key = _columns_of(self.policy), (self.decisions, self._wanted.layout)
        found = kept.get(key)
        if found is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            found = kept[key] = AnswerColumns(self._bulk.policy, self._wanted)
        return found

    def _reader_of_others(self) -> Reader:
        """Return what reads the facts that no answer needs: a cell that is not understood still refuses its row."""
        others = self.policy.facts.keys() - frozenset(self.facts)
        positions = self._place.of_facts(others)
        return Reader(self.policy, positions, tuple(others & positions.keys()), self._place.columns.measures)

    def of(self, given: Part) -> AnsweredPart:
        """Decide rows."""
        own, unread = given.problems, self._unread(given)
        columns, others = self._read(given, unread)
        found = Gathered()
        found.add_rows(own)
        found.add_singly(
            (row, self._order[name], self._problem(name, wrong))
            for row, name, wrong in (*columns.problems, *others.problems, *self._about(given.batch, (columns, others)))
            if row not in own
        )
        answers = self._bulk.decide(columns)
        broken = self._broken(answers, own)
        self._add_contradictions(found, given, broken, columns)
        for constraint, rows in broken:
            columns = columns.without(self.policy, variables(constraint.condition), rows)
        if broken:
            answers = self._bulk.decide(columns)
        problems = found.sorted()
        refused = problems.places if self._wanted.is_strict else np.array(sorted(own), np.int64)
        fine = ~_plane(refused, answers.columns.words) if refused.size else None
        return AnsweredPart(
            arrays=dict(self._columns.of(answers, fine)),
            refused=refused,
            problems=problems,
            fillers=_told({**columns.fillers, **others.fillers}, own, unread),
            in_part=_told({**columns.in_part, **others.in_part}, own, unread),
        )

    def _read(self, given: Part, unread: Mapping[str, Mapping[int, Wrong]]) -> tuple[Columns, Columns]:
        """Return the facts that the answers need, and the others; of cells that hold no value nothing is known."""
        broken = [row for row, problems in given.problems.items() if not problems[0].column]
        place = self._place.columns
        signs = {name: text for at, name in place.facts.items() if (text := given.signs.get(place.header[at]))}
        read = [each.read(given.batch, broken, signs) for each in (self._bulk, self._others)]
        if not unread:
            return read[0], read[1]
        for columns in read:
            columns.problems[:] = [found for found in columns.problems if found[0] not in unread.get(found[1], ())]
        for name, wrong in unread.items():
            at = 0 if name in self.facts else 1
            read[at].problems += [(row, name, reason) for row, reason in wrong.items()]
            read[at] = read[at].without(self.policy, [name], _plane(wrong, read[at].words))
        return read[0], read[1]

    def _unread(self, given: Part) -> dict[str, dict[int, Wrong]]:
        """Return what is wrong with cells that hold no value, by fact and row."""
        columns, found = self._place.columns, dict[str, dict[int, Wrong]]()
        names = {columns.header[place]: name for place, name in columns.facts.items() if name in self.policy.facts}
        for (row, heading), reason in given.unread.items():
            if (name := names.get(heading)) is not None:
                text = _text_at(given.batch, columns.positions[name], row)
                found.setdefault(name, {})[row] = wrong_value(self.policy.facts[name], text, reason)
        return found

    def _about(self, batch: Any, read: Sequence[Columns]) -> Iterator[Problem]:
        """Yield what is wrong with the cells that say who judged a fact, when or on what."""
        for place, (name, part) in self._place.columns.about.items():
            if part == "complete" or name not in self.policy.facts or not self._place.reads_all:
                continue
            fact, columns = self.policy.facts[name], read[name not in self.facts]
            told, coded = unpacked(columns.told(fact), columns.rows), batch.column(place).dictionary_encode()
            for code, text in enumerate(coded.dictionary.to_pylist()):
                if (reason := unread_about(part, text)) is not None:
                    rows = np.flatnonzero(np.asarray(coded.indices.fill_null(-1)) == code)
                    wrong = Wrong(text.strip(), reason.reason)
                    yield from ((row, self._place.columns.header[place], wrong) for row in rows[told[rows]].tolist())

    def _problem(self, name: str, wrong: Wrong) -> CellProblem:
        """Return what is wrong with a cell, that of a fact or one with a heading."""
        columns = self._place.columns
        heading = columns.header[columns.positions[name]] if name in columns.positions else name
        kind: CellProblemKind = "impossible" if wrong.is_impossible else "not_understood"
        return CellProblem(0, heading, wrong.value.strip(), wrong.reason, kind)

    def _add_contradictions(
        self, found: Gathered, given: Part, broken: Sequence[tuple[Constraint, Plane]], columns: Columns
    ) -> None:
        """Add the cells of each row that contradict one another; which of them is wrong cannot be told."""
        last = 2 * len(self._place.columns.header)
        for number, (constraint, plane) in enumerate(broken):
            names = [name for name in variables(constraint.condition) if name in self.policy.facts]
            reason = Coded.of("contradiction", constraint.message)
            for name in names:
                rows = np.flatnonzero(unpacked(plane & columns.told(self.policy.facts[name]), columns.rows))
                heading, place = self._place.columns.heading_of(name), self._place.columns.positions.get(name)
                if place is None or self.policy.is_personal(name):
                    texts, codes = ["" if place is None else MASK], np.zeros(rows.size, np.int64)
                else:
                    texts, codes = different_texts(given.batch.column(place).take(pa.array(rows)))
                problems = [CellProblem(0, heading, text, reason, "contradiction") for text in texts]
                found.add(rows, last + number, codes, problems)

    def _broken(self, answers: Answers, own: Collection[int]) -> list[tuple[Constraint, Plane]]:
        """Return the constraints that some rows violate, with these rows; of other rows nothing is asked."""
        fine = ~_plane(own, answers.columns.words)
        found = ((self.policy.constraints[place], plane & fine) for place, plane in answers.contradictions())
        return [(constraint, trimmed(rows, answers.rows)) for constraint, rows in found if count(rows, answers.rows)]

    def empty(self) -> dict[str, Any]:
        """Return the answers about no rows, which show the types of all columns."""
        if self._columns.empty is None:
            nothing = [pa.nulls(0, field.type) for field in self._place.schema]
            given = Part(pa.RecordBatch.from_arrays(nothing, schema=self._place.schema), None)
            self._columns.empty = dict(self.of(given).arrays)
        return dict(self._columns.empty)


def different_texts(column: Any) -> tuple[list[str], Array]:
    """Return the different cells of a column as texts, and which of them each row has."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if pa.types.is_null(coded.type):
        return [""], np.zeros(len(column), np.int64)
    used, codes = np.unique(np.asarray(coded.indices.cast(pa.int64()).fill_null(-1)), return_inverse=True)
    values = coded.dictionary.take(pa.array(used, mask=used < 0)).to_pylist()
    return list(map(_text, values)), codes


def _text_at(batch: Any, place: int | None, row: int) -> str:
    """Return what stands in a cell, as a person would write it."""
    if place is None:
        return ""
    return _text(batch.column(place)[row].as_py())


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    value = day_of(value)
    return text_of(tuple(value) if isinstance(value, list) else value)


def _told(
    cells: Mapping[str, Cells], own: Collection[int], unread: Mapping[str, Mapping[int, Wrong]]
) -> dict[str, Noted]:
    """Return what is told of cells that hold values, in rows with which nothing is wrong as a whole."""
    found = ((name, item.told({*own, *unread.get(name, ())})) for name, item in cells.items())
    return {name: (count, examples) for name, (count, examples) in found if count}


def _plane(rows: Collection[int] | Array, words: int) -> Plane:
    found: Array = np.zeros(words * WORD, np.bool_)
    found[rows if isinstance(rows, np.ndarray) else np.fromiter(rows, np.int64, len(rows))] = True
    return packed(found, words)
