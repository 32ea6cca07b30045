"""A list of 400 as an office keeps it: from the file to a summary, a workbook and notices, with times.

The list has a title, a header of two rows, sections, sums and a line for signatures; its organizations are those of the
examples, with other numbers in each round so that nothing is seen twice.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import xlsxwriter
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "examples"))

from make_examples import organizations  # noqa: E402 - the examples lie beside the program

from cso_rules.interfaces.cli import cli  # noqa: E402

SIZE = 400
GROUPS = {"个人会员数（人）": "会员情况", "单位会员数（个）": "会员情况"}
CONTEXT = ("--as-of", "2026-11-26", "--jurisdiction", "cn")


def rows(seed: int) -> list[dict[str, str]]:
    """Return 400 organizations with fresh numbers."""
    chance, found = random.Random(seed), organizations()
    made = [dict(found[place % len(found)]) for place in range(SIZE)]
    for number, row in enumerate(made, start=1):
        row["编号"], row["名称"] = f"B{number:03}", f"第{number}组织"
        row["个人会员数（人）"] = str(chance.randrange(5, 90))
    return made


def write_list(path: Path, made: Sequence[dict[str, str]]) -> None:
    """Write the list with a title, two rows of headings, sections, sums and signatures."""
    heads = list(made[0])
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, len(heads) - 1, "某街道社区社会组织台账")
        for place, head in enumerate(heads):
            sheet.write(1, place, GROUPS.get(head, head))
            if head in GROUPS:
                sheet.write(2, place, head)
        for row, cells in enumerate(_lines(heads, made), start=3):
            sheet.write_row(row, 0, cells)


def _lines(heads: Sequence[str], made: Sequence[dict[str, str]]) -> Iterator[tuple[str, ...]]:
    for section, title in enumerate(("一、文体活动类", "二、公益慈善类", "三、其他类")):
        own = made[section::3]
        yield (title,)
        yield from (tuple(row[head] for head in heads) for row in own)
        yield ("小计", f"{len(own)}个")
    yield ("合计", f"{len(made)}个")
    yield ("填表人：张三      审核人：李四      填表日期：2026年11月26日",)


def timed(*arguments: str) -> tuple[float, str]:
    """Return the processor time that a command takes, and what it says."""
    start = time.process_time()
    result = CliRunner().invoke(cli, list(arguments))
    if result.exit_code not in {0, 4}:
        raise SystemExit(result.output[-500:])
    return time.process_time() - start, result.output


def main() -> None:
    """Print how long each step takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_list(path, rows(1))
        timed("classify", str(path), *CONTEXT)
        for number, (name, arguments) in enumerate(
            {
                "summary and table": ("classify", str(path), *CONTEXT),
                "workbook": ("classify", str(path), *CONTEXT, "-o", f"{folder}/answers.xlsx"),
                "notices, HTML": ("notice", str(path), "--all", *CONTEXT, "-o", f"{folder}/notices.html"),
                "notices, DOCX": ("notice", str(path), "--all", *CONTEXT, "-o", f"{folder}/notices.docx"),
                "working sheets": ("notice", str(path), "--all", "--for", "office", *CONTEXT, "-o", f"{folder}/s.html"),
            }.items(),
            start=2,
        ):
            write_list(path, rows(number))
            seconds, said = timed(*arguments)
            count = next(line for line in reversed(said.splitlines()) if line.startswith("读取"))
            sys.stdout.write(f"{name}: {seconds:.1f} s of processor time; {count}\n")


if __name__ == "__main__":
    main()
