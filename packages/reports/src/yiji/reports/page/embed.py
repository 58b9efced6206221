"""Fonts for the PDF: cut to a page's characters by HarfBuzz, and embedded as they are.

fpdf2 cuts every font once more, by fontTools, which runs through each outline in Python: half of a page's time for
nothing. A table of outlines that is its bytes and no more leaves that cutting nothing to do.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from fpdf import FPDF
from fpdf.fonts import TTFFont

from yiji.reports.page.fonts import Face

_OUTLINES = "CFF "


def add_font(pdf: FPDF, name: str, face: Face, characters: Iterable[str], folder: Path) -> None:
    """Add a face under a name, with these characters only; `folder` is where its file may stand until the end."""
    path = folder / f"{name}.otf"
    path.write_bytes(face.subset(characters))
    pdf.add_font(name, fname=path)
    font: Any = cast(TTFFont, pdf.fonts[name]).ttfont
    font.recalcBBoxes = False  # HarfBuzz has set them
    if _OUTLINES in font:
        font[_OUTLINES] = _Cut(font.reader[_OUTLINES])


class _Cut:
    """Outlines of which each is wanted, as fontTools' subsetter asks for them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def prune_pre_subset(self, font: object, options: object) -> bool:
        return True

    def closure_glyphs(self, subsetter: Any) -> None:
        subsetter.glyphs.update(subsetter.orig_glyph_order)

    def subset_glyphs(self, subsetter: object) -> bool:
        return True

    def prune_post_subset(self, font: object, options: object) -> bool:
        return True

    def compile(self, font: object) -> bytes:
        return self._data
