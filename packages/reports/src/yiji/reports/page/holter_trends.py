"""Trends of a Holter report on one axis: heart rate by the minute, ectopic beats by the hour, AF, artefact."""

from datetime import timedelta

import numpy as np

from yiji.core.contract.holter import NO_RATE, HolterSummary
from yiji.reports.page.chart import INKS, Frame, Series, band, bars, frame, line, rounded
from yiji.reports.page.flow import Flow
from yiji.reports.page.frame import LEFT, WIDTH
from yiji.reports.page.shapes import Ink
from yiji.reports.writing.holter import say, started, when

_INDENT = 8.0  # for the labels of the vertical axis
_BAND: Ink = (196, 222, 228)
_GREY: Ink = (150, 150, 150)
_RATE, _COUNT, _SHARE = 44.0, 18.0, 7.0  # heights of a chart
_BETWEEN = 8.0  # for the labels below one and the title of the next
_HOUR = 3600


def trends(flow: Flow, told: HolterSummary) -> None:
    """Draw the charts one below the other."""
    lang = flow.content.lang
    flow.turn()
    flow.title(say("trends", lang))
    flow.y += 4
    rate_chart(flow, told, flow.y, _RATE)
    flow.y += _RATE + _BETWEEN
    for key, values, ink in (
        ("ve_hours", [span.ve for span in told.hours], INKS[1]),
        ("sve_hours", [span.sve for span in told.hours], INKS[3]),
    ):
        _count_chart(flow, told, say(key, lang), values, ink)
    for key, values, ink in (("af_trend", told.trends.af, INKS[2]), ("artefact_trend", told.trends.artefact, _GREY)):
        _share_chart(flow, told, say(key, lang), series(values), ink)


def rate_chart(flow: Flow, told: HolterSummary, top: float, height: float) -> None:
    """Draw the heart rate: the mean of each minute, and a band from the lowest to the highest."""
    mean, low, high = (
        without(series(told.trends.heart_rates), NO_RATE),
        without(series(told.trends.lowest_rates), NO_RATE),
        without(series(told.trends.highest_rates), NO_RATE),
    )
    known = np.concatenate((mean, low, high))
    known = known[np.isfinite(known)]
    levels = rounded(float(known.min()), float(known.max())) if known.size else [0.0, 100.0, 200.0]
    at = frame_of(told, top, height, levels)
    frame(flow.canvas, at, ticks(flow, told), levels, say("rate_trend", flow.content.lang))
    if len(low) == len(high):
        band(flow.canvas, at, minutes(low), low, high, _BAND)
    line(flow.canvas, at, minutes(mean), mean, INKS[0])


def _count_chart(flow: Flow, told: HolterSummary, title: str, values: list[int], ink: Ink) -> None:
    """Draw a bar for each hour, its count above it."""
    counts, firsts = np.array(values, np.float64), np.array([span.first for span in told.hours], np.float64)
    levels = rounded(0.0, max(float(counts.max(initial=0.0)), 4.0), 3)
    at = frame_of(told, flow.y, _COUNT, levels)
    frame(flow.canvas, at, ticks(flow, told), levels, title)
    bars(flow.canvas, at, firsts + 200, _HOUR - 400, counts, ink)
    tops = at.y(counts)
    for x, y, value in zip(at.x(firsts + _HOUR / 2).tolist(), tops.tolist(), values, strict=True):
        if value:
            flow.canvas.text(x, max(y - 0.5, at.top + 2.2), str(value), 6, align="centre")
    flow.y += _COUNT + _BETWEEN


def _share_chart(flow: Flow, told: HolterSummary, title: str, values: Series, ink: Ink) -> None:
    at = frame_of(told, flow.y, _SHARE, [0.0, 100.0])
    frame(flow.canvas, at, ticks(flow, told), [0.0, 100.0], title)
    bars(flow.canvas, at, minutes(values) - 30, 60.0, values, ink)
    flow.y += _SHARE + _BETWEEN


def frame_of(told: HolterSummary, top: float, height: float, levels: list[float]) -> Frame:
    """Return a chart's place, as long as the recording."""
    return Frame(LEFT + _INDENT, top, WIDTH - _INDENT, height, 0.0, max(told.seconds, 60.0), levels[0], levels[-1])


def ticks(flow: Flow, told: HolterSummary, most: int = 13) -> list[tuple[float, str]]:
    """Return full hours of the clock, about so many at most, each with its label."""
    begun = started(told, flow.content.zone)
    step = next((one for one in (600, 1800, 3600, 7200, 14400) if told.seconds / one <= most), 28800)
    first = 0.0
    if begun is not None:
        midnight = begun.replace(hour=0, minute=0, second=0, microsecond=0)
        first = -((begun - midnight) / timedelta(seconds=1) % step) % step
    return [
        (float(at), when(told, float(at) + 0.5, flow.content.zone, "%H:%M"))
        for at in np.arange(first, told.seconds, step)
    ]


def series(values: bytes) -> Series:
    """Unpack values of 16 bit."""
    return np.frombuffer(values[: len(values) // 2 * 2], "<i2").astype(np.float64)


def without(values: Series, nothing: int) -> Series:
    """Return the values, NaN for what stands for none."""
    return np.where(values == nothing, np.nan, values)


def minutes(values: Series) -> Series:
    """Return the middle of each minute, in s."""
    return np.arange(len(values), dtype=np.float64) * 60.0 + 30.0
