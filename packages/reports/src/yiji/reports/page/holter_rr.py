"""RR intervals of a Holter report: histogram, pairs (Poincare plot), and lists of what was longest."""

from collections.abc import Sequence

import numpy as np

from yiji.core.contract.holter import HolterSummary, RrPairs
from yiji.reports.page.chart import INKS, Frame, bars, frame, rounded
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.holter_trends import series
from yiji.reports.page.shapes import GREY, Ink, Lines
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.writing.holter import lasting, say, when
from yiji.reports.writing.numbers import number

_WIDE = 150.0  # of the histogram
_HEIGHT = 84.0  # of both pictures
_MOST = 8  # lines of a list
_STYLE = Style(7.0, 3.7)
_SHADES: tuple[tuple[int, Ink], ...] = (
    (1, (190, 215, 222)), (3, (120, 176, 190)), (10, (50, 130, 150)), (50, (0, 80, 100)), (400, (0, 30, 45)),
)  # from so many pairs on  # fmt: skip


def rr(flow: Flow, told: HolterSummary) -> None:
    """Draw the sheet."""
    lang = flow.content.lang
    flow.turn()
    top = flow.y
    flow.title(say("rr", lang))
    _histogram(flow, told)
    flow.y = top
    flow.title(say("rr_pairs", lang), LEFT + _WIDE + 10)
    _pairs(flow, told.rr_pairs)
    flow.y = top + _HEIGHT + 9
    _lists(flow, told)


def _histogram(flow: Flow, told: HolterSummary) -> None:
    counts = np.array(told.rr.counts, np.float64)
    levels = rounded(0.0, float(counts.max()) if counts.size else 1.0)
    last = max(2000.0, float(np.flatnonzero(counts)[-1] + 1) * told.rr.bin_ms if counts.any() else 0.0)
    at = Frame(LEFT + 10, flow.y + 1, _WIDE - 10, _HEIGHT - 8, 0.0, last, levels[0], levels[-1])
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
    foot = flow.y + _HEIGHT - 1
    flow.canvas.text(
        at.left + at.width, foot, say("rr_axis", flow.content.lang, bin=told.rr.bin_ms), 7, ink=GREY, align="right"
    )


def _pairs(flow: Flow, told: RrPairs) -> None:
    """Draw the interval before along, the one after upwards; the darker, the more pairs."""
    if not told.bins:
        return
    first, last = float(told.first_ms), float(told.first_ms + told.bins * told.bin_ms)
    side = _HEIGHT - 8
    at = Frame(LEFT + _WIDE + 20, flow.y + 1, side, side, first, last, first, last)
    marks = [value for value in rounded(first, last, 6) if first <= value <= last]
    frame(flow.canvas, at, [(value, f"{value:g}") for value in marks], marks)
    flow.canvas.line(at.left, at.top + side, at.left + side, at.top, 0.15, GREY)
    counts = series(told.counts)[: told.bins**2].reshape(told.bins, -1)
    size = side / told.bins
    for number_, (least, ink) in enumerate(_SHADES):
        most = _SHADES[number_ + 1][0] if number_ + 1 < len(_SHADES) else np.inf
        before, after = np.nonzero((counts >= least) & (counts < most))
        x = at.left + before.astype(np.float64) * size
        y = at.top + side - (after.astype(np.float64) + 0.5) * size
        flow.canvas.add(Lines(np.column_stack((x, y, x + size, y)), ink, size))
    axes = say("rr_pairs_axes", flow.content.lang)
    flow.canvas.text(at.left + side, at.top + side + 6, axes, 7, ink=GREY, align="right")


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
