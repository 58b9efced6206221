"""A Holter report: its parts in the order that the template names them."""

from collections.abc import Callable

from yiji.core.contract.holter import HolterSummary
from yiji.reports.page.flow import Flow
from yiji.reports.page.holter_disclosure import disclosure
from yiji.reports.page.holter_hour_strips import hour_strips
from yiji.reports.page.holter_hours import hours
from yiji.reports.page.holter_hrv import hrv
from yiji.reports.page.holter_rr import rr
from yiji.reports.page.holter_st import st
from yiji.reports.page.holter_strips import strips
from yiji.reports.page.holter_summary import summary
from yiji.reports.page.holter_tachogram import tachogram
from yiji.reports.page.holter_templates import templates
from yiji.reports.page.holter_trends import trends
from yiji.reports.writing.template import HolterPart

_PARTS: dict[HolterPart, Callable[[Flow, HolterSummary], None]] = {
    "summary": summary,
    "hours": hours,
    "trends": trends,
    "st": st,
    "tachogram": tachogram,
    "rr": rr,
    "hrv": hrv,
    "templates": templates,
    "strips": strips,
    "hour_strips": hour_strips,
    "disclosure": disclosure,
}


def holter(flow: Flow, told: HolterSummary) -> None:
    """Draw the report, each part from a new sheet on."""
    for part in flow.content.template.holter.pages:
        _PARTS[part](flow, told)
    if not flow.canvas.pages:
        flow.turn()
