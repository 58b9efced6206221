"""From samples to polylines: which stretch of which lead stands where, and how few points show all of its peaks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Trace
from yiji.reports.writing.template import Layout

STRIP_MM = 250.0  # what a row shows: 10 s at 25 mm/s
NEAR_MM = 0.01
BIN_MM = 0.1  # less than half the pen's width: no eye sees two extremes within it apart


@dataclass(frozen=True)
class Window:
    """A lead's place on the grid: its row, where it begins and how long it is in mm, and its stretch of time in s."""

    lead: str
    row: int
    left: float
    length: float
    start: float
    stop: float


def windows(layout: Layout, seconds: float) -> Iterator[Window]:
    """Cut the time of a trace into the windows of a layout.

    Columns follow one another in time, so that a row is continuous. Where the trace is shorter than a row, later
    windows move back in time rather than stay empty, and so overlap (the page says so).
    """
    for row, leads in enumerate([*layout.rows, *((lead,) for lead in layout.rhythm)]):
        length = STRIP_MM / len(leads)
        span = length / layout.speed
        for column, lead in enumerate(leads):
            start = max(0.0, min(column * span, seconds - span))
            yield Window(lead, row, column * length, length, start, min(start + span, seconds))


def find_lead(trace: Trace, name: str) -> NDArray[np.float32] | None:
    """Return a lead's samples in mV, by name in any case (AVR is aVR); None where it was not recorded."""
    for number, lead in enumerate(trace.leads):
        if lead.casefold() == name.casefold() and np.isfinite(trace.samples[number]).any():
            return trace.samples[number]
    return None


def curves(samples: NDArray[np.float32], rate: float, window: Window, layout: Layout) -> list[NDArray[np.float64]]:
    """Return the polylines of a window: x in mm from the window's left edge, y in mm above the baseline.

    The baseline is the window's median, so that a lead's offset does not carry it off the paper. A gap (NaN) parts
    the line.
    """
    first, last = round(window.start * rate), round(window.stop * rate) + 1
    shown = samples[first:last].astype(np.float64)
    fine = np.isfinite(shown)
    if not fine.any():
        return []
    x = (np.arange(first, first + len(shown)) / rate - window.start) * layout.speed
    y = (shown - np.median(shown[fine])) * layout.gain
    step = max(1, int(BIN_MM * rate / layout.speed))
    parts = [start + thin(y[start:stop], step) for start, stop in runs(fine)]
    return [simplified(np.column_stack((x[kept], y[kept]))) for kept in parts]


def simplified(points: NDArray[np.float64], passes: int = 4) -> NDArray[np.float64]:
    """Leave out points that no pen shows: in each pass every second one that is within `NEAR_MM` of its chord.

    What is drawn stays within `passes` times that of the samples: 0.04 mm, a sixth of the pen.
    """
    for _ in range(passes):
        if len(points) < 3:
            break
        before, here, after = points[:-2:2], points[1:-1:2], points[2::2]
        share = (here[:, 0] - before[:, 0]) / np.maximum(after[:, 0] - before[:, 0], 1e-9)
        off = np.abs(before[:, 1] + share * (after[:, 1] - before[:, 1]) - here[:, 1])
        kept = np.ones(len(points), np.bool_)
        kept[1:-1:2] = off > NEAR_MM
        points = points[kept]
    return points


def thin(values: NDArray[np.float64], step: int) -> NDArray[np.intp]:
    """Return the indices that keep the lowest and the highest of every `step` values, and both ends."""
    count = len(values)
    if step <= 2:
        return np.arange(count)
    whole = count // step * step
    bins = values[:whole].reshape(-1, step)
    offsets = np.arange(0, whole, step)
    kept = [offsets + bins.argmin(1), offsets + bins.argmax(1), np.arange(whole, count), np.array([0, count - 1])]
    return np.unique(np.concatenate(kept)).astype(np.intp)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the (start, stop) of every unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
