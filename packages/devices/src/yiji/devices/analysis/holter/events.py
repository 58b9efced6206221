"""What a doctor wants to see of a long recording: the events, the most important with a strip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yiji.core.contract.holter import (
    AfEpisode,
    HolterEvent,
    HolterPause,
    HolterRun,
    RateMoment,
    StEpisode,
)
from yiji.core.contract.measure import Severity
from yiji.core.signal import Recording
from yiji.devices.analysis.holter.rhythm import Rhythm, groups
from yiji.devices.analysis.holter.strips import strip

STRIPS = 48
RATE_LAG = 3.0  # s: a rate is told at the last of its beats
FAST = 100.0  # /min, from which ventricular beats on end are a tachycardia
SUSTAINED = 30.0  # s
ST_APART = 60.0  # s before and after an ST episode that are shown
LONG_PAUSE, CRITICAL_PAUSE = 3.0, 5.0  # s
EACH = {"pause": 6, "ve_run": 8, "sve_run": 5, "af": 3, "st": 3, "pair": 2, "single": 2}

_SIZES = {1: ("single", "单发{}早搏", "Single {} beat"), 2: ("pair", "成对{}早搏", "{} pair")}
_LABELS = {"V": ("ve", "室性", "ventricular"), "S": ("sve", "室上性", "supraventricular")}


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


def events(recording: Recording, known: Known) -> tuple[HolterEvent, ...]:
    """Return the events in the order of time; the most important of each kind have a strip, at most 48 in all."""
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
    for one in sorted(known.af, key=lambda one: -one.seconds)[: EACH["af"]]:
        yield from _af(one)
    for one in sorted(known.st, key=lambda one: -abs(one.microvolts))[: EACH["st"]]:
        yield from _st(one, float(known.rhythm.seconds[-1]))
    yield from _groups(known.rhythm, 2, EACH["pair"])
    yield from _groups(known.rhythm, 1, EACH["single"])


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


def _af(one: AfEpisode) -> Iterator[HolterEvent]:
    how = f"{one.seconds / 60:.1f} min" + (f", {one.rate:.0f}/min" if one.rate else "")
    yield _told("af", one.at, 0, "房颤发作起始（据 RR）", "AF begins (by intervals)", how, Severity.ABNORMAL)
    end = one.at + one.seconds
    yield _told("af", end, 0, "房颤发作终止（据 RR）", "AF ends (by intervals)", how, Severity.ABNORMAL)


def _st(one: StEpisode, last: float) -> Iterator[HolterEvent]:
    """Show an episode before it begins, at its furthest, and after its end; `last`: of the last beat."""
    zh, en = ("ST 段抬高", "ST elevation") if one.microvolts > 0 else ("ST 段压低", "ST depression")
    how = f"{one.lead} {one.microvolts / 1000:+.2f} mV, {one.seconds / 60:.0f} min"
    before, after = one.at - ST_APART, one.at + one.seconds + ST_APART
    if before > 0:
        yield _told("st", before, 0, f"{zh}发作前", f"Before {en}", how)
    yield _told("st", one.peak_at + 30.0, 0, f"{zh}最大时", f"{en} at its furthest", how, Severity.ABNORMAL)
    if after < last:
        yield _told("st", after, 0, f"{zh}发作后", f"After {en}", how)


def _groups(rhythm: Rhythm, size: int, most: int) -> Iterator[HolterEvent]:
    """Show single beats or pairs of each class, from all over the recording."""
    kind, zh, en = _SIZES[size]
    for label, (code, zh_label, en_label) in _LABELS.items():
        firsts = [first for first, beats in groups(rhythm, label) if beats == size and rhythm.usable[first]]
        for first in _spread(firsts, most):
            seconds, before = float(rhythm.seconds[first + size - 1] - rhythm.seconds[first]), rhythm.intervals[first]
            words = zh.format(zh_label), en.format(en_label).capitalize()
            yield _told(f"{code}_{kind}", float(rhythm.seconds[first]), seconds, *words, f"RR {1000 * before:.0f} ms")


def _spread(rows: list[int], most: int) -> list[int]:
    """Return so many rows, evenly out of all, none from the very beginning where there are others."""
    return rows if len(rows) <= most else [rows[(2 * k + 1) * len(rows) // (2 * most)] for k in range(most)]


def _told(
    kind: str, at: float, seconds: float, zh: str, en: str, how: str, severity: Severity = Severity.NORMAL
) -> HolterEvent:
    """Make an event; its words end with the numbers."""
    return HolterEvent(
        kind=kind, at=max(0.0, at), seconds=seconds, text_zh=f"{zh} {how}", text_en=f"{en} {how}", severity=severity
    )
