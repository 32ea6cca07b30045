"""Commands run one after another in a process that is kept: of its own, with little memory, and started once.

What a command is to a user stays as it is: `main`, exit codes, streams of bytes in an encoding, a folder to stand in.
Only the start of Python and the first loading of rules are not paid for again. Where the process itself is looked at,
such as its environment or signals, a test starts its own.
"""

import atexit
import base64
import json
import subprocess
import sys
import threading
from functools import cache
from itertools import count
from pathlib import Path

import attrs

MEMORY = 2 << 30
MOST_COMMANDS = 400
"""Commands after which a process starts anew: what rules of many places leave in memory is bounded, not small."""
PATIENCE = 240
"""Seconds: far more than any of this takes, also on a machine with other work."""
DRIVER = """
import base64, contextlib, io, json, os, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
except ImportError:
    pass
from cso_rules.interfaces.cli import main
home, answers, questions = os.getcwd(), sys.stdout, sys.stdin
for line in questions:
    encoding, folder, sys.argv = json.loads(line)
    sys.stdin, code = io.TextIOWrapper(io.BytesIO()), 0
    out = io.TextIOWrapper(io.BytesIO(), encoding, "strict")
    said = io.TextIOWrapper(io.BytesIO(), encoding, "backslashreplace")
    os.chdir(folder or home)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as error:
            code = error.code or 0
    found = []
    for stream in (out, said):
        stream.flush()
        found.append(base64.b64encode(stream.buffer.getvalue()).decode())
    print(json.dumps([code, *found]), file=answers, flush=True)
"""


@attrs.frozen
class Ended:
    """How a command ended, what it answered, and what it said beside."""

    code: int
    out: bytes
    said: bytes


_asked = count()


@cache
def _process() -> subprocess.Popen[str]:
    """Start the process; it ends with this one, or when a command kills it."""
    started = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(MEMORY)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    atexit.register(_end, started)
    return started


def _end(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()


def run_kept(*arguments: str | Path, folder: Path | None = None, encoding: str = "utf-8") -> Ended:
    """Run a command; that the process dies of it is a failure of the test."""
    if next(_asked) % MOST_COMMANDS == MOST_COMMANDS - 1:
        _end(_process())
        _process.cache_clear()
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        asked = [encoding, None if folder is None else str(folder), ["cso-rules", *map(str, arguments)]]
        print(json.dumps(asked), file=process.stdin, flush=True)
        answer = process.stdout.readline()
    finally:
        patience.cancel()
    if not answer:
        _process.cache_clear()
    assert answer, f"the process died of {arguments}: {process.wait()}"
    code, out, said = json.loads(answer)
    return Ended(code, base64.b64decode(out), base64.b64decode(said))
