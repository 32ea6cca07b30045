"""Words of a condition, with their offsets; Chinese and full-width spellings become the plain ones here."""

from __future__ import annotations

import re
from typing import Final, Literal

import attrs

TokenKind = Literal["name", "number", "text", "symbol", "keyword", "end"]

_PLAIN_KEYWORDS: Final = ("and", "or", "not", "between", "in", "if", "then", "else", "true", "false", "as_of")
_CHINESE_KEYWORDS: Final = {"且": "and", "并且": "and", "或": "or", "或者": "or", "是": "true", "否": "false"}
KEYWORDS: Final = dict(zip(_PLAIN_KEYWORDS, _PLAIN_KEYWORDS, strict=True)) | _CHINESE_KEYWORDS
"""Words with a meaning of their own, only when they stand alone, and their plain spelling."""

OPERATOR_WORDS: Final = {"至少": ">=", "不少于": ">=", "不超过": "<="}
"""Words that stand for a comparison."""

OPERATOR_SIGNS: Final = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "==": "=", "×": "*", "÷": "/", "−": "-"}
"""Other spellings of operators."""

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_LOOKALIKES: Final = str.maketrans("\u3000【】、“”", ' [],""')
# One character for one character, so that offsets stay those of the text as written.
_PLAIN: Final = _FULL_WIDTH | _LOOKALIKES

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?[万亿]?(?!\w))
      | (?P<name>\w+)
      | (?P<text>"[^"]*")
      | (?P<symbol>>=|<=|!=|<>|==|\.\.|[≥≤≠×÷−=<>+\-*/()\[\],])
      | (?P<unexpected>.)""",
    re.VERBOSE | re.DOTALL,
)


@attrs.frozen(kw_only=True)
class Token:
    """A word of a condition.

    Attributes:
        kind: What sort of word it is.
        text: Its plain spelling; for a string what stands between the quotes.
        start: Offset of its first character.
        end: Offset behind its last character.
    """

    kind: TokenKind
    text: str
    start: int
    end: int


def tokenize(text: str) -> tuple[tuple[Token, ...], tuple[int, ...]]:
    """Return the tokens, closed by one of kind `end`, and the offsets of characters that belong to none."""
    matches = [match for match in _TOKEN.finditer(text.translate(_PLAIN)) if match.lastgroup != "space"]
    unexpected = tuple(match.start() for match in matches if match.lastgroup == "unexpected")
    tokens = [_token(match) for match in matches if match.lastgroup != "unexpected"]
    end = Token(kind="end", text="", start=len(text), end=len(text))
    return (*tokens, end), unexpected


def _token(match: re.Match[str]) -> Token:
    kind, text = _classified(match.lastgroup or "", match.group())
    return Token(kind=kind, text=text, start=match.start(), end=match.end())


def _classified(group: str, text: str) -> tuple[TokenKind, str]:
    if group == "number":
        return "number", text
    if group == "text":
        return "text", text[1:-1]
    if group == "symbol" or text in OPERATOR_WORDS:
        return "symbol", OPERATOR_WORDS.get(text, OPERATOR_SIGNS.get(text, text))
    return ("keyword", KEYWORDS[text]) if text in KEYWORDS else ("name", text)
