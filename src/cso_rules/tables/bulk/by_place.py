"""Tables whose rows name a place or a date of their own: each row is decided by its own rules, in one table of answers.

The places and dates are looked at before the first answer, so that the columns have room for the rules of all of them.
Guaranteed: rows keep their order, and at most a few policies are in memory.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.engine.bulk_answers import Meaning
from cso_rules.engine.cache import load_policy
from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.loader.codes import NATIONAL, normalized_code
from cso_rules.loader.packages import header, lineage, neighbours, package_path, rule_set
from cso_rules.model.decisions import AbsentDecision
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Type
from cso_rules.tables.answer.contexts import Contexts
from cso_rules.tables.answer.rows import CellRefusal, ContextError
from cso_rules.tables.batches.sources import Part, Source
from cso_rules.tables.batches.texts import checked
from cso_rules.tables.bulk.deciding import (
    AnsweredPart,
    AnswerNames,
    Deciding,
    FactPlaces,
    Noted,
    Wanted,
    different_texts,
)
from cso_rules.tables.bulk.row_problems import Gathered, RowProblems
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.columns import DATE, PLACE, TableColumns, facts_at, place_and_date

POLICIES: Final = 64
"""How many different policies are kept ready; a table that mixes more of them is slower."""
MENTIONED: Final = 20
"""How many remarks about places are made."""
KEPT: Final = 64
"""How many policies of a table are kept on disk for the next run."""
_REFUSED: Final = -1
_SIMPLE: Final = frozenset({str, int, bool, type(None)})


@attrs.frozen
class RunOptions:
    """What a run says about the rules.

    Attributes:
        package: Id or folder of a package.
        jurisdiction: The place that is named; it fills blank cells.
        as_of: The date that is named; it fills blank cells.
        today: The date where none is named and there is no column of dates.
        drafts: Whether drafts apply too.
        local_deviations: Whether local rules that go below higher law apply.
    """

    package: str | Path
    jurisdiction: str | None
    as_of: datetime.date | None
    today: datetime.date
    drafts: bool = False
    local_deviations: bool = True

    @property
    def place(self) -> str | None:
        """The place that is named, as it is compared."""
        return None if self.jurisdiction is None else normalized_code(self.jurisdiction)

    @property
    def policy(self) -> Policy:
        """The rules of the place and date that the run names."""
        return self.load(self.jurisdiction, self.as_of or self.today)

    def load(self, place: str | None, day: datetime.date, *, is_kept: bool = True) -> Policy:
        """Return the rules of a place and date; those that are kept on disk are compiled for single organizations."""
        from cso_rules.loader import load

        function = load_policy if is_kept else load.load_policy
        return function(
            self.package, as_of=day, jurisdiction=place, drafts=self.drafts, local_deviations=self.local_deviations
        )

    def spoken_for(self) -> frozenset[str]:
        """Return the codes for which packages speak; a place has the packages of those with which its code begins."""
        chosen = package_path(self.package)
        return frozenset(
            header(path).get("jurisdiction", NATIONAL) for path in (chosen, *neighbours(lineage(chosen)[0]))
        )

    def packages(self, place: str | None) -> tuple[Path, ...]:
        """Return the packages of a place; the same ones make the same rules."""
        return rule_set(self.package, place, drafts=self.drafts).paths


class Groups:
    """The different rules among places and dates, of which only what the columns must have room for is kept.

    Attributes:
        names: What stands in the answers of any of them.
        facts: The vocabulary of all.
        needed: The facts that answers need.
        digests: The digest of the rule files, by place.
    """

    def __init__(self, run: RunOptions, wanted: Wanted, source: Source, preparing: Callable[[int], object]) -> None:
        """Prepare; `source` is the table, `preparing` is told how many rules were loaded."""
        self._preparing = preparing
        self._run, self._wanted, self._schema, self._choices = run, wanted, source.schema, source.choices
        self._spoken_for = run.spoken_for()
        self._packages: dict[tuple[str, ...] | None, tuple[Path, ...]] = {}
        self._made: dict[tuple[tuple[Path, ...], datetime.date], tuple[int, Policy]] = {}
        self._numbers: dict[bytes, int] = {}
        self._samples: list[tuple[str | None, datetime.date]] = []
        self._types: dict[str, Type] = {}  # of the decisions for which some place has a rule
        self._of: dict[tuple[str, datetime.date], int] = {}
        self.names = AnswerNames({}, {})
        self.facts: dict[str, Fact] = {}
        self.needed: set[str] = set()
        self.digests: dict[str, str] = {}

    def __len__(self) -> int:
        """Return how many different rules there are."""
        return len(self._samples)

    def add(self, place: str | None, day: datetime.date) -> Policy:
        """Note a place and a date; return the head of its policy, without rules.

        Raises:
            FactsError: A column cannot hold values of its fact.
            UnknownNameError: The package does not speak for the place.
        """
        line = None if place is None else tuple(code for code in self._spoken_for if place.startswith(code))
        if line not in self._packages:
            self._packages[line] = self._run.packages(place)
        key = self._packages[line], day
        if key not in self._made:
            policy = self._run.load(place, day, is_kept=len(self._made) < KEPT)
            self._preparing(len(self._made) + 1)
            self._made[key] = self._number(policy, place, day), _head(policy)
        number, head = self._made[key]
        found = head if place is None else attrs.evolve(head, jurisdiction=place)
        self._of[found.jurisdiction, day] = number
        self.digests[found.jurisdiction] = found.digest
        return found

    def number(self, head: Policy) -> int:
        """Return the number of the rules that a head belongs to."""
        return self._of[head.jurisdiction, head.as_of]

    def policy(self, number: int) -> Policy:
        """Load rules again."""
        return self._run.load(*self._samples[number], is_kept=number < KEPT)

    def wanted(self, policy: Policy) -> Wanted:
        """Return what is asked of the rules of a place, without decisions that have the kind of others' rules."""
        own = (name for name in self._wanted.names(policy) if self._has_kind(name, policy.decisions[name].type))
        return attrs.evolve(self._wanted, decisions=frozenset(own))

    def _has_kind(self, name: str, kind: Type) -> bool:
        known = self._types.get(name, kind)
        return (known.kind, known.scale) == (kind.kind, kind.scale)

    def _number(self, policy: Policy, place: str | None, day: datetime.date) -> int:
        bulk = self._wanted.bulk(policy)
        part = bulk.policy
        same = (part.decisions, part.facts, part.enumerations, part.readings, part.constraints)
        digest = hashlib.sha256(repr(_plain(same)).encode()).digest()
        if digest not in self._numbers:
            bulk.place(
                {fact.name: at for at, fact in facts_at(tuple(self._schema.names), policy, self._choices).items()}
            )
            bulk.check(self._schema)
            self.needed.update(bulk.facts)
            self.facts.update(policy.facts)
            self._join(part)
            self._numbers[digest] = len(self._samples)
            self._samples.append((place, day))
        return self._numbers[digest]

    def _join(self, part: Policy) -> None:
        own, before = AnswerNames.of(part, self._wanted), self.names
        for name in own.meanings:
            if isinstance(part.decisions[name], AbsentDecision):
                continue
            kind = part.decisions[name].type
            if not self._has_kind(name, kind):
                raise FileProblem.of("table-kinds", name)
            self._types[name] = kind
        meanings = {
            name: Meaning(_union(one.values, two.values), _union(one.rules, two.rules))
            for name, one, two in _pairs(before.meanings, own.meanings, Meaning((), ()))
        }
        facts = {name: _union(one, two) for name, one, two in _pairs(before.facts, own.facts, ())}
        self.names = AnswerNames(meanings, facts, _union(before.presumed, own.presumed))


def _pairs(one: Mapping[str, Any], two: Mapping[str, Any], nothing: Any) -> Iterator[tuple[str, Any, Any]]:
    return ((name, one.get(name, nothing), two.get(name, nothing)) for name in dict.fromkeys((*one, *two)))


def _union(one: Iterable[str], two: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *two)))


def _head(policy: Policy) -> Policy:
    return attrs.evolve(
        policy, facts={}, enumerations={}, readings={}, parameters={}, decisions={}, constraints=(), listed=()
    )


def _plain(value: Any) -> Any:
    """Return what is compared of a part of a policy, so that equal parts have equal texts."""
    kind: Any = type(value)
    if kind in _SIMPLE:
        return value
    if isinstance(value, tuple):
        return tuple([_plain(each) for each in value])
    names = _compared(kind)
    if names is not None:
        return kind.__name__, *[_plain(getattr(value, name)) for name in names]
    if isinstance(value, Mapping):
        return tuple([(name, _plain(item)) for name, item in value.items()])
    return sorted(map(repr, map(_plain, value))) if isinstance(value, frozenset) else value


@cache
def _compared(kind: type[object]) -> tuple[str, ...] | None:
    """Return the attributes by which objects of a class are equal; None where it does not say."""
    return tuple(field.name for field in attrs.fields(kind) if field.eq) if attrs.has(kind) else None


@attrs.frozen
class Route:
    """Which rules apply to the rows with one place and one date, or why none.

    Attributes:
        group: Number of the rules; -1 for rows that are refused.
        place: Jurisdiction whose rules apply.
        blanks: Cells that were blank, by heading.
    """

    group: int
    place: str | None
    day: datetime.date | None
    refusals: tuple[CellRefusal, ...]
    blanks: Counter[str]


class Routes:
    """The routes of the rows of one table.

    Attributes:
        groups: The different rules.
        rows: How many rows there are.
        at: Where the table names places and dates.
    """

    def __init__(self, source: Source, run: RunOptions, wanted: Wanted, preparing: Callable[[int], object]) -> None:
        """Look at the places and dates of all rows; `preparing` is told how many rules were loaded for them.

        Raises:
            FactsError: A column cannot hold values of its fact.
            FileProblem: The places cannot be answered in one table.
            UnknownNameError: There is no such package.
        """
        headings = tuple(source.schema.names)
        self.at = place_and_date(headings)
        self.groups = Groups(run, wanted, source, preparing)
        columns = TableColumns(
            header=headings, identifier=None, name=None, place=self.at.get(PLACE), date=self.at.get(DATE), facts={},
            unknown=(),
        )  # fmt: skip
        self._contexts = Contexts(
            load=self.groups.add, columns=columns, place=run.place, date=run.as_of, today=run.today
        )
        self._known: dict[tuple[str, str], int] = {}
        self.routes: list[Route] = []
        self.rows = 0
        for part in source.parts(tuple(self.at.values())):
            self._note(checked(part).batch)
        if not len(self.groups):
            self.groups.add(run.place, run.as_of or run.today)

    @property
    def notes(self) -> tuple[Label, ...]:
        """What a person should be told about the rules that apply."""
        found = self._contexts.notes
        if len(found) <= MENTIONED:
            return found
        rest = len(found) - MENTIONED
        return (
            *found[:MENTIONED],
            Label(en=f"and {rest} more remarks about places", zh=f"另有 {rest} 条关于地区的说明"),
        )

    def _note(self, batch: Any) -> None:
        """Make the routes of places and dates that are new."""
        keys, places = _distinct(batch.columns, tuple(self.at))
        counts = np.bincount(places, minlength=len(keys)).tolist()
        self.rows += batch.num_rows
        for key, count in zip(keys, counts, strict=True):
            if key not in self._known:
                self._known[key] = len(self.routes)
                self.routes.append(self._route(key))
            for heading in self.routes[self._known[key]].blanks:
                self._contexts.filled[heading] += count

    def _route(self, key: tuple[str, str]) -> Route:
        headings = self._contexts.columns.header
        texts = {headings[place]: key[name == DATE] for name, place in self.at.items()}
        before, self._contexts.filled = self._contexts.filled, Counter()
        try:
            head = self._contexts.policy_of(texts)
        except ContextError as error:
            found = Route(_REFUSED, None, None, error.refusals, Counter())
        else:
            found = Route(self.groups.number(head), head.jurisdiction, head.as_of, (), +self._contexts.filled)
        self._contexts.filled = before
        return found

    def of(self, batch: Any, columns: TableColumns) -> Array:
        """Return the number of the route of each row."""
        at = {PLACE: columns.place, DATE: columns.date}
        keys, places = _distinct([batch.column(at[name]) for name in self.at], tuple(self.at))
        try:
            numbers = np.array([self._known[key] for key in keys], np.int64)
        except KeyError as error:
            raise FileProblem.of("table-changed", Label(en="places and dates", zh="地区和日期")) from error
        found: Array = numbers[places]
        return found


def _distinct(columns: Sequence[Any], names: Sequence[str]) -> tuple[list[tuple[str, str]], Array]:
    """Return the different pairs of the texts of place and date, and which of them each row has."""
    found = dict(zip(names, map(different_texts, columns), strict=True))
    rows = len(columns[0])
    nothing = [""], np.zeros(rows, np.int64)
    (places, place_codes), (days, day_codes) = found.get(PLACE, nothing), found.get(DATE, nothing)
    coded = pa.array(place_codes * len(days) + day_codes).dictionary_encode()
    keys = [(places[code // len(days)], days[code % len(days)]) for code in coded.dictionary.to_pylist()]
    return keys, np.asarray(coded.indices)


class DecidingByPlace:
    """Decides batches whose rows have rules of their own."""

    def __init__(self, routes: Routes, place: FactPlaces, wanted: Wanted) -> None:
        """Prepare."""
        self._routes, self._place, self._wanted = routes, place, wanted
        self._ready: OrderedDict[int, Deciding] = OrderedDict()
        self.meaning: dict[str, tuple[str, ...]] = {}
        self._empty = self._templates()
        self._places = sorted({route.place for route in routes.routes if route.place is not None})

    def _templates(self) -> dict[str, Any]:
        """Return every column without rows, from the first rules that have its decision."""
        found: dict[str, Any] = {}
        wanted = set(self._routes.groups.names.meanings)
        for number in range(len(self._routes.groups)):
            if not wanted:
                break
            deciding = self._deciding(number)
            if wanted & set(deciding.decisions):
                wanted -= set(deciding.decisions)
                found |= deciding.empty()
                self.meaning |= deciding.meaning
        return found

    def _deciding(self, number: int) -> Deciding:
        if number not in self._ready:
            while len(self._ready) >= POLICIES:
                self._ready.popitem(last=False)
            groups = self._routes.groups
            policy = groups.policy(number)
            self._ready[number] = Deciding(policy, self._place, groups.wanted(policy), groups.names)
        self._ready.move_to_end(number)
        return self._ready[number]

    def of(self, given: Part) -> AnsweredPart:
        """Decide rows."""
        batch = given.batch
        numbers = self._routes.of(batch, self._place.columns)
        groups = np.array([route.group for route in self._routes.routes], np.int64)[numbers]
        parts: list[tuple[Array, AnsweredPart]] = []
        for group in np.unique(groups).tolist():
            rows = np.flatnonzero(groups == group)
            taken = batch if rows.size == batch.num_rows else batch.take(pa.array(rows))
            own = _of_rows(given, taken, rows)
            if group == _REFUSED:
                parts.append((rows, self._refused(numbers[rows], own)))
            else:
                parts.append((rows, self._completed(self._deciding(group).of(own), rows.size)))
        found = self._joined(parts)
        return attrs.evolve(found, arrays=self._context(numbers) | dict(found.arrays))

    def empty(self) -> dict[str, Any]:
        """Return the answers about no rows, which show the types of all columns."""
        return self._context(np.zeros(0, np.int64)) | self._empty

    def _context(self, numbers: Array) -> dict[str, Any]:
        """Return the place and the date whose rules apply, as far as the table names them."""
        routes, found = self._routes.routes, dict[str, Any]()
        if PLACE in self._routes.at:
            codes = {place: code for code, place in enumerate(self._places)}
            of_route = pa.array([codes.get(route.place or "") for route in routes], pa.int32())
            places = pa.array(self._places, pa.string())
            found["place"] = pa.DictionaryArray.from_arrays(of_route.take(pa.array(numbers)), places)
        if DATE in self._routes.at:
            found["date"] = pa.array([route.day for route in routes], pa.date32()).take(pa.array(numbers))
        return found

    def _refused(self, numbers: Array, given: Part) -> AnsweredPart:
        """Return the answers about rows of which it cannot be told which rules apply."""
        found = Gathered()
        found.add_rows(
            {
                row: given.problems.get(row) or [each.of_row(0) for each in self._routes.routes[number].refusals]
                for row, number in enumerate(numbers.tolist())
            }
        )
        return AnsweredPart(self._nothing(numbers.size, "refused"), np.arange(numbers.size), found.sorted())

    def _completed(self, part: AnsweredPart, rows: int) -> AnsweredPart:
        """Return answers with the columns of decisions that the rules do not have."""
        if len(part.arrays) == len(self._empty):
            return part
        absent = self._nothing(rows, "no_rule_in_force", self._empty.keys() - part.arrays.keys())
        if part.refused.size:
            is_refused = np.zeros(rows, np.bool_)
            is_refused[part.refused] = True
            refused = self._nothing(rows, "refused", absent.keys())
            both = {name: pa.concat_arrays([absent[name], refused[name]]) for name in absent}
            places = pa.array(np.arange(rows) + is_refused * rows)
            absent = {name: array.take(places) for name, array in both.items()}
        return attrs.evolve(part, arrays=dict(part.arrays) | absent)

    def _nothing(self, rows: int, status: str, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return columns without answers, in their own types and codes."""
        nulls, found = pa.nulls(rows, pa.int64()), dict[str, Any]()
        for name in self._empty if names is None else names:
            empty = self._empty[name]
            if name.endswith(".status"):
                code = empty.dictionary.index(status).as_py()
                codes = pa.array(np.full(rows, code, np.int8))
                found[name] = pa.DictionaryArray.from_arrays(codes, empty.dictionary)
            else:
                found[name] = empty.take(nulls)
        return found

    def _joined(self, parts: Sequence[tuple[Array, AnsweredPart]]) -> AnsweredPart:
        if len(parts) == 1:
            return parts[0][1]
        rows = np.concatenate([rows for rows, _ in parts])
        order = pa.array(np.argsort(rows))
        arrays = {name: pa.concat_arrays([part.arrays[name] for _, part in parts]).take(order) for name in self._empty}
        return AnsweredPart(
            arrays=arrays,
            refused=np.sort(np.concatenate([own[part.refused] for own, part in parts])),
            problems=RowProblems.joined((own, part.problems) for own, part in parts),
            fillers=_noted((own, part.fillers) for own, part in parts),
            in_part=_noted((own, part.in_part) for own, part in parts),
        )


def _noted(parts: Iterable[tuple[Array, Mapping[str, Noted]]]) -> dict[str, Noted]:
    """Return what is told of the cells of all rows, the first examples of them first."""
    found: dict[str, Noted] = {}
    for own, cells in parts:
        for name, (count, examples) in cells.items():
            before, others = found.get(name, (0, ()))
            found[name] = before + count, sorted([*others, *((int(own[row]), text) for row, text in examples)])
    return found


def _of_rows(given: Part, batch: Any, rows: Array) -> Part:
    """Return some of the rows that are given, which are in a batch of their own."""
    places = {int(row): place for place, row in enumerate(rows)} if given.problems or given.unread else {}
    problems = {places[row]: label for row, label in given.problems.items() if row in places}
    unread = {(places[row], name): label for (row, name), label in given.unread.items() if row in places}
    return attrs.evolve(given, batch=batch, numbers=given.numbers[rows], problems=problems, unread=unread)
