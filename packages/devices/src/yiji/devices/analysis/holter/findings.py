"""Statements on a long recording, each with its reason in numbers: a machine's, for a doctor to confirm or strike out.

The limits are those in use for adults (recalled, no text at hand): mean rate 60-100, pauses from 2 s, frequent
ventricular ectopy from 30 an hour, frequent supraventricular ectopy from 30 an hour, AF from 30 s, ST from 0.1 mV.
"""

from collections.abc import Iterator

from yiji.core.contract.holter import HolterRun, HolterSummary
from yiji.core.contract.measure import Finding, Severity
from yiji.devices.analysis.holter.events import FAST, pause_severity, run_severity

RULE = "holter 1"
FREQUENT = 30  # an hour
SLOW_MEAN, FAST_MEAN = 60.0, 100.0  # /min
SLOW, VERY_SLOW = 40.0, 30.0  # /min, of the slowest 8 intervals
UNREADABLE = 0.1  # share
GRAVITY = tuple(Severity)
Reason = tuple[str, str]  # in Chinese and in English


def statements(summary: HolterSummary) -> tuple[Finding, ...]:
    """Return what can be said of a summary; the gravest first, else in the order of the page."""
    said = [*_rates(summary), *_runs(summary), *_pauses(summary), *_ectopy(summary), *_af(summary), *_st(summary)]
    said += _quality(summary)
    return tuple(sorted(said, key=lambda one: -GRAVITY.index(one.severity)))


def _say(code: str, zh: str, en: str, why: Reason, severity: Severity = Severity.NORMAL) -> Finding:
    reason_zh, reason = why
    return Finding(
        code=f"holter.{code}",
        text_zh=zh,
        text_en=en,
        reason=reason,
        reason_zh=reason_zh,
        severity=severity,
        rule=RULE,
    )


def _rates(summary: HolterSummary) -> Iterator[Finding]:
    mean, low, high = summary.total.mean_rate, summary.slowest, summary.fastest
    if mean is None or low is None or high is None:
        return
    span, beats = f"{low.rate:.0f}-{high.rate:.0f}/min", summary.total.beats
    reason = (f"平均 {mean:.0f}/min，{span}，共 {beats} 搏", f"mean {mean:.0f}/min, {span}, {beats} beats")
    if mean < SLOW_MEAN:
        yield _say("slow", "平均心率偏慢", "Mean heart rate is slow", reason, Severity.BORDERLINE)
    elif mean > FAST_MEAN:
        yield _say("fast", "平均心率偏快", "Mean heart rate is fast", reason, Severity.BORDERLINE)
    else:
        yield _say("rate", "平均心率正常", "Mean heart rate is normal", reason)
    if low.rate < SLOW:
        grave = Severity.CRITICAL if low.rate < VERY_SLOW else Severity.ABNORMAL
        slowest = f"{low.rate:.0f}/min"
        yield _say("bradycardia", "阵发性显著心动过缓", "Marked bradycardia", (slowest, slowest), grave)


def _runs(summary: HolterSummary) -> Iterator[Finding]:
    for label, code, zh, en in (("V", "vt", "室性", "ventricular"), ("S", "svt", "室上性", "supraventricular")):
        runs = [run for run in summary.runs if run.label == label]
        fast = [run for run in runs if run.rate >= FAST]
        if fast:
            yield _say(code, f"阵发性{zh}心动过速", f"Paroxysmal {en} tachycardia", _longest(fast), _gravest(fast))
        elif runs:
            yield _say(f"{code}_slow", f"成串{zh}早搏", f"Runs of {en} beats", _longest(runs), _gravest(runs))


def _longest(runs: list[HolterRun]) -> Reason:
    one, fast = max(runs, key=lambda run: run.beats), max(run.rate for run in runs)
    return (
        f"{len(runs)} 阵，最长 {one.beats} 搏（{one.seconds:.1f} s），最快 {fast:.0f}/min",
        f"{len(runs)} runs, longest {one.beats} beats ({one.seconds:.1f} s), fastest {fast:.0f}/min",
    )


def _gravest(runs: list[HolterRun]) -> Severity:
    return max((run_severity(run) for run in runs), key=GRAVITY.index)


def _pauses(summary: HolterSummary) -> Iterator[Finding]:
    if summary.pauses:
        longest = max(one.seconds for one in summary.pauses)
        many = summary.total.pauses
        reason = (f"≥2.0 s 共 {many} 次，最长 {longest:.2f} s", f"{many} of 2.0 s or more, longest {longest:.2f} s")
        yield _say("pauses", "停搏（长 RR 间期）", "Pauses", reason, pause_severity(longest))


def _ectopy(summary: HolterSummary) -> Iterator[Finding]:
    total, hours = summary.total, max(summary.analysed_seconds / 3600, 1e-9)
    counts = (
        ("ve", "室性早搏", "ventricular ectopic beats", total.ve, total.ve_pairs, total.ve_runs),
        ("sve", "室上性早搏", "supraventricular ectopic beats", total.sve, total.sve_pairs, total.sve_runs),
    )
    for code, zh, en, beats, pairs, runs in counts:
        if not beats:
            continue
        part = f"{100 * beats / max(total.beats, 1):.2f} %"
        reason = (
            f"{beats} 个（{part}，每小时 {beats / hours:.1f} 个），成对 {pairs} 次，成串 {runs} 阵",
            f"{beats} ({part}, {beats / hours:.1f}/h), {pairs} pairs, {runs} runs",
        )
        if beats / hours >= FREQUENT:
            yield _say(f"{code}_frequent", f"频发{zh}", f"Frequent {en}", reason, Severity.ABNORMAL)
        else:
            yield _say(code, zh, en.capitalize(), reason, Severity.BORDERLINE if code == "ve" else Severity.NORMAL)


def _af(summary: HolterSummary) -> Iterator[Finding]:
    if summary.af:
        longest = max(one.seconds for one in summary.af) / 60
        share, many = f"{100 * summary.af_share:.1f} %", len(summary.af)
        reason = (
            f"占 {share} 时间，{many} 阵，最长 {longest:.0f} min",
            f"{share} of the time, {many} episodes, longest {longest:.0f} min",
        )
        yield _say("af", "疑心房颤动（据 RR 间期）", "Probable atrial fibrillation", reason, Severity.ABNORMAL)


def _st(summary: HolterSummary) -> Iterator[Finding]:
    kinds = (("st_down", "ST 段压低", "ST depression", -1), ("st_up", "ST 段抬高", "ST elevation", 1))
    for code, zh, en, sign in kinds:
        here = [one for one in summary.st if one.microvolts * sign > 0]
        if here:
            most = max(here, key=lambda one: abs(one.microvolts))
            minutes = max(one.seconds for one in here) / 60
            where = f"{most.lead} {most.microvolts / 1000:+.2f} mV"
            reason = (
                f"{len(here)} 次发作，{where}，最长 {minutes:.0f} min",
                f"{len(here)} episodes, {where}, longest {minutes:.0f} min",
            )
            yield _say(code, zh + "发作", en + " episodes", reason, Severity.ABNORMAL)


def _quality(summary: HolterSummary) -> Iterator[Finding]:
    if summary.total.artefact >= UNREADABLE:
        share = f"{100 * summary.total.artefact:.0f} %"
        reason = (f"{share} 无法判读", f"{share} unreadable")
        yield _say("unreadable", "部分记录无法分析", "Part cannot be read", reason, Severity.BORDERLINE)
