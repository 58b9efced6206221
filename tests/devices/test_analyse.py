"""Measuring an ECG: on the real recording, on signals that are made to measure, and on what cannot be measured."""

import doctest
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

import yiji.devices
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.errors import YijiError
from yiji.core.signal import Recording, Trace
from yiji.devices import analyse, read
from yiji.devices.analysis.signals.filters import band_pass, high_pass, low_pass, moving_mean, peaks, running_median

REAL = Path(str(get_testdata_file("waveform_ecg.dcm", download=False)))
LIMBS = {"I": 1.0, "II": 1.5, "III": 0.5, "aVR": -1.25, "aVL": 0.25, "aVF": 1.0}  # II = I + III, and so on
CHEST = {"V1": -0.8, "V2": 0.5, "V3": 0.9, "V4": 1.2, "V5": 1.6, "V6": 1.1}
RATE = 500.0


def bump(times: np.ndarray, centre: float, width: float) -> np.ndarray:
    """A raised cosine: it begins and ends where it is said to, `width` seconds apart."""
    phase = np.clip((times - centre) / width, -0.5, 0.5)
    return 0.5 + 0.5 * np.cos(2 * np.pi * phase)


def made(
    rr: float = 0.8, pr: float = 0.16, qrs: float = 0.09, qt: float = 0.38, p: float = 0.15, seconds: float = 10.0
) -> Recording:
    """A recording whose intervals are known: P 100 ms, a biphasic QRS, T 180 ms; all leads in proportion."""
    times = np.arange(int(seconds * RATE)) / RATE
    beat = np.zeros_like(times)
    for onset in np.arange(0.5, seconds - 0.6, rr):
        beat += p * bump(times, onset - pr + 0.05, 0.1)
        beat += bump(times, onset + qrs * 0.4, qrs * 0.8) - 0.3 * bump(times, onset + qrs * 0.8, qrs * 0.4)
        beat += 0.3 * bump(times, onset + qt - 0.09, 0.18)
    noise = np.random.default_rng(3).normal(0, 0.004, (12, times.size))
    gains = np.array([*LIMBS.values(), *CHEST.values()])
    samples = (gains[:, None] * beat + noise).astype(np.float32)
    return Recording.of("ecg", Trace((*LIMBS, *CHEST), RATE, samples, datetime(2026, 3, 2, 9)), "made")


def codes(recording: Recording, patient: PatientBrief | None = None) -> set[str]:
    return {finding.code.removeprefix("machine.") for finding in analyse(recording, patient).findings}


def test_the_documented_examples_are_true():
    assert doctest.testmod(yiji.devices).failed == 0
    assert "analyse(recording)" in (yiji.devices.__doc__ or "")


def test_the_real_recording_is_measured():
    recording = read(REAL)
    analysis = analyse(recording)
    assert abs((analysis.value("rr") or 0) - 982) < 5
    assert len(analysis.beats) == 10
    assert {one.code for one in analysis.measurements if one.value is None} == set()
    assert analysis.findings[0].code == "machine.sinus_rhythm"
    assert analysis.algorithm.startswith("yiji-ecg ")


@pytest.mark.parametrize("rr", [0.45, 0.6, 0.8, 1.0, 1.4])
def test_rates_are_true(rr: float):
    analysis = analyse(made(rr=rr, qt=min(0.38, 0.7 * rr), pr=min(0.16, 0.25 * rr)))
    assert abs((analysis.value("rr") or 0) - rr * 1000) < 2
    assert abs((analysis.value("heart_rate") or 0) - 60 / rr) < 1


@pytest.mark.parametrize(("pr", "qrs", "qt"), [(0.14, 0.08, 0.36), (0.18, 0.1, 0.4), (0.22, 0.12, 0.44)])
def test_intervals_are_near_what_was_made(pr: float, qrs: float, qt: float):
    """The feet of a raised cosine are soft, so a measured wave is a little shorter than the made one."""
    analysis = analyse(made(rr=0.95, pr=pr, qrs=qrs, qt=qt))
    assert abs((analysis.value("pr") or 0) - pr * 1000) < 25
    assert abs((analysis.value("qrs") or 0) - qrs * 1000) < 20
    assert abs((analysis.value("qt") or 0) - qt * 1000) < 35


def test_qtc_names_its_formulas():
    found = {one.code: one for one in analyse(made(rr=0.64)).measurements}
    qt, bazett, fridericia = (found[code].value or 0 for code in ("qt", "qtc", "qtc_fridericia"))
    assert abs(bazett - qt / 0.8) < 3
    assert abs(fridericia - qt / 0.8618) < 3
    assert (found["qtc"].method, found["qtc_fridericia"].method) == ("Bazett", "Fridericia")


def turned(recording: Recording, degrees: float) -> Recording:
    """The same heart with its axis elsewhere in the frontal plane."""
    across, down = np.cos(np.radians(degrees)), np.sin(np.radians(degrees)) * np.sqrt(3) / 2
    beat = recording.trace.lead("I")
    rows = {"I": across, "II": down + across / 2, "III": down - across / 2, "aVF": down}
    samples = recording.trace.samples.copy()
    for name, share in rows.items():
        samples[recording.trace.leads.index(name)] = share * beat
    return Recording.of("ecg", replace(recording.trace, samples=samples), recording.source)


@pytest.mark.parametrize(
    ("degrees", "code"), [(50, None), (-10, None), (-60, "axis_left"), (120, "axis_right"), (-120, "axis_extreme")]
)
def test_axes_are_true(degrees: float, code: str | None):
    recording = turned(made(), degrees)
    axis = analyse(recording).value("qrs_axis")
    assert axis is not None
    assert abs(axis - degrees) <= 2
    assert {one for one in codes(recording) if one.startswith("axis_")} == ({code} if code else set())


def test_the_axis_is_the_same_without_avf():
    trace = made().trace
    rows = [row for row, name in enumerate(trace.leads) if name != "aVF"]
    part = Trace(tuple(trace.leads[row] for row in rows), trace.rate, trace.samples[rows])
    whole, without = (analyse(Recording.of("ecg", one, "made")).value("qrs_axis") for one in (trace, part))
    assert whole is not None
    assert without is not None
    assert abs(whole - without) <= 1


def test_voltages_are_true():
    analysis = analyse(made())
    table = {row.lead: row for row in analysis.lead_measures}
    assert abs((analysis.value("rv5") or 0) - 1.6) < 0.1
    assert abs((analysis.value("sv1") or 0) - 0.8) < 0.06
    assert abs(table["V5"].s - 0.3 * 1.6) < 0.1
    assert table["V6"].t == pytest.approx(0.33, abs=0.05)


def test_a_measure_that_cannot_be_had_is_none():
    trace = made().trace
    only = Trace(("V2",), trace.rate, trace.samples[[trace.leads.index("V2")]])
    analysis = analyse(Recording.of("ecg", only, "made"))
    assert analysis.value("rr") is not None
    assert [analysis.value(code) for code in ("qrs_axis", "rv5", "sv1", "rv5_sv1")] == [None] * 4
    assert [one.code for one in analysis.measurements] == [one.code for one in analyse(made()).measurements]


def test_without_a_p_wave_there_is_no_pr_and_no_sinus_rhythm():
    analysis = analyse(made(p=0.0))
    assert analysis.value("pr") is None
    assert analysis.value("p_axis") is None
    assert "sinus_rhythm" not in codes(made(p=0.0))


def test_irregular_beats_without_p_are_told():
    times = np.arange(int(10 * RATE)) / RATE
    onsets = np.cumsum(np.random.default_rng(5).uniform(0.45, 1.1, 12)) + 0.2
    beat = sum(bump(times, onset, 0.08) + 0.3 * bump(times, onset + 0.26, 0.18) for onset in onsets if onset < 9.6)
    samples = np.stack([beat * gain for gain in (1.0, 1.5)]).astype(np.float32)
    samples += np.random.default_rng(1).normal(0, 0.01, samples.shape).astype(np.float32)
    found = codes(Recording.of("ecg", Trace(("I", "II"), RATE, samples), "made"))
    assert "irregular_without_p" in found
    assert "sinus_rhythm" not in found


@pytest.mark.parametrize(
    ("recording", "code"),
    [
        (made(rr=1.2), "bradycardia"),
        (made(rr=0.5, qt=0.3, pr=0.13), "tachycardia"),
        (made(rr=1.0, pr=0.26), "pr_long"),
        (made(rr=1.0, qrs=0.16), "qrs_wide"),
        (made(rr=0.7, qt=0.46), "qtc_long"),
    ],
)
def test_statements_follow_from_measures(recording: Recording, code: str):
    assert code in codes(recording)
    assert code not in codes(made())
    told = {finding.code: finding for finding in analyse(recording).findings}[f"machine.{code}"]
    assert told.reason
    assert told.text_zh != told.text_en


def test_sex_and_age_move_the_limits():
    recording = made()
    louder = Recording.of("ecg", replace(recording.trace, samples=recording.trace.samples * 1.6), recording.source)
    woman, man = PatientBrief(name="甲", sex=Sex.FEMALE), PatientBrief(name="乙", sex=Sex.MALE)
    assert "lv_voltage" in codes(louder, woman)
    assert "lv_voltage" not in codes(louder, man)
    child = PatientBrief(name="丙", birth_date=date(2016, 1, 1))
    assert "adult_limits_not_applied" in codes(made(rr=0.5, qt=0.3, pr=0.13), child)
    assert "tachycardia" not in codes(made(rr=0.5, qt=0.3, pr=0.13), child)


def test_a_normal_recording_is_within_limits_and_nothing_more():
    assert codes(made()) == {"sinus_rhythm", "within_limits"}


def test_a_premature_beat_does_not_spoil_the_median():
    recording = made(rr=0.8)
    samples, times = recording.trace.samples.copy(), np.arange(int(10 * RATE)) / RATE
    samples += (2.0 * bump(times, 4.15, 0.16)).astype(np.float32)  # wide, between two beats
    spoilt = Recording.of("ecg", replace(recording.trace, samples=samples), recording.source)
    clean, found = analyse(recording), analyse(spoilt)
    assert len(found.beats) == len(clean.beats) + 1
    assert "ve" in codes(spoilt)
    for code in ("pr", "qrs", "qt"):
        assert abs((found.value(code) or 0) - (clean.value(code) or 0)) <= 10


@pytest.mark.parametrize("change", ["one lead flat", "one lead missing", "gap", "drift", "hum"])
def test_a_flaw_changes_measures_little(change: str):
    recording = made()
    samples, leads = recording.trace.samples.copy(), recording.trace.leads
    times = np.arange(samples.shape[1]) / RATE
    if change == "one lead flat":
        samples[4] = 0
    elif change == "one lead missing":
        samples, leads = samples[:-1], leads[:-1]
    elif change == "gap":
        samples[3, 1000:1050] = np.nan
    elif change == "drift":
        samples += (0.8 * np.sin(2 * np.pi * 0.15 * times)).astype(np.float32)
    else:
        samples += (0.03 * np.sin(2 * np.pi * 49.7 * times)).astype(np.float32)
    clean, found = analyse(recording), analyse(Recording.of("ecg", Trace(leads, RATE, samples), "made"))
    for code, most in (("rr", 2), ("pr", 15), ("qrs", 12), ("qt", 20)):
        assert abs((found.value(code) or 0) - (clean.value(code) or 0)) <= most, code


def refusal(samples: np.ndarray, rate: float = RATE) -> str:
    leads = tuple([*LIMBS, *CHEST][: len(samples)])
    with pytest.raises(YijiError) as refused:
        analyse(Recording.of("ecg", Trace(leads, rate, samples.astype(np.float32)), "made"))
    return refused.value.code


def test_what_cannot_be_measured_has_a_code():
    assert refusal(np.full((12, 5000), 0.2)) == "devices.no_signal"
    assert refusal(np.full((2, 5000), np.nan)) == "devices.no_signal"
    assert refusal(np.zeros((12, 0))) == "devices.too_short"
    assert refusal(made().trace.samples[:, :1000]) == "devices.too_short"
    assert refusal(made(rr=9.0).trace.samples[:, :3000]) == "devices.no_beats"


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone_is_not_taken_for_beats(seed: int):
    assert refusal(np.random.default_rng(seed).normal(0, 0.1, (12, 5000))) == "devices.no_beats"


def test_filters_have_their_gain_and_no_phase():
    times = np.arange(5000) / RATE
    slow, fast = np.sin(2 * np.pi * 1.0 * times), np.sin(2 * np.pi * 60.0 * times)
    assert np.abs(low_pass(slow + fast, RATE, 15.0) - slow)[500:-500].max() < 0.01
    assert np.abs(high_pass(slow + 3.0, RATE, 0.05) - slow)[500:-500].max() < 0.05
    middle = np.sin(2 * np.pi * 14.0 * times)
    passed = band_pass(middle + slow, RATE, 8.0, 25.0)[500:-500]
    assert np.corrcoef(passed, middle[500:-500])[0, 1] > 0.999
    assert 0.7 < passed.max() < 1.0


def test_windows_count_right():
    values = np.array([0.0, 3.0, 0.0, 0.0, 9.0, 0.0])
    assert moving_mean(values, 3).tolist() == [1.5, 1.0, 1.0, 3.0, 3.0, 4.5]
    assert running_median(values, 3).tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert peaks(values, 1, np.full(6, 1.0)).tolist() == [1, 4]
    assert peaks(values, 4, np.full(6, 1.0)).tolist() == [4]
