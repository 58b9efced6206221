"""What a doctor wants to see of a long recording: the events, the most important with a strip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yiji.core.contract.holter import (
    AfEpisode,
    HolterEvent,
    HolterPause,
    HolterRun,
    HolterTemplate,
    RateMoment,
    StEpisode,
)
from yiji.core.contract.measure import Severity
from yiji.core.signal import Recording
from yiji.devices.analysis.filters import Places
from yiji.devices.analysis.holter_rhythm import Rhythm, groups
from yiji.devices.analysis.holter_strips import strip

STRIPS = 40
RATE_LAG = 3.0  # s: a rate is told at the last of its beats
FAST = 100.0  # /min, from which ventricular beats on end are a tachycardia
SUSTAINED = 30.0  # s
LONG_PAUSE, CRITICAL_PAUSE = 3.0, 5.0  # s
EACH = {"pause": 6, "ve_run": 8, "sve_run": 5, "af": 4, "st": 5, "ve_pair": 2, "sve_pair": 2, "ve_template": 5}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a recording when its events are chosen."""

    rhythm: Rhythm
    slowest: RateMoment | None
    fastest: RateMoment | None
    longest: HolterPause | None
    pauses: tuple[HolterPause, ...]
    runs: tuple[HolterRun, ...]
    af: tuple[AfEpisode, ...]
    st: tuple[StEpisode, ...]
    templates: tuple[HolterTemplate, ...]
    shapes: Places  # each beat's row in `templates`


def events(recording: Recording, known: Known) -> tuple[HolterEvent, ...]:
    """Return the events in the order of time; the most important of each kind have a strip, at most 40 in all."""
    listed = list(_chosen(known))[:STRIPS]
    shown = [one.model_copy(update={"strip": strip(recording, known.rhythm, _centre(one))}) for one in listed]
    return tuple(sorted(shown, key=lambda one: one.at))


def _centre(event: HolterEvent) -> float:
    """Return what is in the middle of an event's strip: its middle when it fits, else its beginning."""
    return event.at + min(event.seconds, 5.0) / 2


def _chosen(known: Known) -> Iterator[HolterEvent]:
    yield from _rates(known)
    yield from _pauses(known)
    for label in "VS":
        runs = [run for run in known.runs if run.label == label]
        longest = sorted(runs, key=lambda run: -run.beats)[: EACH["ve_run"] // 2 if label == "V" else EACH["sve_run"]]
        fastest = sorted(runs, key=lambda run: -run.rate)[: EACH["ve_run"] // 2 if label == "V" else 0]
        yield from _once(_run(run) for run in (*longest, *fastest))
    yield from map(_af, sorted(known.af, key=lambda one: -one.seconds)[: EACH["af"]])
    yield from map(_st, sorted(known.st, key=lambda one: -abs(one.microvolts))[: EACH["st"]])
    yield from _pairs(known.rhythm)
    yield from _templates(known)


def _once(listed: Iterable[HolterEvent]) -> Iterator[HolterEvent]:
    seen = set[float]()
    for one in listed:
        if one.at not in seen:
            seen.add(one.at)
            yield one


def _rates(known: Known) -> Iterator[HolterEvent]:
    kinds = (("max_rate", known.fastest, "最快心率", "Fastest heart rate"),)
    for kind, one, zh, en in (*kinds, ("min_rate", known.slowest, "最慢心率", "Slowest heart rate")):
        if one:
            yield _told(kind, one.at - RATE_LAG, 0, zh, en, f"{one.rate:.0f}/min")
    if known.longest:
        at, seconds = known.longest.at, known.longest.seconds
        yield _told("longest_rr", at, seconds, "最长 RR 间期", "Longest RR interval", f"{seconds:.2f} s")


def _pauses(known: Known) -> Iterator[HolterEvent]:
    rest = [one for one in known.pauses if one != known.longest]
    for one in sorted(rest, key=lambda one: -one.seconds)[: EACH["pause"]]:
        yield _told("pause", one.at, one.seconds, "停搏", "Pause", f"{one.seconds:.2f} s", pause_severity(one.seconds))


def pause_severity(seconds: float) -> Severity:
    """Return how grave a pause is: from 3 s abnormal, from 5 s critical (recalled)."""
    if seconds >= CRITICAL_PAUSE:
        return Severity.CRITICAL
    return Severity.ABNORMAL if seconds >= LONG_PAUSE else Severity.BORDERLINE


def run_severity(run: HolterRun) -> Severity:
    """Return how grave a run is: a sustained ventricular tachycardia is critical, a short one abnormal (recalled)."""
    if run.label == "V" and run.rate >= FAST:
        return Severity.CRITICAL if run.seconds >= SUSTAINED else Severity.ABNORMAL
    return Severity.ABNORMAL if run.label == "V" else Severity.BORDERLINE


def _run(run: HolterRun) -> HolterEvent:
    kind, zh, en = ("ve_run", "室性", "ventricular") if run.label == "V" else ("sve_run", "室上性", "supraventricular")
    words = (f"成串{zh}早搏", f"Run of {en} beats")
    if run.rate >= FAST:
        words = (f"{zh}心动过速", f"{en.capitalize()} tachycardia")
    how = f"{run.beats} × {run.rate:.0f}/min"
    return _told(kind, run.at, run.seconds, *words, how, run_severity(run))


def _af(one: AfEpisode) -> HolterEvent:
    how = f"{one.seconds / 60:.1f} min" + (f", {one.rate:.0f}/min" if one.rate else "")
    return _told("af", one.at, one.seconds, "心房颤动发作（据 RR）", "AF onset (by intervals)", how, Severity.ABNORMAL)


def _st(one: StEpisode) -> HolterEvent:
    words = ("ST 段抬高", "ST elevation") if one.microvolts > 0 else ("ST 段压低", "ST depression")
    how = f"{one.lead} {one.microvolts / 1000:+.2f} mV, {one.seconds / 60:.0f} min"
    return _told("st", one.peak_at, 60.0, *words, how, Severity.ABNORMAL)


def _pairs(rhythm: Rhythm) -> Iterator[HolterEvent]:
    kinds = {"V": ("ve_pair", "成对室性早搏", "Ventricular pair"), "S": ("sve_pair", "成对室上性早搏", "Atrial pair")}
    for label, (kind, zh, en) in kinds.items():
        pairs = [first for first, size in groups(rhythm, label) if size == 2]
        for first in _spread(pairs, EACH[kind]):
            seconds = float(rhythm.seconds[first + 1] - rhythm.seconds[first])
            yield _told(kind, float(rhythm.seconds[first]), seconds, zh, en, f"RR {1000 * seconds:.0f} ms")


def _spread(rows: list[int], most: int) -> list[int]:
    return rows[:: max(1, -(-len(rows) // most))]


def _templates(known: Known) -> Iterator[HolterEvent]:
    ventricular = [row for row, one in enumerate(known.templates) if one.label == "V"][: EACH["ve_template"]]
    for number, row in enumerate(ventricular, 1):
        beats = (known.shapes == row).nonzero()[0]
        if beats.size:
            at, how = float(known.rhythm.seconds[beats[beats.size // 2]]), f"× {known.templates[row].count}"
            zh, en = f"室性早搏形态 {number}", f"Ventricular shape {number}"
            yield _told("ve_template", at, 0, zh, en, how, Severity.BORDERLINE)


def _told(
    kind: str, at: float, seconds: float, zh: str, en: str, how: str, severity: Severity = Severity.NORMAL
) -> HolterEvent:
    """Make an event; its words end with the numbers."""
    return HolterEvent(
        kind=kind, at=max(0.0, at), seconds=seconds, text_zh=f"{zh} {how}", text_en=f"{en} {how}", severity=severity
    )
