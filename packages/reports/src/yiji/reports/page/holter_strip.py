"""One strip of a Holter recording on millimetre paper, to scale, as high as its waves are, with its beats' classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import Strip
from yiji.reports.page.beatbox import Beat, beats_of
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, PULSE, WIDTH
from yiji.reports.page.marks import mark
from yiji.reports.page.paper import apart, millimetres, pulse, reach_of, spaces, stacked
from yiji.reports.page.shapes import Curve
from yiji.reports.page.trace import STRIP_MM, Window, curves

MOST_LEADS = 3
_LEAST, _MOST = 13.0, 22.0  # mm a lead; two of the highest stand on a sheet
_FOOT = 3.0  # for the letters below the last lead
_MARKS = ["V", "S", "F", "pace"]


@dataclass(frozen=True)
class Laid:
    """A strip laid out: where in it the paper begins (s), each lead's polylines, and how high the paper is (mm)."""

    strip: Strip
    start: float
    beats: list[Beat]
    parts: list[list[NDArray[np.float64]]]
    reach: NDArray[np.float64]
    first: float  # least room above the first baseline
    height: float


def shown_seconds(flow: Flow) -> float:
    """Return how much of a strip a row of paper holds."""
    return STRIP_MM / flow.content.template.layout.speed


def lay(flow: Flow, strip: Strip, middle: float) -> Laid:
    """Lay a strip out with a moment (s from the recording's first sample) in its middle, as far as that can be."""
    layout, room = flow.content.template.layout, shown_seconds(flow)
    start = float(np.clip(middle - strip.first - room / 2, 0.0, max(0.0, strip.seconds - room)))
    beats = beats_of(strip.leads, strip.rate, strip.microvolts)[:MOST_LEADS]
    parts: list[list[NDArray[np.float64]]] = []
    for beat in beats:
        window = Window(beat.lead, 0, 0.0, STRIP_MM, start, min(start + room, len(beat.samples) / beat.rate))
        parts.append(curves(beat.samples.astype(np.float32), beat.rate, window, layout))
    reach, first = np.array([reach_of(one) for one in parts]), layout.gain + 0.5
    needed = np.ceil(float(spaces(reach, first).sum()) + _FOOT)
    height = float(np.clip(needed, max(_LEAST * len(beats), first + _FOOT), max(_MOST * len(beats), first + _FOOT)))
    return Laid(strip, start, beats, parts, reach, min(first, height / 2), height)


def draw(flow: Flow, laid: Laid) -> None:
    """Draw a strip and go on below it; what is higher than the paper runs along its edge."""
    layout, canvas, left, height = flow.content.template.layout, flow.canvas, LEFT + PULSE, laid.height
    millimetres(canvas, LEFT, flow.y, WIDTH, height)
    lines = stacked(height - _FOOT, laid.reach, laid.first)
    for beat, parts, down in zip(laid.beats, laid.parts, lines, strict=True):
        baseline = flow.y + float(down)
        for points in parts:
            y = np.clip(baseline - points[:, 1], flow.y, flow.y + height)
            canvas.add(Curve(np.column_stack((left + points[:, 0], y))))
        canvas.text(left + 1, max(baseline - 4.5, flow.y + 3.4), beat.lead, 8, bold=True)
    for down in apart(lines.tolist(), layout.gain + 0.5):
        pulse(canvas, LEFT, flow.y + down, layout)
    _classes(flow, laid, flow.y + height - 0.8)
    flow.y += height


def _classes(flow: Flow, laid: Laid, y: float) -> None:
    """Write the class under every beat that is not normal."""
    speed = flow.content.template.layout.speed
    for at, letter in zip(laid.strip.beats, laid.strip.classes, strict=False):
        x = (at - laid.strip.first - laid.start) * speed
        if 0 <= x <= STRIP_MM:
            mark(flow.canvas, "pace" if letter == "Q" else letter, _MARKS, LEFT + PULSE + x, y)
