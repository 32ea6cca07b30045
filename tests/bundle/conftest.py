"""One bundle, of the whole country and two places with rules of their own, in the last periods."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cso_rules.bundle.build import Built, build_bundle
from cso_rules.bundle.opened import Bundle, load_bundle
from cso_rules.bundle.signing import signed

OWN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def pem(key: Any) -> bytes:
    """Return a private key as a file holds it."""
    found: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return found


@pytest.fixture(scope="session")
def built() -> Built:
    return build_bundle("cn", places=["4103", "11"], first=datetime.date(2025, 6, 1), version=7)


@pytest.fixture(scope="session")
def path(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "cn.bundle"
    file.write_bytes(built.data)
    return file


@pytest.fixture(scope="session")
def bundle(path: Path) -> Bundle:
    return load_bundle(path)


@pytest.fixture(scope="session")
def signed_data(built: Built) -> bytes:
    return signed(built.data, pem(OWN), "own.pem")
