"""What wanders beneath the beats: a smooth line through their quiet stretches (after Meyer and Keiser 1977, recalled),
taken away so that the filter need not touch what is slow in the beats themselves.

Quiet is the PR segment of every beat and, where there is room, the stretch from the end of T to the next P; the second
is what a wander of half a hertz asks for at slow rates.
"""

import numpy as np

from yiji.devices.analysis.measures.bounds import Bounds
from yiji.devices.analysis.measures.median import MedianBeat, median_beat
from yiji.devices.analysis.signals.filters import Places, Signal, low_pass
from yiji.devices.analysis.signals.prepare import Prepared
from yiji.devices.analysis.signals.spline import natural

PR_SECONDS = 0.04  # at most so long before the QRS
LEAST_SECONDS = 0.012
MARGIN = 0.02  # s kept from the bounds of P and T
KNOT_SECONDS, APART = 0.06, 0.16  # s, what one knot is the mean of, and how far apart knots are
REST_HZ = 0.8  # what is slower than this in the rest is wander
P_SECONDS = 0.2  # s before a QRS in which a P may be, seen or not


def level(signal: Signal, beat: MedianBeat, bounds: Bounds) -> Signal:
    """Return the signal less what wanders: first by its quiet stretches, then by what the mean beat leaves."""
    even = _without_line(signal, beat, bounds)
    prepared = Prepared((), beat.rate, even)
    again = median_beat(prepared, beat.places, beat.alike)
    return even if again is None else _without_rest(even, again, bounds)


def _without_line(signal: Signal, beat: MedianBeat, bounds: Bounds) -> Signal:
    """Return the signal less the line through the quiet stretches of its beats, lead by lead."""
    places, spans = beat.places[beat.alike], np.diff(beat.places, append=beat.places[-1:])[beat.alike]
    first, last = _pr(beat, bounds)
    knots = np.stack([places + first, places + last], axis=1)
    knots = np.concatenate([knots, *_after_t(beat, bounds, places, spans)])
    knots = knots[(knots[:, 0] >= 0) & (knots[:, 1] < signal.shape[1])]
    knots = knots[np.argsort(knots[:, 0])]
    if len(knots) < 2:
        return signal
    sums = np.cumsum(np.concatenate([np.zeros((len(signal), 1)), signal], axis=1), axis=1)
    levels = (sums[:, knots[:, 1]] - sums[:, knots[:, 0]]) / (knots[:, 1] - knots[:, 0])
    return signal - _through(knots.mean(axis=1), levels, signal.shape[1])


def _without_rest(signal: Signal, beat: MedianBeat, bounds: Bounds) -> Signal:
    """Return the signal less what is slow in it when the mean beat is taken out wherever a beat is.

    Beats of another kind are bridged with a straight line.
    """
    rest: Signal = signal.copy()
    size = signal.shape[1]
    strange = np.zeros(size, dtype=bool)
    begin, end = _cycle(beat, bounds)
    for place, alike in zip(beat.places, beat.alike, strict=True):
        first, last = max(0, place + begin), min(size, place + end)
        if alike:
            rest[:, first:last] -= beat.signal[:, first - place + beat.at : last - place + beat.at]
        else:
            strange[first:last] = True
    known = np.flatnonzero(~strange)
    if known.size < size / 2:
        return signal
    at = np.arange(size, dtype=np.float64)
    for row in range(len(rest)) if strange.any() else ():
        rest[row] = np.interp(at, known, rest[row, known])
    return signal - low_pass(rest, beat.rate, REST_HZ)


def _cycle(beat: MedianBeat, bounds: Bounds) -> tuple[int, int]:
    """Return from where to where one beat reaches, counted from its fiducial point: no two beats meet."""
    whole = beat.rr * beat.rate
    first = bounds.p_on if bounds.p_on is not None else bounds.qrs_on - P_SECONDS * beat.rate
    last = bounds.t_off if bounds.t_off is not None else first + 0.9 * whole
    room = max(0.0, whole - (last - first)) / 2
    begin = max(0, round(first - room))
    return begin - beat.at, min(beat.signal.shape[1], begin + round(whole)) - beat.at


def _pr(beat: MedianBeat, bounds: Bounds) -> tuple[int, int]:
    """Return the quiet stretch before the QRS, counted from the fiducial point."""
    end = bounds.qrs_on - 0.002 * beat.rate
    begin = max(end - PR_SECONDS * beat.rate, bounds.p_off if bounds.p_off is not None else -np.inf)
    begin = min(begin, end - LEAST_SECONDS * beat.rate)
    return round(begin) - beat.at, round(end) - beat.at


def _after_t(beat: MedianBeat, bounds: Bounds, places: Places, spans: Places) -> list[Places]:
    """Return the knots between T and the next P of every beat that leaves room for one."""
    if bounds.t_off is None:
        return []
    rate, width = beat.rate, round(KNOT_SECONDS * beat.rate)
    before = bounds.qrs_on - P_SECONDS * rate
    if bounds.p_on is not None:
        before = min(before, bounds.p_on - MARGIN * rate)
    begin, end = round(bounds.t_off + MARGIN * rate) - beat.at, round(before) - beat.at
    found: list[Places] = []
    for place, span in zip(places, spans, strict=True):
        room = span + end - begin
        if room >= width:
            count = 1 + (room - width) // round(APART * rate)
            starts = int(place) + begin + np.arange(count, dtype=np.int64) * (room - width) // max(1, count - 1)
            found.append(np.stack([starts, starts + width], axis=1))
    return found


def _through(points: Signal, levels: Signal, size: int) -> Signal:
    """Return a smooth curve (cubic spline) through points, level beyond the ends: shape (leads, size)."""
    at = np.clip(np.arange(size, dtype=np.float64), points[0], points[-1])
    return natural(points, levels, at)
