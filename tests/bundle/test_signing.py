"""With trusted keys a bundle that is not signed, or by another key, or changed afterwards, is refused."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cso_rules.bundle.build import Built
from cso_rules.bundle.opened import load_bundle
from cso_rules.bundle.signing import signed
from cso_rules.errors import ArgumentError, BundleError
from tests.bundle.conftest import OWN, pem

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def public(key: Any) -> str:
    found: str = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return found


def digits(key: Any) -> str:
    found: str = key.public_key().public_bytes_raw().hex()
    return found


@pytest.fixture
def file(signed_data: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "signed.bundle"
    path.write_bytes(signed_data)
    return path


@pytest.mark.parametrize("key", [public(OWN), digits(OWN)])
def test_trusted_signature_is_let_through(file: Path, key: str) -> None:
    found = load_bundle(file, trusted_keys=[public(OTHER), key], minimum_version=7)
    assert found.version == 7
    assert load_bundle(file).digest == found.digest


def fault(path: Path, *keys: str, **asked: Any) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(path, trusted_keys=keys, **asked)
    return caught.value.fault


def test_unsigned_bundle_is_refused(path: Path) -> None:
    assert fault(path, public(OWN)) == "unsigned"


def test_unknown_key_is_refused(file: Path) -> None:
    assert fault(file, public(OTHER)) == "unknown_key"
    assert fault(file) == "unknown_key"


def test_older_bundle_is_refused_although_it_is_signed(file: Path) -> None:
    assert fault(file, public(OWN), minimum_version=8) == "older"


def test_signature_of_other_bytes_is_refused(file: Path, built: Built) -> None:
    line = file.read_bytes()[len(built.data) :]
    changed = line[:-5] + (b"0" if line[-5:-4] != b"0" else b"1") + line[-4:]
    file.write_bytes(built.data + changed)
    assert fault(file, public(OWN)) == "wrong_signature"


def test_bundle_is_signed_anew(built: Built, file: Path) -> None:
    again = signed(file.read_bytes(), pem(OTHER), "other.pem")
    assert again.startswith(built.data)
    file.write_bytes(again)
    assert load_bundle(file, trusted_keys=[public(OTHER)]).version == 7


def test_what_is_no_key_is_refused(file: Path, built: Built) -> None:
    with pytest.raises(ArgumentError, match="no ed25519 key"):
        load_bundle(file, trusted_keys=["secret"])
    with pytest.raises(ArgumentError, match=r"own\.pem: no ed25519 key"):
        signed(built.data, b"secret", "own.pem")
