"""From an analysis to a report's body: what is known fills itself in."""

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
        measurements=event.measurements,
        findings=ordered(event.findings),
        beats=event.beats,
    )
