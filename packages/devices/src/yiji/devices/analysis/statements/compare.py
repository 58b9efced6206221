"""What changed since the patient's previous recording: numbers, ST and T, rhythm, statements that are new or gone.

A change is told from where it is larger than two resting ECGs of one healthy heart usually differ (limits recalled from
Schijvenaars 2008 and ICH E14 for QTc; clinical confirmation needed 需临床确认).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, Severity

RULES = "yiji-ecg-compare 1"
_NUMBERS: Mapping[str, tuple[str, str, float, float]] = {  # code: Chinese, English, told from, abnormal from
    "heart_rate": ("心率", "Heart rate", 20, 40),
    "pr": ("PR 间期", "PR interval", 30, 60),
    "qrs": ("QRS 时限", "QRS duration", 20, 40),
    "qtc": ("QTc", "QTc", 30, 60),
    "qrs_axis": ("QRS 电轴", "QRS axis", 30, 60),
    "t_axis": ("T 电轴", "T axis", 45, 90),
    "rv5_sv1": ("R V5 + S V1", "R V5 + S V1", 1.0, 2.0),
}
_ST, _ST_GRAVE = 0.1, 0.2  # mV at J, in one lead
_T = 0.1  # mV that T has to have on both sides of the line
_RHYTHMS = (
    "sinus_rhythm", "ectopic_atrial", "irregular_without_p", "atrial_flutter", "paced", "paced_atrial", "av_block_3",
    "vt", "rhythm_open",
)  # fmt: skip
_OWN = "machine."


class Told(Protocol):
    """What is compared: an analysis, or what was kept of one."""

    @property
    def measurements(self) -> Sequence[Measurement]: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def lead_measures(self) -> Sequence[LeadMeasure]: ...


def compare(now: Told, before: Told, when: datetime | None = None) -> tuple[Finding, ...]:
    """Return what is different from the recording before, made at `when`; codes begin with ``compare.``.

    A statement that is new and critical is critical; where nothing differs, that is said.
    """
    found = [*_numbers(now, before), *_st(now, before), *_t(now, before), *_rhythm(now, before), *_said(now, before)]
    day = f"{when:%Y-%m-%d %H:%M}" if when else ""
    if not found:
        found = [
            _finding(
                "unchanged",
                "与前次比较无明显变化",
                "No marked change",
                ("各项均在界值内", "all within the limits"),
                Severity.NORMAL,
            )
        ]
    return tuple(_dated(one, day) for one in found) if day else tuple(found)


def _dated(one: Finding, day: str) -> Finding:
    return one.model_copy(
        update={"reason": f"{one.reason} ({day})", "reason_zh": f"{one.why('zh')}（{day}）"},
    )


def _finding(code: str, zh: str, en: str, reason: tuple[str, str], severity: Severity = Severity.BORDERLINE) -> Finding:
    """Return a finding; `reason` in Chinese and English."""
    return Finding(
        code=f"compare.{code}",
        text_zh=zh,
        text_en=en,
        reason=reason[1],
        reason_zh=reason[0],
        severity=severity,
        rule=f"{RULES} {code}",
    )


def _numbers(now: Told, before: Told) -> Iterator[Finding]:
    old = {one.code: one for one in before.measurements}
    for one in now.measurements:
        words, other = _NUMBERS.get(one.code), old.get(one.code)
        if words is None or other is None or one.value is None or other.value is None or one.unit != other.unit:
            continue
        zh, en, told, grave = words
        change = _turn(one.value - other.value) if one.unit == "deg" else one.value - other.value
        if abs(change) >= told:
            values = f"{_short(other.value)} → {_short(one.value)} {one.unit}, {_short(change, '+')}"
            severity = Severity.ABNORMAL if abs(change) >= grave else Severity.BORDERLINE
            yield _finding(
                one.code, f"{zh} {_way(change, '增加减少')}", f"{en} {_way(change)}", (values, values), severity
            )


def _short(value: float, sign: str = "") -> str:
    return format(value, f"{sign}.0f" if abs(value) >= 10 else f"{sign}.2f")


def _way(change: float, zh: str = "") -> str:
    if zh:
        return zh[:2] if change > 0 else zh[2:]
    return "increased" if change > 0 else "decreased"


def _turn(degrees: float) -> float:
    """Return the shorter way round."""
    return (degrees + 180) % 360 - 180


def _pairs(now: Told, before: Told) -> Iterator[tuple[LeadMeasure, LeadMeasure]]:
    old = {row.lead: row for row in before.lead_measures}
    yield from ((row, old[row.lead]) for row in now.lead_measures if row.lead in old)


def _st(now: Told, before: Told) -> Iterator[Finding]:
    for up, zh, en in ((1, "ST 段较前抬高", "ST higher than before"), (-1, "ST 段较前压低", "ST lower than before")):
        moved = [
            (row.lead, row.st_j - old.st_j)
            for row, old in _pairs(now, before)
            if row.st_j is not None and old.st_j is not None and (row.st_j - old.st_j) * up >= _ST
        ]
        if moved:
            leads, most = " ".join(lead for lead, _ in moved), max(abs(change) for _, change in moved)
            told = ", ".join(f"{lead} {change:+.2f}" for lead, change in moved)
            reason = (f"J 点 {told} mV", f"{told} mV at J")
            severity = Severity.ABNORMAL if most >= _ST_GRAVE or len(moved) > 1 else Severity.BORDERLINE
            yield _finding("st_up" if up > 0 else "st_down", f"{zh}：{leads}", f"{en}: {leads}", reason, severity)


def _t(now: Told, before: Told) -> Iterator[Finding]:
    turned = [
        (row.lead, old.t, row.t)
        for row, old in _pairs(now, before)
        if row.t is not None and old.t is not None and min(abs(row.t), abs(old.t)) >= _T and row.t * old.t < 0
    ]
    if turned:
        leads = " ".join(lead for lead, _, _ in turned)
        reason = ", ".join(f"{lead} {old:+.2f} → {new:+.2f}" for lead, old, new in turned) + " mV"
        yield _finding(
            "t_turned", f"T 波方向改变：{leads}", f"T turned over: {leads}", (reason, reason), Severity.ABNORMAL
        )


def _statements(told: Told) -> dict[str, Finding]:
    return {one.code.removeprefix(_OWN): one for one in told.findings if one.code.startswith(_OWN)}


def _rhythm(now: Told, before: Told) -> Iterator[Finding]:
    new, old = ({code: one for code, one in _statements(told).items() if code in _RHYTHMS} for told in (now, before))
    if new and old and new.keys() != old.keys():
        reason = f"{', '.join(one.text_en for one in old.values())} → {', '.join(one.text_en for one in new.values())}"
        zh = f"{'、'.join(one.text_zh for one in old.values())} → {'、'.join(one.text_zh for one in new.values())}"
        severity = max((one.severity for one in new.values()), key=list(Severity).index)
        grave = Severity.BORDERLINE if severity is Severity.NORMAL else severity
        yield _finding("rhythm", "心律改变", "Rhythm changed", (zh, reason), grave)


def _said(now: Told, before: Told) -> Iterator[Finding]:
    """Yield the statements that are new, each as grave as it is, and those that are gone; rhythms are told apart."""
    new, old = (
        {code: one for code, one in _statements(told).items() if code not in _RHYTHMS and one.severity != "normal"}
        for told in (now, before)
    )
    for code in [code for code in new if code not in old]:
        one = new[code]
        why = (one.why("zh"), one.reason)
        yield _finding(f"new.{code}", f"新出现：{one.text_zh}", f"New: {one.text_en}", why, one.severity)
    for code in [code for code in old if code not in new]:
        one = old[code]
        why = (f"原：{one.why('zh')}", f"then: {one.reason}")
        yield _finding(f"gone.{code}", f"不再见：{one.text_zh}", f"Gone: {one.text_en}", why, Severity.NORMAL)
