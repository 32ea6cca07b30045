"""The answers of one policy about batches of rows, as Arrow columns.

What is no value of its fact, and facts that contradict one another, are unknown, with a problem that names them. A row
that cannot be told whose it is, or which rules apply to it, is refused; so are the others if the run is strict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.engine.bulk_answers import Layout, Lists, Meaning, Tables, placed
from cso_rules.engine.bulk_missing import MissingFacts
from cso_rules.executors.planes.bits import Array, Plane, count, trimmed, unpacked
from cso_rules.executors.planes.columns import Columns, Problem, Wrong
from cso_rules.executors.planes.columns import Fillers as FillerRows
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.reading import Reader
from cso_rules.model.expressions import variables
from cso_rules.model.instruments import Label
from cso_rules.model.policy import COMPLETE, Constraint, Policy
from cso_rules.tables.answer.rows import Fillers
from cso_rules.tables.batches.sources import Given
from cso_rules.tables.problems import CellProblemKind
from cso_rules.tables.read.columns import TableColumns

Language = Literal["zh", "en"]
MESSAGE: Final = 600
"""Characters of what is wrong with one row."""


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
                name=at(columns.name), place=at(columns.place), date=at(columns.date),
            ),
        )  # fmt: skip


@attrs.frozen
class AnsweredPart:
    """The answers about some rows.

    Attributes:
        arrays: The columns by name.
        refused: The places of the rows that are not answered.
        problems: What is wrong with rows, answered or not, by place.
        unread: How many cells were not understood, by fact and by what is wrong with them.
        fillers: How many cells of each fact say that nothing is said, and some of what stands in them.
        in_part: Some of the texts of each fact of which a part was read.
    """

    arrays: Mapping[str, Any]
    refused: Array
    problems: Mapping[int, str]
    unread: Counter[tuple[str, CellProblemKind]] = attrs.field(factory=Counter)
    fillers: Mapping[str, Fillers] = attrs.field(factory=dict)
    in_part: Mapping[str, Sequence[str]] = attrs.field(factory=dict)


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
        self._own = AnswerNames.of(self._bulk.policy, wanted)
        self._names = names or self._own
        decisions = {name: policy.decisions[name] for name in self._bulk.names}
        self._tables = Tables(decisions, wanted.layout, self._names.meanings)
        self.meaning = self._tables.meaning()
        self._missing = MissingFacts(self._bulk.policy)
        self._lists = {name: Lists(self._names.facts[name]) for name in self._own.facts}
        self._presumed = Lists(self._names.presumed) if self._names.presumed else None

    def _reader_of_others(self) -> Reader:
        """Return what reads the facts that no answer needs: a cell that is not understood still refuses its row."""
        others = self.policy.facts.keys() - frozenset(self.facts)
        positions = self._place.of_facts(others)
        return Reader(self.policy, positions, tuple(others & positions.keys()), self._place.columns.measures)

    def of(self, given: Given) -> AnsweredPart:
        """Decide rows."""
        own, unread = given.problems, self._of_facts(given.unread)
        columns, others = self._read(given.batch, unread)
        cells = [problem for problem in (*columns.problems, *others.problems) if problem[0] not in own]
        answers = self._bulk.decide(columns)
        broken = self._broken(answers, own)
        unread_cells = self._unread_cells(cells, broken, columns)
        for constraint, rows in broken:
            columns = columns.without(self.policy, variables(constraint.condition), rows)
        if broken:
            answers = self._bulk.decide(columns)
        texts = self._in_words(own) | self._problems(cells, broken, answers.rows)
        refused = sorted(texts if self._wanted.is_strict else own)
        fine = ~_plane(refused, answers.columns.words) if refused else None
        return AnsweredPart(
            arrays=dict(self._arrays(answers, fine)),
            refused=np.array(refused, np.int64),
            problems=texts,
            unread=unread_cells,
            fillers=_counted(columns.fillers, own) | _counted(others.fillers, own),
            in_part={**columns.in_part, **others.in_part},
        )

    def _read(self, batch: Any, unread: Mapping[str, Mapping[int, Wrong]]) -> tuple[Columns, Columns]:
        """Return the facts that the answers need, and the others; of cells that hold no value nothing is known."""
        read = [self._bulk.read(batch), self._others.read(batch)]
        if not unread:
            return read[0], read[1]
        for columns in read:
            columns.problems[:] = [found for found in columns.problems if found[0] not in unread.get(found[1], ())]
        for name, wrong in unread.items():
            place = 0 if name in self.facts else 1
            read[place].problems += [(row, name, reason) for row, reason in wrong.items()]
            read[place] = read[place].without(self.policy, [name], _plane(wrong, read[place].words))
        return read[0], read[1]

    def _of_facts(self, unread: Mapping[tuple[int, str], Label]) -> dict[str, dict[int, Wrong]]:
        """Return what is wrong with cells that hold no value, by fact and row."""
        if not unread:
            return {}
        columns, found = self._place.columns, dict[str, dict[int, Wrong]]()
        names = {columns.header[place]: name for place, name in columns.facts.items() if name in self.policy.facts}
        for (row, heading), reason in unread.items():
            if (name := names.get(heading)) is not None:
                label = self.policy.facts[name].label
                found.setdefault(name, {})[row] = (f"{name}: {reason.en}", f"{label.zh}：{reason.zh}", False)
        return found

    def _broken(self, answers: Answers, own: Mapping[int, Label]) -> list[tuple[Constraint, Plane]]:
        """Return the constraints that some rows violate, with these rows; of other rows nothing is asked."""
        fine = ~_plane(own, answers.columns.words)
        found = ((self.policy.constraints[place], plane & fine) for place, plane in answers.contradictions())
        return [(constraint, trimmed(rows, answers.rows)) for constraint, rows in found if count(rows, answers.rows)]

    def empty(self) -> dict[str, Any]:
        """Return the answers about no rows, which show the types of all columns."""
        nothing = [pa.nulls(0, field.type) for field in self._place.schema]
        return dict(self.of(Given(pa.RecordBatch.from_arrays(nothing, schema=self._place.schema), None, {})).arrays)

    def _in_words(self, own: Mapping[int, Label]) -> dict[int, str]:
        """Return what is wrong with rows as a whole; then their cells do not matter."""
        return {row: label.in_language(self._wanted.language) for row, label in own.items()}

    def _problems(
        self, cells: Sequence[Problem], broken: Sequence[tuple[Constraint, Plane]], rows: int
    ) -> dict[int, str]:
        """Return what is wrong with the facts of each row."""
        found: dict[int, list[str]] = {}
        is_english = self._wanted.language == "en"
        for row, _, (english, chinese, _) in cells:
            found.setdefault(row, []).append(english if is_english else chinese)
        for constraint, plane in broken:
            text = constraint.message.in_language(self._wanted.language)
            for row in np.flatnonzero(unpacked(plane, rows)).tolist():
                found.setdefault(row, []).append(text)
        return {row: shortened("; ".join(texts), MESSAGE) for row, texts in found.items()}

    def _unread_cells(
        self, cells: Sequence[Problem], broken: Sequence[tuple[Constraint, Plane]], columns: Columns
    ) -> Counter[tuple[str, CellProblemKind]]:
        """Count cells; one that contradicts others in several ways counts once."""
        found: Counter[tuple[str, CellProblemKind]] = Counter(
            (name, "impossible" if is_impossible else "not_understood") for _, name, (_, _, is_impossible) in cells
        )
        contradicting: dict[str, Plane] = {}
        for constraint, plane in broken:
            for name in self.policy.facts.keys() & frozenset(variables(constraint.condition)):
                rows = plane & columns.told(self.policy.facts[name])
                contradicting[name] = contradicting[name] | rows if name in contradicting else rows
        for name, rows in contradicting.items():
            if number := count(rows, columns.rows):
                found[name, "contradiction"] += number
        return found

    def _arrays(self, answers: Answers, fine: Plane | None) -> Iterator[tuple[str, Any]]:
        if self._presumed is not None:
            found, names = answers.columns.presumed, self._names.presumed
            stands = placed([*found.values()], [*found], names, answers.rows)
            yield "presumed", self._presumed.of(stands, answers.rows, fine)
        yield from self._tables.columns(answers, fine)
        if self._lists:
            planes = self._missing.planes(answers, tuple(self._lists))
            for name, lists in self._lists.items():
                all_facts = placed(planes[name], self._own.facts[name], self._names.facts[name], answers.rows)
                yield f"{name}.missing", lists.of(all_facts, answers.rows, fine)


def _counted(fillers: Mapping[str, FillerRows], own: Collection[int]) -> dict[str, Fillers]:
    """Return the counts of fillers in rows with which nothing is wrong as a whole."""
    left_out = np.fromiter(own, np.int64, len(own))
    found = {
        name: np.setdiff1d(item.rows, left_out).size if len(own) else item.rows.size for name, item in fillers.items()
    }
    return {name: Fillers(count, list(fillers[name].texts)) for name, count in found.items() if count}


def _plane(rows: Iterable[int], words: int) -> Plane:
    found: Array = np.zeros(words, np.uint64)
    for row in rows:
        found[row // 64] |= np.uint64(1 << row % 64)
    return found
