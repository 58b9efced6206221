"""PDF's own drawing operators, written whole for a shape at a time (ISO 32000-1, 8.4, 8.5 and 9.4, recalled).

fpdf2 writes a line of content for every point, checks the page for each, and formats one number after another: most of
a page's time. A trace of 5,000 points is one string here, made in a millisecond. Nothing else goes round fpdf2.
"""

import numpy as np
from fpdf import FPDF
from fpdf.enums import PDFResourceType
from fpdf.fonts import TTFFont
from numpy.typing import NDArray

Ink = tuple[int, int, int]


def write(pdf: FPDF, operators: str) -> None:
    """Add operators to the current page."""
    pdf._out(operators)  # pyright: ignore[reportPrivateUsage]


def colour(ink: Ink, operator: str) -> str:
    """Return what sets a colour: operator ``RG`` for the pen, ``rg`` for fillings."""
    return f"{ink[0] / 255:.3f} {ink[1] / 255:.3f} {ink[2] / 255:.3f} {operator}"


def pen(pdf: FPDF, ink: Ink, weight: float) -> str:
    """Return what sets the pen, its weight in mm, with round joins; to stand between ``q`` and ``Q``."""
    return f"{colour(ink, 'RG')} {weight * pdf.k:.3f} w 1 j"


def in_points(pdf: FPDF, places: NDArray[np.float64]) -> list[float]:
    """Return places in mm from the top left (a row: x, y, x, y ...) as PDF's, one number after another."""
    flat = places.reshape(-1, 2) * (pdf.k, -pdf.k) + (0.0, pdf.h * pdf.k)
    return flat.ravel().tolist()


def path(pdf: FPDF, points: NDArray[np.float64]) -> str:
    """Return a polyline's path: each row of `points` is x, y in mm."""
    line = "%.2f %.2f m\n" + "%.2f %.2f l\n" * (len(points) - 1)
    return line % tuple(in_points(pdf, points))


def segments(pdf: FPDF, ends: NDArray[np.float64]) -> str:
    """Return the path of many straight lines: each row of `ends` is x1, y1, x2, y2 in mm."""
    return ("%.2f %.2f m %.2f %.2f l\n" * len(ends)) % tuple(in_points(pdf, ends))


def letters(pdf: FPDF, font: str, text: str) -> tuple[str, str]:
    """Return a font's name on the current page and the operator that shows a text in it."""
    face = pdf.fonts[font]
    assert isinstance(face, TTFFont)
    pdf._resource_catalog.add(PDFResourceType.FONT, face.i, pdf.page)  # pyright: ignore[reportPrivateUsage]
    return f"/F{face.i}", face.encode_text(text)
