"""Files beside the rule files that look like rules and that nothing reads, each with the name it should have."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from cso_rules.diagnostics import Diagnostic, diagnostic, nearest
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.packages import header
from cso_rules.loader.rule_texts import CHANGES, FIRST_FILES, FOLDERS, PACKAGE, SCENARIOS
from cso_rules.loader.sources import source_file
from cso_rules.loader.text.yaml_nodes import MappingNode, ScalarNode, read_yaml

READ_AT_TOP = (*FIRST_FILES, CHANGES)
READ_FOLDERS = (*FOLDERS, SCENARIOS)
OVERLAY_TEMPLATE = "overlay_template"
"""Folder of a national package with the files that a new local package begins with; no rules themselves."""
SUFFIX = ".yaml"
ALIKE = 0.75
"""How like `.yaml` a suffix must be to be taken for it; `.xml` and `.html` are not."""
OF_EDITORS = (".", "#", "~$")
DEEPEST = 4
MOST_ENTRIES = 2000
_LEFT_BY_EDITORS = re.compile(r"(~|\.(bak|orig|rej|old|save|swp|swo|tmp))\Z", re.IGNORECASE)
_SHOWN_ENDING = re.compile(r"\.txt\Z", re.IGNORECASE)


def stray_files(path: Path) -> Iterator[Diagnostic]:
    """Yield a warning for each file or folder of a package that seems to hold rules under a name that is not read."""
    package = path.resolve().name
    for entry in _entries(path):
        if entry.is_dir(follow_symlinks=False):
            yield from _stray_folder(Path(entry.path), package)
        elif entry.name not in READ_AT_TOP and (suggestion := _suggested(path, entry.name)) is not None:
            yield _warning(f"{package}/{entry.name}", _at_top(package, suggestion))


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, in order, but for what is hidden or an editor's own."""
    try:
        with os.scandir(path) as found:
            listed = [entry for entry in found if not entry.name.startswith(OF_EDITORS)]
    except OSError:
        return []
    return sorted(listed, key=lambda entry: entry.name)[:MOST_ENTRIES]


def _stray_folder(path: Path, package: str) -> Iterator[Diagnostic]:
    if path.name == OVERLAY_TEMPLATE:
        return
    if path.name not in READ_FOLDERS:
        if _holds_rules(path, DEEPEST):
            folder = nearest(path.name, READ_FOLDERS)
            yield _warning(f"{package}/{path.name}/", f"{package}/{folder}/" if folder else None)
        return
    for entry in _entries(path):
        place = f"{package}/{path.name}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.endswith(SUFFIX) and _holds_rules(Path(entry.path), DEEPEST):
                yield _warning(f"{place}/", f"{package}/{path.name}/*{SUFFIX}")
        elif not entry.name.endswith(SUFFIX) and (suggestion := _suggested(path, entry.name)) is not None:
            yield _warning(place, f"{package}/{path.name}/{suggestion}")


def _holds_rules(path: Path, depth: int) -> bool:
    """Tell whether some file below a folder looks like one of rules."""
    return any(
        depth > 0 and _holds_rules(Path(entry.path), depth - 1)
        if entry.is_dir(follow_symlinks=False)
        else _suggested(path, entry.name) is not None
        for entry in _entries(path)
    )


def _suggested(folder: Path, name: str) -> str | None:
    """Return the name that a file of rules should have; None for a file that does not look like one.

    What an editor leaves beside the file itself is none, but it is the rules where the file is gone.
    """
    plain = unicodedata.normalize("NFKC", name).replace("。", ".").strip()
    plain, is_left = _LEFT_BY_EDITORS.subn("", plain)
    stem, dot, suffix = _SHOWN_ENDING.sub("", plain).rpartition(".")
    if not stem or difflib.SequenceMatcher(None, dot + suffix.lower(), SUFFIX).ratio() < ALIKE:
        return None
    suggestion = stem + SUFFIX if stem != stem.upper() else stem.lower() + SUFFIX
    return None if is_left and (folder / suggestion).exists() else suggestion


def _at_top(package: str, suggestion: str) -> str | None:
    """Return the rule file of the top that a name is like."""
    known = nearest(suggestion.lower(), READ_AT_TOP)
    return None if known is None else f"{package}/{known}"


def _warning(name: str, suggestion: str | None) -> Diagnostic:
    helps = ("did_you_mean",) if suggestion else ()
    return diagnostic("misnamed-file", None, helps=helps, severity="warning", path=name, suggestion=suggestion)


def folder_faults(path: Path) -> list[Diagnostic]:
    """Report a copy of a package beside it, and a local package whose folder has another name."""
    own = _id_of(path)
    if own is None:
        return []
    name = path.resolve().name
    copies = [folder for folder in _beside(path) if folder.name != name and _id_text(folder) == own.text]
    found = [_copy(own, folder, name) for folder in copies]
    if name != own.text and not copies and "extends" in header(path):
        found.append(diagnostic("misnamed-folder", own.span, severity="warning", name=own.text, found=name))
    return found


def _copy(own: ScalarNode, folder: Path, name: str) -> Diagnostic:
    other = _id_of(folder)
    related = () if other is None else ((other.span, "other"),)
    return diagnostic("repeated-package", own.span, name=own.text, found=f"{name}, {folder.name}", related=related)


def _beside(path: Path) -> list[Path]:
    return sorted(file.parent for file in path.resolve().parent.glob(f"*/{PACKAGE}"))


def _id_text(path: Path) -> str | None:
    return header(path).get("id")


def _id_of(path: Path) -> ScalarNode | None:
    """Return the id of a package with its place; None where `package.yaml` has none that is sound."""
    source = source_file(path, path / PACKAGE, Reader())
    node = None if source is None else read_yaml(source)[0]
    found = node.get("id") if isinstance(node, MappingNode) else None
    return found if isinstance(found, ScalarNode) and found.text == _id_text(path) else None
