"""Full disclosure: one lead of the whole recording, a minute a line."""

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterSummary
from yiji.core.signal import Trace
from yiji.reports.page.flow import TITLE_HEIGHT, Flow
from yiji.reports.page.frame import GRID_BOTTOM, LEFT, WIDTH
from yiji.reports.page.shapes import BLACK, GREY, Curve
from yiji.reports.page.trace import runs, thin
from yiji.reports.writing.holter import say, when

_LABEL = 14.0  # what the time takes at the left
_TOP = 44.5  # where the first line is
_BIN = 0.25  # mm, the pen's width
_LOOKED_AT = 100_000  # samples that tell the gain
_GAINS = (5.0, 2.5, 1.25)  # mm/mV


def disclosure(flow: Flow, told: HolterSummary) -> None:
    """Draw the lead that the template names, else the first; a minute at a time, for the whole is large."""
    trace, template = flow.content.trace, flow.content.template.holter
    named = template.disclosure_lead or (trace.leads[0] if trace.leads else "")
    lead = next((one for one in trace.leads if one.casefold() == named.casefold()), None)
    gain = None if lead is None else _gain(trace, lead)
    if lead is None or gain is None:
        return
    for minute in range(int(np.ceil(trace.seconds / 60))):
        if minute % template.disclosure_minutes == 0:
            flow.turn()
            flow.y = _TOP - TITLE_HEIGHT
            flow.title(say("disclosure", flow.content.lang, lead=lead, gain=f"{gain:g}"))
        flow.canvas.text(LEFT, flow.y + 0.7, when(told, minute * 60.0, flow.content.zone, "%H:%M"), 6.5, ink=GREY)
        _minute(flow, _cut(trace, lead, minute), trace.rate, gain)
        flow.y += (GRID_BOTTOM - _TOP) / template.disclosure_minutes


def _cut(trace: Trace, lead: str, minute: int) -> NDArray[np.float32]:
    return trace.cut(lead, round(minute * 60 * trace.rate), round((minute + 1) * 60 * trace.rate))


def _gain(trace: Trace, lead: str) -> float | None:
    """Return the largest gain at which most beats keep to their line; None where the lead was not recorded."""
    step = max(1, trace.size // _LOOKED_AT)
    some = np.concatenate([_cut(trace, lead, minute)[::step] for minute in range(int(np.ceil(trace.seconds / 60)))])
    if not np.isfinite(some).any():
        return None
    low, high = np.nanpercentile(some, (0.5, 99.5))
    return next((gain for gain in _GAINS if (high - low) * gain <= 7.5), _GAINS[-1])


def _minute(flow: Flow, samples: NDArray[np.float32], rate: float, gain: float) -> None:
    """Draw one line; a gap parts it."""
    speed = (WIDTH - _LABEL) / 60
    fine = np.isfinite(samples)
    if not fine.any():
        return
    y = flow.y - np.clip((samples.astype(np.float64) - np.median(samples[fine])) * gain, -5, 5)
    x = LEFT + _LABEL + np.arange(len(samples)) / rate * speed
    step = max(1, int(_BIN * rate / speed))
    for start, stop in runs(fine):
        kept = start + thin(y[start:stop], step)
        flow.canvas.add(Curve(np.column_stack((x[kept], y[kept])), BLACK, 0.12))
