"""The analysis of a resting ECG: beats, median beat, bounds, measures, statements."""

import numpy as np

from yiji.core.contract.patient import PatientBrief
from yiji.core.signal import Recording
from yiji.devices.analysis.beats import find_beats
from yiji.devices.analysis.bounds import find_bounds, p_likeness
from yiji.devices.analysis.findings import Facts, statements
from yiji.devices.analysis.measure import measure, per_lead
from yiji.devices.analysis.median import median_beat
from yiji.devices.analysis.prepare import prepare
from yiji.devices.analysis.result import Analysis
from yiji.devices.errors import NoBeats, NoSignal, TooShort
from yiji.devices.recording.quality import quality

ALGORITHM = "yiji-ecg 0.1.0"
LEAST_SECONDS = 2.5


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
    beat = median_beat(prepared, find_beats(prepared))
    if beat is None or beat.places.size < 2:
        raise NoBeats(found=0 if beat is None else beat.places.size)
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
