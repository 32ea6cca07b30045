"""Reading typed values from positioned nodes: every fault becomes a diagnostic, and reading goes on."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import attrs

from cso_rules.diagnostics import Diagnostic, diagnostic, nearest
from cso_rules.loader.documents.periods import ALWAYS, Period
from cso_rules.loader.grammar.shapes import Shape
from cso_rules.loader.grammar.values import LABEL, PERIOD
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, full_width_colon
from cso_rules.model.civil_dates import last_day_before
from cso_rules.model.instruments import Label
from cso_rules.model.types import scaled
from cso_rules.source import Span

Named = TypeVar("Named")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\Z")
REFERENCE = re.compile(r"[a-z][a-z0-9_.-]*\Z")
RESERVED = frozenset(
    {"and", "or", "not", "in", "between", "if", "then", "else", "true", "false", "date", "count", "as_of"}
)
LONGEST_NUMBER = 20
ADDRESS = re.compile("https?://[^\\s<>\"'`]+\\Z")
UNPLACED_LABEL = Label(zh="?", en="?")


@attrs.define
class Reader:
    """Collects diagnostics while nodes are read."""

    diagnostics: list[Diagnostic] = attrs.field(factory=list)
    _keys: dict[tuple[str, int], str] = attrs.field(factory=dict)
    """The key before each value of a mapping, by path and offset; messages name it."""

    def report(  # noqa: PLR0913 - what makes a diagnostic
        self,
        code: str,
        span: Span | None,
        *,
        helps: tuple[str, ...] = (),
        related: tuple[tuple[Span, str], ...] = (),
        severity: str = "error",
        example: Mapping[str, str] | None = None,
        **arguments: str,
    ) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(
            diagnostic(code, span, helps=helps, related=related, severity=severity, example=example, **arguments)
        )

    def add(self, group: dict[str, Named], name: str, value: Named, span: Span) -> None:
        """Put a value into a group under its name; report a name that is there already."""
        if name in group:
            self.report_repeated(_start(span), name, getattr(group[name], "span", None))
        group.setdefault(name, value)

    def report_repeated(self, span: Span, name: str, first: Span | None) -> None:
        """Report a name that is taken; where another file took it, with the place there."""
        is_elsewhere = first is not None and first.source.path != span.source.path
        related = ((_start(first), "first"),) if first is not None and is_elsewhere else ()
        self.report("repeated-identifier", span, name=name, related=related)

    def unknown(self, code: str, span: Span, name: str, candidates: Iterable[str], **arguments: str) -> None:
        """Report a name that is not among the candidates, with the nearest one."""
        suggestion = nearest(name, tuple(candidates))
        helps = ("did_you_mean",) if suggestion else ()
        given = {**arguments, "name": name, "suggestion": suggestion or ""}
        self.diagnostics.append(
            diagnostic(code, span, helps=helps, related=(), severity="error", example=None, **given)
        )

    def mapping(self, node: Node, shape: Shape) -> dict[str, Node]:
        """Return the entries of a mapping of a shape; report other nodes, unknown keys and missing keys."""
        return self.named(node, shape.known, shape.required)

    def named(self, node: Node, known: Sequence[str] = (), required: Sequence[str] = ()) -> dict[str, Node]:
        """Return the entries of a mapping whose keys are names of the package; report as `mapping` does."""
        if not isinstance(node, MappingNode):
            colon = full_width_colon(node)
            if colon is None:
                self.report("wrong-node-kind", node.span, expected="mapping", found=_kind(node))
            else:
                self.diagnostics.append(colon)
            return {}
        entries = {}
        for key, value in node.entries:
            self._keys[value.span.source.path, value.span.start] = key.text
            if key.text in known:
                entries[key.text] = value
            else:
                self.unknown_key(key, known)
        for key_name in required:
            if key_name not in entries:
                self.report("missing-key", _start(node.span), key=key_name, name=key_name)
        return entries

    def unknown_key(self, key: ScalarNode, known: Sequence[str]) -> None:
        """Report a key that is not among the known ones, with the nearest one."""
        suggestion = nearest(key.text, tuple(known))
        helps = ("did_you_mean",) if suggestion else ()
        self.report(
            "unknown-key",
            key.span,
            helps=helps,
            key=key.text,
            name=key.text,
            suggestion=suggestion or "",
            expected=", ".join(known),
        )

    def key_of(self, node: Node) -> str:
        """Return the key that a value stands behind."""
        return self._keys.get((node.span.source.path, node.span.start), "?")

    def items(self, node: Node | None) -> tuple[Node, ...]:
        """Return the items of a sequence; nothing for an absent one."""
        if node is None:
            return ()
        if not isinstance(node, SequenceNode):
            self.report("wrong-node-kind", node.span, expected="list", found=_kind(node))
            return ()
        return node.items

    def scalar(self, node: Node) -> ScalarNode | None:
        """Return a scalar node; report others and empty ones."""
        if not isinstance(node, ScalarNode):
            self.report("wrong-node-kind", node.span, expected="text", found=_kind(node))
            return None
        if not node.text.strip():
            self._wrong_form(node, "text")
            return None
        return node

    def _wrong_form(self, node: ScalarNode, expected: str) -> None:
        self.report(
            "wrong-value", node.span, helps=("form",), expected=expected, found=node.text.strip(), key=self.key_of(node)
        )

    def text(self, node: Node | None, default: str = "") -> str:
        """Return the text of a scalar."""
        found = None if node is None else self.scalar(node)
        return default if found is None else found.text

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """Return the texts of a list."""
        return tuple(self.text(item) for item in self.items(node))

    def identifier(self, node: Node | None, pattern: re.Pattern[str] = IDENTIFIER) -> str:
        """Return an identifier; report text that is none."""
        found = None if node is None else self.scalar(node)
        if found is None:
            return ""
        if not pattern.match(found.text) or found.text in RESERVED:
            self.report("bad-identifier", found.span, name=found.text)
        return found.text

    def choice(self, node: Node | None, allowed: Collection[str], default: str, code: str = "wrong-value") -> str:
        """Return one of the allowed words."""
        if node is None:
            return default
        found = self.scalar(node)
        if found is None or found.text in allowed:
            return default if found is None else found.text
        suggestion = nearest(found.text, tuple(allowed))
        self.report(
            code,
            found.span,
            helps=("did_you_mean",) if suggestion else (),
            name=found.text,
            key=self.key_of(found),
            found=found.text,
            expected=", ".join(allowed),
            suggestion=suggestion or "",
        )
        return default

    def label(self, node: Node | None) -> Label:
        """Return a text in both languages; an absent one has been reported as a missing key."""
        if node is None:
            return UNPLACED_LABEL
        count = len(self.diagnostics)
        entries = self.mapping(node, LABEL)
        texts = {language: self.text(entries.get(language), "?") for language in ("zh", "en")}
        for language in texts.keys() - entries.keys() if len(self.diagnostics) == count else ():
            self.report("missing-label", _start(node.span), name=self.key_of(node), key=language)
        return Label(zh=texts["zh"], en=texts["en"])

    def optional_label(self, node: Node | None) -> Label | None:
        """Return a text in both languages, or None when there is none."""
        return None if node is None else self.label(node)

    def boolean(self, node: Node | None) -> bool:
        """Return true or false; false when absent."""
        return self.choice(node, ("true", "false"), "false") == "true"

    def number(self, node: Node | None, scale: int, default: int) -> int:
        """Return an exact number at a scale as a whole number."""
        found = None if node is None else self.scalar(node)
        if found is None:
            return default
        scaled = _scaled(found.text, scale)
        if scaled is None:
            self._wrong_form(found, "number")
            return default
        return scaled

    def date(self, node: Node | None) -> datetime.date | None:
        """Return a civil date."""
        found = None if node is None else self.scalar(node)
        if found is None:
            return None
        day = _date(found.text)
        before = last_day_before(found.text)
        if before is not None:
            self.report("impossible-day", found.span, found=found.text.strip(), expected=before.isoformat())
        elif day is None:
            self._wrong_form(found, "YYYY-MM-DD")
        return day

    def address(self, node: Node | None) -> str:
        """Return the address of a page; nothing for an absent one."""
        found = None if node is None else self.scalar(node)
        if found is None:
            return ""
        if not ADDRESS.match(found.text):
            self._wrong_form(found, "https://...")
            return ""
        return found.text

    def period(self, node: Node | None) -> Period:
        """Return the period of an `in_force` mapping."""
        if node is None:
            return ALWAYS
        entries = self.mapping(node, PERIOD)
        return self.period_of(entries, node.span)

    def period_of(self, entries: dict[str, Node], span: Span) -> Period:
        """Return the period of entries that hold `from` and `until`; report a reversed one."""
        period = Period(start=self.date(entries.get("from")), end=self.date(entries.get("until")), span=span)
        if period.start and period.end and period.start >= period.end:
            self.report("reversed-dates", entries["until"].span, found=f"{period.start} - {period.end}")
            return attrs.evolve(period, end=None)
        return period


def _scaled(text: str, scale: int) -> int | None:
    if len(text) > LONGEST_NUMBER:
        return None
    try:
        value = scaled(Decimal(text), scale)
    except InvalidOperation:
        return None
    is_plain = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text) is not None
    return int(value) if is_plain and value == value.to_integral_value() else None


def _date(text: str) -> datetime.date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _kind(node: Node) -> str:
    names = {ScalarNode: "text", SequenceNode: "list", MappingNode: "mapping"}
    return names[type(node)]


def _start(span: Span) -> Span:
    """Return the first line of a span, so that a missing key points at its mapping and not at all of it."""
    end = span.source.text.find("\n", span.start)
    return attrs.evolve(span, end=span.end if end < 0 else min(span.end, end))
