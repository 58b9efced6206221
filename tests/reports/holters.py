"""A made-up Holter summary: 24 hours with a night, extrasystoles, a stretch of AF, pauses, an ST episode."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from tests.reports.synthetic import EXTRA, Heart, P, Q, R, S, T, Wave, moved, simulate
from yiji.core.contract.holter import (
    AfEpisode,
    HolterEvent,
    HolterPause,
    HolterRun,
    HolterSpan,
    HolterSummary,
    HolterTemplate,
    HolterTrends,
    RateMoment,
    RrHistogram,
    RrPairs,
    RrSpectrum,
    StEpisode,
    Strip,
)
from yiji.core.contract.measure import Finding, Measurement, Severity

LEADS = ("V1", "V5", "II")
_KINDS = (
    ("max_rate", "最快心率", "Fastest rate", Severity.NORMAL),
    ("min_rate", "最慢心率", "Slowest rate", Severity.NORMAL),
    ("longest_rr", "最长 RR 间期", "Longest RR", Severity.BORDERLINE),
    ("pause", "停搏 2.4 s", "Pause 2.4 s", Severity.ABNORMAL),
    ("ve_single", "室性早搏", "Ventricular ectopic", Severity.BORDERLINE),
    ("ve_pair", "成对室早", "VE pair", Severity.ABNORMAL),
    ("ve_run", "短阵室速，4 搏，132 次/分", "VE run of 4, 132/min", Severity.ABNORMAL),
    ("af", "心房颤动开始", "AF begins", Severity.ABNORMAL),
    ("st", "ST 段压低 V5 −0.14 mV", "ST depression V5 -0.14 mV", Severity.ABNORMAL),
    ("sve_run", "短阵房速", "SVE run", Severity.BORDERLINE),
)


_LOW: Wave = (0.13, 0.045, (-0.1, -0.1, 0.02, 0.0, -0.05, -0.12, -0.18, -0.15))
_PLAIN = Heart(jitter=0.03, noise=0.0004)  # little noise takes little room in a page
_HEARTS = {
    "max_rate": replace(_PLAIN, rate=128, stretch=0.72, jitter=0.01),
    "min_rate": replace(_PLAIN, rate=44),
    "longest_rr": replace(_PLAIN, pause=2.41),
    "pause": replace(_PLAIN, pause=2.4),
    "ve_single": replace(_PLAIN, ectopic={4: EXTRA}),
    "ve_pair": replace(_PLAIN, ectopic={4: EXTRA, 5: EXTRA}),
    "ve_run": replace(_PLAIN, ectopic={4: EXTRA, 5: EXTRA, 6: EXTRA, 7: EXTRA}),
    "af": replace(_PLAIN, waves=(Q, R, S, T), irregular=True, rate=98),
    "st": replace(_PLAIN, waves=(P, Q, R, S, _LOW, T)),
}


def _strip(
    first: float, seed: int, kind: str, rate: float = 125.0, seconds: float = 10.0, leads: tuple[str, ...] = LEADS
) -> Strip:
    heart = _HEARTS.get(kind, _PLAIN)
    trace, at = simulate(heart, seconds, rate, seed)
    shown = np.stack([trace.lead(lead) for lead in leads])
    classes = "".join("V" if number in heart.ectopic else "N" for number in range(len(at)))
    packed = np.rint(shown * 1000).astype("<i2").tobytes()
    return Strip(first=first, seconds=seconds, leads=leads, rate=rate, microvolts=packed,
                 beats=tuple(first + float(one) for one in at), classes=classes)  # fmt: skip


def _template(
    count: int, label: str, waves: tuple[Wave, ...], factor: float = 1.0, kind: str = "", hours: int = 24
) -> HolterTemplate:
    time = np.arange(-0.3, 0.5, 1 / 250)
    eight = sum(np.outer(high, np.exp(-0.5 * ((time - centre) / width) ** 2)) for centre, width, high in waves)
    shown = np.stack([eight[2], eight[6], eight[1]]) * factor
    strip = _strip(3600.0 * 5, 60 + count, kind, leads=("II",)) if kind else None
    spread = tuple(count // hours + (hour < count % hours) for hour in range(hours))
    return HolterTemplate(count=count, label=label, leads=LEADS, rate=250.0, at=75, hours=spread, strip=strip,
                          microvolts=np.rint(shown * 1000).astype("<i2").tobytes())  # fmt: skip


def _hours(dice: np.random.Generator, count: int) -> tuple[HolterSpan, ...]:
    out = []
    for hour in range(count):
        asleep = 13 <= hour % 24 <= 20
        mean = (58 if asleep else 78) + int(dice.integers(-5, 6))
        ve, sve = int(dice.integers(0, 60)), int(dice.integers(0, 12))
        out.append(HolterSpan(
            first=hour * 3600.0, seconds=3600.0 * 0.99, beats=mean * 60, mean_rate=mean, min_rate=mean - 14,
            max_rate=mean + 38, ve=ve, ve_pairs=ve // 25, ve_runs=ve // 55, sve=sve, sve_pairs=sve // 8,
            sve_runs=sve // 11,
            pauses=int(asleep and hour % 3 == 0), longest_rr=1400.0 + 50 * (hour % 20), sdnn=60.0 + hour, artefact=0.01,
        ))  # fmt: skip
    return tuple(out)


def _extremes(rates: np.ndarray, dice: np.random.Generator) -> tuple[bytes, bytes]:
    """The shortest and longest interval of each ten seconds, early beats and pauses among them; in AF far apart."""
    usual = np.repeat(60000 / np.maximum(rates, 1) * (rates > 0), 6)
    far = np.where(dice.random(usual.size) < 0.06, 0.35, 0.04)
    far[int(far.size * 0.6) : int(far.size * 0.6) + 47 * 6] = 0.35
    return ((1 - far) * usual).astype("<i2").tobytes(), ((1 + far) * usual).astype("<i2").tobytes()


def _pairs() -> RrPairs:
    bins = 200 + 20 * (np.arange(90) + 0.5)
    before, after = np.meshgrid(bins, bins, indexing="ij")
    cloud = sum(many * np.exp(-0.5 * (((before + after) / 2 - middle) / 90) ** 2 - 0.5 * ((after - before) / 45) ** 2)
                for many, middle in ((900, 790), (420, 1040)))  # fmt: skip
    return RrPairs(bins=90, counts=cloud.astype("<i2").tobytes())


def _spectrum() -> RrSpectrum:
    hz = np.arange(0, 0.5, 0.004)
    power = 40 / (hz + 0.01) + 9000 * np.exp(-0.5 * ((hz - 0.1) / 0.015) ** 2)
    power += 5000 * np.exp(-0.5 * ((hz - 0.25) / 0.02) ** 2)
    return RrSpectrum(step_hz=0.004, power=tuple(np.round(power, 1).tolist()))


def make_summary(hours: int = 24, events: int = 32, seed: int = 4) -> HolterSummary:
    """Return a summary that looks like a patient's day."""
    dice = np.random.default_rng(seed)
    spans = _hours(dice, hours)
    minutes = hours * 60
    rates = np.repeat([span.mean_rate or 0 for span in spans], 60) + 5 * np.sin(np.arange(minutes) / 9)
    rates += dice.normal(0, 3, minutes)
    rates[min(400, minutes - 1) : 404] = 0
    levels = dice.normal(-20, 12, (3, minutes))
    levels[1, minutes // 3 : minutes // 3 + 12] -= 130
    levels[:, min(400, minutes - 1) : 404] = -32768
    shortest, longest = _extremes(rates, dice)
    af = np.zeros(minutes)
    af[int(minutes * 0.6) : int(minutes * 0.6) + 47] = 100
    told = []
    for number in range(events):
        kind, zh, en, grave = _KINDS[number % len(_KINDS)]
        at = 1800.0 + number * (hours * 3600 - 3600) / max(events, 1)
        drawn = _strip(at - 4, 100 + number, kind)
        told.append(HolterEvent(kind=kind, at=at, seconds=4.0, text_zh=zh, text_en=en, severity=grave, strip=drawn))
    total = HolterSpan(first=0, seconds=hours * 3600 * 0.99, beats=sum(one.beats for one in spans), mean_rate=71.4,
                       min_rate=44.0, max_rate=128.0, **{key: sum(getattr(one, key) for one in spans) for key in
                       ("ve", "ve_pairs", "ve_runs", "sve", "sve_pairs", "sve_runs", "pauses")},
                       longest_rr=2410.0, sdnn=132.4, artefact=0.011)  # fmt: skip
    bins = np.arange(120) * 20 + 10
    counts = 9000 * np.exp(-0.5 * ((bins - 790) / 95) ** 2) + 4200 * np.exp(-0.5 * ((bins - 1040) / 80) ** 2)
    hrv = (("sdnn", 132.4, "ms"), ("sdann", 118.2, "ms"), ("sdnn_index", 56.1, "ms"), ("rmssd", 31.7, "ms"),
           ("pnn50", 8.4, "%"), ("triangular_index", 34.2, "1"), ("lf", 612.0, "ms2"), ("hf", 288.0, "ms2"),
           ("lf_hf", 2.13, "1"), ("sd1", 22.4, "ms"), ("sd2", 171.0, "ms"), ("sample_entropy", 1.41, "1"))  # fmt: skip
    grave = Finding(code="holter.ve_run", text_zh="短阵室性心动过速", text_en="Runs of ventricular tachycardia",
                    reason=f"{total.ve_runs} 阵，最长 4 搏，132/min", severity=Severity.ABNORMAL,
                    rule="yiji-holter 1 ve_run")  # fmt: skip
    more = (
        Finding(code="holter.sinus", text_zh="窦性心律，平均心率 71 次/分", text_en="Sinus rhythm, mean 71/min",
                reason="44-128/min", rule="yiji-holter 1 rate"),
        Finding(code="holter.ve", text_zh="室性早搏", text_en="Ventricular ectopy", reason=f"{total.ve}/24 h",
                severity=Severity.BORDERLINE, rule="yiji-holter 1 ve"),
        Finding(code="holter.af", text_zh="阵发性心房颤动", text_en="Paroxysmal atrial fibrillation",
                reason="47 min, 3.3 %", severity=Severity.ABNORMAL, rule="yiji-holter 1 af"),
    )  # fmt: skip
    return HolterSummary(
        algorithm="simulated 1", seconds=hours * 3600.0, analysed_seconds=hours * 3600 * 0.99, leads=LEADS,
        started_at=datetime(2026, 11, 19, 9, 2), total=total, normal=total.beats - total.ve - total.sve - 3, fusion=3,
        hours=spans, day=total.model_copy(update={"seconds": 57600.0}),
        night=spans[0].model_copy(update={"seconds": 28800.0}),
        slowest=RateMoment(at=61200.0, rate=44), fastest=RateMoment(at=30100.0, rate=128),
        longest_rr=HolterPause(at=64000.0, seconds=2.41), pauses=(HolterPause(at=64000.0, seconds=2.41),),
        runs=(HolterRun(at=40000.0, seconds=1.4, beats=4, rate=132.0, label="V", template=1),
              HolterRun(at=50000.0, seconds=3.4, beats=9, rate=141.0, label="S", template=0)),
        ve_singles=total.ve - 2 * total.ve_pairs, ve_bigeminy=18, ve_trigeminy=12, sve_singles=total.sve,
        templates=(_template(612, "V", EXTRA, 1.0, "ve_single", hours), _template(41, "V", EXTRA, -0.8, hours=hours),
                   _template(98210, "N", (P, Q, R, S, T), 1.0, "plain", hours),
                   _template(130, "S", (moved(P, 0.03), Q, R, S, T), hours=hours),
                   _template(3, "F", (*EXTRA, R), 0.6, hours=hours)),
        rr=RrHistogram(bin_ms=20, counts=tuple(int(one) for one in counts)),
        trends=HolterTrends(
            heart_rates=np.rint(rates).astype("<i2").tobytes(),
            lowest_rates=np.rint(np.where(rates > 0, rates - 9, 0)).astype("<i2").tobytes(),
            highest_rates=np.rint(np.where(rates > 0, rates + 14, 0)).astype("<i2").tobytes(),
            st_leads=LEADS, st_levels=np.rint(levels).astype("<i2").tobytes(), af=af.astype("<i2").tobytes(),
            artefact=np.where(rates > 0, 0, 100).astype("<i2").tobytes(),
            rr_shortest=shortest, rr_longest=longest,
        ),
        af_share=0.033, af=(AfEpisode(at=0.6 * hours * 3600, seconds=47 * 60.0, rate=102.0),),
        st=(StEpisode(lead="V5", at=hours * 1200.0, seconds=720.0, microvolts=-141, peak_at=hours * 1200.0 + 300),),
        hrv=tuple(Measurement(code=code, value=value, unit=unit, method="simulated") for code, value, unit in hrv),
        rr_pairs=_pairs(), rr_spectrum=_spectrum(),
        hour_strips=tuple(_strip(3600.0 * hour + 1800, 40 + hour, "", leads=("II",)) for hour in range(hours)),
        events=tuple(told), findings=(grave, *more),
    )  # fmt: skip
