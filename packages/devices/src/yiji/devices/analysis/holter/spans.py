"""Tables of a long recording: the hours, day and night, the whole; and the trends, a value a minute."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import NO_RATE, AfEpisode, HolterPause, HolterSpan
from yiji.devices.analysis.holter.rhythm import Rhythm, groups, rates
from yiji.devices.analysis.signals.filters import Places, Signal

HOUR, MINUTE = 3600, 60
DAY_HOURS = range(6, 22)

Flags = NDArray[np.bool_]


class Spans:
    """What is asked again and again of one recording, made once."""

    def __init__(self, rhythm: Rhythm, readable: Flags, pauses: Sequence[HolterPause]):
        self.rhythm, self.readable = rhythm, readable
        self.pauses = np.array([one.at for one in pauses])
        self.moments, self.rates = rates(rhythm)
        self.groups = {label: np.array(groups(rhythm, label), np.int64).reshape(-1, 2) for label in "VS"}
        self.normal = rhythm.normal

    def of(self, seconds: Flags) -> HolterSpan:
        """Return the counts of the seconds that are flagged, a flag a second of the recording."""
        beats, able = self._within(self.rhythm.seconds, seconds), seconds & self.readable
        intervals = self.rhythm.intervals[beats & self.rhythm.usable]
        normal = self.rhythm.intervals[beats & self.normal]
        paces = self.rates[self._within(self.moments, seconds)]
        return HolterSpan(
            first=float(np.argmax(seconds)),
            seconds=float(able.sum()),
            beats=int(beats.sum()),
            mean_rate=float(60 / intervals.mean()) if intervals.size else None,
            min_rate=float(paces.min()) if paces.size else None,
            max_rate=float(paces.max()) if paces.size else None,
            pauses=int(self._within(self.pauses, seconds).sum()),
            longest_rr=float(intervals.max() * 1000) if intervals.size else None,
            sdnn=float(normal.std(ddof=1) * 1000) if normal.size > 1 else None,
            artefact=float(1 - able.sum() / max(1, seconds.sum())),
            **self._ectopy("V", "ve", seconds),
            **self._ectopy("S", "sve", seconds),
        )

    def _ectopy(self, label: str, code: str, seconds: Flags) -> dict[str, int]:
        first, sizes = self.groups[label].T
        sizes = sizes[self._within(self.rhythm.seconds[first], seconds)]
        beats = (self.rhythm.labels == label) & self._within(self.rhythm.seconds, seconds)
        return {
            code: int(beats.sum()),
            f"{code}_pairs": int((sizes == 2).sum()),
            f"{code}_runs": int((sizes >= 3).sum()),
        }

    def _within(self, moments: Signal, seconds: Flags) -> Flags:
        return seconds[np.clip(moments.astype(np.int64), 0, seconds.size - 1)]

    def hours(self) -> tuple[HolterSpan, ...]:
        """Return an hour after the other, the last as long as it is."""
        rows = np.arange(self.readable.size) // HOUR
        return tuple(self.of(rows == hour) for hour in range(int(rows[-1]) + 1))

    def day_night(self, start: datetime | None) -> tuple[HolterSpan | None, HolterSpan | None]:
        """Return day (06:00-22:00 by the device's clock) and night; None for what is not in the recording."""
        if start is None:
            return None, None
        awake = np.array([(start + timedelta(seconds=int(second))).hour in DAY_HOURS for second in self._minutes()])
        flags = np.repeat(awake, MINUTE)[: self.readable.size]
        return self.of(flags) if flags.any() else None, self.of(~flags) if not flags.all() else None

    def _minutes(self) -> Places:
        return np.arange(0, self.readable.size, MINUTE)

    def rate_trends(self) -> tuple[bytes, bytes, bytes]:
        """Return mean, lowest and highest rate of every minute (int16, /min)."""
        minutes = self._minutes().size
        usable = self.rhythm.usable
        rows = _minute(self.rhythm.seconds[usable], minutes)
        sums = np.bincount(rows, self.rhythm.intervals[usable], minutes)
        means = 60 * np.bincount(rows, minlength=minutes) / np.maximum(sums, 1e-9)
        low, high = np.full(minutes, np.inf), np.zeros(minutes)
        np.minimum.at(low, _minute(self.moments, minutes), self.rates)
        np.maximum.at(high, _minute(self.moments, minutes), self.rates)
        low[~np.isfinite(low)] = NO_RATE
        return as_bytes(means), as_bytes(low), as_bytes(high)

    def artefact_trend(self) -> bytes:
        """Return the share of every minute that cannot be read (int16, per cent)."""
        sizes = np.diff(np.append(self._minutes(), self.readable.size))
        return as_bytes(100 * np.add.reduceat((~self.readable).astype(np.float64), self._minutes()) / sizes)

    def af_trend(self, episodes: Sequence[AfEpisode]) -> bytes:
        """Return the share of every minute's beats that is AF's (int16, per cent)."""
        minutes = self._minutes().size
        rows = _minute(self.rhythm.seconds, minutes)
        flags = in_episodes(self.rhythm.seconds, episodes).astype(np.float64)
        return as_bytes(100 * np.bincount(rows, flags, minutes) / np.maximum(np.bincount(rows, minlength=minutes), 1))


def in_episodes(moments: Signal, episodes: Sequence[AfEpisode]) -> Flags:
    """Tell which moments are within an episode; episodes are in the order of time."""
    begins = np.array([one.at for one in episodes])
    ends = np.array([one.at + one.seconds for one in episodes])
    return np.searchsorted(begins, moments, side="right") - np.searchsorted(ends, moments) > 0


def as_bytes(values: Signal) -> bytes:
    """Return values as little-endian 16 bit, in the order of the array."""
    return np.clip(np.rint(values), -32768, 32767).astype("<i2").tobytes()


def _minute(moments: Signal, minutes: int) -> Places:
    return np.minimum((moments / MINUTE).astype(np.int64), minutes - 1)
