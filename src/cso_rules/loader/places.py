"""Places by name: provinces, and those for which there are packages, by the titles of these.

In comes a name as people write it, such as 深圳, 广东省深圳市 or Shenzhen; out goes its code of GB/T 2260.
Guaranteed: a name is never taken for a place that it does not name, and one of several places is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cso_rules.loader.codes import PROVINCES
from cso_rules.loader.packages import header, lineage, neighbours, package_path, where_packages_lie
from cso_rules.loader.place_names import code_among
from cso_rules.loader.text.yaml_nodes import MappingNode, ScalarNode, read_yaml
from cso_rules.model.spelling.spellings import normalised
from cso_rules.source import SourceFile

_KIND: Final = re.compile(r"(?<=..)(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|自治州|自治县|地区|省|市|盟|区|县|旗)\Z")
_TITLE: Final = re.compile(r"(.+?)(?:\d{4}年)?(?:试行)?规则(?:（[^）]*）)?\Z")
_ENGLISH: Final = re.compile(r"rules of ((?:(?! on ).)+?)(?: of \d{4})?(?: \(draft\))?\Z")
_WITHIN: Final = re.compile(r".+[省市州盟区](?=..)")


def code_of_place(name: str, package: str | Path = "cn") -> str:
    """Return the code of a place.

    Args:
        name: A name in Chinese or English, with or without the province before it, or a code.
        package: The package whose local packages name places.

    Raises:
        UnknownNameError: No place of this name is known.
        ArgumentError: Several places have this name.
    """
    return code_among(name, lambda: codes_of_names(package), where_packages_lie)


def codes_of_names(package: str | Path) -> dict[str, frozenset[str]]:
    """Return the codes of every name of a place."""
    found: dict[str, frozenset[str]] = {}
    for code, full in (*PROVINCES.items(), *_titled(package)):
        for name in _names(full):
            found[name] = found.get(name, frozenset()) | {code}
    return found


def _titled(package: str | Path) -> Iterator[tuple[str, str]]:
    """Yield the code and the name of each place for which a local package speaks."""
    line = lineage(package_path(package))
    for folder in dict.fromkeys([*neighbours(line[0]), *line[1:]]):
        code = header(folder).get("jurisdiction", "")
        if code.isdecimal():
            yield from ((code, name) for name in _places_in(folder / "package.yaml"))


def _places_in(file: Path) -> Iterator[str]:
    """Yield what the title of a package calls its place; a title of other rules, or of none, names no place."""
    root, _ = read_yaml(SourceFile(path=str(file), text=file.read_bytes().decode("utf-8-sig", errors="replace")))
    title = root.get("title") if isinstance(root, MappingNode) else None
    for language, pattern in (("zh", _TITLE), ("en", _ENGLISH)):
        node = title.get(language) if isinstance(title, MappingNode) else None
        match = pattern.match(node.text) if isinstance(node, ScalarNode) else None
        if match and (language == "en" or _KIND.search(match[1])):
            yield match[1]


def _names(full: str) -> set[str]:
    """Return the names of a place: whole, without what it lies in, and each without the word for its kind."""
    whole = normalised(full).casefold()
    forms = {whole, _WITHIN.sub("", whole)}
    return forms | {_KIND.sub("", form) for form in forms}
