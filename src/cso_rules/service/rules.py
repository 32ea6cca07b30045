"""The rules in use: one bundle at a time, exchanged as a whole.

Guaranteed: whoever begins with a bundle ends with it; a bundle that cannot be used changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from pathlib import Path
from threading import Lock
from typing import Any

import attrs

from cso_rules.bundle.opened import Bundle, bundle_in
from cso_rules.errors import CsoRulesError
from cso_rules.model.instruments import Label

Loader = Callable[[int | None], Bundle]
"""Reads a bundle anew, which has this version at least."""


def of_file(path: Path, trusted_keys: Collection[str] | None = None) -> Loader:
    """Return what reads a bundle from its file, signed by one of some keys where they are named."""

    def load(version: int | None) -> Bundle:
        return bundle_in(path.read_bytes(), path.name, minimum_version=version, trusted_keys=trusted_keys)

    return load


def of_package(package: str | Path, places: Collection[str] | None, first: datetime.date | None) -> Loader:
    """Return what builds a bundle from rule files, in memory.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        places: Codes or names of places; None is all of them.
        first: The first day on which it answers; today when left out.
    """

    def load(version: int | None) -> Bundle:  # noqa: ARG001 - rule files have no version
        from cso_rules.bundle.build import build_bundle
        from cso_rules.loader.codes import NATIONAL
        from cso_rules.loader.places import code_of_place
        from cso_rules.model.civil_dates import today

        codes = None if places is None else [code_of_place(name, package) for name in places if name != NATIONAL]
        built = build_bundle(package, places=codes, first=first or today())
        return bundle_in(built.data, str(package))

    return load


@attrs.frozen(kw_only=True, eq=False)
class InUse:
    """A bundle that answers, and what was made of it once for all who ask.

    Attributes:
        bundle: The rules.
        since: When it came into use.
    """

    bundle: Bundle
    since: datetime.datetime
    _made: dict[Any, Any] = attrs.field(factory=dict, init=False)
    _making: Lock = attrs.field(factory=Lock, init=False)

    def made(self, key: Any, make: Callable[[], Any], most: int = 64) -> Any:
        """Return what was made under a key; it is made by whoever asks first, and one thing at a time."""
        found = self._made.get(key)
        if found is None:
            with self._making:
                found = self._made.get(key) or make()
                while len(self._made) >= most:
                    self._made.pop(next(iter(self._made)))
                self._made[key] = found
        return found


@attrs.define(kw_only=True, eq=False)
class Rules:
    """The bundle in use, and what became of the last attempt to exchange it.

    Attributes:
        load: Reads a bundle anew.
        current: The bundle in use.
        failure: Why the last attempt failed; None where it did not.
    """

    load: Loader
    current: InUse
    failure: Label | None = None
    _loading: Lock = attrs.field(factory=Lock, init=False)

    @classmethod
    def opened(cls, load: Loader) -> Rules:
        """Return rules of which the first bundle is there.

        Raises:
            BundleError, PolicyError, UnknownNameError, OSError: It cannot be used.
        """
        return cls(load=load, current=_proved(load(None)))

    def reload(self) -> InUse:
        """Read the bundle anew, try it, and put it in use.

        Raises:
            CsoRulesError, OSError: It cannot be used; the one before stays in use.
        """
        with self._loading:
            try:
                found = _proved(self.load(self.current.bundle.version))
            except CsoRulesError as error:
                self.failure = Label(zh=error.in_language("zh"), en=error.in_language("en"))
                raise
            except OSError as error:
                self.failure = Label(
                    zh=f"文件无法读取（{type(error).__name__}）", en=f"unreadable ({type(error).__name__})"
                )
                raise
            self.current, self.failure = found, None
            return found


def _proved(bundle: Bundle) -> InUse:
    """Return a bundle that has answered once, which also makes ready what nearly every question needs."""
    from cso_rules.determination.json_form import to_json
    from cso_rules.model.civil_dates import today

    day = max(today(), bundle.first_day)
    if bundle.until is not None:
        day = min(day, bundle.until - datetime.timedelta(days=1))
    to_json(bundle.determine({}, as_of=day))
    return InUse(bundle=bundle, since=datetime.datetime.now(datetime.UTC))
