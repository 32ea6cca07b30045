# ruff: noqa: INP001
"""Write docs/reference/problem-codes.md from the texts of problems: python docs/make_problem_codes.py."""

import re
from pathlib import Path

from cso_rules.messages import problem_texts, remedies

PAGE = Path(__file__).parent / "reference" / "problem-codes.md"
HEAD = """# Codes of problems

What is wrong with a cell, a row or a table is told with a code. The words may get better; a code stays, and never gets
another meaning. `classify` and `impact` carry it in JSON beside the text; in Python it is `CellProblem.code`,
`FactProblem.code` and `FileProblem.code`:

    {"row": 4, "column": "会员数", "value": "约五十", "code": "cell-estimate", "kind": "not_understood", ...}

`kind` says what becomes of the cell: `not_understood` and `impossible` leave its fact unknown, `contradiction` those of
all cells that exclude one another, and `context` refuses the row. `{...}` stands for what the problem names.

`python docs/make_problem_codes.py` writes this page; do not edit it by hand.

## Cells and rows

`contradiction` has no words of its own: they stand in the rule files, beside the constraint.

"""
OF_TABLES = """
## Tables as a whole

"""


def page() -> str:
    """Return the page."""
    english, chinese = problem_texts("en"), problem_texts("zh")
    said = {code: f"| `{code}` | {_shown(chinese[code])} | {_shown(english[code])} |" for code in english}
    rows = [row for code, row in said.items() if code not in remedies("en")]
    chinese, english = remedies("zh"), remedies("en")
    of_tables = [f"{said[code]} {_shown(chinese[code])} | {_shown(english[code])} |" for code in english]
    return (
        HEAD + _table("| code | 中文 | English |", rows) + OF_TABLES
        + _table("| code | 中文 | English | 怎么办 | what to do |", of_tables)
    )  # fmt: skip


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows]) + "\n"


def _shown(text: str) -> str:
    """Return a text without the way in which its places are written."""
    return re.sub(r"(\{\w+)(?:!r|:,)\}", r"\1}", text).replace("{{", "{").replace("}}", "}").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
