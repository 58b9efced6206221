"""Strips of a Holter report's events, to scale, with the classes of their beats; then the events without a strip."""

from yiji.core.contract.holter import HolterEvent, HolterSummary, Strip
from yiji.reports.page.details import INKS
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.holter_strip import MOST_LEADS, draw, lay, shown_seconds
from yiji.reports.page.shapes import BLACK, GREY
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.writing.holter import say, when
from yiji.reports.writing.numbers import number

_HEAD = 5.5  # what an event's line takes
_GAP = 2.0
_STYLE = Style(7.2, 3.9)


def strips(flow: Flow, told: HolterSummary) -> None:
    """Draw the strips, then a table of the other events."""
    shown = [one for one in told.events if one.strip is not None and one.strip.leads]
    if shown:
        flow.turn()
        flow.title(say("strips", flow.content.lang))
    for one in shown:
        assert one.strip is not None
        _event(flow, told, one, one.strip)
    _others(flow, told, [one for one in told.events if one not in shown])


def _event(flow: Flow, told: HolterSummary, event: HolterEvent, strip: Strip) -> None:
    """Draw one event: what and when, and its leads on millimetre paper."""
    content, canvas = flow.content, flow.canvas
    laid = lay(flow, strip, event.at + min(event.seconds, shown_seconds(flow)) / 2)
    flow.need(_HEAD + laid.height + _GAP)
    leads = strip.leads[:MOST_LEADS]
    text = event.text_en if content.lang == "en" else event.text_zh
    others = "" if len(leads) == len(strip.leads) else say("not_all", content.lang, leads=" ".join(leads))
    x = LEFT + canvas.text(LEFT, flow.y + 3.8, when(told, event.at, content.zone), 9, bold=True) + 3
    canvas.text(x, flow.y + 3.8, text, 9, ink=INKS.get(event.severity, BLACK))
    canvas.text(LEFT + WIDTH, flow.y + 3.8, others, 7.5, ink=GREY, align="right")
    flow.y += _HEAD
    draw(flow, laid)
    flow.y += _GAP


def _event_row(flow: Flow, told: HolterSummary, one: HolterEvent) -> Row:
    content = flow.content
    text = one.text_en if content.lang == "en" else one.text_zh
    grave = content.word(f"severity.{one.severity.value}")
    cells = (when(told, one.at, content.zone), f"{number(one.seconds, 1)} s", text, grave)
    return Row(cells, INKS.get(one.severity, BLACK))


def _others(flow: Flow, told: HolterSummary, events: list[HolterEvent]) -> None:
    content = flow.content
    heads = ((say("at", content.lang), 40.0), (say("seconds", content.lang), 24.0), (content.word("statement"), 160.0))
    columns = [Column(head, width, "left") for head, width in (*heads, (content.word("severity"), 36.0))]
    rows = [_event_row(flow, told, one) for one in events]
    while rows:
        flow.need(30)
        flow.title(say("events", content.lang))
        room = max(1, int(flow.left_over / _STYLE.step) - 1)
        flow.y = table(flow.canvas, LEFT, flow.y, columns, rows[:room], _STYLE)
        rows = rows[room:]
