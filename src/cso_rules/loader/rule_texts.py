"""Rule files as bytes: which there are, opened so that only a small regular file inside its package is ever read."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Generic, TypeVar

import attrs

PACKAGE: Final = "package.yaml"
FIRST_FILES: Final = (PACKAGE, "instruments.yaml", "vocabulary.yaml")
FOLDERS: Final = ("calendars", "decisions", "parameters")
"""In reading order: answers of decisions may select the numbers of parameters."""
SCENARIOS: Final = "scenarios"
CHANGES: Final = "changes.yaml"
LARGEST_FILE: Final = 1024 * 1024
MOST_PACKAGES: Final = 2000
"""From how many packages something is kept."""
YOUNG: Final = 2_000_000_000
"""Nanoseconds within which two changes of a file may bear one time."""
_KINDS: Final = (
    (stat.S_ISLNK, "link"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)
Value = TypeVar("Value")
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


@attrs.frozen(kw_only=True)
class RefusedFile:
    """Why a rule file was not read.

    Attributes:
        found: What lies there, such as a link or a device; None when it is a file that is too large.
        size: How large the file is.
    """

    found: str | None = None
    size: int = 0


def rule_files(path: Path) -> Iterator[Path]:
    """Yield the files of a package that decide, in reading order."""
    for name in FIRST_FILES:
        if _is_there(path / name):
            yield path / name
    for folder in FOLDERS:
        yield from files_in(path / folder)
    if _is_there(path / CHANGES):
        yield path / CHANGES


def files_in(folder: Path) -> list[Path]:
    """Return the rule files of a folder; hidden ones are left behind by editors and are none."""
    return sorted(file for file in folder.glob("*.yaml") if not file.name.startswith("."))


def _is_there(file: Path) -> bool:
    try:
        file.lstat()
    except OSError:
        return False
    return True


def content_of(path: Path, file: Path) -> bytes | RefusedFile:
    """Return what a file of a package holds; a link, a device and anything else that is no small file is not opened."""
    try:
        if file.parent != path and file.parent.is_symlink():
            return RefusedFile(found="link")
        refused = _refused(file.lstat())
        if refused is not None:
            return refused
        with os.fdopen(os.open(file, os.O_RDONLY | _FLAGS), "rb") as opened:
            refused = _refused(os.fstat(opened.fileno()))
            content = b"" if refused else opened.read(LARGEST_FILE + 1)
    except OSError:
        return RefusedFile(found="file that cannot be opened")
    if len(content) > LARGEST_FILE:
        return RefusedFile(size=len(content))
    return refused or content


def _refused(status: os.stat_result) -> RefusedFile | None:
    """Tell why what has this status is not read; None for a small regular file."""
    if not stat.S_ISREG(status.st_mode):
        return RefusedFile(found=next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "device"))
    return RefusedFile(size=status.st_size) if status.st_size > LARGEST_FILE else None


@attrs.frozen
class FileState:
    """What shows without reading a file that it was changed."""

    file: Path
    number: int
    size: int
    modified: int
    changed: int


def state_of(file: Path) -> FileState:
    """Return the state of one file, or of what lies in its place; that of a file that is not there has only zeros."""
    try:
        own = file.lstat()
    except OSError:
        return FileState(file, 0, 0, 0, 0)
    return FileState(file, own.st_ino, own.st_size, own.st_mtime_ns, own.st_ctime_ns)


def states_of(path: Path) -> tuple[FileState, ...]:
    """Return the state of every rule file of a package, and of the folders in which they lie."""
    files = [*rule_files(path)]
    return tuple(map(state_of, dict.fromkeys([*files, *(file.parent for file in files)])))


@attrs.frozen
class _Taken(Generic[Value]):
    """What was taken from files, with the files as they were just before, and when that was."""

    files: tuple[FileState, ...]
    taken: int
    value: Value

    def is_of(self, files: tuple[FileState, ...]) -> bool:
        """Tell whether it is that of the files: unchanged, and not so young that a change might show no other time."""
        newest = max((max(state.modified, state.changed) for state in files), default=0)
        return self.files == files and newest < self.taken - YOUNG


class WhileUnchanged(Generic[Value]):
    """What is taken from files of packages, kept for as long as these stay the same."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._taken: dict[Path, _Taken[Value]] = {}

    def of(self, path: Path, files: tuple[FileState, ...], take: Callable[[], Value]) -> Value:
        """Return what is taken from files of a package.

        Args:
            path: The package.
            files: How the files are now.
            take: Reads them.
        """
        now, known = time.time_ns(), self._taken.get(path)
        if known is None or not known.is_of(files):
            value = take()
            if len(self._taken) >= MOST_PACKAGES:
                self._taken.clear()
            known = self._taken[path] = _Taken(files, now, value)
        return known.value


def contents_of(path: Path) -> tuple[tuple[str, bytes | RefusedFile], ...]:
    """Return every rule file of a package by its name inside it, with what it holds."""
    return tuple((file.relative_to(path).as_posix(), content_of(path, file)) for file in rule_files(path))
