"""Who vouches for a bundle: an ed25519 signature over its bytes, in a line behind them.

In come bytes and a key; out go bytes with a line more, or nothing where a trusted key signed them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, Final, NoReturn

from cso_rules.bundle.container import Container, unpacked
from cso_rules.bundle.faults import refuse
from cso_rules.diagnostics import shortened
from cso_rules.errors import ArgumentError, MissingExtraError
from cso_rules.plan.kept.written import canonical

EXTRA: Final = "signing"
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


def signed(data: bytes, private_key: bytes, place: str) -> bytes:
    """Return a bundle with a signature instead of the one that it may have.

    Args:
        data: The bundle.
        private_key: An ed25519 key as PEM, without a password.
        place: The file of the key, for messages.

    Raises:
        ArgumentError: It is no such key.
        MissingExtraError: The extra `signing` is not installed.
    """
    body = unpacked(data, place).body
    line = canonical(signature_of(body, private_key, place))
    return body + line.encode() + b"\n"


def signature_of(body: bytes, private_key: bytes, place: str) -> dict[str, str]:
    """Return `key`, a public key, and `signature`, that of some bytes, in hexadecimal digits.

    Args:
        body: The bytes.
        private_key: An ed25519 key as PEM, without a password.
        place: The file of the key, for messages.

    Raises:
        ArgumentError: It is no such key.
        MissingExtraError: The extra `signing` is not installed.
    """
    key = _private_key(private_key, place)
    return {"key": key.public_key().public_bytes_raw().hex(), "signature": key.sign(body).hex()}


def is_signed_by(body: bytes, found: Mapping[str, Any], trusted_keys: Collection[str]) -> bool:
    """Tell whether bytes are signed by one of some keys.

    Args:
        body: The bytes.
        found: What `signature_of` returned for them.
        trusted_keys: Public ed25519 keys, each as PEM or as 64 hexadecimal digits.

    Raises:
        ArgumentError: A trusted key is none.
        MissingExtraError: The extra `signing` is not installed.
    """
    trusted = {key.public_bytes_raw().hex(): key for key in map(_public_key, trusted_keys)}
    key, signature = trusted.get(str(found.get("key"))), str(found.get("signature"))
    return key is not None and bool(_SIGNATURE.fullmatch(signature)) and _is_signed(key, body, bytes.fromhex(signature))


def verify(bundle: Container, trusted_keys: Collection[str] | None) -> None:
    """Do nothing where a trusted key signed a bundle, or where nobody asks and the line of the signature is sound.

    Raises:
        BundleError: It is not signed, by another key, or its bytes are not those that were signed.
        ArgumentError: A trusted key is none.
        MissingExtraError: The extra `signing` is not installed.
    """
    found = _signature(bundle)
    if trusted_keys is None:
        return
    keys = map(_public_key, trusted_keys)
    trusted = {key.public_bytes_raw().hex(): key for key in keys}
    if found is None:
        refuse("unsigned", bundle.place)
    public, signature = found
    if public not in trusted:
        refuse("unknown_key", bundle.place, found=public)
    if not _is_signed(trusted[public], bundle.body, bytes.fromhex(signature)):
        refuse("wrong_signature", bundle.place)


def _signature(bundle: Container) -> tuple[str, str] | None:
    """Return key and signature; None where there is nothing behind the body."""
    if not bundle.signatures:
        return None
    try:
        found = json.loads(bundle.signatures)
    except ValueError:
        refuse("damaged", bundle.place)
    is_pair = isinstance(found, dict) and found.keys() == {"key", "signature"}
    pair = (str(found["key"]), str(found["signature"])) if is_pair else ("", "")
    is_sound = _HEX.fullmatch(pair[0]) and _SIGNATURE.fullmatch(pair[1])
    if not is_sound or bundle.signatures != canonical(found).encode() + b"\n":
        refuse("damaged", bundle.place)
    return pair


def _is_signed(key: Any, body: bytes, signature: bytes) -> bool:
    library = _library()
    try:
        key.verify(signature, body)
    except library.InvalidSignature:
        return False
    return True


def _public_key(text: str) -> Any:
    """Return a public key from PEM, or from its bytes in hexadecimal digits."""
    library, written = _library(), text.strip()
    try:
        if _HEX.fullmatch(written):
            return library.Ed25519PublicKey.from_public_bytes(bytes.fromhex(written))
        found = library.load_pem_public_key(written.encode())
    except (ValueError, TypeError, library.UnsupportedAlgorithm):
        found = None
    return found if isinstance(found, library.Ed25519PublicKey) else _no_key(shortened(written))


def _private_key(pem: bytes, place: str) -> Any:
    library = _library()
    try:
        found = library.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, library.UnsupportedAlgorithm):
        found = None
    return found if isinstance(found, library.Ed25519PrivateKey) else _no_key(place)


def _no_key(shown: str) -> NoReturn:
    command, digits = "openssl genpkey -algorithm ed25519", 64
    raise ArgumentError(
        f"{shown}: no ed25519 key; give PEM without a password ({command}), or {digits} hexadecimal digits",
        f"{shown}：这不是 ed25519 密钥；请给出没有口令的 PEM（{command}），公钥也可写成 {digits} 位十六进制数字",
    )


def _library() -> Any:
    """Return what this module uses of the library that signs."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
    except ImportError:
        raise MissingExtraError(EXTRA) from None
    return SimpleNamespace(
        InvalidSignature=InvalidSignature, UnsupportedAlgorithm=UnsupportedAlgorithm,
        Ed25519PrivateKey=Ed25519PrivateKey, Ed25519PublicKey=Ed25519PublicKey,
        load_pem_private_key=load_pem_private_key, load_pem_public_key=load_pem_public_key,
    )  # fmt: skip
