"""The one usual spelling of a condition."""

from __future__ import annotations

from collections.abc import Callable

from cso_rules.loader import syntax
from cso_rules.loader.tokens import Token, tokenize


def canonical(text: str) -> str:
    """Return the text with plain operators and usual spaces; unchanged when it cannot be read."""
    tokens, unexpected = tokenize(text)
    if unexpected or not _is_readable(tokens):
        return text
    words = [text[token.start : token.end] if token.kind == "name" else _spelled(token) for token in tokens]
    spaced = (" " * _is_spaced(tokens, index) + words[index] for index in range(1, len(tokens) - 1))
    return words[0] + "".join(spaced)


def _is_readable(tokens: tuple[Token, ...]) -> bool:
    return any(_reads(parse, tokens) for parse in (syntax.parse_condition, _parse_some_cell))


def _parse_some_cell(tokens: tuple[Token, ...]) -> syntax.Node:
    return syntax.parse_cell(tokens, "value")


def _reads(parse: Callable[[tuple[Token, ...]], syntax.Node], tokens: tuple[Token, ...]) -> bool:
    try:
        parse(tokens)
    except syntax.ConditionSyntaxError:
        return False
    return True


def _spelled(token: Token) -> str:
    return f'"{token.text}"' if token.kind == "text" else token.text


def _is_spaced(tokens: tuple[Token, ...], index: int) -> bool:
    """Tell whether a space stands before a token."""
    before, token = tokens[index - 1], tokens[index]
    symbol = token.text if token.kind == "symbol" else ""
    if symbol in {")", "]", ",", ".."} or (before.kind == "symbol" and before.text in {"(", "[", ".."}):
        return False
    if symbol == "(" and (before.kind == "name" or before.text == "not"):
        return False
    return not (before.text == "-" and before.kind == "symbol" and _is_sign(tokens, index - 1))


def _is_sign(tokens: tuple[Token, ...], index: int) -> bool:
    """Tell whether a minus turns the sign of what follows."""
    if index == 0:
        return True
    before = tokens[index - 1]
    if before.kind == "symbol":
        return before.text not in {")", "]"}
    return before.kind == "keyword" and before.text not in {"true", "false", "as_of"}
