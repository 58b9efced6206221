"""The words and tables of a Holter report."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from yiji.core.clock import local
from yiji.core.contract.holter import HolterSpan, HolterSummary
from yiji.reports.writing.numbers import NOTHING, number

Pair = tuple[str, str]  # what, how much

_WORDS: dict[str, tuple[str, str]] = {
    "rates": ("心率", "Heart rate"),
    "ve": ("室性心律失常", "Ventricular ectopy"),
    "sve": ("室上性心律失常", "Supraventricular ectopy"),
    "other": ("停搏、ST、记录", "Pauses, ST, recording"),
    "beats": ("总心搏数", "Beats"),
    "mean": ("平均心率", "Mean"),
    "slowest": ("最慢心率", "Slowest"),
    "fastest": ("最快心率", "Fastest"),
    "day": ("日间平均 (06–22)", "Day mean (06–22)"),
    "night": ("夜间平均", "Night mean"),
    "paced": ("起搏/未知心搏", "Paced or unknown"),
    "fusion": ("融合心搏", "Fusion"),
    "total": ("总数", "Total"),
    "share": ("占总心搏", "Share of beats"),
    "singles": ("单发", "Singles"),
    "pairs": ("成对", "Pairs"),
    "runs": ("连发（≥3）", "Runs (3 or more)"),
    "bigeminy": ("二联律（搏）", "In bigeminy"),
    "trigeminy": ("三联律（搏）", "In trigeminy"),
    "longest_run": ("最长连发", "Longest run"),
    "fastest_run": ("最快连发", "Fastest run"),
    "run": ("{beats} 搏 {rate}/min {at}", "{beats} beats {rate}/min {at}"),
    "af_share": ("房颤负荷", "AF burden"),
    "af_count": ("房颤阵数", "AF episodes"),
    "af_longest": ("最长房颤", "Longest AF"),
    "pauses": ("停搏 ≥2.0 s", "Pauses, 2.0 s or more"),
    "longest_rr": ("最长 RR", "Longest RR"),
    "st": ("ST 事件", "ST episodes"),
    "st_furthest": ("最大 ST 偏移", "Furthest ST shift"),
    "recorded": ("记录时长", "Recorded"),
    "analysed": ("有效时长", "Analysed"),
    "artefact": ("干扰占比", "Artefact"),
    "leads": ("导联", "Leads"),
    "hours": ("逐小时统计", "Hour by hour"),
    "hour": ("时间", "Hour"),
    "min_rate": ("最慢", "Min"),
    "mean_rate": ("平均", "Mean"),
    "max_rate": ("最快", "Max"),
    "whole": ("全程", "Whole"),
    "by_day": ("日间", "Day"),
    "by_night": ("夜间", "Night"),
    "trends": ("趋势图", "Trends"),
    "rate_trend": ("心率（次/分）：每分钟平均与范围", "Heart rate (/min): mean and range of each minute"),
    "st_trend": ("ST {lead}（µV，J+60 ms）", "ST {lead} (uV, J+60 ms)"),
    "af_trend": ("房颤（每分钟心搏 %）", "AF (% of each minute's beats)"),
    "artefact_trend": ("干扰（每分钟 %）", "Artefact (% of each minute)"),
    "ve_hours": ("室性早搏（每小时搏数）", "Ventricular ectopic beats (of each hour)"),
    "sve_hours": ("室上性早搏（每小时搏数）", "Supraventricular ectopic beats (of each hour)"),
    "st_trends": ("ST 段趋势（µV，每分钟）", "ST levels (uV, of each minute)"),
    "st_levels": ("范围 {low} 至 {high}，中位 {usual}", "{low} to {high}, median {usual}"),
    "st_table": ("ST 事件（偏移最大 {n} 次）", "ST episodes (furthest {n})"),
    "peak_at": ("最大偏移时刻", "Furthest at"),
    "tachogram": (
        "逐小时 RR 间期（每 10 s 最短至最长，{low}–{high} s，细线 1 s）",
        "RR intervals hour by hour (shortest to longest of each 10 s, {low}-{high} s, line at 1 s)",
    ),
    "rr": ("RR 间期直方图", "Histogram of RR intervals"),
    "rr_pairs": ("相邻 NN 间期散点图（庞加莱图）", "NN intervals on end (Poincare plot)"),
    "rr_pairs_axes": ("横轴前一间期，纵轴后一间期（ms），含房颤", "along: before, up: after (ms), AF included"),
    "spectrum": ("NN 间期功率谱（各 5 min 段平均）", "Spectrum of NN intervals (mean of 5-min stretches)"),
    "spectrum_axes": ("频率（Hz），功率密度（ms²/Hz）", "frequency (Hz), density (ms2/Hz)"),
    "hour_strips": ("逐小时条图（每小时 10 s）", "A strip of every hour (10 s each)"),
    "hour_rate": ("该小时心率 平均 {mean}（{low}–{high}）/min", "hour's rate: mean {mean} ({low}-{high}) /min"),
    "template_strip": ("条图始于 {at}，居中者为该类", "strip from {at}; the beat in its middle is of this shape"),
    "rr_axis": ("RR（ms），每格 {bin} ms", "RR (ms), {bin} ms a bar"),
    "hrv": ("心率变异性", "Heart rate variability"),
    "templates": ("心搏模板（{speed} mm/s，{gain} mm/mV）", "Shapes of beats ({speed} mm/s, {gain} mm/mV)"),
    "template": (
        "模板 {number}：{label} 类，{count} 搏（{share} %）",
        "Shape {number}: class {label}, {count} beats ({share} %)",
    ),
    "template_hours": ("该类每小时搏数", "Beats of this shape in each hour"),
    "strips": ("事件图", "Strips"),
    "events": ("其他事件", "Other events"),
    "at": ("时刻", "At"),
    "seconds": ("时长", "Length"),
    "rate": ("心率", "Rate"),
    "lead": ("导联", "Lead"),
    "level": ("偏移 µV", "Shift uV"),
    "kind": ("类别", "Kind"),
    "pause_list": ("停搏（最长 {n} 次）", "Pauses (longest {n})"),
    "run_list": ("连发（最长 {n} 阵）", "Runs (longest {n})"),
    "af_list": ("房颤（最长 {n} 阵）", "AF (longest {n})"),
    "st_list": ("ST 事件（最长 {n} 次）", "ST episodes (longest {n})"),
    "beats_of": ("心搏", "Beats"),
    "disclosure": ("全程波形 {lead}（每行 1 分钟，{gain} mm/mV）", "Full disclosure {lead} (1 min/line, {gain} mm/mV)"),
    "not_all": ("仅绘 {leads}", "only {leads} drawn"),
}  # fmt: skip


def say(key: str, lang: str, **params: object) -> str:
    """Return a word of the report."""
    return _WORDS[key][lang == "en"].format(**params)


def started(summary: HolterSummary, zone: str) -> datetime | None:
    """Return the beginning on the hospital's clock; a time without zone is the device's wall clock already."""
    at = summary.started_at
    return local(at, zone) if at is not None and at.tzinfo else at


def when(summary: HolterSummary, at: float, zone: str, form: str = "%m-%d %H:%M:%S") -> str:
    """Return a moment on the clock; where the beginning is not known, hours from it."""
    begun = started(summary, zone)
    if begun is not None:
        return (begun + timedelta(seconds=at)).strftime(form)
    whole = int(at)
    return f"+{whole // 3600:02d}:{whole // 60 % 60:02d}" + (f":{whole % 60:02d}" if "%S" in form else "")


def lasting(seconds: float) -> str:
    """Return a length of time as hours, minutes, seconds."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"


def groups(summary: HolterSummary, lang: str, zone: str) -> Iterator[tuple[str, list[Pair]]]:
    """Yield the summary's groups of numbers: title, lines."""
    for title, lines in (("rates", _rates), ("ve", _ve), ("sve", _sve), ("other", _other)):
        yield say(title, lang), [(say(key, lang), told) for key, told in lines(summary, lang, zone)]


def _rates(one: HolterSummary, lang: str, zone: str) -> Iterator[Pair]:
    yield "beats", number(one.total.beats)
    yield "mean", f"{number(one.total.mean_rate)} /min"
    for key, moment in (("slowest", one.slowest), ("fastest", one.fastest)):
        yield key, f"{number(moment.rate)} /min  {when(one, moment.at, zone)}" if moment else NOTHING
    for key, span in (("day", one.day), ("night", one.night)):
        yield key, f"{number(span.mean_rate)} /min" if span else NOTHING
    yield "fusion", number(one.fusion)
    yield "paced", number(one.paced)


def _ve(one: HolterSummary, lang: str, zone: str) -> Iterator[Pair]:
    yield "total", number(one.total.ve)
    yield "share", _percent(one.total.ve, one.total.beats)
    yield "singles", number(one.ve_singles)
    yield "pairs", number(one.total.ve_pairs)
    yield "bigeminy", number(one.ve_bigeminy)
    yield "trigeminy", number(one.ve_trigeminy)
    yield from _runs(one, "V", one.total.ve_runs, lang, zone)


def _sve(one: HolterSummary, lang: str, zone: str) -> Iterator[Pair]:
    yield "total", number(one.total.sve)
    yield "singles", number(one.sve_singles)
    yield "pairs", number(one.total.sve_pairs)
    yield from _runs(one, "S", one.total.sve_runs, lang, zone)
    yield "af_share", f"{number(one.af_share * 100, 1)} %"
    yield "af_count", number(len(one.af))
    longest = max(one.af, key=lambda stretch: stretch.seconds, default=None)
    yield "af_longest", f"{lasting(longest.seconds)}  {when(one, longest.at, zone)}" if longest else NOTHING


def _other(one: HolterSummary, lang: str, zone: str) -> Iterator[Pair]:
    yield "pauses", number(one.total.pauses)
    longest = one.longest_rr
    yield "longest_rr", f"{number(longest.seconds, 2)} s  {when(one, longest.at, zone)}" if longest else NOTHING
    yield "st", number(len(one.st))
    furthest = max(one.st, key=lambda stretch: abs(stretch.microvolts), default=None)
    yield "st_furthest", f"{furthest.lead} {furthest.microvolts / 1000:+.2f} mV" if furthest else NOTHING
    yield "recorded", lasting(one.seconds)
    yield "analysed", lasting(one.analysed_seconds)
    yield "artefact", f"{number(one.total.artefact * 100, 1)} %"
    yield "leads", " ".join(one.leads)


def _runs(one: HolterSummary, label: str, count: int, lang: str, zone: str) -> Iterator[Pair]:
    known = [run for run in one.runs if run.label == label]
    yield "runs", number(count)
    for key, best in (
        ("longest_run", max(known, key=lambda run: run.beats, default=None)),
        ("fastest_run", max(known, key=lambda run: run.rate, default=None)),
    ):
        at = when(one, best.at, zone, "%H:%M:%S") if best else ""
        yield key, say("run", lang, beats=best.beats, rate=number(best.rate), at=at) if best else NOTHING


def _percent(part: int, whole: int) -> str:
    return f"{number(part / whole * 100, 2)} %" if whole else NOTHING


def hour_cells(span: HolterSpan) -> tuple[str, ...]:
    """Return the numbers of an hour's line, as `HOUR_HEADS` names them."""
    rates = (span.min_rate, span.mean_rate, span.max_rate)
    counts = (span.ve, span.ve_pairs, span.ve_runs, span.sve, span.sve_pairs, span.sve_runs, span.pauses)
    told = [number(span.beats), *(number(rate) for rate in rates), *(number(count) for count in counts)]
    return (*told, number(span.longest_rr), number(span.sdnn), number(span.artefact * 100, 1))


def hour_heads(lang: str) -> tuple[str, ...]:
    """Return the heads over `hour_cells`."""
    rates = tuple(f"{say(key, lang)} /min" for key in ("min_rate", "mean_rate", "max_rate"))
    pairs, runs = say("pairs", lang), say("run_list", lang, n="").split("（")[0].split(" (")[0]
    counts = ("VE", f"VE {pairs}", f"VE {runs}", "SVE", f"SVE {pairs}", f"SVE {runs}")
    ends = (say("pauses", lang), f"{say('longest_rr', lang)} ms", "SDNN ms", f"{say('artefact', lang)} %")
    return (say("beats_of", lang), *rates, *counts, *ends)
