"""Where P, QRS and T begin and end in the median beat, over all leads.

QRS: the spatial speed of the leads falls to rest on both sides. T and P: in each lead that shows the wave, its feet are
where the largest trapezium under its flank ends (Vazquez-Seisdedos et al. 2011, recalled); the global bound is a high
(for the end) or low (for the onset) quantile over those leads, so that one noisy lead does not decide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.filters import Signal, low_pass, moving_mean
from yiji.devices.analysis.median import MedianBeat

QRS_HZ, WAVE_HZ = 60.0, 25.0  # low-pass for the QRS, and for P and T
QRS_REACH = 0.16  # s, how far from the fiducial point a QRS may reach
REST_ON, REST_OFF = 0.025, 0.06  # share of the top speed that counts as rest; the ST segment may climb
REST_SECONDS = 0.012  # how long it has to rest
LEAST_WAVE = 0.03  # mV, a lower wave in a lead is not used
NOISE_TIMES = 4.0  # ... nor one lower than so many times the lead's noise
PR_REACH = 0.34  # s before the QRS in which the P wave is looked for
P_REACH, T_REACH = 0.1, 0.2
T_TOP = 0.45  # s at 60 /min, with the root of RR: the latest that the top of T may come after the QRS's middle ...
T_TOP_SHARE = 0.6  # ... and as a share of RR, so that the next P is not taken for it
P_ALIKE = 0.5  # the median beat-to-beat likeness that makes a bump a P wave
EARLY, LATE = 0.25, 0.6  # quantiles over the leads


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sample places in the median beat; None where a wave could not be found."""

    qrs_on: int
    qrs_off: int
    p_on: int | None = None
    p_off: int | None = None
    t_off: int | None = None
    t_peak: int | None = None


def find_bounds(beat: MedianBeat) -> Bounds | None:
    """Return the bounds of the median beat's waves; None when not even a QRS stands out."""
    qrs = _qrs(beat)
    if qrs is None:
        return None
    smooth = low_pass(beat.signal, beat.rate, WAVE_HZ)
    t_peak, t_off = _t_wave(beat, smooth, qrs)
    p_on, p_off = _p_wave(beat, smooth, qrs)
    return Bounds(*qrs, p_on, p_off, t_off, t_peak)


def _qrs(beat: MedianBeat) -> tuple[int, int] | None:
    rate = beat.rate
    speed = np.sqrt((np.gradient(low_pass(beat.signal, rate, QRS_HZ), axis=1) ** 2).sum(axis=0))
    speed = moving_mean(speed, max(1, round(0.004 * rate)))
    first, last = max(0, beat.at - int(QRS_REACH * rate)), min(speed.size, beat.at + int(QRS_REACH * rate))
    near = int(0.06 * rate)
    top_at = beat.at - near + int(np.argmax(speed[max(0, beat.at - near) : beat.at + near]))
    top = float(speed[top_at])
    quiet = float(np.min(moving_mean(speed, max(1, round(0.02 * rate)))[first:last]))
    hold = max(1, round(REST_SECONDS * rate))
    on = _rest(speed[first : top_at + 1][::-1] < quiet + REST_ON * top, hold)
    off = _rest(speed[top_at:last] < quiet + REST_OFF * top, hold)
    return None if on is None or off is None else (top_at - on, top_at + off)


def _rest(resting: NDArray[np.bool_], hold: int) -> int | None:
    """Return the first place from which on it rests for `hold` samples."""
    if resting.size < hold:
        return None
    whole = np.convolve(resting, np.ones(hold, dtype=int), "valid") == hold
    return int(np.argmax(whole)) if whole.any() else None


def _t_wave(beat: MedianBeat, smooth: Signal, qrs: tuple[int, int]) -> tuple[int | None, int | None]:
    rate = beat.rate
    first = qrs[1] + int(0.06 * rate)
    latest = beat.at + int(min(T_TOP * beat.rr**0.5, T_TOP_SHARE * beat.rr) * rate)
    top, seen = _tops(beat, smooth, qrs[0], first, min(latest, smooth.shape[1] - int(0.04 * rate)), int(0.06 * rate))
    ends = [_foot(lead, peak, min(peak + int(T_REACH * rate), lead.size - 1)) for lead, peak in seen]
    return (top, int(np.median(ends))) if ends else (None, None)


def _p_wave(beat: MedianBeat, smooth: Signal, qrs: tuple[int, int]) -> tuple[int | None, int | None]:
    rate = beat.rate
    first, last = max(0, qrs[0] - int(PR_REACH * rate)), qrs[0] - int(0.02 * rate)
    _, seen = _tops(beat, smooth, qrs[0], first, last, int(0.04 * rate))
    reach = int(P_REACH * rate)
    onsets = [peak - _foot(lead[: peak + 1][::-1], 0, min(reach, peak)) for lead, peak in seen]
    ends = [_crossing(lead, peak, min(peak + reach, qrs[0])) for lead, peak in seen]
    if not seen:
        return None, None
    p_on, p_off = int(np.quantile(onsets, EARLY)), int(np.quantile(ends, LATE))
    real = p_off > p_on and np.median(p_likeness(beat, p_on, p_off)) >= P_ALIKE
    return (p_on, p_off) if real else (None, None)


def _tops(
    beat: MedianBeat, smooth: Signal, qrs_on: int, first: int, last: int, near: int
) -> tuple[int, list[tuple[Signal, int]]]:
    """Find a wave between two places: its top in all leads together, and each lead that shows it, with its own top."""
    if last - first < int(0.08 * beat.rate):
        return first, []
    waves = smooth - _level(smooth, qrs_on, beat.rate)[:, None]
    top = first + int(np.argmax(np.sum(waves[:, first:last] ** 2, axis=0)))
    seen: list[tuple[Signal, int]] = []
    for lead, noise in zip(waves, beat.noise, strict=True):
        start, stop = max(first, top - near), min(last, top + near)
        peak = start + int(np.argmax(np.abs(lead[start:stop])))
        if start < peak < stop - 1 and abs(lead[peak]) > max(LEAST_WAVE, NOISE_TIMES * noise):
            seen.append((lead, peak))
    return top, seen


def p_likeness(beat: MedianBeat, p_on: int, p_off: int) -> Signal:
    """Return for each member beat how alike (-1..1) its stretch between two places is to the median beat's, all leads.

    What comes before every QRS alike is a P wave; the waves of atrial fibrillation only seem to be one in the median.
    """
    window = low_pass(beat.members, beat.rate, WAVE_HZ)[:, :, p_on : p_off + 1]
    rows = (window - window.mean(axis=2, keepdims=True)).reshape(len(window), -1)
    wave = np.median(rows, axis=0)
    return rows @ wave / (np.linalg.norm(rows, axis=1) * np.linalg.norm(wave) + 1e-12)


def _crossing(lead: Signal, peak: int, last: int) -> int:
    """Return where the tangent to the wave's steepest descent meets the level, before `last`."""
    flank = np.sign(lead[peak]) * lead[peak : last + 1]
    slope = np.gradient(flank) if flank.size > 2 else np.zeros(1)
    steepest = int(np.argmin(slope))
    if slope[steepest] >= 0:
        return last
    return min(last, peak + steepest + int(flank[steepest] / -slope[steepest]))


def _level(smooth: Signal, qrs_on: int, rate: float) -> Signal:
    """Return each lead's isoelectric level: its median over the 16 ms before the QRS."""
    return np.median(smooth[:, max(0, qrs_on - round(0.016 * rate)) : max(1, qrs_on)], axis=1)


def _foot(lead: Signal, peak: int, last: int) -> int:
    """Return where the wave that peaks at `peak` ends before `last`: the corner of the largest trapezium."""
    if last - peak < 4:
        return last
    side = np.sign(lead[peak])
    flank = side * lead[peak : last + 1]
    steepest = int(np.argmin(np.gradient(flank)))
    places = np.arange(steepest, flank.size, dtype=np.int64)
    area = (flank[steepest] - flank[places]) * (2 * (flank.size - 1) - places - steepest)
    return peak + int(places[np.argmax(area)])
