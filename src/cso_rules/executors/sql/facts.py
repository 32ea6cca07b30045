"""The first stage: columns of a table of facts become domains; what is not a possible value is noticed.

A fact is a column of its name, NULL while unknown. A set is one flag for each value, `fact__value`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.decisions import constant_slot
from cso_rules.executors.sql.dialects import Dialect, NotInSqlError, added
from cso_rules.executors.sql.expressions import Predicate, Slot, all_of, any_of
from cso_rules.model.policy import Fact
from cso_rules.model.types import FALSE, TRUE

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

    def write(self, facts: Collection[Fact]) -> None:
        """Define the domain of every fact, and the marks of unknown and of impossible ones."""
        for place, fact in enumerate(facts):
            check_size(fact.name, len(fact.type.names))
            self._fact(f"f{place}", fact)
        self._marks("u", self.unknown, "unknown facts, as bits")
        self._marks("v", {name: _not(test) for name, test in self.valid.items()}, "impossible values, as bits")

    def mark(self, letter: str, fact: str) -> tuple[str, int]:
        """Return the column and the bit that mark a fact."""
        place = list(self.slots).index(fact)
        return f"{letter}_{place // WORD}", 1 << place % WORD

    def _marks(self, letter: str, tests: dict[str, Predicate], comment: str) -> None:
        words: dict[str, list[str]] = {}
        for fact, test in tests.items():
            column, bit = self.mark(letter, fact)
            text = str(bit * test) if isinstance(test, bool) else f"CASE WHEN {test} THEN {bit} ELSE 0 END"
            words.setdefault(column, []).extend([] if text == "0" else [text])
        for column, parts in words.items():
            self.columns.source(column, self.dialect.whole(added(parts or ["0"])), comment)

    def _fact(self, prefix: str, fact: Fact) -> None:
        names = [name for name in columns_of(fact) if self.present is None or name in self.present]
        if not names:
            self.slots[fact.name] = constant_slot(fact.type.everything)
            self.unknown[fact.name], self.valid[fact.name] = True, True
            return
        if fact.type.kind == "set":
            self._set(prefix, fact, names)
            return
        column = f"t.{self.dialect.identifier(fact.name)}"
        self.unknown[fact.name] = f"{column} IS NULL"
        write = self._interval if fact.type.is_numeric else self._bits
        write(prefix, fact, column)

    def _bits(self, prefix: str, fact: Fact, column: str) -> None:
        everything = (1 << len(fact.type.names)) - 1
        if fact.type.kind == "boolean":
            text, values = f"CAST({column} AS {self.dialect.small})", {"1": TRUE, "0": FALSE}
            self.valid[fact.name] = f"({self.dialect.is_flag.format(column)})"
        else:
            text = self.dialect.exact_text.format(column)
            values = {self.dialect.literal(value): 1 << place for place, value in enumerate(fact.type.values)}
            self.valid[fact.name] = f"({column} IS NULL OR {text} IN ({', '.join(values) or 'NULL'}))"
        tried = " ".join(f"WHEN {value} THEN {bit}" for value, bit in values.items())
        expression = f"CASE {text} {tried} ELSE {everything} END" if tried else str(everything)
        name = self.columns.source(f"{prefix}_b", self.dialect.whole(expression), fact.name)
        self.slots[fact.name] = Slot(least=name, most=name, inside=everything)

    def _interval(self, prefix: str, fact: Fact, column: str) -> None:
        kind = fact.type
        text = self.dialect.day_number.format(column) if kind.kind == "date" else self.dialect.whole(column)
        value = text if kind.kind == "date" else column
        fits = f"{value} BETWEEN {kind.minimum} AND {kind.maximum}"
        is_right = (self.dialect.is_date if kind.kind == "date" else self.dialect.is_whole).format(column)
        self.valid[fact.name] = f"(({is_right}) AND ({column} IS NULL OR {fits}))"
        least, most = (
            self.columns.source(f"{prefix}_{end}", f"CASE WHEN {fits} THEN {text} ELSE {bound} END", comment)
            for end, bound, comment in (("lo", kind.minimum, f"{fact.name} ({kind.kind})"), ("hi", kind.maximum, ""))
        )
        self.slots[fact.name] = Slot(least=least, most=most, inside=(kind.minimum, kind.maximum))

    def _set(self, prefix: str, fact: Fact, names: list[str]) -> None:
        quoted = {name: f"t.{self.dialect.identifier(name)}" for name in names}
        self.unknown[fact.name] = len(names) < len(fact.type.values) or any_of(
            f"{column} IS NULL" for column in quoted.values()
        )
        self.valid[fact.name] = all_of(f"({self.dialect.is_flag.format(column)})" for column in quoted.values())
        sure, possible = list[str](), list[str]()
        for place, name in enumerate(columns_of(fact)):
            value = f"CAST({quoted[name]} AS {self.dialect.small})" if name in quoted else "NULL"
            sure += [f"CASE {value} WHEN 1 THEN {1 << place} ELSE 0 END"] if name in quoted else []
            possible.append(f"CASE {value} WHEN 0 THEN 0 ELSE {1 << place} END" if name in quoted else str(1 << place))
        least = self.columns.source(f"{prefix}_s", self.dialect.whole(added(sure)), f"{fact.name}: sure and possible")
        most = self.columns.source(f"{prefix}_p", self.dialect.whole(added(possible)))
        self.slots[fact.name] = Slot(least=least, most=most, inside=(0, (1 << len(fact.type.values)) - 1))


def _not(test: Predicate) -> Predicate:
    return not test if isinstance(test, bool) else f"NOT {test}"


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


def create_table(facts: Collection[Fact], dialect: Dialect, table: str, keys: Collection[str]) -> str:
    """Return CREATE TABLE for a table of facts, every fact optional."""
    keyed = [f"{dialect.identifier(key)} {dialect.column_types['text']} NOT NULL" for key in keys]
    listed = ",\n  ".join([*keyed, *(line for fact in facts for line in _definitions(fact, dialect))])
    return f"CREATE TABLE {dialect.table(table)} (\n  {listed}\n)"


def _definitions(fact: Fact, dialect: Dialect) -> Iterator[str]:
    held = {"boolean": "flag", "set": "flag", "date": "date", "enumeration": "text"}.get(fact.type.kind, "number")
    for name in columns_of(fact):
        yield f"{dialect.identifier(name)} {dialect.column_types[held]}"
