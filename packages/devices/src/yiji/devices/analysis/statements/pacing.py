"""Pacing spikes in the raw signal: a jump far steeper than the 24 ms around it, in two leads at once.

Needs 500 samples a second at least, and a device that has not taken the spikes out: where none is found, a pacemaker
may be at work all the same.
"""

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Trace
from yiji.devices.analysis.signals.filters import Places, Signal

LEAST_RATE = 500.0  # Hz
STEP = 0.002  # s over which a jump is measured
HIGH = 0.2  # mV, the least jump of a spike
TIMES = 4.0  # times the highest other jump around
AROUND, OWN = 0.024, 0.008  # s on each side: what "around" is, and what belongs to the spike itself
CALM, CALM_SHARE = 0.04, 0.25  # s before it in which the leads move by less than this share of the jump
LEADS = 2  # that show it together; one where there is only one
ONE_SPIKE = 0.02  # s, spikes closer together are one
VENTRICULAR, ATRIAL = (-0.15, 0.03), (-0.4, -0.15)  # s from the beat's fiducial point
MOST_SECONDS = 60.0


def pacing(trace: Trace, places: Places) -> dict[str, float]:
    """Return pace_spikes, pace_ventricular and pace_atrial; nothing where the rate is too low to tell."""
    if trace.rate < LEAST_RATE or not places.size:
        return {}
    size = int(MOST_SECONDS * trace.rate)
    found, beats = spikes(trace.samples[:, :size].astype(np.float64), trace.rate), places[places < size]
    told = {"pace_ventricular": VENTRICULAR, "pace_atrial": ATRIAL}
    shares = {name: _share(found, beats, trace.rate, span) for name, span in told.items()}
    return {"pace_spikes": float(found.size)} | shares


def spikes(signal: Signal, rate: float) -> Places:
    """Return the samples of the spikes in a signal of shape (leads, samples), mV."""
    usable = signal[np.isfinite(signal).all(axis=1)]
    if not len(usable) or signal.shape[1] < 4 * AROUND * rate:
        return np.empty(0, np.int64)
    step = max(1, round(STEP * rate))
    steps = np.abs(usable[:, step:] - usable[:, :-step])
    seen = np.stack([_stands_out(lead, rate) for lead in steps])
    together = seen.sum(axis=0) >= min(LEADS, len(usable))
    found = _apart(np.flatnonzero(together), np.where(seen, steps, 0.0).sum(axis=0), int(ONE_SPIKE * rate))
    return found[[_from_calm(usable, at, rate) for at in found]] if found.size else found


def _from_calm(signal: Signal, at: int, rate: float) -> bool:
    """Say whether the leads together moved little before a jump: inside a QRS they did not."""
    first, last, after = (at + round(seconds * rate) for seconds in (-CALM, -OWN, STEP))
    before = np.ptp(signal[:, max(0, first) : last], axis=1).sum()
    return bool(before < CALM_SHARE * np.abs(signal[:, after] - signal[:, at]).sum())


def _stands_out(steps: Signal, rate: float) -> NDArray[np.bool_]:
    """Say where a lead jumps and is far calmer just before and after: the flank of a QRS is steep for longer."""
    reach, own = int(AROUND * rate), int(OWN * rate)
    seen = np.zeros(steps.size, bool)
    high = np.flatnonzero(steps[reach:-reach] > HIGH) + reach
    for at in _apart(high, steps, own):
        others = max(steps[at - reach : at - own].max(), steps[at + own + 1 : at + reach].max())
        seen[at - own // 2 : at + own // 2 + 1] = steps[at] > TIMES * others
    return seen


def _apart(places: Places, heights: Signal, least: int) -> Places:
    """Keep the highest of those that stand together."""
    if not places.size:
        return places
    groups = np.split(places, np.flatnonzero(np.diff(places) > least) + 1)
    return np.array([group[np.argmax(heights[group])] for group in groups], np.int64)


def _share(spikes: Places, beats: Places, rate: float, span: tuple[float, float]) -> float:
    """Return the share of the beats that have a spike so far from them."""
    apart = (spikes[None, :] - beats[:, None]) / rate
    return float(np.mean(((apart >= span[0]) & (apart <= span[1])).any(axis=1)))
