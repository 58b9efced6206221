"""What is wrong with a recording's signal, told before anybody measures it, and how good each lead is."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Finding, Severity
from yiji.core.signal import STANDARD, Trace
from yiji.devices.recording.disturbance import GOOD, disturbances

FLAT_MV = 0.005  # a lead whose whole range is within 5 uV carries nothing
SHORT_SECONDS = 10.0  # the usual length of a resting ECG
RAIL_SECONDS = 0.02  # at least so long exactly at its extreme, and ...
RAILED_SECONDS = 0.1  # ... so long altogether, and a lead is cut off


def flat_leads(trace: Trace) -> NDArray[np.bool_]:
    """Return for each lead whether it carries nothing: flat within 5 uV, or without one valid sample."""
    return np.array([_flat_lead(lead) for lead in _leads(trace)], np.bool_)


def _leads(trace: Trace) -> Iterator[NDArray[np.float32]]:
    """Yield one lead after the other: all of a day's together are large."""
    return (trace.cut(name, 0, trace.size) for name in trace.leads)


def _flat_lead(lead: NDArray[np.float32]) -> bool:
    seen = np.isfinite(lead)
    height = np.max(lead, initial=-np.inf, where=seen) - np.min(lead, initial=np.inf, where=seen)
    return bool(height < FLAT_MV) or not seen.any()


def quality(trace: Trace) -> tuple[Finding, ...]:
    """Return what is wrong with the signal; nothing when all is well.

    Codes: quality.all_flat, quality.flat_leads, quality.gaps, quality.saturated, quality.noise, quality.wander,
    quality.mains, quality.short, quality.missing_leads.
    """
    checks = (_flat, _gaps, _saturated, _disturbed, _short, _missing)
    return tuple(finding for check in checks for finding in check(trace))


def grades(trace: Trace) -> dict[str, float]:
    """Return how good each lead is, 0 (carries nothing) to 1 (clean): by noise, wander, hum, gaps and cut tops."""
    flat = flat_leads(trace)
    told = zip(trace.leads, _leads(trace), flat, disturbances(trace), strict=True)
    return {name: 0.0 if none else round(one.grade * _whole(lead, trace.rate), 3) for name, lead, none, one in told}


def _whole(lead: NDArray[np.float32], rate: float) -> float:
    """Return how much of a lead is there, halved where its tops are cut off."""
    return float(np.isfinite(lead).mean()) * (0.5 if _railed(lead, rate) else 1.0)


def _named(trace: Trace, rows: Iterable[Any]) -> str:
    return " ".join(name for name, row in zip(trace.leads, rows, strict=True) if row)


def _finding(code: str, zh: str, en: str, reason: str, severity: Severity = Severity.BORDERLINE) -> Finding:
    return Finding(code=f"quality.{code}", text_zh=zh, text_en=en, reason=reason, severity=severity)


def _flat(trace: Trace) -> Iterator[Finding]:
    flat = flat_leads(trace)
    if flat.all():
        yield _finding("all_flat", "全部导联无信号", "No lead carries a signal", _named(trace, flat), Severity.ABNORMAL)
    elif flat.any():
        names = _named(trace, flat)
        yield _finding(
            "flat_leads", f"导联脱落或无信号：{names}", f"Leads without a signal: {names}", f"< {FLAT_MV} mV"
        )


def _gaps(trace: Trace) -> Iterator[Finding]:
    missing = [int(np.sum(~np.isfinite(lead))) for lead in _leads(trace)]
    if any(missing):
        names, longest = _named(trace, missing), max(missing) / trace.rate
        yield _finding("gaps", f"信号有缺失：{names}", f"Samples are missing: {names}", f"{longest:.3f} s")


def _saturated(trace: Trace) -> Iterator[Finding]:
    cut = np.array([_railed(lead, trace.rate) for lead in _leads(trace)]) & ~flat_leads(trace)
    if cut.any():
        names = _named(trace, cut)
        yield _finding("saturated", f"信号削顶：{names}", f"The signal is cut off at the rail: {names}", "")


def _railed(lead: NDArray[np.float32], rate: float) -> bool:
    """Say whether a lead stays exactly at its highest or lowest value for long."""
    for extreme in (np.nanmax(lead), np.nanmin(lead)) if np.isfinite(lead).any() else ():
        runs = _run_lengths(lead == extreme) / rate
        if runs[runs >= RAIL_SECONDS].sum() >= RAILED_SECONDS:
            return True
    return False


def _run_lengths(true: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False]))))
    return edges[1::2] - edges[::2]


def _disturbed(trace: Trace) -> Iterator[Finding]:
    flat, found = flat_leads(trace), disturbances(trace)
    for code, zh, en in (
        ("noise", "肌电或高频干扰", "Muscle or high-frequency noise"),
        ("wander", "基线漂移", "Baseline wander"),
        ("mains", "工频干扰", "Mains interference"),
    ):
        heights = [0.0 if none else getattr(one, code) for none, one in zip(flat, found, strict=True)]
        over = [height > GOOD[code] for height in heights]
        if any(over):
            names = _named(trace, over)
            reason = f"{max(heights):.3f} > {GOOD[code]} mV"
            yield _finding(code, f"{zh}：{names}", f"{en}: {names}", reason)


def _short(trace: Trace) -> Iterator[Finding]:
    if trace.seconds < SHORT_SECONDS * 0.99:
        yield _finding(
            "short", f"记录较短：{trace.seconds:.1f} 秒", f"Short recording: {trace.seconds:.1f} s", "< 10 s"
        )


def _missing(trace: Trace) -> Iterator[Finding]:
    missing = [name for name in STANDARD if name not in trace.leads]
    if 0 < len(missing) <= len(STANDARD) // 2:
        names = " ".join(missing)
        yield _finding("missing_leads", f"缺少导联：{names}", f"Leads are missing: {names}", "")
    elif missing:
        told = f"{len(trace.leads)}"
        yield _finding("missing_leads", f"非十二导联记录（{told} 导联）", f"Not a 12-lead recording ({told} leads)", "")
