"""Where packages lie, and what identifies their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from cso_rules.model.policy import Policy

FIRST_FILES = ("package.yaml", "instruments.yaml", "vocabulary.yaml")


def package_path(package: str | Path) -> Path:
    """Return the folder of a package given by path or by the id of a shipped one.

    Raises:
        UnknownNameError: There is no such folder.
    """
    candidates = [Path(package), *(root / str(package) for root in _roots())]
    for candidate in candidates:
        if (candidate / "package.yaml").is_file():
            return candidate
    from cso_rules.errors import UnknownNameError

    raise UnknownNameError("package", str(package), None)


def _roots() -> Iterator[Path]:
    """Yield where packages may lie: the environment's choice, the checkout, the installed data."""
    if chosen := os.environ.get("CSO_RULES_POLICIES"):
        yield Path(chosen)
    here = Path(__file__).resolve().parents[1]
    yield here.parents[1] / "policies"
    yield here / "policies"


def rule_files(path: Path) -> Iterator[Path]:
    """Yield the files of a package that decide, in reading order."""
    for name in FIRST_FILES:
        if (path / name).is_file():
            yield path / name
    for folder in ("parameters", "decisions"):
        yield from sorted((path / folder).glob("*.yaml"))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of the names and contents of a package's rule files."""
    digest = hashlib.sha256()
    for file in rule_files(path):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(path).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def require_jurisdiction(policy: Policy, jurisdiction: str | None) -> None:
    """Refuse a place for which the package does not speak.

    Raises:
        UnknownNameError: The jurisdiction is not that of the package.
    """
    if jurisdiction not in {None, policy.jurisdiction}:
        from cso_rules.errors import UnknownNameError

        raise UnknownNameError("jurisdiction", str(jurisdiction), policy.jurisdiction)
