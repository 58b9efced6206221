"""From what was found in a long recording to the summary that its report is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from yiji.core.contract.holter import AfEpisode, HolterPause, HolterSummary, HolterTrends
from yiji.core.contract.measure import Measurement
from yiji.core.signal import Recording
from yiji.devices.analysis.holter.events import Known, events
from yiji.devices.analysis.holter.findings import statements
from yiji.devices.analysis.holter.hrv import Normals, mean_spectrum
from yiji.devices.analysis.holter.rhythm import PAUSE, Rhythm, groups, in_pattern, moment, runs
from yiji.devices.analysis.holter.rr import extremes, histogram, pairs
from yiji.devices.analysis.holter.spans import Spans
from yiji.devices.analysis.holter.st import StTrend, st_episodes, st_trend
from yiji.devices.analysis.holter.stream import Found
from yiji.devices.analysis.holter.strips import hour_strips
from yiji.devices.analysis.holter.templates import Templates

ALGORITHM = "yiji-holter 0.1.0"
LISTED = 200  # pauses, runs, episodes at most: the longest


Fields = dict[str, Any]


class _Timed(Protocol):
    @property
    def at(self) -> float: ...


Timed = TypeVar("Timed", bound=_Timed)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a summary is made of."""

    recording: Recording
    found: Found
    rhythm: Rhythm
    af: tuple[AfEpisode, ...]
    shapes: Templates
    hrv: tuple[Measurement, ...]


def summarise(parts: Parts) -> HolterSummary:
    """Return the summary with its events and statements."""
    pauses = _pauses(parts.rhythm)
    spans = Spans(parts.rhythm, parts.found.anywhere, pauses)
    trend = st_trend(parts.found, parts.recording.names or parts.recording.leads)
    known = _known(parts, spans, trend, pauses)
    summary = HolterSummary(
        **_recorded(parts),
        **_counted(parts.rhythm),
        **_spans(parts, spans),
        **_found(parts, known),
        **_intervals(parts),
        trends=_trends(parts, spans, trend),
        events=events(parts.recording, known),
        hour_strips=hour_strips(parts.recording, parts.rhythm, parts.found.readable),
    )
    return summary.model_copy(update={"findings": statements(summary)})


def _known(parts: Parts, spans: Spans, trend: StTrend, pauses: list[HolterPause]) -> Known:
    rhythm, rows = parts.rhythm, parts.shapes.rows
    return Known(
        rhythm=rhythm,
        slowest=moment(spans.moments, spans.rates, highest=False),
        fastest=moment(spans.moments, spans.rates, highest=True),
        longest=_longest(rhythm),
        pauses=_most(pauses, lambda one: one.seconds),
        runs=_most([run for label in "VS" for run in runs(rhythm, label, rows)], lambda one: one.beats),
        af=_most(parts.af, lambda one: one.seconds),
        st=_most(st_episodes(trend), lambda one: one.seconds),
    )


def _recorded(parts: Parts) -> Fields:
    recording = parts.recording
    return {
        "algorithm": ALGORITHM,
        "seconds": recording.seconds,
        "analysed_seconds": float(parts.found.anywhere.sum()),
        "leads": recording.names or recording.leads,
        "started_at": recording.start,
    }


def _counted(rhythm: Rhythm) -> Fields:
    return {
        "normal": _count(rhythm, "N"),
        "fusion": _count(rhythm, "F"),
        "paced": _count(rhythm, "Q"),
        "ve_singles": _singles(rhythm, "V"),
        "ve_bigeminy": in_pattern(rhythm, 2),
        "ve_trigeminy": in_pattern(rhythm, 3),
        "sve_singles": _singles(rhythm, "S"),
    }


def _spans(parts: Parts, spans: Spans) -> Fields:
    day, night = spans.day_night(parts.recording.start)
    total = spans.of(np.ones(spans.readable.size, np.bool_))
    return {"total": total, "hours": spans.hours(), "day": day, "night": night}


def _found(parts: Parts, known: Known) -> Fields:
    share = sum(one.seconds for one in parts.af) / max(1.0, float(parts.found.anywhere.sum()))
    return {
        "slowest": known.slowest,
        "fastest": known.fastest,
        "longest_rr": known.longest,
        "pauses": known.pauses,
        "runs": known.runs,
        "templates": parts.shapes.shown,
        "af_share": min(1.0, share),
        "af": known.af,
        "st": known.st,
    }


def _intervals(parts: Parts) -> Fields:
    stretches = Normals.of(parts.rhythm, parts.af).segments()
    return {
        "rr": histogram(parts.rhythm),
        "rr_pairs": pairs(parts.rhythm),
        "rr_spectrum": mean_spectrum(stretches),
        "hrv": parts.hrv,
    }


def _most(listed: Iterable[Timed], size: Callable[[Timed], float]) -> tuple[Timed, ...]:
    """Return the largest, at most so many as are listed, in the order of time."""
    return tuple(sorted(sorted(listed, key=size, reverse=True)[:LISTED], key=lambda one: one.at))


def _pauses(rhythm: Rhythm) -> list[HolterPause]:
    rows = np.flatnonzero(rhythm.usable & (rhythm.intervals >= PAUSE))
    return [HolterPause(at=float(rhythm.seconds[row - 1]), seconds=float(rhythm.intervals[row])) for row in rows]


def _longest(rhythm: Rhythm) -> HolterPause | None:
    if not rhythm.usable.any():
        return None
    row = int(np.argmax(np.where(rhythm.usable, rhythm.intervals, 0.0)))
    return HolterPause(at=float(rhythm.seconds[row - 1]), seconds=float(rhythm.intervals[row]))


def _count(rhythm: Rhythm, label: str) -> int:
    return int((rhythm.labels == label).sum())


def _singles(rhythm: Rhythm, label: str) -> int:
    return sum(size == 1 for _, size in groups(rhythm, label))


def _trends(parts: Parts, spans: Spans, trend: StTrend) -> HolterTrends:
    means, low, high = spans.rate_trends()
    shortest, longest = extremes(parts.rhythm, parts.recording.seconds)
    return HolterTrends(
        heart_rates=means,
        lowest_rates=low,
        highest_rates=high,
        st_leads=trend.leads,
        st_levels=trend.as_bytes(),
        af=spans.af_trend(parts.af),
        artefact=spans.artefact_trend(),
        rr_shortest=shortest,
        rr_longest=longest,
    )
