"""What the benchmarks share: repetition in alternating order, and sections of docs/explanation/performance.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "performance.md"
OTHERS = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
"""Processes that wanted to run, on average of the minute before the script began: what else the machine did."""

HEAD = """# Performance

Every section is written by the script that it names; run the script again to replace it. A ratio compares times of one
run on one machine, measured in turns in alternating order; each time is the median of the repetitions.
"""


def alternate(tasks: Sequence[tuple[str, Callable[[], float]]], repetitions: int) -> dict[str, list[float]]:
    """Run the tasks in turns, every second turn backwards; each returns its seconds."""
    found: dict[str, list[float]] = {name: [] for name, _ in tasks}
    for turn in range(repetitions):
        for name, task in tasks if turn % 2 == 0 else list(reversed(tasks)):
            found[name].append(task())
    return found


def seconds(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def middle(times: Sequence[float]) -> float:
    return statistics.median(times)


def verdict(ratio: float, target: float) -> str:
    return f"{ratio:.2f} (target {target:g}: {'met' if ratio <= target else '**missed**'})"


def machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    busy = "" if OTHERS is None else f"; load before the run {OTHERS:.1f}"
    return (
        f"Machine: {model}, {os.cpu_count()} processors, {platform.system()}; Python {platform.python_version()}{busy}."
    )


def write(section: str, title: str, lines: Sequence[str], options: str = "", *, to_page: bool = True) -> None:
    """Print a section, and replace it on the page between its marker comments; print its lines alone where it stays.

    Args:
        section: Name of the section in the comments.
        title: Its heading.
        lines: What was measured.
        options: Options that a reader needs to have it measured again.
        to_page: Whether the page is to change.
    """
    if not to_page:
        print("\n".join(lines))
        return
    body = "\n".join([f"## {title}", "", f"Command: `{command()}{options and ' ' + options}`  ", machine(), "", *lines])
    print(body)
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    start, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    block = f"{start}\n\n{body}\n\n{end}"
    if start in text:
        text = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _: block, text, flags=re.DOTALL)
    else:
        text = f"{text}\n{block}\n"
    PAGE.write_text(text, encoding="utf-8")


def command() -> str:
    script = Path(sys.argv[0]).resolve().relative_to(Path(__file__).resolve().parent)
    return f"python benchmarks/{script.as_posix()}"
