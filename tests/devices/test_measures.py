"""Intervals, heights and ST against hearts whose every bound is known; HRV; what is out of the ordinary."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.bench._ecg_holter_signal import day
from tests.reports.synthetic import Heart, injured_front, simulate
from yiji.core.signal import Recording, Trace
from yiji.devices import analyse
from yiji.devices.analysis.holter.hrv_short import hrv, normal_intervals
from yiji.devices.analysis.measures.measure import corrected
from yiji.devices.analysis.signals.filters import finer
from yiji.devices.analysis.signals.mains import without_mains

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from _ecg_truth import KINDS, LEADS, Bump, Case, make

SPANS = {"p": ("p_on", "p_off"), "pr": ("p_on", "qrs_on"), "qrs": ("qrs_on", "qrs_off"), "qt": ("qrs_on", "t_off")}


def recorded(case: Case) -> Recording:
    return Recording.of("ecg", Trace(LEADS, case.rate, case.samples), "made")


@pytest.mark.parametrize("kind", KINDS)
def test_without_noise_every_bound_is_found(kind: str):
    case = make(kind, np.random.default_rng(7), None)
    analysis = analyse(recorded(case))
    for code, (first, last) in SPANS.items():
        if first in case.exact:
            assert abs((analysis.value(code) or 0) - 1000 * (case.exact[last] - case.exact[first])) <= 10, code


@pytest.mark.parametrize("kind", ["normal", "fast", "rbbb", "small_p", "t_biphasic"])
def test_with_noise_bounds_hold(kind: str):
    case = make(kind, np.random.default_rng(21), np.random.default_rng(22))
    analysis = analyse(recorded(case))
    for code, (first, last) in SPANS.items():
        assert abs((analysis.value(code) or 0) - 1000 * (case.exact[last] - case.exact[first])) <= 12, code


@pytest.mark.parametrize(("kind", "heart"), [("rbbb", [4, 110]), ("rbbb", [11, 95]), ("lbbb", [12, 4])])
def test_the_slow_end_of_a_wide_qrs_is_its_end(kind: str, heart: list[int]):
    case = make(kind, np.random.default_rng(heart), None)
    analysis = analyse(recorded(case))
    assert abs((analysis.value("qrs") or 0) - 1000 * (case.exact["qrs_off"] - case.exact["qrs_on"])) <= 8
    for row in analysis.lead_measures:
        assert abs((row.st_60 or 0) - case.heights[row.lead]["st_60"]) <= 0.03, row.lead


def test_an_st_segment_that_runs_into_t_does_not_draw_t_out():
    trace, _ = simulate(injured_front(replace(Heart(), rate=84)), rate=1000, seed=6)
    end, begin = 0.4, -0.038  # s, where the widest of its waves passes 15 uV
    assert abs((analyse(Recording.of("ecg", trace, "made")).value("qt") or 0) - 1000 * (end - begin)) <= 15


@pytest.mark.parametrize("height", [0.02, 0.05])
def test_a_u_wave_does_not_draw_t_out(height: float):
    case = make("slow", np.random.default_rng(7), None)
    end = case.exact["t_off"]
    clock = np.arange(case.samples.shape[1]) / case.rate
    wave = Bump("u", end - 0.01, end + 0.09, end + 0.2, height)
    u = sum((wave.at(clock - beat) for beat in case.beats), np.zeros(clock.size))
    analysis = analyse(recorded(replace(case, samples=(case.samples + u).astype(np.float32))))
    assert abs((analysis.value("qt") or 0) - 1000 * (end - case.exact["qrs_on"])) <= 15


@pytest.mark.parametrize("kind", ["normal", "slow", "st_down", "t_negative"])
def test_with_noise_heights_and_st_hold(kind: str):
    case = make(kind, np.random.default_rng(11), np.random.default_rng(12))
    rows = {row.lead: row for row in analyse(recorded(case)).lead_measures}
    misses = [
        (lead, wave)
        for lead, heights in case.heights.items()
        for wave, true in heights.items()
        if abs((getattr(rows[lead], wave) or 0.0) - true) > max(0.04, 0.05 * abs(true))
    ]
    assert len(misses) <= 2, misses


def test_without_a_p_there_is_none():
    analysis = analyse(recorded(make("no_p", np.random.default_rng(3), None)))
    assert [analysis.value(code) for code in ("p", "pr", "p_axis")] == [None] * 3
    assert {row.p for row in analysis.lead_measures} == {None}
    assert analysis.value("qt")


def test_the_median_beat_carries_its_bounds():
    case = make("normal", np.random.default_rng(7), None)
    analysis = analyse(recorded(case))
    median = analysis.median
    assert median is not None
    counts = np.frombuffer(median.microvolts, "<i2").reshape(len(median.leads), -1)
    marks = [median.p_on, median.p_off, median.qrs_on, median.qrs_off, median.t_off]
    assert all(one is not None for one in marks)
    assert marks == sorted(marks, key=lambda one: one or 0)
    assert 0 <= (median.p_on or 0) < median.at < (median.t_off or 0) < counts.shape[1]
    assert abs(counts[1].max() / 1000 - max(case.heights["II"].get("r", 0), case.heights["II"]["t"])) < 0.1
    assert len(analysis.classes) == len(analysis.beats)


def test_a_measurement_has_its_short_names():
    analysis = analyse(recorded(make("normal", np.random.default_rng(7), None)))
    assert analysis.value("hr") == analysis.value("heart_rate")
    assert analysis.value("qtc_bazett") == analysis.value("qtc")


def test_corrections_of_qt_are_those_of_their_authors():
    found = corrected(400.0, 640.0)
    assert found["qtc"] == pytest.approx(500.0)
    assert found["qtc_fridericia"] == pytest.approx(464.16, abs=0.01)
    assert found["qtc_framingham"] == pytest.approx(455.44)
    assert found["qtc_hodges"] == pytest.approx(459.06, abs=0.01)
    assert set(corrected(400.0, 1000.0).values()) == {400.0}


@pytest.mark.parametrize("rate", [100.0, 250.0, 500.0, 2000.0])
@pytest.mark.parametrize("leads", [1, 2, 12])
def test_any_rate_and_any_leads_give_numbers_or_none(rate: float, leads: int):
    times = np.arange(int(10 * rate)) / rate
    beat = sum(np.exp(-(((times - at) / 0.012) ** 2)) for at in np.arange(0.5, 9.8, 0.8))
    beat = beat + sum(0.3 * np.exp(-(((times - at - 0.28) / 0.05) ** 2)) for at in np.arange(0.5, 9.8, 0.8))
    samples = np.outer(np.linspace(0.8, 1.4, leads), beat).astype(np.float32)
    samples[-1, int(3.1 * rate) : int(3.3 * rate)] = np.nan
    analysis = analyse(Recording.of("ecg", Trace(LEADS[:leads], rate, samples), "made"))
    assert abs((analysis.value("rr") or 0) - 800) < 5
    numbers = [one.value for one in analysis.measurements if one.value is not None]
    numbers += [one for row in analysis.lead_measures for one in row.model_dump().values() if isinstance(one, float)]
    assert np.isfinite(numbers).all()


def test_the_mains_go_and_the_beats_stay():
    rate, times = 500.0, np.arange(5000) / 500.0
    beats = np.arange(250, 4900, 500)
    qrs = sum(np.where(abs(times - at / rate) < 0.03, 1.0 - abs(times - at / rate) / 0.03, 0.0) for at in beats)
    hum = 0.05 * np.sin(2 * np.pi * 50.1 * times + 0.4)
    rest = without_mains((qrs + hum)[None], rate, beats)[0] - qrs
    assert np.abs(rest).max() < 0.003
    assert np.abs(without_mains(qrs[None], rate, beats)[0] - qrs).max() < 0.003


def test_drawn_finer_the_old_samples_stay():
    signal = np.random.default_rng(1).normal(0, 1, (2, 300))
    drawn = finer(signal, 3)
    assert drawn.shape == (2, 900)
    assert np.allclose(drawn[:, ::3], signal, atol=1e-9)


def test_short_hrv_is_of_normal_intervals_alone():
    beats = np.cumsum([0.5, 0.8, 0.82, 0.78, 0.5, 1.1, 0.8, 0.81])
    found = {one.code: one.value for one in hrv(beats, "NNNNVNNN")}
    normal = np.array([800, 820, 780, 800, 810.0])
    assert found["mean_nn"] == pytest.approx(normal.mean(), abs=0.01)
    assert found["sdnn"] == pytest.approx(normal.std(ddof=1), abs=0.01)
    assert found["rmssd"] == pytest.approx(np.sqrt(np.mean([20.0**2, 40.0**2, 10.0**2])), abs=0.01)
    assert hrv(beats[:3]) == ()


def test_an_artefact_is_no_normal_interval():
    beats = np.cumsum(np.full(30, 0.8))
    beats[15] += 0.35
    _, intervals, follows = normal_intervals(beats)
    assert intervals.size == 27
    assert np.allclose(intervals, 800)
    assert (~follows).sum() == 2


WAVY = np.cumsum(0.8 + 0.04 * np.sin(2 * np.pi * 0.1 * np.arange(220) * 0.8))


@pytest.mark.parametrize("full", [False, True])
def test_long_hrv_has_frequency_and_the_non_linear_kind(full: bool):
    found = {one.code: one for one in hrv(WAVY, full=full)}
    assert found["sdnn"].value == pytest.approx(40 / np.sqrt(2), rel=0.05)
    assert (found["lf"].value or 0) > 20 * (found["hf"].value or 0)
    assert found["lf"].value == pytest.approx(800, rel=0.15)  # half the squared height
    assert {"sd1", "sd2", "dfa_alpha1", "sample_entropy", "pnn50", "triangular_index"} <= found.keys()
    assert ("neurokit2" in found["lf"].method) == full


def test_only_the_full_measures_need_neurokit2(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "neurokit2", None)
    assert {one.code for one in hrv(WAVY)} >= {"mean_nn", "lf_hf", "sd1"}
    assert {one.code for one in hrv(WAVY[:40], full=True)} == {"mean_nn", "sdnn", "rmssd"}
    slow = np.cumsum(np.full(80, 1.6))  # two minutes, but few intervals
    assert {one.code for one in hrv(slow)} == {"mean_nn", "sdnn", "rmssd"}
    with pytest.raises(ImportError):
        hrv(WAVY, full=True)


@pytest.mark.parametrize(("seconds", "codes"), [(10, {"mean_nn", "rmssd"}), (200, {"lf_hf", "sd1", "pnn50"})])
def test_an_analysis_tells_variability_by_its_length(seconds: int, codes: set[str]):
    recording, _ = day(float(seconds), 250, 3, seed=4)
    found = analyse(recording)
    assert all(found.value(code) is not None for code in codes)
    normal = normal_intervals(np.array(found.beats), found.classes)[1]
    assert found.value("mean_nn") == pytest.approx(normal.mean(), abs=0.5)


def test_full_measures_are_there_when_asked_for():
    found = {one.code: one for one in hrv(WAVY, full=True)}
    assert found["sd1"].value == pytest.approx((found["sdsd"].value or 0) / np.sqrt(2), rel=0.02)
    assert found["lf"].unit == "ms2"
