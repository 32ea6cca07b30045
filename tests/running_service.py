"""The service as a process of its own on a free port, as somebody runs it."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

PATIENCE = 120
"""Seconds: far more than any of this takes, also on a machine with other work."""
COMMAND = "from cso_rules.interfaces.cli import main; main()"


@attrs.define
class Running:
    """A service that answers.

    Attributes:
        lines: What it wrote to its log until now.
    """

    process: subprocess.Popen[str]
    lines: list[str]
    port: int = 0
    listening: threading.Event = attrs.field(factory=threading.Event)

    def read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("{") and json.loads(line)["event"] == "started":
                self.port = int(json.loads(line)["address"].rpartition(":")[2])
                self.listening.set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.base + path, timeout=PATIENCE) as found:  # noqa: S310 - this machine
            content: dict[str, Any] = json.loads(found.read())
            return content

    def ended(self, number: int = signal.SIGTERM) -> int:
        """Tell the process to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(*arguments: str | Path) -> Iterator[Running]:
    """Start a service with some arguments, and end it."""
    with started(sys.executable, "-c", COMMAND, "serve", "--port", "0", *map(str, arguments)) as found:
        yield found


@contextlib.contextmanager
def started(*command: str) -> Iterator[Running]:
    """Start a process that says in its log where it listens, and end it."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    found = Running(process, [])
    reader = threading.Thread(target=found.read_log, daemon=True)
    reader.start()
    try:
        assert found.listening.wait(PATIENCE), "".join(found.lines)
        yield found
    finally:
        process.kill()
        process.wait()
        reader.join(PATIENCE)
        assert process.stderr is not None
        process.stderr.close()
