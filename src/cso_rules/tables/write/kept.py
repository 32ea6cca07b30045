"""What a table keeps beside the determination of a row: where each fact stands, and which cells were not understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cso_rules.explanation.papers.sheet import Kept, Source, Unread
from cso_rules.explanation.words import Words, on_one_line
from cso_rules.tables.answer.rows import Answered
from cso_rules.tables.read.cells import text_of


def kept_of(item: Answered, header: Sequence[str], facts: Mapping[int, str], language: str, program: str) -> Kept:
    """Return what the working sheet of a row says besides its determination.

    Args:
        item: The row.
        header: The headings of the table.
        facts: The fact of each column, by its place.
        language: `zh` or `en`.
        program: The version of the program.
    """
    words = Words(item.determination.policy, language)
    cells = {name: (header[place], text_of(item.cells[place])) for place, name in facts.items()}
    sources = {
        name: Source(place=words.say("source_cell", row=item.number, heading=on_one_line(heading)))
        for name, (heading, text) in cells.items()
        if text
    }
    unread = tuple(
        Unread(
            heading=words.say("source_cell", row=problem.row, heading=on_one_line(problem.column)),
            text=on_one_line(problem.value),
            reason=problem.in_language(language),
        )
        for problem in item.problems
    )
    return Kept(sources=sources, unread=unread, program=program)
