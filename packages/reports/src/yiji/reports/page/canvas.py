"""A canvas in millimetres that gathers shapes page by page and becomes a PDF at the end.

It waits to the end because only then the characters are known that the embedded fonts must hold.
"""

import tempfile
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from fpdf import FPDF
from fpdf.syntax import PDFContentStream

from yiji.reports.page.embed import add_font
from yiji.reports.page.fonts import Fonts
from yiji.reports.page.metadata import COMPLIANCE, MADE_BY, About, xmp
from yiji.reports.page.shapes import BLACK, Ink, Lines, Shape, Text
from yiji.reports.page.wrap import wrap

# A third of the time that zlib's own choice of 6 takes, for 6 % more bytes.
cast(Any, PDFContentStream)._COMPRESSION_LEVEL = 4


class Canvas:
    """Pages (A4) of shapes. Millimetres from the top left corner; type sizes in points; y of a text is its baseline."""

    def __init__(self, fonts: Fonts, paper: Literal["landscape", "portrait"] = "landscape") -> None:
        self.fonts = fonts
        self.paper: Literal["landscape", "portrait"] = paper
        self.pages: list[list[Shape]] = []

    def page(self) -> None:
        """Begin a new page."""
        self.pages.append([])

    def add(self, shape: Shape, page: int = -1) -> None:
        """Put a shape on a page, the last one unless another is named."""
        self.pages[page].append(shape)

    def width(self, text: str, size: float) -> float:
        """Return a text's width; raises `MissingGlyph`."""
        return self.fonts.width(self.fonts.clean(text), size)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8.5,
        *,
        ink: Ink = BLACK,
        bold: bool = False,
        align: Literal["left", "centre", "right"] = "left",
        angle: float = 0.0,
        page: int = -1,
    ) -> float:
        """Write one line at, about or up to `x`, and return its width; raises `MissingGlyph`."""
        clean = self.fonts.clean(text)
        whole = self.fonts.width(clean, size)
        pen = x - {"left": 0.0, "centre": whole / 2, "right": whole}[align]
        slope = np.radians(angle)
        for number, run in self.fonts.runs(clean):
            at_x, at_y = x + (pen - x) * np.cos(slope), y - (pen - x) * np.sin(slope)
            self.add(Text(float(at_x), float(at_y), run, f"f{number}", size, ink, bold, angle), page)
            pen += self.fonts.width(run, size)
        return whole

    def fitted(
        self,
        x: float,
        y: float,
        text: str,
        room: float,
        size: float = 8.5,
        *,
        ink: Ink = BLACK,
        bold: bool = False,
        page: int = -1,
    ) -> None:
        """Write one line in smaller type where it must be, so that all of it stands within `room`."""
        needed = self.width(text, size)
        self.text(x, y, text, size if needed <= room else size * room / needed, ink=ink, bold=bold, page=page)

    def wrapped(self, text: str, room: float, size: float) -> list[str]:
        """Break a text into lines no wider than `room`; raises `MissingGlyph`."""
        return wrap(self.fonts.clean(text), room, lambda part: self.fonts.width(part, size))

    def line(self, x1: float, y1: float, x2: float, y2: float, weight: float = 0.2, ink: Ink = BLACK) -> None:
        """Draw one straight line."""
        self.add(Lines(np.array([[x1, y1, x2, y2]]), ink, weight))

    def pdf(self, about: About) -> bytes:
        """Return the PDF (PDF/A-3U as fpdf2 enforces it); the same shapes and `about` give the same bytes."""
        pdf = FPDF(self.paper, "mm", "A4", enforce_compliance=COMPLIANCE)
        pdf.set_auto_page_break(False)
        _introduce(pdf, about)
        with tempfile.TemporaryDirectory(prefix="yiji-fonts-") as folder:
            self._add_fonts(pdf, Path(folder))
            for shapes in self.pages:
                pdf.add_page()
                for shape in shapes:
                    shape.draw(pdf)
            return bytes(pdf.output())

    def _add_fonts(self, pdf: FPDF, folder: Path) -> None:
        written: dict[str, set[str]] = {}
        for shape in (shape for shapes in self.pages for shape in shapes if isinstance(shape, Text)):
            written.setdefault(shape.font, set()).update(shape.text)
        for name, characters in sorted(written.items()):
            add_font(pdf, name, self.fonts.faces[int(name[1:])], characters, folder)


def _introduce(pdf: FPDF, about: About) -> None:
    """Say what the document is, and attach its data."""
    pdf.set_title(about.title)
    pdf.set_subject(about.subject)
    pdf.set_lang(about.lang)
    pdf.set_creator(MADE_BY)
    pdf.set_creation_date(about.at)
    pdf.set_xmp_metadata(xmp(about))
    if about.data:
        pdf.embed_file(
            bytes=about.data,
            basename="report.json",
            modification_date=about.at,
            creation_date=about.at,
            mime_type="application/json",
            associated_file_relationship="Data",
            compress=True,
        )
