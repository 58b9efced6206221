"""The recording paper: a millimetre grid to true scale, calibration pulses, and the leads in their places."""

import numpy as np
from numpy.typing import NDArray

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import GRID, GRID_BOTTOM, GRID_HEIGHT, LEFT, PULSE, RIGHT, WIDTH
from yiji.reports.page.shapes import GREY, Curve, Ink, Lines
from yiji.reports.page.trace import Window, curves, find_lead, windows
from yiji.reports.writing.template import Layout

_THIN: Ink = (250, 208, 208)
_BOLD: Ink = (236, 150, 150)
_PULSE_SECONDS = 0.2
_PULSE_MV = 1.0


def grid(canvas: Canvas) -> None:
    """Draw lines every millimetre, and bold ones every five."""
    for every, weight, ink in ((1, 0.1, _THIN), (5, 0.2, _BOLD)):
        xs, ys = LEFT + np.arange(0, WIDTH + 1, every), GRID + np.arange(0, GRID_HEIGHT + 1, every)
        upright = np.column_stack((xs, np.full_like(xs, GRID), xs, np.full_like(xs, GRID_BOTTOM)))
        level = np.column_stack((np.full_like(ys, LEFT), ys, np.full_like(ys, RIGHT), ys))
        canvas.add(Lines(np.vstack((upright, level)), ink, weight))


def strips(canvas: Canvas, content: Content) -> None:
    """Draw every row: its calibration pulse, its leads with their names, and marks where one lead ends."""
    layout = content.template.layout
    lines = baselines(layout)
    for baseline in lines:
        _pulse(canvas, baseline, layout)
    above = min(9.0, GRID_HEIGHT / len(lines) / 2 - 1.5)
    for window in windows(layout, content.trace.seconds):
        _strip(canvas, content, window, lines[window.row], above)


def baselines(layout: Layout) -> list[float]:
    """Return the rows' baselines, on lines of the grid, the first low enough for its pulse to stay on the paper."""
    count = len(layout.rows) + len(layout.rhythm)
    half = GRID_HEIGHT / count / 2
    first = max(half, _PULSE_MV * layout.gain + 1)
    return [GRID + round(float(y)) for y in np.linspace(first, GRID_HEIGHT - half, count)]


def _pulse(canvas: Canvas, baseline: float, layout: Layout) -> None:
    """Draw 1 mV for 200 ms, with a foot on either side."""
    width, height = _PULSE_SECONDS * layout.speed, _PULSE_MV * layout.gain
    foot = (PULSE - width) / 2
    x = LEFT + np.cumsum([0, max(foot, 0), 0, width, 0, max(foot, 0)])
    y = baseline - np.array([0, 0, height, height, 0, 0])
    canvas.add(Curve(np.column_stack((x, y))))


def _strip(canvas: Canvas, content: Content, window: Window, baseline: float, above: float) -> None:
    left = LEFT + PULSE + window.left
    if window.left:
        canvas.line(left, baseline - above - 3.2, left, baseline - above + 0.6, 0.3)
    samples = find_lead(content.trace, window.lead)
    for points in [] if samples is None else curves(samples, content.trace.rate, window, content.template.layout):
        canvas.add(Curve(_placed(points, left, baseline)))
    named = canvas.text(left + 1, baseline - above, window.lead, 9.5, bold=True)
    if samples is None:
        canvas.text(left + 3 + named, baseline - above, content.word("not_recorded"), 8, ink=GREY)


def _placed(points: NDArray[np.float64], left: float, baseline: float) -> NDArray[np.float64]:
    """Move a polyline to its place; what would leave the paper runs along its edge."""
    y = np.clip(baseline - points[:, 1], GRID, GRID_BOTTOM)
    return np.column_stack((left + points[:, 0], y))
