"""The texts of diagnostics, by language and code."""

import functools
from collections.abc import Mapping
from typing import Any

import attrs

LANGUAGES = ("en", "zh")


@attrs.frozen(kw_only=True)
class MessageTemplate:
    """The texts of one code in one language; `{name}` stands for an argument."""

    message: str
    label: str = ""
    help: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    related: Mapping[str, str] = attrs.field(factory=dict, hash=False)


def _template(table: Mapping[str, Any]) -> MessageTemplate:
    return MessageTemplate(**table)


@functools.cache
def templates(language: str) -> Mapping[str, MessageTemplate]:
    """Return the texts of every code, read once per language.

    Args:
        language: `en` or `zh`.

    Raises:
        ValueError: There are no texts in this language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no messages in the language {language!r}")
    import importlib.resources  # most processes never say what is wrong
    import tomllib

    file = importlib.resources.files(__name__).joinpath(f"{language}.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {code: _template(table) for code, table in tables.items()}


def template(code: str, language: str) -> MessageTemplate:
    """Return the texts of a code; an unknown code stands for itself.

    Args:
        code: The code of the diagnostic.
        language: `en` or `zh`.
    """
    return templates(language).get(code) or MessageTemplate(message=code)
