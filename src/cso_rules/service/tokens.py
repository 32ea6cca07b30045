"""Who may ask what: tokens of a file, each with a role."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import attrs

from cso_rules.errors import ArgumentError
from cso_rules.service.endpoints import Role

MAY: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType({
    "read": frozenset({"read"}),
    "evaluate": frozenset({"read", "evaluate"}),
    "reload": frozenset({"read", "reload"}),
})  # fmt: skip
SHORTEST: Final = 24
"""Characters of a token."""
_LINE: Final = re.compile(rf"(read|evaluate|reload)[ \t]+([!-~]{{{SHORTEST},200}})", re.ASCII)


@attrs.frozen
class Tokens:
    """Tokens by their digests, each with its role; without any, everybody may read and evaluate, and nobody reload."""

    known: tuple[tuple[bytes, Role], ...] = ()

    def role_of(self, header: str | None) -> Role | None:
        """Return the role of who sends a header Authorization; None where no token of it is known.

        Every token is compared, each in constant time, so that nothing is learnt from how long it takes.
        """
        if not self.known:
            return "evaluate"
        sent = hashlib.sha256(_token(header or "")).digest()
        found: Role | None = None
        for digest, role in self.known:
            if hmac.compare_digest(digest, sent):
                found = role
        return found


def _token(header: str) -> bytes:
    """Return the token of a header: that of Bearer, or the password of Basic."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("utf-8", "surrogateescape")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""


def read_tokens(path: Path) -> Tokens:
    """Return the tokens of a file: a role and a token on each line, `#` before a remark.

    Raises:
        ArgumentError: A line is none, or there is no token.
        OSError: The file cannot be read.
    """
    found: list[tuple[bytes, Role]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _LINE.fullmatch(line.strip())
        if parts is None:
            raise ArgumentError(
                f"{path.name}:{number}: write read, evaluate or reload, and a token of at least {SHORTEST} characters",
                f"{path.name}:{number}：请写角色（read、evaluate、reload）和至少 {SHORTEST} 个字符的令牌",
            )
        role: Role = parts[1]  # type: ignore[assignment]  # one of those of the pattern
        found.append((hashlib.sha256(parts[2].encode()).digest(), role))
    if not found:
        raise ArgumentError(f"{path.name}: there is no token in it", f"{path.name}：其中没有令牌")
    return Tokens(tuple(found))
