"""The one usual spelling of a condition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import attrs

from cso_rules.loader.text import syntax
from cso_rules.loader.text.tokens import Token, tokenize
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.source import Span


def canonical(text: str) -> str:
    """Return the text with plain operators and usual spaces; unchanged when it cannot be read."""
    tokens, unexpected = tokenize(text)
    if unexpected or not _is_readable(tokens):
        return text
    words = [text[token.start : token.end] if token.kind == "name" else _spelled(token) for token in tokens]
    spaced = (" " * _is_spaced(tokens, index) + words[index] for index in range(1, len(tokens) - 1))
    return words[0] + "".join(spaced)


def edits(node: ScalarNode) -> tuple[tuple[Span, str], ...]:
    """Return the places of a scalar to write anew so that it is spelled as usual; line breaks stay where they are."""
    tokens, unexpected = tokenize(node.text)
    if unexpected or not _is_readable(tokens):
        return ()
    words, source = tokens[:-1], node.span.source.text
    places = [node.span_of(token.start, token.end) for token in words]
    placed = zip(places, words, strict=True)
    wanted = [(place, _escaped(node, token)) for place, token in placed if token.kind != "name"]
    for index, (before, place) in enumerate(pairwise(places), start=1):
        gap = attrs.evolve(place, start=before.end, end=place.start) if before.end <= place.start else None
        if gap is not None and "\n" not in source[gap.start : gap.end]:
            wanted.append((gap, " " * _is_spaced(tokens, index)))
    changes = [(place, text) for place, text in wanted if source[place.start : place.end] != text]
    return tuple(sorted(changes, key=lambda change: (change[0].start, change[0].end)))


def _escaped(node: ScalarNode, token: Token) -> str:
    """Return a token as it is written inside the quotes of its scalar."""
    mark = node.span.source.text[node.span.start] if node.quoted else ""
    if mark == '"':
        return _spelled(token).replace("\\", "\\\\").replace('"', '\\"')
    return _spelled(token).replace("'", "''") if mark else _spelled(token)


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
