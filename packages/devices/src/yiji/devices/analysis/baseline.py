"""What wanders beneath the beats: a smooth line through the quiet point before each QRS (after Meyer and Keiser 1977,
recalled), taken away so that the filter need not touch what is slow in the beats themselves.
"""

import numpy as np

from yiji.devices.analysis.filters import Places, Signal, low_pass, moving_mean
from yiji.devices.analysis.median import MedianBeat

SEARCH = (0.16, 0.03)  # s before the fiducial point between which the quiet point is looked for
QUIET_HZ, QUIET_SECONDS = 40.0, 0.02


def without_baseline(signal: Signal, beat: MedianBeat) -> Signal:
    """Return the signal less the line through the quiet points of its beats, lead by lead."""
    half = max(1, int(QUIET_SECONDS * beat.rate / 2))
    points = beat.places + _quiet(beat)
    points = points[(points >= half) & (points < signal.shape[1] - half)]
    if points.size < 2:
        return signal
    levels = np.stack([signal[:, point - half : point + half].mean(axis=1) for point in points])
    return signal - np.stack([_through(points, lead, signal.shape[1]) for lead in levels.T])


def _quiet(beat: MedianBeat) -> int:
    """Return where, counted from the fiducial point, all leads together are quietest before the QRS."""
    speed = np.sqrt((np.gradient(low_pass(beat.signal, beat.rate, QUIET_HZ), axis=1) ** 2).sum(axis=0))
    calm = moving_mean(speed, max(1, int(QUIET_SECONDS * beat.rate)))
    first, last = (max(0, beat.at - int(seconds * beat.rate)) for seconds in SEARCH)
    return first + int(np.argmin(calm[first : last + 1])) - beat.at


def _through(points: Places, levels: Signal, size: int) -> Signal:
    """Return a smooth curve through points (cubic, with the slope between the neighbours), level beyond the ends."""
    slopes = np.gradient(levels, points) if points.size > 2 else np.zeros(points.size)
    slopes[[0, -1]] = 0.0
    at = np.clip(np.arange(size, dtype=np.int64), points[0], points[-1])
    row = np.clip(np.searchsorted(points, at, side="right") - 1, 0, points.size - 2)
    width = (points[row + 1] - points[row]).astype(np.float64)
    share = (at - points[row]) / width
    squared, cubed = share**2, share**3
    return (
        (2 * cubed - 3 * squared + 1) * levels[row]
        + (cubed - 2 * squared + share) * width * slopes[row]
        + (3 * squared - 2 * cubed) * levels[row + 1]
        + (cubed - squared) * width * slopes[row + 1]
    )
