"""What is installed: this program and its files, and what it and its extras need."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import attrs

from cso_rules import __version__
from cso_rules.interfaces.installation.finding import InstallationFinding, Part, State
from cso_rules.model.instruments import Label

NAME: Final = "cso-rules"
FOR_ITS_MAKERS: Final = frozenset({"dev", "services", "release"})
"""Extras for work on this program, of which its users need none."""
MOST_NAMED: Final = 5
MODULES: Final = {
    "psycopg": "psycopg", "pyyaml": "yaml", "python-docx": "docx", "durable-rules": "durable_rules_engine",
    "pymysql": "pymysql", "xlsxwriter": "xlsxwriter",
}  # fmt: skip
"""What is imported of a distribution where its name does not tell."""
_REQUIREMENT: Final = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?\s*(?:(>=|==)\s*([\d.]+))?\s*(?:;\s*(.*))?")
_EXTRA: Final = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")
_PYTHON: Final = re.compile(r"python_version\s*<\s*['\"]([\d.]+)['\"]")

IN_CHECKOUT = Label(zh="{version}，由源代码目录 {here} 运行", en="{version}, run from the checkout {here}")
INSTALLED = Label(
    zh="{version}，安装于 {here}，{count} 个文件与安装时一致",
    en="{version}, installed in {here}; its {count} files are as they were installed",
)
NOT_INSTALLED = Label(
    zh="{version}，位于 {here}，未作为软件包安装", en="{version}, in {here}, not installed as a package"
)
CHANGED = Label(
    zh="{version}，安装于 {here}，有 {count} 个文件被改动或丢失：{names}",
    en="{version}, installed in {here}; {count} of its files were changed or are gone: {names}",
)
OTHER_VERSION = Label(
    zh="{version}，位于 {here}，而安装信息写的是 {known}",
    en="{version}, in {here}, while the installation says {known}",
)
AGAIN = Label(
    zh="重新安装：pip install --force-reinstall --no-deps cso-rules（或安装文件的路径）",
    en="install again: pip install --force-reinstall --no-deps cso-rules (or the path of the wheel)",
)
PYTHON = Label(zh="{name} {version}，{system}", en="{name} {version}, {system}")
THERE = Label(zh="{names}", en="{names}")
LACKS = Label(zh="未安装 {names}", en="not installed: {names}")
OTHER_VERSIONS = Label(zh="版本不符：{names}", en="another version is needed: {names}")
BROKEN = Label(zh="无法载入：{names}", en="cannot be loaded: {names}")
NOT_HERE = Label(zh="不适用于此版本的 Python", en="not for this version of Python")
GET = Label(zh="需要时运行 {command}", en="when you need it: {command}")
MEND = Label(zh="请运行 {command}", en="run: {command}")


@attrs.frozen(kw_only=True)
class Requirement:
    """A line of what a distribution requires.

    Attributes:
        extra: The extra that brings it; empty where it is always needed.
        below_python: The version of Python from which it is not needed; None where there is none.
    """

    name: str
    bound: tuple[str, str] | None
    extra: str
    below_python: tuple[int, ...] | None

    @property
    def is_for_this_python(self) -> bool:
        """Whether it is needed on this Python."""
        return self.below_python is None or sys.version_info[: len(self.below_python)] < self.below_python

    def admits(self, version: str) -> bool:
        """Tell whether a version fits."""
        if self.bound is None:
            return True
        sign, wanted = self.bound
        return _numbers(version) >= _numbers(wanted) if sign == ">=" else _numbers(version) == _numbers(wanted)


def requirement_in(text: str) -> Requirement:
    """Read a requirement: a name, one bound by `>=` or `==`, an extra, a Python below which it is needed.

    Raises:
        ValueError: It says something else.
    """
    found = _REQUIREMENT.fullmatch(text.strip())
    if found is None:
        message = f"not understood: {text}"
        raise ValueError(message)
    name, sign, version, marker = found.groups()
    extra, python = _EXTRA.search(marker or ""), _PYTHON.search(marker or "")
    return Requirement(
        name=re.sub(r"[-_.]+", "-", name).lower(),
        bound=None if sign is None else (sign, version),
        extra=extra.group(1) if extra else "",
        below_python=_numbers(python.group(1)) if python else None,
    )


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found.group().split("."))) if found else ()


def program_findings() -> Iterator[InstallationFinding]:
    """Yield how the program itself stands: its files, Python, and what it always needs."""
    yield _own_files()
    system = f"{platform.system()} {platform.machine()}"
    said = PYTHON.filled(name=platform.python_implementation(), version=platform.python_version(), system=system)
    yield InstallationFinding(part="program", subject="python", state="sound", said=said)
    yield from _of_extra("", [need for need in _requirements() if not need.extra])


def extra_findings() -> Iterator[InstallationFinding]:
    """Yield how each extra stands."""
    needs = _requirements()
    for extra in sorted({need.extra for need in needs} - {""} - FOR_ITS_MAKERS):
        yield from _of_extra(extra, [need for need in needs if need.extra == extra])


def _requirements() -> list[Requirement]:
    try:
        return [requirement_in(text) for text in metadata.requires(NAME) or ()]
    except metadata.PackageNotFoundError:
        return []


def _of_extra(extra: str, needs: list[Requirement]) -> Iterator[InstallationFinding]:
    """Yield how what the program, or an extra, needs stands together."""
    here = [need for need in needs if need.is_for_this_python]
    versions = {need.name: _version(need.name) for need in here}
    gone = [name for name, version in versions.items() if version is None]
    other = [f"{need.name} {known}" for need in here if (known := versions[need.name]) and not need.admits(known)]
    broken = [] if gone else [why for name in versions if (why := _failure(name))]
    command = f"pip install 'cso-rules[{extra}]'" if extra else "pip install cso-rules"
    names: list[str] = []
    state: State = "fault" if other or broken or not extra else "remark"
    remedy: Label | None = (MEND if state == "fault" else GET).filled(command=command)
    if needs and not here:
        said, remedy = NOT_HERE, None
    elif other:
        said, names = OTHER_VERSIONS, other
    elif broken:
        said, names = BROKEN, broken
    elif gone:
        said, names = LACKS, gone
    else:
        said, state, remedy = THERE, "sound", None
        names = [f"{name} {version}" for name, version in versions.items()]
    if needs:
        part: Part = "extras" if extra else "program"
        yield InstallationFinding(
            part=part, subject=extra or "dependencies", state=state, said=said.filled(names=", ".join(names)),
            remedy=remedy,
        )  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _failure(name: str) -> str | None:
    """Return why a distribution cannot be imported; None when it can."""
    try:
        importlib.import_module(MODULES.get(name, name.replace("-", "_")))
    except Exception as error:  # noqa: BLE001 - whatever a foreign library raises, this is what is asked
        return f"{name} ({type(error).__name__}: {error})"
    return None


def _own_files() -> InstallationFinding:
    """Return whether the files of this program are those that were released."""
    here = Path(__file__).resolve().parents[2]

    def found(state: State, said: Label, remedy: Label | None = None, **values: object) -> InstallationFinding:
        filled = said.filled(version=__version__, here=here, **values)
        return InstallationFinding(part="program", subject=NAME, state=state, said=filled, remedy=remedy)

    try:
        known = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        return found("remark", NOT_INSTALLED)
    if _is_editable(known):
        return found("sound", IN_CHECKOUT)
    if known.version != __version__:
        return found("fault", OTHER_VERSION, AGAIN, known=known.version)
    recorded = [file for file in known.files or () if file.hash is not None and file.parts[0] == "cso_rules"]
    changed = list(_changed(recorded))
    if changed:
        named = ", ".join(changed[:MOST_NAMED])
        return found("fault", CHANGED, AGAIN, count=len(changed), names=named)
    return found("sound", INSTALLED, count=len(recorded))


def _is_editable(known: metadata.Distribution) -> bool:
    origin = json.loads(known.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def _changed(recorded: Iterable[metadata.PackagePath]) -> Iterator[str]:
    """Yield the files that are not as they were installed."""
    for file in recorded:
        assert file.hash is not None
        try:
            digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
        except OSError:
            yield str(file)
            continue
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != file.hash.value:
            yield str(file)
