"""From the network's probabilities to bounds: which stretch is whose wave, and where between the samples it ends.

Whether a wave is there is decided for all leads together; where it begins and ends in a lead, by that lead alone.
"""

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.waves.network import Activity

Track = NDArray[np.float32]  # (samples,): how likely one wave is there
Spots = NDArray[np.float64]  # samples, with fractions; NaN where a wave is not there
P, QRS, T = 1, 2, 3
LEAST_P = (0.2, 0.7)  # a P wave's highest mean probability, at least, when beats are regular and when they are not
IRREGULAR = 0.1  # median change from one RR to the next, as a share of RR: P waves are unlikely (fibrillation)
LEAST_T, LEAST_QRS = 0.15, 0.35
LEAST_HERE = 0.03  # in the lead itself
NEAR = {P: 20, QRS: 30, T: 40}  # samples a lead's highest probability may be from that of all leads
REACH = 150  # samples from there to a bound, at most
HALF = {P: 0.4, QRS: 0.5, T: 0.5}  # share of the highest probability at which a wave begins and ends
BEAT_LEAST, BEAT_APART = 0.35, 45  # mean probability that makes a beat; samples between two, at least


def find_spots(probabilities: Activity) -> Spots:
    """Return where QRS complexes have their middle, all leads together; takes what `network.probabilities` returns."""
    track = probabilities[:, :, QRS].mean(axis=0)
    change = np.diff((track >= BEAT_LEAST).astype(np.int8), prepend=0, append=0)
    found: list[tuple[float, float]] = []  # (middle, weight)
    for start, stop in zip(np.flatnonzero(change > 0), np.flatnonzero(change < 0), strict=True):
        part: Track = track[start:stop]
        weight = float(np.sum(part))
        one = (float(start + part @ np.arange(part.size) / weight), weight)
        if found and one[0] - found[-1][0] < BEAT_APART:
            one = max(one, found.pop(), key=lambda beat: beat[1])
        found.append(one)
    return np.array([middle for middle, _ in found])


def find_bounds(probabilities: Activity, spots: Spots) -> Spots:
    """Return (leads, beats, 6): P on, P off, QRS on, QRS off, T on, T off in samples; NaN where absent.

    `probabilities`: (leads, samples, 4); `spots`: the beats' places, in order.
    """
    if not len(spots):
        return np.empty((len(probabilities), 0, 6))
    tops = _tops(probabilities.mean(axis=0).T, spots)
    waves = [_in_lead(probabilities[:, :, kind], tops[:, kind - 1], kind) for kind in (P, QRS, T)]
    return np.stack([_in_order(lead) for lead in np.concatenate(waves, axis=2)])


def _tops(tracks: Activity, spots: Spots) -> Spots:
    """Return (beats, 3): where P, QRS and T are likeliest in all leads together; NaN where they are not likely."""
    out = np.full((len(spots), 3), np.nan)
    out[:, 1] = [_top(tracks[QRS], spot - NEAR[QRS], spot + NEAR[QRS], LEAST_QRS) for spot in spots]
    own = _in_lead(tracks[None, QRS], out[:, 1], QRS)[0]
    ends = np.where(np.isnan(own), spots[:, None], own)
    least_p, before = LEAST_P[int(_irregular(spots))], 0.0
    for row, (on, off) in enumerate(ends):
        until = ends[row + 1, 0] if row + 1 < len(spots) else tracks.shape[1]
        out[row, 0] = _top(tracks[P], before, on, least_p)
        out[row, 2] = _top(tracks[T], off, until, LEAST_T)
        before = np.nanmax([off, out[row, 2]])
    out[np.isnan(out[:, 1])] = np.nan  # not a beat
    return out


def _irregular(spots: Spots) -> bool:
    intervals = np.diff(spots)
    return intervals.size > 2 and bool(np.median(np.abs(np.diff(intervals)) / intervals[1:]) > IRREGULAR)


def _in_lead(track: Activity, tops: Spots, kind: int) -> Spots:
    """Return (leads, beats, 2) of a wave's bounds, sought in each lead near where all leads together have it.

    `track`: (leads, samples), how likely the wave is; `tops`: (beats,), NaN where it is not there.
    """
    leads, last = np.arange(len(track))[:, None], track.shape[1] - 1
    around = np.clip(np.nan_to_num(tops)[:, None].astype(np.int64) + np.arange(-NEAR[kind], NEAR[kind] + 1), 0, last)
    best = np.argmax(track[:, around], axis=2)
    top = np.take_along_axis(around[None], best[:, :, None], axis=2)[:, :, 0]
    high = track[leads, top]
    there = (high >= LEAST_HERE) & ~np.isnan(tops)
    sides = [top + way * _reach(track, top, HALF[kind] * high, way) for way in (-1, 1)]
    return np.where(there[:, :, None], np.clip(np.stack(sides, axis=2), 0, last), np.nan)


def _reach(track: Activity, top: NDArray[np.int64], level: Track, way: int) -> Spots:
    """Return how far from its top, backwards or forwards, a track falls to a level, between samples."""
    places = np.clip(top[:, :, None] + way * np.arange(REACH), 0, track.shape[1] - 1)
    heights = track[np.arange(len(track))[:, None, None], places]
    below = heights < level[:, :, None]
    at = np.maximum(np.argmax(below, axis=2), 1)[:, :, None]
    over, under = (np.take_along_axis(heights, at - step, axis=2)[:, :, 0] for step in (1, 0))
    share = (over - level) / np.maximum(over - under, 1e-6)
    return np.where(below.any(axis=2), at[:, :, 0] - 1 + share, REACH)


def _in_order(bounds: Spots) -> Spots:
    """Let no wave of a lead, (beats, 6), begin before the one before it has ended: both then meet half-way."""
    flat = bounds.reshape(-1).copy()
    there = np.flatnonzero(~np.isnan(flat))
    inner = there[1:-1].reshape(-1, 2)  # the end of each wave and the beginning of the next
    late = flat[inner[:, 0]] > flat[inner[:, 1]]
    flat[inner[late]] = flat[inner[late]].mean(axis=1, keepdims=True)
    flat[there] = np.maximum.accumulate(flat[there])  # where waves crowd in mere noise
    return flat.reshape(bounds.shape)


def _top(track: Track, first: float, last: float, least: float) -> float:
    """Return where between two places a track is highest; NaN if it is not high enough there."""
    start, stop = max(0, int(np.ceil(first))), min(track.size, int(np.ceil(last)))
    if stop - start < 3:
        return np.nan
    top = start + int(np.argmax(track[start:stop]))
    return top if track[top] >= least else np.nan
