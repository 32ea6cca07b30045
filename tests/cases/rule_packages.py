"""Small packages of rules for the cases: a national one, and local ones beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from cso_rules.diagnostics import Diagnostic

FILES = Path(__file__).parent.parent / "diagnostics"
NUMBERS = "parameters/numbers.yaml"
HEAD = """format: 1
id: {id}
title: {{zh: 规则, en: rules}}
jurisdiction: "{code}"
extends: base
in_force: {{from: 2020-01-01}}
"""


def base(folder: Path) -> Path:
    """Copy the national sample package."""
    shutil.copytree(FILES / "base", folder / "base")
    return folder / "base"


def local(folder: Path, name: str = "base-44", head: str | None = None, code: str = "44") -> Path:
    """Copy the local sample package, which lowers the minimum of members to 20, with another head."""
    package = folder / name
    shutil.copytree(FILES / "base-44", package)
    text = HEAD.format(id=name, code=code) if head is None else head
    (package / "package.yaml").write_text(text, encoding="utf-8")
    instruments = (package / "instruments.yaml").read_text(encoding="utf-8")
    changes = (package / "changes.yaml").read_text(encoding="utf-8")
    (package / "instruments.yaml").write_text(instruments.replace("id: measures", f"id: {name}"), encoding="utf-8")
    (package / "changes.yaml").write_text(changes.replace("measures members", f"{name} members"), encoding="utf-8")
    return package


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def places(faults: tuple[Diagnostic, ...]) -> list[str]:
    """Return code and place of each finding."""
    return [
        fault.code if fault.span is None else f"{fault.code} {fault.span.source.path}:{fault.span.line}"
        for fault in faults
    ]
