"""The file of a bundle: a line that names the format, a line with digest and lengths, the content, perhaps a signature.

In come bytes; out go the content as checked JSON, or an error that tells file, cause and remedy.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Collection
from typing import Any, Final

import attrs

from cso_rules.bundle.faults import refuse

FORMAT: Final = 1
"""Another number for every form that this one's reader would not understand, or would understand otherwise."""
MOST_BYTES: Final = 2**30
"""A content that claims to be longer is not unpacked."""
_NAME: Final = b"cso-rules bundle "
_LONGEST_LINE: Final = 1000
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Container:
    """A bundle as it lies in a file.

    Attributes:
        place: The file, for messages.
        digest: The SHA-256 of the content, which is the same for equal rules.
        content: Two lines of canonical JSON.
        body: The bytes that a signature is about: everything before it.
        signatures: What stands behind the body; empty where nothing is signed.
    """

    place: str
    digest: str
    content: bytes
    body: bytes
    signatures: bytes = b""


def packed(rules: dict[str, Any], plans: dict[str, Any]) -> bytes:
    """Return the bytes of an unsigned bundle: a line of JSON for the rules, one for their plans."""
    from cso_rules.plan.kept.written import canonical  # which whoever opens a bundle need not load

    text = f"{canonical(rules)}\n{canonical(plans)}\n".encode()
    payload = zlib.compress(text, 9)
    head = {"digest": digest_of(text), "length": len(text), "packed": digest_of(payload), "size": len(payload)}
    return b"%b%d\n%b\n%b" % (_NAME, FORMAT, canonical(head).encode(), payload)


def digest_of(content: bytes) -> str:
    """Return what identifies bytes."""
    return hashlib.sha256(content).hexdigest()


def unpacked(data: bytes, place: str) -> Container:
    """Return what a file holds.

    Raises:
        BundleError: It is no bundle, of another format, cut off or changed.
    """
    name, _, rest = data[: _LONGEST_LINE + len(_NAME)].partition(b"\n")
    if not name.startswith(_NAME):
        refuse("no_bundle", place)
    written = name.removeprefix(_NAME).decode(errors="replace")
    if written != str(FORMAT):
        refuse("other_format", place, found=written, expected=FORMAT)
    line, ended, _ = rest.partition(b"\n")
    start = len(name) + len(line) + 2
    head = _head(line, place) if ended else refuse("damaged", place)
    payload = data[start : start + head["size"]]
    if len(payload) < head["size"]:
        refuse("damaged", place)
    content = _content(payload, head["length"], place) if digest_of(payload) == head["packed"] else b""
    if digest_of(content) != head["digest"]:
        refuse("damaged", place)
    end = start + head["size"]
    return Container(place=place, digest=head["digest"], content=content, body=data[:end], signatures=data[end:])


def _head(line: bytes, place: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        refuse("damaged", place)
    is_sound = isinstance(found, dict) and found.keys() == {"digest", "length", "packed", "size"}
    numbers = [found[name] for name in ("length", "size")] if is_sound else []
    if not is_sound or not all(type(number) is int and 0 < number <= MOST_BYTES for number in numbers):
        refuse("damaged", place)
    if not all(isinstance(found[name], str) and _DIGEST.fullmatch(found[name]) for name in ("digest", "packed")):
        refuse("damaged", place)
    head: dict[str, Any] = found
    return head


def _content(payload: bytes, length: int, place: str) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(payload, length + 1)
    except zlib.error:
        refuse("damaged", place)
    if len(content) != length or not unpacking.eof or unpacking.unused_data:
        refuse("damaged", place)
    return content


def document_of(container: Container, line: int, keys: Collection[str]) -> dict[str, Any]:
    """Return one of the two lines of a content as JSON.

    Raises:
        BundleError: It has not exactly these keys, or there are not two lines.
    """
    lines = container.content.split(b"\n")
    try:
        found = json.loads(lines[line])
    except (ValueError, RecursionError):
        found = None
    if len(lines) != 3 or lines[2] or not isinstance(found, dict) or found.keys() != keys:  # noqa: PLR2004
        refuse("damaged", container.place)
    document: dict[str, Any] = found
    return document
