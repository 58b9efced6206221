"""The median beat as P and T are sought in it: smoothed, from the level before the QRS, all leads together.

Real waves do not come back to that level: a U wave follows, the PR segment lies lower, the line drifts. So a wave ends
where all leads together come to rest, at whatever level that is.
"""

from dataclasses import dataclass, replace

import numpy as np

from yiji.devices.analysis.measures.median import MedianBeat, noise_of
from yiji.devices.analysis.signals.filters import Signal, soft_low_pass

WAVE_HZ = (100.0, 60.0, 40.0)  # low-passes for P and T: the highest at which noise stays below `QUIET_MV` a lead
QUIET_MV = 0.004
LEAST_WAVE = 0.02  # mV, a lower wave in a lead is not used
NOISE_TIMES = 4.0  # ... nor one lower than so many times the lead's noise
REST_HZ = 15.0  # low-pass under which it is seen where a wave comes to rest
FLANK = 0.16  # s at 60 /min, with the root of RR: how far from its top a wave falls fastest
REST_SPEED = 0.15  # share of that speed below which it rests ...
REST_SECONDS = 0.02  # ... so long
NEAR = 0.01  # s around a place in which a rest is looked for


@dataclass(frozen=True, eq=False)
class Waves:
    """`leads`: mV from the level before the QRS, `noise`: a lead; `height` and `speed` of all leads together.

    `least`: the height, and `quiet`: the speed that noise has; `independent`: samples that are one independent value;
    `flank`: samples from a wave's top within which it falls fastest.
    """

    leads: Signal
    noise: Signal
    height: Signal
    speed: Signal
    least: float
    quiet: float
    rate: float
    independent: float
    flank: int

    def top(self, first: int, last: int) -> int | None:
        """Return where all leads together are highest between two places; None when nothing stands out."""
        if last - first < 3:
            return None
        top = first + int(np.argmax(self.height[first:last]))
        return top if self.height[top] > self.least else None

    def low(self, first: int, last: int) -> int:
        """Return where all leads together are lowest between two places."""
        return first + int(np.argmin(self.height[first : max(last, first) + 1]))

    def rest(self, top: int, last: int) -> int | None:
        """Return where all leads together come to rest after a wave's top; None when they do not before `last`."""
        hold = max(1, round(REST_SECONDS * self.rate))
        speed = self.speed[top : last + hold]
        if speed.size <= hold:
            return None
        fast = int(np.argmax(speed[: max(1, self.flank)]))
        still = speed[fast:] < REST_SPEED * speed[fast] + self.quiet
        found = np.flatnonzero(np.convolve(still, np.ones(hold, dtype=int), "valid") == hold)
        return top + fast + int(found[0]) if found.size else None

    def rests_at(self, place: float, first: float, last: float) -> bool:
        """Say whether the leads rest around a place, held against how fast they are between two others."""
        fast = float(self.speed[max(0, round(first)) : round(last)].max(initial=0.0))
        near = self.speed[max(0, round(place - NEAR * self.rate)) : round(place + NEAR * self.rate) + 1]
        return bool(near.size) and float(near.min()) < REST_SPEED * fast + self.quiet

    def turned(self) -> "Waves":
        """Return the same, run backwards."""
        return replace(self, leads=self.leads[:, ::-1], height=self.height[::-1], speed=self.speed[::-1])


def smooth(beat: MedianBeat, qrs_on: float) -> Waves:
    """Return the beat as P and T are sought in it."""
    hertz, leads, noise = smoothed(beat)
    leads = leads - level(beat.signal, qrs_on, beat.rate)[:, None]
    floor = float((noise**2).sum())
    speed, rest = (_moving(soft_low_pass(one, beat.rate, REST_HZ)) for one in (beat.signal, beat.rest))
    return Waves(
        leads=leads,
        noise=noise,
        height=np.sqrt(np.maximum((leads**2).sum(axis=0) - floor, 0.0)),
        speed=speed,
        least=max(LEAST_WAVE, NOISE_TIMES * floor**0.5 / len(leads) ** 0.25),
        quiet=float(np.median(rest)),
        rate=beat.rate,
        independent=beat.rate / (2 * hertz),
        flank=int(FLANK * beat.rate * beat.rr**0.5),
    )


def smoothed(beat: MedianBeat) -> tuple[float, Signal, Signal]:
    """Return the low-pass that P and T want, the mean beat under it, and the noise that it leaves, a lead each."""
    leads, noise, hertz = beat.signal, beat.noise, 0.0
    for hertz in WAVE_HZ:
        leads, noise = (
            soft_low_pass(beat.signal, beat.rate, hertz),
            noise_of(soft_low_pass(beat.rest, beat.rate, hertz)),
        )
        if np.sqrt((noise**2).mean()) < QUIET_MV:
            break
    return hertz, leads, noise


def level(signal: Signal, qrs_on: float, rate: float) -> Signal:
    """Return each lead's isoelectric level: its mean over the 20 ms that end 4 ms before the QRS, mV."""
    last = max(1, round(qrs_on - 0.004 * rate))
    return signal[:, max(0, last - max(1, round(0.02 * rate))) : last].mean(axis=1)


def _moving(signal: Signal) -> Signal:
    return np.sqrt((np.gradient(signal, axis=1) ** 2).sum(axis=0))
