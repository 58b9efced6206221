"""From what was found in a long recording to the summary that its report is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from yiji.core.contract.holter import AfEpisode, HolterPause, HolterSummary, HolterTrends
from yiji.core.contract.measure import Measurement
from yiji.core.signal import Recording
from yiji.devices.analysis.holter_events import Known, events
from yiji.devices.analysis.holter_findings import statements
from yiji.devices.analysis.holter_rhythm import PAUSE, Rhythm, groups, histogram, in_pattern, moment, runs
from yiji.devices.analysis.holter_spans import Spans
from yiji.devices.analysis.holter_st import StTrend, st_episodes, st_trend
from yiji.devices.analysis.holter_stream import Found
from yiji.devices.analysis.holter_templates import Templates

ALGORITHM = "yiji-holter 0.1.0"
LISTED = 200  # pauses, runs, episodes at most: the longest


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
    recording, rhythm, shapes = parts.recording, parts.rhythm, parts.shapes
    leads = recording.names or recording.leads
    readable = parts.found.anywhere
    pauses = _pauses(rhythm)
    spans, trend = Spans(rhythm, readable, pauses), st_trend(parts.found, leads)
    known = Known(
        rhythm=rhythm,
        slowest=moment(spans.moments, spans.rates, highest=False),
        fastest=moment(spans.moments, spans.rates, highest=True),
        longest=_longest(rhythm),
        pauses=_most(pauses, lambda one: one.seconds),
        runs=_most([run for label in "VS" for run in runs(rhythm, label, shapes.rows)], lambda one: one.beats),
        af=_most(parts.af, lambda one: one.seconds),
        st=_most(st_episodes(trend), lambda one: one.seconds),
        templates=shapes.shown,
        shapes=shapes.rows,
    )
    day, night = spans.day_night(recording.start)
    summary = HolterSummary(
        algorithm=ALGORITHM,
        seconds=recording.seconds,
        analysed_seconds=float(readable.sum()),
        leads=leads,
        started_at=recording.start,
        total=spans.of(np.ones(readable.size, np.bool_)),
        normal=_count(rhythm, "N"),
        fusion=_count(rhythm, "F"),
        paced=_count(rhythm, "Q"),
        ve_singles=_singles(rhythm, "V"),
        ve_bigeminy=in_pattern(rhythm, 2),
        ve_trigeminy=in_pattern(rhythm, 3),
        sve_singles=_singles(rhythm, "S"),
        hours=spans.hours(),
        day=day,
        night=night,
        slowest=known.slowest,
        fastest=known.fastest,
        longest_rr=known.longest,
        pauses=known.pauses,
        runs=known.runs,
        templates=known.templates,
        rr=histogram(rhythm),
        trends=_trends(spans, trend, parts.af),
        af_share=min(1.0, sum(one.seconds for one in parts.af) / max(1.0, float(readable.sum()))),
        af=known.af,
        st=known.st,
        hrv=parts.hrv,
        events=events(recording, known),
    )
    return summary.model_copy(update={"findings": statements(summary)})


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


def _trends(spans: Spans, trend: StTrend, af: tuple[AfEpisode, ...]) -> HolterTrends:
    means, low, high = spans.rate_trends()
    return HolterTrends(
        heart_rates=means,
        lowest_rates=low,
        highest_rates=high,
        st_leads=trend.leads,
        st_levels=trend.as_bytes(),
        af=spans.af_trend(af),
        artefact=spans.artefact_trend(),
    )
