"""Papers as one HTML file without scripts and outside resources, which prints on A4, each from a new page on."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator

from cso_rules.explanation.markup import Markup, document, element
from cso_rules.explanation.papers.parts import SIZES, Block, Grid, Paper


def html(papers: Iterable[Paper], title: str, language: str) -> str:
    """Return papers as one document.

    Args:
        papers: The papers, each a page.
        title: The title of the document.
        language: `zh` or `en`.
    """
    style = importlib.resources.files(__package__).joinpath("static/papers.css").read_text(encoding="utf-8")
    widths = "".join(f".width-{width} {{ width: {width}%; }}\n" for width in range(1, 101))
    return document(title, style + widths, map(_paper, papers), language)


def _paper(paper: Paper) -> Markup:
    marks = (element("span", mark) for mark in paper.marks)
    parts = [element("h1", paper.title), element("p", *marks, class_="marks")]
    parts += [element("p", paper.greeting, class_="greeting")] if paper.greeting else []
    parts += [piece for part in paper.parts for piece in (_grid(part) if isinstance(part, Grid) else _block(part))]
    signature = (element("span", place) for place in paper.signature)
    parts += [element("p", paper.closing, class_="closing"), element("p", *signature, class_="signature")]
    return element("article", *parts, class_=f"size-{SIZES.index(paper.size)}")


def _block(part: Block) -> Iterator[Markup]:
    if part.title:
        yield element("h2", part.title)
    small = "small" if part.is_small else None
    if part.is_list:
        yield element("ul", *(element("li", line) for line in part.lines), class_=small)
    else:
        yield from (element("p", line, class_=small) for line in part.lines)


def _grid(part: Grid) -> Iterator[Markup]:
    yield element("h2", part.title)
    columns = (element("col", class_=f"width-{width}") for width in part.widths)
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in part.headings)))
    rows = (element("tr", *(element("td", text) for text in row)) for row in part.rows)
    yield element("table", element("colgroup", *columns), head, element("tbody", *rows))
