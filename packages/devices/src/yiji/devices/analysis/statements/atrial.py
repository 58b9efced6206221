"""What the atria do between the beats: a rate of their own, and P waves that no QRS follows.

The usual QRST is taken out of the signal beat by beat; what is left and comes again at a steady interval is the atria's
(average beat subtraction, Slocum 1985, recalled; the interval by autocorrelation, and by its double as well).
"""

from collections.abc import Iterator

import numpy as np

from yiji.core.contract.measure import MedianBeat
from yiji.devices.analysis.signals.filters import Places, Signal, band_pass
from yiji.devices.analysis.signals.prepare import Prepared

BEST = ("II", "III", "aVF", "V1")  # where the atria are seen best
BAND = (1.0, 30.0)  # Hz
BEFORE, AFTER, EDGE = 0.06, 0.45, 0.04  # s around the fiducial point that the QRST takes; how long it fades
SYSTOLE, MORE = 0.6, 1.2  # of RR: what belongs to the beat before; how much longer a beat may be than the usual
BLIND = (0.06, 0.08)  # s around it where no atrium is looked for
FAST, SLOW = (0.16, 0.3), (0.3, 1.3)  # s, the intervals of flutter (Saoudi 2001, recalled) and of other atria
SLACK = 0.01  # s that an interval may drift each time
MOST_SECONDS = 60.0
SHARE_SEEN = 0.05  # of the recording that must be seen at both ends of an interval
LONG_GAP = (1.4, 2.6)  # of the usual RR: a gap that a dropped beat leaves
ALIKE, HIGH_ENOUGH = 0.8, 0.5  # a P wave in the gap against the usual: correlation, height
T_ROOM = 0.45  # s after the beat, where T is; with the root of RR


def atria(prepared: Prepared, places: Places) -> dict[str, float]:
    """Return flutter_rate and atrial_rate, /min, each with its likeness (0..1); nothing where nothing comes again.

    The first is looked for among `FAST` intervals, whose double and triple have to come again as well, the second among
    `SLOW` ones; in sinus rhythm that is the heart's own rate.
    """
    rows = [row for row, name in enumerate(prepared.leads) if name in BEST] or list(range(len(prepared.leads)))
    rate, size = prepared.rate, int(MOST_SECONDS * prepared.rate)
    if places.size < 2:
        return {}
    usual = float(np.median(np.diff(places)))
    signal, beats = band_pass(prepared.signal[rows, :size], rate, *BAND), places[places < size]
    left, seen = _left(signal, beats, rate, BEFORE * rate, min(AFTER * rate, 0.75 * usual), EDGE)
    free, _ = _left(signal, beats, rate, MORE * (1 - SYSTOLE) * usual, MORE * SYSTOLE * usual)
    if left.shape[1] < 2.2 * SLOW[1] * rate or not seen.any():
        return {}
    alike = _alike(left, seen)
    return _steadiest("flutter", alike, FAST, 3, rate) | _steadiest("atrial", _alike(free, seen), SLOW, 2, rate)


def _steadiest(name: str, alike: Signal, between: tuple[float, float], times: int, rate: float) -> dict[str, float]:
    """Return the rate and the likeness of the interval that comes again best, up to so many times."""
    lags = np.arange(int(between[0] * rate), int(between[1] * rate), dtype=np.int64)
    least = np.min([_near(alike, n * lags, int((n - 1) * SLACK * rate)) for n in range(1, times + 1)], axis=0)
    inner = least[1:-1]
    tops = np.flatnonzero((inner > 0) & (inner > least[:-2]) & (inner >= least[2:])) + 1
    if not tops.size:
        return {}
    best = tops[np.argmax(least[tops])]
    return {f"{name}_rate": float(60 * rate / lags[best]), f"{name}_likeness": float(least[best])}


def _left(
    signal: Signal, places: Places, rate: float, before: float, after: float, fade: float = 0.0
) -> tuple[Signal, Signal]:
    """Return what is left of banded leads without the usual beat, nought around the QRS, and where it is seen (1 or 0).

    `before`, `after`: samples of each beat that are taken out, not into the next beat's; `fade`: seconds at their ends.
    """
    signal, first, last = signal.copy(), int(before), int(after)
    whole = places[(places >= first) & (places + last <= signal.shape[1])]
    seen, systole = np.ones(signal.shape[1]), int(SYSTOLE * np.median(np.diff(places)))
    if whole.size:
        usual = np.median(np.stack([signal[:, at - first : at + last] for at in whole]), axis=0)
        edge = np.minimum(np.arange(first + last), np.arange(first + last)[::-1]) + 1
        usual *= np.minimum(1.0, edge / max(1.0, fade * rate))
        for at, begin, end in _own(places, first, last, signal.shape[1]):
            signal[:, begin:end] -= usual[:, begin - at + first : end - at + first]
            seen[end : at + min(last, systole)] = 0.0  # an early beat: the T wave before it is still there
    for at in places:
        seen[max(0, at - int(BLIND[0] * rate)) : at + int(BLIND[1] * rate)] = 0.0
    return signal * seen, seen


def _own(places: Places, before: int, after: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield each beat with the stretch that is its own: at most so far, and not beyond its neighbours."""
    borders = places[:-1] + (SYSTOLE * np.diff(places)).astype(np.int64)
    for number, at in enumerate(places.tolist()):
        begin = int(borders[number - 1]) if number else 0
        end = int(borders[number]) if number < borders.size else size
        yield at, max(begin, at - before, 0), min(end, at + after, size)


def _alike(left: Signal, seen: Signal) -> Signal:
    """Return the autocorrelation over lags, each by how much is seen at both its ends; 1 at no lag."""
    size = left.shape[1]
    own = np.fft.irfft(np.abs(np.fft.rfft(left, 2 * size)) ** 2, 2 * size).sum(axis=0)[:size]
    pairs = np.fft.irfft(np.abs(np.fft.rfft(seen, 2 * size)) ** 2, 2 * size)[:size]
    likeness = own / np.maximum(pairs, SHARE_SEEN * size)
    return likeness / max(float(likeness[0]), 1e-12)


def _near(values: Signal, lags: Places, reach: int) -> Signal:
    """Return the highest value within `reach` of each lag."""
    around = lags[:, None] + np.arange(-reach, reach + 1)
    return values[np.minimum(around, values.size - 1)].max(axis=1)


def dropped(prepared: Prepared, places: Places, median: MedianBeat) -> dict[str, float]:
    """Count the P waves in long gaps that no QRS follows, and by how much PR grew before them, ms.

    A wave in the gap, after the T wave and before the P of the next beat, is one when it is like the usual P in all
    leads together. Growth is told only for one gap that has beats on both sides.
    """
    places = places[places < MOST_SECONDS * prepared.rate]
    if median.p_on is None or median.p_off is None or places.size < 3:
        return {}
    gaps = _long_gaps(places)
    if not gaps:
        return {"dropped": 0.0}
    rows = [prepared.leads.index(name) for name in median.leads if name in prepared.leads]
    size = int((MOST_SECONDS + 1) * prepared.rate)
    signal = band_pass(prepared.signal[rows, :size], prepared.rate, *BAND)
    wave = _p_wave(median)[[row for row, name in enumerate(median.leads) if name in prepared.leads]]
    return _drops(signal, wave, places, gaps, median.at - median.p_on, prepared.rate)


def _long_gaps(places: Places) -> list[int]:
    """Return which intervals are so long that a beat may have dropped out."""
    intervals = np.diff(places)
    share = intervals / np.median(intervals)
    return np.flatnonzero((share >= LONG_GAP[0]) & (share <= LONG_GAP[1])).tolist()


def _drops(signal: Signal, wave: Signal, places: Places, gaps: list[int], ahead: int, rate: float) -> dict[str, float]:
    """Look for the P wave in each gap; `ahead`: how many samples before the fiducial point it usually begins."""
    told = {"dropped": 0.0}
    t_room = int(T_ROOM * (float(np.median(np.diff(places))) * rate) ** 0.5)
    for gap in gaps:
        one, other = int(places[gap]), int(places[gap + 1])
        if _best(signal, wave, one + t_room, other - ahead - int(1.2 * wave.shape[1]))[1]:
            told["dropped"] += 1
            if 0 < gap < places.size - 2:
                told["dropped_pr_growth"] = _growth(signal, wave, one, other, ahead) / rate * 1000
    return told


def _p_wave(median: MedianBeat) -> Signal:
    signal = np.frombuffer(median.microvolts, "<i2").reshape(len(median.leads), -1) / 1000.0
    assert median.p_on is not None
    assert median.p_off is not None
    return band_pass(signal, median.rate, *BAND)[:, median.p_on : median.p_off + 1]


def _best(signal: Signal, wave: Signal, first: int, last: int) -> tuple[int, bool]:
    """Return where between two places the wave fits best, and whether it is there."""
    tries = np.arange(max(0, first), min(last, signal.shape[1] - wave.shape[1]))
    if not tries.size:
        return first, False
    size = wave.shape[1]
    cuts = np.lib.stride_tricks.sliding_window_view(signal, size, axis=1)[:, tries].transpose(1, 0, 2)
    flat = (cuts - cuts.mean(axis=2, keepdims=True)).reshape(tries.size, -1)
    target = (wave - wave.mean(axis=1, keepdims=True)).ravel()
    lengths, whole = np.linalg.norm(flat, axis=1) + 1e-12, np.linalg.norm(target) + 1e-12
    fits = flat @ target / (lengths * whole)
    best = int(np.argmax(fits))
    return int(tries[best]), bool(fits[best] >= ALIKE and lengths[best] >= HIGH_ENOUGH * whole)


def _growth(signal: Signal, wave: Signal, one: int, other: int, ahead: int) -> float:
    """Return, in samples, how much longer before its QRS the P of the beat before the gap is than of that after it."""
    reach = ahead // 2
    before, after = (_best(signal, wave, at - ahead - reach, at - ahead + reach)[0] for at in (one, other))
    return float((one - before) - (other - after))
