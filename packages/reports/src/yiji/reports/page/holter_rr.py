"""RR intervals of a Holter report: histogram, heart rate variability, and lists of what was longest."""

from collections.abc import Sequence

import numpy as np

from yiji.core.contract.holter import HolterSummary
from yiji.reports.page.chart import INKS, Frame, bars, frame, rounded
from yiji.reports.page.details import measure_columns
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.shapes import GREY
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.writing.holter import lasting, say, when
from yiji.reports.writing.numbers import number
from yiji.reports.writing.words import unit_word

_HALF = (WIDTH - 8.0) / 2
_HEIGHT = 62.0  # of the histogram
_ONE_COLUMN = 26  # as many measures still stand in one
_MOST = 8  # lines of a list
_STYLE = Style(7.0, 3.7)


def rr(flow: Flow, told: HolterSummary) -> None:
    """Draw the sheet."""
    lang = flow.content.lang
    flow.turn()
    top = flow.y
    flow.title(say("rr", lang))
    _histogram(flow, told)
    lowest = flow.y
    flow.y = top
    _hrv(flow, told)
    flow.y = max(flow.y, lowest) + 3
    _lists(flow, told)


def _histogram(flow: Flow, told: HolterSummary) -> None:
    counts = np.array(told.rr.counts, np.float64)
    levels = rounded(0.0, float(counts.max()) if counts.size else 1.0)
    last = max(2000.0, float(np.flatnonzero(counts)[-1] + 1) * told.rr.bin_ms if counts.any() else 0.0)
    at = Frame(LEFT + 10, flow.y + 1, _HALF - 10, _HEIGHT - 10, 0.0, last, levels[0], levels[-1])
    ticks = [(value, f"{value:g}") for value in rounded(0.0, last, 9) if value <= last]
    frame(flow.canvas, at, ticks, levels)
    bars(
        flow.canvas,
        at,
        np.arange(len(counts), dtype=np.float64) * told.rr.bin_ms,
        told.rr.bin_ms * 0.9,
        counts,
        INKS[0],
    )
    foot = flow.y + _HEIGHT - 3
    flow.canvas.text(
        at.left + at.width, foot, say("rr_axis", flow.content.lang, bin=told.rr.bin_ms), 7, ink=GREY, align="right"
    )
    flow.y += _HEIGHT


def _hrv(flow: Flow, told: HolterSummary) -> None:
    """Draw the variability beside the histogram, in two columns where one is not enough."""
    x, content = LEFT + _HALF + 8, flow.content
    flow.title(say("hrv", content.lang), x)
    rows = [Row((one.code, number(one.value, 2), unit_word(one.unit, content.lang), one.method)) for one in told.hrv]
    parts = 1 if len(rows) <= _ONE_COLUMN else 2
    deep = max((len(rows) + parts - 1) // parts, 1)
    step = min(_STYLE.step, max(2.4, (flow.left_over - 48) / (deep + 1)))
    style, lowest = Style(min(_STYLE.size, step * 1.9), step), flow.y
    for part in range(parts):
        width = (_HALF - 2 * (parts - 1)) / parts
        columns = measure_columns(content, width)
        shown = rows[part * deep : (part + 1) * deep]
        lowest = max(lowest, table(flow.canvas, x + part * (width + 2), flow.y, columns, shown, style))
    flow.y = lowest


def _lists(flow: Flow, told: HolterSummary) -> None:
    """Draw pauses, runs, AF and ST episodes side by side, the longest of each."""
    lang, zone = flow.content.lang, flow.content.zone
    pauses = sorted(told.pauses, key=lambda one: -one.seconds)[:_MOST]
    runs = sorted(told.runs, key=lambda one: -one.beats)[:_MOST]
    af = sorted(told.af, key=lambda one: -one.seconds)[:_MOST]
    st = sorted(told.st, key=lambda one: -one.seconds)[:_MOST]
    lists = (
        ("pause_list", ("at", "seconds"),
         [(when(told, one.at, zone), f"{number(one.seconds, 2)} s") for one in pauses]),
        ("run_list", ("at", "kind", "beats_of", "rate"),
         [(when(told, one.at, zone), one.label, number(one.beats), number(one.rate)) for one in runs]),
        ("af_list", ("at", "seconds", "rate"),
         [(when(told, one.at, zone), lasting(one.seconds), number(one.rate)) for one in af]),
        ("st_list", ("at", "lead", "seconds", "level"),
         [(when(told, one.at, zone), one.lead, lasting(one.seconds), f"{one.microvolts:+d}") for one in st]),
    )  # fmt: skip
    flow.need(5.4 + (_MOST + 1) * _STYLE.step)
    width, top = (WIDTH - 12) / len(lists), flow.y
    for number_, (title, heads, rows) in enumerate(lists):
        flow.y = top
        x = LEFT + number_ * (width + 4)
        flow.title(say(title, lang, n=len(rows)), x)
        _list(flow, x, width, [say(head, lang) for head in heads], rows)


def _list(flow: Flow, x: float, width: float, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    first = 0.4 * width
    columns = [
        Column(heads[0], first, "left"),
        *(Column(head, (width - first) / (len(heads) - 1)) for head in heads[1:]),
    ]
    table(flow.canvas, x, flow.y, columns, [Row(row) for row in rows], _STYLE)
