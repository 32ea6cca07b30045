"""The decision requirements graph: one picture of all decisions, and a small one for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from cso_rules.book.contents import Contents
from cso_rules.book.html import items, permalink
from cso_rules.book.layout import GraphLayout, Node, layered
from cso_rules.book.names import label_of, name_link, target_of
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined
from cso_rules.model.instruments import Label

WIDTH, HEIGHT, GAP, BETWEEN, MARGIN = 190, 46, 14, 64, 12
PILL = 30
LINE = {"zh": 12, "en": 25}
"""Characters that fit on a line of a box."""


def graph_page(contents: Contents) -> Page:
    """Return the picture of all decisions."""
    explained = both(
        "从左到右：箭头指向读取答案的决定。点击方框打开该决定。",
        "From left to right: an arrow leads to the decision that reads the answer. Choose a box to open it.",
    )
    decisions = contents.found.decisions
    every = {name: [one for one in contents.inputs[name] if one in decisions] for name in decisions}
    read = {source for sources in every.values() for source in sources}
    inputs = {name: sources for name, sources in every.items() if sources or name in read}
    picture = element(
        "div", _picture(contents, layered(inputs, HEIGHT, GAP), HEIGHT), class_="picture full", tabindex="0"
    )
    alone = [name_link(contents, name) for name in every if name not in inputs]
    others = (element("h2", both("独立的决定", "Decisions that stand alone")), items(alone, "columns")) if alone else ()
    return Page(
        file="graph.html",
        title=Label(zh="决定关系图", en="Decision graph"),
        content=joined((element("p", explained, " ", permalink("page-graph"), id="page-graph"), picture, *others)),
    )


def neighbourhood(contents: Contents, decision: str) -> Markup:
    """Return the picture of one decision: what it reads on its left, who reads it on its right."""
    known = {*contents.found.decisions, *contents.found.facts}
    sources = [name for name in contents.inputs[decision] if name in known]
    inputs: dict[str, list[str]] = {name: [] for name in sources}
    inputs[decision] = sources
    inputs |= {reader: [decision] for reader in contents.readers(decision)}
    layout = layered(inputs, PILL, 8)
    return element("div", _picture(contents, layout, PILL, decision), class_="picture", tabindex="0")


def _picture(contents: Contents, layout: GraphLayout, height: int, own: str = "") -> Markup:
    columns = max(layout.layers.values(), default=0) + 1
    size = (columns * (WIDTH + BETWEEN) - BETWEEN + 2 * MARGIN, round(layout.total) + 2 * MARGIN)
    boxes = (_box(contents, layout, node, height, own) for node in layout.layers if node[1] == 0)
    marker = element("marker", element("path", d="M0 0 L8 4 L0 8 z"), **_MARKER)
    return element(
        "svg",
        element("defs", marker),
        *_segments(layout),
        *boxes,
        viewBox=f"0 0 {size[0]} {size[1]}",
        width=str(size[0]),
        height=str(size[1]),
        role="group",
        aria_label="决定关系图 decision graph",
    )


_MARKER = {
    "id": "page-arrow", "viewBox": "0 0 8 8", "refX": "8", "refY": "4", "markerWidth": "7", "markerHeight": "7",
    "orient": "auto",
}  # fmt: skip


def _left(layout: GraphLayout, node: Node) -> int:
    return MARGIN + layout.layers[node] * (WIDTH + BETWEEN)


def _segments(layout: GraphLayout) -> Iterator[Markup]:
    """Yield the pieces of all edges, each once; edges of one source run together until they part."""
    pieces = {piece: None for edge in layout.edges for piece in pairwise(edge)}
    for first, second in pieces:
        yield element("path", d=_curve(layout, first, second), class_="edge" if second[1] == 0 else "edge passing")


def _curve(layout: GraphLayout, first: Node, second: Node) -> str:
    """Return a line from one layer to the next, and on through that layer if it ends at a waypoint."""
    x, y = _left(layout, first) + WIDTH, layout.heights[first] + MARGIN
    left, height = _left(layout, second), layout.heights[second] + MARGIN
    middle = (x + left) / 2
    curve = f"M{x} {y:.1f} C{middle:.1f} {y:.1f} {middle:.1f} {height:.1f} {left} {height:.1f}"
    return curve if second[1] == 0 else f"{curve} L{left + WIDTH} {height:.1f}"


def _box(contents: Contents, layout: GraphLayout, node: Node, height: int, own: str) -> Markup:
    name = node[0]
    x, middle = _left(layout, node), layout.heights[node] + MARGIN
    is_fact = name not in contents.found.decisions
    frame: Mapping[str, str] = {
        "x": str(x),
        "y": f"{middle - height / 2:.1f}",
        "width": str(WIDTH),
        "height": str(height),
        "rx": str(height // 2 if is_fact else 5),
    }
    text = label_of(contents.found, name)
    shown = (
        *_lines(text.zh, "zh", x, middle, height),
        *_lines(text.en, "en", x, middle, height),
    )
    title = element("title", f"{text.zh} / {text.en} ({name})")
    box = element("rect", **frame)
    return element(
        "a",
        title,
        box,
        *shown,
        href=target_of(contents, name),
        class_="own" if name == own else "fact" if is_fact else "decision",
    )


def _lines(text: str, language: str, x: int, middle: float, height: int) -> Iterator[Markup]:
    most = 2 if height >= HEIGHT else 1
    lines = wrapped(text, LINE[language], most)
    for index, line in enumerate(lines):
        y = middle + 5 + (index - (len(lines) - 1) / 2) * 17
        yield element("text", line, x=str(x + WIDTH // 2), y=f"{y:.1f}", lang=language, class_="t")


def wrapped(text: str, length: int, most: int) -> list[str]:
    """Return a text as few lines; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in text.split(" ") if text.isascii() else list(text):
        space = " " if text.isascii() and lines[-1] else ""
        if len(lines[-1]) + len(space) + len(word) <= length or not lines[-1]:
            lines[-1] += space + word
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: length - 1] + "…"]
    return [line if len(line) <= length else line[: length - 1] + "…" for line in lines]
