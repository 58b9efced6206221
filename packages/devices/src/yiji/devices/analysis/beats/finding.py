"""The beats of a recording of any length, read block by block: where they are, and what kind each is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.beats.classes import classify
from yiji.devices.analysis.beats.detect import detect, energy_of
from yiji.devices.analysis.beats.features import SIZE, leads_used, shapes_of
from yiji.devices.analysis.beats.fiducial import fiducials
from yiji.devices.analysis.signals.filters import Places, Signal

BLOCK, MARGIN = 600.0, 15.0  # s; beats within a margin are left to the block that has more around them
LEAST = 0.5  # s; less has no beat
MOST_BEATS = 10.0  # /s; the detector's candidates come no closer
FAITHFUL = 1.5  # times better must a lead show beats than the one used before to be used instead


@dataclass(frozen=True, eq=False)
class Beats:
    """`samples`: the beats' fiducial points, rising. `labels`: a letter each, the classes of ANSI/AAMI EC57 (recalled).

    N: begins as usual, bundle branch block included; S: supraventricular ectopic; V: ventricular ectopic; F: fusion of
    the two; Q: paced, or not to be told.
    """

    samples: Places
    labels: NDArray[np.str_]


def find_beats(recording: Recording) -> Beats:
    """Return the beats of a recording: one lead or more, any rate from 100 samples a second, any length.

    Nothing is found in what is flat, missing or only noise.
    """
    leads = leads_used(recording.names or recording.leads)
    places, count = [np.empty(0, np.int64)], 0
    most = min(int(recording.seconds * MOST_BEATS), recording.samples) + 16
    shapes = np.empty((most, len(leads), SIZE), np.float32)  # costs what is written
    for first, block, found in stretches(recording):
        places.append(found)
        shapes[count : count + found.size] = shapes_of(block[:, leads], found - first, recording.fs)
        count += found.size
    samples = np.concatenate(places)
    return Beats(samples, classify(shapes[:count], samples / recording.fs))


def stretches(recording: Recording) -> Iterator[tuple[int, Signal, Places]]:
    """Yield (first sample, samples in mV, the beats' places in the recording) block by block; no beat comes twice."""
    lead, margin, start = None, int(MARGIN * recording.fs), 0
    for first, block in recording.blocks(BLOCK, 2 * MARGIN):
        last = first + len(block)
        places, lead = _found(block, recording.fs, lead)
        stop = last if last == recording.samples else last - margin
        places = places + first
        yield first, block, places[(places >= start) & (places < stop)]
        start = stop


def _found(signal: Signal, rate: float, lead: int | None) -> tuple[Places, int | None]:
    """Return the beats' fiducial samples, and in which lead; the lead used before is kept unless another is better."""
    if len(signal) < rate * LEAST:
        return np.empty(0, np.int64), lead
    energy = energy_of(signal, rate)
    shares = energy.shares.copy()
    if lead is not None:
        shares[lead] *= FAITHFUL
    best = int(np.argmax(shares))
    places = detect(energy)
    return fiducials(signal[:, best], places, rate), best if places.size else lead
