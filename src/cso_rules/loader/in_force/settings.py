"""Parameters set for a what-if: `NAME=NUMBER` pairs applied to the declarations of one place on one date."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from cso_rules.diagnostics import nearest, shortened
from cso_rules.errors import CsoRulesError
from cso_rules.loader.documents.declarations import DatedValue, Declarations, ParameterDeclaration
from cso_rules.loader.documents.periods import ALWAYS
from cso_rules.loader.in_force.overlays import copied, shown_numbers
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Change
from cso_rules.model.spelling.spellings import SpellingError, normalised, read_text, spellings_of
from cso_rules.model.types import Type

Settings = tuple[tuple[str, str], ...]
"""Parameters, by id or label and with `[value]` where indexed, each with its new number as text."""
WHAT_IF: Final = "what-if"
"""Stands in `Change.package` for a parameter that a run set."""
REMOVED: Final = frozenset({"removed", "取消"})
TWICE: Final = Label(en="this parameter is set twice", zh="同一参数设定了两次")
_INDEXED: Final = re.compile(r"(?P<name>[^\[\]]+)\[(?P<value>[^\[\]]+)\]")


class SettingError(CsoRulesError):
    """A parameter cannot be set so.

    Attributes:
        setting: The pair as it was written.
        reason: Why, in two languages.
    """

    def __init__(self, setting: str, reason: Label) -> None:
        """Keep setting and reason."""
        self.setting = setting
        self.reason = reason
        super().__init__(setting, reason)

    def in_language(self, language: str) -> str:
        """Return the setting and the reason in `zh` or `en`."""
        colon = "：" if language == "zh" else ": "
        return f"{shortened(self.setting)}{colon}{self.reason.in_language(language)}"

    def __str__(self) -> str:
        """Return the setting and the reason in English."""
        return self.in_language("en")


def with_settings(
    found: Declarations, settings: Settings, as_of: datetime.date
) -> tuple[Declarations, tuple[Change, ...]]:
    """Return declarations in which parameters have other numbers on a date; each is a recorded change.

    Limits that a higher level sets to a lower one do not bind a what-if.

    Raises:
        SettingError: There is no such parameter, or the text is no number of its type.
    """
    if not settings:
        return found, ()
    work, changes = copied(found), []
    old = {name: _numbers(parameter, as_of) for name, parameter in work.parameters.items()}
    touched: dict[str, Mapping[str, int] | None] = {}
    set_already: set[tuple[str, str]] = set()
    for written, text in settings:
        parameter, index = _target(work, written, text)
        number = _number(parameter, written, text)
        if parameter.name in touched and (index == "" or (parameter.name, index) in set_already):
            raise SettingError(f"{written}={text}", TWICE)
        set_already.add((parameter.name, index))
        touched[parameter.name] = _changed(touched.get(parameter.name, old[parameter.name]), index, number)
    for name, numbers in touched.items():
        parameter = work.parameters[name]
        _refuse_gaps(work, parameter, numbers)
        value = DatedValue(period=ALWAYS, numbers=numbers, citations=())
        work.parameters[name] = attrs.evolve(parameter, values=(value,))
        changes.append(_change(parameter, old[name], numbers))
    return work, tuple(changes)


def number_set(found: Declarations, setting: tuple[str, str], as_of: datetime.date) -> tuple[str, str, int | None]:
    """Return the parameter that a setting means, the value that indexes it ("" for none), and the encoded number.

    The number is None where the requirement is removed.

    Raises:
        SettingError: There is no such parameter, or the text is no number of its type.
    """
    with_settings(found, (setting,), as_of)
    parameter, index = _target(found, *setting)
    return parameter.name, index, _number(parameter, *setting)


def digest_with(digest: str, settings: Settings) -> str:
    """Return what identifies rules in which parameters were set; the digest itself when none was."""
    if not settings:
        return digest
    parts = (digest, *(part for pair in settings for part in pair))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _change(parameter: ParameterDeclaration, old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> Change:
    before, after = (shown_numbers(numbers, parameter.type) for numbers in (old, new))
    return Change(operation="sets", path=parameter.name, package=WHAT_IF, old=before, new=after, citations=())


def _numbers(parameter: ParameterDeclaration, as_of: datetime.date) -> Mapping[str, int] | None:
    return next((value.numbers for value in parameter.values if as_of in value.period), None)


def _changed(numbers: Mapping[str, int] | None, index: str, number: int | None) -> Mapping[str, int] | None:
    return None if number is None else {**(numbers or {}), index: number}


def _target(found: Declarations, written: str, text: str) -> tuple[ParameterDeclaration, str]:
    """Return the parameter that is meant, and the value that indexes it ("" when it is not indexed)."""
    parts = _INDEXED.fullmatch(normalised(written))
    name = normalised(parts["name"] if parts else written)
    parameter = _named(found, name, f"{written}={text}")
    if not parameter.indexed_by and parts is None:
        return parameter, ""
    if not parameter.indexed_by:
        raise SettingError(
            written, Label(en="this parameter has one number only", zh="该参数只有一个数值，不按类别区分")
        )
    return parameter, _index(found, parameter, parts["value"] if parts else "", f"{written}={text}", text)


def _named(found: Declarations, name: str, setting: str) -> ParameterDeclaration:
    known = {
        normalised(key): parameter
        for parameter in found.parameters.values()
        for key in (parameter.name, parameter.label.zh, parameter.label.en)
    }
    if name in known:
        return known[name]
    near = nearest(name, known)
    raise SettingError(
        setting,
        Label(
            en=f"there is no parameter {name!r}" + (f"; did you mean {near!r}?" if near else ""),
            zh=f"没有参数“{name}”" + (f"；是否应为“{near}”？" if near else ""),
        ),
    )


def _index(found: Declarations, parameter: ParameterDeclaration, value: str, setting: str, text: str) -> str:
    written, keys = re.split(r"[/,，、]", value), found.keys_of(parameter.indexed_by)
    kinds = [found.index_type(name) for name in parameter.indexed_by]
    known = "/".join(_value(found, kind, part) for kind, part in zip(kinds, written, strict=False))
    if known in keys:
        return known
    choices = ", ".join(f"{parameter.name}[{name}]={text}" for name in keys)
    raise SettingError(
        setting,
        Label(en=f"one number for each value; write one of: {choices}", zh=f"该参数按类别分别取值，请写成：{choices}"),
    )


def _value(found: Declarations, kind: Type | None, written: str) -> str:
    """Return the value that is meant; as written where there is none."""
    enumeration = found.enumerations.get(kind.enumeration or "") if kind is not None else None
    spellings = spellings_of(enumeration) if enumeration else {}
    return spellings.get(normalised(written), written)


def _number(parameter: ParameterDeclaration, written: str, text: str) -> int | None:
    """Return the encoded number; None when the requirement is removed."""
    setting = f"{written}={text}"
    if normalised(text) in REMOVED:
        return None
    try:
        value = read_text(parameter.type, text)
    except SpellingError as error:
        raise SettingError(setting, error.reason) from error
    if value is None:
        raise SettingError(setting, Label(en="no number after the equals sign", zh="等号后没有数值"))
    number, kind = parameter.type.encode_number(value), parameter.type
    if not kind.minimum <= number <= kind.maximum:
        low, high = (kind.decode_number(end) for end in (kind.minimum, kind.maximum))
        raise SettingError(setting, Label(en=f"not between {low} and {high}", zh=f"不在 {low} 与 {high} 之间"))
    return number


def _refuse_gaps(found: Declarations, parameter: ParameterDeclaration, numbers: Mapping[str, int] | None) -> None:
    """Refuse an indexed parameter of which some numbers are not there: it had none in force to complete them."""
    if numbers is None or not parameter.indexed_by:
        return
    lacking = [value for value in found.keys_of(parameter.indexed_by) if value not in numbers]
    if lacking:
        named = ", ".join(f"{parameter.name}[{value}]" for value in lacking)
        raise SettingError(
            parameter.name,
            Label(en=f"no value in force on this date; set also: {named}", zh=f"该日期没有现行数值，还须设定：{named}"),
        )


def settings_of(pairs: Iterable[str]) -> Settings:
    """Return NAME=NUMBER texts as pairs, sorted, so that equal settings are equal.

    Raises:
        SettingError: A text has no equals sign, or a name stands twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = pair.replace("＝", "=").partition("=")
        if not sign or not name.strip():
            raise SettingError(pair, Label(en="write NAME=NUMBER", zh="请写成 参数=数值"))
        if name.strip() in found:
            raise SettingError(pair, TWICE)
        found[name.strip()] = text.strip()
    return tuple(sorted(found.items()))
