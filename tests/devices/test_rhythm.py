"""Rhythm from made beats and made signals whose truth is known: irregularity, ectopy, pauses, atria, pacing spikes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yiji.core.contract.measure import MedianBeat
from yiji.core.signal import Trace
from yiji.devices.analysis.signals.prepare import Prepared
from yiji.devices.analysis.statements.atrial import atria, dropped
from yiji.devices.analysis.statements.pacing import pacing, spikes
from yiji.devices.analysis.statements.rhythm import irregularity, rhythm, sample_entropy

RATE = 500.0
LEADS = ("I", "II", "III", "aVF", "V1")


def places(intervals: list[float] | NDArray[np.float64]) -> NDArray[np.int64]:
    """The samples of beats so many seconds apart."""
    return (np.cumsum(np.concatenate([[0.5], intervals])) * RATE).astype(np.int64)


def is_irregular(intervals: NDArray[np.float64]) -> bool:
    """The rule set's own definition."""
    found = irregularity(intervals)
    return found["rr_rmssd"] >= 0.1 and found["rr_entropy"] > -1.5


@pytest.mark.parametrize("seed", range(20))
def test_fibrillation_is_irregular_and_sinus_rhythm_is_not(seed: int):
    chance, beats = np.random.default_rng(seed), np.arange(14)
    breathing = 0.9 + 0.07 * np.sin(2 * np.pi * beats / 4.5 + seed) + chance.normal(0, 0.005, 14)
    assert is_irregular(chance.uniform(0.45, 1.15, 14))
    assert not is_irregular(breathing)
    assert not is_irregular(0.8 + chance.normal(0, 0.02, 14))


def test_one_early_beat_is_not_fibrillation():
    early = np.array([0.8, 0.8, 0.81, 0.5, 1.1, 0.8, 0.79, 0.8, 0.8, 0.81, 0.8, 0.8])
    assert not is_irregular(early)


def test_ventricular_beats_are_left_out_of_irregularity():
    letters = "NNNVNNNNVNNNNN"
    intervals = np.array([0.8, 0.8, 0.5, 1.1, 0.8, 0.8, 0.8, 0.5, 1.1, 0.8, 0.8, 0.8, 0.8])
    found = rhythm(places(intervals), RATE, letters)
    assert found["rr_rmssd"] < 0.01
    assert found["rr_count"] == 9
    assert rhythm(places(intervals), RATE)["rr_rmssd"] > 0.2


def test_sample_entropy_grows_with_disorder():
    chance = np.random.default_rng(1)
    steady, wild = 0.8 + chance.normal(0, 0.005, 12), chance.uniform(0.4, 1.2, 12)
    assert sample_entropy(steady) < -2 < -1 < sample_entropy(wild)
    assert np.isfinite(sample_entropy(np.full(12, 0.8)))


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ("NNNNNNNNNN", {"ve": 0, "ve_pairs": 0, "ve_runs": 0, "ve_bigeminy": 0, "sve": 0}),
        ("NNVNNNVVNN", {"ve": 3, "ve_pairs": 1, "ve_runs": 0, "ve_longest": 0}),
        ("NNVVVVNNNN", {"ve": 4, "ve_pairs": 0, "ve_runs": 1, "ve_longest": 4}),
        ("NVNVNVNNNN", {"ve": 3, "ve_bigeminy": 1, "ve_trigeminy": 0}),
        ("NNVNNVNNVN", {"ve": 3, "ve_bigeminy": 0, "ve_trigeminy": 1}),
        ("NNSSSNNSNN", {"sve": 4, "sve_runs": 1, "sve_longest": 3, "ve": 0}),
    ],
)
def test_ectopic_beats_are_counted(letters: str, found: dict[str, float]):
    told = rhythm(places([0.8] * 9), RATE, letters)
    assert {name: told[name] for name in found} == found


def test_a_run_has_its_rate():
    told = rhythm(places([0.8, 0.8, 0.4, 0.4, 0.4, 0.9, 0.8, 0.8]), RATE, "NNVVVVNNN")
    assert told["ve_rate"] == pytest.approx(150, abs=1)
    assert "sve_rate" not in told


def test_pauses_are_counted():
    told = rhythm(places([0.8, 2.3, 0.8, 3.4, 0.8]), RATE)
    assert (told["pauses_2"], told["pauses_3"]) == (2, 1)
    assert told["rr_longest"] == pytest.approx(3.4, abs=0.01)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_beats_break_nothing(count: int):
    told = rhythm(places([0.8] * 3)[:count], RATE, "N" * count)
    assert all(np.isfinite(value) for value in told.values())


def bump(times: NDArray[np.float64], centre: float, width: float) -> NDArray[np.float64]:
    phase = np.clip((times - centre) / width, -0.5, 0.5)
    return 0.5 + 0.5 * np.cos(2 * np.pi * phase)


def heart(beats: NDArray[np.int64], p_waves: list[float], seconds: float = 12.0, flutter: float = 0.0) -> Prepared:
    """QRS and T at beats, P waves at any seconds, flutter waves of so many a minute; all leads in proportion."""
    times = np.arange(int(seconds * RATE)) / RATE
    signal = np.random.default_rng(2).normal(0, 0.005, times.size)
    for at in beats / RATE:
        signal += bump(times, at, 0.08) + 0.25 * bump(times, at + 0.28, 0.18)
    for at in p_waves:
        signal += 0.15 * bump(times, at, 0.1)
    if flutter:
        signal += 0.12 * (2 * ((times * flutter / 60) % 1) - 1)
    gains = np.array([0.8, 1.2, 0.6, 0.9, 0.7])
    return Prepared(LEADS, RATE, gains[:, None] * signal)


def test_a_sinus_rhythm_has_no_other_atrial_rate():
    beats = places([0.82, 0.8, 0.83, 0.8, 0.79, 0.81, 0.82, 0.8, 0.81, 0.8, 0.83])
    found = atria(heart(beats, [at / RATE - 0.16 for at in beats]), beats)
    assert found.get("atrial_likeness", 0) < 0.15


def test_atria_of_their_own_are_found():
    beats = places([1.5] * 7)
    found = atria(heart(beats, [0.2 + 0.71 * n for n in range(16)]), beats)
    assert found["atrial_likeness"] >= 0.15
    assert found["atrial_rate"] == pytest.approx(60 / 0.71, rel=0.03)


def test_flutter_waves_are_found():
    beats = places([0.83, 0.62, 0.83, 0.83, 0.62, 0.83, 0.62, 0.83, 0.83, 0.62, 0.83])
    found = atria(heart(beats, [], flutter=288.0), beats)
    assert found["flutter_likeness"] >= 0.2
    assert found["flutter_rate"] == pytest.approx(288, rel=0.04)


def test_too_short_a_signal_has_no_atria():
    beats = places([0.8, 0.8])
    assert atria(heart(beats, [], seconds=2.5), beats) == {}


def median_of(prepared: Prepared, at: int) -> MedianBeat:
    cut = prepared.signal[:, at - 200 : at + 250]
    counts = (cut * 1000).astype("<i2")
    return MedianBeat(
        leads=LEADS, rate=RATE, microvolts=counts.tobytes(), at=200, p_on=95, p_off=145, qrs_on=180, qrs_off=220
    )


def test_a_dropped_beat_is_counted_and_wenckebach_shows():
    intervals = [0.8, 0.8, 0.8, 1.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    beats = places(intervals)
    seconds = beats / RATE
    steady = [*(seconds - 0.16), seconds[3] + 0.64]
    prepared = heart(beats, steady)
    found = dropped(prepared, beats, median_of(prepared, int(beats[1])))
    assert found["dropped"] == 1
    assert abs(found["dropped_pr_growth"]) <= 10
    longer = [*(seconds[:3] - 0.16), seconds[3] - 0.22, *(seconds[4:] - 0.16), seconds[3] + 0.60]
    grown = dropped(heart(beats, longer), beats, median_of(prepared, int(beats[1])))
    assert grown["dropped_pr_growth"] == pytest.approx(60, abs=15)


def test_a_pause_without_p_is_no_dropped_beat():
    beats = places([0.8, 0.8, 0.8, 1.6, 0.8, 0.8, 0.8])
    prepared = heart(beats, [at / RATE - 0.16 for at in beats])
    assert dropped(prepared, beats, median_of(prepared, int(beats[1])))["dropped"] == 0


def spiked(beats: NDArray[np.int64], ahead: float, height: float = 0.8, rate: float = RATE) -> Trace:
    """QRS as above, each with a spike of 2 ms so many seconds before it."""
    prepared = heart(beats, [])
    samples = prepared.signal.copy()
    samples[:, beats - int(ahead * RATE)] += height * np.array([1, -1, 0.8, -0.7, 1])[:, None]
    return Trace(LEADS, rate, samples.astype(np.float32))


def test_spikes_before_qrs_are_ventricular_pacing():
    beats = places([0.9] * 11)
    found = pacing(spiked(beats, 0.06), beats)
    assert found["pace_spikes"] == 12
    assert found["pace_ventricular"] == 1
    assert found["pace_atrial"] == 0


def test_spikes_before_p_are_atrial_pacing():
    beats = places([0.9] * 11)
    found = pacing(spiked(beats, 0.24), beats)
    assert found["pace_atrial"] == 1
    assert found["pace_ventricular"] == 0


def test_a_narrow_qrs_is_no_spike():
    beats = places([0.8] * 12)
    times = np.arange(int(12 * RATE)) / RATE
    signal = sum(1.5 * bump(times, at / RATE, 0.04) - 0.5 * bump(times, at / RATE + 0.03, 0.03) for at in beats)
    assert spikes(np.stack([signal, -signal, 0.5 * signal]), RATE).size == 0


def test_a_low_rate_tells_nothing_of_pacing():
    beats = places([0.9] * 5)
    assert pacing(spiked(beats, 0.06, rate=250.0), beats) == {}
    gaps = spiked(beats, 0.06).samples.copy()
    gaps[:, 100] = np.nan
    assert pacing(Trace(LEADS, RATE, gaps), beats)["pace_spikes"] == 0
