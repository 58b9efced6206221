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
NEAR = 0.06  # ... and s after that in which the lowest speed is what rest is measured against
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
    on = _rest(speed[max(0, at - reach) : top + 1][::-1], REST_ON * speed[top], quiet, int(NEAR * rate), (hold, soon))
    off = _rest(speed[top : at + reach], REST_OFF * speed[top], quiet, int(NEAR * rate), (hold, soon))
    return None if on is None or off is None else (top - on, top + off)


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


def _rest(speed: Signal, least: float, quiet: float, near: int, rest: tuple[int, int]) -> float | None:
    """Return the place from which on the speed rests: its last fall.

    `least`: what counts as rest; `near`: samples after the last fast place within which it is found; `rest`: how many
    samples it has to rest and how many more it may not rise again.
    """
    (hold, soon), top = rest, float(speed[0])
    first = _last_fast(speed >= FAST * top, near)
    if speed.size - first < hold:
        return None
    floor = float(np.min(moving_mean(speed[first : first + near], hold)))
    limit = floor + max(least, NOISE_SHARE * quiet)
    rests = first + np.flatnonzero(np.convolve(speed[first:] < limit, np.ones(hold, dtype=int), "valid") == hold)
    again = max(AGAIN * top, 2 * limit)
    lasting = [place for place in rests.tolist() if not (speed[place : place + soon] > again).any()]
    if not rests.size:
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
