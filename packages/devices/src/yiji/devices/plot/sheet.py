"""The geometry of a plot in millimetres: 25 mm a second, 10 mm a millivolt, one lead under the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording

MM_A_SECOND, MM_A_MILLIVOLT = 25.0, 10.0
LEFT, RIGHT, TOP = 15.0, 5.0, 5.0  # mm around the leads; left of them stand names and calibration pulses
_LEAST, _MOST = 20, 60  # mm a lead takes
_PULSE = (2.0, 5.0)  # mm before and on the calibration pulse

Line = list[tuple[float, float]]  # points in mm, y downwards


@dataclass(frozen=True)
class Row:
    """One lead: its name, where 0 mV lies, its lines (one for each stretch without a gap)."""

    name: str
    zero: float
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """What is drawn. `marks`: (x, letter) of each beat; `foot`: the scale, in words."""

    width: float
    height: float
    rows: tuple[Row, ...]
    marks: tuple[tuple[float, str], ...]
    foot: str


def sheet(part: Recording, beats: Iterable[tuple[float, str]] = ()) -> Sheet:
    """Lay out a stretch; `beats`: (seconds from its beginning, letter)."""
    signal, y, rows = part.signal, TOP, list[Row]()
    for name, lead in zip(part.names or part.leads, signal.T, strict=True):
        low, high = _range(lead)
        height = min(_MOST, max(_LEAST, 5 * ceil((high - low) * MM_A_MILLIVOLT / 5) + 5))
        middle = (low + high) / 2 * MM_A_MILLIVOLT
        zero = y + height / 2 + max(-height, min(height, middle))
        rows.append(Row(name, zero, tuple(_lines(lead, part.fs, zero))))
        y += height
    width = LEFT + part.seconds * MM_A_SECOND + RIGHT
    marks = tuple((LEFT + at * MM_A_SECOND, letter) for at, letter in beats)
    return Sheet(width, y + TOP, tuple(rows), marks, "25 mm/s  10 mm/mV")


def pulse(zero: float) -> Line:
    """Return the calibration pulse of 1 mV, left of a lead."""
    before, on = _PULSE
    top, left = zero - MM_A_MILLIVOLT, LEFT - before * 2 - on
    return [(left, zero), (left + before, zero), (left + before, top), (left + before + on, top), (LEFT - before, zero)]


def _range(lead: NDArray[np.float64]) -> tuple[float, float]:
    valid = lead[np.isfinite(lead)]
    return (float(valid.min()), float(valid.max())) if valid.size else (0.0, 0.0)


def _lines(lead: NDArray[np.float64], fs: float, zero: float) -> Iterator[Line]:
    x = LEFT + np.arange(lead.size) / fs * MM_A_SECOND
    y = zero - lead * MM_A_MILLIVOLT
    edges = np.flatnonzero(np.diff(np.isfinite(lead).astype(np.int8), prepend=0, append=0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield list(zip(x[first:last].tolist(), y[first:last].tolist(), strict=True))
