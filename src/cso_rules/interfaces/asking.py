"""What the columns of a list hold, asked of the person at a terminal, one column at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs
import click

from cso_rules.diagnostics import escape, shortened
from cso_rules.interfaces.terminal import silent
from cso_rules.model.instruments import Label

NO_FACT: Final = "0"
SAMPLE: Final = 30
"""Letters of a value that are shown."""
ABOUT: Final = Label(zh="第 {number}/{total} 列：{heading}{sample}", en="column {number} of {total}: {heading}{sample}")
SUCH_AS: Final = Label(zh="（例：{text}）", en=" (such as {text})")
NOTHING: Final = Label(zh="不是事实", en="no fact")
TAKEN: Final = Label(zh="已由“{heading}”占用", en="held by {heading!r} already")
WHICH: Final = Label(zh="序号，或事实的名称；直接回车跳过", en="a number, or the name of a fact; nothing to skip it")
COLON: Final = Label(zh="：", en=": ")
NONE_SUCH: Final = Label(zh="没有这一项", en="there is no such choice")


def may_ask() -> bool:
    """Tell whether somebody sits at a terminal who reads questions and can answer them."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


@attrs.define(kw_only=True)
class Questions:
    """The questions about the columns of a list that are not read, and what was answered.

    Attributes:
        columns: What each column holds, as far as that is known.
        language: `zh` or `en`.
        named: Returns name and label of a fact that is written out, None for another text.
    """

    columns: Sequence[Any]
    language: str
    named: Callable[[str], tuple[str, Label] | None]

    def answered(self) -> list[Any]:
        """Return the columns with what the person said of those that are not read."""
        found = list(self.columns)
        open_places = [place for place, column in enumerate(found) if _is_open(column)]
        for number, place in enumerate(open_places, start=1):
            held = {column.name: column.heading for column in found if column.name}
            self._show(found[place], number, len(open_places))
            found[place] = self._choice(found[place], held)
        return found

    def _say(self, label: Label, **parts: object) -> str:
        return label.in_language(self.language).format(**parts)

    def _show(self, column: Any, number: int, total: int) -> None:
        sample = self._say(SUCH_AS, text=shortened(column.sample, SAMPLE)) if column.sample else ""
        heading = escape(" ".join(column.heading.split()))
        click.echo(self._say(ABOUT, number=number, total=total, heading=heading, sample=sample))
        for line in self._choices(column):
            click.echo(f"  {line}")

    def _choices(self, column: Any) -> Iterator[str]:
        for place, (name, label) in enumerate(column.guesses, start=1):
            yield f"{place}  {label.in_language(self.language)} ({name})"
        yield f"{NO_FACT}  {self._say(NOTHING)}"

    def _choice(self, column: Any, held: dict[str, str]) -> Any:
        """Return a column with what was chosen for it; unchanged where it is skipped."""
        while True:
            with silent():
                colon = self._say(COLON)
                text = click.prompt(self._say(WHICH), default="", show_default=False, prompt_suffix=colon).strip()
            if not text:
                return column
            if text == NO_FACT:
                return attrs.evolve(column, is_other=True, guesses=())
            places = {str(place): guess for place, guess in enumerate(column.guesses, start=1)}
            chosen = places.get(text) or self.named(text)
            if chosen is None:
                click.echo(self._say(NONE_SUCH))
            elif chosen[0] in held:
                click.echo(self._say(TAKEN, heading=escape(held[chosen[0]])))
            else:
                return attrs.evolve(column, name=chosen[0], label=chosen[1], guesses=())


def _is_open(column: Any) -> bool:
    """Tell whether it is not known what a column holds: no name of it is, or several columns have one meaning."""
    is_known = column.name or column.is_other or column.reason is not None
    return bool(column.heading.strip()) and not is_known
