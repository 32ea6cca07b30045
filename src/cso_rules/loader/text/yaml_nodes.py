"""A strict subset of YAML, read into nodes that know their place in the source."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import attrs
import yaml

from cso_rules.diagnostics import Diagnostic, diagnostic
from cso_rules.source import SourceFile, Span

_WHITE = " \t\r\n"
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_ONLY_WHITE = re.compile(r"[ \t\r\n]*")
_ESCAPED_OR_WHITE = re.compile(r"(?:[ \t\r\n]|\\[\r\n])*")
_ESCAPED_BREAKS = re.compile(r"(?:\\[\r\n][ \t\r\n]*)*")
_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}
_FULL_WIDTH_COLON = "："
_LIKE_A_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*\s*：")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_OPENING = re.compile(r"[\[{]")
_TOO_DEEP_FOR_PARSER = "exceeded maximum nesting depth"
MOST_READ = 512
"""How many documents are remembered."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.frozen(kw_only=True)
class Limits:
    """How large a file may be."""

    depth: int = 32
    nodes: int = 100_000
    bytes: int = 1024 * 1024
    scalar_characters: int = 20_000
    diagnostics: int = 100


@attrs.frozen(kw_only=True)
class ScalarNode:
    """A text; `quoted` tells whether it stood in single or double quotes."""

    text: str
    span: Span
    quoted: bool = False

    def span_of(self, start: int, end: int) -> Span:
        """Return where a part of the text stands in the file.

        Args:
            start: The first character of the part, an offset in `text`.
            end: The end of the part, itself out.

        Returns:
            The span of the part, or of the whole scalar if it cannot be told.
        """
        places = _character_places(self)
        if not places or not 0 <= start <= end <= len(places):
            return self.span
        first, last = _part(places, start, end)
        return attrs.evolve(self.span, start=first, end=last)


@attrs.frozen(kw_only=True)
class SequenceNode:
    """A list of nodes."""

    items: tuple["Node", ...]
    span: Span


@attrs.frozen(kw_only=True)
class MappingNode:
    """Keys and their nodes, in the order of the file; no key comes twice."""

    entries: tuple[tuple[ScalarNode, "Node"], ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """Return the node of a key, or None."""
        found = (node for scalar, node in self.entries if scalar.text == key)
        return next(found, None)


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


@lru_cache(maxsize=MOST_READ)
def read_yaml(source: SourceFile, limits: Limits = Limits()) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """Read one document; what was read lately is remembered, so that of an edited package only that file is read anew.

    Args:
        source: The file.
        limits: How large it may be.

    Returns:
        The root node and no diagnostics, or None and what is wrong;
        an empty file has neither.
    """
    found = _text_problems(source, limits)
    if found:
        return None, found
    reader = _Reader(source, limits)
    reader.read()
    if reader.diagnostics:
        return None, tuple(reader.diagnostics)
    return reader.root, ()


def full_width_colon(node: Node) -> Diagnostic | None:
    """Return a diagnostic if a plain scalar was meant to be a mapping.

    Args:
        node: The node that stands where a mapping is expected.
    """
    if not isinstance(node, ScalarNode) or node.quoted:
        return None
    place = node.text.find(_FULL_WIDTH_COLON)
    if place < 0:
        return None
    key = node.text[:place].strip()
    return diagnostic("yaml-full-width-colon", node.span_of(place, place + 1), key=key)


# --- before parsing


def _text_problems(source: SourceFile, limits: Limits) -> tuple[Diagnostic, ...]:
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > limits.bytes:
        return (_too_large(_span(source, 0, 1), size, limits.bytes, "bytes"),)
    return tuple(_forbidden_characters(source, limits))


def _forbidden_characters(source: SourceFile, limits: Limits) -> Iterator[Diagnostic]:
    for count, match in enumerate(_FORBIDDEN.finditer(source.text)):
        if count >= limits.diagnostics:
            return
        yield _forbidden(_span(source, match.start(), match.end()), match[0])


def _forbidden(span: Span, character: str) -> Diagnostic:
    name = f"U+{ord(character):04X}"
    return diagnostic("yaml-forbidden-character", span, name=name)


def _too_large(span: Span, found: int, limit: int, unit: str) -> Diagnostic:
    return diagnostic("yaml-too-large", span, found=found, limit=limit, unit=unit)


def _span(source: SourceFile, start: int, end: int) -> Span:
    length = len(source.text)
    start = min(start, length)
    return Span(source=source, start=start, end=max(start, min(end, length)))


# --- parsing


class _TooMuchError(Exception):
    """Reading stops here; what is wrong has been noted."""


@attrs.define(kw_only=True)
class _Open:
    """A collection whose end has not been reached."""

    is_mapping: bool
    start: int
    is_flow: bool
    end: int
    items: list[Node] = attrs.field(factory=list)
    entries: list[tuple[ScalarNode, Node]] = attrs.field(factory=list)
    keys: dict[str, ScalarNode] = attrs.field(factory=dict)
    key: ScalarNode | None = None
    expects_key: bool = True


class _Reader:
    """Builds nodes from parsing events, without recursion."""

    def __init__(self, source: SourceFile, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0
        self._handled = 0
        self._ends: dict[int, int] = {}
        """Where texts end, by where they begin, that commas have ended before."""

    def read(self) -> None:
        try:
            for event in yaml.parse(self.source.text, Loader=_LOADER):
                self._handle(event)
        except _TooMuchError:
            return
        except yaml.MarkedYAMLError as error:
            is_too_deep = error.problem == _TOO_DEEP_FOR_PARSER
            self._report(self._too_deep_ahead() if is_too_deep else _syntax_diagnostic(self.source, error))
        except yaml.YAMLError as error:
            span = _span(self.source, 0, 1)
            self._report(diagnostic("yaml-syntax", span, found=str(error)))
        self._check_root()

    def _handle(self, event: Any) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        self._handled = event.end_mark.index

    def _report(self, item: Diagnostic) -> None:
        self.diagnostics.append(item)
        if len(self.diagnostics) >= self.limits.diagnostics:
            raise _TooMuchError

    def _stop(self, item: Diagnostic) -> None:
        self.diagnostics.append(item)
        raise _TooMuchError

    def _event_span(self, event: Any) -> Span:
        return _span(self.source, event.start_mark.index, event.end_mark.index)

    def on_document(self, event: Any) -> None:
        self._documents += 1
        span = self._event_span(event)
        if event.version or event.tags:
            self._report(diagnostic("yaml-directive", span))
        if self._documents > 1:
            self._stop(diagnostic("yaml-several-documents", span))

    def on_alias(self, event: Any) -> None:
        self._count_node(event)
        span = self._event_span(event)
        self._report(diagnostic("yaml-alias", span, name=event.anchor))
        self._attach(ScalarNode(text="", span=span))

    def on_scalar(self, event: Any) -> None:
        self._count_node(event)
        self._refuse_properties(event)
        span = self._scalar_span(event)
        quoted = event.style in ("'", '"')
        self._check_scalar(event.value, span)
        self._attach(ScalarNode(text=event.value, span=span, quoted=quoted))

    def _scalar_span(self, event: Any) -> Span:
        span = self._event_span(event)
        if event.style not in ("|", ">"):
            return span
        text = self.source.text[span.start : span.end]
        return attrs.evolve(span, end=span.start + len(text.rstrip(_WHITE)))

    def _check_scalar(self, text: str, span: Span) -> None:
        limit = self.limits.scalar_characters
        if len(text) > limit:
            self._report(_too_large(span, len(text), limit, "characters"))
        forbidden = _FORBIDDEN.search(text)
        if forbidden:
            self._report(_forbidden(span, forbidden[0]))

    def on_start(self, event: Any) -> None:
        self._count_node(event)
        self._refuse_properties(event)
        self._check_depth(event)
        start, end = event.start_mark.index, event.end_mark.index
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        is_flow = bool(event.flow_style)
        self._open.append(_Open(is_mapping=is_mapping, start=start, is_flow=is_flow, end=end))

    def _check_depth(self, event: Any) -> None:
        limit = self.limits.depth
        if len(self._open) >= limit:
            self._stop(diagnostic("yaml-too-deep", self._event_span(event), limit=limit))

    def _too_deep_ahead(self) -> Diagnostic:
        """Place the bracket that was one too many, where the parser gave up at a limit of its own, far ahead.

        The parser gives up while it looks for a key, on one line: brackets in a quoted text there are counted too.
        """
        limit = self.limits.depth
        ahead = _OPENING.finditer(self.source.text, self._handled)
        found = next(itertools.islice(ahead, limit - len(self._open), None), None)
        place = found.start() if found else self._handled
        return diagnostic("yaml-too-deep", _span(self.source, place, place + 1), limit=limit)

    def on_end(self, event: Any) -> None:
        closed = self._open.pop()
        end = event.end_mark.index if closed.is_flow else closed.end
        span = _span(self.source, closed.start, end)
        if closed.is_mapping:
            self._attach(MappingNode(entries=tuple(closed.entries), span=span))
        else:
            self._attach(SequenceNode(items=tuple(closed.items), span=span))

    def _count_node(self, event: Any) -> None:
        self._nodes += 1
        limit = self.limits.nodes
        if self._nodes > limit:
            self._stop(_too_large(self._event_span(event), self._nodes, limit, "nodes"))

    def _refuse_properties(self, event: Any) -> None:
        span = self._event_span(event)
        if event.anchor is not None:
            self._report(diagnostic("yaml-alias", span, name=event.anchor))
        if event.tag is not None:
            self._report(diagnostic("yaml-tag", span, name=event.tag))

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.end = max(parent.end, node.span.end)
        if not parent.is_mapping:
            self._refuse_colon(node)
            if parent.is_flow and parent.items and self._is_rest(parent.items[-1], node):
                return
            parent.items.append(node)
        elif parent.expects_key:
            self._attach_key(parent, node)
        else:
            self._attach_value(parent, node)

    def _attach_key(self, parent: _Open, node: Node) -> None:
        parent.expects_key = False
        parent.key = None
        if not isinstance(node, ScalarNode):
            found = _kind_name(node)
            self._report(diagnostic("wrong-node-kind", node.span, expected="text", found=found))
            return
        parent.key = node
        self._check_key(parent, node)

    def _check_key(self, parent: _Open, key: ScalarNode) -> None:
        first = parent.keys.setdefault(key.text, key)
        if key.text == "<<":
            self._report(diagnostic("yaml-alias", key.span, name="<<"))
        if first is not key:
            related = [(first.span, "first")]
            self._report(diagnostic("yaml-repeated-key", key.span, related=related, key=key.text))

    def _attach_value(self, parent: _Open, node: Node) -> None:
        parent.expects_key = True
        if parent.key is None:
            return
        if parent.is_flow and node.span.start == node.span.end:
            self._refuse_colon(parent.key)
            if parent.entries and self._is_split(parent.entries[-1][1], parent.key):
                return
        elif node.span.line > parent.key.span.line:
            self._refuse_colon(node)
        parent.entries.append((parent.key, node))

    def _is_split(self, first: Node, key: ScalarNode) -> bool:
        """Tell whether a key without a colon is the rest of the text before it, which a comma ended; report that."""
        has_colon = self.source.text[key.span.end :].lstrip().startswith(":")
        is_text = isinstance(first, ScalarNode) and bool(first.text) and not first.quoted
        if has_colon or not is_text or _LIKE_A_KEY.match(key.text):
            return False
        self._refuse_comma(first, key)
        return True

    def _is_rest(self, first: Node, rest: Node) -> bool:
        """Tell whether an item of a list closes what the text before it opened; report that a comma ended that."""
        if not isinstance(first, ScalarNode) or not isinstance(rest, ScalarNode) or first.quoted or rest.quoted:
            return False
        text = self.source.text[first.span.start : self._ends.get(first.span.start, first.span.end)]
        if text.count("(") <= text.count(")"):
            return False
        self._refuse_comma(first, rest)
        return True

    def _refuse_comma(self, first: Node, rest: ScalarNode) -> None:
        """Report a text that commas ended within braces or brackets, with all of it in quotation marks."""
        start, end = first.span.start, rest.span.end
        if start in self._ends:
            self.diagnostics.pop()  # it goes on behind another comma
        self._ends[start] = end
        text = " ".join(self.source.text[start:end].split())
        quoted = f'"{text}"' if '"' not in text else "'" + text.replace("'", "''") + "'"
        begun = self.source.text[start : first.span.end]
        self._report(diagnostic("yaml-split-text", _span(self.source, start, end), found=begun, name=quoted))

    def _refuse_colon(self, node: Node) -> None:
        if isinstance(node, ScalarNode) and _LIKE_A_KEY.match(node.text):
            found = full_width_colon(node)
            if found is not None:
                self._report(found)

    def _check_root(self) -> None:
        found = full_width_colon(self.root) if self.root is not None else None
        if found is not None and not self.diagnostics:
            self.diagnostics.append(found)


_HANDLERS: Mapping[type, Callable[[_Reader, Any], None]] = {
    yaml.DocumentStartEvent: _Reader.on_document,
    yaml.AliasEvent: _Reader.on_alias,
    yaml.ScalarEvent: _Reader.on_scalar,
    yaml.MappingStartEvent: _Reader.on_start,
    yaml.SequenceStartEvent: _Reader.on_start,
    yaml.MappingEndEvent: _Reader.on_end,
    yaml.SequenceEndEvent: _Reader.on_end,
}


def _kind_name(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return "text"
    return "list" if isinstance(node, SequenceNode) else "mapping"


# --- syntax errors


def _syntax_diagnostic(source: SourceFile, error: yaml.MarkedYAMLError) -> Diagnostic:
    marks = [mark for mark in (error.context_mark, error.problem_mark) if mark]
    offsets = [min(mark.index, len(source.text)) for mark in marks] or [0]
    colon = _colon_near(source, offsets)
    if colon is not None:
        return colon
    tab = next((place for offset in offsets if (place := _tab_before(source, offset)) is not None), None)
    if tab is not None:
        return diagnostic("yaml-tab", _span(source, tab, tab + 1))
    span = _span(source, offsets[-1], offsets[-1] + 1)
    problem = error.problem or error.context
    return diagnostic("yaml-syntax", span, found=problem)


def _tab_before(source: SourceFile, offset: int) -> int | None:
    """Return the place of a tab in the indentation of the line of an error."""
    number = source.position(offset)[0]
    line = source.line(number)
    place = line[: len(line) - len(line.lstrip(" \t-?"))].find("\t")
    return source.offset(number, place + 1) if place >= 0 else None


def _colon_near(source: SourceFile, offsets: list[int]) -> Diagnostic | None:
    """Look for a full-width colon where the error is, then on the line before."""
    lines = [source.position(offset)[0] for offset in offsets]
    for number in (*lines, lines[-1] - 1):
        place = source.line(number).find(_FULL_WIDTH_COLON)
        if place >= 0 and _is_instead_of_colon(source.line(number), place):
            return _colon_at(source, number, place)
    return None


def _is_instead_of_colon(line: str, place: int) -> bool:
    before = line[:place]
    return ": " not in before and not before.lstrip().startswith(("#", "'", '"'))


def _colon_at(source: SourceFile, number: int, place: int) -> Diagnostic:
    text = source.line(number)
    start = source.offset(number, place + 1)
    key = text[:place].strip().lstrip("-").strip()
    return diagnostic("yaml-full-width-colon", _span(source, start, start + 1), key=key)


# --- from offsets in a value to offsets in the file

_Places: TypeAlias = list[tuple[int, int]]


def _part(places: _Places, start: int, end: int) -> tuple[int, int]:
    first = places[start][0] if start < len(places) else places[-1][1]
    last = places[end - 1][1] if start < end else first
    return first, max(first, last)


def _character_places(node: ScalarNode) -> _Places | None:
    """Return start and end in the file of each character, or None if not sure."""
    raw = node.span.source.text[node.span.start : node.span.end]
    aligner = _Aligner(raw)
    places: _Places = []
    for character in node.text:
        place = aligner.take(character)
        if place is None:
            return None
        places.append((node.span.start + place[0], node.span.start + place[1]))
    return places


class _Aligner:
    """Walks along the raw text of a scalar, one character of its value at a time."""

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._style = raw[:1] if raw[:1] in ("'", '"', "|", ">") else ""
        self._place = self._content_start()

    def _content_start(self) -> int:
        if self._style in ("|", ">"):
            match = _LINE_BREAK.search(self._raw)
            return match.end() if match else len(self._raw)
        return len(self._style)

    def take(self, character: str) -> tuple[int, int] | None:
        self._skip_escaped_breaks()
        if character in _WHITE:
            return self._take_white(character)
        self._skip_white()
        if self._at_escape():
            return self._advance(self._escape_length())
        if self._raw[self._place : self._place + 1] != character:
            return None
        doubled = self._style == "'" and character == "'"
        return self._advance(2 if doubled else 1)

    def _take_white(self, character: str) -> tuple[int, int]:
        if self._at_escape():
            return self._advance(self._escape_length())
        if self._raw[self._place : self._place + 1] == character and character in " \t":
            return self._advance(1)
        start = self._place
        self._skip_white()
        return start, start if start == self._place else start + 1

    def _advance(self, length: int) -> tuple[int, int]:
        start = self._place
        self._place += length
        return start, self._place

    def _at_escape(self) -> bool:
        return self._style == '"' and self._raw[self._place : self._place + 1] == "\\"

    def _escape_length(self) -> int:
        kind = self._raw[self._place + 1 : self._place + 2]
        return 2 + _ESCAPE_LENGTHS.get(kind, 0)

    def _skip_white(self) -> None:
        skipped = _ESCAPED_OR_WHITE if self._style == '"' else _ONLY_WHITE
        self._skip(skipped)

    def _skip_escaped_breaks(self) -> None:
        if self._style == '"':
            self._skip(_ESCAPED_BREAKS)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._raw, self._place)
        self._place = match.end() if match else self._place
