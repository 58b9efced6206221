"""Beats are found where they were put: at any rate, height, polarity and sampling, in any length."""

from dataclasses import replace

import numpy as np
import pytest
from made_ecg import Made, made, steady
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.beats import finding as room
from yiji.devices.analysis.beats.finding import find_beats


def missed_and_false(case: Made, within: float = 0.05) -> tuple[int, int]:
    """Return how many beats of the truth have no found beat near, and how many found ones no true."""
    found, reach = find_beats(case.recording).samples, within * case.recording.fs
    apart = np.abs(case.samples[:, None] - found[None, :]) if found.size else np.full((case.samples.size, 1), np.inf)
    return int((apart.min(axis=1) > reach).sum()), int((apart.min(axis=0) > reach).sum()) if found.size else 0


@pytest.mark.parametrize("rate", [30, 45, 60, 75, 100, 140, 180])
def test_every_beat_of_a_steady_rhythm_is_found(rate: float):
    assert missed_and_false(made(steady(rate))) == (0, 0)


def test_at_220_a_minute_no_more_than_one_beat_at_the_end_is_lost():
    missed, false = missed_and_false(made(steady(220)))
    assert missed <= 1
    assert false == 0


@pytest.mark.parametrize("fs", [100.0, 128.0, 257.0, 360.0, 500.0, 1000.0, 2000.0])
def test_the_fiducial_point_is_the_top_of_r_at_any_sampling(fs: float):
    case = made(steady(70, 20.0), fs=fs)
    found = find_beats(case.recording).samples
    assert found.dtype == np.int64
    assert found.size == case.samples.size
    assert np.abs(found - case.samples).max() <= max(1.0, 0.008 * fs)


@pytest.mark.parametrize("noise", [0.05, 0.1])
def test_noise_neither_hides_nor_makes_beats(noise: float):
    assert missed_and_false(made(steady(70), noise=noise)) == (0, 0)


def test_an_inverted_lead_has_the_same_beats():
    case = made(steady(70))
    turned = replace(case.recording, counts=-case.recording.counts)
    assert missed_and_false(replace(case, recording=turned)) == (0, 0)


def test_beats_of_a_fifth_of_the_height_after_a_jump_are_found():
    times = steady(70)
    assert missed_and_false(made(times, heights=np.where(times < 30, 1.0, 0.2), noise=0.005)) == (0, 0)


def test_a_pause_stays_empty():
    times = steady(70)
    assert missed_and_false(made(times[(times < 25) | (times > 31)])) == (0, 0)


def test_a_loose_lead_among_three_costs_at_most_the_beat_where_it_comes_off():
    case = made(steady(70), leads=3)
    counts = case.recording.counts.copy()
    counts[5000:9000, 0] = np.random.default_rng(2).normal(0.0, 1.0, 4000)
    counts[9000:12000, 0] = np.nan
    missed, false = missed_and_false(replace(case, recording=replace(case.recording, counts=counts)))
    assert missed <= 1
    assert false == 0


def test_nothing_is_found_in_noise():
    for seed in range(10):
        noise = np.random.default_rng(seed).normal(0.0, 0.1, (5000, 1))
        assert find_beats(Recording("ecg", ("II",), 250.0, noise, "made")).samples.size == 0


def torn(fs: float, size: int, leads: int, kind: str) -> NDArray[np.float64]:
    """Return what is not a signal."""
    if kind == "nan":
        return np.full((size, leads), np.nan)
    if kind == "huge":
        return np.where(np.arange(size * leads).reshape(size, leads) % 97 == 0, 1e12, -1e12)
    return np.full((size, leads), 5.0 if kind == "rail" else 0.0)


@pytest.mark.parametrize("kind", ["flat", "rail", "nan", "huge"])
@pytest.mark.parametrize("size", [0, 1, 2, 7, 60, 400, 3000])
@pytest.mark.parametrize(("leads", "fs"), [(1, 100.0), (12, 500.0), (2, 2000.0)])
def test_what_is_no_signal_has_no_beats_and_no_exception(kind: str, size: int, leads: int, fs: float):
    names = tuple(f"lead {number}" for number in range(leads))
    beats = find_beats(Recording("ecg", names, fs, torn(fs, size, leads, kind), "made"))
    assert beats.samples.size == beats.labels.size
    if kind != "huge":
        assert beats.samples.size == 0


@pytest.mark.parametrize("fs", [1.0, 1e-4, 1e-7])
def test_an_absurd_rate_asks_for_no_more_room_than_there_are_samples(fs: float):
    noise = np.random.default_rng(1).normal(0.0, 1.0, (400, 1))
    assert find_beats(Recording("ecg", ("II",), fs, noise, "made")).samples.size == 0


def test_block_by_block_equals_the_whole(monkeypatch: pytest.MonkeyPatch):
    case = made(steady(80, 1500.0), noise=0.08)
    whole = find_beats(case.recording).samples
    monkeypatch.setattr(room, "BLOCK", 60.0)
    parts = find_beats(case.recording).samples
    assert whole.size == parts.size == case.samples.size
    assert np.abs(whole - parts).max() <= 2


def test_a_day_of_counts_is_streamed_whole():
    hour = made(steady(100, 3600.0), fs=128.0, leads=2, seconds=3600.0)
    counts = np.tile(np.rint(hour.recording.signal * 200).astype(np.int16), (24, 1))
    day = find_beats(Recording("ecg", ("II", "V5"), 128.0, counts, "made", scale=np.full(2, 1 / 200)))
    inside = hour.samples < 3598 * 128
    truth = np.concatenate([hour.samples[inside] + number * 3600 * 128 for number in range(24)])
    near = np.abs(truth - day.samples[np.clip(np.searchsorted(day.samples, truth - 5), 0, day.samples.size - 1)])
    assert np.mean(near <= 5) > 0.999
    assert abs(day.samples.size - 24 * hour.samples.size) <= 48
