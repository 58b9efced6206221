"""Where a wave ends on one side: each lead that shows it gives its foot, from the level at which the leads rest;
the outermost that the leads agree on is the end.
"""

import numpy as np

from yiji.devices.analysis.feet import Flank, flank_of, outermost
from yiji.devices.analysis.filters import Signal
from yiji.devices.analysis.spatial import LEAST_WAVE, NOISE_TIMES, REST_SECONDS, Waves

LEAST_SHARE = 0.2  # a wave in a lead that is lower than so much of the highest lead's is not used
LOBE = 0.15  # a second, opposite lobe belongs to the wave from so much of the first
BEYOND = 0.03  # s beyond its lowest point that a foot may still be drawn


def outwards(waves: Waves, first: int, last: int, top: int) -> float | None:
    """Return where the wave between two places ends on the right; None when no lead shows it."""
    if last - first < 4:
        return None
    leads, last = _from_rest(waves, top, last)
    part = leads[:, first : last + 1]
    heights = np.abs(part).max(axis=1)
    least = np.maximum(max(LEAST_WAVE, LEAST_SHARE * heights.max()), NOISE_TIMES * waves.noise)
    flanks: list[Flank] = []
    reach = int(BEYOND * waves.rate)
    for lead, noise, limit, height in zip(leads, waves.noise, least, heights, strict=True):
        if height >= limit:
            peak = _last_lobe(lead, first, last, limit)
            course = np.sign(lead[peak]) * lead[peak : last + reach]
            found = flank_of(course, peak, float(noise), waves.independent)
            flanks += [] if found is None else [found]
    place = outermost(flanks, waves.rate)
    return None if place is None else float(np.clip(place, top, last + reach))


def _from_rest(waves: Waves, top: int, last: int) -> tuple[Signal, int]:
    """Return the leads from the level at which they come to rest after the wave, and where; else as they are."""
    rest = waves.rest(top, last)
    if rest is None:
        return waves.leads, last
    still = waves.leads[:, rest : rest + max(1, round(REST_SECONDS * waves.rate))]
    return waves.leads - still.mean(axis=1, keepdims=True), min(last, rest)


def _last_lobe(lead: Signal, first: int, last: int, limit: float) -> int:
    """Return the top of a wave's last lobe: its highest point, or that of an opposite lobe which follows at once."""
    peak = first + int(np.argmax(np.abs(lead[first : last + 1])))
    other = -np.sign(lead[peak]) * lead[peak : last + 1]
    second = int(np.argmax(other))
    return peak + second if other[second] > max(limit, LOBE * abs(lead[peak])) else peak
