"""The shapes that beats have in a Holter recording: class, count, mean wave, and one among those around it."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from yiji.core.contract.holter import HolterSummary, HolterTemplate, Strip
from yiji.reports.page.beatbox import Scale, beats_of, box, fitting
from yiji.reports.page.chart import INKS, Frame, bars, frame, rounded
from yiji.reports.page.fill import evenly
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.holter_strip import Laid, draw, lay
from yiji.reports.page.holter_trends import ticks
from yiji.reports.page.shapes import GREY
from yiji.reports.writing.holter import say, when
from yiji.reports.writing.numbers import NOTHING, number

_MOST_LEADS = 3
_ACROSS = 2
_HEIGHT = 26.0
_GAP = 6.0
_HEAD = 6.5
_HOUR = 3600

Scaled = tuple[Scale, float]  # and the width of a box
Block = tuple[float, Callable[[], None]]  # its height, and what draws it and goes on below it


def templates(flow: Flow, told: HolterSummary) -> None:
    """Draw the shapes, all to one scale: those with a strip each with it, the others two beside one another."""
    if not told.templates:
        return
    each = (WIDTH - _GAP * (_ACROSS - 1)) / _ACROSS / min(_MOST_LEADS, max(len(one.leads) for one in told.templates))
    beats = [beat for one in told.templates for beat in beats_of(one.leads[:_MOST_LEADS], one.rate, _first(one))]
    scale = fitting(beats, each, _HEIGHT)
    blocks = list(_blocks(flow, told, (scale, each)))
    _turn(flow, scale)
    for sheet, rows in enumerate(evenly([height for height, _ in blocks], flow.left_over)):
        if sheet:
            _turn(flow, scale)
        for _, draw_block in blocks[rows.start : rows.stop]:
            draw_block()


def _turn(flow: Flow, scale: Scale) -> None:
    flow.turn()
    flow.title(say("templates", flow.content.lang, speed=f"{scale.speed:g}", gain=f"{scale.gain:g}"))


def _blocks(flow: Flow, told: HolterSummary, scaled: Scaled) -> Iterator[Block]:
    """Yield what stays together on a sheet: a shape and its strip, or a row of shapes."""
    numbered = list(enumerate(told.templates, 1))
    for place, one in numbered:
        if one.strip is not None:
            laid = lay(flow, one.strip, one.strip.first + one.strip.seconds / 2)
            yield _HEIGHT + _HEAD + laid.height + 3, partial(_with_strip, flow, told, place, one, laid, scaled)
    bare = [(place, one) for place, one in numbered if one.strip is None]
    for row in range(0, len(bare), _ACROSS):
        yield _HEIGHT + 6, partial(_row, flow, told, bare[row : row + _ACROSS], scaled)


def _first(one: HolterTemplate) -> bytes:
    """Return the signals of the leads that are drawn."""
    each = len(one.microvolts) // 2 // max(len(one.leads), 1)
    return one.microvolts[: 2 * each * min(_MOST_LEADS, len(one.leads))]


def _with_strip(flow: Flow, told: HolterSummary, place: int, one: HolterTemplate, laid: Laid, scaled: Scaled) -> None:
    _hours(flow, told, one, LEFT + min(_MOST_LEADS, len(one.leads)) * scaled[1] + 14)
    _template(flow, told, place, one, LEFT, scaled)
    flow.y += _HEIGHT + _HEAD
    flow.canvas.text(LEFT, flow.y - 0.5, _begin(flow, told, laid.strip), 6.5, ink=GREY)
    draw(flow, laid)
    flow.y += 3


def _begin(flow: Flow, told: HolterSummary, strip: Strip) -> str:
    return say("template_strip", flow.content.lang, at=when(told, strip.first, flow.content.zone))


def _hours(flow: Flow, told: HolterSummary, one: HolterTemplate, x: float) -> None:
    """Draw how many of the beats each hour has, beside the shape."""
    counts = np.array(one.hours, np.float64)
    levels = rounded(0.0, max(float(counts.max(initial=0.0)), 2.0), 3)
    at = Frame(x, flow.y + 4.8, LEFT + WIDTH - x, _HEIGHT - 5, 0.0, max(told.seconds, 60.0), 0.0, levels[-1])
    frame(flow.canvas, at, ticks(flow, told, 6), levels, say("template_hours", flow.content.lang))
    bars(flow.canvas, at, np.arange(len(counts), dtype=np.float64) * _HOUR + 200, _HOUR - 400, counts, INKS[0])


def _row(flow: Flow, told: HolterSummary, shown: list[tuple[int, HolterTemplate]], scaled: Scaled) -> None:
    for column, (place, one) in enumerate(shown):
        _template(flow, told, place, one, LEFT + column * (WIDTH + _GAP) / _ACROSS, scaled)
    flow.y += _HEIGHT + 6


def _template(flow: Flow, told: HolterSummary, place: int, one: HolterTemplate, x: float, scaled: Scaled) -> None:
    scale, each = scaled
    share = number(100 * one.count / told.total.beats, 2) if told.total.beats else NOTHING
    head = say("template", flow.content.lang, number=place, label=one.label, count=one.count, share=share)
    flow.canvas.text(x, flow.y + 3.6, head, 8, bold=True)
    for column, beat in enumerate(beats_of(one.leads[:_MOST_LEADS], one.rate, _first(one), (one.at,))):
        box(flow.canvas, beat, x + column * each, flow.y + 4.8, each - 0.8, _HEIGHT - 0.8, scale)
