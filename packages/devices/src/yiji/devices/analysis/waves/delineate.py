"""Where P, QRS and T begin, peak and end, beat by beat in each lead by itself: the library's door.

A small network (`network`) says for each sample what it belongs to, in blocks, so that memory is bounded; where the
probability passes its half, between the samples, is the bound (`bounds`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.waves.bounds import find_bounds, find_spots
from yiji.devices.analysis.waves.input import RATE, SHORTEST, Signal, prepare
from yiji.devices.analysis.waves.median import GlobalBounds, bounds_of_median
from yiji.devices.analysis.waves.network import probabilities
from yiji.devices.analysis.waves.peaks import with_peaks

__all__ = ["COLUMNS", "Delineation", "GlobalBounds", "bounds_of_median", "delineate"]

COLUMNS = ("p_on", "p_peak", "p_off", "qrs_on", "r_peak", "qrs_off", "t_on", "t_peak", "t_off")
Places = NDArray[np.int64]
BLOCK, MARGIN = 60.0, 5.0  # s; what lies within the margin of a block's end is read again in the next block


class HasSamples(Protocol):
    """Beats, as `find_beats` returns them."""

    @property
    def samples(self) -> Places:
        """Where the beats are, in order."""
        ...


@dataclass(frozen=True, eq=False)
class Delineation:
    """`beats`: the sample of each beat; `leads`: for each lead, named as in the file, an array (beats, 9).

    Its columns are `COLUMNS`, in samples from 0; -1 where a wave is not there.
    """

    beats: Places
    leads: dict[str, Places]

    def __getitem__(self, lead: str) -> Places:
        """Return one lead's (beats, 9); `KeyError` if it is not there."""
        return self.leads[lead]


def delineate(recording: Recording, beats: HasSamples | None = None) -> Delineation:
    """Return the bounds and peaks of the waves of each beat, each lead by itself.

    `beats`: whose waves; None: the network finds the QRS complexes itself, in all leads together. Any rate from 100 Hz,
    any number of leads; gaps (NaN), flat and short leads have no waves. Memory is bounded by the block, not the length.
    """
    given = None if beats is None else beats.samples
    found = list(_parts(recording, given))
    places = np.concatenate([np.empty(0, np.int64), *(one for one, _ in found)])
    table = np.concatenate([np.empty((len(recording.leads), 0, 9), np.int64), *(rows for _, rows in found)], axis=1)
    return Delineation(places, dict(zip(recording.leads, table, strict=True)))


def _parts(recording: Recording, given: Places | None) -> Iterator[tuple[Places, Places]]:
    """Yield the beats and the table (leads, beats, 9) of one stretch after the other; seams lie between beats."""
    done, margin = 0, int(MARGIN * recording.fs)
    for first, block in recording.blocks(BLOCK, 2 * MARGIN):
        last = first + len(block)
        near = None if given is None else given[(given >= first) & (given < last)] - first
        places, table = _waves(block.T, recording.fs, near)
        until = last if last == recording.samples else last - margin
        own, later = (places + first >= done) & (places + first < until), places[places + first >= until] + first
        yield places[own] + first, np.where(table[:, own] < 0, -1, table[:, own] + first)
        before = places[own][-1] + first if own.any() else done
        done = int(before + later[0]) // 2 if later.size else until


def _waves(block: Signal, fs: float, beats: Places | None) -> tuple[Places, Places]:
    """Return the beats of a block (leads, samples), those given or those found, and the table (leads, beats, 9)."""
    if block.shape[1] < SHORTEST * fs:
        beats = np.empty(0, np.int64) if beats is None else beats
        return beats, np.full((len(block), len(beats), 9), -1, np.int64)
    scale, signal = fs / RATE, prepare(block, fs)
    likely = probabilities(signal)
    spots = find_spots(likely) if beats is None else beats / scale
    table = with_peaks(find_bounds(likely, spots), signal) * scale
    places = np.rint(spots * scale).astype(np.int64) if beats is None else beats
    whole = np.minimum(np.rint(np.nan_to_num(table, nan=-1.0)), block.shape[1] - 1).astype(np.int64)
    return places, whole
