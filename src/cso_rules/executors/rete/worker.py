"""The process in which the C library runs: reads requests from standard input, a line each, and answers a line each.

In and out go whole numbers in JSON, never a text of a rule or a fact. One thread, and no state but the rule sets; it
ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

import attrs

from cso_rules.errors import EngineError, MissingExtraError
from cso_rules.executors.rete.driver import InProcess, Run
from cso_rules.executors.rete.gate import Horn


@attrs.define
class Service:
    """Answers requests."""

    driver: InProcess = attrs.field(factory=InProcess)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request: rule sets to keep or to forget, sessions to run."""
        try:
            for number in request.get("drop", ()):
                self.driver.drop(number)
            for number, rules in request.get("open", ()):
                self.driver.open(number, tuple(_horn(*rule) for rule in rules))
            return {"fired": self.driver.run([_run(*run) for run in request.get("run", ())])}
        except EngineError as error:
            return {"failed": [error.reason_en, error.reason_zh]}
        except MissingExtraError:
            return {"missing": True}


def _horn(head: int, marks: list[int], bound: list[int] | None) -> Horn:
    return Horn(head, tuple(marks), None if bound is None else (bound[0], bound[1], bound[2]))


def _run(number: int, marks: list[int], measures: list[list[int]]) -> Run:
    return Run(number, tuple(marks), tuple((slot, value) for slot, value in measures))


def main() -> None:
    """Serve until standard input is closed."""
    # A copy of the descriptor, so that whatever the library prints goes elsewhere.
    with socket.socket(fileno=os.dup(0)) as connection, connection.makefile("rwb") as lines:
        service = Service()
        for line in lines:
            lines.write(json.dumps(service.answer(json.loads(line))).encode() + b"\n")
            lines.flush()


if __name__ == "__main__":
    main()
