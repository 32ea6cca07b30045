"""A small national package of which one decision rests on higher law, and local packages written beside it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

FILES = Path(__file__).parent.parent / "diagnostics"
PACKAGE = """format: 1
id: {id}
title: {{zh: 规则, en: rules}}
jurisdiction: "{code}"
extends: {extends}
status: in_force
in_force: {{{period}}}
{more}
"""
INSTRUMENTS = """format: 1
instruments:
  - id: law
    title: {zh: 条例, en: Regulations}
    kind: administrative_regulations
    confidence: S
    provisions:
      - {id: members, summary: {zh: 会员, en: members}}
      - {id: charter, summary: {zh: 章程, en: charter}}
  - id: opinions
    title: {zh: 意见, en: Opinions}
    kind: opinions
    confidence: S
    provisions:
      - {id: s49, summary: {zh: 分级, en: levels}}
      - {id: s50, summary: {zh: 数量, en: number}}
"""
ADMISSION = """format: 1
decision: admission
label: {zh: 准予登记, en: admission}
criteria:
  - {id: members, label: {zh: 会员数, en: members}, when: individual_members >= minimum_members, cite: law members}
  - {id: charter, label: {zh: 章程, en: charter}, when: has_charter, cite: law charter}
  - {id: branches, label: {zh: 分支, en: branches}, when: branches <= 5, cite: opinions s50}
"""
PARAMETERS = """format: 1
parameters:
  - id: minimum_members
    label: {zh: 最低会员数, en: minimum of members}
    type: integer
    values:
      - {from: 2017-12-27, value: 50, cite: law members}
"""


def national(folder: Path) -> Path:
    """Return the national package, written into a folder."""
    base = Path(shutil.copytree(FILES / "base", folder / "base"))
    (base / "instruments.yaml").write_text(INSTRUMENTS, encoding="utf-8")
    (base / "decisions" / "admission.yaml").write_text(ADMISSION, encoding="utf-8")
    (base / "parameters" / "numbers.yaml").write_text(PARAMETERS, encoding="utf-8")
    return base


def local(
    base: Path,
    *entries: str,
    code: str = "44",
    name: str = "",
    extends: str = "base",
    period: str = "from: 2020-01-01",
    more: str = "",
) -> Path:
    """Return a local package with entries of `changes.yaml`, each in flow style without its citation."""
    package = base.parent / f"base-{code}{name}"
    shutil.copytree(FILES / "base-44", package)
    head = PACKAGE.format(id=package.name, code=code, extends=extends, period=period, more=more)
    (package / "package.yaml").write_text(head, encoding="utf-8")
    file = package / "instruments.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("id: measures", f"id: {package.name}"), encoding="utf-8")
    (package / "changes.yaml").write_text(written(entries, package.name), encoding="utf-8")
    return package


def written(entries: Sequence[str], name: str) -> str:
    """Return a file of changes that all cite one provision."""
    lines = "".join(f"  - {{{entry}, cite: {name} members}}\n" for entry in entries)
    return f"format: 1\nchanges:\n{lines}" if lines else "format: 1\nchanges: []\n"
