"""Every hour's intervals in a row: from the shortest to the longest of each ten seconds.

A thin band is a regular rhythm, a broad one AF; a line down is an early beat, a line up a pause.
"""

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterSummary
from yiji.reports.page.chart import INKS, Frame, frame
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.holter_trends import series
from yiji.reports.page.shapes import GREY, Ink, Lines
from yiji.reports.writing.holter import say, when

_HOUR, _SLOT = 3600, 10
_LABEL = 14.0  # what the time takes at the left
_LOW, _HIGH = 0.2, 2.2  # s
_ROW = (5.0, 9.0)  # mm, least and most
_AXIS = 5.0
_SECOND: Ink = (200, 208, 212)  # the line at 1 s


def tachogram(flow: Flow, told: HolterSummary) -> None:
    """Draw the rows, over as many sheets as they need."""
    shortest, longest = series(told.trends.rr_shortest) / 1000, series(told.trends.rr_longest) / 1000
    each, hours = _HOUR // _SLOT, int(np.ceil(len(shortest) * _SLOT / _HOUR))
    if not hours or len(shortest) != len(longest):
        return
    _begin(flow)
    height = float(np.clip((flow.left_over - _AXIS) / hours, *_ROW))
    for hour in range(hours):
        if flow.left_over < height + _AXIS - 0.1:
            _begin(flow)
        part = slice(hour * each, (hour + 1) * each)
        last = hour == hours - 1 or flow.left_over < 2 * height + _AXIS - 0.1
        _row(flow, told, hour, np.stack((shortest[part], longest[part])), height, last)


def _begin(flow: Flow) -> None:
    flow.turn()
    flow.title(say("tachogram", flow.content.lang, low=f"{_LOW:g}", high=f"{_HIGH:g}"))
    flow.y += 1


def _row(flow: Flow, told: HolterSummary, hour: int, ends: NDArray[np.float64], height: float, labelled: bool) -> None:
    """Draw an hour; only the lowest on a sheet says where its minutes are."""
    at = Frame(LEFT + _LABEL, flow.y, WIDTH - _LABEL, height - 0.8, 0.0, float(_HOUR), _LOW, _HIGH)
    frame(flow.canvas, at, [(60.0 * minute, f"{minute} min" if labelled else "") for minute in range(0, 61, 10)], ())
    begin, one = when(told, hour * _HOUR, flow.content.zone, "%m-%d %H:%M"), float(at.y(np.array(1.0)))
    flow.canvas.text(LEFT, flow.y + height / 2 + 0.7, begin, 6.5, ink=GREY)
    flow.canvas.line(at.left, one, at.left + at.width, one, 0.15, _SECOND)
    there = np.flatnonzero(ends[0] > 0)
    x, low, high = at.x((there.astype(np.float64) + 0.5) * _SLOT), at.y(ends[0][there]), at.y(ends[1][there])
    flow.canvas.add(Lines(np.column_stack((x, low + 0.1, x, high - 0.1)), INKS[0], 0.45))
    flow.y += height
