"""The beat that stands for the others: like beats found, aligned and averaged without the outermost, lead by lead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import Places, Signal
from yiji.devices.analysis.signals.prepare import Prepared

BEFORE, AFTER = 0.85, 0.9  # shares of the usual RR that the window takes, at most ...
MOST_BEFORE, MOST_AFTER = 0.5, 0.8  # ... so many seconds
QRS_HALF = 0.08  # s on each side of the fiducial point by which beats are compared
ALIKE = 0.9  # correlation of two beats of one kind
SHIFT = 0.03  # s, how far alignment may move a beat
MOST_BEATS = 100  # of a long recording, evenly spread
TRIMMED = 0.2  # share of the beats left out of a mean at each end, sample by sample


@dataclass(frozen=True, eq=False)
class MedianBeat:
    """`signal`: (leads, samples) in mV; `at`: the fiducial sample within it; `noise`: of the median, mV, a lead each.

    `rr`: the usual interval between beats, in s. `members`: the beats it was made of, shape (beats, leads, samples).
    `alike`: for each beat of the recording whether it is of this kind; `places`: the beats' fiducial points, aligned.
    `rest`: as `signal`, the noise that is left in it (of the same size, not the same).
    `band`: Hz, half the rate at which it was recorded.
    """

    signal: Signal
    at: int
    rate: float
    rr: float
    noise: Signal
    members: Signal
    alike: NDArray[np.bool_]
    places: Places
    rest: Signal
    band: float


def median_beat(prepared: Prepared, beats: Places, normal: NDArray[np.bool_] | None = None) -> MedianBeat | None:
    """Return the mean of the recording's most frequent kind of beat; None when no beat lies wholly inside.

    `normal`: the beats that may enter it, where something is known of them.
    """
    signal, rate = prepared.signal, prepared.rate
    allowed = np.ones(beats.size, dtype=bool) if normal is None or not normal.any() else normal
    usual = float(np.median(np.diff(beats))) if beats.size > 1 else rate
    before, after = int(min(BEFORE * usual, MOST_BEFORE * rate)), int(min(AFTER * usual, MOST_AFTER * rate))
    half, reach = int(QRS_HALF * rate), int(SHIFT * rate)
    whole = _inside(beats, max(before, half) + reach, max(after, half) + reach, signal)
    whole = whole[allowed[whole]] if allowed[whole].any() else whole
    if not whole.size:
        return None
    target = _target(signal, beats[_spread(whole)], half, reach)
    places, likeness = _aligned(signal, beats, target, half, reach)
    alike = (likeness > ALIKE) & allowed
    members = _spread(whole[alike[whole]])
    if not members.size:
        return None
    cuts = _cut(signal, places[members], before, after)
    rest, band = _rest(cuts), rate / prepared.finer / 2
    return MedianBeat(trimmed_mean(cuts), before, rate, usual / rate, noise_of(rest), cuts, alike, places, rest, band)


def trimmed_mean(cuts: Signal) -> Signal:
    """Return the mean of the beats (first axis) without the highest and lowest of each sample."""
    out = int(TRIMMED * len(cuts))
    return np.sort(cuts, axis=0)[out : len(cuts) - out].mean(axis=0)


def _rest(cuts: Signal) -> Signal:
    """Return half of what one half of the beats says otherwise than the other: nothing but noise."""
    return (cuts[::2].mean(axis=0) - cuts[1::2].mean(axis=0)) / 2 if len(cuts) > 1 else np.zeros(cuts.shape[1:])


def noise_of(rest: Signal) -> Signal:
    """Return how much noise there is, a lead each: the standard deviation, told from the median."""
    return 1.48 * np.median(np.abs(rest), axis=-1)


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
    """Return the QRS to align by: that of the beat most others are like, then the mean of those like it."""
    unit = _unit(_cut(signal, beats, half, half))
    likeness = unit @ unit.T
    target = unit[int(np.argmax((likeness > ALIKE).sum(axis=1) + likeness.mean(axis=1)))]
    places, fits = _aligned(signal, beats, target, half, reach)
    kind = fits > ALIKE
    return _unit(trimmed_mean(_cut(signal, places[kind], half, half))[None])[0] if kind.any() else target


def _aligned(
    signal: Signal, beats: Places, target: Signal, half: int, reach: int
) -> tuple[Places, NDArray[np.float64]]:
    """Move each beat, by at most `reach` samples, to where it fits the target best; return places and likeness (0..1).

    A beat that is too near an end to be compared stays where it is, with a likeness of 0.
    """
    places, likeness = beats.copy(), np.zeros(beats.size)
    inside = _inside(beats, half + reach, half + reach, signal)
    if inside.size:
        fits = _fits(_cut(signal, beats[inside], half + reach, half + reach), target.reshape(len(signal), -1))
        best = np.argmax(fits, axis=1)
        places[inside], likeness[inside] = beats[inside] + best - reach, fits.max(axis=1)
    return places, likeness


def _fits(near: Signal, shape: Signal) -> Signal:
    """Return the correlation of a shape with each of its places in longer stretches, all leads together.

    `near`: (stretches, leads, samples); `shape`: (leads, fewer samples).
    """
    width = shape.shape[1]
    places = np.lib.stride_tricks.sliding_window_view(near, width, axis=2)
    products = (places @ shape[:, :, None])[..., 0].sum(axis=1)
    sums = np.cumsum(np.concatenate([np.zeros((2, *near.shape[:2], 1)), np.stack([near, near**2])], axis=3), axis=3)
    first, second = sums[..., width:] - sums[..., :-width]
    energy = np.maximum(second - first**2 / width, 0.0).sum(axis=1)
    return products / (np.sqrt(energy) + 1e-12)
