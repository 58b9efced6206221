"""Stretches of a long recording to look at: cut out of the counts, at most 250 samples a second or so."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import NO_LEVEL, Strip
from yiji.core.signal import Recording
from yiji.devices.analysis.holter.rhythm import Rhythm
from yiji.devices.analysis.holter.stream import RATE, compared
from yiji.devices.analysis.signals.filters import Signal

SECONDS = 10.0  # what a row of paper holds at 25 mm/s
HOUR = 3600
LOSS, QRS = 0.3, 0.5  # s left out around a beat; share of a beat's steepest slope that tells of another one


def stretch(recording: Recording, begin: float, end: float) -> Signal:
    """Return the samples from one moment to another in mV, shape (samples, leads), NaN where none is valid."""
    first, last = max(0, round(begin * recording.fs)), min(recording.samples, round(end * recording.fs))
    return replace(recording, counts=recording.counts[first:last]).signal


def strip(recording: Recording, rhythm: Rhythm, centre: float, leads: Sequence[int] = ()) -> Strip:
    """Return the strip around a moment, moved inwards at the ends of the recording.

    It has these leads, or those that tell shapes apart (three at most), each without its median; a sample that is
    missing is `NO_LEVEL`.
    """
    seconds = min(SECONDS, recording.seconds)
    begin = round(float(np.clip(centre - seconds / 2, 0, recording.seconds - seconds)) * recording.fs) / recording.fs
    leads = list(leads) or compared(recording)
    names, stride = recording.names or recording.leads, max(1, int(recording.fs / RATE))
    cut = stretch(recording, begin, begin + seconds)[:, leads][::stride]
    rows = slice(*np.searchsorted(rhythm.seconds, (begin, begin + seconds)))
    return Strip(
        first=begin,
        seconds=seconds,
        leads=tuple(names[lead] for lead in leads),
        rate=recording.fs / stride,
        microvolts=microvolts(cut.T),
        beats=tuple(round(float(at), 3) for at in rhythm.seconds[rows]),
        classes="".join(rhythm.labels[rows]),
    )


def hour_strips(recording: Recording, rhythm: Rhythm, readable: NDArray[np.bool_]) -> tuple[Strip, ...]:
    """Return ten seconds of every hour, of one lead: the nearest to the hour's middle that can be read throughout.

    `readable`: which seconds of which lead can be, shape (seconds, leads). Of the leads that tell shapes apart it
    is the one that can be read longest; an hour in which it cannot be read has none.
    """
    lead = max(compared(recording), key=lambda row: int(readable[:, row].sum()))
    able = readable[:, lead].astype(np.int64)
    window = min(int(SECONDS), able.size)
    whole = np.convolve(able, np.ones(window, np.int64), "valid") == window
    told: list[Strip] = []
    for first in range(0, readable.shape[0], HOUR):
        starts = np.flatnonzero(whole[first : first + HOUR])
        if starts.size:
            middle = (min(first + HOUR, able.size) - first - SECONDS) / 2
            begin = first + int(starts[np.argmin(np.abs(starts - middle))])
            told.append(strip(recording, rhythm, begin + SECONDS / 2, (lead,)))
    return tuple(told)


def microvolts(leads: Signal) -> bytes:
    """Return leads (in mV, a row each) as the contract has them, each without its median."""
    middle = np.array([np.median(lead[np.isfinite(lead)]) if np.isfinite(lead).any() else 0.0 for lead in leads])
    values = np.clip(np.rint(1000 * (leads - middle[:, None])), -32767, 32767)
    return np.where(np.isfinite(values), values, NO_LEVEL).astype("<i2").tobytes()


def hides_beat(recording: Recording, rhythm: Rhythm, row: int) -> bool:
    """Tell whether something as steep as a beat is between beat `row` and the one before it, so that it is no pause."""
    before, after = float(rhythm.seconds[row - 1]), float(rhythm.seconds[row])
    cut = stretch(recording, before - LOSS, after + LOSS)
    gap = max(1, int(0.012 * recording.fs))
    slopes: Signal = np.abs(np.nan_to_num(cut[gap:] - cut[:-gap])).max(axis=1, initial=0.0)
    at = np.arange(slopes.size, dtype=np.float64) / recording.fs + (max(0.0, before - LOSS) + gap / 2 / recording.fs)
    between = slopes[(at > before + LOSS) & (at < after - LOSS)]
    beats = [float(slopes[np.abs(at - beat) < LOSS / 2].max(initial=0.0)) for beat in (before, after)]
    return bool(between.size and between.max() > QRS * min(beats))
