"""From a trace to what the measuring works on: usable leads, gaps bridged, baseline removed, never phase-shifted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from yiji.core.signal import Trace
from yiji.devices.recording.quality import flat_leads

Signal = NDArray[np.float64]
MOST_GAPS = 0.2  # a lead with more of its samples missing is left out
BASELINE_HZ = 0.05  # the low limit of a diagnostic ECG (AHA 2007, recalled); zero-phase here


@dataclass(frozen=True, eq=False)
class Prepared:
    """The usable leads: `signal` has shape (leads, samples), in mV, without baseline below 0.05 Hz."""

    leads: tuple[str, ...]
    rate: float
    signal: Signal

    def row(self, lead: str) -> int | None:
        """Return a lead's row, or None where the lead is not usable."""
        return self.leads.index(lead) if lead in self.leads else None


def prepare(trace: Trace) -> Prepared:
    """Leave out flat and torn leads, bridge short gaps with straight lines, take the baseline away."""
    usable = ~flat_leads(trace) & (np.mean(~np.isfinite(trace.samples), axis=1) <= MOST_GAPS)
    rows = [_bridged(lead.astype(np.float64)) for lead in trace.samples[usable]]
    signal = np.stack(rows) if rows else np.empty((0, trace.samples.shape[1]))
    names = tuple(name for name, good in zip(trace.leads, usable, strict=True) if good)
    return Prepared(names, trace.rate, high_pass(signal, trace.rate, BASELINE_HZ) if rows else signal)


def _bridged(lead: Signal) -> Signal:
    finite = np.isfinite(lead)
    if finite.all():
        return lead
    places = np.arange(lead.size)
    return np.interp(places, places[finite], lead[finite])


def high_pass(signal: Signal, rate: float, low: float) -> Signal:
    """Filter forwards and backwards: no phase, the gain of two passes. The ends are mirrored over the whole length."""
    return _zero_phase(butter(1, low, "highpass", fs=rate, output="sos"), signal, signal.shape[-1] - 1)


def band_pass(signal: Signal, rate: float, low: float, high: float) -> Signal:
    """As `high_pass`, between two frequencies; `high` is kept below half the rate."""
    sos = butter(2, (low, min(high, 0.45 * rate)), "bandpass", fs=rate, output="sos")
    return _zero_phase(sos, signal, min(signal.shape[-1] - 1, int(rate)))


def low_pass(signal: Signal, rate: float, high: float) -> Signal:
    """As `high_pass`, below a frequency; a signal whose rate is too low for it comes back as it is."""
    if high >= 0.45 * rate:
        return signal
    sos = butter(2, high, "lowpass", fs=rate, output="sos")
    return _zero_phase(sos, signal, min(signal.shape[-1] - 1, int(rate / 4)))


def _zero_phase(sos: Any, signal: Signal, pad: int) -> Signal:
    return np.asarray(sosfiltfilt(sos, signal, axis=-1, padlen=pad), dtype=np.float64)
