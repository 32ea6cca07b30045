"""What differs between databases: names, literals, casts, bits, dates, and how a CTE is kept from being inlined.

Guaranteed: a literal gives exactly its text and ends where it should, whatever the text holds and however the server
treats backslashes; a comment never ends early; every name of a table or column is checked and quoted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from cso_rules.errors import CsoRulesError
from cso_rules.executors.sql.nodes import Group, Name, Part, Predicate, Word, added, chosen, compared, is_known_number
from cso_rules.model.civil_dates import EPOCH

LONGEST_NAME: Final = 63
"""Bytes that PostgreSQL keeps of a name; it would cut the rest without a word."""
_JULIAN: Final = "1721424.5"


class NotInSqlError(CsoRulesError):
    """Something cannot be written as SQL, or a name cannot be used in a database."""

    def __init__(self, en: str, zh: str) -> None:
        """Keep the message in both languages."""
        super().__init__(en, zh)
        self.en, self.zh = en, zh

    def in_language(self, language: str) -> str:
        """Return the message in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        """Return the message in English."""
        return self.en


@attrs.frozen(kw_only=True)
class Dialect:
    """How one database writes what the others write differently.

    Attributes:
        name: What a user calls it.
        sqlglot: Its name in sqlglot, by which tests parse every statement.
        quote: What encloses a name.
        kept: What stands before and after the query of a CTE, so that it is evaluated once. To PostgreSQL a limit that
            is NULL is none; the planner, who cannot know, takes the rows for few and compiles nothing to machine code.
        hint: What follows SELECT in a CTE, for the same purpose.
        integer: The type of a whole number of 64 bits, as a cast names it.
        small: The type by which a truth value is cast to 0 or 1.
        day_number: Ordinal of a date, 1 for the first day of the year 1; `date_of` is its inverse.
        division: The whole quotient of two numbers.
        bits: The bits that two numbers share.
        is_date: Whether a column that is not NULL holds a date; `is_whole` and `is_flag` alike for other kinds.
        exact_text: A text so that it is compared letter by letter.
        concatenates: Whether texts are joined by CONCAT, not by `||`.
        joins_texts: Whether CONCAT_WS joins the texts that are not NULL.
        unites: Whether `|` gives the bits that either of two numbers has.
        literal: Writes a text so that no setting of the server changes it.
        upper_case: Whether names of tables are kept in capitals.
        column_types: Types of columns in CREATE TABLE by what they hold: flag, number, date, text.
        most_columns: How many columns a SELECT may list; None where far more are taken than any rules need.
    """

    name: str
    sqlglot: str
    quote: str
    integer: str
    small: str
    day_number: str
    date_of: str
    division: str
    bits: str
    is_date: str
    is_whole: str
    is_flag: str
    exact_text: str
    concatenates: bool
    literal: Callable[[str], str]
    column_types: Mapping[str, str]
    kept: tuple[str, str] = ("", "")
    hint: str = ""
    upper_case: bool = False
    unites: bool = True
    joins_texts: bool = True
    most_columns: int | None = None

    def identifier(self, name: str) -> str:
        """Return a name of a table or column, quoted.

        Raises:
            NotInSqlError: The name is none that every database keeps.
        """
        _check_name(name)
        written = name.upper() if self.upper_case else name
        return f"{self.quote}{written}{self.quote}"

    def table(self, name: str) -> str:
        """Return the quoted name of a table, with its schema where it has one."""
        return ".".join(self.identifier(part) for part in name.split("."))

    def whole(self, part: Part) -> Part:
        """Return an expression as a whole number of 64 bits."""
        return part if is_known_number(part) else Group("CAST(", (part,), "", f" AS {self.integer})")

    def divided(self, part: Part, divisor: int) -> Part:
        """Return the whole quotient of a number that is not negative."""
        return around(self.division, part, divisor)

    def common_bits(self, part: Part, mask: int) -> Part:
        """Return the bits that an expression and a mask share."""
        if isinstance(part, Word) and part.text.isdigit():
            return Word(str(int(part.text) & mask))
        return around(self.bits, part, mask)

    def has_bits(self, part: Part, inside: int, mask: int, *, never_empty: bool = False) -> Predicate:
        """Return the predicate that an expression, whose bits lie inside, shares a bit with a mask.

        Where it has a bit in any case, to share one means not to be the only other one.
        """
        if isinstance(part, Word) and part.text.isdigit():
            return bool(int(part.text) & mask)
        if not inside & mask:
            return False
        rest = inside & ~mask
        if rest and not rest & (rest - 1) and never_empty:
            return compared(part, "<>", rest)
        return compared(self.common_bits(part, inside & mask), "<>", 0)

    def united(self, parts: Sequence[Part], define: Callable[[str, str, Part], Part]) -> Part:
        """Return the bits that any of several numbers has; in steps where the database has no sign for it."""
        if len(parts) == 1:
            return parts[0]
        if self.unites:
            return Group("(", tuple(parts), " | ", ")")
        found, *others = (part if isinstance(part, Word | Name) else define("bits", "of_one", part) for part in parts)
        for other in others:
            shared = Group("BITAND(", (found, other), ", ", ")")
            found = define("bits", "of_all", added([found, other, Group("(-1 * ", (shared,), "", ")")]))
        return found

    def text(self, text: str) -> Part:
        """Return a literal."""
        return Word(self.literal(text))

    def listed(self, tests: Sequence[tuple[str, Predicate]]) -> Part:
        """Return a JSON array of the texts whose tests hold."""
        found = [(self.text(value), test) for value, test in tests if test is not False]
        if not found:
            return self.text("[]")
        if self.joins_texts:
            joined = self._joined([chosen([(test, text)], None) for text, test in found])
        else:
            cases = [(self.text(f",{value}"), test) for value, test in tests if test is not False]
            parts = [chosen([(test, text)], self.text("")) for text, test in cases]
            joined = Group("SUBSTR(", (self._concatenated(parts),), "", ", 2)")
        return self._concatenated([self.text("["), joined, self.text("]")])

    def _joined(self, parts: Sequence[Part]) -> Part:
        """Return the texts that are not NULL, with commas between them; in groups, for arguments are limited."""
        if len(parts) <= _GROUP:
            return Group("CONCAT_WS(',', ", tuple(parts), ", ", ")")
        groups = [self._joined(parts[start : start + _GROUP]) for start in range(0, len(parts), _GROUP)]
        return self._joined([Group("NULLIF(", (group,), "", ", '')") for group in groups])

    def _concatenated(self, parts: Sequence[Part]) -> Part:
        """Return texts one after the other; long rows in groups, for a long chain is too deep for some parsers."""
        left = list(parts)
        while len(left) > 1:
            groups = [tuple(left[start : start + _GROUP]) for start in range(0, len(left), _GROUP)]
            left = [group[0] if len(group) == 1 else self._pair(group) for group in groups]
        return left[0]

    def _pair(self, parts: tuple[Part, ...]) -> Part:
        return Group("CONCAT(", parts, ", ", ")") if self.concatenates else Group("(", parts, " || ", ")")


_GROUP: Final = 40


def around(template: str, part: Part, number: int = 0) -> Part:
    """Return a part put into a template at `{0}`, and a number at `{1}`."""
    before, after = template.replace("{1}", str(number)).split("{0}")
    return Group(before, (part,), "", after)


def _check_name(name: str) -> None:
    is_plain = name.isidentifier() and unicodedata.normalize("NFKC", name) == name
    if not is_plain or len(name.encode()) > LONGEST_NAME:
        shown = escaped(name[:LONGEST_NAME]) or "''"
        raise NotInSqlError(
            f"{shown}: a name in a database is made of letters, digits and _, in at most {LONGEST_NAME} bytes",
            f"{shown}：数据库中的名称只能由字母、数字和 _ 组成，不超过 {LONGEST_NAME} 字节",
        )


def escaped(text: str) -> str:
    r"""Return text for a comment: nothing that ends a line or hides in it, nor the signs of client programs.

    Spark replaces `${...}` and SQL*Plus replaces `&name`, even in comments; psql reads a line that begins with `\`. To
    SQL*Plus a line that ends with `;` ends the statement, and one that ends with `-` goes on in the next.
    """
    text = text.rstrip(" ")
    harmful = {place for place, letter in enumerate(text) if not letter.isprintable() or letter in "$&\\"}
    harmful |= {len(text) - 1} if text.endswith((";", "-")) else set()
    return "".join(f"u+{ord(letter):04x}" if place in harmful else letter for place, letter in enumerate(text))


def _is_plain(text: str, special: str) -> bool:
    return all(letter.isprintable() and letter not in special for letter in text)


def _refuse_nul(text: str) -> str:
    if "\0" in text:
        raise NotInSqlError(
            "a text with the character U+0000 cannot be written as SQL", "文本含有 U+0000，无法写成 SQL"
        )
    return text


def _standard(text: str) -> str:
    return "'" + _refuse_nul(text).replace("'", "''") + "'"


def _hexadecimal(template: str, special: str) -> Callable[[str], str]:
    """Return a writer of literals that leaves nothing special to the server's settings."""

    def write(text: str) -> str:
        _refuse_nul(text)
        return f"'{text}'" if _is_plain(text, special) else template.format(text.encode().hex())

    return write


def _oracle(text: str) -> str:
    parts = " || CHR(38) || ".join(map(_standard, text.split("&")))
    return f"({parts})" if "&" in text else parts


DUCKDB: Final = Dialect(
    name="duckdb", sqlglot="duckdb", quote='"', integer="BIGINT", small="INTEGER",
    day_number=f"(DATE_DIFF('day', DATE '1970-01-01', CAST({{0}} AS DATE)) + {EPOCH})",
    date_of=f"CAST(DATE '1970-01-01' + CAST({{0}} - {EPOCH} AS INTEGER) AS DATE)",
    division="({0} // {1})", bits="({0} & {1})",
    is_date="CAST({0} AS DATE) IS NOT NULL", is_whole="{0} = CAST({0} AS BIGINT)",
    is_flag="CAST({0} AS INTEGER) IN (0, 1)",
    exact_text="CAST({0} AS VARCHAR)", concatenates=False, literal=_standard,
    column_types={"flag": "BOOLEAN", "number": "BIGINT", "date": "DATE", "text": "VARCHAR"},
)  # fmt: skip

POSTGRESQL: Final = Dialect(
    name="postgresql", sqlglot="postgres", quote='"', integer="BIGINT", small="INTEGER", most_columns=1_664,
    day_number=f"((CAST({{0}} AS DATE) - DATE '1970-01-01') + {EPOCH})",
    date_of=f"(DATE '1970-01-01' + CAST({{0}} - {EPOCH} AS INTEGER))",
    division="({0} / {1})", bits="({0} & {1})",
    is_date="CAST({0} AS DATE) IS NOT NULL", is_whole="{0} = CAST({0} AS BIGINT)",
    is_flag="CAST({0} AS INTEGER) IN (0, 1)",
    exact_text='CAST({0} AS TEXT) COLLATE "C"', concatenates=False,
    literal=_hexadecimal("CONVERT_FROM(DECODE('{0}', 'hex'), 'UTF8')", "'\\"),
    column_types={"flag": "BOOLEAN", "number": "BIGINT", "date": "DATE", "text": "TEXT"},
    kept=("", "\n  LIMIT (SELECT CAST(NULL AS BIGINT))"),
)  # fmt: skip

MYSQL: Final = Dialect(
    name="mysql", sqlglot="mysql", quote="`", integer="SIGNED", small="SIGNED", most_columns=4_096,
    day_number="(TO_DAYS({0}) - 365)", date_of="FROM_DAYS({0} + 365)",
    division="({0} DIV {1})", bits="({0} & {1})",
    is_date="TO_DAYS({0}) IS NOT NULL",
    is_whole="CAST(CAST({0} AS SIGNED) AS CHAR) = CAST({0} AS CHAR)",
    is_flag="CAST({0} AS CHAR) IN ('0', '1')",
    exact_text="CAST(CONVERT({0} USING utf8mb4) AS BINARY)", concatenates=True,
    literal=_hexadecimal("CONVERT(x'{0}' USING utf8mb4)", "'\\"),
    column_types={"flag": "BOOLEAN", "number": "BIGINT", "date": "DATE", "text": "VARCHAR(255)"},
    kept=("", "\n  LIMIT 9223372036854775807"),
)  # fmt: skip

SQLITE: Final = Dialect(
    name="sqlite", sqlglot="sqlite", quote='"', integer="INTEGER", small="INTEGER", most_columns=2_000,
    day_number=f"CAST(JULIANDAY({{0}}) - {_JULIAN} AS INTEGER)", date_of=f"DATE({{0}} + {_JULIAN})",
    division="({0} / {1})", bits="({0} & {1})",
    is_date="(TYPEOF({0}) = 'text' AND COALESCE(DATE({0}, '+0 days') = {0}, 0))",
    is_whole="TYPEOF({0}) = 'integer'",
    is_flag="(TYPEOF({0}) = 'integer' AND {0} IN (0, 1))",
    exact_text="{0} COLLATE BINARY", concatenates=False, literal=_standard,
    column_types={"flag": "INTEGER", "number": "INTEGER", "date": "TEXT", "text": "TEXT"},
    kept=("MATERIALIZED ", ""), joins_texts=False,
)  # fmt: skip

SPARK: Final = Dialect(
    name="spark", sqlglot="spark", quote="`", integer="BIGINT", small="INT",
    day_number=f"(DATEDIFF(CAST({{0}} AS DATE), DATE '1970-01-01') + {EPOCH})",
    date_of=f"DATE_ADD(DATE '1970-01-01', CAST({{0}} - {EPOCH} AS INT))",
    division="({0} DIV {1})", bits="({0} & {1})",
    is_date="CAST({0} AS DATE) IS NOT NULL", is_whole="{0} = CAST({0} AS BIGINT)",
    is_flag="CAST({0} AS INT) IN (0, 1)", exact_text="CAST({0} AS STRING)", concatenates=True,
    literal=_hexadecimal("CAST(X'{0}' AS STRING)", "'\\$"),
    column_types={"flag": "BOOLEAN", "number": "BIGINT", "date": "DATE", "text": "STRING"},
)  # fmt: skip

ORACLE: Final = Dialect(
    name="oracle", sqlglot="oracle", quote='"', integer="NUMBER(19)", small="NUMBER(1)",
    day_number=f"(TRUNC({{0}}) - DATE '1970-01-01' + {EPOCH})", date_of=f"(DATE '1970-01-01' + ({{0}} - {EPOCH}))",
    division="TRUNC({0} / {1})", bits="BITAND({0}, {1})",
    is_date="TRUNC({0}) IS NOT NULL", is_whole="{0} = TRUNC({0})",
    is_flag="{0} IN (0, 1)", exact_text="{0}", concatenates=False, literal=_oracle,
    column_types={"flag": "NUMBER(1)", "number": "NUMBER(19)", "date": "DATE", "text": "VARCHAR2(255 CHAR)"},
    hint=" /*+ MATERIALIZE */", upper_case=True, unites=False, joins_texts=False,
)  # fmt: skip

DIALECTS: Final = {dialect.name: dialect for dialect in (DUCKDB, POSTGRESQL, MYSQL, SQLITE, SPARK, ORACLE)}


def dialect_of(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises:
        NotInSqlError: There is no dialect of that name.
    """
    if name not in DIALECTS:
        known = ", ".join(DIALECTS)
        raise NotInSqlError(
            f"no SQL dialect {escaped(name)}; there are {known}", f"没有 SQL 方言 {escaped(name)}，可用：{known}"
        )
    return DIALECTS[name]
