r"""What a terminal is given: text in its own encoding, of which nothing is an order to it.

In goes any text; out comes the same with control characters shown as `U+XXXX` and with escapes such as `\u3437` for
characters that the encoding lacks. Lines and tabs pass, so whoever shows a name in a line puts it through
`diagnostics.escape` first. Files are written elsewhere, in UTF-8 and as they are.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterable, Iterator
from typing import IO, Any, TextIO, TypeVar, cast

from cso_rules.diagnostics import escape

PASSED = ("\n", "\t")
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
        self.stream.write(fit(text, self.stream.encoding))
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


def overwrite(text: str) -> None:
    """Write over the present line of a terminal that shows messages."""
    stream = sys.stderr
    inner = stream.stream if isinstance(stream, Fitted) else stream
    inner.write("\r" + fit(text, inner.encoding))
    inner.flush()


def counting_aloud(items: Iterable[Item], total: int | None = None) -> Iterator[Item]:
    """Pass items on, and say on a terminal once a second how many there were, and of how many."""
    spoken = time.monotonic()
    for number, item in enumerate(items, start=1):
        if time.monotonic() - spoken > 1 and sys.stderr.isatty():
            overwrite(str(number) if total is None else f"{number}/{total}")
            spoken = time.monotonic()
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
