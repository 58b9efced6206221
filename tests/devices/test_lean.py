"""What stands in for scipy agrees with it, and a resting ECG is measured without what is slow to import."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_ecg import made, steady
from scipy.interpolate import CubicSpline  # pyright: ignore[reportMissingTypeStubs]
from scipy.signal import butter, resample_poly, sosfiltfilt  # pyright: ignore[reportMissingTypeStubs]

from yiji.devices import write_wfdb
from yiji.devices.analysis.signals.spline import natural
from yiji.devices.analysis.waves import input as waves_input
from yiji.devices.analysis.waves.network import SMALL, probabilities, shipped

HEAVY = ("scipy.signal", "scipy.interpolate", "scipy.linalg", "scipy.stats", "pydicom", "neurokit2", "wfdb", "fpdf")


@pytest.fixture
def wander() -> np.ndarray:
    return np.cumsum(np.random.default_rng(7).normal(0, 0.05, (3, 2000)), axis=1)


@pytest.mark.parametrize("knots", [2, 3, 40])
def test_the_spline_is_scipys(knots: int) -> None:
    random = np.random.default_rng(knots)
    points, levels = np.sort(random.uniform(0, 1000, knots)), random.normal(size=(4, knots))
    at = np.linspace(points[0], points[-1], 777)
    expected = CubicSpline(points, levels, axis=1, bc_type="natural")(at)
    assert np.allclose(natural(points, levels, at), expected, rtol=0, atol=1e-9)


def test_a_knot_that_comes_twice_is_left_out() -> None:
    points, levels = np.array([0.0, 5.0, 5.0, 9.0]), np.array([[1.0, 2.0, 7.0, 3.0]])
    told = natural(points, levels, np.array([0.0, 5.0, 9.0]))
    assert told == pytest.approx(np.array([[1.0, 2.0, 3.0]]))
    assert natural(np.array([4.0, 4.0]), np.array([[6.0, 8.0]]), np.array([4.0, 4.0])).tolist() == [[6.0, 6.0]]


@pytest.mark.parametrize(("up", "down"), [(1, 2), (1, 4), (25, 36), (125, 64), (250, 257), (25, 24)])
@pytest.mark.parametrize("size", [40, 1999])
def test_resampling_is_scipys(wander: np.ndarray, up: int, down: int, size: int) -> None:
    expected = resample_poly(wander[:, :size], up, down, axis=1)
    assert np.allclose(waves_input._polyphase(wander[:, :size], up, down), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [50, 700, 2000])
def test_the_band_pass_is_scipys(wander: np.ndarray, size: int) -> None:
    signal = wander[:, :size]
    sections = butter(2, waves_input.BAND, "bandpass", fs=waves_input.RATE, output="sos")
    expected = sosfiltfilt(sections, signal, axis=1, padtype="odd", padlen=min(size - 1, 500))
    assert np.allclose(waves_input._band_pass(signal), expected, rtol=0, atol=1e-9)


def test_stretches_of_products_make_one_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = np.random.default_rng(3).normal(size=(12, 900)).astype(np.float32)
    assert SMALL < 2**18
    in_stretches = probabilities(signal, shipped())
    monkeypatch.setattr("yiji.devices.analysis.waves.network.SMALL", 2**22)
    assert np.allclose(in_stretches, probabilities(signal, shipped()), rtol=0, atol=1e-5)


def _imported_by(path: Path) -> set[str]:
    """Return what a process of its own has imported once it has analysed a file as the command does."""
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom yiji.devices.cli.files import read_file\n"
        f"from yiji.devices import analyse\nanalyse(read_file(Path({str(path)!r})))\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return set(json.loads(told.stdout.splitlines()[-1]))


def test_once_compiled_an_analysis_needs_no_compiler_and_nothing_heavy(tmp_path: Path) -> None:
    recording = made(steady(70, 10.0), fs=500.0, leads=12).recording
    path = write_wfdb(recording, tmp_path, "rest")
    _imported_by(path)  # compiles, if nobody did before
    assert not set(HEAVY) & _imported_by(path)
