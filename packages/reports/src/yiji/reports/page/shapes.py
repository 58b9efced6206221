"""What is drawn on a page: small frozen shapes in millimetres from the top left corner, each able to draw itself."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from fpdf import FPDF
from fpdf.enums import TextMode
from numpy.typing import NDArray

Ink = tuple[int, int, int]

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
        mode = TextMode.FILL_STROKE if self.bold else TextMode.FILL
        with pdf.local_context(text_color=self.ink, draw_color=self.ink, text_mode=mode):
            pdf.set_line_width(self.size * 0.025)
            pdf.set_font(self.font, size=self.size)
            with pdf.rotation(self.angle, self.x, self.y):
                pdf.text(self.x, self.y, self.text)


@dataclass(frozen=True, slots=True)
class Lines:
    """Straight lines of one weight (mm): each row of `ends` is x1, y1, x2, y2."""

    ends: NDArray[np.float64]
    ink: Ink
    weight: float

    def draw(self, pdf: FPDF) -> None:
        """Draw the lines."""
        pdf.set_draw_color(*self.ink)
        pdf.set_line_width(self.weight)
        for x1, y1, x2, y2 in self.ends.tolist():
            pdf.line(x1, y1, x2, y2)


@dataclass(frozen=True, slots=True)
class Curve:
    """A polyline of one weight (mm): each row of `points` is x, y."""

    points: NDArray[np.float64]
    ink: Ink = BLACK
    weight: float = 0.25

    def draw(self, pdf: FPDF) -> None:
        """Draw the polyline."""
        pdf.set_draw_color(*self.ink)
        pdf.set_line_width(self.weight)
        pdf.polyline([(x, y) for x, y in self.points.tolist()])


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
