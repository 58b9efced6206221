"""Pages after the first: what is drawn goes down the sheet, and over to the next where it does not fit."""

from dataclasses import dataclass

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import GRID_BOTTOM, LEFT
from yiji.reports.page.heading import header_bottom, heading
from yiji.reports.page.shapes import Ink

TITLE_HEIGHT = 5.4
_TEAL: Ink = (0, 92, 110)


@dataclass
class Flow:
    """A pen that knows how far down the sheet it is (mm)."""

    canvas: Canvas
    content: Content
    y: float = GRID_BOTTOM

    @property
    def left_over(self) -> float:
        """How much of the sheet is still free."""
        return GRID_BOTTOM - self.y

    def turn(self) -> None:
        """Begin the next sheet."""
        first = not self.canvas.pages
        self.canvas.page()
        heading(self.canvas, self.content, continued=not first)
        self.y = header_bottom(self.content) + 2

    def need(self, height: float) -> None:
        """Begin the next sheet where less than `height` is left."""
        if self.left_over < height:
            self.turn()

    def title(self, text: str, x: float = LEFT) -> None:
        """Write what follows' title, and go on below it."""
        self.canvas.text(x, self.y + 3.8, text, 9.5, bold=True, ink=_TEAL)
        self.y += TITLE_HEIGHT
