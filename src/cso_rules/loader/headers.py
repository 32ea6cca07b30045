"""What `package.yaml` says of a package as a whole: which place it speaks for, what it extends, whether it is a draft.

One reader decides what the file means, that of the loader. What it found is remembered by the content of the file, in
memory and on disk, so that a process that finds its policy ready need not read YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cso_rules.loader import storage
from cso_rules.loader.rule_texts import PACKAGE, RefusedFile, WhileUnchanged, content_of, state_of

if TYPE_CHECKING:
    from cso_rules.diagnostics import Diagnostic

MOST_KEPT = 2000
Kept = dict[bytes, tuple[tuple[str, str], ...]]


@attrs.frozen(kw_only=True)
class PackageHeader:
    """The plain entries of a `package.yaml`, those that are sound, and what is wrong with the file."""

    entries: Mapping[str, str]
    faults: tuple[Diagnostic, ...] = ()


def header_of(path: Path) -> PackageHeader:
    """Return the header of a package; without entries where there is no `package.yaml`."""
    file = path / PACKAGE
    return _headers.of(path, (state_of(file),), lambda: _header(path.resolve().name, content_of(path, file)))


_headers = WhileUnchanged[PackageHeader]()


@lru_cache(maxsize=1024)
def _header(name: str, content: bytes | RefusedFile) -> PackageHeader:
    digest = b"" if isinstance(content, RefusedFile) else storage.sha256(content)
    known = _kept(storage.folder()).get(digest)
    if known is not None:
        return PackageHeader(entries=dict(known))
    from cso_rules.loader.sources import read_header

    entries, faults = read_header(name, content)
    if not faults:
        _keep(digest, entries)
    return PackageHeader(entries=entries, faults=faults)


@lru_cache(maxsize=4)
def _kept(folder: Path) -> Kept:  # noqa: ARG001 - another folder is another memory
    """Return the headers that are kept on disk."""
    match storage.read(storage.HEADERS):
        case (stamp, dict(headers)) if stamp == storage.code_stamp():
            return headers
        case _:
            return {}


def _keep(digest: bytes, entries: Mapping[str, str]) -> None:
    """Keep one more header on disk, and let go of the oldest."""
    _kept.cache_clear()
    headers = {**_kept(storage.folder()), digest: tuple(entries.items())}
    storage.write(storage.HEADERS, (storage.code_stamp(), dict(list(headers.items())[-MOST_KEPT:])))
    _kept.cache_clear()
