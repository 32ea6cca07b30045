"""Files that have their names only when they are complete and on the disk; a failure leaves an old file alone.

A new file has the permissions that the umask leaves, and one that takes the place of another has those of that. A link
is followed: the file that it names is replaced, and the link stays. What is no regular file, such as a pipe or a
device, is written to when everything is there, and never replaced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

EVERYBODY = 0o666
"""The permissions that are asked for; the umask takes away from them."""


@contextlib.contextmanager
def complete_file(path: Path) -> Iterator[Path]:
    """Give a file beside another one to be written; it takes the name of that when it is complete, or is gone.

    Args:
        path: The file that is to appear.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is None or stat.S_ISREG(mode):
        with _beside(path, path.resolve(), mode) as temporary:
            yield temporary
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with tempfile.TemporaryDirectory(prefix="cso-rules.") as folder:
        temporary = Path(folder) / "answers"
        yield temporary
        with temporary.open("rb") as written, path.open("wb") as target:
            shutil.copyfileobj(written, target)


@contextlib.contextmanager
def _beside(path: Path, target: Path, mode: int | None) -> Iterator[Path]:
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        os.close(
            os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, EVERYBODY if mode is None else stat.S_IMODE(mode))
        )
    except OSError as error:
        error.filename = str(path)  # not the name of a file that nobody knows
        raise
    try:
        yield temporary
        _to_disk(temporary)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
        if os.name == "posix":  # elsewhere a folder cannot be opened
            _to_disk(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
