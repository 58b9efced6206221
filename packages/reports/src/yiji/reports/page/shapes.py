"""What is drawn on a page: small frozen shapes in millimetres from the top left corner, each able to draw itself."""

from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Protocol

import numpy as np
from fpdf import FPDF
from numpy.typing import NDArray

from yiji.reports.page.operators import Ink as Ink
from yiji.reports.page.operators import colour, letters, path, pen, segments, write

WHITE: Ink = (255, 255, 255)
BLACK: Ink = (20, 20, 20)
GREY: Ink = (110, 110, 110)
PALE: Ink = (224, 224, 224)
RED: Ink = (196, 22, 28)
AMBER: Ink = (192, 112, 0)


class Shape(Protocol):
    """Anything that can draw itself on the current page."""

    def draw(self, pdf: FPDF) -> None:
        """Draw on the current page."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A run of one font on its baseline, `size` in points; `angle` turns it anticlockwise about its start."""

    x: float
    y: float
    text: str
    font: str
    size: float
    ink: Ink = BLACK
    bold: bool = False
    angle: float = 0.0

    def draw(self, pdf: FPDF) -> None:
        """Draw the run; bold is the outline drawn along with the filling, for there is one weight of the font."""
        font, shown = letters(pdf, self.font, self.text)
        slope = radians(self.angle)
        along, across, x, y = cos(slope), sin(slope), self.x * pdf.k, (pdf.h - self.y) * pdf.k
        mode = f"{pen(pdf, self.ink, self.size * 0.011)} 2 Tr " if self.bold else ""
        place = f"{along:.5g} {across:.5g} {-across:.5g} {along:.5g} {x:.2f} {y:.2f} Tm"
        write(pdf, f"q {colour(self.ink, 'rg')} {mode}BT {font} {self.size:.2f} Tf {place} {shown} ET Q")


@dataclass(frozen=True, slots=True)
class Lines:
    """Straight lines of one weight (mm): each row of `ends` is x1, y1, x2, y2."""

    ends: NDArray[np.float64]
    ink: Ink
    weight: float

    def draw(self, pdf: FPDF) -> None:
        """Draw the lines."""
        if len(self.ends):
            write(pdf, f"q {pen(pdf, self.ink, self.weight)}\n{segments(pdf, self.ends)}S Q")


@dataclass(frozen=True, slots=True)
class Curve:
    """A polyline of one weight (mm): each row of `points` is x, y."""

    points: NDArray[np.float64]
    ink: Ink = BLACK
    weight: float = 0.25

    def draw(self, pdf: FPDF) -> None:
        """Draw the polyline."""
        if len(self.points):
            write(pdf, f"q {pen(pdf, self.ink, self.weight)} 1 J\n{path(pdf, self.points)}S Q")


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon: each row of `points` is x, y."""

    points: NDArray[np.float64]
    ink: Ink

    def draw(self, pdf: FPDF) -> None:
        """Draw the polygon."""
        if len(self.points):
            write(pdf, f"q {colour(self.ink, 'rg')}\n{path(pdf, self.points)}h f Q")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its outline, or its filling when `filled`."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink = BLACK
    weight: float = 0.2
    filled: bool = field(default=False)

    def draw(self, pdf: FPDF) -> None:
        """Draw the rectangle."""
        pdf.set_draw_color(*self.ink)
        pdf.set_fill_color(*self.ink)
        pdf.set_line_width(self.weight)
        pdf.rect(self.x, self.y, self.width, self.height, style="F" if self.filled else "D")


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle about its middle: its outline of `weight`, or its filling when that is 0."""

    x: float
    y: float
    radius: float
    ink: Ink = BLACK
    weight: float = 0.0

    def draw(self, pdf: FPDF) -> None:
        """Draw the disc; an outline stands on white."""
        pdf.set_draw_color(*self.ink)
        pdf.set_fill_color(*((255, 255, 255) if self.weight else self.ink))
        pdf.set_line_width(self.weight)
        pdf.circle(self.x, self.y, self.radius, style="DF" if self.weight else "F")
