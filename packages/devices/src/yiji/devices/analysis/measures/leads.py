"""The table of the leads: what the median beat shows in each, between the global bounds.

Heights are from the level before the QRS. A deflection of the QRS counts from 20 uV and 6 ms on (the least wave of CSE,
recalled), and when it stands out of the noise. Q, R, S, R' are named in the order in which they come.
"""

from itertools import pairwise

import numpy as np

from yiji.core.contract.measure import LeadMeasure
from yiji.devices.analysis.measures.bounds import Bounds
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.measures.spatial import level, smoothed
from yiji.devices.analysis.signals.filters import Signal

LEAST_MV, LEAST_SECONDS = 0.02, 0.006
NOISE_TIMES = 3.0
TOP_SECONDS = 0.006  # on each side of a QRS peak at most, through which a parabola gives its height
ST_SECONDS = 0.004  # on each side of an ST point; J's are both after it, for before it is the QRS


def lead_measures(names: tuple[str, ...], beat: MedianBeat, bounds: Bounds) -> tuple[LeadMeasure, ...]:
    """Return the table, a row a lead, in the order of `names`."""
    zero = level(beat.signal, bounds.qrs_on, beat.rate)[:, None]
    waves, smooth = beat.signal - zero, smoothed(beat)[1] - zero
    rows = zip(names, waves, smooth, beat.noise, strict=True)
    return tuple(_row(name, wave, soft, noise, bounds, beat.rate) for name, wave, soft, noise in rows)


def _row(name: str, wave: Signal, soft: Signal, noise: float, bounds: Bounds, rate: float) -> LeadMeasure:
    return LeadMeasure(
        lead=name,
        p=_highest(soft, bounds.p_on, bounds.p_off),
        t=_highest(soft, bounds.qrs_off + 0.02 * rate, bounds.t_off),
        st_j=_st(wave, bounds.qrs_off + ST_SECONDS * rate, rate),
        st_60=_st(wave, bounds.qrs_off + 0.06 * rate, rate),
        st_80=_st(wave, bounds.qrs_off + 0.08 * rate, rate),
        **_qrs(wave, noise, bounds, rate),
    )


def _highest(lead: Signal, first: float | None, last: float | None) -> float | None:
    """Return the height, with its sign, of what is farthest from the level between two places."""
    if first is None or last is None or round(last) <= round(first):
        return None
    part = lead[max(0, round(first)) : round(last) + 1]
    return round(float(part[np.argmax(np.abs(part))]), 3) if part.size else None


def _st(lead: Signal, place: float, rate: float) -> float | None:
    """Return the height around a place, which may be between samples; None beyond the beat's end."""
    half = max(1, round(ST_SECONDS * rate))
    first = int(place) - half
    near = lead[max(0, first) : first + 2 * half + 2]
    if first < 0 or near.size < 2 * half + 2:
        return None
    before, after = float(near[:-1].mean()), float(near[1:].mean())
    return round(before + (place - int(place)) * (after - before), 3)


def _qrs(lead: Signal, noise: float, bounds: Bounds, rate: float) -> dict[str, float]:
    """Return the heights and lengths of Q, R, S and R'."""
    lobes = _lobes(lead, round(bounds.qrs_on), round(bounds.qrs_off), max(LEAST_MV, NOISE_TIMES * noise), rate)
    names = ("r", "s", "r2") if lobes and lobes[0][0] > 0 else ("q", "r", "s", "r2")
    if len(lobes) == 1 and lobes[0][0] < 0:
        names = ("s",)  # QS
    told: dict[str, float] = {}
    for name, (height, samples) in zip(names, lobes, strict=False):
        told[name] = round(abs(height), 3)
        if name != "r2":
            told[f"{name}_ms"] = round(samples / rate * 1000, 1)
    return told


def _lobes(lead: Signal, first: int, last: int, least: float, rate: float) -> list[tuple[float, int]]:
    """Return the deflections (height with its sign, samples), those that are too small left out, like ones joined."""
    part = lead[first : last + 1]
    edges = [0, *(np.flatnonzero(np.diff(np.sign(part))) + 1).tolist(), part.size]
    lobes: list[tuple[float, int]] = []
    for begin, end in pairwise(edges):
        if end - begin < max(1, LEAST_SECONDS * rate):
            continue
        place = first + begin + int(np.argmax(np.abs(part[begin:end])))
        if abs(lead[place]) < least:
            continue
        height = _top(lead, place, min((end - begin) // 4, round(TOP_SECONDS * rate)))
        if lobes and lobes[-1][0] * height > 0:
            before = lobes.pop()
            lobes.append((max(before[0], height, key=abs), before[1] + end - begin))
        else:
            lobes.append((height, end - begin))
    return lobes


def _top(lead: Signal, place: int, half: int) -> float:
    """Return the height at a peak: the parabola through so many neighbours on each side, so that noise adds little."""
    half = max(1, half)
    near = lead[max(0, place - half) : place + half + 1]
    if near.size < 3:
        return float(lead[place])
    at = np.arange(near.size) - (place - max(0, place - half))
    square, slope, height = np.polyfit(at, near, 2)
    shift = -slope / (2 * square) if square else 0.0
    return float(height - square * shift**2) if abs(shift) <= half else float(height)
