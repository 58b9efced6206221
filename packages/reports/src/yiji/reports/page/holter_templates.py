"""The shapes that beats have in a Holter recording, each with its class, how many there are, and its mean wave."""

from yiji.core.contract.holter import HolterSummary, HolterTemplate
from yiji.reports.page.beatbox import Scale, beats_of, box, fitting
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.writing.holter import say

_MOST_LEADS = 3
_ACROSS = 2
_HEIGHT = 26.0
_GAP = 6.0


def templates(flow: Flow, told: HolterSummary) -> None:
    """Draw the shapes, two beside one another, all to one scale."""
    if not told.templates:
        return
    flow.turn()
    width = (WIDTH - _GAP * (_ACROSS - 1)) / _ACROSS
    each = width / min(_MOST_LEADS, max(len(one.leads) for one in told.templates))
    beats = [beat for one in told.templates for beat in beats_of(one.leads[:_MOST_LEADS], one.rate, _first(one))]
    scale = fitting(beats, each, _HEIGHT)
    flow.title(say("templates", flow.content.lang, speed=f"{scale.speed:g}", gain=f"{scale.gain:g}"))
    for number, one in enumerate(told.templates):
        if number % _ACROSS == 0:
            flow.need(_HEIGHT + 6)
        _template(flow, number, one, LEFT + number % _ACROSS * (width + _GAP), each, scale)
        if number % _ACROSS == _ACROSS - 1 or number == len(told.templates) - 1:
            flow.y += _HEIGHT + 6


def _first(one: HolterTemplate) -> bytes:
    """Return the signals of the leads that are drawn."""
    each = len(one.microvolts) // 2 // max(len(one.leads), 1)
    return one.microvolts[: 2 * each * min(_MOST_LEADS, len(one.leads))]


def _template(flow: Flow, number: int, one: HolterTemplate, x: float, each: float, scale: Scale) -> None:
    told = say("template", flow.content.lang, number=number + 1, label=one.label, count=one.count)
    flow.canvas.text(x, flow.y + 3.6, told, 8, bold=True)
    for column, beat in enumerate(beats_of(one.leads[:_MOST_LEADS], one.rate, _first(one), (one.at,))):
        box(flow.canvas, beat, x + column * each, flow.y + 4.8, each - 0.8, _HEIGHT - 0.8, scale)
