"""Places in source text: a file's text, and spans of characters within it."""

import bisect
import functools
import re

import attrs

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@attrs.frozen(kw_only=True)
class SourceFile:
    """A text together with the path it is known by."""

    path: str
    text: str = attrs.field(repr=False)

    @functools.cached_property
    def _line_starts(self) -> tuple[int, ...]:
        breaks = _LINE_BREAK.finditer(self.text)
        return (0, *(match.end() for match in breaks))

    def position(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of a character offset.

        Args:
            offset: A character offset; one outside the text is moved to its nearest end.

        Returns:
            The line number and the column, both counted from one.
        """
        offset = max(0, min(offset, len(self.text)))
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the character offset of a 1-based line and column that exist.

        Args:
            line: The line number, counted from one.
            column: The column, counted from one.
        """
        return self._line_starts[line - 1] + column - 1

    def line(self, number: int) -> str:
        """Return a line without its line break; a line that does not exist is empty.

        Args:
            number: The line number, counted from one.
        """
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        following = self._line_starts[number : number + 1] or (len(self.text),)
        return self.text[start : following[0]].rstrip("\r\n")


@attrs.frozen(kw_only=True)
class Span:
    """The characters from `start` (in) to `end` (out) of a source."""

    source: SourceFile = attrs.field(repr=False)
    start: int
    end: int

    @property
    def line(self) -> int:
        """The 1-based line on which the span starts."""
        return self.source.position(self.start)[0]

    @property
    def place(self) -> str:
        """The path and the line at which the span starts, as editors and terminals read it."""
        return f"{self.source.path}:{self.line}"

    @property
    def column(self) -> int:
        """The 1-based column at which the span starts."""
        return self.source.position(self.start)[1]
