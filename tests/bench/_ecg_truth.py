"""Twelve-lead ECGs whose every bound, height and ST level is known exactly: the truth that measures are held against.

Written apart from the analyser and knows nothing of it. A wave is a bump that is exactly zero outside [on, off]; its
feet are cosines, cubic steps (both leave zero with a square) or sines (with a corner). Eight leads (I, II, V1-V6) are
drawn independently, each with sizes and small delays of its own; III, aVR, aVL, aVF follow (Einthoven, Goldberger).

A global bound is the earliest onset or latest end over the leads that show the wave with at least a third of its
greatest height (QRS: with a first or last deflection of at least 50 uV). Two truths are given: `exact`, the support
itself, and `visible`, where any of the twelve leads passes `VISIBLE` mV. Heights are read off the noiseless lead, from
zero. A lead's Q, R, S, R' are only told where nobody could name them otherwise: each deflection is either at least
60 uV high and 8 ms long or lower than 10 uV.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
CHEST = np.arange(6) / 5.0  # V1 ... V6 as 0 ... 1
VISIBLE = 0.015  # mV
FINE = 10_000.0  # Hz, of the noiseless lead that truths are read from
KINDS = (
    "normal", "slow", "fast", "av_block", "lbbb", "rbbb", "long_qt", "short_qt", "t_negative", "t_biphasic", "t_flat",
    "small_p", "st_up", "st_down", "no_p",
)  # fmt: skip


@dataclass(frozen=True)
class Bump:
    """One deflection: it rises from `on` to `top`, stays until `stays`, and is zero again from `off`; s and mV."""

    wave: str  # p, qrs, st, t
    on: float
    top: float
    off: float
    height: float
    foot: str = "cosine"
    stays: float | None = None

    def at(self, times: Row) -> Row:
        """Return its course."""
        stays = self.top if self.stays is None else self.stays
        rise = np.clip((times - self.on) / (self.top - self.on), 0, 1)
        fall = np.clip((self.off - times) / (self.off - stays), 0, 1)
        return self.height * _foot(rise, self.foot) * _foot(fall, self.foot)


def _foot(share: Row, kind: str) -> Row:
    if kind == "cosine":
        return 0.5 - 0.5 * np.cos(np.pi * share)
    return share**2 * (3 - 2 * share) if kind == "cubic" else np.sin(np.pi / 2 * share)


@dataclass(frozen=True)
class Case:
    """A made recording: `samples` (leads, samples) in mV, and what is true of it (s and mV, from the QRS's zero)."""

    kind: str
    rate: float
    samples: NDArray[np.float32]
    noisy: bool
    beats: Row  # s
    exact: dict[str, float]
    visible: dict[str, float]
    heights: dict[str, dict[str, float]] = field(default_factory=dict)  # lead -> wave -> mV
    facts: dict[str, float] = field(default_factory=dict)


def cases(count: int, seed: int, noisy: bool) -> Iterator[Case]:
    """Yield so many cases, the kinds in turn; the same seed gives the same hearts with and without noise."""
    for number in range(count):
        heart = np.random.default_rng([seed, number])
        yield make(KINDS[number % len(KINDS)], heart, np.random.default_rng([seed, number, 1]) if noisy else None)


def make(kind: str, heart: np.random.Generator, noise: np.random.Generator | None, seconds: float = 10.0) -> Case:
    """Draw one heart of a kind and record it."""
    times = _plan(kind, heart)
    foot = str(heart.choice(["cosine", "cosine", "cubic", "sine"]))
    bumps = _bumps(kind, times, foot, heart)
    rate = float(heart.choice([250.0, 500.0, 1000.0]))
    beats = _beats(times, heart, seconds)
    clock = np.arange(int(seconds * rate)) / rate
    eight = [sum((_train(bump, clock, beats) for bump in lead), np.zeros(clock.size)) for lead in bumps]
    samples = twelve(np.stack(eight))
    facts = {"rr": times["rr"], "hr": 60 / float(np.mean(np.diff(beats)))}
    if noise is not None:
        samples = samples + _disturbance(clock, rate, noise, facts)
    exact, visible = _bounds(bumps)
    return Case(
        kind, rate, samples.astype(np.float32), noise is not None, beats, exact, visible, _heights(bumps, exact), facts
    )


def twelve(eight: Row) -> Row:
    """Return the twelve leads of I, II, V1-V6."""
    one, two = eight[0], eight[1]
    return np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2, *eight[2:]])


def _plan(kind: str, heart: np.random.Generator) -> dict[str, float]:
    """Draw rate and intervals that fit into one cycle: P, PR, QRS and QT, in s."""
    rr = 60 / heart.uniform(52, 115)
    if kind == "slow":
        rr = 60 / heart.uniform(30, 50)
    if kind == "fast":
        rr = 60 / heart.uniform(125, 220)
    if kind in ("av_block", "long_qt"):
        rr = 60 / heart.uniform(45, 85)
    qrs = heart.uniform(0.13, 0.18) if kind in ("lbbb", "rbbb") else heart.uniform(0.07, 0.11)
    p = heart.uniform(0.08, 0.125) if rr > 0.5 else heart.uniform(0.05, 0.07)
    pr = p + heart.uniform(0.035, 0.08)
    if kind == "av_block":
        pr = heart.uniform(0.21, 0.32)
    stretch = {"long_qt": heart.uniform(1.15, 1.4), "short_qt": heart.uniform(0.74, 0.85)}.get(kind, 1.0)
    qt = min(heart.uniform(0.38, 0.42) * np.sqrt(rr) * stretch + max(0.0, qrs - 0.1), rr - pr - 0.015)
    return {"rr": rr, "qrs": qrs, "p": p, "pr": pr, "qt": max(qt, qrs + 0.09)}


def _beats(times: dict[str, float], heart: np.random.Generator, seconds: float) -> Row:
    """Return when the QRS begins, beat by beat, at no sample's place; the interval breathes by a hundredth or so."""
    room = max(0.0, times["rr"] - times["qt"] - times["pr"] - 0.01)
    steps = times["rr"] + np.clip(heart.normal(0, 0.015 * times["rr"], 60), -room, room)
    beats = heart.uniform(0.1, 0.5) + np.cumsum(steps)
    return np.concatenate([[beats[0] - times["rr"]], beats[beats < seconds + times["rr"]]])


def _bumps(kind: str, times: dict[str, float], foot: str, heart: np.random.Generator) -> list[list[Bump]]:
    """Return the bumps of the eight independent leads; 0 is where the QRS begins."""
    makers = {"lbbb": _left_block, "rbbb": _right_block}
    qrs = makers.get(kind, _narrow)(times, heart)
    p, t = _p_sizes(kind, heart), _t_sizes(kind, heart)
    shift = heart.uniform(0.1, 0.3, 8) * heart.choice([0, 1], 8) * {"st_up": 1, "st_down": -1}.get(kind, 0)
    return [_lead(kind, times, foot, qrs[lead], p[lead], t[lead], shift[lead], heart) for lead in range(8)]


def _lead(
    kind: str,
    times: dict[str, float],
    foot: str,
    qrs: list[tuple[float, float, float, float]],
    p: float,
    t: float,
    shift: float,
    heart: np.random.Generator,
) -> list[Bump]:
    late, early = heart.uniform(0, 0.005, 3), heart.uniform(0, 0.005, 3)
    end = times["qrs"] - early[1]
    bumps = [
        Bump("qrs", max(on, 0.0) + (late[1] if on <= 0 else 0), top, min(off, end), height, foot)
        for on, top, off, height in qrs
    ]
    if kind != "no_p":
        on, off = -times["pr"] + late[0], -times["pr"] + times["p"] - early[0]
        bumps.append(Bump("p", on, on + heart.uniform(0.42, 0.58) * (off - on), off, p, foot))
    on, off = times["qrs"] + heart.uniform(0.005, 0.2) * (times["qt"] - times["qrs"]), times["qt"] - early[2]
    if shift:
        bumps.append(Bump("st", end - 0.03, end, off, shift, foot, stays=on + 0.4 * (off - on)))
    if kind == "t_biphasic":
        middle = on + heart.uniform(0.45, 0.6) * (off - on)
        bumps.append(Bump("t", on, (on + middle) / 2, middle, t, foot))
        bumps.append(Bump("t", middle, (middle + off) / 2, off, -t * heart.uniform(0.6, 1.2), foot))
    else:
        bumps.append(Bump("t", on, on + heart.uniform(0.5, 0.65) * (off - on), off, t, foot))
    return bumps


def _frontal(size: float, degrees: float) -> Row:
    angle = np.radians(degrees)
    return size * np.array([np.cos(angle), np.cos(angle - np.pi / 3)])


def _p_sizes(kind: str, heart: np.random.Generator) -> Row:
    size = heart.uniform(0.05, 0.08) if kind == "small_p" else heart.uniform(0.1, 0.22)
    return np.concatenate([_frontal(size, heart.uniform(10, 80)), size * heart.uniform(0.2, 0.7, 6)])


def _t_sizes(kind: str, heart: np.random.Generator) -> Row:
    size = heart.uniform(0.06, 0.1) if kind == "t_flat" else heart.uniform(0.2, 0.6)
    sizes = np.concatenate([_frontal(size, heart.uniform(-30, 90)), size * heart.uniform(0.3, 1.0, 6)])
    return -sizes if kind == "t_negative" else sizes


def _narrow(times: dict[str, float], heart: np.random.Generator) -> list[list[tuple[float, float, float, float]]]:
    """Q, R and S that follow one another, in every direction of the frontal plane."""
    width = times["qrs"]
    q_end, r_end = width * heart.uniform(0.22, 0.32), width * heart.uniform(0.6, 0.75)
    axis = heart.uniform(-180, 180)
    q = np.concatenate([_frontal(heart.uniform(0.08, 0.2), axis + 180), heart.uniform(0.06, 0.2, 6) * _sign(heart, 6)])
    r = np.concatenate([_frontal(heart.uniform(0.7, 1.5), axis), 0.25 + heart.uniform(0.8, 1.4) * CHEST**1.2])
    s = np.concatenate([_frontal(heart.uniform(0.1, 0.3), axis + 150), -(0.1 + heart.uniform(0.7, 1.3) * (1 - CHEST))])
    spans = ((0.0, q_end), (q_end * 0.8, r_end), (r_end * 0.9, width))
    return [[(on, (on + off) / 2, off, size) for (on, off), size in zip(spans, lead, strict=True)]
            for lead in zip(q, r, s, strict=True)]  # fmt: skip


def _left_block(times: dict[str, float], heart: np.random.Generator) -> list[list[tuple[float, float, float, float]]]:
    """Broad, notched R to the left; rS or QS to the right."""
    width, size = times["qrs"], heart.uniform(0.7, 1.4)
    left = np.concatenate([_frontal(size, heart.uniform(-60, 40)), size * (2.1 * CHEST - 1.2)])
    spans = ((0.0, width * 0.3, width * 0.6, 0.8), (width * 0.35, width * 0.65, width, 1.0))
    return [[(on, top, off, share * one) for on, top, off, share in spans] for one in left]


def _right_block(times: dict[str, float], heart: np.random.Generator) -> list[list[tuple[float, float, float, float]]]:
    """rSR' to the right; R and a broad S to the left."""
    width, axis = times["qrs"], heart.uniform(-30, 90)
    first = np.concatenate([_frontal(heart.uniform(0.5, 1.1), axis), 0.25 + heart.uniform(0.5, 1.0) * CHEST])
    middle = np.concatenate([_frontal(0.12, axis + 180), -0.3 - heart.uniform(0.2, 0.5) * (1 - CHEST)])
    last = np.concatenate([_frontal(heart.uniform(0.2, 0.4), 170.0), 0.9 - 1.25 * CHEST])
    parts = ((0.0, 0.4, first), (0.34, 0.56, middle), (0.5, 1.0, last))
    return [[(on * width, (on + off) / 2 * width, off * width, float(sizes[lead])) for on, off, sizes in parts]
            for lead in range(8)]  # fmt: skip


def _sign(heart: np.random.Generator, count: int) -> Row:
    return np.asarray(heart.choice([-1.0, 1.0], count))


def _train(bump: Bump, clock: Row, beats: Row) -> Row:
    """Return a bump at every beat."""
    course = np.zeros(clock.size)
    for beat in beats:
        first, last = np.searchsorted(clock, [beat + bump.on, beat + bump.off])
        course[first:last] += bump.at(clock[first:last] - beat)
    return course


def _disturbance(clock: Row, rate: float, noise: np.random.Generator, facts: dict[str, float]) -> Row:
    """Wander of 0.1-0.5 Hz up to 0.3 mV, muscle noise of 10-50 uV rms (15 Hz and more), mains of 50 Hz and 20 uV."""
    facts["emg"] = noise.uniform(0.01, 0.05)
    white = noise.normal(0, 1, (8, clock.size))
    spectrum = np.fft.rfft(white)
    hertz = np.fft.rfftfreq(clock.size, 1 / rate)
    spectrum[:, (hertz < 15) | (hertz > 250)] = 0
    muscle = np.fft.irfft(spectrum, clock.size)
    muscle *= facts["emg"] / muscle.std(axis=1, keepdims=True)
    wander = sum(
        noise.uniform(0.03, 0.15, (8, 1)) * np.sin(2 * np.pi * (hz * clock + noise.uniform(0, 1, (8, 1))))
        for hz in noise.uniform(0.1, 0.5, 2)
    )
    mains = 0.02 * noise.uniform(0.3, 1, (8, 1)) * np.sin(2 * np.pi * (50 * clock + noise.uniform(0, 1)))
    return twelve(muscle + wander + mains)


def _fine(bumps: list[list[Bump]], waves: tuple[str, ...], times: Row) -> Row:
    eight = [sum((one.at(times) for one in lead if one.wave in waves), np.zeros(times.size)) for lead in bumps]
    return twelve(np.stack(eight))


def _grid() -> Row:
    return np.arange(-0.5, 1.2, 1 / FINE)


def _bounds(bumps: list[list[Bump]]) -> tuple[dict[str, float], dict[str, float]]:
    exact, visible = {}, {}
    times = _grid()
    for wave in ("p", "qrs", "t"):
        shown = _shown(bumps, wave)
        if not shown:
            continue
        exact |= {f"{wave}_on": min(one.on for one in shown), f"{wave}_off": max(one.off for one in shown)}
        course = _fine(bumps, (wave,), times)
        above = times[(np.abs(course) > VISIBLE).any(axis=0)]
        visible |= {f"{wave}_on": float(above[0]), f"{wave}_off": float(above[-1])}
    return exact, visible


def _shown(bumps: list[list[Bump]], wave: str) -> list[Bump]:
    """Return the bumps that count for a wave's bounds."""
    every = [one for lead in bumps for one in lead if one.wave == wave]
    least = 0.05 if wave == "qrs" else max((abs(one.height) for one in every), default=0.0) / 3
    return [one for one in every if abs(one.height) >= least]


def _heights(bumps: list[list[Bump]], exact: dict[str, float]) -> dict[str, dict[str, float]]:
    times = _grid()
    whole, p = _fine(bumps, ("p", "qrs", "st", "t"), times), _fine(bumps, ("p",), times)
    on, off = exact["qrs_on"], exact["qrs_off"]
    found: dict[str, dict[str, float]] = {}
    for name, lead, atrial in zip(LEADS, whole, p, strict=True):
        after = lead[(times >= off) & (times <= exact["t_off"])]
        rows = {"t": _extreme(after)} | ({"p": _extreme(atrial)} if "p_on" in exact else {})
        rows |= {f"st_{ms or 'j'}": float(np.interp(off + ms / 1000, times, lead)) for ms in (0, 60, 80)}
        inside = (times >= on) & (times <= off)
        found[name] = rows | _named(lead[inside])
    return found


def _extreme(course: Row) -> float:
    return float(course[np.argmax(np.abs(course))])


def _named(qrs: Row) -> dict[str, float]:
    """Return Q, R, S, R' of one lead; nothing where a deflection is neither clear nor negligible."""
    edges = np.flatnonzero(np.diff(np.sign(qrs), prepend=0, append=0))
    parts = [qrs[a:b] for a, b in pairwise(edges) if b > a]
    tops = [(_extreme(part), part.size / FINE) for part in parts]
    clear = [top for top, length in tops if abs(top) >= 0.06 and length >= 0.008]
    if any(abs(top) >= 0.01 and not (abs(top) >= 0.06 and length >= 0.008) for top, length in tops):
        return {}
    if any(np.sign(a) == np.sign(b) for a, b in pairwise(clear)):
        return {}
    names = ("r", "s", "r2") if clear and clear[0] > 0 else ("q", "r", "s", "r2")
    if len(clear) > len(names) or (len(clear) == 1 and clear[0] < 0):
        return {}
    return {"q": 0.0, "r": 0.0, "s": 0.0, "r2": 0.0} | {n: abs(top) for n, top in zip(names, clear, strict=False)}
