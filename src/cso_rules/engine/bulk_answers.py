"""Answers about many rows as Arrow columns: dictionary codes and masks, lists of names made from distinct masks.

In come planes; out come columns and the meaning of their bits. Nothing is done for each row in Python.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from cso_rules.determination import Status
from cso_rules.executors.planes.bits import (
    FEW_ROWS,
    Array,
    Plane,
    bits_of,
    combined,
    masks,
    packed,
    truths,
    word_count,
)
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.civil_dates import EPOCH
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, TableDecision, rules_of
from cso_rules.model.types import Type

REFUSED: Final = "refused"
STATUSES: Final = (*(status.value for status in Status), REFUSED)
MASK: Final = 64
_STATUS_NAMES: Final = pa.array(STATUSES, pa.string())
_STATUS_OF_BITS: Final = np.array(
    [
        STATUSES.index(
            REFUSED if bits & 16 else "conflict" if bits & 8 else "no_rule_in_force" if bits & 4
            else "unsettled_by_law" if bits & 2 else "determined" if bits & 1 else "undetermined"
        )
        for bits in range(32)
    ],
    np.int8,
)  # fmt: skip

Columns = Iterator[tuple[str, Any]]


@attrs.frozen
class Layout:
    """Which columns are written about each decision.

    Attributes:
        rules: Masks of the rules that hold, and of those that are unknown.
        reasons: Lists of the rules behind each answer.
    """

    rules: bool = True
    reasons: bool = False


@attrs.frozen
class Meaning:
    """What the bits about a decision mean: its values and its rules, from the lowest bit."""

    values: tuple[str, ...]
    rules: tuple[str, ...]

    @classmethod
    def of(cls, decision: AnyDecision) -> Meaning:
        """Return what a decision says itself; the table of several policies has bits for the names of all."""
        names = () if decision.type.is_numeric else decision.type.names
        return cls(names, tuple(rule.id for rule in rules_of(decision)))


class Lists:
    """Lists of names made from masks; each distinct mask is worked out once."""

    def __init__(self, names: Sequence[str]) -> None:
        """Prepare lists of some names, in order of their bits."""
        self.names = pa.array(names, pa.string())
        self.kind = np.int8 if len(names) <= np.iinfo(np.int8).max else np.int16
        self._code = pa.from_numpy_dtype(self.kind)

    @property
    def type(self) -> Any:
        """The Arrow type of the lists."""
        return pa.list_(pa.dictionary(self._code, pa.string()))

    def of(self, planes: Sequence[Plane], rows: int, validity: Plane | None) -> Any:
        """Return for each row the names whose planes are true; null where the row is not valid."""
        distinct, codes = _distinct(planes, rows)
        counts = distinct.sum(axis=1, dtype=np.int32)
        offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])
        places = np.nonzero(distinct)[1].astype(self.kind)
        lengths = counts[codes]
        if validity is not None:
            lengths = np.where(_is_set(validity, rows), lengths, np.int32(0))
        ends = np.cumsum(lengths, dtype=np.int32)
        starts = offsets[codes] - (ends - lengths)
        taken = places[np.repeat(starts, lengths) + np.arange(int(ends[-1]) if rows else 0, dtype=np.int32)]
        values = pa.DictionaryArray.from_arrays(plain_array(self._code, taken, None), self.names, safe=False)
        whole = pa.py_buffer(np.concatenate([np.zeros(1, np.int32), ends]))
        return pa.Array.from_buffers(self.type, rows, [bitmap(validity), whole], children=[values])


def _distinct(planes: Sequence[Plane], rows: int) -> tuple[Array, Array]:
    """Return the different combinations of planes as a matrix of booleans, and which of them each row has.

    Few rows are not compared: each has a combination of its own.
    """
    if rows <= FEW_ROWS:
        return truths(planes, rows).T, np.arange(rows)
    if not planes:
        return np.zeros((1, 0), np.bool_), np.zeros(rows, np.int64)
    parts = [planes[place : place + MASK] for place in range(0, len(planes), MASK)]
    columns = [masks(part, rows) for part in parts]
    some, codes = combined(columns, rows)
    tables = [bits_of(column[some], len(part)) for column, part in zip(columns, parts, strict=True)]
    return np.concatenate(tables, axis=1), codes


def _is_set(plane: Plane, rows: int) -> Array:
    return np.unpackbits(plane.view(np.uint8), count=rows, bitorder="little").view(np.bool_)


def bitmap(plane: Plane | None) -> Any:
    """Return a plane as an Arrow bitmap, without copying it."""
    return None if plane is None else pa.py_buffer(np.ascontiguousarray(plane))


def plain_array(kind: Any, values: Array, validity: Plane | None) -> Any:
    """Return numbers as an Arrow array, without copying them."""
    return pa.Array.from_buffers(kind, values.size, [bitmap(validity), pa.py_buffer(np.ascontiguousarray(values))])


def truth_array(true: Plane, false: Plane, rows: int) -> Any:
    """Return the truth of a rule as nullable booleans: the two planes are data and validity."""
    return pa.Array.from_buffers(pa.bool_(), rows, [bitmap(true | false), bitmap(true)])


class Tables:
    """The columns that say what was answered about some decisions; the same for every batch."""

    def __init__(
        self, decisions: Mapping[str, AnyDecision], layout: Layout, meanings: Mapping[str, Meaning] | None = None
    ) -> None:
        """Prepare the columns of decisions; `meanings` has at least the names of each, perhaps in another order."""
        self.decisions = decisions
        self.layout = layout
        self.own = {name: Meaning.of(decision) for name, decision in decisions.items()}
        self.meanings = self.own if meanings is None else meanings
        self.reasons = {name: Lists(self.meanings[name].rules) for name in decisions}

    def meaning(self) -> dict[str, tuple[str, ...]]:
        """Return for each column of masks the meaning of its bits, from the lowest."""
        found: dict[str, tuple[str, ...]] = {}
        for name, decision in self.decisions.items():
            values, rules = self.meanings[name].values, self.meanings[name].rules
            if not decision.type.is_numeric:
                if decision.type.kind == "set":
                    found.update(_parts(name, values))
                found.update(_parts(f"{name}.possible", values))
            if self.layout.rules:
                found.update(_parts(f"{name}.true", rules))
                found.update(_parts(f"{name}.unknown", rules))
        return found

    def columns(self, answers: Answers, fine: Plane | None) -> Columns:
        """Yield the columns of every decision; what is not fine was refused and is null."""
        for name, decision in self.decisions.items():
            yield from self._decision(answers, name, decision, fine)

    def _decision(self, answers: Answers, name: str, decision: AnyDecision, fine: Plane | None) -> Columns:
        statuses = answers.statuses(name)
        determined = statuses["determined"] if fine is None else statuses["determined"] & fine
        if decision.type.is_numeric:
            yield from _number_columns(answers, name, decision.type, determined, fine)
        elif decision.type.kind == "set":
            yield from _mask_columns(name, self._values(name, answers.sure(name), answers.rows), answers.rows, fine)
            possible = self._values(name, answers.possible(name), answers.rows)
            yield from _mask_columns(f"{name}.possible", possible, answers.rows, fine)
        else:
            planes = answers.possible(name)[: len(decision.type.names)]
            possible = self._values(name, planes, answers.rows)
            names = None if decision.type.kind == "boolean" else self.meanings[name].values
            yield from _value_columns(name, possible, names, determined, answers.rows, fine)
        yield f"{name}.status", status_array(statuses, fine, answers.rows)
        yield from self._rule_columns(answers, name, decision, fine)

    def _values(self, name: str, planes: Sequence[Plane], rows: int) -> Sequence[Plane]:
        return placed(planes, self.own[name].values, self.meanings[name].values, rows)

    def _rules(self, name: str, planes: Sequence[Plane], rows: int) -> Sequence[Plane]:
        return placed(planes, self.own[name].rules, self.meanings[name].rules, rows)

    def _rule_columns(self, answers: Answers, name: str, decision: AnyDecision, fine: Plane | None) -> Columns:
        if not self.meanings[name].rules or not (self.layout.rules or self.layout.reasons):
            return
        rules, rows = answers.rules(name) if rules_of(decision) else [], answers.rows
        if self.layout.rules:
            true = self._rules(name, [true for true, _ in rules], rows)
            yield from _mask_columns(f"{name}.true", true, rows, fine)
            unknown = self._rules(name, [~(true | false) for true, false in rules], rows)
            yield from _mask_columns(f"{name}.unknown", unknown, rows, fine)
        if self.layout.reasons:
            deciding = _deciding(answers, decision, rules) if rules else []
            yield f"{name}.reasons", self.reasons[name].of(self._rules(name, deciding, rows), rows, fine)


def placed(planes: Sequence[Plane], own: Sequence[str], names: Sequence[str], rows: int) -> Sequence[Plane]:
    """Return planes of the first of some names in the order of all names; nothing is true of the others."""
    if own == names and len(planes) == len(names):
        return planes
    nothing = np.zeros(word_count(rows), np.uint64)
    found = dict(zip(own, planes, strict=False))
    return [found.get(name, nothing) for name in names]


def _deciding(answers: Answers, decision: AnyDecision, rules: Sequence[tuple[Plane, Plane]]) -> Sequence[Plane]:
    """Return where each rule is behind the answer, as `results.deciding_bits` says it for one organization."""
    possible = answers.possible(decision.name)
    match decision:
        case CriteriaDecision():
            return _deciding_criteria(answers, decision, rules, possible)
        case TableDecision() if decision.has_multiple_hits:
            return _deciding_items(decision, rules)
        case TableDecision() if hits := answers.hits(decision.name):
            return hits
        case TableDecision() if decision.hit_policy in {"first", "priority"}:
            found, doubtful = _until_the_hit(decision, rules), np.zeros(answers.columns.words, np.uint64)
        case _:
            statuses, doubtful = answers.statuses(decision.name), answers.conflict(decision.name)[1]
            hit: Plane = (statuses["determined"] | statuses["conflict"]) & _some(true for true, _ in rules)
            found = [(true & hit) | (~false & ~hit) for true, false in rules]
    outputs = (possible[rule.output] | doubtful for rule in rules_of(decision))
    return [plane & output for plane, output in zip(found, outputs, strict=True)]


def _some(planes: Iterable[Plane]) -> Plane:
    return functools.reduce(operator.or_, planes)


def _deciding_criteria(
    answers: Answers, decision: CriteriaDecision, rules: Sequence[tuple[Plane, Plane]], possible: Sequence[Plane]
) -> list[Plane]:
    fails, open_ = _some(false for _, false in rules), [~(true | false) for true, false in rules]
    met = possible[0] & ~possible[1] & ~fails
    fail_together = possible[1] & ~possible[0] & ~fails & ~answers.conflict(decision.name)[1]
    together = answers.together(decision.name, fail_together, open_)
    others = ~(met | fails | fail_together)
    parts = zip(rules, open_, together, answers.idle(decision.name), strict=True)
    return [(false & fails) | (met & ~idle) | (own & others) | group for (_, false), own, group, idle in parts]


def _deciding_items(decision: TableDecision, rules: Sequence[tuple[Plane, Plane]]) -> list[Plane]:
    held: dict[int, Plane] = {}
    for rule, (true, _) in zip(decision.rules, rules, strict=True):
        held[rule.output] = held[rule.output] | true if rule.output in held else true
    return [true | ~(false | held[rule.output]) for rule, (true, false) in zip(decision.rules, rules, strict=True)]


def _until_the_hit(decision: TableDecision, rules: Sequence[tuple[Plane, Plane]]) -> list[Plane]:
    found = [false for _, false in rules]
    reached = ~(rules[0][0] & ~rules[0][0])
    for place in decision.order:
        true, false = rules[place]
        found[place] = reached & ~false
        reached = reached & ~true
    return found


def status_array(statuses: Mapping[str, Plane], fine: Plane | None, rows: int) -> Any:
    """Return the status of a decision in each row, as dictionary codes."""
    refused = np.zeros(word_count(rows), np.uint64) if fine is None else ~fine
    order = ("determined", "unsettled_by_law", "no_rule_in_force", "conflict")
    codes = _STATUS_OF_BITS[masks([*(statuses[key] for key in order), refused], rows)]
    return pa.DictionaryArray.from_arrays(plain_array(pa.int8(), codes, None), _STATUS_NAMES, safe=False)


def _parts(name: str, meaning: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the columns of a mask: one for up to 64 bits, then more."""
    for place in range(0, len(meaning), MASK):
        yield name if place == 0 else f"{name}.{place // MASK}", tuple(meaning[place : place + MASK])


def _mask_columns(name: str, planes: Sequence[Plane], rows: int, fine: Plane | None) -> Columns:
    for place in range(0, len(planes), MASK):
        found = masks(planes[place : place + MASK], rows)
        kind = pa.from_numpy_dtype(found.dtype)
        yield name if place == 0 else f"{name}.{place // MASK}", plain_array(kind, found, fine)


def _value_columns(  # noqa: PLR0913, PLR0917 - what a column consists of
    name: str,
    possible: Sequence[Plane],
    names: Sequence[str] | None,
    determined: Plane,
    rows: int,
    fine: Plane | None,
) -> Columns:
    """Yield the columns of an enumeration, or of a boolean, which has no names."""
    if names is None:
        yield name, pa.Array.from_buffers(pa.bool_(), rows, [bitmap(determined), bitmap(possible[0])])
    else:
        yield name, _enumeration(possible, names, determined, rows)
    yield from _mask_columns(f"{name}.possible", possible, rows, fine)


def _enumeration(possible: Sequence[Plane], names: Sequence[str], determined: Plane, rows: int) -> Any:
    width = np.int8 if len(names) <= np.iinfo(np.int8).max else np.int16
    if len(possible) <= 16:  # noqa: PLR2004 - a small table of all masks
        codes = _highest(len(possible), width)[masks(possible, rows)]
    else:
        codes = np.zeros(rows, width)
        for place, plane in enumerate(possible):
            codes[_is_set(plane, rows)] = place
    indices = plain_array(pa.from_numpy_dtype(width), codes, determined)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()), safe=False)


@functools.cache
def _highest(size: int, width: Any) -> Array:
    """Return the place of the highest bit of each mask of some size."""
    return np.array([bits.bit_length() - 1 for bits in range(1 << size)], width)


def _number_columns(answers: Answers, name: str, kind: Type, determined: Plane, fine: Plane | None) -> Columns:
    low, high = answers.ends(name)
    has = packed(low <= high, answers.columns.words)
    has = has if fine is None else has & fine
    yield name, _numbers(kind, low, determined & has)
    yield f"{name}.low", _numbers(kind, low, has)
    yield f"{name}.high", _numbers(kind, high, has)


def _numbers(kind: Type, values: Array, validity: Plane | None) -> Any:
    if kind.kind == "date":
        return plain_array(pa.date32(), (np.asarray(values, np.int64) - EPOCH).astype(np.int32), validity)
    found = plain_array(pa.int64(), np.asarray(values, np.int64), validity)
    if not kind.scale:
        return found
    whole = found.cast(pa.decimal128(38, 0))
    return pa.Array.from_buffers(pa.decimal128(38, kind.scale), len(found), whole.buffers())
