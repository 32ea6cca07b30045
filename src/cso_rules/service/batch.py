"""Batches: records come in one a line, and their answers go out one a line while more come in.

Guaranteed: all lines are answered by the rules of one bundle; the last line says how many were read, answered and
refused, and a batch without that line is not complete.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import attrs

from cso_rules.bundle.opened import Bundle
from cso_rules.determination.json_form import to_json
from cso_rules.service.answers import MOST_OF_A_NAME, Asked
from cso_rules.service.bodies import Body
from cso_rules.service.endpoints import CLASSIFY, CONTEXT
from cso_rules.service.pool import Pool
from cso_rules.service.problems import Problem, fault
from cso_rules.service.reading import Faults, document
from cso_rules.service.recording import Recorder

MOST_LINES: Final = 16
"""Lines that are answered in one go, so that others get their turn."""
_KEYS: Final = ("id", "readings", *CONTEXT)


@attrs.define(eq=False)
class Batch:
    """A batch on its way.

    Attributes:
        bundle: The rules of all its lines.
        parameters: Place, day and entity of lines that do not name their own.
        language: Of problems.
        most: Bytes of a line.
        recorder: Records what is decided; None where nothing is recorded.
        read: How many lines were read, without empty ones.
        refused: How many of them were refused.
    """

    bundle: Bundle
    parameters: Mapping[str, str]
    language: str
    most: int
    recorder: Recorder | None = None
    read: int = 0
    refused: int = 0

    async def answers(self, body: Body, pool: Pool) -> AsyncIterator[bytes]:
        """Yield the answers of lines while the body comes in, and at its end what was counted.

        Where the body is cut off, too large or too slow, the last line says that the batch is not complete, and why.
        """
        problem: Problem | None = None
        try:
            async for lines in self._lines(body):
                yield await pool.run(self._answered, lines, is_patient=True)
        except Problem as found:
            problem = found
        yield self._end(problem)

    async def _lines(self, body: Body) -> AsyncIterator[list[bytes]]:
        """Yield lines that are there, some at a time."""
        rest = b""
        async for piece in body.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            for place in range(0, len(lines), MOST_LINES):
                yield lines[place : place + MOST_LINES]
            self._refuse_long(rest)
        if rest.strip():
            yield [rest]

    def _answered(self, lines: list[bytes]) -> bytes:
        return b"".join(self._line(line) for line in lines if line.strip())

    def _line(self, line: bytes) -> bytes:
        self.read += 1
        head: dict[str, Any] = {"line": self.read, "id": None}
        try:
            self._refuse_long(line)
            asked = self._asked(document(line))
            head["id"] = asked.body.get("id")
            answer = to_json(asked.decision(asked.policy()))
            records = [{"id": receipt.id, "number": receipt.number} for receipt in asked.receipts]
            return _written({**head, **({"record": records[0]} if records else {}), "answer": answer})
        except Problem as problem:
            self.refused += 1
            return _written({**head, "problem": problem.json(self.language)})

    def _refuse_long(self, line: bytes) -> None:
        if len(line) > self.most:
            raise Problem("too-large", [fault("too-many-bytes", pointer="", parts={"most": f"{self.most:,}"})])

    def _asked(self, found: Any) -> Asked:
        faults = Faults()
        faults.keys(found, CLASSIFY.needs(is_recording=self.recorder is not None), _KEYS)
        faults.refuse()
        for name in ("id", *CONTEXT):
            if name in found and (name != "id" or found[name] is not None):
                faults.text(found[name], MOST_OF_A_NAME, name)
        faults.refuse()
        own = {**self.parameters, **{name: found[name] for name in CONTEXT if name in found}}
        return Asked(
            bundle=self.bundle, parameters=own, body=found, language=self.language, within=(), recorder=self.recorder
        )  # fmt: skip

    def _end(self, problem: Problem | None) -> bytes:
        counted = {
            "read": self.read, "answered": self.read - self.refused, "refused": self.refused,
            "digest": self.bundle.digest, "is_complete": problem is None,
        }  # fmt: skip
        more = {} if problem is None else {"problem": problem.json(self.language)}
        return _written({"end": {**counted, **more}})


def _written(found: Mapping[str, Any]) -> bytes:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
