"""Where packages lie, which of them speak for a place, and what identifies their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import attrs

from cso_rules.loader.codes import NATIONAL, UNPLACED, normalized_code
from cso_rules.loader.headers import header_of
from cso_rules.loader.rule_texts import PACKAGE, RefusedFile, WhileUnchanged, contents_of, states_of

MOST_NAMED = 8
"""Names that a hint lists."""


@attrs.frozen(kw_only=True)
class RuleSet:
    """The packages that together make the rules of a place: national ones first, the nearest last.

    Attributes:
        jurisdiction: The place that was asked for: `cn` or a code of GB/T 2260 without trailing zeros.
        is_of_place: Whether every package of the place was looked for, not only what was named.
        chosen: The package that was named; its draft counts, because somebody asked for it.
    """

    base: Path
    overlays: tuple[Path, ...] = ()
    jurisdiction: str = NATIONAL
    is_of_place: bool = True
    chosen: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every package, in the order in which they are applied."""
        return (self.base, *self.overlays)

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of the rule files of each package."""
        return tuple(digest_of(path) for path in self.paths)

    @property
    def digest(self) -> str:
        """What identifies the rules."""
        return joint_digest(self.digests)


def joint_digest(digests: tuple[str, ...]) -> str:
    """Return the digest of one package itself; of several packages, the SHA-256 of their digests."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def package_path(package: str | Path) -> Path:
    """Return the folder of a package given by path or by the id of a shipped one.

    Raises:
        UnknownNameError: There is no such folder.
    """
    candidates = [Path(package), *(root / str(package) for root in _roots())]
    for candidate in candidates:
        if (candidate / PACKAGE).is_file():
            return candidate if candidate.name not in {"", ".."} else candidate.resolve()
    from cso_rules.diagnostics import nearest
    from cso_rules.errors import UnknownNameError

    known = [file.parent.name for root in _roots() for file in root.glob(f"*/{PACKAGE}")]
    raise UnknownNameError("package", str(package), nearest(str(package), known), where_packages_lie())


def _roots() -> Iterator[Path]:
    """Yield where packages may lie: the environment's choice, the checkout, the installed data."""
    yield from _own_folder()
    here = _library()
    yield here.parents[1] / "policies"
    yield here / "policies"


@cache
def _library() -> Path:
    return Path(__file__).resolve().parents[1]


def where_packages_lie() -> tuple[str, str]:
    """Return what to look at where a package or place is not found, in English and in Chinese."""
    chosen = os.environ.get("CSO_RULES_POLICIES")
    if not chosen:
        return (
            "the environment variable CSO_RULES_POLICIES, which names a folder with packages of your own, is not set",
            "自己的规则包所在的文件夹由环境变量 CSO_RULES_POLICIES 指明，现在没有设置",
        )
    if not Path(chosen).is_dir():
        return (
            f"the environment variable CSO_RULES_POLICIES names {chosen}, and there is no such folder",
            f"环境变量 CSO_RULES_POLICIES 指向 {chosen}，但没有这个文件夹",
        )
    names = sorted(file.parent.name for file in Path(chosen).glob(f"*/{PACKAGE}"))
    shown = [*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])]
    return (
        f"in {chosen} (CSO_RULES_POLICIES) there are: {', '.join(shown) or 'no packages'}",
        f"{chosen}（CSO_RULES_POLICIES）中有：{'、'.join(shown) or '没有规则包'}",
    )


def _own_folder() -> list[Path]:
    """Return the folder in which a user keeps packages, if there is one."""
    chosen = os.environ.get("CSO_RULES_POLICIES")
    return [Path(chosen)] if chosen else []


_digests = WhileUnchanged[str]()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of the names and contents of a package's rule files; they are read when one has changed."""
    return _digests.of(path, states_of(path), lambda: digest_of_contents(contents_of(path)))


def digest_of_contents(contents: Iterable[tuple[str, bytes | RefusedFile]]) -> str:
    """Return the SHA-256 of the names and contents of rule files; one that is not read counts as what it is."""
    digest = hashlib.sha256()
    for name, content in contents:
        written = repr(content).encode() if isinstance(content, RefusedFile) else content
        digest.update(f"{name}\0{len(written)}\0".encode("utf-8", "surrogateescape"))
        digest.update(written)
    return digest.hexdigest()


def header(path: Path) -> dict[str, str]:
    """Return the plain entries of a `package.yaml` that are sound; the loader reports what is wrong with others."""
    return dict(header_of(path).entries)


def rule_set(package: str | Path = NATIONAL, jurisdiction: str | None = None, *, drafts: bool = False) -> RuleSet:
    """Return the packages that make the rules of a place.

    Args:
        package: Id or folder of a national package, or of a local one, which brings along what it extends.
        jurisdiction: `cn` or None for that package alone; a code adds every package of the place and what it lies in.
        drafts: Whether drafts, and packages in preparation, are found too.

    Raises:
        UnknownNameError: There is no such package or place, or the package does not speak for the place.
        PolicyError: A package beside it does not tell for which place it speaks.
    """
    chosen = package_path(package)
    line = lineage(chosen)
    own = header(chosen).get("jurisdiction", NATIONAL)
    code = own if jurisdiction is None else normalized_code(jurisdiction)
    if jurisdiction is not None and own not in {NATIONAL, UNPLACED} and not code.startswith(own):
        from cso_rules.errors import UnknownNameError

        raise UnknownNameError("jurisdiction", jurisdiction, own)
    if jurisdiction is not None and code != NATIONAL:
        found = [path for path in neighbours(line[0]) if _speaks_for(path, code, drafts=drafts)]
        line = _distinct([*line[:1], *(found_in for path in [*found, chosen] for found_in in lineage(path))])
    depths = _depths(line[1:])
    overlays = sorted(line[1:], key=lambda path: (_level(path), depths[path], path.name))
    is_of_place = jurisdiction is not None
    return RuleSet(base=line[0], overlays=tuple(overlays), jurisdiction=code, is_of_place=is_of_place, chosen=chosen)


def neighbours(base: Path) -> list[Path]:
    """Return the local packages beside a national one, and those in the user's own folder that build on it."""
    around = base.resolve().parent
    shown = base.parent if base.parent.resolve() == around else around  # a link to a package has other neighbours
    beside = sorted(file.parent for file in around.glob("*/package.yaml"))
    own = [file.parent for folder in _own_folder() for file in sorted(folder.glob("*/package.yaml"))]
    found = _distinct([*(shown / folder.name for folder in beside), *own])
    return [folder for folder in found if _is_local(folder, base)]


def _is_local(path: Path, base: Path) -> bool:
    """Tell whether a package builds on a national one; one that cannot be read may, and whoever uses it hears why."""
    found = header_of(path)
    if "extends" not in found.entries:
        return bool(found.faults) and not path.samefile(base)
    return not _builds_on_another(path, base)


def _builds_on_another(path: Path, base: Path) -> bool:
    """Tell whether a package builds on another national one; where it builds on none, the loader says so."""
    first = lineage(path)[0]
    return "extends" not in header(first) and not first.samefile(base)


def _depths(paths: list[Path]) -> dict[Path, int]:
    """Return after how many others each package comes at least: what it extends, and what it supersedes."""
    depths = {path: len(lineage(path)) for path in paths}
    names = {header(path).get("id"): path for path in paths}
    before = {path: names.get(header(path).get("supersedes")) for path in paths}
    for _ in paths:  # a chain is no longer than the packages are many; a circle is left as it is
        for path, earlier in before.items():
            if earlier is not None:
                depths[path] = max(depths[path], depths[earlier] + 1)
    return depths


def extended(path: Path) -> Path | None:
    """Return the package that a package extends, beside it or else a shipped one; None when there is none."""
    return named_beside(path, header(path).get("extends"))


def named_beside(path: Path, name: str | None) -> Path | None:
    """Return the package of this name beside another or else a shipped one; None when there is none."""
    if not name:
        return None
    found = (place / name for place in chain([path.parent], _roots()))
    return next((folder for folder in found if (folder / PACKAGE).is_file()), None)


def superseding(path: Path) -> Path | None:
    """Return the package that supersedes another, unless it is a draft or in preparation; None when there is none."""
    name = header(path).get("id")
    found = (other for other in neighbours(lineage(path)[0]) if header(other).get("supersedes") == name)
    return next((other for other in found if not is_off(other)), None)


def lineage(path: Path) -> list[Path]:
    """Return what a package extends, furthest first, and itself; the loader reports circles and unknown names."""
    found = [path]
    while (following := extended(found[0])) is not None and following not in found:
        found.insert(0, following)
    return found


def _distinct(paths: Iterable[Path]) -> list[Path]:
    """Return paths without those that are the same folder spelt differently."""
    found: dict[Path, Path] = {}
    for path in paths:
        found.setdefault(path.resolve(), path)
    return list(found.values())


def _speaks_for(path: Path, code: str, *, drafts: bool) -> bool:
    """Tell whether a package applies to a place.

    Raises:
        PolicyError: Its `package.yaml` does not tell; to leave it out might drop the rules of the place.
    """
    found = header_of(path)
    own = found.entries.get("jurisdiction", UNPLACED)
    if found.faults and "jurisdiction" not in found.entries:
        from cso_rules.errors import PolicyError

        raise PolicyError(found.faults)
    return own.isdigit() and code.startswith(own) and (drafts or not is_off(path))


def is_off(path: Path) -> bool:
    """Tell whether a package is a draft or in preparation."""
    found = header(path)
    return found.get("status") == "draft" or found.get("in_preparation") == "true"


def _level(path: Path) -> int:
    own = header(path).get("jurisdiction", UNPLACED)
    return len(own) if own.isdigit() else len(UNPLACED) * 10
