"""All that neurokit2 knows of heart-rate variability, for one stretch of five minutes.

It takes some seconds and much memory, so it is asked for by name and never over a day.
"""

import warnings
from typing import Any

import numpy as np

from yiji.core.contract.measure import Measurement
from yiji.devices.analysis.holter.hrv import Normals, representative

PREFIX = "HRV_"
IN_MS = (
    "MeanNN",
    "SDNN",
    "RMSSD",
    "SDSD",
    "MedianNN",
    "MadNN",
    "IQRNN",
    "Prc20NN",
    "Prc80NN",
    "MinNN",
    "MaxNN",
    "TINN",
)
IN_PERCENT = ("pNN50", "pNN20")


def full_hrv(normals: Normals) -> tuple[Measurement, ...]:
    """Return neurokit2's measures of the stretch whose spread is nearest the median of all; none without a stretch."""
    parts = normals.segments()
    if not parts:
        return ()
    part = parts[int(representative(parts)[0])]
    method = f"neurokit2, five minutes from {part.seconds[0]:.0f} s"
    return tuple(_measure(name, value, method) for name, value in _values(part).items())


def _values(part: Normals) -> dict[str, float]:
    import neurokit2  # pyright: ignore[reportMissingTypeStubs]

    toolbox: Any = neurokit2
    peaks = np.cumsum(np.concatenate([[0.0], part.ms])).astype(np.int64)  # at 1000 Hz
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table: Any = toolbox.hrv(peaks, sampling_rate=1000, show=False)
    return {str(name).removeprefix(PREFIX): float(table[name].iloc[0]) for name in table.columns}


def _measure(name: str, value: float, method: str) -> Measurement:
    unit = "ms" if name in IN_MS else "%" if name in IN_PERCENT else "1"
    return Measurement(code=f"nk_{name}", value=value if np.isfinite(value) else None, unit=unit, method=method)
