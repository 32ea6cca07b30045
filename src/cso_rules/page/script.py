"""The modules of the page as one script, so that a single file holds all of it without a build step.

Guaranteed: a module sees what it imports and nothing else of another one, as in the modules themselves. Comments on
lines of their own and spaces before lines are left out; no text of the modules goes over several lines.
"""

from __future__ import annotations

import importlib.resources
import re
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\.{1,2}/(?:\.\./|\w+/)*(\w+)\.js";\n', re.MULTILINE)
ROOMS: Final = (".", "held", "list")
"""Where modules lie; no two have one name."""
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_SPACE: Final = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


def script(entry: str = "main") -> str:
    """Return the script that starts the page."""
    parts = [_module(name, text) for name, text in _in_order(entry).items()]
    return "\n".join(['"use strict";', *parts, f"{entry}Module.start();", ""])


def _in_order(name: str) -> dict[str, str]:
    """Return modules with their texts, each behind those that it imports."""
    text, found = _text(name), dict[str, str]()
    for _, own in _IMPORT.findall(text):
        found |= {other: held for other, held in _in_order(own).items() if other not in found}
    return found | {name: text}


def _text(name: str) -> str:
    folder = importlib.resources.files("cso_rules.page")
    places = [folder, *(folder.joinpath("static", room) for room in ROOMS)]
    found = next(own for place in places if (own := place.joinpath(f"{name}.js")).is_file())
    return found.read_text(encoding="utf-8")


def _module(name: str, text: str) -> str:
    """Return a module as a constant with what it exports."""
    given = ", ".join(own for _, own in _EXPORT.findall(text))
    body = _EXPORT.sub(r"\1", _IMPORT.sub(r"const {\1} = \2Module;" + "\n", _plain(text)))
    return f"const {name}Module = (() => {{\n{body}\nreturn {{ {given} }};\n}})();"


def _plain(text: str) -> str:
    return _SPACE.sub("", _COMMENT.sub("", text))
