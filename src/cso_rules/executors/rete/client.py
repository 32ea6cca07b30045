"""Keeps the process in which the C library runs, and asks it.

Guaranteed: a crash or a hang there becomes an error here, for the organization that was being evaluated; the next one
gets a new process. A process is replaced after so many organizations, and ends with the one that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from typing import Any, Final

import attrs

from cso_rules.errors import EngineError, MissingExtraError
from cso_rules.executors.rete.driver import NAME, Fired, Run
from cso_rules.executors.rete.gate import Horn

DEADLINE: Final = 2.0
"""Seconds for one organization."""
STARTING: Final = 60.0
"""Seconds to start a process, or to give it the rule sets."""
RECYCLED_AFTER: Final = 10_000
_COMMAND: Final = (sys.executable, "-m", "cso_rules.executors.rete.worker")
_BLOCK: Final = 1 << 16


@attrs.define
class _Child:
    """A running process; `owner` is the process that started it, for a fork inherits what it must not touch."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    owner: int
    opened: set[int] = attrs.field(factory=set)

    def exchange(self, request: dict[str, Any], ends: float) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            TimeoutError: There was none in time.
            ConnectionError: The process ended.
        """
        self._wait_until(ends)
        self.connection.sendall(json.dumps(request).encode() + b"\n")
        received = bytearray()
        while not received.endswith(b"\n"):
            self._wait_until(ends)
            block = self.connection.recv(_BLOCK)
            if not block:
                raise ConnectionResetError
            received += block
        answer: dict[str, Any] = json.loads(received)
        return answer

    def _wait_until(self, ends: float) -> None:
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)

    def stop(self) -> None:
        """Close the connection and end the process."""
        self.connection.close()
        if os.getpid() != self.owner:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.5)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@attrs.define
class Worker:
    """Runs sessions in a process of their own.

    Attributes:
        command: What to start.
        deadline: Seconds for one organization.
        starting: Seconds to start, and to take the rule sets of one question.
        recycled_after: Organizations after which the process is replaced.
        starts: How many processes were started.
    """

    command: Sequence[str] = _COMMAND
    deadline: float = DEADLINE
    starting: float = STARTING
    recycled_after: int = RECYCLED_AFTER
    starts: int = attrs.field(default=0, init=False)
    _rule_sets: dict[int, tuple[Horn, ...]] = attrs.field(factory=dict, init=False)
    _child: _Child | None = attrs.field(default=None, init=False)
    _finish: Any = attrs.field(default=None, init=False)
    _evaluated: int = attrs.field(default=0, init=False)
    _ends: float = attrs.field(default=0.0, init=False)

    def begin(self) -> None:
        """Say that the evaluation of one organization begins."""
        if self._child is not None and (self._child.owner != os.getpid() or self._evaluated >= self.recycled_after):
            self.close()
        self._evaluated += 1
        self._ends = time.monotonic() + self.deadline

    def open(self, number: int, rules: tuple[Horn, ...]) -> None:
        """Keep a rule set under a number; the process gets it when it is first needed."""
        self._rule_sets[number] = rules

    def drop(self, number: int) -> None:
        """Forget a rule set."""
        self._rule_sets.pop(number, None)

    def run(self, runs: Sequence[Run]) -> list[Fired]:
        """Run sessions, each from nothing.

        Raises:
            EngineError: The process crashed, hung or refused; it is replaced for the next organization.
            MissingExtraError: durable_rules is not installed.
        """
        child = self._ready({run.number for run in runs})
        answer = self._ask(child, {"run": [attrs.astuple(run) for run in runs]}, self._ends)
        return [tuple(fired) for fired in answer["fired"]]

    def close(self) -> None:
        """End the process; the next evaluation starts another one."""
        if self._finish is not None:
            self._finish()
        self._child = self._finish = None
        self._evaluated = 0

    def _ready(self, numbers: set[int]) -> _Child:
        """Return a process that has these rule sets, and none that was dropped; others can then do no harm."""
        child = self._child or self._start()
        missing = sorted(numbers - child.opened)
        gone = [number for number in child.opened if number not in self._rule_sets]
        if missing or gone:
            opened = [[number, [attrs.astuple(rule) for rule in self._rule_sets[number]]] for number in missing]
            self._ask(child, {"open": opened, "drop": gone}, time.monotonic() + self.starting)
            child.opened.update(missing)
            child.opened.difference_update(gone)
            # Getting ready is no part of the evaluation.
            self._ends = time.monotonic() + self.deadline
        return child

    def _start(self) -> _Child:
        if not hasattr(socket, "AF_UNIX"):
            raise EngineError(NAME, "is not offered on this system", "不支持此系统")
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                self.command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        self._child = child = _Child(process, ours, os.getpid())
        self._finish = weakref.finalize(self, child.stop)
        self.starts += 1
        return child

    def _ask(self, child: _Child, request: dict[str, Any], ends: float) -> dict[str, Any]:
        try:
            answer = child.exchange(request, ends)
        except TimeoutError as error:
            self._kill(child)
            raise EngineError(NAME, "gave no answer in time and was stopped", "未按时答复，已停止") from error
        except (ConnectionError, ValueError) as error:
            code = self._kill(child)
            raise EngineError(NAME, f"crashed (code {code})", f"崩溃（代码 {code}）") from error
        except BaseException:
            self._kill(child)  # or its answer would be taken for that to the next question
            raise
        if "fired" in answer:
            return answer
        self._kill(child)
        if "missing" in answer:
            raise MissingExtraError("rete")
        raise EngineError(NAME, *answer["failed"])

    def _kill(self, child: _Child) -> int:
        """End the process at once, and return how it ended if it had done so by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(0.1)
        child.process.kill()
        self.close()
        return child.process.returncode
