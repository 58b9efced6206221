"""The ST level of each lead over a Holter recording, a value a minute, with its episodes shaded; then their table."""

import numpy as np

from yiji.core.contract.holter import NO_LEVEL, HolterSummary, StEpisode
from yiji.reports.page.chart import INKS, Series, band, frame, line, rounded
from yiji.reports.page.flow import TITLE_HEIGHT, Flow
from yiji.reports.page.frame import LEFT
from yiji.reports.page.holter_trends import frame_of, minutes, series, ticks, without
from yiji.reports.page.shapes import Ink
from yiji.reports.page.table import Column, Row, Style, table
from yiji.reports.writing.holter import lasting, say, when

_SHADE: Ink = (250, 224, 214)
_BETWEEN = 9.0  # for the labels below a chart and the title of the next
_LEAST, _MOST = 16.0, 36.0  # height of a chart
_TABLE = 40.0  # kept for the episodes
_LISTED = 16
_USUAL = 200.0  # uV that every chart shows at least
_STYLE = Style(7.2, 3.9)


def st(flow: Flow, told: HolterSummary) -> None:
    """Draw a chart for each lead, over as many sheets as they need, then the episodes."""
    leads = st_levels(told)
    if not leads:
        return
    flow.turn()
    flow.title(say("st_trends", flow.content.lang))
    flow.y += 4
    height = float(np.clip((flow.left_over - _TABLE) / len(leads) - _BETWEEN, _LEAST, _MOST))
    for number, (lead, levels) in enumerate(leads):
        if flow.left_over < height + 4:
            flow.turn()
            flow.y += 6
        _chart(flow, told, lead, levels, height, INKS[number % len(INKS)])
    _episodes(flow, told, sorted(told.st, key=lambda one: -abs(one.microvolts))[:_LISTED])


def st_levels(told: HolterSummary) -> list[tuple[str, Series]]:
    """Return each lead's levels, uV, NaN where a minute has none."""
    leads, values = told.trends.st_leads, series(told.trends.st_levels)
    each = len(values) // max(len(leads), 1)
    return [(lead, without(values[number * each : (number + 1) * each], NO_LEVEL)) for number, lead in enumerate(leads)]


def _chart(flow: Flow, told: HolterSummary, lead: str, levels: Series, height: float, ink: Ink) -> None:
    known = levels[np.isfinite(levels)]
    reach = max(_USUAL, float(np.abs(known).max()) if known.size else 0.0)
    marks = rounded(-reach, reach, 5)
    at = frame_of(told, flow.y, height, marks)
    for one in told.st:
        if one.lead == lead:
            ends = np.array([one.at, one.at + one.seconds])
            band(flow.canvas, at, ends, np.full(2, at.low), np.full(2, at.high), _SHADE)
    frame(flow.canvas, at, ticks(flow, told), marks, _title(flow, lead, known))
    line(flow.canvas, at, minutes(levels), levels, ink)
    flow.y += height + _BETWEEN


def _title(flow: Flow, lead: str, known: Series) -> str:
    """Name the lead, and say where its levels lie."""
    lang, title = flow.content.lang, say("st_trend", flow.content.lang, lead=lead)
    if not known.size:
        return title
    low, usual, high = (f"{value:+.0f}" for value in (known.min(), np.median(known), known.max()))
    return f"{title}   {say('st_levels', lang, low=low, usual=usual, high=high)}"


def _episodes(flow: Flow, told: HolterSummary, shown: list[StEpisode]) -> None:
    if not shown:
        return
    lang, zone = flow.content.lang, flow.content.zone
    heads = (("at", 36.0), ("lead", 20.0), ("seconds", 36.0), ("level", 30.0), ("peak_at", 40.0))
    columns = [Column(say(key, lang), width, "left") for key, width in heads]
    rows = [
        Row((when(told, one.at, zone), one.lead, lasting(one.seconds), f"{one.microvolts:+d}",
             when(told, one.peak_at, zone)))
        for one in shown
    ]  # fmt: skip
    flow.need(TITLE_HEIGHT + (len(rows) + 1) * _STYLE.step)
    flow.title(say("st_table", lang, n=len(rows)))
    flow.y = table(flow.canvas, LEFT, flow.y, columns, rows, _STYLE)
