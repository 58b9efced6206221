"""Strips of a Holter report's events, to scale, with the classes of their beats; then the events without a strip."""

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.holter import HolterEvent, HolterSummary, Strip
from yiji.reports.page.beatbox import Beat, beats_of
from yiji.reports.page.details import INKS
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, PULSE, WIDTH
from yiji.reports.page.marks import mark
from yiji.reports.page.paper import millimetres, pulse, reach_of, stacked
from yiji.reports.page.shapes import BLACK, GREY, Curve
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.page.trace import STRIP_MM, Window, curves
from yiji.reports.writing.holter import say, when
from yiji.reports.writing.numbers import number

_MOST_LEADS = 3
_HEAD = 5.5  # what an event's line takes
_GAP = 2.0
_STYLE = Style(7.2, 3.9)
_MARKS = ["V", "S", "F", "pace"]


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
    leads = strip.leads[:_MOST_LEADS]
    row = {1: 24.0, 2: 18.0}.get(len(leads), 13.0)
    height = row * len(leads)
    flow.need(_HEAD + height + _GAP)
    text = event.text_en if content.lang == "en" else event.text_zh
    others = "" if len(leads) == len(strip.leads) else say("not_all", content.lang, leads=" ".join(leads))
    x = LEFT + canvas.text(LEFT, flow.y + 3.8, when(told, event.at, content.zone), 9, bold=True) + 3
    x += canvas.text(x, flow.y + 3.8, text, 9, ink=INKS.get(event.severity, BLACK)) + 3
    canvas.text(LEFT + WIDTH, flow.y + 3.8, others, 7.5, ink=GREY, align="right")
    flow.y += _HEAD
    millimetres(canvas, LEFT, flow.y, WIDTH, height)
    start = _start(event, strip, STRIP_MM / content.template.layout.speed)
    _leads(flow, beats_of(strip.leads, strip.rate, strip.microvolts)[:_MOST_LEADS], start, height)
    _classes(flow, strip, start, flow.y + height - 1.0)
    flow.y += height + _GAP


def _start(event: HolterEvent, strip: Strip, room: float) -> float:
    """Return where in the strip the paper begins (s), the event in its middle where not all of it fits."""
    middle = event.at + min(event.seconds, room) / 2 - strip.first
    return float(np.clip(middle - room / 2, 0.0, max(0.0, strip.seconds - room)))


def _leads(flow: Flow, beats: list[Beat], start: float, height: float) -> None:
    """Draw the leads one below the other, each with its pulse, where their waves leave room."""
    layout, left = flow.content.template.layout, LEFT + PULSE
    drawn: list[list[NDArray[np.float64]]] = []
    for beat in beats:
        stop = min(start + STRIP_MM / layout.speed, len(beat.samples) / beat.rate)
        window = Window(beat.lead, 0, 0.0, STRIP_MM, start, stop)
        drawn.append(curves(beat.samples.astype(np.float32), beat.rate, window, layout))
    reach = np.array([reach_of(parts) for parts in drawn])
    for beat, parts, down in zip(beats, drawn, stacked(height, reach, min(layout.gain + 0.5, height / 2)), strict=True):
        baseline = flow.y + float(down)
        pulse(flow.canvas, LEFT, baseline, layout)
        for points in parts:
            y = np.clip(baseline - points[:, 1], flow.y, flow.y + height)
            flow.canvas.add(Curve(np.column_stack((left + points[:, 0], y))))
        flow.canvas.text(left + 1, max(baseline - 4.5, flow.y + 3.4), beat.lead, 8, bold=True)


def _classes(flow: Flow, strip: Strip, start: float, y: float) -> None:
    """Write the class under every beat that is not normal."""
    speed = flow.content.template.layout.speed
    for at, letter in zip(strip.beats, strip.classes, strict=False):
        x = (at - strip.first - start) * speed
        if 0 <= x <= STRIP_MM:
            mark(flow.canvas, "pace" if letter == "Q" else letter, _MARKS, LEFT + PULSE + x, y)


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
