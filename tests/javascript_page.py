"""The modules of the page, spoken to over stdio in Node.js."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.javascript_walker import Walker, program

FOLDER = Path(__file__).resolve().parents[1] / "src" / "cso_rules" / "page"
HARNESS = Path(__file__).parent / "services" / "page" / "harness.mjs"


@contextmanager
def modules() -> Iterator[Walker]:
    """The modules, without rules.

    Raises:
        FileNotFoundError: Node.js is not installed; these tests are not to be skipped.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        (Path(folder) / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        command = [program("node"), str(HARNESS), folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Walker(process)
