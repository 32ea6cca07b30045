# ruff: noqa: INP001
"""Write docs/explanation/fewer-lines.md, rules now and as before: python docs/make_fewer_lines.py."""

from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "explanation" / "fewer-lines.md"
PAIRS = DOCS / "explanation" / "fewer-lines"
SAID = {
    "body": ("the body that decides depends on the level", "`addressee: filing_body`", "one row for each body"),
    "reading": (
        "a day depends on how a text is read",
        "`value_by_reading`",
        "a decision for each reading, and a row for each of them",
    ),
    "quarter": (
        "a report is due each quarter",
        "`next_day([1, 4, 7, 10], 20)`",
        "a decision for each quarter, and a row for each that comes next",
    ),
}
"""For each pair what the text says, how it is written, and how it was before."""
HEAD = """# Fewer lines for what texts say

Some things that texts of places say again and again had to be written out case by case. Below, the same rules stand in
both ways, as whole files of the package `tests/packages/lantern_city`. `tests/packages/test_fewer_lines.py` loads both
and asks them about combinations of the facts that they read, missing ones too, and of readings, on days at each turn
of a quarter: the answers, addressees, days and citations are the same. Where a duty itself is open, the older way tells
several open rows in the place of one. `python docs/make_fewer_lines.py` counts the lines and writes this page.

"""
TABLE = "| the text says | written | before | lines now | lines before |\n|---|---|---|---|---|\n"


def page() -> str:
    """Return the text of the page."""
    rows = (
        f"| {said} | {now} | {before} | {_lines(pair, 'now')} | {_lines(pair, 'before')} |\n"
        for pair, (said, now, before) in SAID.items()
    )
    return HEAD + TABLE + "".join(rows) + "".join(_shown())


def _files(pair: str, way: str) -> list[Path]:
    return sorted((PAIRS / pair / way).glob("*.yaml"))


def _lines(pair: str, way: str) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in _files(pair, way))


def _shown() -> Iterator[str]:
    for pair, (said, _, _) in SAID.items():
        yield f"\n## {said[:1].upper()}{said[1:]}\n"
        for way, heading in (("now", "Now"), ("before", "Before")):
            for file in _files(pair, way):
                yield f"\n{heading}, `{file.name}`:\n\n```yaml\n{file.read_text(encoding='utf-8')}```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
