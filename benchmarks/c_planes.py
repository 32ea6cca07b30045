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
from c_kernel import NotInCError, compiled

from cso_rules.executors.planes.bits import trimmed
from cso_rules.executors.planes.columns import Column, Columns
from cso_rules.executors.planes.executor import Answers, Bulk

_WORD: Final = 64
_ONES: Final = "~UINT64_C(0)"
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
        self._program = bulk.prepared(columns[0].states).program
        self._columns = columns
        self.words = sum(each.words for each in columns)
        self._inputs: dict[str, Any] = {}
        self._names = {node: f"n{node}" for node in self._program.nodes}
        lines = [line for node in self._program.nodes for line in self._lines(node)]
        self._outputs = {node: np.zeros(self.words, np.uint64) for node in dict.fromkeys(self._program.same)}
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
            (trimmed(self._outputs[same][start:stop], each.rows) != trimmed(each.values[node], each.rows)).any()
            for (start, stop), each in zip(itertools.pairwise(edges), answers, strict=True)
            for node, same in zip(self._program.wanted, self._program.same, strict=True)
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
        stores = [f"out_{node}[word] = {self._names[node]};" for node in self._outputs]
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

    def _lines(self, node: int) -> list[str]:
        """Return what computes a plane; arrays are read where they are compared."""
        operation, reads, details = self._program.nodes[node]
        names = [self._names[read] for read in reads]
        match operation:
            case "and" | "or" | "xor":
                sign = {"and": "&", "or": "|", "xor": "^"}[operation]
                return [f"const uint64_t n{node} = {names[0]} {sign} {names[1]};"]
            case "not":
                return [f"const uint64_t n{node} = ~{names[0]};"]
            case "never" | "always":
                return [f"const uint64_t n{node} = {_ONES if operation == 'always' else '0'};"]
            case "known":
                return [f"const uint64_t n{node} = {self._word(str(details[0]), 'known')};"]
            case "plane":
                return self._value(node, str(details[0]), int(str(details[1])))
            case "at_least":
                return self._rows(node, f"{self._number(reads[0])} >= {details[0]}")
            case "reaches":
                return self._rows(node, f"{self._number(reads[0])} >= {self._number(reads[1])}")
            case "values" | "sum" | "size":
                return []
            case _:
                raise NotInCError(f"{operation} is not written in C")

    def _rows(self, node: int, truth: str) -> list[str]:
        """Return what compares row by row and packs; `row` counts within the word."""
        return [
            f"for (int row = 0; row < 64; row++) truths[row] = {truth};",
            f"const uint64_t n{node} = packed(truths);",
        ]

    def _value(self, node: int, name: str, place: int) -> list[str]:
        column = self._columns[0].found[name]
        if column.truths is not None:
            truths = self._word(name, "truths")
            known = f" & {self._word(name, 'known')}" if column.known is not None else ""
            return [f"const uint64_t n{node} = {'~' if place else ''}{truths}{known};"]
        codes = self._array(name, "codes")
        return self._rows(node, f"({codes} & {1 << place}) != 0" if column.is_set else f"{codes} == {place}")

    def _number(self, node: int) -> str:
        operation, reads, details = self._program.nodes[node]
        if operation == "sum":
            return f"((int64_t){self._number(reads[0])} + {self._number(reads[1])})"
        if operation == "values" and len(details) == 1:
            return self._array(str(details[0]), "numbers")
        if operation == "size":
            return f"__builtin_popcount({self._array(str(details[0]), 'codes')})"
        raise NotInCError(f"{operation} is not written in C")

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


def _filled(column: Column, part: str, words: int) -> Any:
    array = getattr(column, part)
    return np.concatenate([array, np.zeros(words * _WORD - array.size, array.dtype)])
