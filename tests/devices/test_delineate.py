"""Delineation of signals whose bounds are known because the test drew them."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.waves.delineate import COLUMNS, bounds_of_median, delineate
from yiji.devices.analysis.waves.input import prepare
from yiji.devices.analysis.waves.network import probabilities

NAMES = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
P, QRS, T = (-0.17, -0.06), (-0.045, 0.045), (0.13, 0.36)  # s from the beat's middle
GAINS = {  # mV of P, R and T in each lead
    "I": (0.10, 0.7, 0.25), "II": (0.16, 1.2, 0.35), "III": (0.06, 0.5, 0.10), "aVR": (-0.13, -0.95, -0.3),
    "aVL": (0.04, 0.3, 0.12), "aVF": (0.11, 0.85, 0.22), "V1": (0.06, -0.8, -0.12), "V2": (0.07, -1.2, 0.5),
    "V3": (0.07, 0.8, 0.55), "V4": (0.08, 1.6, 0.5), "V5": (0.08, 1.4, 0.4), "V6": (0.08, 1.0, 0.3),
}  # fmt: skip
KNOWN = (  # s from the beat's middle; ms that the median may be off
    ("p_on", P[0], 25), ("p_peak", -0.115, 12), ("p_off", P[1], 25), ("qrs_on", QRS[0], 14), ("r_peak", 0.0, 8),
    ("qrs_off", QRS[1], 14), ("t_peak", 0.245, 12), ("t_off", T[1], 40),
)  # fmt: skip


def bump(time: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.float64]:
    """A raised cosine that is nought outside its span."""
    phase = np.clip((time - span[0]) / (span[1] - span[0]), 0, 1)
    return 0.5 - 0.5 * np.cos(2 * np.pi * phase)


def beat(time: NDArray[np.float64], gains: tuple[float, float, float]) -> NDArray[np.float64]:
    p, r, t = gains
    q_span, r_span, s_span = (QRS[0], -0.015), (-0.025, 0.025), (0.015, QRS[1])
    qrs = bump(time, r_span) - 0.18 * bump(time, q_span) - 0.3 * bump(time, s_span)
    return p * bump(time, P) + r * qrs + t * bump(time, T)


def made(
    names: tuple[str, ...] = NAMES, fs: float = 500.0, seconds: float = 10.0, rr: float = 0.85, noise: float = 0.005
) -> tuple[Recording, NDArray[np.float64]]:
    """Return a recording and the seconds of its beats."""
    time = np.arange(int(seconds * fs)) / fs
    middles = np.arange(0.5, seconds - 0.45, rr)
    rng = np.random.default_rng(1)
    leads = [sum((beat(time - at, GAINS[name]) for at in middles), np.zeros(time.size)) for name in names]
    signal = np.stack(leads, axis=1) + noise * rng.normal(size=(time.size, len(names)))
    return Recording("ecg", names, fs, signal, "test"), middles


def ordered(rows: NDArray[np.int64], samples: int) -> bool:
    """Whether what is there stands in order and inside the recording, and each wave is whole or absent."""
    there = rows >= 0
    whole = np.all(there.reshape(-1, 3, 3).all(axis=2) == there.reshape(-1, 3, 3).any(axis=2))
    rising = all(np.all(np.diff(row[row >= 0]) >= 0) for row in rows)
    return bool(whole and rising and rows.max(initial=-1) < samples)


def errors(rows: NDArray[np.int64], beats: NDArray[np.int64], fs: float, column: str, truth: float) -> float:
    """Return the median error of one column in ms."""
    return float(np.median((rows[:, COLUMNS.index(column)] - beats) / fs - truth) * 1000)


@pytest.mark.parametrize("fs", [100.0, 250.0, 360.0, 500.0, 1000.0])
def test_bounds_are_where_they_were_drawn(fs: float) -> None:
    recording, middles = made(fs=fs)
    found = delineate(recording)
    assert found.beats.size == middles.size
    assert np.abs(found.beats / fs - middles).max() < 0.03
    true = np.rint(middles * fs).astype(np.int64)
    for name in NAMES:
        rows = found[name]
        assert rows.shape == (middles.size, 9)
        assert rows.dtype == np.int64
        assert ordered(rows, recording.samples)
        assert (rows[:, 3] >= 0).all()
    for column, truth, most in KNOWN:
        assert abs(errors(found["II"], true, fs, column, truth)) < most, column


def test_one_lead_is_enough() -> None:
    recording, middles = made(names=("II",))
    rows = delineate(recording)["II"]
    assert len(rows) == middles.size
    assert (rows >= 0).all()
    assert ordered(rows, recording.samples)


def test_given_beats_are_kept() -> None:
    recording, middles = made()
    beats = np.rint(middles[2:6] * recording.fs).astype(np.int64)
    found = delineate(recording, SimpleNamespace(samples=beats))
    assert found.beats.tolist() == beats.tolist()
    assert found["V5"].shape == (4, 9)
    assert np.abs(found["V5"][:, COLUMNS.index("r_peak")] - beats).max() < 0.02 * recording.fs


def test_without_p_waves_there_are_none() -> None:
    recording, middles = made()
    time = np.arange(recording.samples) / recording.fs
    atrial = sum((np.outer(bump(time - at, P), [GAINS[name][0] for name in NAMES]) for at in middles), np.zeros((1, 1)))
    rows = delineate(Recording("ecg", NAMES, recording.fs, recording.signal - atrial, "test"))["II"]
    assert np.mean(rows[:, 0] >= 0) < 0.2
    assert (rows[:, 3] >= 0).all()


def test_long_recordings_are_read_in_blocks_without_seams() -> None:
    recording, middles = made(names=("II", "V5"), fs=250.0, seconds=150.0)
    found = delineate(recording)
    assert found.beats.size == middles.size
    assert np.abs(found.beats / 250 - middles).max() < 0.03
    widths = found["V5"][:, 5] - found["V5"][:, 3]
    assert np.ptp(widths) <= 5
    assert (found["V5"] >= 0).all()


def test_gaps_flat_and_foreign_leads_harm_no_other() -> None:
    recording, middles = made()
    signal = recording.signal.copy()
    signal[:, 0] = 0.0
    signal[:, 4] = np.nan
    signal[1000:1500, 1] = np.nan
    signal[:, 7] = 5.0
    found = delineate(Recording("ecg", NAMES, recording.fs, signal, "test"))
    assert found.beats.size == middles.size
    assert all(ordered(found[name], recording.samples) for name in NAMES)
    true = np.rint(middles * recording.fs).astype(np.int64)
    assert abs(errors(found["V5"], true, recording.fs, "qrs_on", QRS[0])) < 14


@pytest.mark.parametrize("samples", [0, 1, 7, 60, 300, 1100])
def test_short_recordings_give_what_there_is(samples: int) -> None:
    recording, _ = made()
    found = delineate(Recording("ecg", NAMES, 500.0, recording.signal[:samples], "test"))
    assert found["II"].shape == (found.beats.size, 9)
    assert all(ordered(found[name], samples) for name in NAMES)


@pytest.mark.parametrize("signal", [np.zeros((5000, 2)), np.full((5000, 2), np.nan), np.full((5000, 2), 1e6)])
def test_nothing_comes_of_nothing(signal: NDArray[np.float64]) -> None:
    found = delineate(Recording("ecg", ("I", "II"), 500.0, signal, "test"))
    assert found.beats.size == 0
    assert found["I"].shape == (0, 9)


@pytest.mark.parametrize("rr", [0.6, 0.9, 1.6])
def test_median_beat(rr: float) -> None:
    fs, at = 500.0, int(0.3 * 500)
    time = (np.arange(int(min(0.3 + 0.75 * rr, 0.95) * fs)) - at) / fs
    signal = np.stack([beat(time, GAINS[name]) for name in NAMES])
    found = bounds_of_median(signal, fs, at, rr)
    for place, truth, most in ((found.p_on, P[0], 20), (found.p_off, P[1], 20), (found.qrs_on, QRS[0], 12),
                               (found.qrs_off, QRS[1], 12), (found.t_off, T[1], 35)):  # fmt: skip
        assert place is not None
        assert abs((place - at) / fs - truth) * 1000 < most


def test_median_beat_without_waves() -> None:
    found = bounds_of_median(np.zeros((12, 500)), 500.0, 150, 1.0)
    assert found.p_on is None
    assert found.qrs_on is None


def test_a_false_beat_has_no_waves_and_spoils_no_other() -> None:
    recording, middles = made()
    true = np.rint(middles * recording.fs).astype(np.int64)
    false = int(true[3] + 0.41 * recording.fs)  # after a T wave, before the next P
    beats = np.sort(np.append(true, false))
    rows = delineate(recording, SimpleNamespace(samples=beats))["II"]
    assert (rows[beats == false] == -1).all()
    assert (rows[beats != false][:, 3] >= 0).all()


def test_the_network_sees_any_number_of_leads() -> None:
    recording, _ = made()
    signal = prepare(recording.signal.T, recording.fs)
    for leads in (1, 2, 12):
        likely = probabilities(signal[:leads, :1237])
        assert likely.shape == (leads, 1237, 4)
        assert np.allclose(likely.sum(axis=2), 1.0, atol=1e-5)
    turned = probabilities(signal[::-1])[::-1]
    assert np.allclose(turned, probabilities(signal), atol=1e-4)  # the order of the leads does not matter


@pytest.mark.parametrize("fs", [1.0, 33.3, 128.5, 977.0, 200_000.0])
def test_odd_rates_do_no_harm(fs: float) -> None:
    signal = np.random.default_rng(2).normal(size=(4000, 2))
    found = delineate(Recording("ecg", ("I", "II"), fs, signal, "test"))
    assert ordered(found["I"], 4000)
