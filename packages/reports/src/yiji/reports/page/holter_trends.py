"""Trends of a Holter report, a value a minute: heart rate, ST of each lead, AF, artefact."""

from datetime import timedelta

import numpy as np

from yiji.core.contract.holter import NO_LEVEL, NO_RATE, HolterSummary
from yiji.reports.page.chart import INKS, Frame, Series, band, bars, frame, line, rounded
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.shapes import Ink
from yiji.reports.writing.holter import say, started, when

_INDENT = 8.0  # for the labels of the vertical axis
_BAND: Ink = (196, 222, 228)
_GREY: Ink = (150, 150, 150)
_ST, _SHARE = 22.0, 9.0  # heights of a chart


def trends(flow: Flow, told: HolterSummary) -> None:
    """Draw the charts one below the other, over as many sheets as they need."""
    lang = flow.content.lang
    flow.turn()
    flow.title(say("trends", lang))
    flow.y += 4
    rate_chart(flow, told, flow.y, 44)
    flow.y += 52
    for number, (lead, levels) in enumerate(_levels(told)):
        _next(flow, _ST)
        _st_chart(flow, told, lead, levels, INKS[number % len(INKS)])
    for key, values, ink in (("af_trend", told.trends.af, INKS[2]), ("artefact_trend", told.trends.artefact, _GREY)):
        _next(flow, _SHARE)
        _share_chart(flow, told, say(key, lang), _series(values), ink)


def rate_chart(flow: Flow, told: HolterSummary, top: float, height: float) -> None:
    """Draw the heart rate: the mean of each minute, and a band from the lowest to the highest."""
    mean, low, high = (
        _without(_series(told.trends.heart_rates), NO_RATE),
        _without(_series(told.trends.lowest_rates), NO_RATE),
        _without(_series(told.trends.highest_rates), NO_RATE),
    )
    known = np.concatenate((mean, low, high))
    known = known[np.isfinite(known)]
    levels = rounded(float(known.min()), float(known.max())) if known.size else [0.0, 100.0, 200.0]
    at = _frame(told, top, height, levels)
    frame(flow.canvas, at, _ticks(flow, told), levels, say("rate_trend", flow.content.lang))
    if len(low) == len(high):
        band(flow.canvas, at, _minutes(low), low, high, _BAND)
    line(flow.canvas, at, _minutes(mean), mean, INKS[0])


def _st_chart(flow: Flow, told: HolterSummary, lead: str, levels: Series, ink: Ink) -> None:
    known = levels[np.isfinite(levels)]
    reach = max(200.0, float(np.abs(known).max()) if known.size else 0.0)
    ticks = rounded(-reach, reach, 3)
    at = _frame(told, flow.y, _ST - 7, ticks)
    frame(flow.canvas, at, _ticks(flow, told), ticks, say("st_trend", flow.content.lang, lead=lead))
    line(flow.canvas, at, _minutes(levels), levels, ink)
    flow.y += _ST


def _share_chart(flow: Flow, told: HolterSummary, title: str, values: Series, ink: Ink) -> None:
    at = _frame(told, flow.y, _SHARE - 3, [0.0, 100.0])
    frame(flow.canvas, at, _ticks(flow, told), [0.0, 100.0], title)
    bars(flow.canvas, at, _minutes(values) - 30, 60.0, values, ink)
    flow.y += _SHARE + 6


def _next(flow: Flow, height: float) -> None:
    """Go over to a new sheet where a chart and its labels do not fit."""
    if flow.left_over < height:
        flow.turn()
        flow.y += 6


def _frame(told: HolterSummary, top: float, height: float, levels: list[float]) -> Frame:
    return Frame(LEFT + _INDENT, top, WIDTH - _INDENT, height, 0.0, max(told.seconds, 60.0), levels[0], levels[-1])


def _ticks(flow: Flow, told: HolterSummary) -> list[tuple[float, str]]:
    """Return full hours of the clock, at most about thirteen, each with its label."""
    begun = started(told, flow.content.zone)
    step = next((one for one in (600, 1800, 3600, 7200, 14400) if told.seconds / one <= 13), 28800)
    first = 0.0
    if begun is not None:
        midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
        first = -((begun - midnight) / timedelta(seconds=1) % step) % step
    return [
        (float(at), when(told, float(at) + 0.5, flow.content.zone, "%H:%M"))
        for at in np.arange(first, told.seconds, step)
    ]


def _series(values: bytes) -> Series:
    return np.frombuffer(values[: len(values) // 2 * 2], "<i2").astype(np.float64)


def _without(values: Series, nothing: int) -> Series:
    return np.where(values == nothing, np.nan, values)


def _minutes(values: Series) -> Series:
    """Return the middle of each minute, in s."""
    return np.arange(len(values), dtype=np.float64) * 60.0 + 30.0


def _levels(told: HolterSummary) -> list[tuple[str, Series]]:
    leads, values = told.trends.st_leads, _series(told.trends.st_levels)
    each = len(values) // max(len(leads), 1)
    return [
        (lead, _without(values[number * each : (number + 1) * each], NO_LEVEL)) for number, lead in enumerate(leads)
    ]
