"""Facts of many rows: Arrow columns become planes and arrays; what is no value of its fact is a problem of its row.

Nothing is rounded, guessed or silently unknown: a null is unknown, and every other value is read exactly, in part where
it says bounds or some members, or is unknown with a problem that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import attrs

from cso_rules.errors import FactProblem, FactsError, facts_error
from cso_rules.executors.planes.bits import Array, Plane, from_bitmap, packed, unpacked, word_count
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.facts.columns import Cells, Column, Columns, Problem, Wrong, known_rows
from cso_rules.executors.planes.facts.short_texts import meanings
from cso_rules.executors.planes.facts.texts import IN_PART, PROBLEM, Texts, with_nulls
from cso_rules.executors.planes.facts.unions import unions, united
from cso_rules.executors.planes.facts.unsaid import FILLER, UNKNOWN, note_fillers, only_fillers, presuming
from cso_rules.executors.planes.facts.wrong_values import outside, wrong, wrong_type
from cso_rules.executors.planes.lists import listed, marks_of
from cso_rules.model.civil_dates import EPOCH
from cso_rules.model.coded import said
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.spelling.units import Measure
from cso_rules.model.types import Domain, Type, scaled

NO_MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({})
NO_SIGNS: Final[Mapping[str, str]] = MappingProxyType({})
_NARROW: Final = 18
"""Digits that always fit into 64 bits."""


class Reader:
    """Reads batches of one table; what a text means is worked out once and remembered, within a bound."""

    def __init__(
        self,
        policy: Policy,
        positions: Mapping[str, int],
        names: tuple[str, ...],
        measures: Mapping[str, Measure] = NO_MEASURES,
    ) -> None:
        """Prepare to read facts.

        Args:
            policy: The rules whose vocabulary the facts use.
            positions: In which column each fact stands; others are unknown.
            names: The facts to read.
            measures: In which unit the numbers of a fact stand, where that is not its own.
        """
        self.facts = {name: policy.facts[name] for name in names if policy.facts[name].type.kind != "text"}
        self.presumed = [fact for fact in self.facts.values() if fact.presumed is not None]
        self.positions, self.measures = positions, measures
        self._left_out: Array = np.zeros(0, np.int64)
        given = ((name, fact) for name, fact in self.facts.items() if name in positions)
        self.texts = {name: Texts(policy, fact, measures.get(name)) for name, fact in given}

    def read(self, batch: Any, left_out: Collection[int] = (), signs: Mapping[str, str] = NO_SIGNS) -> Columns:
        """Read a batch.

        Args:
            batch: The rows.
            left_out: Those that are not answered, so that nothing in them bears on others.
            signs: Texts of rows elsewhere that show that others of their column mean nothing certain, by their facts.

        Raises:
            FactsError: A column has a type that no value of its fact has.
        """
        self._left_out = np.fromiter(left_out, np.int64, len(left_out))
        for name in signs.keys() & self.texts.keys():
            self.texts[name].note_sign(signs[name])
        rows, words = batch.num_rows, word_count(batch.num_rows)
        found, states = {}, dict.fromkeys(self.facts, "absent")
        problems: list[Problem] = []
        fillers, in_part = dict[str, Cells](), dict[str, Cells]()
        for name, fact in self.facts.items():
            array = batch.column(self.positions[name]) if name in self.positions else None
            if array is not None and array.null_count < rows:
                found[name] = self._column(fact, array, words, problems, fillers)
                if fact.type.kind == "set":
                    found[name] = listed(
                        fact, found[name], array, self._marks(fact, batch, found[name], problems), rows
                    )
                states[name] = found[name].state
                if self.texts[name].worded:
                    in_part[name] = self.texts[name].in_part(array)
        columns = Columns(rows, words, found, states, problems, fillers, in_part)
        return self._presuming(columns) if self.presumed else columns

    def _marks(self, fact: Fact, batch: Any, column: Column, problems: list[Problem]) -> Array | None:
        """Return whether the list of each row is said to be complete; None where no column says it."""
        place = self.positions.get(fact.complete_name)
        if place is None:
            return None
        marks, unread = marks_of(batch.column(place))
        for row, text in unread:
            if column.known is None or int(column.known[row // 64]) >> row % 64 & 1:
                problems.append((row, fact.complete_name, Wrong(text, said("no-yes-or-no", text=repr(text[:40])))))
        return marks

    def _presuming(self, columns: Columns) -> Columns:
        """Return the facts with what the law presumes where nothing is said."""
        found, planes = {**columns.found}, dict[str, Plane]()
        for fact in self.presumed:
            name = fact.name
            said = [row for row, about, _ in columns.problems if about == name]
            said += columns.fillers[name].doubted if name in columns.fillers else ()
            found[name], planes[name] = presuming(fact, found.get(name), columns.told(fact), said, columns.rows)
        states = {name: found[name].state for name in planes}
        return attrs.evolve(columns, found=found, states={**columns.states, **states}, presumed=planes)

    def check(self, schema: Any) -> None:
        """Look at the types of columns.

        Raises:
            FactsError: Columns cannot hold values of their facts exactly.
        """
        problems: list[FactProblem] = []
        for name in self.facts.keys() & self.positions.keys():
            kind = schema.field(self.positions[name]).type
            try:
                _ = pa.types.is_null(kind) or self._column(self.facts[name], pa.nulls(1, kind), 1, [], {})
            except FactsError as error:
                problems += error.problems
        if problems:
            raise facts_error(problems)

    def _column(self, fact: Fact, array: Any, words: int, problems: list[Problem], fillers: dict[str, Cells]) -> Column:
        array = array.storage if isinstance(array, pa.ExtensionArray) else array
        array = self._as_answers(fact, array)
        kind, read = array.type, _reader_of(fact.type, self._exponent(fact))
        if _is_text(kind) or (pa.types.is_dictionary(kind) and _is_text(kind.value_type)):
            found = self._texts(fact, array, words, problems, fillers)
        elif fact.type.kind == "set" and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
            found = self._lists(fact, array, words, problems, fillers)
        elif (column := read(fact, array, words, problems)) is not None:
            found = column
        else:
            raise facts_error([wrong_type(fact, kind)])
        return found

    def _as_answers(self, fact: Fact, array: Any) -> Any:
        """Return true and false as texts where the heading says what these mean."""
        measure = self.measures.get(fact.name)
        if measure is None or not measure.meanings or not pa.types.is_boolean(array.type):
            return array
        codes = pa.array(np.asarray(array.cast(pa.int8()).fill_null(0)), pa.int8(), mask=~np.asarray(array.is_valid()))
        return pa.DictionaryArray.from_arrays(codes, pa.array(["否", "是"]))

    def _exponent(self, fact: Fact) -> int:
        measure = self.measures.get(fact.name)
        return 0 if measure is None else measure.exponent

    def _texts(self, fact: Fact, array: Any, words: int, problems: list[Problem], fillers: dict[str, Cells]) -> Column:
        texts = self.texts[fact.name].of(in_lists=False)
        codes, is_clean = self._codes(fact, array)
        if is_clean:
            return _of_values(fact, codes, known_rows(array), words)
        note_fillers(fact, codes, fillers, lambda row: (array[row].as_py(),))
        problems += _problems_of(fact, codes, lambda row: texts.problem(array[row].as_py()))
        if int(codes.min()) <= IN_PART:
            return _in_part(fact, codes, texts.domains, words)
        return _from_codes(fact, codes, words)

    def _codes(self, fact: Fact, array: Any) -> tuple[Array, bool]:
        """Return what each text means, and whether it is a value wherever it is not null."""
        texts, is_boolean = self.texts[fact.name], fact.type.kind == "boolean"
        if _is_text(array.type):
            codes = None if is_boolean else meanings(array, texts.table, texts.frequent)
            if codes is not None and not texts.is_sign_seen:
                texts.note_taken(codes, array)
                is_clean = not (packed(codes < 0, word_count(codes.size)) & _present(array)).any()
                return codes if is_clean else with_nulls(codes, array, UNKNOWN), is_clean
            array = array.dictionary_encode()
        table = texts.table(array.dictionary)
        if _is_clean(table) and not (is_boolean or texts.is_sign_seen):
            codes = _places(table, array)
            texts.note_taken(codes, array)
            return codes, True
        return texts.without_doubtful(_taken(table, array), array, self._left_out), False

    def _lists(self, fact: Fact, array: Any, words: int, problems: list[Problem], fillers: dict[str, Cells]) -> Column:
        texts = self.texts[fact.name].of(in_lists=True)
        if (unified := unions(array, texts.table, texts.frequent_lists)) is not None:
            return _of_values(fact, unified, known_rows(array), words)
        offsets = np.asarray(array.offsets)
        values = array.values[int(offsets[0]) : int(offsets[-1])] if offsets.size else array.values
        if not _is_text(values.type.value_type if pa.types.is_dictionary(values.type) else values.type):
            raise facts_error([wrong_type(fact, array.type)])
        codes, is_clean = self._codes(fact, values)
        lengths = np.diff(offsets)
        if is_clean and not values.null_count:
            return _of_values(fact, united(codes, offsets, lengths), known_rows(array), words)
        masks = united(with_nulls(codes, values, PROBLEM), offsets, lengths)
        masks[masks < 0] = PROBLEM
        masks[only_fillers(codes, lengths)] = FILLER
        if array.null_count:
            masks[~np.asarray(array.is_valid())] = UNKNOWN
        note_fillers(fact, masks, fillers, lambda row: tuple(array[row].as_py()))
        problems += _problems_of(fact, masks, lambda row: texts.problem_of_list(array[row].as_py()))
        return _from_codes(fact, masks, words)


def _is_clean(table: Array) -> bool:
    """Tell whether every text of a dictionary is a value."""
    return bool(table.size) and int(table.min()) >= 0


def _places(table: Array, array: Any) -> Array:
    """Return what the code of each row means; where it is null, anything."""
    indices = array.indices
    places = np.frombuffer(indices.buffers()[1], indices.type.to_pandas_dtype())
    found: Array = table.take(places[indices.offset : indices.offset + len(indices)], mode="clip")
    return found


def _of_values(fact: Fact, codes: Array, known: Plane | None, words: int) -> Column:
    """Return the column of encoded values, which mean nothing where the fact is not known."""
    if fact.type.kind == "enumeration":
        return Column(words, known, codes=codes)
    if fact.type.kind != "set":
        return Column(words, known, numbers=_narrowest(codes + fact.type.minimum))
    codes = _narrow(codes, len(fact.type.names))
    return Column(words, known, codes=codes if known is None else codes * unpacked(known, codes.size), is_set=True)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _taken(table: Array, array: Any, missing: int = UNKNOWN) -> Array:
    """Return what the code of each row means; nothing is done for each row in Python."""
    indices = array.indices
    found = _places(np.append(table, table.dtype.type(missing)), array)
    if indices.null_count:
        found[~np.asarray(indices.is_valid())] = missing
    return found


def _problems_of(fact: Fact, codes: Array, reason: Callable[[int], Wrong]) -> list[Problem]:
    """Return what is wrong with the rows that have no value."""
    return [(row, fact.name, reason(row)) for row in np.flatnonzero(codes == PROBLEM).tolist()]


def _in_part(fact: Fact, codes: Array, domains: Sequence[Domain], words: int) -> Column:
    """Return the column of values of which some are known in part: the least and the greatest, or sure and possible."""
    kind = fact.type
    assert isinstance(kind.everything, tuple)
    (least, greatest), is_value = kind.everything, codes >= 0
    own = codes.astype(np.int64) + (kind.minimum if kind.is_numeric else 0)
    low, high = np.where(is_value, own, np.int64(least)), np.where(is_value, own, np.int64(greatest))
    rows = np.flatnonzero(codes <= IN_PART)
    ends = np.array(domains, np.int64)[IN_PART - codes[rows].astype(np.int64)]
    low[rows], high[rows] = ends[:, 0], ends[:, 1]
    if kind.is_numeric:
        return Column(words, numbers=low, most=high)
    return Column(words, codes=low, most=high, is_set=True)


def _from_codes(fact: Fact, codes: Array, words: int) -> Column:
    """Return the column of encoded values; negative ones are unknown or no value."""
    known = None
    if codes.size and int(codes.min()) < 0:
        known = packed(codes >= 0, words)
        if fact.type.kind == "set" or fact.type.is_numeric:
            codes = np.where(codes >= 0, codes, codes.dtype.type(0))
    match fact.type.kind:
        case "boolean":
            return Column(words, known, truths=packed(codes == 0, words))
        case "enumeration":
            return Column(words, known, codes=codes)
        case "set":
            return Column(words, known, codes=_narrow(codes, len(fact.type.names)), is_set=True)
        case _:
            return Column(words, known, numbers=_narrowest(codes + fact.type.minimum))


def _narrow(codes: Array, size: int) -> Array:
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if np.iinfo(kind).bits >= size)
    return codes.astype(kind, copy=False)


# Columns that are no texts.

_Read = Callable[[Fact, Any, int, list[Problem]], Column | None]


def _reader_of(kind: Type, exponent: int) -> _Read:
    """Return what reads a column of a type, whose numbers are multiplied by a power of ten."""
    readers: dict[str, _Read] = {"boolean": _booleans, "date": _dates}
    readers |= dict.fromkeys(("integer", "money", "decimal"), partial(_numbers, exponent))
    return readers.get(kind.kind, lambda *_: None)


def _present(array: Any) -> Plane | np.uint64:
    """Return where there is no null, everywhere as one word."""
    known = known_rows(array)
    return np.uint64(2**64 - 1) if known is None else known


def _booleans(_: Fact, array: Any, words: int, __: list[Problem]) -> Column | None:
    if not pa.types.is_boolean(array.type):
        return None
    return Column(words, known_rows(array), truths=from_bitmap(array.buffers()[1], array.offset, len(array)))


def _dates(fact: Fact, array: Any, words: int, problems: list[Problem]) -> Column | None:
    if not pa.types.is_date32(array.type):
        return None
    days = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array)]
    low, high = fact.type.minimum - EPOCH, fact.type.maximum - EPOCH
    return _checked(fact, array, days, (low, high), words, problems, lambda found: found + np.int32(EPOCH))


def _numbers(exponent: int, fact: Fact, array: Any, words: int, problems: list[Problem]) -> Column | None:
    if pa.types.is_decimal(array.type):
        return _decimals(exponent, fact, array, words, problems)
    if not pa.types.is_integer(array.type):
        return None
    width = array.type.to_pandas_dtype()
    values = np.frombuffer(array.buffers()[1], width)[array.offset : array.offset + len(array)]
    unit = int(10 ** (fact.type.scale + exponent))
    low, high = -(-fact.type.minimum // unit), fact.type.maximum // unit
    scaled: Callable[[Array], Array] = lambda found: found * np.int64(unit) if unit > 1 else found  # noqa: E731
    return _checked(fact, array, values, (low, high), words, problems, scaled)


def _checked(  # noqa: PLR0913, PLR0917 - what a column consists of
    fact: Fact,
    array: Any,
    values: Array,
    limits: tuple[int, int],
    words: int,
    problems: list[Problem],
    encoded: Callable[[Array], Array],
) -> Column:
    """Return the column of values, where those beyond the limits are problems and nulls may hold anything."""
    known, ends = known_rows(array), _ends(values, limits[0])
    if int(ends[0]) < limits[0] or int(ends[1]) > limits[1]:
        beyond = (values < limits[0]) | (values > limits[1])
        if known is not None:
            present = np.unpackbits(known.view(np.uint8), count=values.size, bitorder="little").view(np.bool_)
            values, beyond = np.where(present, values, values.dtype.type(0)), beyond & present
        rows = np.flatnonzero(beyond).tolist()
        problems += [(row, fact.name, _beyond(fact, array[row])) for row in rows]
        if rows:
            fine = ~beyond if known is None else present & ~beyond
            known, values = packed(fine, words), np.where(fine, values, values.dtype.type(0))
        ends = _ends(values)
    if values.dtype.kind == "u" and values.dtype.itemsize == 8:  # noqa: PLR2004 - all values fit by now
        values, ends = values.astype(np.int64), ends.astype(np.int64)
    return Column(words, known, numbers=_narrowest(encoded(values), encoded(ends)))


def _ends(numbers: Array, least: int = 1) -> Array:
    """Return the least and the greatest of some numbers, zeros of none.

    Args:
        numbers: Whole numbers.
        least: What may be; if it is not more than zero, zero may stand for what is not less.
    """
    if least <= 0 and numbers.size and numbers.dtype.kind == "i":
        most = int(numbers.view(f"u{numbers.dtype.itemsize}").max())  # beyond all numbers if one is less than zero
        if most <= np.iinfo(numbers.dtype).max:
            return np.array([0, most], numbers.dtype)
    return np.array([numbers.min(), numbers.max()] if numbers.size else [0, 0], numbers.dtype)


def _narrowest(numbers: Array, ends: Array | None = None) -> Array:
    """Return numbers in the smallest type that has room for their ends: comparing costs what their memory costs."""
    low, high = map(int, _ends(numbers) if ends is None else ends)
    kinds = (np.int8, np.int16, np.int32, np.int64)
    kind = next(kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return numbers if numbers.dtype.itemsize <= np.dtype(kind).itemsize else numbers.astype(kind)


def _beyond(fact: Fact, scalar: Any) -> Wrong:
    try:
        shown = scalar.as_py()
    except (ValueError, OverflowError):
        shown = scalar.value
    return wrong(fact, str(shown), outside(fact, shown), is_impossible=True)


def _decimals(exponent: int, fact: Fact, array: Any, words: int, problems: list[Problem]) -> Column | None:
    """Read decimals exactly: whole numbers of the smallest unit, or a problem."""
    if array.type.bit_width > 128:  # noqa: PLR2004 - no fact is so large
        return None
    array = array if array.type.bit_width == 128 else array.cast(pa.decimal128(38, array.type.scale))  # noqa: PLR2004
    pairs = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)[array.offset : array.offset + len(array)]
    is_narrow = array.type.precision <= _NARROW or not _is_wide(pairs, array)
    if array.type.scale == fact.type.scale + exponent and is_narrow:
        limits = (fact.type.minimum, fact.type.maximum)
        return _checked(fact, array, np.ascontiguousarray(pairs[:, 0]), limits, words, problems, lambda found: found)
    return _slow_decimals(exponent, fact, array, words, problems)


def _is_wide(pairs: Array, array: Any) -> bool:
    """Tell whether some known number does not fit into 64 bits."""
    wide = pairs[:, 1] != pairs[:, 0] >> 63
    return bool((wide & np.asarray(array.is_valid())).any() if wide.any() else False)


def _slow_decimals(exponent: int, fact: Fact, array: Any, words: int, problems: list[Problem]) -> Column:
    """Read decimals of another scale, or too wide ones, each distinct number once."""
    coded = array.dictionary_encode()
    table = np.array([_encoded(exponent, fact, value) for value in coded.dictionary.to_pylist()], np.int64)
    codes = _taken(table, coded)
    problems += _problems_of(fact, codes, lambda row: _beyond(fact, array[row]))
    return _from_codes(fact, codes, words)


def _encoded(exponent: int, fact: Fact, value: Any) -> int:
    number = None if value is None else scaled(value, fact.type.scale + exponent)
    if number is None:
        return UNKNOWN
    is_fine = number == number.to_integral_value() and fact.type.minimum <= number <= fact.type.maximum
    return int(number) - fact.type.minimum if is_fine else PROBLEM
