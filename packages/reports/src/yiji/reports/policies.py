"""What reports does when others have done something: an analysis becomes a draft."""

import logging

from yiji.core.contract.recording import RecordingAnalysed
from yiji.core.contract.report import DraftReport
from yiji.core.relay import Reaction
from yiji.reports import templates
from yiji.reports.settings import ReportsSection
from yiji.reports.writing.compose import compose

log = logging.getLogger(__name__)


def on_recording_analysed(event: RecordingAnalysed, reaction: Reaction) -> None:
    """Draft the report, filled in as far as the analysis goes.

    A recording that belongs to no order is not drafted: it stays with its analysis in devices, and is analysed again
    when it is given an order. An analysis that says something new after the report was signed is refused
    (``reports.already_signed``) and so becomes a dead letter with an alert: somebody must look at it, for the signed
    report does not tell it.
    """
    if event.order is None:
        log.warning("recording %s belongs to no order: no report is drafted", event.recording_id)
        return
    section = reaction.settings.section("reports", ReportsSection)
    kind = "holter" if event.holter else event.kind
    template = templates.choose(reaction.app.plugins, section, kind, event.order.exam_code)
    reaction.ask(DraftReport(body=compose(event, template)))
