"""Where, between its bounds, a wave stands highest over the line from bound to bound."""

import numpy as np

from yiji.devices.analysis.waves.bounds import REACH, Spots
from yiji.devices.analysis.waves.input import Input


def with_peaks(bounds: Spots, signal: Input) -> Spots:
    """Return (leads, beats, 9) of on, peak, off for P, QRS and T; NaN stays NaN.

    `bounds`: (leads, beats, 6) of on, off, as `find_bounds` returns them; `signal`: (leads, samples).
    """
    pairs = bounds.reshape(*bounds.shape[:2], 3, 2)
    on, off = pairs[..., 0], pairs[..., 1]
    return np.stack([on, np.clip(_peaks(signal, on, off), on, off), off], axis=3).reshape(*bounds.shape[:2], 9)


def _peaks(signal: Input, on: Spots, off: Spots) -> Spots:
    """Return where each stretch is farthest from the line between its ends, by a parabola through the three highest."""
    first, last = (np.nan_to_num(edge).astype(np.int64)[..., None] for edge in (np.floor(on), np.ceil(off)))
    steps = np.arange(2 * REACH)
    leads = np.arange(len(signal)).reshape(-1, 1, 1, 1)
    heights = signal[leads, np.clip(first + steps, 0, signal.shape[1] - 1)]
    ends = signal[leads, np.clip(last, 0, signal.shape[1] - 1)]
    line = heights[..., :1] + (ends - heights[..., :1]) * steps / np.maximum(last - first, 1)
    above = np.where(steps <= last - first, np.abs(heights - line), 0.0)
    top = np.clip(np.argmax(above, axis=3), 1, steps.size - 2)[..., None]
    before, at, after = (np.take_along_axis(above, top + step, axis=3)[..., 0] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * at + after, -1e-9)
    return first[..., 0] + top[..., 0] + np.clip((before - after) / (2 * bend), -0.5, 0.5)
