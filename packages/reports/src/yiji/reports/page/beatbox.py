"""One beat in a box of millimetre paper: every lead of a median beat, or of a template of beats, with its marks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import NO_LEVEL
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.paper import millimetres
from yiji.reports.page.shapes import Curve, Ink, Lines

_MARK: Ink = (0, 92, 170)
_GAINS = (20.0, 10.0, 5.0, 2.5)  # mm/mV, the largest at which everything fits
_SPEEDS = (100.0, 50.0, 25.0, 12.5)  # mm/s


@dataclass(frozen=True)
class Scale:
    """How boxes are drawn."""

    speed: float  # mm/s
    gain: float  # mm/mV


@dataclass(frozen=True)
class Beat:
    """One lead of a beat: mV, Hz, and the places (samples) of its marks."""

    lead: str
    samples: NDArray[np.float64]
    rate: float
    marks: tuple[int, ...] = ()


def beats_of(leads: Sequence[str], rate: float, microvolts: bytes, marks: tuple[int, ...] = ()) -> list[Beat]:
    """Unpack a beat's leads (int16, little-endian, leads x samples); what does not fit its leads is cut off."""
    counts = np.frombuffer(microvolts[: len(microvolts) // 2 * 2], "<i2")
    each = len(counts) // max(len(leads), 1)
    rows = np.where(counts == NO_LEVEL, np.nan, counts / 1000.0)[: each * len(leads)].reshape(len(leads), each)
    return [Beat(lead, row, rate, marks) for lead, row in zip(leads, rows, strict=True)]


def fitting(beats: Sequence[Beat], width: float, height: float, fastest: float = 50.0) -> Scale:
    """Return the largest scale at which the beats fit into boxes of `width` x `height` mm."""
    seconds = max((len(beat.samples) / beat.rate for beat in beats), default=1.0)
    seen = [beat.samples[np.isfinite(beat.samples)] for beat in beats]
    tall = max((float(np.ptp(samples)) for samples in seen if samples.size), default=1.0)
    speeds = [speed for speed in _SPEEDS if speed <= fastest and speed * seconds <= width] or [_SPEEDS[-1]]
    gains = [gain for gain in _GAINS if gain <= 10 and gain * tall <= height - 5] or [_GAINS[-1]]
    return Scale(speeds[0], gains[0])


def box(canvas: Canvas, beat: Beat, x: float, y: float, width: float, height: float, scale: Scale) -> None:
    """Draw one lead in its box, the name in the corner; what would leave the box runs along its edge."""
    millimetres(canvas, x, y, width, height)
    places = np.arange(len(beat.samples)) / beat.rate * scale.speed
    left = x + max(0.0, (width - (places[-1] if places.size else 0.0)) / 2)
    _marks(canvas, beat, left, y, height, scale)
    if places.size:
        zero = _zero(beat, y, height, scale)
        level = np.clip(zero - beat.samples * scale.gain, y, y + height)
        inside = (left + places <= x + width) & np.isfinite(beat.samples)
        canvas.add(Curve(np.column_stack((left + places, level))[inside], weight=0.3))
    canvas.text(x + 1, y + 3.4, beat.lead, 8, bold=True)


def _zero(beat: Beat, y: float, height: float, scale: Scale) -> float:
    """Return where 0 mV stands, the beat being in the middle of what is free below its name."""
    seen = beat.samples[np.isfinite(beat.samples)]
    middle = (float(seen.max()) + float(seen.min())) / 2 if seen.size else 0.0
    return y + height / 2 + 1.5 + middle * scale.gain


def _marks(canvas: Canvas, beat: Beat, left: float, y: float, height: float, scale: Scale) -> None:
    at = left + np.array(beat.marks, np.float64) / beat.rate * scale.speed
    top, bottom = np.full_like(at, y + 4), np.full_like(at, y + height)
    canvas.add(Lines(np.column_stack((at, top, at, bottom)), _MARK, 0.15))
