"""The analysis of a resting ECG: beats, median beat, bounds, measures, statements."""

from dataclasses import replace

import numpy as np

from yiji.core.contract.patient import PatientBrief
from yiji.core.signal import Recording
from yiji.devices.analysis.baseline import without_baseline
from yiji.devices.analysis.beats import find_beats
from yiji.devices.analysis.bounds import find_bounds, p_likeness
from yiji.devices.analysis.findings import Facts, statements
from yiji.devices.analysis.measure import measure, per_lead
from yiji.devices.analysis.median import MedianBeat, median_beat
from yiji.devices.analysis.prepare import Prepared, prepare
from yiji.devices.analysis.result import Analysis
from yiji.devices.errors import NoBeats, NoSignal, TooShort
from yiji.devices.recording.quality import quality

ALGORITHM = "yiji-ecg 0.1.0"
LEAST_SECONDS = 2.5


def _beat(prepared: Prepared) -> MedianBeat:
    """Return the median beat, made twice: the first tells where the beats are quiet, so that the baseline can go."""
    first = median_beat(prepared, find_beats(prepared))
    if first is None or first.places.size < 2:
        raise NoBeats(found=0 if first is None else first.places.size)
    level = replace(prepared, signal=without_baseline(prepared.signal, first))
    return median_beat(level, first.places) or first


def analyse(recording: Recording, patient: PatientBrief | None = None) -> Analysis:
    """Measure an ECG of any number of leads and any rate; what cannot be had is None.

    `patient` gives sex and birth date to the limits that depend on them. Raises `TooShort`, `NoSignal` when all leads
    are flat, or `NoBeats` when fewer than two beats are found.
    """
    trace = recording.trace
    if trace.seconds < LEAST_SECONDS:
        raise TooShort(seconds=f"{trace.seconds:.1f}", needed=LEAST_SECONDS)
    prepared = prepare(trace)
    if not prepared.leads:
        raise NoSignal(leads=" ".join(trace.leads))
    beat = _beat(prepared)
    bounds = find_bounds(beat)
    measurements = measure(prepared, beat, bounds)
    likeness = p_likeness(beat, bounds.p_on, bounds.p_off) if bounds and bounds.p_on and bounds.p_off else np.empty(0)
    facts = Facts.of(measurements, beat, likeness, patient, trace.started_at)
    return Analysis(
        kind=recording.kind,
        algorithm=ALGORITHM,
        measurements=measurements,
        findings=(*statements(facts), *quality(trace)),
        beats=tuple(round(float(place) / trace.rate, 4) for place in beat.places),
        leads=per_lead(prepared, beat, bounds) if bounds else (),
    )
