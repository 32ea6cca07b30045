"""The first stage: columns of a table of facts become domains; what is not a possible value is noticed.

A fact is a column of its name, NULL while unknown. A set is one flag for each value, `fact__value`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.dialects import Dialect, NotInSqlError
from cso_rules.executors.sql.expressions import Slot, constant_slot
from cso_rules.executors.sql.nodes import (
    Group,
    Name,
    Part,
    Predicate,
    Word,
    added,
    all_of,
    any_of,
    chosen,
    negated,
    number,
)
from cso_rules.model.policy import Fact
from cso_rules.model.types import FALSE, TRUE

Mark = Literal["unknown", "impossible"]
WORD = 60
"""Bits of one column that marks facts; every database keeps so many in a whole number."""


def columns_of(fact: Fact) -> tuple[str, ...]:
    """Return the columns that hold a fact."""
    if fact.type.kind == "set":
        return tuple(f"{fact.name}__{value}" for value in fact.type.values)
    return () if fact.type.kind == "text" else (fact.name,)


@attrs.define
class Facts:
    """Writes the first stage.

    Attributes:
        present: Columns that the table has; None when it has all of them.
        unknown: By fact, the predicate that something about it is unknown.
        valid: By fact, the predicate that it is unknown or a possible value.
    """

    dialect: Dialect
    columns: Columns
    present: Collection[str] | None
    slots: dict[str, Slot] = attrs.field(factory=dict)
    unknown: dict[str, Predicate] = attrs.field(factory=dict)
    valid: dict[str, Predicate] = attrs.field(factory=dict)
    names: tuple[str, ...] = ()
    _words: dict[str, list[Name]] = attrs.field(factory=dict)

    def write(self, facts: Collection[Fact]) -> None:
        """Define the domain of every fact, and the marks of unknown and of impossible ones."""
        for fact in facts:
            check_size(fact.name, len(fact.type.names))
            self._fact(fact)
        self.names = tuple(fact.name for fact in facts)
        self._marks("unknown", self.unknown, "unknown facts, as bits")
        invalid = {name: negated(test) for name, test in self.valid.items()}
        self._marks("impossible", invalid, "facts with an impossible value, as bits")

    def mark(self, ending: Mark, fact: str) -> tuple[int, Name, int]:
        """Return the number of the column that marks a fact as unknown or impossible, the column, and the bit."""
        place = self.names.index(fact)
        return place // WORD, self._words[ending][place // WORD], 1 << place % WORD

    @property
    def words(self) -> int:
        """How many columns mark the facts."""
        return len(self._words["unknown"])

    def _marks(self, ending: Mark, tests: dict[str, Predicate], comment: str) -> None:
        """Keep as bits for which facts a test holds, in as many columns as they need."""
        words: dict[int, list[Part]] = {}
        for place, test in enumerate(tests.values()):
            parts = words.setdefault(place // WORD, [])
            parts += [] if test is False else [chosen([(test, number(1 << place % WORD))], number(0))]
        self._words[ending] = [
            self.columns.source("facts", ending, self.dialect.whole(added(parts)), comment) for parts in words.values()
        ]

    def _fact(self, fact: Fact) -> None:
        names = [name for name in columns_of(fact) if self.present is None or name in self.present]
        if not names:
            self.slots[fact.name] = constant_slot(fact.unsaid)
            self.unknown[fact.name], self.valid[fact.name] = fact.presumed is None, True
            return
        if fact.type.kind == "set":
            self._set(fact, names)
            return
        column = f"t.{self.dialect.identifier(fact.name)}"
        self.unknown[fact.name] = fact.presumed is None and Word(f"{column} IS NULL")
        write = self._interval if fact.type.is_numeric else self._bits
        write(fact, column)

    def _bits(self, fact: Fact, column: str) -> None:
        everything = (1 << len(fact.type.names)) - 1
        values: dict[Part, int]
        if fact.type.kind == "boolean":
            text, values = f"CAST({column} AS {self.dialect.small})", {number(1): TRUE, number(0): FALSE}
            self.valid[fact.name] = _is_null_or(column, Word(self.dialect.is_flag.format(column)))
        else:
            text = self.dialect.exact_text.format(column)
            values = {self.dialect.text(value): 1 << place for place, value in enumerate(fact.type.values)}
            known = Group(f"{text} IN (", tuple(values) or (Word("NULL"),), ", ", ")")
            self.valid[fact.name] = _is_null_or(column, known)
        whens = tuple(Group("WHEN ", (value, number(bit)), " THEN ", "") for value, bit in values.items())
        tried = Group(f"CASE {text} ", (*whens, Word(f"ELSE {everything}")), " ", " END") if whens else None
        part = self._presuming(fact, [column], 1, self.dialect.whole(tried or number(everything)))
        name = self.columns.source(fact.name, "may_be", part, f"{fact.name}: possible values as bits")
        self.slots[fact.name] = Slot(least=name, most=name, inside=everything)

    def _interval(self, fact: Fact, column: str) -> None:
        kind = fact.type
        value = self.dialect.day_number.format(column) if kind.kind == "date" else column
        part = Word(value) if kind.kind == "date" else self.dialect.whole(Word(column))
        fits = Word(f"{value} BETWEEN {kind.minimum} AND {kind.maximum}")
        is_right = (self.dialect.is_date if kind.kind == "date" else self.dialect.is_whole).format(column)
        self.valid[fact.name] = _is_null_or(column, Group("(", (Word(is_right), fits), " AND ", ")"))
        least, most = (
            self.columns.source(
                fact.name, end, self._presuming(fact, [column], place, chosen([(fits, part)], number(bound))), comment
            )
            for place, (end, bound, comment) in enumerate(
                (("least", kind.minimum, fact.name), ("most", kind.maximum, ""))
            )
        )
        self.slots[fact.name] = Slot(least=least, most=most, inside=(kind.minimum, kind.maximum))

    def _set(self, fact: Fact, names: list[str]) -> None:
        quoted = {name: f"t.{self.dialect.identifier(name)}" for name in names}
        is_null = [Word(f"{column} IS NULL") for column in quoted.values()]
        self.unknown[fact.name] = len(names) < len(fact.type.values) or any_of(is_null)
        if fact.presumed is not None:
            self.unknown[fact.name] = all_of([self.unknown[fact.name], negated(all_of(is_null))])
        self.valid[fact.name] = all_of(
            _is_null_or(column, Word(self.dialect.is_flag.format(column))) for column in quoted.values()
        )
        sure, possible = list[Part](), list[Part]()
        for place, name in enumerate(columns_of(fact)):
            value = f"CAST({quoted[name]} AS {self.dialect.small})" if name in quoted else "NULL"
            sure += [Word(f"CASE {value} WHEN 1 THEN {1 << place} ELSE 0 END")] if name in quoted else []
            tried = f"CASE {value} WHEN 0 THEN 0 ELSE {1 << place} END" if name in quoted else str(1 << place)
            possible.append(Word(tried))
        comment = f"{fact.name}: values that are in it for certain, and that may be, as bits"
        parts = (self.dialect.whole(added(each)) for each in (sure, possible))
        ends = [self._presuming(fact, [*quoted.values()], place, part) for place, part in enumerate(parts)]
        least = self.columns.source(fact.name, "sure", ends[0], comment)
        most = self.columns.source(fact.name, "possible", ends[1])
        self.slots[fact.name] = Slot(least=least, most=most, inside=(0, (1 << len(fact.type.values)) - 1))

    def _presuming(self, fact: Fact, columns: list[str], end: int, part: Part) -> Part:
        """Return what an end of a fact is, which is that of what the law presumes where its columns say nothing."""
        if fact.presumed is None:
            return part
        ends = fact.unsaid if isinstance(fact.unsaid, tuple) else (fact.unsaid, fact.unsaid)
        nothing = all_of([Word(f"{column} IS NULL") for column in columns])
        return chosen([(nothing, self.dialect.whole(number(ends[end])))], part)


def _is_null_or(column: str, test: Part) -> Part:
    return Group("(", (Word(f"{column} IS NULL"), test), " OR ", ")")


def check_size(name: str, values: int) -> None:
    """Refuse a variable with more values than a whole number has bits.

    Raises:
        NotInSqlError: There are too many.
    """
    if values > WORD:
        raise NotInSqlError(
            f"{name}: {values} values, at most {WORD} can be written as SQL",
            f"{name}：有 {values} 个取值，写成 SQL 最多 {WORD} 个",
        )


def create_table(facts: Iterable[Fact], dialect: Dialect, table: str, keys: Collection[str]) -> str:
    """Return CREATE TABLE for a table of facts, every fact optional; what several places read stands once."""
    keyed = [f"{dialect.identifier(key)} {dialect.column_types['text']} NOT NULL" for key in keys]
    columns = dict.fromkeys(line for fact in facts for line in _definitions(fact, dialect))
    listed = ",\n  ".join([*keyed, *columns])
    return f"CREATE TABLE {dialect.table(table)} (\n  {listed}\n)"


def _definitions(fact: Fact, dialect: Dialect) -> Iterator[str]:
    held = {"boolean": "flag", "set": "flag", "date": "date", "enumeration": "text"}.get(fact.type.kind, "number")
    for name in columns_of(fact):
        yield f"{dialect.identifier(name)} {dialect.column_types[held]}"
