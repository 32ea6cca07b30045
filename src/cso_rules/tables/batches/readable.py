"""Answers for people and databases: masks are written as the names of their bits, if wanted beside own columns.

In come a batch of the table and the answers about it; out comes a batch of texts and numbers, row by row the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from cso_rules.executors.planes.bits import bits_of
from cso_rules.executors.planes.extra import np, pa
from cso_rules.tables.batches.files import in_one_text
from cso_rules.tables.write.plain_text import neutral

BETWEEN: Final = "、"
_BITS: Final = b"cso-rules.bits"


class Readable:
    """The columns of a table with the answers after them.

    Attributes:
        schema: The columns; none of the answers has a name that the table uses.
    """

    def __init__(self, own: Any, answers: Any, left_out: Sequence[str], form: str = BETWEEN) -> None:
        """Prepare.

        Args:
            own: Schema of the table; None where its columns are not wanted.
            answers: Schema of the answers.
            left_out: Answers that only repeat a column of the table.
            form: What stands between names, or `json`.
        """
        self.names = [name for name in answers.names if name not in left_out]
        self._has_own, self._form = own is not None, form
        own = pa.schema([]) if own is None else own
        taken = frozenset(own.names)
        fields = [pa.field(neutral(field.name), field.type) for field in own]
        self.bits: dict[str, Any] = {}
        for field in (answers.field(name) for name in self.names):
            if field.metadata and _BITS in field.metadata:
                self.bits[field.name] = pa.array(json.loads(field.metadata[_BITS]), pa.string())
            kind = pa.dictionary(pa.int32(), pa.string()) if field.name in self.bits else field.type
            fields.append(pa.field(f"{field.name} (cso-rules)" if field.name in taken else field.name, kind))
        self.schema = pa.schema(fields)

    def of(self, own: Any, answers: Any) -> Any:
        """Return a batch of both."""
        found = [self._column(name, answers.column(name)) for name in self.names]
        return pa.RecordBatch.from_arrays([*(own.columns if self._has_own else ()), *found], schema=self.schema)

    def _column(self, name: str, array: Any) -> Any:
        return names_of(array, self.bits[name], self._form) if name in self.bits else array


def names_of(masks: Any, names: Any, form: str = BETWEEN) -> Any:
    """Return masks as lists of names in one text; each distinct mask is written once."""
    coded = masks.dictionary_encode()
    bits = bits_of(np.asarray(coded.dictionary), len(names))
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(bits.sum(axis=1), dtype=np.int32)])
    lists = pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(np.nonzero(bits)[1])))
    return pa.DictionaryArray.from_arrays(coded.indices, in_one_text(lists, form))
