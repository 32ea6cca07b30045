"""Move the sentences of changelog.d/ under a heading of CHANGELOG.md, and delete their files.

    python release/collate_changelog.py 0.2.0 --date 2026-11-27

Kinds stand in the order of changelog.d/README.md, sentences of a kind in the order of the names of their files.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADINGS = {
    "added": "Added",
    "changed": "Changed",
    "answers": "Answers that differ",
    "fixed": "Fixed",
    "deprecated": "Deprecated",
    "removed": "Removed",
}
STANDING = "Changes since the last release lie in"
"""How the paragraph begins below which releases stand, the newest first."""


def main() -> None:
    """Read the arguments, and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.datetime.now(datetime.UTC).date())
    chosen = parser.parse_args()
    page, files = ROOT / "CHANGELOG.md", fragments(ROOT / "changelog.d")
    if not files:
        sys.exit("there is nothing in changelog.d")
    page.write_text(collated(page.read_text("utf-8"), files, chosen.version, chosen.date), "utf-8")
    for file in files:
        file.unlink()
    print(f"{len(files)} changes stand in {page.name} under {chosen.version}")


def fragments(folder: Path) -> list[Path]:
    """Return the files of changes; a file of no kind ends the program."""
    files = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
    strange = [file.name for file in files if kind_of(file) not in HEADINGS]
    if strange:
        sys.exit(f"of no kind: {', '.join(strange)}; see changelog.d/README.md")
    return files


def kind_of(file: Path) -> str:
    """Return the kind of a change, the first word of its name."""
    return file.stem.partition("-")[0]


def collated(page: str, files: list[Path], version: str, day: datetime.date) -> str:
    """Return the changelog with one more release."""
    if f"\n## {version} " in page:
        sys.exit(f"{version} stands there already")
    head, standing, rest = page.partition(STANDING)
    paragraph, _, releases = rest.partition("\n\n")
    own = [f"## {version} ({day.isoformat()})"]
    for kind, heading in HEADINGS.items():
        lines = [f"- {sentences(file)}" for file in files if kind_of(file) == kind]
        own += [f"### {heading}", "\n".join(lines)] if lines else []
    parts = [f"{head}{standing}{paragraph.rstrip()}", *own, releases.strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def sentences(file: Path) -> str:
    """Return what a file says as one paragraph, with links that hold from the folder above."""
    return " ".join(file.read_text("utf-8").split()).replace("](../", "](")


if __name__ == "__main__":
    main()
