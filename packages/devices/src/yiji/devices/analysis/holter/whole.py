"""The analysis of a long (Holter) recording: beats once, one pass over the signal, then tables, episodes and strips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import AfEpisode, HolterSummary
from yiji.core.contract.measure import Measurement
from yiji.core.contract.patient import PatientBrief
from yiji.core.signal import Recording
from yiji.devices.analysis.beats.finding import find_beats
from yiji.devices.analysis.holter.af import find_af
from yiji.devices.analysis.holter.hrv import Normals, hrv
from yiji.devices.analysis.holter.rhythm import PAUSE, Rhythm
from yiji.devices.analysis.holter.spans import in_episodes
from yiji.devices.analysis.holter.stream import Found, stream
from yiji.devices.analysis.holter.strips import hides_beat
from yiji.devices.analysis.holter.summary import Parts, summarise
from yiji.devices.analysis.holter.templates import templates
from yiji.devices.analysis.signals.filters import Places
from yiji.devices.errors import NoBeats, NoSignal, TooShort

LEAST_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class HolterAnalysis:
    """A long recording's analysis.

    `samples`: the beats, places in the recording; `labels`: a letter each (N S V F Q). Beats where no lead can be read
    are left out, and in AF no beat is S. `measurements`: HRV and the rates, as in the summary.
    """

    summary: HolterSummary
    samples: Places
    labels: NDArray[np.str_]
    measurements: tuple[Measurement, ...]


def analyse_holter(
    recording: Recording, patient: PatientBrief | None = None, *, full_hrv: bool = False
) -> HolterAnalysis:
    """Measure a long recording of one lead to twelve; memory does not grow with its length but by its beats.

    `full_hrv` adds all that neurokit2 knows for one stretch of five minutes (takes seconds). `patient` is not used yet:
    all limits are those of adults. Raises `TooShort`, `NoSignal` when there is nothing to be read, or
    `NoBeats` when fewer than two beats are where a lead can be read.
    """
    if recording.seconds < LEAST_SECONDS:
        raise TooShort(seconds=f"{recording.seconds:.1f}", needed=LEAST_SECONDS)
    beats = find_beats(recording)
    found = stream(recording, beats.samples, beats.labels)
    readable = found.anywhere
    if not readable.any() and not beats.samples.size:
        raise NoSignal(leads=" ".join(recording.leads))
    kept = readable[found.second_of(beats.samples / recording.fs)]
    if kept.sum() < 2:
        raise NoBeats(found=int(kept.sum()))
    return _told(recording, found, beats.samples[kept], beats.labels[kept], kept, full_hrv)


def _told(
    recording: Recording,
    found: Found,
    samples: Places,
    labels: NDArray[np.str_],
    kept: NDArray[np.bool_],
    full_hrv: bool,
) -> HolterAnalysis:
    rhythm = _sure(recording, Rhythm.of(samples / recording.fs, labels, found.anywhere))
    af = find_af(rhythm.seconds, rhythm.labels, rhythm.usable)
    rhythm = replace(rhythm, labels=_without_s(rhythm, af))
    measures = hrv(rhythm, af)
    if full_hrv:
        from yiji.devices.analysis.holter.hrv_full import full_hrv as full

        measures += full(Normals.of(rhythm, af))
    shapes = templates(found, recording, kept, rhythm)
    summary = summarise(Parts(recording, found, rhythm, af, shapes, measures))
    return HolterAnalysis(summary, samples, rhythm.labels, measures)


def _sure(recording: Recording, rhythm: Rhythm) -> Rhythm:
    """Use no interval of a pause's length in which something like a beat is."""
    usable = rhythm.usable.copy()
    for row in np.flatnonzero(usable & (rhythm.intervals >= PAUSE)):
        usable[row] = not hides_beat(recording, rhythm, int(row))
    return replace(rhythm, usable=usable)


def _without_s(rhythm: Rhythm, af: Sequence[AfEpisode]) -> NDArray[np.str_]:
    """Call no beat of AF premature."""
    irregular = (rhythm.labels == "S") & in_episodes(rhythm.seconds, af)
    return np.where(irregular, "N", rhythm.labels)
