"""Charts over time: a frame with its ticks, lines, bands and bars in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.shapes import GREY, Area, Box, Curve, Ink, Lines
from yiji.reports.page.trace import runs

INKS: tuple[Ink, ...] = ((0, 92, 110), (192, 112, 0), (150, 40, 120), (40, 110, 40))
_EDGE: Ink = (150, 160, 166)
_FAINT: Ink = (226, 231, 234)
Series = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """A chart's place on the sheet (mm), and the values at its edges."""

    left: float
    top: float
    width: float
    height: float
    first: float
    last: float
    low: float
    high: float

    def x(self, values: Series) -> Series:
        """Return where values of the horizontal axis stand; what is off the chart stands at its edge."""
        return self.left + (np.clip(values, self.first, self.last) - self.first) / (self.last - self.first) * self.width

    def y(self, values: Series) -> Series:
        """Return where values of the vertical axis stand; what is off the chart stands at its edge."""
        share = (np.clip(values, self.low, self.high) - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - share)


def frame(
    canvas: Canvas, at: Frame, ticks: Sequence[tuple[float, str]], levels: Sequence[float], title: str = ""
) -> None:
    """Draw the edges, a line at every tick of both axes and their labels, and the title above."""
    xs, ys = at.x(np.array([tick for tick, _ in ticks])), at.y(np.array(levels, np.float64))
    upright = np.column_stack((xs, np.full_like(xs, at.top), xs, np.full_like(xs, at.top + at.height)))
    level = np.column_stack((np.full_like(ys, at.left), ys, np.full_like(ys, at.left + at.width), ys))
    canvas.add(Lines(np.vstack((upright, level)), _FAINT, 0.15))
    canvas.add(Box(at.left, at.top, at.width, at.height, _EDGE, 0.2))
    for x, (_, label) in zip(xs.tolist(), ticks, strict=True):
        canvas.text(x, at.top + at.height + 2.8, label, 6.5, ink=GREY, align="centre")
    for y, value in zip(ys.tolist(), levels, strict=True):
        canvas.text(at.left - 1, y + 0.8, f"{value:g}", 6.5, ink=GREY, align="right")
    if title:
        canvas.text(at.left, at.top - 1.2, title, 8, bold=True)


def line(canvas: Canvas, at: Frame, xs: Series, ys: Series, ink: Ink, weight: float = 0.25) -> None:
    """Draw a line through the values; where there is none (NaN) it is broken, and one alone is a dot."""
    for start, stop in runs(np.isfinite(ys)):
        x, y = at.x(xs[start:stop]), at.y(ys[start:stop])
        if len(x) == 1:
            x, y = np.array([x[0] - 0.1, x[0] + 0.1]), np.array([y[0], y[0]])
        canvas.add(Curve(np.column_stack((x, y)), ink, weight))


def band(canvas: Canvas, at: Frame, xs: Series, lows: Series, highs: Series, ink: Ink) -> None:
    """Fill what is between two lines, where both are there."""
    for start, stop in runs(np.isfinite(lows) & np.isfinite(highs)):
        x = at.x(xs[start:stop])
        up, down = np.column_stack((x, at.y(highs[start:stop]))), np.column_stack((x, at.y(lows[start:stop])))
        canvas.add(Area(np.vstack((up, down[::-1])), ink))


def bars(canvas: Canvas, at: Frame, firsts: Series, width: float, heights: Series, ink: Ink) -> None:
    """Draw bars from the chart's foot on, each from its first value of the horizontal axis on, `width` values wide."""
    foot = at.top + at.height
    for first, height in zip(firsts.tolist(), heights.tolist(), strict=True):
        if height > at.low and at.first <= first < at.last:
            x1, x2 = at.x(np.array([first, min(first + width, at.last)])).tolist()
            top = float(at.y(np.array(height)))
            canvas.add(Box(x1, top, max(x2 - x1, 0.1), foot - top, ink, filled=True))


def rounded(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round levels that hold everything from `low` to `high` between them."""
    spread = max(high - low, 1e-9)
    rough = spread / max(count - 1, 1)
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(next(one * size for one in (1, 2, 5, 10) if one * size >= rough))
    first, last = np.floor(low / step), np.ceil(high / step)
    return [number * step for number in range(int(first), int(max(last, first + 1)) + 1)]
