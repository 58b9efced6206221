"""Statements: each a rule over the measures, with its reason. A machine's, for a doctor to confirm or strike out.

The limits are those of adult ECG textbooks (recalled; Chinese usage where it differs): rate 60-100, PR 120-200 ms, QRS
below 120 ms, axis -30 to 90 degrees, QTc (Bazett) up to 450 ms for men and 460 ms for women, R V5 + S V1 up to 4.0 mV
for men and 3.5 mV for women. Under 16 years none of them is applied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.recording import Finding, Measurement, Severity
from yiji.devices.analysis.filters import Signal
from yiji.devices.analysis.median import MedianBeat

ADULT = 16  # years
IRREGULAR_MS = 120.0  # successive intervals of like beats differ by more
VERY_IRREGULAR = 0.12  # standard deviation of the intervals against their mean
P_SEEN, P_SHARE = 0.4, 0.9  # a beat's P is seen from this likeness on; sinus rhythm asks for it at so many of the beats
SLOW_CRITICAL, FAST_CRITICAL = 35.0, 180.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    values: dict[str, float]
    spread: float  # of RR: standard deviation against the mean
    widest: float  # ms, between two intervals of like beats
    p_share: float  # of the beats that have a P like the median's
    beats: int
    others: int  # beats of another shape
    sex: Sex
    years: float | None

    @staticmethod
    def of(
        measurements: tuple[Measurement, ...],
        beat: MedianBeat,
        likeness: Signal,
        patient: PatientBrief | None,
        at: datetime | None,
    ) -> "Facts":
        """Gather the facts of one recording; `at` is when it was made."""
        intervals = np.diff(beat.places) / beat.rate * 1000
        like = intervals[beat.alike[1:] & beat.alike[:-1]]
        born = patient.birth_date if patient else None
        return Facts(
            values={one.code: one.value for one in measurements if one.value is not None},
            spread=float(intervals.std() / intervals.mean()),
            widest=float(like.max() - like.min()) if like.size else 0.0,
            p_share=float(np.mean(likeness > P_SEEN)) if likeness.size else 0.0,
            beats=int(beat.places.size),
            others=_others(beat),
            sex=patient.sex if patient else Sex.UNKNOWN,
            years=(at.date() - born).days / 365.25 if at and born else None,
        )


def _others(beat: MedianBeat) -> int:
    """Count the beats of another shape, the first and the last apart, which the recording's ends may cut."""
    return int((~beat.alike[1:-1]).sum())


def statements(facts: Facts) -> tuple[Finding, ...]:
    """Return the statements in the order in which an ECG is read: rhythm, intervals, axis, voltage, QT."""
    rules = (_rhythm, _others_seen)
    adult = (_rate, _pr, _qrs, _axis, _voltage, _qtc)
    found = [finding for rule in rules for finding in rule(facts)]
    if facts.years is not None and facts.years < ADULT:
        return (*found, _child(facts.years))
    limits = [finding for rule in adult for finding in rule(facts)]
    return (*found, *limits, *([] if limits else [_within()]))


def _say(code: str, zh: str, en: str, reason: str, severity: Severity = Severity.NORMAL) -> Finding:
    return Finding(code=f"machine.{code}", text_zh=zh, text_en=en, reason=reason, severity=severity)


def _sinus(facts: Facts) -> bool:
    upright = 0 <= facts.values.get("p_axis", 45) <= 90
    return "pr" in facts.values and facts.p_share >= P_SHARE and upright and facts.spread < VERY_IRREGULAR


def _rhythm(facts: Facts) -> Iterator[Finding]:
    spread = f"RR SD/mean {facts.spread:.2f}"
    if _sinus(facts):
        yield _say("sinus_rhythm", "窦性心律", "Sinus rhythm", f"P before {facts.p_share:.0%} of beats, {spread}")
        if facts.widest > IRREGULAR_MS:
            yield _say("sinus_arrhythmia", "窦性心律不齐", "Sinus arrhythmia", f"RR differs by {facts.widest:.0f} ms")
    elif "pr" not in facts.values and facts.spread >= VERY_IRREGULAR:
        zh, en = (
            "心律不齐，未见明确P波，心房颤动待排",
            "Irregular rhythm without a clear P wave; atrial fibrillation possible",
        )
        yield _say("irregular_without_p", zh, en, spread, Severity.ABNORMAL)
    else:
        zh, en = "心律未能自动判定", "Rhythm not determined automatically"
        yield _say("rhythm_open", zh, en, f"P before {facts.p_share:.0%} of beats, {spread}", Severity.BORDERLINE)


def _others_seen(facts: Facts) -> Iterator[Finding]:
    if facts.others:
        zh, en = f"可见 {facts.others} 个形态不同的心搏", f"{facts.others} beats of another shape"
        yield _say("other_beats", zh, en, f"{facts.others} of {facts.beats}", Severity.BORDERLINE)


def _rate(facts: Facts) -> Iterator[Finding]:
    rate, sinus = facts.values.get("heart_rate", 75.0), _sinus(facts)
    grave = Severity.CRITICAL if rate < SLOW_CRITICAL or rate > FAST_CRITICAL else Severity.BORDERLINE
    if rate < 60:
        zh, en = ("窦性心动过缓", "Sinus bradycardia") if sinus else ("心动过缓", "Bradycardia")
        yield _say("bradycardia", zh, en, f"{rate:.0f} < 60 /min", grave)
    if rate > 100:
        zh, en = ("窦性心动过速", "Sinus tachycardia") if sinus else ("心动过速", "Tachycardia")
        yield _say("tachycardia", zh, en, f"{rate:.0f} > 100 /min", grave)


def _pr(facts: Facts) -> Iterator[Finding]:
    pr = facts.values.get("pr")
    if pr is not None and pr > 200:
        yield _say("pr_long", "PR 间期延长", "PR interval prolonged", f"PR {pr:.0f} > 200 ms", Severity.ABNORMAL)
    if pr is not None and pr < 120:
        yield _say("pr_short", "PR 间期缩短", "PR interval short", f"PR {pr:.0f} < 120 ms", Severity.BORDERLINE)


def _qrs(facts: Facts) -> Iterator[Finding]:
    qrs = facts.values.get("qrs", 0.0)
    if qrs >= 120:
        yield _say("qrs_wide", "QRS 时限增宽", "QRS wide", f"QRS {qrs:.0f} >= 120 ms", Severity.ABNORMAL)


def _axis(facts: Facts) -> Iterator[Finding]:
    axis = facts.values.get("qrs_axis", 0.0)
    told = f"QRS axis {axis:.0f} deg, not -30 to 90"
    if -90 <= axis < -30:
        yield _say("axis_left", "电轴左偏", "Left axis deviation", told, Severity.BORDERLINE)
    elif axis > 90:
        yield _say("axis_right", "电轴右偏", "Right axis deviation", told, Severity.BORDERLINE)
    elif axis < -90:
        yield _say("axis_extreme", "电轴极度偏移", "Extreme axis deviation", told, Severity.ABNORMAL)


def _voltage(facts: Facts) -> Iterator[Finding]:
    voltage, limit = facts.values.get("rv5_sv1", 0.0), 3.5 if facts.sex is Sex.FEMALE else 4.0
    if voltage > limit:
        told = f"R V5 + S V1 = {voltage:.2f} mV > {limit} mV"
        yield _say("lv_voltage", "左心室高电压", "High left ventricular voltage", told, Severity.BORDERLINE)


def _qtc(facts: Facts) -> Iterator[Finding]:
    qtc, limit = facts.values.get("qtc", 0.0), 450 if facts.sex is Sex.MALE else 460
    if qtc > limit:
        told = f"QTc (Bazett) {qtc:.0f} > {limit} ms"
        grave = Severity.ABNORMAL if qtc > 500 else Severity.BORDERLINE
        yield _say("qtc_long", "QTc 间期延长", "QTc interval prolonged", told, grave)


def _child(years: float) -> Finding:
    zh, en = "未满16岁，未套用成人界值", "Under 16 years: the limits for adults were not applied"
    return _say("adult_limits_not_applied", zh, en, f"{years:.1f} years")


def _within() -> Finding:
    zh, en = "自动测量值均在成人参考范围内", "The automatic measures are within adult limits"
    return _say("within_limits", zh, en, "rate, PR, QRS, axis, R V5 + S V1, QTc")
