"""The analysis of a resting ECG: beats, median beat, bounds, measures, statements."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract import measure as told
from yiji.core.contract.patient import PatientBrief
from yiji.core.signal import Recording
from yiji.devices.analysis.beats.finding import find_beats
from yiji.devices.analysis.holter.hrv_short import hrv
from yiji.devices.analysis.measures.agreed import agreed
from yiji.devices.analysis.measures.baseline import level
from yiji.devices.analysis.measures.bounds import Bounds, find_bounds, p_likeness, usual_bounds
from yiji.devices.analysis.measures.leads import lead_measures
from yiji.devices.analysis.measures.measure import measure
from yiji.devices.analysis.measures.median import MedianBeat, median_beat
from yiji.devices.analysis.result import Analysis
from yiji.devices.analysis.signals.mains import without_mains
from yiji.devices.analysis.signals.prepare import Prepared, prepare
from yiji.devices.analysis.statements.findings import Facts
from yiji.devices.analysis.statements.findings import statements as said
from yiji.devices.analysis.statements.rules import load_rules
from yiji.devices.errors import NoBeats, NoSignal, TooShort
from yiji.devices.recording.quality import quality

ALGORITHM = "yiji-ecg 0.2.0"
LEAST_SECONDS = 2.5


def _median_of(recording: Recording, prepared: Prepared) -> tuple[MedianBeat, Bounds | None, str]:
    """Return the median beat, its bounds and the beats' classes.

    It is found again and again: the bounds tell where it is quiet, so that the baseline can go.
    """
    beats = find_beats(recording)
    places, usual = beats.samples * prepared.finer, _usual(beats.labels)
    steady = replace(prepared, signal=without_mains(prepared.signal, prepared.rate, places))
    beat = median_beat(steady, places, usual)
    if beat is None or beat.places.size < 2:
        raise NoBeats(found=0 if beat is None else beat.places.size)
    bounds = find_bounds(beat)
    for known in (False, True):
        if bounds is not None:
            quiet = bounds if known else usual_bounds(beat, bounds)
            beat = median_beat(replace(prepared, signal=level(steady.signal, beat, quiet)), beat.places, usual) or beat
            bounds = find_bounds(beat)
    return beat, agreed(beat, bounds), "".join(beats.labels.tolist())


def _usual(labels: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Say of each beat whether it is of the most frequent class."""
    kinds, counts = np.unique(labels, return_counts=True)
    return labels == kinds[int(np.argmax(counts))] if kinds.size else np.zeros(0, dtype=bool)


def analyse(
    recording: Recording,
    patient: PatientBrief | None = None,
    *,
    statements: Sequence[str] = (),
    full_hrv: bool = False,
) -> Analysis:
    """Measure an ECG of any number of leads and any rate; what cannot be had is None.

    `patient` gives sex and birth date to the limits that depend on them; `statements`: rule sets laid over ours, files
    or ``package:file.toml``; `full_hrv`: see `hrv_short.hrv`. Raises `TooShort`, `NoSignal` when all leads are flat,
    `NoBeats` when fewer than two beats are found, or `BadStatements`.
    """
    rules = load_rules(*statements)
    trace = recording.trace
    if trace.seconds < LEAST_SECONDS:
        raise TooShort(seconds=f"{trace.seconds:.1f}", needed=LEAST_SECONDS)
    prepared = prepare(trace)
    if not prepared.leads:
        raise NoSignal(leads=" ".join(trace.leads))
    beat, bounds, classes = _median_of(recording, prepared)
    table = lead_measures(prepared.leads, beat, bounds) if bounds else ()
    measurements = measure(prepared, beat, bounds, table)
    likeness = p_likeness(beat, bounds.p_on, bounds.p_off) if bounds and bounds.p_on and bounds.p_off else np.empty(0)
    median = _median(prepared, beat, bounds)
    variability = hrv(beat.places / prepared.rate, classes, full_hrv)
    facts = Facts.of(
        measurements,
        beat,
        likeness,
        patient,
        trace.started_at,
        trace=trace,
        prepared=prepared,
        leads=table,
        median=median,
        classes=classes,
    )
    return Analysis(
        kind=recording.kind,
        algorithm=ALGORITHM,
        measurements=(*measurements, *variability),
        findings=(*said(facts, rules), *quality(trace)),
        beats=tuple(round(float(place) / prepared.rate, 4) for place in beat.places),
        classes=classes,
        lead_measures=table,
        median=median,
    )


def _median(prepared: Prepared, beat: MedianBeat, bounds: Bounds | None) -> told.MedianBeat:
    """Return the median beat as it is drawn and kept."""
    counts = np.clip(np.rint(beat.signal * 1000), -32768, 32767).astype("<i2")
    names = ("p_on", "p_off", "qrs_on", "qrs_off", "t_off")
    places = {name: getattr(bounds, name, None) for name in names}
    return told.MedianBeat(
        leads=prepared.leads,
        rate=beat.rate,
        microvolts=counts.tobytes(),
        at=beat.at,
        **{name: None if place is None else round(place) for name, place in places.items()},
    )
