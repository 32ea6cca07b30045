"""A private folder in which this library keeps what it has worked out, so that the next process need not.

What lies there is believed only where nobody else could have written: folder and file belong to the user, are no
links and are closed to others. Anything else, and any fault, is answered as if nothing were there.
"""

from __future__ import annotations

import marshal
import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import attrs

MAGIC = b"cso-rules policy 1\n"
MOST_ENTRIES = 512
MOST_BYTES = 128 * 1024 * 1024
HEADERS = "headers"
"""The one entry that is no policy: what every `package.yaml` says, by its digest."""
_UNFINISHED = "unfinished-"
_OWN_NAMES = re.compile(rf"[0-9a-f]{{64}}|{_UNFINISHED}.*")


def folder() -> Path:
    """Return the folder: `CSO_RULES_CACHE`, else `cso-rules` in the user's cache folder."""
    chosen = os.environ.get("CSO_RULES_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "cso-rules"


def sha256(content: bytes) -> bytes:
    """Return the digest of some bytes."""
    import hashlib  # loads OpenSSL, which takes longer than most modules of this library

    return hashlib.sha256(content).digest()


@cache
def code_stamp() -> str:
    """Return what changes when any module of the library changes."""
    return sha256(";".join(sorted(_stamps(str(Path(__file__).parents[1])))).encode()).hex()


def _stamps(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from () if entry.name == "__pycache__" else _stamps(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.path}:{status.st_size}:{status.st_mtime_ns}"


def _is_private(status: os.stat_result) -> bool:
    is_mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return is_mine and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _is_private_folder(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and _is_private(status)


def read(name: str) -> Any | None:
    """Return the plain data that is kept under a name; None when there is none that can be believed."""
    place = folder()
    if not _is_private_folder(place):
        return None
    try:
        payload = _payload(place / name)
        return None if payload is None else marshal.loads(payload)  # noqa: S302 - only our own private file
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _payload(path: Path) -> bytes | None:
    """Return the checked content of a private regular file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or not _is_private(status):
            return None
        content = file.read()
    head, payload = content[: len(MAGIC) + 32], content[len(MAGIC) + 32 :]
    return payload if head == MAGIC + sha256(payload) else None


def write(name: str, plain: Any) -> None:
    """Keep plain data under a name, and let go of the oldest; a folder that cannot be written is done without."""
    import tempfile

    place = folder()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private_folder(place):
            return
        payload = marshal.dumps(plain)
        descriptor, temporary = tempfile.mkstemp(dir=place, prefix=_UNFINISHED)
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC + sha256(payload) + payload)
        os.replace(temporary, place / name)  # noqa: PTH105 - a name, not a path
        _let_go(place, name)
    except OSError:
        return


def _let_go(place: Path, kept: str) -> None:
    """Remove the oldest entries beyond the limits; what this library did not write is left alone."""
    with os.scandir(place) as entries:
        found = [(entry.stat(follow_symlinks=False), entry) for entry in entries if _is_own(entry, kept)]
    total, count = sum(status.st_size for status, _ in found), len(found)
    for status, entry in sorted(found, key=lambda pair: pair[0].st_mtime_ns):
        if count < MOST_ENTRIES and total < MOST_BYTES:
            return
        Path(entry.path).unlink(missing_ok=True)
        total, count = total - status.st_size, count - 1


@attrs.frozen(kw_only=True)
class StorageState:
    """How the folder stands.

    Attributes:
        place: The folder.
        standing: `absent`, as before the first use; `private`; `open_to_others`, so that nothing in it is believed;
            `not_writable`, so that nothing is added.
        entries: How many entries this library wrote there.
        size: Their bytes.
        damaged: How many of them are not believed, because they are cut off, changed or open to others.
    """

    place: Path
    standing: Literal["absent", "private", "open_to_others", "not_writable"]
    entries: int = 0
    size: int = 0
    damaged: int = 0


def examined() -> StorageState:
    """Return how the folder and every entry in it stand; nothing is changed."""
    place = folder()
    if not place.exists():
        parent = next(each for each in place.parents if each.exists())
        return StorageState(place=place, standing="absent" if os.access(parent, os.W_OK) else "not_writable")
    if not _is_private_folder(place):
        return StorageState(place=place, standing="open_to_others")
    with os.scandir(place) as found:
        own = [entry for entry in found if _is_own(entry, "") or entry.name == HEADERS]
    return StorageState(
        place=place,
        standing="private" if os.access(place, os.W_OK) else "not_writable",
        entries=len(own),
        size=sum(entry.stat(follow_symlinks=False).st_size for entry in own),
        damaged=sum(not _is_sound(Path(entry.path)) for entry in own),
    )


def _is_sound(path: Path) -> bool:
    try:
        return _payload(path) is not None
    except OSError:
        return False


def _is_own(entry: os.DirEntry[str], kept: str) -> bool:
    return entry.name != kept and _OWN_NAMES.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)
