"""What the texts of a column mean for its fact: values, parts of values, nothing, or a problem; remembered by text."""

from __future__ import annotations

from typing import Any, Final

import attrs

from cso_rules.errors import EngineError, facts_error
from cso_rules.executors.planes.bits import Array, unpacked
from cso_rules.executors.planes.extra import np, pa
from cso_rules.executors.planes.facts.casts import cast_texts
from cso_rules.executors.planes.facts.columns import Cells, Wrong, known_rows
from cso_rules.executors.planes.facts.short_texts import Frequent
from cso_rules.executors.planes.facts.unsaid import FILLER, UNKNOWN
from cso_rules.executors.planes.facts.wrong_values import late_sign, outside, wrong
from cso_rules.model.coded import said
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.spelling.cell_texts import CellText, read_cell_text
from cso_rules.model.spelling.column_habits import habit_of
from cso_rules.model.spelling.spellings import NO_SPELLINGS, SpellingError, read_text, spellings_of
from cso_rules.model.spelling.units import Measure
from cso_rules.model.types import Domain, Type, is_known

LARGEST_SET: Final = 63
"""Values of a set, as the bits of a whole number."""
PROBLEM: Final = -2
IN_PART: Final = -4
"""This and less: known in part; the place of what is possible in a list."""
_MEMORY: Final = 1 << 16
_FEW: Final = 1 << 10
"""Distinct texts that are read one by one, and remembered; of more, plain numbers are cast together."""


def with_nulls(codes: Array, array: Any, missing: int) -> Array:
    """Return codes with another number where there is a null."""
    known = known_rows(array)
    return codes if known is None else np.where(unpacked(known, codes.size), codes, codes.dtype.type(missing))


def _width(kind: Type, *, in_lists: bool) -> Any:
    """Return the smallest type with room for what texts mean: of whole sets any part, of members of lists one value."""
    if kind.is_numeric:
        return np.int64
    widths, size, is_set = (np.int8, np.int16, np.int32, np.int64), len(kind.names), kind.kind == "set"
    found = (width for width in widths if size < (np.iinfo(width).bits if is_set else np.iinfo(width).max))
    return np.promote_types(next(found), np.int32) if is_set and not in_lists else next(found)


class Texts:
    """What texts mean for one fact: the place of a value, bits of a set, or a number counted from the least one."""

    def __init__(self, policy: Policy, fact: Fact, measure: Measure | None) -> None:
        enumeration = policy.enumerations.get(fact.type.enumeration or "")
        if fact.type.kind == "set" and len(fact.type.names) > LARGEST_SET:
            raise EngineError(
                "bulk",
                f"{fact.name} has {len(fact.type.names)} values, and a set at most {LARGEST_SET}; use `determine`",
                f"{fact.label.zh} 有 {len(fact.type.names)} 个取值，集合最多 {LARGEST_SET} 个；请改用 determine",
            )
        self.fact, self.measure = fact, measure
        self.habit = habit_of(fact.type, measure)
        self.is_sign_seen = self.is_sign_found = self.is_taken = self.in_lists = False
        self.spellings = spellings_of(enumeration) if enumeration else NO_SPELLINGS
        self.words = enumeration.words if enumeration else ()
        self.codes: dict[str | None, int] = {}
        self.domains: list[Domain] = []
        self.worded: set[str] = set()  # of which a part is read
        self.width = _width(fact.type, in_lists=False)
        self.frequent, self.frequent_lists = Frequent(), Frequent()

    def of(self, *, in_lists: bool) -> Texts:
        """Begin anew if too much is remembered, or of other cells; codes that were given before mean nothing then."""
        if len(self.codes) > _MEMORY or self.in_lists != in_lists:
            self.codes.clear()
            self.domains.clear()
            self.worded.clear()
            self.width = _width(self.fact.type, in_lists=in_lists)
            self.frequent, self.frequent_lists = Frequent(), Frequent()
        self.in_lists = in_lists
        return self

    def table(self, dictionary: Any) -> Array:
        """Return the codes of the texts of a dictionary."""
        exponent = 0 if self.measure is None else self.measure.exponent
        cast = cast_texts(self.fact.type, dictionary, exponent) if len(dictionary) > _FEW else None
        if cast is None:
            return np.fromiter(map(self._code, dictionary.to_pylist()), self.width, len(dictionary))
        numbers, read = cast
        codes: Array = np.where(read, numbers - self.fact.type.minimum, np.int64(PROBLEM))
        others = np.flatnonzero(~read)
        texts = dictionary.take(pa.array(others)).to_pylist()
        codes[others] = np.fromiter(map(self._code, texts), np.int64, others.size)
        return codes

    def _code(self, text: str | None) -> int:
        found = self.codes.get(text)
        if found is None:
            self.is_sign_seen |= self.habit is not None and self.habit.is_sign(text or "")
            try:
                found = self._read(text)
            except SpellingError:
                found = PROBLEM
            self.codes[text] = found
        return found

    def _read(self, text: str | None) -> int:
        if text is None:
            return UNKNOWN
        kind, found = self.fact.type, self._meaning(text)
        if found.value is None:
            return FILLER if text and not text.isspace() else UNKNOWN
        domain = kind.encode(found.value)
        if isinstance(domain, tuple) and kind.is_beyond(domain):
            raise SpellingError(outside(self.fact, kind.decode_number(domain[0])), is_impossible=True)
        if found.is_in_words:
            self.worded.add(text)
        if isinstance(domain, int):
            return domain.bit_length() - 1
        if not is_known(domain):
            self.domains.append(domain)
            return IN_PART - len(self.domains) + 1
        if kind.kind == "set":
            return domain[0]
        return domain[0] - kind.minimum

    def _meaning(self, text: str) -> CellText:
        """Return what a cell says; a member of a list has to be a value as it stands."""
        if self.in_lists:
            return CellText(read_text(self.fact.type, text, self.spellings))
        return read_cell_text(self.fact.type, text, self.spellings, self.measure, self.words)

    def in_part(self, array: Any) -> Cells:
        """Return the cells of which a part is read."""
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        texts = coded.dictionary.to_pylist()
        doubted = self.habit.is_doubtful if self.habit is not None and self.is_sign_found else lambda _: False
        places = [place for place, text in enumerate(texts) if text in self.worded and not doubted(text)]
        rows = np.flatnonzero(np.isin(np.asarray(coded.indices.fill_null(-1)), places))
        return Cells(rows, lambda row: MASK if self.fact.is_personal else array[row].as_py())

    def note_taken(self, codes: Array, array: Any) -> None:
        """Note that numbers were taken as they stand, none of which has a unit with a power of ten."""
        if self.habit is not None and not self.is_taken:
            zero = -self.fact.type.minimum
            self.is_taken = bool((with_nulls(codes, array, UNKNOWN)[codes != zero] >= 0).any())

    def note_sign(self, text: str) -> None:
        """Note a text that shows that others of the column mean nothing certain; a FactsError if some were taken."""
        if self.habit is not None and not self.is_sign_found and self.is_taken:
            raise facts_error([late_sign(self.fact, text, self.habit)])
        self.is_sign_found = True

    def without_doubtful(self, codes: Array, array: Any, left_out: Array) -> Array:
        """Return codes in which texts are no values that mean nothing certain because of others in rows not left out.

        Raises:
            FactsError: A text that shows it comes after such texts were taken for values in an earlier batch.
        """
        if (habit := self.habit) is None:
            return codes
        texts = array.dictionary.to_pylist()
        doubtful = [place for place, text in enumerate(texts) if text and habit.is_doubtful(text)]
        signs = [place for place, text in enumerate(texts) if text and habit.is_sign(text)]
        if not (doubtful or signs):
            return codes
        indices = np.asarray(array.indices.fill_null(len(texts))).copy()
        indices[left_out] = len(texts)
        if signs and np.isin(indices, signs).any():
            self.note_sign(texts[signs[0]])
        is_doubtful = np.isin(indices, doubtful)
        if not self.is_sign_found:
            self.is_taken |= bool(is_doubtful.any())
            return codes
        found: Array = np.where(is_doubtful, codes.dtype.type(PROBLEM), codes)
        return found

    def problem(self, text: str) -> Wrong:
        """Return what is wrong with a text."""
        if self.habit is not None and self.is_sign_found and self.habit.is_doubtful(text):
            return wrong(self.fact, text, self.habit.problem)
        try:
            self._read(text)
        except SpellingError as error:
            return wrong(self.fact, text, error.reason, is_impossible=error.is_impossible)
        return wrong(self.fact, text, said("cell-list-gap"))

    def problem_of_list(self, texts: list[str | None]) -> Wrong:
        """Return what is wrong with a list."""
        member = next((text for text in texts if self._code(text) < 0), None) or ""
        whole = MASK if self.fact.is_personal else "、".join(text or "" for text in texts)
        return attrs.evolve(self.problem(member), value=whole)
