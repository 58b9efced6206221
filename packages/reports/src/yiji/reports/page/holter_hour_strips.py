"""A strip of every hour of a Holter recording: ten seconds of one lead, so that each hour has been looked at."""

from yiji.core.contract.holter import HolterSummary, Strip
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT
from yiji.reports.page.holter_strip import draw, lay
from yiji.reports.writing.holter import say, when
from yiji.reports.writing.numbers import number

_HEAD = 4.6
_GAP = 1.0
_HOUR = 3600


def hour_strips(flow: Flow, told: HolterSummary) -> None:
    """Draw the strips one below the other, each with its moment and its hour's mean rate."""
    if not told.hour_strips:
        return
    flow.turn()
    flow.title(say("hour_strips", flow.content.lang))
    for strip in told.hour_strips:
        laid = lay(flow, strip, strip.first + strip.seconds / 2)
        flow.need(_HEAD + laid.height + _GAP)
        flow.canvas.text(LEFT, flow.y + 3.4, _head(flow, told, strip), 8, bold=True)
        flow.y += _HEAD
        draw(flow, laid)
        flow.y += _GAP


def _head(flow: Flow, told: HolterSummary, strip: Strip) -> str:
    """Say when the strip begins, and how fast the heart was in that hour."""
    hour = next((one for one in told.hours if 0 <= strip.first - one.first < _HOUR), None)
    at = when(told, strip.first, flow.content.zone)
    if hour is None:
        return at
    rates = (number(hour.mean_rate), number(hour.min_rate), number(hour.max_rate))
    mean, low, high = rates
    return f"{at}   {say('hour_rate', flow.content.lang, mean=mean, low=low, high=high)}"
