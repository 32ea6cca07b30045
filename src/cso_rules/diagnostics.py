"""Diagnostics: what is wrong, where, and what to do about it."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

from cso_rules.messages import MessageTemplate, counted, template, templates
from cso_rules.source import Span

Language: TypeAlias = Literal["en", "zh"]

_LONGEST_ARGUMENT = 80
_LONGEST_PATH = 400
_LONGEST_EXAMPLE = 600
_WIDEST_LINE = 100
_COLUMNS_BEFORE_CARET = 40
_LONGEST_NAME = 100
_SHOWN_OF_A_FILE = 20
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "error": "error",
        "warning": "warning",
        "note": "note",
        "help": "help",
        "example": "for example",
        "colon": ": ",
        "more": "and {} more{}",
    },
    "zh": {
        "error": "错误",
        "warning": "警告",
        "note": "说明",
        "help": "帮助",
        "example": "例如",
        "colon": "：",
        "more": "另有 {} 处{}",
    },
}
_CODES_WITH_TERMS = frozenset(
    {"condition-syntax", "unreadable-file", "wrong-node-kind", "wrong-type", "yaml-too-large"}
)
_ARGUMENTS_WITH_TERMS: Mapping[str, frozenset[str]] = {"wrong-value": frozenset({"expected"})}
"""Of other codes, the arguments that may be technical words; their other arguments are what somebody wrote."""
_CHINESE_TERMS: Mapping[str, str] = {
    "text": "文本",
    "list": "列表",
    "mapping": "映射",
    "bytes": "字节",
    "characters": "个字符",
    "nodes": "个节点",
    "boolean": "布尔值",
    "number": "数值",
    "integer": "整数",
    "decimal": "小数",
    "money": "金额",
    "date": "日期",
    "duration": "时长",
    "enumeration": "枚举",
    "set": "集合",
    "a name or a number": "名称或数值",
    "the end of the condition": "条件结尾",
    "link": "链接",
    "folder": "文件夹",
    "named pipe": "命名管道",
    "socket": "套接字",
    "device": "设备",
    "file that cannot be opened": "无法打开的文件",
}


@attrs.frozen(kw_only=True)
class Diagnostic:
    """One finding about a source.

    Attributes:
        code: What is wrong; the texts are looked up by it.
        span: Where, or None if there is no one place.
        arguments: Names and values for the texts, already made safe to print.
        helps: Names of help texts of this code; any other text stands for itself.
        related: Further places, each with the name of a text or a text.
        severity: `error` or `warning`.
        example: A case that shows it, as (language, text).
    """

    code: str
    span: Span | None
    arguments: tuple[tuple[str, str], ...] = ()
    helps: tuple[str, ...] = ()
    related: tuple[tuple[Span, str], ...] = ()
    severity: str = "error"
    example: tuple[tuple[str, str], ...] = ()


def diagnostic(  # noqa: PLR0913 - what makes a diagnostic
    code: str,
    span: Span | None,
    *,
    helps: Iterable[str] = (),
    related: Iterable[tuple[Span, str]] = (),
    severity: str = "error",
    example: Mapping[str, str] | None = None,
    **arguments: object,
) -> Diagnostic:
    """Return a diagnostic whose arguments are made safe to print.

    Args:
        code: One of `codes()`.
        span: Where, or None.
        helps: Names of help texts to print instead of `remedy`.
        related: Further places, each with the name of a text or a text.
        severity: `error` or `warning`.
        example: A case that shows it, in each language.
        **arguments: Values for the texts; those that are None are left out.
    """
    return Diagnostic(
        code=code,
        span=span,
        arguments=_safe_arguments(arguments),
        helps=tuple(helps),
        related=tuple(related),
        severity=severity,
        example=tuple((language, shortened(text, _LONGEST_EXAMPLE)) for language, text in (example or {}).items()),
    )


def _safe_arguments(arguments: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    given = ((name, value) for name, value in arguments.items() if value is not None)
    return tuple((name, shortened(str(value))) for name, value in given)


def shortened(text: str, limit: int = _LONGEST_ARGUMENT) -> str:
    """Return a text for a message: one line, nothing that a terminal would obey, and not longer than a limit."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return escape(text)


def escape(text: str) -> str:
    """Return the text in one line, with control and bidirectional characters shown as `U+XXXX`."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) in _UNSAFE_CATEGORIES:
        return f"U+{ord(character):04X}"
    return character


def codes() -> tuple[str, ...]:
    """Return every code that has texts."""
    return tuple(templates("en"))


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like a name, in any script.

    Args:
        name: What was written.
        candidates: What could have been meant.

    Returns:
        One of the candidates, or None if none is alike.
    """
    import difflib  # asked only when a name is wrong

    short_name = name[:_LONGEST_NAME].casefold()
    cutoff = 0.6 if name.isascii() else 0.5
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(short_name, by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


def render_all(diagnostics: Iterable[Diagnostic], language: Language = "en") -> str:
    """Return all diagnostics by path and position, and a line that counts them.

    Args:
        diagnostics: What was found, in any order.
        language: `en` or `zh`.
    """
    ordered = sorted(diagnostics, key=_sort_key)
    blocks = [
        block
        for path, group in itertools.groupby(ordered, key=lambda item: _sort_key(item)[0])
        for block in _blocks(path, list(group), language)
    ]
    return "\n\n".join([*blocks, _count_line(ordered, language)])


def _blocks(path: str, items: Sequence[Diagnostic], language: Language) -> Iterator[str]:
    """Yield what was found in one file, the first of it in full and the rest as a number."""
    for item in items[:_SHOWN_OF_A_FILE]:
        yield render(item, language)
    rest = len(items) - _SHOWN_OF_A_FILE
    if rest > 0:
        shown = shortened(path, _LONGEST_PATH) if path else ""
        yield _WORDS[language]["more"].format(rest, _WORDS[language]["colon"] + shown if shown else "")


def _sort_key(item: Diagnostic) -> tuple[str, int, int, str]:
    if item.span is None:
        return ("", 0, 0, item.code)
    return (item.span.source.path, item.span.start, item.span.end, item.code)


def _count_line(items: Sequence[Diagnostic], language: Language) -> str:
    warnings = sum(item.severity == "warning" for item in items)
    errors = len(items) - warnings
    if language == "zh":
        return f"共 {errors} 个错误，{warnings} 个警告"
    return f"{counted(errors, 'errors')}, {counted(warnings, 'warnings')}"


def render(diagnostic: Diagnostic, language: Language = "en") -> str:
    """Return a diagnostic as text: message, source line with carets, and helps.

    Args:
        diagnostic: What was found.
        language: `en` or `zh`.
    """
    diagnostic = _translated(diagnostic, language)
    texts = template(diagnostic.code, language)
    lines = [_header(diagnostic, texts, language)]
    margin = ""
    if diagnostic.span is not None:
        margin = " " * len(str(diagnostic.span.line))
        lines += _excerpt(diagnostic.span, filled(texts.label, diagnostic), margin)
    lines += [f"{margin} = {footer}" for footer in _footers(diagnostic, texts, language)]
    return "\n".join(lines)


def _translated(item: Diagnostic, language: Language) -> Diagnostic:
    """Return the diagnostic with its technical words in the language."""
    if language == "en":
        return item
    everything = frozenset(name for name, _ in item.arguments) if item.code in _CODES_WITH_TERMS else frozenset()
    terms = _ARGUMENTS_WITH_TERMS.get(item.code, everything)
    translated = ((name, _CHINESE_TERMS.get(word, word) if name in terms else word) for name, word in item.arguments)
    return attrs.evolve(item, arguments=tuple(translated))


def _header(item: Diagnostic, texts: MessageTemplate, language: Language) -> str:
    words = _WORDS[language]
    severity = words.get(item.severity, item.severity)
    return f"{severity}[{item.code}]{words['colon']}{filled(texts.message, item)}"


def filled(text: str, diagnostic: Diagnostic) -> str:
    """Return a text with its `{name}` replaced; a missing argument becomes `?`.

    Args:
        text: A template.
        diagnostic: Where the arguments come from.
    """
    arguments = dict(diagnostic.arguments)
    return _PLACEHOLDER.sub(lambda match: arguments.get(match[1], "?"), text)


def _footers(item: Diagnostic, texts: MessageTemplate, language: Language) -> Iterator[str]:
    words = _WORDS[language]
    for span, text in item.related:
        shown = filled(texts.related[text], item) if text in texts.related else escape(text)
        yield f"{words['note']}{words['colon']}{_place(span)}{words['colon']}{shown}"
    if item.example:
        yield f"{words['example']}{words['colon']}{dict(item.example)[language]}"
    for help_text in _help_texts(item, texts):
        yield f"{words['help']}{words['colon']}{help_text}"


def _help_texts(item: Diagnostic, texts: MessageTemplate) -> Iterator[str]:
    wanted = [name for name in item.helps if _has_arguments(texts.help.get(name, ""), item)]
    if not wanted and "remedy" in texts.help:
        wanted = ["remedy"]
    for name in wanted:
        yield filled(texts.help[name], item) if name in texts.help else escape(name)


def _has_arguments(text: str, item: Diagnostic) -> bool:
    given = {name for name, _ in item.arguments}
    return given.issuperset(_PLACEHOLDER.findall(text))


def _place(span: Span) -> str:
    path = shortened(span.source.path, _LONGEST_PATH)
    return f"{path}:{span.line}:{span.column}"


def _excerpt(span: Span, label: str, margin: str) -> list[str]:
    text, indent, carets = _marked_line(span)
    return [
        f"{margin}--> {_place(span)}",
        f"{margin} |",
        f"{span.line} | {text}".rstrip(),
        f"{margin} | {indent}{carets} {label}".rstrip(),
    ]


def _marked_line(span: Span) -> tuple[str, str, str]:
    """Return the source line, the blanks before the carets, and the carets."""
    line = span.source.line(span.line)
    start = min(span.column - 1, len(line))
    end = min(start + max(span.end - span.start, 0), len(line))
    first, last = _visible(line, start)
    text = _with_ellipses(line, first, last)
    indent = " " * bool(first) + _blanks(line[first:start])
    return text, indent, "^" * max(1, _width(line[start : min(end, last)]))


def _visible(line: str, start: int) -> tuple[int, int]:
    """Return the part of a line to show so that `start` can be seen."""
    if _width(line[: _WIDEST_LINE + 1]) <= _WIDEST_LINE and len(line) <= _WIDEST_LINE:
        return 0, len(line)
    first = start
    if _width(line[:start]) <= _COLUMNS_BEFORE_CARET:
        first = 0
    while first and _width(line[first - 1 : start]) <= _COLUMNS_BEFORE_CARET:
        first -= 1
    return first, _last_visible(line, first)


def _last_visible(line: str, first: int) -> int:
    width = 0
    for index in range(first, len(line)):
        width += _width(line[index])
        if width > _WIDEST_LINE:
            return index
    return len(line)


def _with_ellipses(line: str, first: int, last: int) -> str:
    before = "…" if first else ""
    after = "…" if last < len(line) else ""
    return before + "".join(map(_shown_in_line, line[first:last])) + after


def _shown_in_line(character: str) -> str:
    return character if character == "\t" else _shown(character)


def _blanks(text: str) -> str:
    return "".join("\t" if item == "\t" else " " * _width(item) for item in text)


def _width(text: str) -> int:
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 2
    return len(_shown_in_line(character))
