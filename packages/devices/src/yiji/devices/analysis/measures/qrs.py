"""Where the QRS begins and ends in the median beat: where all leads together come to rest on both sides."""

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.signals.filters import Signal, moving_mean, soft_low_pass

QRS_HZ = (100.0, 70.0, 45.0)  # low-passes for the QRS: the highest at which noise stays below `QUIET` of the top speed
BAND_SHARE = 0.6  # ... and that is no more than so much of what the recording's rate can carry, lest corners ring
QRS_REACH = 0.2  # s, how far from the fiducial point a QRS may reach: it may be the last part of a wide one
REST_ON, REST_OFF = 0.03, 0.05  # share of the top speed that counts as rest
NOISE_SHARE = 2.5  # times the quiet speed, as which noise moves
QUIET = 0.02
REST_SECONDS = 0.012  # how long it has to rest ...
REST_RR, SOON_RR = 0.025, 0.06  # ... and shares of RR that neither may exceed, for at fast rates T follows at once
FAST = 0.45  # share of the top speed that only a QRS has ...
SLOW_FAST, TIMES_SLOW = 0.15, 2.0  # ... or so small a share, where that is so many times faster than T ever is
NEAR = 0.06  # s after that in which the lowest speed is what rest is measured against
T_SECONDS, T_RR = 0.175, (0.33, 0.7)  # s after the QRS's begin, or shares of RR, between which T is fastest
FAR, FASTER = 0.12, 3.0  # s from the fiducial point, and how many times faster what is there must be to be the QRS
AGAIN, SOON = 0.2, 0.03  # a QRS that rests moves again by such a share within so many seconds


def qrs_bounds(beat: MedianBeat) -> tuple[float, float] | None:
    """Return where the QRS begins and ends in the median beat, in samples and parts of them; None: it never rests.

    Where something far faster is near the fiducial point, or nothing around it rests, that was another wave's.
    """
    rate, (speed, _) = beat.rate, _speed(beat, beat.at)
    near, far = (_fastest(speed, beat.at, int(reach * rate)) for reach in (NEAR, FAR))
    astray = speed[far] > FASTER * speed[near]
    return (None if astray else _around(beat, beat.at)) or _around(beat, far)


def _around(beat: MedianBeat, at: int) -> tuple[float, float] | None:
    rate, reach = beat.rate, int(QRS_REACH * beat.rate)
    speed, quiet = _speed(beat, at)
    top = _fastest(speed, at, int(NEAR * rate))
    hold = max(1, round(min(REST_SECONDS, REST_RR * beat.rr) * rate))
    soon = int(min(SOON, SOON_RR * beat.rr) * rate)
    highest, rest = float(speed[top]), (int(NEAR * rate), hold, soon)
    on = _rest(speed[max(0, at - reach) : top + 1][::-1], FAST * highest, REST_ON * highest, quiet, rest)
    if on is None:
        return None
    fast = _fast(beat, speed, top - round(on), highest)
    off = _rest(speed[top : at + reach], fast, REST_OFF * highest, quiet, rest)
    return None if off is None else (top - on, top + off)


def _fast(beat: MedianBeat, speed: Signal, begin: int, highest: float) -> float:
    """Return the speed from which on, after its begin, it can only be a QRS's: T is never so fast here.

    The last part of a right bundle branch block is slow, and as slow as a T between two of its deflections.
    """
    whole = beat.rr * beat.rate
    slow = speed[begin + int(min(T_SECONDS * beat.rate, T_RR[0] * whole)) : begin + int(T_RR[1] * whole)]
    return min(FAST * highest, max(SLOW_FAST * highest, TIMES_SLOW * float(np.max(slow, initial=0.0))))


def _fastest(speed: Signal, at: int, near: int) -> int:
    first = max(0, at - near)
    return first + int(np.argmax(speed[first : at + near]))


def _speed(beat: MedianBeat, at: int) -> tuple[Signal, float]:
    """Return how fast all leads together move, less what noise adds, and how much that is; `at`: in the QRS."""
    speed, quiet, reach = np.zeros(beat.signal.shape[1]), 0.0, int(QRS_REACH * beat.rate)
    for hertz in QRS_HZ:
        if hertz < BAND_SHARE * beat.band or hertz == QRS_HZ[-1]:
            speed, noise = (_moving(soft_low_pass(one, beat.rate, hertz)) for one in (beat.signal, beat.rest))
            quiet = float(np.median(noise))
            if quiet < QUIET * speed[max(0, at - reach) : at + reach].max():
                break
    return np.sqrt(np.maximum(speed**2 - quiet**2, 0.0)), quiet


def _moving(signal: Signal) -> Signal:
    return np.sqrt((np.gradient(signal, axis=1) ** 2).sum(axis=0))


def _rest(speed: Signal, fast: float, least: float, quiet: float, rest: tuple[int, int, int]) -> float | None:
    """Return the place from which on the speed rests: its last fall; where T follows without a rest, the lowest speed.

    `least`: what counts as rest; `rest`: samples after the last `fast` place within which it is found, how many it has
    to rest and how many more it may not rise again.
    """
    (near, hold, soon), top = rest, float(speed[0])
    first = _last_fast(speed >= fast, near)
    if speed.size - first < hold:
        return None
    floor = float(np.min(moving_mean(speed[first : first + near], hold)))
    limit = floor + max(least, NOISE_SHARE * quiet)
    rests = first + np.flatnonzero(np.convolve(speed[first:] < limit, np.ones(hold, dtype=int), "valid") == hold)
    again = max(AGAIN * top, 2 * limit)
    lasting = [place for place in rests.tolist() if not (speed[place : place + soon] > again).any()]
    if not rests.size or rests[0] > first + near:
        return float(first + int(np.argmin(speed[first : first + near])))
    place = int((lasting or rests)[0])
    return _crossing(speed, place, limit) if place else 0.0


def _last_fast(fast: NDArray[np.bool_], near: int) -> int:
    """Return the last fast place that no gap of `near` samples parts from the first."""
    places = np.flatnonzero(fast)
    gaps = np.flatnonzero(np.diff(places) > near)
    return int(places[gaps[0] if gaps.size else -1])


def _crossing(speed: Signal, place: int, limit: float) -> float:
    """Return where, just before a place, the speed falls below a limit, in parts of a sample."""
    above, below = float(speed[place - 1]) - limit, limit - float(speed[place])
    return float(place - 1 + above / max(1e-12, above + below))
