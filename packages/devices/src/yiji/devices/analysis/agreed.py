"""Bounds on which two ways agree: the feet of the waves, exact where they can be seen, and the network that has learnt
from cardiologists where waves end on real paper.

A foot may be led astray by a U wave, a drift or a wave that is hardly there; the network is some milliseconds off
always, and far off hardly ever. So the foot counts while it is near the network's place.
"""

from dataclasses import replace

from yiji.devices.analysis.bounds import Bounds
from yiji.devices.analysis.median import MedianBeat
from yiji.devices.analysis.waves_median import GlobalBounds, bounds_of_median

NEAR = {"p_on": 0.030, "p_off": 0.030, "qrs_on": 0.025, "qrs_off": 0.030, "t_off": 0.045}  # s
LEAST_P = 0.03  # s


def agreed(beat: MedianBeat, own: Bounds | None) -> Bounds | None:
    """Return the bounds by the feet, with the network's in the place of those that are far from it."""
    learnt = bounds_of_median(beat.signal, beat.rate, beat.at, beat.rr)
    if own is None:
        return None
    joined = replace(own, **{name: _one(name, getattr(own, name), learnt, beat.rate) for name in NEAR})
    return joined if _in_order(joined, beat.rate) else own


def _one(name: str, foot: float | None, learnt: GlobalBounds, rate: float) -> float | None:
    place: float | None = getattr(learnt, name)
    if foot is None or place is None:
        return place if foot is None else foot
    return foot if abs(foot - place) <= NEAR[name] * rate else place


def _in_order(bounds: Bounds, rate: float) -> bool:
    if bounds.p_on is not None and bounds.p_off is not None and bounds.p_off - bounds.p_on < LEAST_P * rate:
        return False
    places = (bounds.p_on, bounds.p_off, bounds.qrs_on, bounds.qrs_off, bounds.t_off)
    known = [place for place in places if place is not None]
    return known == sorted(known)
