"""Heart-rate variability from the intervals between normal beats (Task Force 1996, recalled).

Ten seconds carry a mean, an SDNN and an RMSSD. From two minutes on there are measures in time, in frequency and of the
non-linear kind, computed as those of a day are (`hrv`); neurokit2's, which are more, come when asked for.
"""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement
from yiji.devices.analysis.holter.hrv import Normals, measures
from yiji.devices.analysis.signals.filters import Signal, running_median

OUTLIER, NEIGHBOURS = 0.3, 11  # an interval that differs so much from the median of those around it is an artefact
LONG_SECONDS = 120.0  # of normal intervals, from which on frequency and the non-linear kind mean something
FEWEST = 3  # intervals
MOST = 600  # intervals that the non-linear kind looks at: its cost grows with their square
_TIME = {
    "MeanNN": ("mean_nn", "ms"),
    "SDNN": ("sdnn", "ms"),
    "RMSSD": ("rmssd", "ms"),
    "SDSD": ("sdsd", "ms"),
    "MedianNN": ("median_nn", "ms"),
    "CVNN": ("cv_nn", "1"),
    "pNN50": ("pnn50", "%"),
    "pNN20": ("pnn20", "%"),
    "HTI": ("triangular_index", "1"),
}
_FREQUENCY = {
    "VLF": ("vlf", "ms2"),
    "LF": ("lf", "ms2"),
    "HF": ("hf", "ms2"),
    "TP": ("total_power", "ms2"),
    "LFHF": ("lf_hf", "1"),
    "LFn": ("lf_share", "1"),
    "HFn": ("hf_share", "1"),
}
_NON_LINEAR = {
    "SD1": ("sd1", "ms"),
    "SD2": ("sd2", "ms"),
    "SD1SD2": ("sd1_sd2", "1"),
    "CSI": ("csi", "1"),
    "CVI": ("cvi", "1"),
    "DFA_alpha1": ("dfa_alpha1", "1"),
    "DFA_alpha2": ("dfa_alpha2", "1"),
    "ApEn": ("approximate_entropy", "1"),
    "SampEn": ("sample_entropy", "1"),
}
Names = Mapping[str, tuple[str, str]]  # neurokit2's name -> code, unit


def hrv(beats: Signal, classes: str = "", full: bool = False) -> tuple[Measurement, ...]:
    """Return the measures of beats at so many seconds; none with fewer than three normal intervals.

    `classes`: a letter a beat; an interval counts when both its beats are N (without classes all are taken to be) and
    it is no artefact. What cannot be had is None. `full`: from two minutes on those of neurokit2, in the place of ours
    where both have one; it is imported then, which takes seconds.
    """
    ends, intervals, follows = normal_intervals(beats, classes)
    if intervals.size < FEWEST:
        return ()
    long, normals = intervals.sum() >= 1000 * LONG_SECONDS, Normals(ends, intervals, follows)
    told = measures(normals, [normals], f"{intervals.sum() / 1000:.0f} s") if long else ()
    own = {one.code: one for one in told or _short(intervals, normals.steps)}
    theirs = {one.code: one for one in _long(ends, intervals)} if long and full else {}
    return tuple((own | theirs).values())


def normal_intervals(beats: Signal, classes: str = "") -> tuple[Signal, Signal, NDArray[np.bool_]]:
    """Return when each normal interval ends (s), how long it is (ms), and whether it follows on the one before."""
    labels = np.array(list(classes)) if len(classes) == beats.size else np.full(beats.size, "N")
    intervals = 1000 * np.diff(beats)
    rows = np.flatnonzero((labels[1:] == "N") & (labels[:-1] == "N") & (intervals > 0))
    if rows.size:
        usual = running_median(intervals[rows], NEIGHBOURS)
        rows = rows[np.abs(intervals[rows] - usual) <= OUTLIER * usual]
    return beats[1:][rows], intervals[rows], np.diff(rows, prepend=-2) == 1


def _short(intervals: Signal, steps: Signal) -> Iterator[Measurement]:
    method = f"{intervals.size} normal intervals"
    yield _measurement("mean_nn", "ms", float(intervals.mean()), method)
    yield _measurement("sdnn", "ms", float(intervals.std(ddof=1)), method)
    yield _measurement("rmssd", "ms", float(np.sqrt((steps**2).mean())) if steps.size > 1 else None, method)


def _long(ends: Signal, intervals: Signal) -> Iterator[Measurement]:
    import neurokit2  # pyright: ignore[reportMissingTypeStubs]

    toolbox: Any = neurokit2
    whole, part = _given(ends, intervals), _given(ends[:MOST], intervals[:MOST])
    method = f"neurokit2, {intervals.size} normal intervals"
    yield from _taken(toolbox.hrv_time, _TIME, whole, method)
    yield from _taken(toolbox.hrv_frequency, _FREQUENCY, whole, method, normalize=False)
    yield from _taken(toolbox.hrv_nonlinear, _NON_LINEAR, part, f"neurokit2, first {len(part['RRI'])} normal intervals")


def _given(ends: Signal, intervals: Signal) -> dict[str, Signal]:
    return {"RRI": intervals, "RRI_Time": ends}


def _taken(function: Any, names: Names, given: dict[str, Signal], method: str, **options: Any) -> Iterator[Measurement]:
    """Yield what one of neurokit2's functions finds, by our codes."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        table: Any = function(given, **options)
    for name, (code, unit) in names.items():
        column = f"HRV_{name}"
        yield _measurement(code, unit, float(table[column].iloc[0]) if column in table else None, method)


def _measurement(code: str, unit: str, value: float | None, method: str) -> Measurement:
    known = None if value is None or not np.isfinite(value) else round(value, 4)
    return Measurement(code=code, value=known, unit=unit, method=method)
