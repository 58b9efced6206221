"""Hints that electrodes were exchanged, from the shapes of the leads to one another.

Arms: lead I upside down against V6, P and QRS alike (in dextrocardia the chest leads fade, so V6 has to be tall). Right
leg for an arm: II or III is almost nought, for both its electrodes are on the legs. Right arm for left leg: II upside
down, P and QRS. Chest: going from lead to lead is a much shorter way in another order, since neighbours look alike.
Left arm for left leg looks like another heart's axis and is not looked for. (Batchvarov 2007, recalled.)
"""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np

from yiji.core.contract.measure import MedianBeat
from yiji.devices.analysis.signals.filters import Signal

CHEST = ("V1", "V2", "V3", "V4", "V5", "V6")
P_SEEN = 0.03  # mV, a lower P tells nothing
AGAINST = -0.5  # correlation with V6 from which lead I is upside down
FLAT, TALL = 0.15, 0.5  # mV, of QRS: almost nought; and what the other limb leads have
SHORTER = 0.9  # of the way in the order as recorded


def swap(median: MedianBeat) -> dict[str, float | str]:
    """Return swap_arms, swap_leg, swap_right_leg (1 or 0) and swap_chest ('V1/V2'), as far as the leads are there."""
    if median.qrs_on is None or median.qrs_off is None:
        return {}
    told: dict[str, float | str] = {}
    if {"I", "II", "III", "V6"} <= set(median.leads):
        limbs = _Limbs(median, median.qrs_on, median.qrs_off)
        told |= {"swap_arms": float(limbs.arms()), "swap_leg": float(limbs.leg())}
        told["swap_right_leg"] = float(limbs.right_leg())
    if set(CHEST) <= set(median.leads) and (pair := _chest(median, median.qrs_on)):
        told["swap_chest"] = pair
    return told


class _Limbs:
    """The waves of the limb leads and V6."""

    def __init__(self, median: MedianBeat, qrs_on: int, qrs_off: int) -> None:
        self.leads = {name: _lead(median, name, qrs_on) for name in ("I", "II", "III", "V6")}
        self.qrs = slice(qrs_on, qrs_off + 1)
        seen = median.p_on is not None and median.p_off is not None
        self.p = slice(median.p_on, median.p_off) if seen else None

    def _p(self, name: str) -> float:
        """Return the height of P, signed."""
        if self.p is None:
            return 0.0
        wave = self.leads[name][self.p]
        return float(wave[np.argmax(np.abs(wave))]) if wave.size else 0.0

    def _net(self, name: str) -> float:
        return float(self.leads[name][self.qrs].sum())

    def _tall(self, name: str) -> float:
        return float(np.ptp(self.leads[name][self.qrs]))

    def arms(self) -> bool:
        one, six = self.leads["I"][self.qrs], self.leads["V6"][self.qrs]
        turned = np.corrcoef(one, six)[0, 1] < AGAINST and self._net("I") < 0 < self._net("V6")
        return bool(turned and self._p("I") < -P_SEEN and not self.right_leg())

    def leg(self) -> bool:
        """Say whether right arm and left leg seem exchanged: everything in II upside down, and III upright in P."""
        return self._p("II") < -P_SEEN and self._net("II") < 0 < self._net("V6") and self._p("I") < self._p("V6")

    def right_leg(self) -> bool:
        flat, tall = sorted((self._tall("II"), self._tall("III")))
        return flat < FLAT and tall > TALL


def _lead(median: MedianBeat, name: str, qrs_on: int) -> Signal:
    row = np.frombuffer(median.microvolts, "<i2").reshape(len(median.leads), -1)[median.leads.index(name)] / 1000.0
    return row - np.median(row[max(0, qrs_on - round(0.016 * median.rate)) : qrs_on + 1])


def _chest(median: MedianBeat, qrs_on: int) -> str:
    """Name the two chest leads whose exchange makes the way through all six much shorter; empty where none does."""
    last = median.t_off or median.qrs_off or qrs_on + 1
    waves = np.stack([_lead(median, name, qrs_on)[qrs_on : last + 1] for name in CHEST])
    waves /= np.linalg.norm(waves, axis=1, keepdims=True) + 0.05  # shape, not size
    apart = np.sqrt(((waves[:, None] - waves[None, :]) ** 2).sum(axis=2))
    ways = {pair: _way(apart, order) for pair, order in _orders()}
    pair = min(ways, key=lambda one: ways[one])
    return "/".join(CHEST[row] for row in pair) if ways[pair] < SHORTER * _way(apart, range(len(CHEST))) else ""


def _orders() -> Iterator[tuple[tuple[int, int], list[int]]]:
    for one, other in combinations(range(len(CHEST)), 2):
        order = list(range(len(CHEST)))
        order[one], order[other] = order[other], order[one]
        yield (one, other), order


def _way(apart: Signal, order: "list[int] | range") -> float:
    return float(sum(apart[one, other] for one, other in pairwise(order)))
