"""From a trace to what the measuring works on: usable leads, gaps bridged, baseline removed, never phase-shifted."""

import math
from dataclasses import dataclass

import numpy as np

from yiji.core.signal import Trace
from yiji.devices.analysis.signals.filters import Signal, finer, high_pass
from yiji.devices.recording.quality import flat_leads

MOST_GAPS = 0.2  # a lead with more of its samples missing is left out
BASELINE_HZ = 0.05  # the low limit of a diagnostic ECG (AHA 2007, recalled); zero-phase here
WORKING_HZ = 500.0  # a slower recording is drawn out to at least so many samples a second, so that beats align


@dataclass(frozen=True, eq=False)
class Prepared:
    """The usable leads: `signal` has shape (leads, samples), in mV, without baseline below 0.05 Hz.

    `rate`: samples a second, `finer` times those of the recording.
    """

    leads: tuple[str, ...]
    rate: float
    signal: Signal
    finer: int = 1

    def row(self, lead: str) -> int | None:
        """Return a lead's row, or None where the lead is not usable."""
        return self.leads.index(lead) if lead in self.leads else None


def prepare(trace: Trace) -> Prepared:
    """Leave out flat and torn leads, bridge short gaps with straight lines, take the baseline away."""
    usable = ~flat_leads(trace) & (np.mean(~np.isfinite(trace.samples), axis=1) <= MOST_GAPS)
    rows = [_bridged(lead.astype(np.float64)) for lead in trace.samples[usable]]
    signal = np.stack(rows) if rows else np.empty((0, trace.samples.shape[1]))
    names = tuple(name for name, good in zip(trace.leads, usable, strict=True) if good)
    times = math.ceil(WORKING_HZ / trace.rate)
    if rows:
        signal = finer(high_pass(signal, trace.rate, BASELINE_HZ), times)
    return Prepared(names, trace.rate * times, signal, times)


def _bridged(lead: Signal) -> Signal:
    finite = np.isfinite(lead)
    if finite.all():
        return lead
    places = np.arange(lead.size)
    return np.interp(places, places[finite], lead[finite])
