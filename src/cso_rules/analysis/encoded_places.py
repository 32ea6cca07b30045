"""Which places have rules of their own: for which days, of what standing, and how well confirmed."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from cso_rules.loader.documents.declarations import PackageDeclaration
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import lineage, neighbours, package_path


@attrs.frozen(kw_only=True)
class EncodedPlace:
    """A local package as a whole.

    Attributes:
        marks: How many provisions of its own instruments bear each mark of confidence.
        checked_on: When the instrument that was read longest ago was read; None where one does not say.
    """

    package: PackageDeclaration
    marks: Mapping[str, int]
    checked_on: datetime.date | None


def encoded_places(package: str | Path = "cn") -> tuple[EncodedPlace, ...]:
    """Return the local packages beside a national one, by the code of their place; those without a place come last.

    Raises:
        UnknownNameError: There is no such package.
        PolicyError: A package cannot be read.
    """
    found = [_place(folder) for folder in neighbours(lineage(package_path(package))[0])]
    standing = {one.id: one for one in as_superseded(place.package for place in found)}
    found = [attrs.evolve(place, package=standing[place.package.id]) for place in found]
    return tuple(sorted(found, key=lambda place: (not place.package.jurisdiction.isdigit(), *_names(place.package))))


def as_superseded(packages: Iterable[PackageDeclaration]) -> tuple[PackageDeclaration, ...]:
    """Return packages with the ends that others among them, which are in force, put to them."""
    found = {package.id: package for package in packages}
    for later in sorted(found.values(), key=lambda package: package.period.start or datetime.date.min):
        earlier = found.get(later.supersedes.text) if later.supersedes is not None else None
        if earlier is not None and later.status != "draft" and not later.is_in_preparation:
            found[earlier.id] = earlier.ended_by(later)
    return tuple(found.values())


def _names(package: PackageDeclaration) -> tuple[str, str]:
    return package.jurisdiction, package.id


def _place(folder: Path) -> EncodedPlace:
    found, reader = declarations(folder)
    if not found.packages or any(fault.severity == "error" for fault in reader.diagnostics):
        from cso_rules.errors import PolicyError

        raise PolicyError(tuple(reader.diagnostics))
    within = f"{folder.resolve().name}/"
    own = [item for item in found.provisions.values() if item.span.source.path.startswith(within)]
    days = [source.checked_on for source in found.sources.values() if source.span.source.path.startswith(within)]
    known = [day for day in days if day is not None]
    return EncodedPlace(
        package=found.packages[-1],
        marks=Counter(item.citation.confidence for item in own),
        checked_on=min(known) if known and len(known) == len(days) else None,
    )
