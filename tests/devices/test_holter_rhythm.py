"""The rhythm of long recordings: AF by intervals, patterns of ectopic beats, heart-rate variability."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yiji.devices.analysis.holter.af import find_af, in_af
from yiji.devices.analysis.holter.hrv import Normals, alpha, hrv, sample_entropy
from yiji.devices.analysis.holter.rhythm import Rhythm, groups, in_pattern, rates

MITDB = Path(__file__).parents[3] / "shared" / "data" / "mitdb"


def seconds_of(intervals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The moments of beats with these intervals."""
    return np.concatenate([[1.0], 1.0 + np.cumsum(intervals)])


def test_only_what_is_irregular_without_pattern_is_af():
    rng = np.random.default_rng(4)
    sinus = 0.8 + 0.06 * np.sin(np.arange(600) / 3.0) + 0.01 * rng.standard_normal(600)
    bigeminy = np.tile([0.55, 1.05], 300) + 0.01 * rng.standard_normal(600)
    fibrillation = np.clip(rng.normal(0.7, 0.15, 600), 0.35, 1.5)
    assert not in_af(sinus).any()
    assert not in_af(bigeminy).any()
    assert in_af(fibrillation).all()
    mixed = seconds_of(np.concatenate([sinus, fibrillation, sinus]))
    labels, usable = np.full(mixed.size, "N"), np.ones(mixed.size, bool)
    usable[0] = False
    [one] = find_af(mixed, labels, usable)
    assert one.at == pytest.approx(mixed[600], abs=25)
    assert one.at + one.seconds == pytest.approx(mixed[1200], abs=25)
    assert find_af(mixed[:1], labels[:1], usable[:1]) == ()


def rhythm_of(labels: str, intervals: NDArray[np.float64] | None = None) -> Rhythm:
    """A rhythm of these letters, a beat each 0.8 s unless said otherwise."""
    moments = seconds_of(np.full(len(labels) - 1, 0.8) if intervals is None else intervals)
    return Rhythm.of(moments, np.array(list(labels)), np.ones(int(moments[-1]) + 2, bool))


def test_patterns_of_ectopic_beats():
    assert groups(rhythm_of("NVNVVNVVVNN"), "V") == [(1, 1), (3, 2), (6, 3)]
    assert in_pattern(rhythm_of("NNVNVNVNVNNNVNN"), 2) == 4
    assert in_pattern(rhythm_of("NVNVNNNN"), 2) == 0
    assert in_pattern(rhythm_of("VNNVNNVNNN"), 3) == 3


def test_a_gap_in_the_signal_is_no_interval():
    moments = np.array([0.5, 1.3, 2.1, 9.2, 10.0])
    able = np.ones(12, bool)
    able[5] = False
    rhythm = Rhythm.of(moments, np.full(5, "N"), able)
    assert rhythm.usable.tolist() == [False, True, True, False, True]
    assert rates(rhythm)[0].size == 0


def test_hrv_of_a_known_rhythm():
    rng = np.random.default_rng(6)
    at = np.arange(1000)
    intervals = 0.8 + 0.03 * np.sin(2 * np.pi * 0.25 * 0.8 * at) + 0.02 * rng.standard_normal(1000)
    values = {one.code: one.value for one in hrv(rhythm_of("N" * 1001, intervals), ())}
    ms = 1000 * intervals
    assert values["sdnn"] == pytest.approx(ms.std(ddof=1), rel=0.01)
    assert values["rmssd"] == pytest.approx(np.sqrt((np.diff(ms) ** 2).mean()), rel=0.01)
    assert values["pnn50"] == pytest.approx(100 * (np.abs(np.diff(ms)) > 50).mean(), abs=0.5)
    assert values["sd1"] == pytest.approx(np.diff(ms).std() / math.sqrt(2), rel=0.01)
    assert values["hf"] is not None
    assert values["lf"] is not None
    assert values["hf"] == pytest.approx(450, rel=0.35)  # half the squared height, and what noise there is in the band
    assert values["lf"] < 0.3 * values["hf"]


def test_entropy_and_scaling_by_their_definition():
    from yiji.devices.analysis.holter.kernels import pairs_alike

    rng = np.random.default_rng(7)
    values = rng.normal(800, 40, 300)
    tolerance = 0.2 * values.std()
    rows = [values[k : k + 3] for k in range(298)]
    near = [(a, b) for k, a in enumerate(rows) for b in rows[k + 1 :] if np.abs(a[:2] - b[:2]).max() <= tolerance]
    longer = sum(abs(a[2] - b[2]) <= tolerance for a, b in near)
    assert pairs_alike(values, tolerance) == (longer, len(near))
    assert sample_entropy(longer, len(near)) == pytest.approx(-math.log(longer / len(near)))
    assert sample_entropy(0, 5) is None
    assert alpha(rng.normal(800, 40, 20000)) == pytest.approx(0.55, abs=0.08)
    assert alpha(np.cumsum(rng.normal(0, 5, 20000))) == pytest.approx(1.5, abs=0.1)


def test_hrv_agrees_with_neurokit2():
    toolbox = pytest.importorskip("neurokit2")
    rng = np.random.default_rng(9)
    intervals = 0.85 + 0.04 * np.sin(np.arange(420) / 2.2) + np.cumsum(rng.normal(0, 0.003, 420))
    peaks = np.cumsum(np.concatenate([[1000.0], 1000 * intervals])).astype(int)
    part = Normals.of(rhythm_of("N" * 421, np.diff(peaks) / 1000), ())
    theirs = toolbox.hrv_time(peaks, sampling_rate=1000).iloc[0]
    assert part.ms.std(ddof=1) == pytest.approx(theirs["HRV_SDNN"], rel=0.005)
    assert np.sqrt((part.steps**2).mean()) == pytest.approx(theirs["HRV_RMSSD"], rel=0.005)
    assert alpha(part.ms) == pytest.approx(toolbox.fractal_dfa(part.ms, scale=np.arange(4, 17))[0], abs=0.1)


def test_af_in_real_records():
    wfdb = pytest.importorskip("wfdb")
    if not MITDB.is_dir():
        pytest.skip("no MIT-BIH records: get mitdb 1.0.0 from PhysioNet")
    hit = truly = false = otherwise = 0
    for head in sorted(MITDB.glob("*.hea")):
        moments, labels, af, other = reference(wfdb.rdann(str(head.with_suffix("")), "atr"))
        usable = np.diff(moments, prepend=0.0) < 3
        found = find_af(moments, labels, usable)
        said = np.zeros(moments.size, bool)
        for one in found:
            said |= (moments >= one.at) & (moments <= one.at + one.seconds)
        truly, hit = truly + int(af.sum()), hit + int((af & said).sum())
        otherwise, false = otherwise + int((~af & ~other).sum()), false + int((said & ~af & ~other).sum())
    assert hit / truly > 0.95
    assert false / otherwise < 0.02


def reference(annotation: Any) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Moments and letters of the reference beats, which are in AF, and which in flutter or paced (not scored)."""
    beats = [k for k, symbol in enumerate(annotation.symbol) if symbol in "NLRBAaJSVrFejnE/fQ?"]
    marks = [(annotation.sample[k], note) for k, note in enumerate(annotation.aux_note) if note.startswith("(")]
    rhythm = np.full(annotation.sample.size, "", dtype="U8")
    for (begin, note), (end, _) in pairwise([*marks, (annotation.sample[-1] + 1, "")]):
        rhythm[(annotation.sample >= begin) & (annotation.sample < end)] = note.strip("\0")
    moments = annotation.sample[beats] / annotation.fs
    labels = np.array(["V" if annotation.symbol[k] in "VErF" else "N" for k in beats])
    return moments, labels, rhythm[beats] == "(AFIB", np.isin(rhythm[beats], ["(AFL", "(P"])
