"""Heart-rate variability of a Holter report: every measure with its method, and the spectrum."""

import numpy as np

from yiji.core.contract.holter import HolterSummary
from yiji.core.contract.measure import Measurement
from yiji.reports.page.chart import INKS, Frame, band, frame, line, rounded
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.shapes import GREY, Ink
from yiji.reports.page.table import Align, Column, Row, Style, table
from yiji.reports.writing.holter import say
from yiji.reports.writing.measures import BANDS, measure_name, method_words
from yiji.reports.writing.numbers import number
from yiji.reports.writing.words import unit_word

_SPECTRUM = 62.0  # height
_COLUMNS = 2  # tables side by side
_GAP = 6.0
_STYLE = Style(7.0, 3.8)
_SHADES: tuple[Ink, ...] = ((226, 232, 235), (246, 226, 200), (214, 232, 214))


def hrv(flow: Flow, told: HolterSummary) -> None:
    """Draw the measures, over as many sheets as they need, then the spectrum; nothing where there is neither."""
    if not told.hrv and not told.rr_spectrum.power:
        return
    flow.turn()
    rest = list(told.hrv)
    while rest:
        rest = _tables(flow, rest)
    if told.rr_spectrum.power:
        flow.need(_SPECTRUM + 6)
        flow.y += 2
        _spectrum(flow, told)


def _tables(flow: Flow, measures: list[Measurement]) -> list[Measurement]:
    """Draw what fits on the sheet, side by side; return what does not."""
    flow.need(20)
    flow.title(say("hrv", flow.content.lang))
    room = max(1, int(flow.left_over / _STYLE.step) - 1)
    deep = min(room, -(-len(measures) // _COLUMNS))
    width, lowest = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS, flow.y
    for column in range(_COLUMNS):
        rows = [_row(flow, one) for one in measures[column * deep : (column + 1) * deep]]
        if rows:
            x = LEFT + column * (width + _GAP)
            lowest = max(lowest, table(flow.canvas, x, flow.y, _columns(flow, width), rows, _STYLE))
    flow.y = lowest + 1
    return measures[_COLUMNS * deep :]


def _columns(flow: Flow, width: float) -> list[Column]:
    shares: tuple[tuple[str, float, Align], ...] = (
        ("measure", 0.26, "left"), ("code", 0.17, "left"), ("value", 0.10, "right"), ("unit", 0.06, "left"),
        ("method", 0.41, "left"),
    )  # fmt: skip
    return [Column(flow.content.word(key), width * share, align) for key, share, align in shares]


def _row(flow: Flow, one: Measurement) -> Row:
    lang = flow.content.lang
    name, method = measure_name(one, lang), method_words(one, lang)
    return Row((name, one.code, number(one.value, 2), unit_word(one.unit, lang), method))


def _spectrum(flow: Flow, told: HolterSummary) -> None:
    """Draw power over frequency, the bands shaded."""
    lang, power = flow.content.lang, np.array(told.rr_spectrum.power, np.float64)
    flow.title(say("spectrum", lang))
    flow.y += 3
    hz = np.arange(len(power), dtype=np.float64) * told.rr_spectrum.step_hz
    seen = power[hz >= BANDS[0][1]]
    levels = rounded(0.0, float(np.nanmax(seen, initial=1.0)), 5)
    at = Frame(LEFT + 12, flow.y, WIDTH - 12, _SPECTRUM - 18, 0.0, float(hz[-1]), 0.0, levels[-1])
    for (code, low, high), ink in zip(BANDS, _SHADES, strict=True):
        ends = np.array([low, high])
        band(flow.canvas, at, ends, np.zeros(2), np.full(2, at.high), ink)
        flow.canvas.text(float(at.x(ends).mean()), at.top - 1, code.upper(), 8, bold=True, align="centre")
    ticks = [(float(value), f"{value:.2f}") for value in np.arange(0, hz[-1] + 1e-9, 0.05)]
    frame(flow.canvas, at, ticks, levels)
    line(flow.canvas, at, hz, power, INKS[0], 0.35)
    flow.canvas.text(at.left + at.width, at.top + at.height + 6, say("spectrum_axes", lang), 7, ink=GREY, align="right")
