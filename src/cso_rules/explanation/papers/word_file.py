"""Papers as one DOCX file on A4, each paper on a page of its own; needs the extra `notices`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

import attrs

from cso_rules.errors import MissingExtraError
from cso_rules.explanation.papers.parts import LEADING, SMALL, Block, Grid, Paper

FONTS: Final = {"zh": ("Times New Roman", "SimSun"), "en": ("Times New Roman", "SimSun")}
"""The font of Latin letters, and that of Chinese ones."""
HEADING: Final = "SimHei"
TEXT_WIDTH: Final = 17.4
"""Centimetres between the margins."""


def docx(papers: Iterable[Paper]) -> bytes:
    """Return papers as a DOCX file.

    Raises:
        MissingExtraError: python-docx is not installed.
    """
    try:
        import docx as library
    except ImportError as error:
        raise MissingExtraError("notices") from error
    writer = _Writer(library.Document())
    writer.set_page()
    for number, paper in enumerate(papers):
        writer.paper(paper, begins_page=number > 0)
    stream = io.BytesIO()
    writer.document.save(stream)
    return stream.getvalue()


@attrs.define
class _Writer:
    """Writes papers into a document of python-docx."""

    document: Any
    size: float = 0.0
    fonts: tuple[str, str] = FONTS["zh"]

    def set_page(self) -> None:
        from docx.shared import Cm

        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(1.8)
        section.top_margin = section.bottom_margin = Cm(1.5)
        properties = self.document.core_properties
        properties.author, properties.comments = "", ""

    def paper(self, paper: Paper, *, begins_page: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        self.size, self.fonts = paper.size, FONTS[paper.language]
        title = self._line(paper.title, size=self.size * 1.6, is_heading=True, after=4)
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.paragraph_format.page_break_before = begins_page
        self._spread(paper.marks)
        if paper.greeting:
            self._line(paper.greeting, before=4)
        for part in paper.parts:
            if isinstance(part, Grid):
                self._grid(part)
            else:
                self._block(part)
        self._line(paper.closing, before=6)
        self._spread(paper.signature, before=10)

    def _block(self, part: Block) -> None:
        if part.title:
            self._line(part.title, is_heading=True, before=4)
        for line in part.lines:
            paragraph = self._line(
                line, size=self.size * (SMALL if part.is_small else 1), mark="• " if part.is_list else ""
            )
            if part.is_list:
                from docx.shared import Pt

                paragraph.paragraph_format.left_indent = Pt(self.size * 1.2)
                paragraph.paragraph_format.first_line_indent = Pt(-self.size)

    def _grid(self, part: Grid) -> None:
        from docx.shared import Cm

        self._line(part.title, is_heading=True, before=4, after=2)
        table = self.document.add_table(rows=0, cols=len(part.headings), style="Table Grid")
        table.autofit = False
        for column, width in zip(table.columns, part.widths, strict=True):
            column.width = Cm(TEXT_WIDTH * width / 100)
        for number, row in enumerate((part.headings, *part.rows)):
            cells = table.add_row().cells
            for cell, text, width in zip(cells, row, part.widths, strict=True):
                cell.width = Cm(TEXT_WIDTH * width / 100)
                self._write(cell.paragraphs[0], text, size=self.size * SMALL, is_heading=number == 0)

    def _spread(self, texts: Iterable[str], before: float = 0) -> None:
        """Write texts side by side, over the width of the page."""
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Cm

        shown = tuple(texts)
        paragraph = self._line("\t".join(shown), before=before)
        for number in range(1, len(shown)):
            is_last = number == len(shown) - 1
            place = TEXT_WIDTH if is_last and len(shown) == 2 else TEXT_WIDTH * number / len(shown)  # noqa: PLR2004
            alignment = WD_TAB_ALIGNMENT.RIGHT if is_last and len(shown) == 2 else WD_TAB_ALIGNMENT.LEFT  # noqa: PLR2004
            paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(place), alignment)

    def _line(  # noqa: PLR0913 - how a paragraph looks
        self,
        text: str,
        *,
        size: float = 0,
        is_heading: bool = False,
        before: float = 0,
        after: float = 0,
        mark: str = "",
    ) -> Any:
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        self._write(paragraph, mark + text, size=size or self.size, is_heading=is_heading)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
        return paragraph

    def _write(self, paragraph: Any, text: str, *, size: float, is_heading: bool) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        latin, chinese = self.fonts
        run = paragraph.add_run(_printable(text))
        run.font.name, run.font.size, run.bold = latin, Pt(round(size * 2) / 2), is_heading
        run._element.rPr.rFonts.set(qn("w:eastAsia"), HEADING if is_heading else chinese)  # noqa: SLF001 - the library has no name for it
        form = paragraph.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(0), Pt(0), Pt(round(size * LEADING, 1))


def _printable(text: str) -> str:
    """Return a text without the marks that XML does not allow."""
    return "".join(mark if mark.isprintable() or mark in "\t\N{IDEOGRAPHIC SPACE}" else " " for mark in text)
