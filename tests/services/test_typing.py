"""The typed uses of the public names hold for pyright too, which many editors run; mypy is part of `make check`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).parent / "typing" / "node_modules" / "pyright" / "index.js"


def test_pyright_finds_nothing_in_the_typed_uses() -> None:
    node = shutil.which("node")
    assert node is not None, "node is not installed: install Node.js 18 or later (Debian: nodejs, npm)"
    assert PROGRAM.is_file(), f"{PROGRAM} is missing: run `make test-services`, which installs it with npm"
    arguments = ["--outputjson", "--pythonpath", sys.executable, "tests/typing/api.py"]
    run = subprocess.run([node, PROGRAM, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    report = json.loads(run.stdout)
    assert report["summary"]["filesAnalyzed"] > 0
    assert [found["message"] for found in report["generalDiagnostics"]] == []
