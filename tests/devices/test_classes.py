"""Beats are told apart by how they differ from the patient's own usual beat."""

from dataclasses import replace

import numpy as np
import pytest
from made_ecg import made, steady

from yiji.devices.analysis.beats.classes import evidence, labels, weights
from yiji.devices.analysis.beats.features import NAMES, SIZE, features, leads_used
from yiji.devices.analysis.beats.finding import find_beats


def ectopic(every: int, letter: str, early: float = 0.62) -> tuple[np.ndarray, str]:
    """Return times and labels of a rhythm in which every so-manieth beat comes early, after S without a full pause."""
    times = steady(70, 180.0)
    gap = 60 / 70
    kinds = ["N"] * times.size
    for row in range(every, times.size - 1, every):
        times[row] -= (1 - early) * gap
        kinds[row] = letter
        if letter == "S":
            times[row + 1 :] -= (1 - early) * gap * 0.8
    return times, "".join(kinds)


@pytest.mark.parametrize("leads", [1, 3, 12])
def test_ventricular_beats_are_told(leads: int):
    times, kinds = ectopic(9, "V")
    case = made(times, kinds, leads=leads)
    beats = find_beats(case.recording)
    assert beats.labels.size == case.labels.size
    assert np.mean(beats.labels[case.labels == "V"] == "V") > 0.95
    assert np.mean(beats.labels[case.labels == "N"] == "N") > 0.99


def test_bigeminy_does_not_make_the_ectopic_beat_the_usual_one():
    times, kinds = ectopic(2, "V")
    case = made(times, kinds, leads=2)
    beats = find_beats(case.recording)
    assert np.mean(beats.labels[case.labels == "V"] == "V") > 0.95
    assert np.mean(beats.labels[case.labels == "N"] == "N") > 0.95


def test_early_beats_of_the_usual_shape_are_not_ventricular():
    times, kinds = ectopic(8, "S")
    case = made(times, kinds, leads=2)
    beats = find_beats(case.recording)
    assert np.mean(beats.labels == "V") < 0.01
    assert np.mean(beats.labels[case.labels == "S"] == "S") > 0.5


def test_a_steady_rhythm_is_normal_however_wide_its_beats():
    case = made(steady(70, 120.0), "V" * int(120 * 70 / 60))
    assert np.mean(find_beats(case.recording).labels == "N") > 0.99


def test_an_irregular_rhythm_is_not_all_supraventricular():
    gaps = np.random.default_rng(3).uniform(0.5, 1.0, 300)
    beats = find_beats(made(0.6 + np.cumsum(gaps)).recording)
    assert np.mean(beats.labels == "N") > 0.8


def test_an_offset_of_the_electrodes_changes_no_class():
    times, kinds = ectopic(9, "V")
    recording = made(times, kinds, leads=2).recording
    apart = replace(recording, counts=recording.signal + np.array([200.0, -150.0]), scale=np.ones(2))
    assert "".join(find_beats(apart).labels) == "".join(find_beats(recording).labels)


def test_a_new_shape_that_lasts_is_not_early_by_the_rate_of_before():
    new = np.arange(900) >= 300
    times = 1.0 + np.cumsum(np.where(new, 0.6, 0.9))
    at = np.arange(SIZE)
    shapes = np.where(new[:, None], np.exp(-(((at - 45) / 12) ** 2)), -np.exp(-(((at - 40) / 3) ** 2)))
    rows, kind = features(shapes[:, None, :].astype(np.float32), times)
    assert (kind == new).all()
    assert np.abs(rows[500:, NAMES.index("before")] - 1).max() < 0.01


def test_few_beats_have_no_ectopic_among_them():
    assert set(find_beats(made(steady(60, 5.0)).recording).labels.tolist()) == {"N"}


def test_an_earlier_or_wider_beat_is_never_less_ventricular():
    random = np.random.default_rng(4)
    rows = random.normal(0.5, 0.5, (500, len(NAMES)))
    trees = weights()
    before = evidence(rows, trees)[:, 0]
    rows[:, NAMES.index("before")] -= random.uniform(0, 0.5, 500)
    rows[:, NAMES.index("wider")] += random.uniform(0, 0.5, 500)
    assert (evidence(rows, trees)[:, 0] >= before - 1e-9).all()


def test_beats_of_one_shape_are_judged_together():
    odds = np.array([[3.0, 0.0], [-0.5, 0.0], [-0.5, 0.0], [-3.0, 1.0]])
    assert labels(odds, np.array([0, 0, 1, 1])).tolist() == ["V", "V", "N", "S"]


def test_leads_that_tell_beats_apart_are_taken_of_many():
    assert leads_used(("I", "II", "III", "V1", "V5")) == [1, 3, 4]
    assert leads_used(("a", "b")) == [0, 1]
    assert leads_used(("a", "b", "c", "d")) == [0, 1, 2]
