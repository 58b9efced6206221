"""From an analysis to a report's body: what is known fills itself in."""

import math

from yiji.core.contract.measure import Measurement
from yiji.core.contract.recording import RecordingAnalysed
from yiji.core.contract.report import ReportBody
from yiji.reports.errors import NoOrder
from yiji.reports.writing.findings import ordered


def compose(event: RecordingAnalysed, template: str) -> ReportBody:
    """Return the body of a draft made with the template of that name.

    Raises `NoOrder` for a recording that belongs to no order.

    The conclusion stays empty: it is the doctor's own words.
    """
    if event.order is None:
        raise NoOrder(recording=event.recording_id)
    return ReportBody(
        order=event.order,
        recording_id=event.recording_id,
        trace=event.trace,
        template=template,
        device=event.device,
        recorded_at=event.started_at,
        measurements=tuple(_finite(one) for one in event.measurements),
        findings=ordered(event.findings),
        beats=event.beats,
        classes=event.classes,
        lead_measures=event.lead_measures,
        median=event.median,
        holter=event.holter,
    )


def _finite(one: Measurement) -> Measurement:
    """A number that is none could not be measured: JSON has no NaN, and nobody should read one."""
    if one.value is None or math.isfinite(one.value):
        return one
    return one.model_copy(update={"value": None})
