"""Write the lines of docs/reference/problem-codes.md anew: `python docs/make_problem_codes.py`."""

import re
from pathlib import Path

from cso_rules.messages import problem_texts

PAGE = Path(__file__).parent / "reference" / "problem-codes.md"
START, END = "<!-- codes -->\n", "<!-- end of codes -->\n"


def shown(text: str) -> str:
    """Return a text without the way in which its places are written."""
    return re.sub(r"(\{\w+)(?:!r|:,)\}", r"\1}", text)


def main() -> None:
    """Write the page."""
    english, chinese = problem_texts("en"), problem_texts("zh")
    rows = [f"| `{code}` | {shown(chinese[code])} | {shown(english[code])} |" for code in english]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    lines = "\n".join(["| code | 中文 | English |", "|---|---|---|", *rows])
    PAGE.write_text(f"{before}{START}{lines}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
