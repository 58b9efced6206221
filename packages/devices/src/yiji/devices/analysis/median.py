"""The beat that stands for the others: like beats found, aligned and averaged by their median, lead by lead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.filters import Places, Signal
from yiji.devices.analysis.prepare import Prepared

BEFORE, AFTER = 0.5, 0.75  # shares of the usual RR that the window takes, at most ...
MOST_BEFORE, MOST_AFTER = 0.45, 0.65  # ... so many seconds
QRS_HALF = 0.08  # s on each side of the fiducial point by which beats are compared
ALIKE = 0.9  # correlation of two beats of one kind
SHIFT = 0.03  # s, how far alignment may move a beat
MOST_BEATS = 400  # of a long recording, evenly spread


@dataclass(frozen=True, eq=False)
class MedianBeat:
    """`signal`: (leads, samples) in mV; `at`: the fiducial sample within it; `noise`: of the median, mV, a lead each.

    `rr`: the usual interval between beats, in s. `members`: the beats it was made of, shape (beats, leads, samples).
    `alike`: for each beat of the recording whether it is of this kind; `places`: the beats' fiducial points, aligned.
    """

    signal: Signal
    at: int
    rate: float
    rr: float
    noise: Signal
    members: Signal
    alike: NDArray[np.bool_]
    places: Places


def median_beat(prepared: Prepared, beats: Places) -> MedianBeat | None:
    """Return the median of the recording's most frequent kind of beat; None when no beat lies wholly inside."""
    signal, rate = prepared.signal, prepared.rate
    usual = float(np.median(np.diff(beats))) if beats.size > 1 else rate
    before, after = int(min(BEFORE * usual, MOST_BEFORE * rate)), int(min(AFTER * usual, MOST_AFTER * rate))
    half, reach = int(QRS_HALF * rate), int(SHIFT * rate)
    whole = _inside(beats, before + reach, after + reach, signal)
    if not whole.size:
        return None
    target = _target(signal, beats[_spread(whole)], half, reach)
    places, likeness = _aligned(signal, beats, target, half, reach)
    alike = likeness > ALIKE
    members = _spread(whole[alike[whole]])
    if not members.size:
        return None
    cuts = _cut(signal, places[members], before, after)
    median = np.median(cuts, axis=0)
    spread = 1.48 * np.median(np.abs(cuts - median), axis=(0, 2)) if members.size > 1 else np.zeros(len(median))
    return MedianBeat(median, before, rate, usual / rate, spread / np.sqrt(members.size), cuts, alike, places)


def _inside(beats: Places, before: int, after: int, signal: Signal) -> Places:
    """Return which beats have so many samples around them."""
    return np.flatnonzero((beats >= before) & (beats < signal.shape[1] - after))


def _spread(rows: Places) -> Places:
    """Return at most `MOST_BEATS` of the rows, evenly spread."""
    return rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, MOST_BEATS)).astype(int))]


def _cut(signal: Signal, places: Places, before: int, after: int) -> Signal:
    """Return the stretches around places: shape (places, leads, before + after)."""
    return np.stack([signal[:, place - before : place + after] for place in places])


def _unit(rows: Signal) -> Signal:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    flat = centred.reshape(len(rows), -1)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-12)


def _target(signal: Signal, beats: Places, half: int, reach: int) -> Signal:
    """Return the QRS to align by: that of the beat most others are like, then the median of those like it."""
    unit = _unit(_cut(signal, beats, half, half))
    likeness = unit @ unit.T
    target = unit[int(np.argmax((likeness > ALIKE).sum(axis=1) + likeness.mean(axis=1)))]
    places, fits = _aligned(signal, beats, target, half, reach)
    kind = fits > ALIKE
    return _unit(np.median(_cut(signal, places[kind], half, half), axis=0)[None])[0] if kind.any() else target


def _aligned(
    signal: Signal, beats: Places, target: Signal, half: int, reach: int
) -> tuple[Places, NDArray[np.float64]]:
    """Move each beat, by at most `reach` samples, to where it fits the target best; return places and likeness (0..1).

    A beat that is too near an end to be compared stays where it is, with a likeness of 0.
    """
    places, likeness = beats.copy(), np.zeros(beats.size)
    for row in _inside(beats, half + reach, half + reach, signal):
        tries = beats[row] + np.arange(-reach, reach + 1)
        fits = _unit(_cut(signal, tries, half, half)) @ target
        places[row], likeness[row] = tries[int(np.argmax(fits))], fits.max()
    return places, likeness
