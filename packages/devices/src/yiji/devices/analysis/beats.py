"""Where the heart beats: QRS detection on all usable leads together, with thresholds that follow the signal.

The steps are the classic ones (band-pass, slope, energy over a QRS's length; Pan and Tompkins 1985, recalled), but in
whole-signal form: zero-phase filters, so that nothing has to be corrected for lag.
"""

from itertools import pairwise

import numpy as np

from yiji.devices.analysis.filters import Places, Signal, band_pass, moving_mean, peaks, running_median
from yiji.devices.analysis.prepare import Prepared

QRS_BAND = (8.0, 25.0)  # Hz, where a QRS stands out of P, T and muscle
QRS_SECONDS = 0.1  # length of the energy window
REFRACTORY = 0.24  # s, no two beats come closer
BLOCK = 1.5  # s, one block's highest energy tells how high beats are there
BLOCKS = 7  # the median over so many blocks is the level
HIGH, LOW = 0.35, 0.18  # share of the level that a beat must reach; after a long pause the lower one
STANDS_OUT = 3.0  # times the median energy that beats must have; noise alone reaches 1.5, bad real recordings have 7
PAUSE = 1.6  # times the usual interval
T_SECONDS = 0.36  # a weak peak that follows a beat so closely is its T wave ...
T_SHARE = 0.5  # ... when it is lower than this share of the beat's


def find_beats(prepared: Prepared) -> Places:
    """Return the sample places of the beats (the steepest energy of each QRS), in order; none where only noise is."""
    energy = _energy(prepared)
    level = _level(energy, prepared.rate)
    found = peaks(energy, max(1, int(REFRACTORY * prepared.rate)), LOW * level)
    found = _without_t(found, energy, prepared.rate)
    strong = found[energy[found] >= HIGH * level[found]]
    beats = _with_late(strong, found, energy)
    clear = beats.size and np.median(energy[beats]) >= STANDS_OUT * np.median(energy)
    return beats if clear else beats[:0]


def _energy(prepared: Prepared) -> Signal:
    """Return the QRS energy of all leads as one signal; a lead counts by how far its beats stand out."""
    banded = band_pass(prepared.signal, prepared.rate, *QRS_BAND)
    slopes = np.gradient(banded, axis=-1) ** 2
    width = max(1, int(QRS_SECONDS * prepared.rate))
    envelopes = np.sqrt(np.maximum(moving_mean(slopes, width), 0.0))
    heights = np.array([_level(envelope, prepared.rate).mean() for envelope in envelopes]) + 1e-12
    standing_out = heights / (np.median(envelopes, axis=-1) + 1e-12)
    weights = np.minimum(standing_out, 20.0) ** 2
    return (envelopes / heights[:, None] * weights[:, None]).sum(axis=0) / weights.sum()


def _level(energy: Signal, rate: float) -> Signal:
    """Return how high beats are around each sample: block maxima, their running median, drawn through."""
    block = max(1, min(int(BLOCK * rate), energy.size))
    tops = np.array([part.max() for part in np.array_split(energy, max(1, energy.size // block))])
    smooth = running_median(tops, BLOCKS)
    centres = (np.arange(tops.size) + 0.5) * energy.size / tops.size
    return np.interp(np.arange(energy.size), centres, smooth)


def _without_t(found: Places, energy: Signal, rate: float) -> Places:
    kept: list[int] = []
    for peak in found:
        if kept and peak - kept[-1] < T_SECONDS * rate:
            if energy[peak] < T_SHARE * energy[kept[-1]]:
                continue
            if energy[kept[-1]] < T_SHARE * energy[peak]:
                kept.pop()
        kept.append(int(peak))
    return np.array(kept, dtype=np.int64)


def _with_late(strong: Places, found: Places, energy: Signal) -> Places:
    """Search back: in a gap that is long against the usual interval, take the highest of the weaker peaks."""
    if strong.size < 3:
        return strong
    usual = float(np.median(np.diff(strong)))
    added: list[int] = []
    for before, after in pairwise(strong):
        between = found[(found > before + 0.4 * usual) & (found < after - 0.4 * usual)]
        if after - before > PAUSE * usual and between.size:
            added.append(int(between[np.argmax(energy[between])]))
    return np.sort(np.concatenate([strong, np.array(added, dtype=np.int64)]))
