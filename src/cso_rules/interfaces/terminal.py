r"""What a terminal is given: text in its own encoding, of which nothing is an order to it.

In goes any text; out comes the same with control characters shown as `U+XXXX` and with escapes such as `\u3437` for
characters that the encoding lacks. Lines and tabs pass, so whoever shows a name in a line puts it through
`diagnostics.escape` first. Files are written elsewhere, in UTF-8 and as they are.
"""

from __future__ import annotations

import contextlib
import io
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final, TextIO, TypeVar, cast

from cso_rules.diagnostics import escape

PASSED = ("\n", "\t")
EVERY: Final = 1.0
"""Seconds between two words about progress, and before the first."""
Item = TypeVar("Item")


class Fitted:
    """A text stream that shows what it cannot pass on; its `buffer` takes bytes as they are."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text, made fit."""
        if not isinstance(text, str):
            raise TypeError("text is written here")
        shown = fit(text, self.stream.encoding)
        if (progress := _progress) is None:
            self.stream.write(shown)
            return len(text)
        with progress.lock:
            progress.erase()
            self.stream.write(shown)
        return len(text)

    def fileno(self) -> int:
        """Refuse: who writes past this stream writes what is not fit."""
        raise io.UnsupportedOperation("fileno")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def fit(text: str, encoding: str | None) -> str:
    """Return a text as a stream of an encoding can show it."""
    if not text.isprintable():
        lines = ("\t".join(map(escape, line.split("\t"))) for line in text.split("\n"))
        text = "\n".join(lines)
    if encoding is None or encoding.lower().replace("-", "") == "utf8":
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


@contextlib.contextmanager
def fitted() -> Iterator[None]:
    """Let the standard streams be fitted for a while."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_fitted, before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # a reader that has gone is seen to by who wrote
                stream.flush()
        sys.stdout, sys.stderr = before


def _fitted(stream: Any) -> TextIO:
    is_fit = stream is None or isinstance(stream, Fitted)  # there is none where no window is
    return stream if is_fit else cast("TextIO", Fitted(stream))


class _Teller:
    """Says on a terminal, once a second, for how long a command has been at work and how many rows it has done.

    Whatever else is written erases that line first, so that no output is ever mixed with it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.count, self.is_quiet = stream, "", False
        self.shown = 0  # how wide what is shown is
        self.began, self.lock, self.ended = time.monotonic(), threading.RLock(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.ended.wait(EVERY):
            with self.lock, contextlib.suppress(OSError, ValueError):  # the terminal may have gone
                if not self.is_quiet and not self.ended.is_set():
                    self._say()

    def _say(self) -> None:
        from cso_rules.tables.write.plain_text import width_of

        text = f"{self.count} · {time.monotonic() - self.began:.0f} s".removeprefix(" · ")
        width = width_of(text)
        self.stream.write("\r" + fit(text, self.stream.encoding) + " " * (self.shown - width))
        self.stream.flush()
        self.shown = max(width, self.shown)

    def erase(self) -> None:
        """Remove the line that is shown."""
        if self.shown:
            self.stream.write("\r" + " " * self.shown + "\r")
            self.stream.flush()
            self.shown = 0

    def end(self) -> None:
        """Say nothing more."""
        self.ended.set()
        with self.lock:
            self.erase()


_progress: _Teller | None = None
"""What speaks while a command is at work at a terminal."""


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Say how long a command takes, if messages are shown on a terminal."""
    global _progress  # noqa: PLW0603 - there is one terminal
    stream = sys.stderr
    if stream is None or not stream.isatty() or _progress is not None:
        yield
        return
    _progress = _Teller(stream.stream if isinstance(stream, Fitted) else stream)
    _progress.thread.start()
    try:
        yield
    finally:
        _progress.end()
        _progress = None


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Say nothing of progress for a while, for somebody is asked something."""
    if (progress := _progress) is None:
        yield
        return
    with progress.lock:
        progress.is_quiet = True
        progress.erase()
    try:
        yield
    finally:
        progress.is_quiet = False


def count_aloud(text: str) -> None:
    """Let a number, or whatever tells how far a command has come, be said beside the time."""
    if _progress is not None:
        _progress.count = " ".join(text.split())


def counting_aloud(items: Iterable[Item], total: int | None = None) -> Iterator[Item]:
    """Pass items on, and let be said how many there were, and of how many."""
    for number, item in enumerate(items, start=1):
        count_aloud(str(number) if total is None else f"{number}/{total}")
        yield item


class _Lines(io.RawIOBase):
    """Takes the bytes of whole lines in UTF-8, and shows them as text."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        sys.stdout.write(bytes(data).decode("utf-8", "backslashreplace"))
        return len(data)


def output(*, is_text: bool) -> IO[bytes]:
    """Return where an answer is written that has no file: text, and anything on a terminal, is made fit."""
    if is_text or sys.stdout.isatty():
        return cast("IO[bytes]", _Lines())
    return sys.stdout.buffer
