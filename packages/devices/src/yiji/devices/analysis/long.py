"""A long recording: what happened in all of it, and intervals measured in a minute that stands for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from yiji.core.contract.measure import Measurement
from yiji.core.contract.patient import PatientBrief
from yiji.core.signal import Recording
from yiji.devices.analysis import ecg
from yiji.devices.analysis.holter.whole import HolterAnalysis, analyse_holter
from yiji.devices.analysis.result import Analysis

LONG = 600.0  # s; from so many on a recording is long
MINUTE = 60.0  # s that stand for the others


def analyse(
    recording: Recording,
    patient: PatientBrief | None = None,
    *,
    statements: Sequence[str] = (),
    hrv: Literal["usual", "full"] = "usual",
) -> Analysis:
    """Measure an ECG of one lead to twelve, of ten seconds to days; what cannot be had is None.

    `patient` gives sex and birth date to the limits that depend on them; `statements`: rule sets laid over ours, files
    or ``package:file.toml``. From ten minutes on `Analysis.holter` tells of the whole, and intervals, axes and heights
    are those of a minute whose rate is the usual one. `hrv`: ``full`` adds neurokit2's measures of variability, from
    two minutes on; of a long recording those of one stretch of five minutes. Raises `TooShort`, `NoSignal` when all
    leads are flat, `NoBeats` when fewer than two beats are found, or `BadStatements`.
    """
    full = hrv == "full"
    if recording.seconds < LONG:
        return ecg.analyse(recording, patient, statements=statements, full_hrv=full)
    return _analyse_long(recording, patient, statements, full)


def _analyse_long(
    recording: Recording, patient: PatientBrief | None, statements: Sequence[str], full_hrv: bool
) -> Analysis:
    whole = analyse_holter(recording, patient, full_hrv=full_hrv)
    first = _usual_minute(recording, whole)
    minute = ecg.analyse(_cut(recording, first), patient, statements=statements)
    return replace(
        minute,
        measurements=_joined(whole, minute, first / recording.fs),
        findings=whole.summary.findings,
        beats=tuple(np.round(whole.samples / recording.fs, 4).tolist()),
        classes="".join(whole.labels.tolist()),
        holter=whole.summary,
    )


def _usual_minute(recording: Recording, whole: HolterAnalysis) -> int:
    """Return the first sample of a minute with as many normal beats as most have, the nearest to the middle."""
    length = int(MINUTE * recording.fs)
    normal = whole.samples[whole.labels == "N"] if (whole.labels == "N").any() else whole.samples
    counts = np.bincount(normal // length, minlength=max(1, recording.samples // length))
    usual = np.abs(counts - np.median(counts[counts > 0]))
    middle = np.abs(np.arange(counts.size) - counts.size / 2) / (counts.size + 1)
    best = int(np.argmin(usual + middle))
    return max(0, min(best * length, recording.samples - length))


def _cut(recording: Recording, first: int) -> Recording:
    return replace(recording, counts=np.asarray(recording.counts[first : first + int(MINUTE * recording.fs)]))


def _rate(whole: HolterAnalysis) -> tuple[Measurement, ...]:
    mean = whole.summary.total.mean_rate
    told = None if mean is None else round(mean)
    return (Measurement(code="heart_rate", value=told, unit="/min", method="whole recording"),)


def _joined(whole: HolterAnalysis, minute: Analysis, at: float) -> tuple[Measurement, ...]:
    """Return the minute's measurements, saying so, with those of the whole in the place of what both have."""
    told = {one.code: one for one in (*_rate(whole), *whole.measurements)}
    where = f"minute at {at:.0f} s"
    own = [
        one.model_copy(update={"method": ", ".join(filter(None, (one.method, where)))}) for one in minute.measurements
    ]
    joined = {one.code: one for one in own} | told
    return tuple(joined.values())
