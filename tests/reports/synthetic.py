"""Simulated ECGs for pictures: beats made of bell-shaped waves, twelve leads from a heart's three directions, noise.

No recording of any person is in them. Everything follows from a seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import STANDARD, Trace

Wave = tuple[float, float, tuple[float, ...]]  # centre s, width s (sigma), mV in I II V1 V2 V3 V4 V5 V6

P: Wave = (-0.165, 0.021, (0.08, 0.13, 0.05, 0.06, 0.06, 0.06, 0.06, 0.05))
Q: Wave = (-0.024, 0.007, (-0.07, -0.06, 0.0, 0.0, 0.0, -0.05, -0.12, -0.13))
R: Wave = (0.0, 0.0105, (0.62, 1.02, 0.24, 0.5, 0.9, 1.5, 1.35, 1.02))
S: Wave = (0.027, 0.0105, (-0.12, -0.17, -0.86, -1.25, -0.85, -0.5, -0.2, -0.08))
T: Wave = (0.285, 0.044, (0.2, 0.31, 0.03, 0.42, 0.46, 0.42, 0.34, 0.25))


@dataclass(frozen=True)
class Heart:
    """How a heart beats."""

    waves: tuple[Wave, ...] = (P, Q, R, S, T)
    rate: float = 68.0  # /min
    jitter: float = 0.02  # share of an RR interval
    irregular: bool = False  # atrial fibrillation: no P, f waves
    stretch: float = 1.0  # of PR and QT
    ectopic: dict[int, tuple[Wave, ...]] = field(default_factory=dict)  # beat number: its waves, a third early
    noise: float = 0.006  # mV
    pause: float = 0.0  # s after the fifth beat


def grown(wave: Wave, *factors: float) -> Wave:
    """Return a wave with its leads' heights multiplied: one factor for all, or one each."""
    by = factors if len(factors) == 8 else factors * 8
    return wave[0], wave[1], tuple(height * one for height, one in zip(wave[2], by, strict=True))


def moved(wave: Wave, by: float, wider: float = 1.0) -> Wave:
    """Return a wave later by so many seconds, and wider."""
    return wave[0] + by, wave[1] * wider, wave[2]


def places(heart: Heart, seconds: float, dice: np.random.Generator) -> NDArray[np.float64]:
    """Return when it beats, in s."""
    count = int(seconds * heart.rate / 60 * 1.6) + 4
    spread = 0.22 if heart.irregular else heart.jitter
    steps = 60 / heart.rate * np.clip(1 + spread * dice.standard_normal(count), 0.5, 1.8)
    for number in heart.ectopic:
        if number + 1 < count:
            steps[number - 1] *= 0.66
            steps[number] *= 1.34
    if heart.pause:
        steps[4] = heart.pause
    at = 0.45 + np.concatenate(([0.0], np.cumsum(steps)))
    return at[at < seconds + 0.3]


def simulate(
    heart: Heart, seconds: float = 10.0, rate: float = 500.0, seed: int = 1
) -> tuple[Trace, NDArray[np.float64]]:
    """Return twelve leads, and when the heart beat."""
    dice = np.random.default_rng(seed)
    at = places(heart, seconds, dice)
    time = np.arange(int(seconds * rate)) / rate
    eight = np.zeros((8, time.size))
    for number, beat in enumerate(at):
        waves = heart.ectopic.get(number, heart.waves)
        for centre, width, heights in waves:
            slow = heart.stretch if abs(centre) > 0.1 else 1.0
            eight += np.outer(heights, np.exp(-0.5 * ((time - beat - centre * slow) / width) ** 2))
    if heart.irregular:
        flutter = 0.045 * np.sin(2 * np.pi * 6.1 * time + 1.5 * np.sin(2 * np.pi * 0.4 * time))
        eight += np.outer((0.4, 0.8, 1.2, 0.6, 0.3, 0.2, 0.2, 0.2), flutter)
    eight += heart.noise * dice.standard_normal(eight.shape)
    eight += 0.03 * np.sin(2 * np.pi * 0.22 * time + np.arange(8)[:, None] * 0.4)
    return Trace(STANDARD, rate, twelve(eight).astype(np.float32)), at[at < seconds]


def twelve(eight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return all leads from I, II and the chest's, by Einthoven's and Goldberger's relations."""
    one, two = eight[:2]
    limbs = (one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2)
    return np.vstack([*limbs, *eight[2:]])


def left_bundle_branch_block(heart: Heart) -> Heart:
    """Return a heart whose left side is late: wide, notched R to the left, deep S in V1 to V3, T against it."""
    waves: Sequence[Wave] = (
        heart.waves[0],
        (0.0, 0.016, (0.5, 0.35, 0.08, 0.12, 0.2, 0.4, 0.75, 0.8)),
        (0.045, 0.021, (0.55, 0.25, -1.1, -1.7, -1.35, 0.1, 0.95, 1.0)),
        (0.3, 0.045, (-0.2, 0.1, 0.35, 0.55, 0.5, 0.1, -0.2, -0.22)),
    )
    return replace(heart, waves=tuple(waves))


def injured_front(heart: Heart) -> Heart:
    """Return a heart with ST raised in V1 to V4, and lowered below."""
    raised: Wave = (0.12, 0.05, (0.12, -0.12, 0.22, 0.5, 0.55, 0.38, 0.12, 0.05))
    return replace(
        heart, waves=(heart.waves[0], Q, grown(R, 1, 1, 0.4, 0.3, 0.5, 0.8, 1, 1), S, raised, heart.waves[-1])
    )


EXTRA: tuple[Wave, ...] = (
    (0.0, 0.03, (-0.5, 1.1, 1.3, 1.7, 1.4, 0.8, -0.3, -0.6)),
    (0.07, 0.03, (0.3, -0.5, -0.5, -0.4, -0.2, 0.1, 0.3, 0.3)),
    (0.3, 0.07, (0.25, -0.4, -0.4, -0.5, -0.4, -0.2, 0.2, 0.3)),
)
