"""Where a wave ends on one side: each lead that shows it gives its foot, from the level at which the leads rest.

All leads together, each as heavy as it is clear, tell the shape of the foot and where most of them end; of the leads'
own feet, drawn towards that by as much of them as is noise, the outermost is the end.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.measures.feet import Flank, flank_of, outermost
from yiji.devices.analysis.measures.spatial import LEAST_WAVE, NOISE_TIMES, REST_SECONDS, Waves
from yiji.devices.analysis.signals.filters import Signal

LEAST_SHARE = 0.2  # a wave in a lead that is lower than so much of the highest lead's is not used
LOBE = 0.15  # a second, opposite lobe belongs to the wave from so much of the first
BEYOND = 0.03  # s beyond its lowest point that a foot may still be drawn
JITTER = 0.01  # s around the middle of the leads' tops in which that of all together is
SHARED = 1.3  # times the noise that the sum of independent leads has: twelve leads come from eight
LEAST_NOISE = 1e-4  # mV
SURE = 20.0  # log odds that are certain
APART = 0.02  # s; feet of one wave lie nearer together


@dataclass(frozen=True)
class End:
    """One side of a wave: the leads' flanks, that of all together, and between which places it may end."""

    flanks: tuple[Flank, ...]
    together: Flank
    first: int
    last: int
    rate: float

    @property
    def soft(self) -> float:
        """The log odds that the foot is a cosine's and not a sine's."""
        return max(-SURE, min(SURE, (self.together.sine.misfit - self.together.cosine.misfit) / 2))

    def place(self, soft: float) -> float:
        """Return where the wave ends, by the log odds of a soft foot."""
        found = outermost(self.flanks, self.together, 1 / (1 + math.exp(soft)), self.rate)
        return float(np.clip(found, self.first, self.last))

    def rough(self, place: float) -> float:
        """Return how unlike a foot's the flank is that ends at a place, as a share of its height.

        Where single leads end long after all together, it is something else's that they show: a U wave's.
        """
        return 1.0 if place - self.together.cosine.place > APART * self.rate else self.together.rough


def end_of(waves: Waves, first: int, last: int, top: int) -> End | None:
    """Return how the wave ends on the right that has its top between two places; None when no lead shows it."""
    leads, last = _from_rest(waves, top, last)
    if last - first < 4:
        return None
    heights = np.abs(leads[:, first : last + 1]).max(axis=1)
    least = np.maximum(max(LEAST_WAVE, LEAST_SHARE * heights.max()), NOISE_TIMES * waves.noise)
    shown = np.flatnonzero(heights >= least)
    if not shown.size:
        return None
    peaks = np.array([_last_lobe(leads[row], first, last, float(least[row])) for row in shown])
    upright = leads[shown] * np.sign(leads[shown, peaks])[:, None]
    noise, until = waves.noise[shown], last + int(BEYOND * waves.rate)
    flanks = [
        flank_of(lead[peak:until], int(peak), float(own), waves.independent)
        for lead, peak, own in zip(upright, peaks, noise, strict=True)
    ]
    known = tuple(one for one in flanks if one is not None)
    together = _together(upright, peaks, noise, until, waves)
    return None if together is None or not known else End(known, together, top, until, waves.rate)


def _together(leads: Signal, peaks: NDArray[np.int64], noise: Signal, until: int, waves: Waves) -> Flank | None:
    """Return the flank of the sum of the leads, upright, each weighted by how clear its wave is."""
    noise = np.maximum(noise, LEAST_NOISE)
    weights = leads[np.arange(len(leads)), peaks] / noise**2
    course, reach = weights @ leads, max(1, round(JITTER * waves.rate))
    begin = max(0, int(np.median(peaks)) - reach)
    top = begin + int(np.argmax(course[begin : begin + 2 * reach + 1]))
    return flank_of(course[top:until], top, SHARED * float(np.linalg.norm(weights * noise)), waves.independent)


def _from_rest(waves: Waves, top: int, last: int) -> tuple[Signal, int]:
    """Return the leads from the level at which they come to rest after the wave, and where that is.

    Where they never rest, as they are, and where they are lowest.
    """
    rest = waves.rest(top, last)
    if rest is None:
        return waves.leads, waves.low(top, last)
    still = waves.leads[:, rest : rest + max(1, round(REST_SECONDS * waves.rate))]
    return waves.leads - still.mean(axis=1, keepdims=True), min(last, rest)


def _last_lobe(lead: Signal, first: int, last: int, limit: float) -> int:
    """Return the top of a wave's last lobe: its highest point, or that of an opposite lobe which follows at once."""
    peak = first + int(np.argmax(np.abs(lead[first : last + 1])))
    other = -np.sign(lead[peak]) * lead[peak : last + 1]
    second = int(np.argmax(other))
    return peak + second if other[second] > max(limit, LOBE * abs(lead[peak])) else peak
