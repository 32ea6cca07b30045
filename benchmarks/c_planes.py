"""The library's own planes of bits as one C function: what fusing all steps of a program would make of them.

64 rows at a time every comparison is made for each row, packed into a word, and the logic follows in registers. It shows
how much of the time of the library is the way from step to step, through numpy and through memory.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from c_compiler import NotInCError, compiled

from cso_rules.executors.planes.bits import trimmed
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.planes.facts.columns import Column, Columns
from cso_rules.executors.planes.facts.sources import AtLeast, Has, Known, Sum, Truth
from cso_rules.executors.planes.network import ALWAYS, NEVER

_WORD: Final = 64
HEAD: Final = """#include <stdint.h>
#include <string.h>
static inline uint64_t packed(const uint8_t *truths) {
  uint64_t found = 0;
  for (int place = 0; place < 8; place++) {
    uint64_t eight;
    memcpy(&eight, truths + 8 * place, 8);
    found |= ((eight * UINT64_C(0x0102040810204080)) >> 56) << (8 * place);
  }
  return found;
}
"""


class Planes:
    """The program of planes of some columns as a compiled function."""

    def __init__(self, bulk: Bulk, columns: Sequence[Columns]) -> None:
        """Generate, compile and load.

        Args:
            bulk: The policy, its readings and the decisions that are asked for.
            columns: Facts that were read, batch by batch; all batches but the last have whole words.

        Raises:
            NoCompilerError: There is no C compiler.
            NotInCError: The program has a step that is not written here.
        """
        self._ready = bulk.ready(columns[0].states)
        self._columns = columns
        self.words = sum(each.words for each in columns)
        self._inputs: dict[str, Any] = {}
        program = self._ready.program
        lines = [line for plane in program.order for line in self._lines(plane)]
        self._outputs = {plane: np.zeros(self.words, np.uint64) for plane in program.wanted}
        self.source = self._framed(lines)
        self.command, self._function = compiled(self.source)

    def run(self) -> None:
        """Compute every wanted plane."""
        arrays = [*self._inputs.values(), *self._outputs.values()]
        pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        self._function(0, self.words, pointers)

    def differs(self, answers: Sequence[Answers]) -> bool:
        """Tell whether a plane is not what the library makes it."""
        edges = itertools.accumulate((each.columns.words for each in answers), initial=0)
        return any(
            (trimmed(found[start:stop], each.rows) != trimmed(each.values[plane], each.rows)).any()
            for (start, stop), each in zip(itertools.pairwise(edges), answers, strict=True)
            for plane, found in self._outputs.items()
        )

    def _framed(self, lines: Sequence[str]) -> str:
        kinds = {"b": "int", "i": "int", "u": "uint"}
        types = [f"{kinds[array.dtype.kind]}{8 * array.dtype.itemsize}_t" for array in self._inputs.values()]
        heads = [
            f"const {kind} *restrict {name} = columns[{place}];"
            for place, (kind, name) in enumerate(zip(types, self._inputs, strict=True))
        ]
        heads += [
            f"uint64_t *restrict out_{node} = columns[{place}];" for place, node in enumerate(self._outputs, len(heads))
        ]
        stores = [f"out_{plane}[word] = {_named(plane)};" for plane in self._outputs]
        return "\n".join([
            HEAD,
            "void decide(int64_t start, int64_t stop, void **columns) {",
            *heads,
            "for (int64_t word = start; word < stop; word++) {",
            "uint8_t truths[64];",
            *lines,
            *stores,
            "}",
            "}",
            "",
        ])  # fmt: skip

    def _lines(self, plane: int) -> list[str]:
        """Return what computes a plane; arrays are read where they are compared."""
        network = self._ready.program.network
        operation, one, two = network.gates[plane]
        left, right = _named(one), _named(two)
        match operation:
            case "and":
                return [f"const uint64_t n{plane} = {left} & {right};"]
            case "or":
                return [f"const uint64_t n{plane} = {left} | {right};"]
            case "not":
                return [f"const uint64_t n{plane} = ~{left};"]
            case "source":
                return self._asked(plane, network.sources[one])

    def _asked(self, plane: int, question: object) -> list[str]:
        match question:
            case Known(name=name):
                return [f"const uint64_t n{plane} = {self._word(name, 'known')};"]
            case Truth(name=name):
                return [f"const uint64_t n{plane} = {self._word(name, 'truths')};"]
            case Has(name=name, place=place):
                codes, is_set = self._array(name, "codes"), self._columns[0].found[name].is_set
                return self._rows(plane, f"({codes} & {1 << place}) != 0" if is_set else f"{codes} == {place}")
            case AtLeast(name=name, number=number, is_most=False):
                return self._rows(plane, f"{self._array(name, 'numbers')} >= {number}")
            case Sum(terms=terms, number=number):
                parts = [f"INT64_C({term.factor}) * {self._array(term.quantity.name, 'numbers')}" for term in terms]
                return self._rows(plane, f"{' + '.join(parts)} >= {number}")
            case _:
                raise NotInCError(f"{question} is not written in C")

    def _rows(self, plane: int, truth: str) -> list[str]:
        """Return what compares row by row and packs; `row` counts within the word."""
        return [
            f"for (int row = 0; row < 64; row++) truths[row] = {truth};",
            f"const uint64_t n{plane} = packed(truths);",
        ]

    def _word(self, name: str, part: str) -> str:
        """Return a word of a plane of a fact."""
        self._inputs.setdefault(
            f"{name}_{part}", np.concatenate([getattr(each.found[name], part) for each in self._columns])
        )
        return f"{name}_{part}[word]"

    def _array(self, name: str, part: str) -> str:
        """Return a row of an array of a fact; the last word is filled up."""
        parts = [_filled(each.found[name], part, each.words) for each in self._columns]
        self._inputs.setdefault(f"{name}_{part}", np.concatenate(parts))
        return f"{name}_{part}[word * 64 + row]"


def _named(plane: int) -> str:
    return {NEVER: "UINT64_C(0)", ALWAYS: "~UINT64_C(0)"}.get(plane, f"n{plane}")


def _filled(column: Column, part: str, words: int) -> Any:
    array = getattr(column, part)
    return np.concatenate([array, np.zeros(words * _WORD - array.size, array.dtype)])
