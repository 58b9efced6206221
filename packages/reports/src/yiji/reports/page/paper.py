"""The recording paper: a millimetre grid to true scale, calibration pulses, and the leads in their places."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content
from yiji.reports.page.frame import GRID, GRID_BOTTOM, GRID_HEIGHT, LEFT, PULSE, WIDTH
from yiji.reports.page.marks import beat_marks
from yiji.reports.page.shapes import GREY, Curve, Ink, Lines
from yiji.reports.page.trace import Window, curves, find_lead, windows
from yiji.reports.writing.template import Layout

_THIN: Ink = (250, 208, 208)
_BOLD: Ink = (236, 150, 150)
_PULSE_SECONDS = 0.2
_PULSE_MV = 1.0


def grid(canvas: Canvas) -> None:
    """Draw the sheet's paper."""
    millimetres(canvas, LEFT, GRID, WIDTH, GRID_HEIGHT)


def millimetres(canvas: Canvas, left: float, top: float, width: float, height: float) -> None:
    """Draw lines every millimetre, and bold ones every five, from the top left corner on."""
    for every, weight, ink in ((1, 0.1, _THIN), (5, 0.2, _BOLD)):
        xs, ys = left + np.arange(0, width + 1e-6, every), top + np.arange(0, height + 1e-6, every)
        upright = np.column_stack((xs, np.full_like(xs, top), xs, np.full_like(xs, top + height)))
        level = np.column_stack((np.full_like(ys, left), ys, np.full_like(ys, left + width), ys))
        canvas.add(Lines(np.vstack((upright, level)), ink, weight))


def strips(canvas: Canvas, content: Content) -> None:
    """Draw every row: its calibration pulse, its leads with their names, and marks where one lead ends."""
    layout, trace = content.template.layout, content.trace
    drawn = [
        (window, None if samples is None else curves(samples, trace.rate, window, layout))
        for window in windows(layout, trace.seconds)
        for samples in [find_lead(trace, window.lead)]
    ]
    lines = baselines(layout, _reach(layout, drawn))
    for baseline in apart(lines, _PULSE_MV * layout.gain + 0.5):
        pulse(canvas, LEFT, baseline, layout)
    above = min(9.0, GRID_HEIGHT / len(lines) / 2 - 1.5)
    for window, parts in drawn:
        _strip(canvas, content, window, parts, lines[window.row], above)
    last, parts = drawn[-1]
    if layout.marks and last.left == 0 and parts:
        beat_marks(canvas, content.body, last, layout, LEFT + PULSE, GRID_BOTTOM - 1.2)


def apart(lines: Sequence[float], least: float) -> list[float]:
    """Return the lines that stand at least so far from the one kept before, so that no pulse runs into another."""
    kept: list[float] = []
    for line in lines:
        if not kept or line - kept[-1] >= least:
            kept.append(line)
    return kept


def _reach(layout: Layout, drawn: Sequence[tuple[Window, list[NDArray[np.float64]] | None]]) -> NDArray[np.float64]:
    """Return how far each row goes above and below its baseline, in mm: shape (rows, 2)."""
    reach = np.zeros((len(layout.rows) + len(layout.rhythm), 2))
    for window, parts in drawn:
        reach[window.row] = np.maximum(reach[window.row], reach_of(parts or []))
    return reach


def reach_of(parts: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return how far polylines go above and below their baseline, in mm."""
    high = max((float(part[:, 1].max()) for part in parts), default=0.0)
    return max(high, 0.0), max(max((-float(part[:, 1].min()) for part in parts), default=0.0), 0.0)


def baselines(layout: Layout, reach: NDArray[np.float64] | None = None) -> list[float]:
    """Return the rows' baselines, on lines of the grid, the first low enough for its pulse to stay on the paper.

    They stand evenly, unless tall rows would meet (`reach`, mm above and below each) and others have room to give.
    """
    count = len(layout.rows) + len(layout.rhythm)
    half = GRID_HEIGHT / count / 2
    first = max(half, _PULSE_MV * layout.gain + 1)
    even = np.diff(np.linspace(first, GRID_HEIGHT - half, count))
    gaps = even if reach is None else _shared(even, reach[:-1, 1] + reach[1:, 0] + 1.0)
    return [GRID + round(float(y)) for y in first + np.concatenate(([0.0], np.cumsum(gaps)))]


def stacked(height: float, reach: NDArray[np.float64], first: float) -> NDArray[np.float64]:
    """Return the baselines of rows that share `height` mm, from its top, the first at least `first` below it.

    `reach` is how far each row goes above and below its baseline, shape (rows, 2). What is over is shared evenly; where
    it does not suffice, all give in proportion.
    """
    gaps = spaces(reach, first)
    over = height - gaps.sum()
    gaps = gaps + over / len(gaps) if over > 0 else gaps * (height / gaps.sum())
    return np.maximum(np.rint(np.cumsum(gaps)[:-1]), np.ceil(first))


def spaces(reach: NDArray[np.float64], first: float) -> NDArray[np.float64]:
    """Return what rows need above the first, between one another, and below the last, in mm (see `stacked`)."""
    return np.concatenate(([max(reach[0, 0] + 0.5, first)], reach[:-1, 1] + reach[1:, 0] + 1.0, [reach[-1, 1] + 0.5]))


def _shared(even: NDArray[np.float64], needed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share the height between the gaps as they need it, none less than two thirds of an even share."""
    if not even.size or (needed <= even + 1).all():
        return even
    least = even[0] * 2 / 3
    more = np.maximum(needed - least, 0.1)
    return least + more * ((even - least).sum() / more.sum())


def pulse(canvas: Canvas, left: float, baseline: float, layout: Layout) -> None:
    """Draw 1 mV for 200 ms, with a foot on either side."""
    width, height = _PULSE_SECONDS * layout.speed, _PULSE_MV * layout.gain
    foot = (PULSE - width) / 2
    x = left + np.cumsum([0, max(foot, 0), 0, width, 0, max(foot, 0)])
    y = baseline - np.array([0, 0, height, height, 0, 0])
    canvas.add(Curve(np.column_stack((x, y))))


def _strip(
    canvas: Canvas,
    content: Content,
    window: Window,
    parts: Sequence[NDArray[np.float64]] | None,
    baseline: float,
    above: float,
) -> None:
    """Draw one lead's window; `parts` is None for a lead that was not recorded."""
    left = LEFT + PULSE + window.left
    if window.left:
        canvas.line(left, max(baseline - above - 3.2, GRID), left, baseline - above + 0.6, 0.3)
    for points in parts or []:
        canvas.add(Curve(_placed(points, left, baseline)))
    y = max(baseline - above, GRID + 3.8)
    x = left + 1 + _free(parts or [], above, canvas.width(window.lead, 9.5))
    named = canvas.text(x, y, window.lead, 9.5, bold=True)
    if parts is None:
        canvas.text(x + 2 + named, y, content.word("not_recorded"), 8, ink=GREY)


def _free(parts: Sequence[NDArray[np.float64]], above: float, width: float) -> float:
    """Return how far from its strip's beginning a lead's name stands: where no tall wave is, within the first 20 mm."""
    points = np.concatenate(parts) if parts else np.empty((0, 2))
    tall = points[points[:, 1] > above - 0.5, 0]
    return next((x for x in np.arange(0.0, 20.0, 2.0).tolist() if not ((tall > x) & (tall < x + width + 2)).any()), 0.0)


def _placed(points: NDArray[np.float64], left: float, baseline: float) -> NDArray[np.float64]:
    """Move a polyline to its place; what would leave the paper runs along its edge."""
    y = np.clip(baseline - points[:, 1], GRID, GRID_BOTTOM)
    return np.column_stack((left + points[:, 0], y))
