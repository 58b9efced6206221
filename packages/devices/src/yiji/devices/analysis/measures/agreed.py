"""Bounds on which two ways agree: the feet of the waves, exact where they can be seen, and the network that has learnt
from cardiologists where waves end on real paper.

Where a flank runs smoothly down to its foot, the foot counts, for the network is always some milliseconds off. The
network counts for a wave that the feet did not find, for a flank that is kinked or has a tail, and against a foot that
lies too far away to belong to the same wave.
"""

from dataclasses import replace

from yiji.devices.analysis.measures.bounds import Bounds
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.measures.spatial import smooth
from yiji.devices.analysis.waves.median import GlobalBounds, bounds_of_median

NEAR_P, NEAR_T = 0.04, 0.06  # s between the two ways that are no contradiction ...
ROUGH = 0.025  # ... unless the flank is so unlike a foot's
AFTER_QRS = 0.03  # s from which on T's speed is looked at
SAME = 0.5  # share of the time that either calls P in which both do, and it is the same P


def agreed(beat: MedianBeat, own: Bounds | None) -> Bounds | None:
    """Return the bounds by the feet, amended by the network's; None without a QRS."""
    if own is None:
        return None
    learnt = bounds_of_median(beat.signal, beat.rate, beat.at, beat.rr)
    return _with_p(beat, _with_t(beat, own, learnt), learnt)


def _with_t(beat: MedianBeat, own: Bounds, learnt: GlobalBounds) -> Bounds:
    place = learnt.t_off
    if place is None or place <= own.qrs_off:
        return own
    if own.t_off is None:
        return replace(own, t_off=place)
    doubted = own.t_rough > ROUGH or own.t_off - place > NEAR_T * beat.rate
    rests = doubted and smooth(beat, own.qrs_on).rests_at(place, own.qrs_off + AFTER_QRS * beat.rate, own.t_off)
    return replace(own, t_off=place) if rests else own


def _with_p(beat: MedianBeat, own: Bounds, learnt: GlobalBounds) -> Bounds:
    before = own.t_off - beat.rr * beat.rate if own.t_off is not None else 0.0
    if learnt.p_on is None or learnt.p_off is None or not before <= learnt.p_on < learnt.p_off <= own.qrs_on:
        return own  # no place for a P
    if own.p_on is None or own.p_off is None:
        return replace(own, p_on=learnt.p_on, p_off=learnt.p_off)
    both = min(own.p_off, learnt.p_off) - max(own.p_on, learnt.p_on)
    either = max(own.p_off, learnt.p_off) - min(own.p_on, learnt.p_on)
    if both < SAME * either:
        return own
    near = 0.0 if own.p_rough > ROUGH else NEAR_P * beat.rate
    return replace(own, p_on=_nearer(own.p_on, learnt.p_on, near), p_off=_nearer(own.p_off, learnt.p_off, near))


def _nearer(foot: float, place: float, near: float) -> float:
    return foot if abs(foot - place) <= near else place
