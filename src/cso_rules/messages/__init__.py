"""The texts that people are shown, by language and code: diagnostics, problems of tables, and those of other parts."""

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
    return {code: _template(table) for code, table in texts_of("", language).items()}


@functools.cache
def problem_texts(language: str) -> Mapping[str, str]:
    """Return what can be wrong with cells, rows and tables, by code, read once per language.

    Args:
        language: `en` or `zh`.

    Raises:
        ValueError: There are no texts in this language.
    """
    return {code: text for code, text in texts_of("problems", language).items() if code != "remedies"}


@functools.cache
def remedies(language: str) -> Mapping[str, str]:
    """Return what to do about a table as a whole, by the code of what is wrong with it.

    Args:
        language: `en` or `zh`.

    Raises:
        ValueError: There are no texts in this language.
    """
    found: dict[str, str] = texts_of("problems", language)["remedies"]
    return found


@functools.cache
def texts_of(part: str, language: str) -> dict[str, Any]:
    """Return the texts of a part of the program as they stand in its file, read once per language.

    Args:
        part: `notices`, `page`, `problems` or `service`; empty for diagnostics.
        language: `en` or `zh`.

    Raises:
        ValueError: There are no texts in this language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no messages in the language {language!r}")
    import importlib.resources  # most processes never say what is wrong
    import tomllib

    name = f"{part}_{language}.toml" if part else f"{language}.toml"
    return tomllib.loads(importlib.resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))


def template(code: str, language: str) -> MessageTemplate:
    """Return the texts of a code; an unknown code stands for itself.

    Args:
        code: The code of the diagnostic.
        language: `en` or `zh`.
    """
    return templates(language).get(code) or MessageTemplate(message=code)


def counted(number: object, unit: str) -> str:
    """Return a number with its English unit, which is given for several; one of them is named in the singular.

    Args:
        number: A number, or a text of one.
        unit: What is counted, such as `days`.
    """
    return f"{number} {singular(unit) if str(number) in {'1', '-1'} else unit}"


def singular(unit: str) -> str:
    """Return the English word for one of a unit.

    Args:
        unit: The word for several.
    """
    if unit == "people":
        return "person"
    if unit.endswith("ies"):
        return unit.removesuffix("ies") + "y"
    return unit.removesuffix("s") if unit.endswith("s") and not unit.endswith("ss") else unit
