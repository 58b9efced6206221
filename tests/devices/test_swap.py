"""Exchanged electrodes on a made heart, and the quality of leads that are disturbed by known amounts."""

import numpy as np
import pytest
from bench._ecg_say import exchanged
from numpy.typing import NDArray

from yiji.core.contract.measure import MedianBeat
from yiji.core.signal import STANDARD, Trace
from yiji.devices.analysis.statements.swap import swap
from yiji.devices.recording.disturbance import disturbances
from yiji.devices.recording.quality import grades, quality

RATE = 500.0
CHEST = {"V1": (0.2, 1.0, -0.05), "V2": (0.4, 1.5, 0.3), "V3": (0.8, 1.0, 0.4), "V4": (1.4, 0.5, 0.4),
         "V5": (1.3, 0.25, 0.35), "V6": (1.0, 0.1, 0.3)}  # fmt: skip


def bump(centre: float, width: float) -> NDArray[np.float64]:
    phase = np.clip((np.arange(400) / RATE - centre) / width, -0.5, 0.5)
    return 0.5 + 0.5 * np.cos(2 * np.pi * phase)


def wave(p: float, r: float, s: float, t: float) -> NDArray[np.float64]:
    return p * bump(0.1, 0.1) + r * bump(0.25, 0.05) - s * bump(0.285, 0.05) + t * bump(0.52, 0.18)


def healthy() -> Trace:
    """One beat of a heart with an axis of about 50 degrees and a usual progression from V1 to V6."""
    first, second = wave(0.08, 0.8, 0.1, 0.2), wave(0.15, 1.1, 0.15, 0.3)
    limbs = {"I": first, "II": second, "III": second - first, "aVR": -(first + second) / 2}
    limbs |= {"aVL": first - second / 2, "aVF": second - first / 2}
    chest = {name: wave(0.06, *heights) for name, heights in CHEST.items()}
    return Trace(STANDARD, RATE, np.stack([(limbs | chest)[name] for name in STANDARD]).astype(np.float32))


def median(trace: Trace) -> MedianBeat:
    counts = (trace.samples * 1000).astype("<i2")
    places = {"p_on": 25, "p_off": 75, "qrs_on": 110, "qrs_off": 158, "t_off": 305}
    return MedianBeat(leads=trace.leads, rate=RATE, microvolts=counts.tobytes(), at=128, **places)


def hints(trace: Trace) -> set[str]:
    return {f"{name}={value}" for name, value in swap(median(trace)).items() if value}


def test_a_heart_as_it_should_be_gives_no_hint():
    assert hints(healthy()) == set()


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("arms", "swap_arms=1.0"),
        ("leg", "swap_leg=1.0"),
        ("right_leg", "swap_right_leg=1.0"),
        ("V1/V2", "swap_chest=V1/V2"),
        ("V2/V3", "swap_chest=V2/V3"),
        ("V3/V4", "swap_chest=V3/V4"),
        ("V1/V3", "swap_chest=V1/V3"),
        ("V1/V6", "swap_chest=V1/V6"),
    ],
)
def test_exchanged_electrodes_are_named(kind: str, hint: str):
    assert hint in hints(exchanged(healthy(), kind))


def test_missing_leads_and_bounds_give_no_hint():
    trace = healthy()
    assert swap(median(Trace(trace.leads[:3], RATE, trace.samples[:3]))) == {}
    assert swap(median(trace).model_copy(update={"qrs_on": None})) == {}
    assert "swap_arms=1.0" not in hints(exchanged(trace, "V1/V2"))


def disturbed(**by: float) -> Trace:
    """Ten seconds of beats in two leads; the second is disturbed by noise (rms), hum (amplitude) or wander (range)."""
    times, chance = np.arange(5000) / RATE, np.random.default_rng(4)
    lead = np.tile(wave(0.1, 1.0, 0.2, 0.3), 13)[:5000] + chance.normal(0, 0.003, 5000)
    other = lead + chance.normal(0, by.get("noise", 0.0) or 1e-9, 5000)
    other += by.get("mains", 0.0) * np.sin(2 * np.pi * by.get("hertz", 50.0) * times)
    other += by.get("wander", 0.0) / 2 * np.sin(2 * np.pi * 0.15 * times)
    return Trace(("I", "II"), RATE, np.stack([lead, other]).astype(np.float32))


@pytest.mark.parametrize(
    ("by", "name", "about"),
    [
        ({"noise": 0.1}, "noise", 0.1),
        ({"noise": 0.02}, "noise", 0.02),
        ({"mains": 0.1}, "mains", 0.1),
        ({"mains": 0.1, "hertz": 60.2}, "mains", 0.1),
        ({"wander": 1.0}, "wander", 0.9),
    ],
)
def test_disturbances_are_measured(by: dict[str, float], name: str, about: float):
    clean, other = disturbances(disturbed(**by))
    assert getattr(other, name) == pytest.approx(about, rel=0.2)
    assert getattr(clean, name) < 0.1 * about + 0.01
    assert other.grade < clean.grade


@pytest.mark.parametrize(
    ("by", "code"), [({"noise": 0.1}, "noise"), ({"mains": 0.1}, "mains"), ({"wander": 1.2}, "wander")]
)
def test_a_disturbed_lead_is_named(by: dict[str, float], code: str):
    found = {one.code: one for one in quality(disturbed(**by))}
    assert found[f"quality.{code}"].text_en.endswith(": II")
    assert "quality.missing_leads" in found


def test_grades_go_from_nought_to_one():
    trace = disturbed(noise=0.2)
    assert grades(trace)["I"] > 0.9 > 0.3 > grades(trace)["II"]
    samples = trace.samples.copy()
    samples[0] = 0.3
    samples[1, :2500] = np.nan
    found = grades(Trace(trace.leads, RATE, samples))
    assert found["I"] == 0
    assert 0 < found["II"] <= 0.5


@pytest.mark.parametrize(
    "samples", [np.full((2, 5000), np.nan), np.zeros((2, 0)), np.zeros((2, 30)), np.full((2, 900), 1e6)]
)
def test_nothing_to_grade_breaks_nothing(samples: NDArray[np.float64]):
    trace = Trace(("I", "II"), RATE, samples.astype(np.float32))
    assert all(grade == 0 for grade in grades(trace).values())
    assert quality(trace)
