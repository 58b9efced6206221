"""What the rules look at: everything that was measured and found in one recording, by name (`words`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract import measure as told
from yiji.core.contract.measure import LeadMeasure, Measurement
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.signal import Trace
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.signals.filters import Signal
from yiji.devices.analysis.signals.prepare import Prepared
from yiji.devices.analysis.statements.atrial import atria, dropped
from yiji.devices.analysis.statements.conditions import Known, Scope
from yiji.devices.analysis.statements.pacing import pacing
from yiji.devices.analysis.statements.rhythm import rhythm
from yiji.devices.analysis.statements.swap import CHEST, swap
from yiji.devices.analysis.statements.words import LEAD_FACTS
from yiji.devices.recording.quality import grades

LIMB = ("I", "II", "III", "aVR", "aVL", "aVF")
P_SEEN = 0.4  # a beat's P is seen from this likeness to the median's on
ECTOPIC = "VF"  # classes that are of another shape anyway
Values = dict[str, Known]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known: `values` by name, and `leads`, each with its own."""

    values: Mapping[str, Known]
    leads: Mapping[str, Mapping[str, float]]

    @property
    def scope(self) -> Scope:
        """Return what a condition asks: ``pr`` or ``r.V5``, None where it is not known."""
        return self._known

    def of_lead(self, lead: str) -> Scope:
        """Return what a condition asks of one lead: ``st_j`` is that lead's, ``lead`` its name."""
        own: Mapping[str, Known] = {**self.leads.get(lead, {}), "lead": lead}
        return lambda name: own[name] if name in own else self._known(name)

    def _known(self, name: str) -> Known:
        measure, _, lead = name.partition(".")
        return self.leads.get(lead, {}).get(measure) if lead else self.values.get(name)

    @staticmethod
    def of(
        measurements: Sequence[Measurement],
        beat: MedianBeat,
        likeness: Signal,
        patient: PatientBrief | None = None,
        at: datetime | None = None,
        *,
        trace: Trace | None = None,
        prepared: Prepared | None = None,
        leads: Sequence[LeadMeasure] = (),
        median: told.MedianBeat | None = None,
        classes: str = "",
    ) -> "Facts":
        """Gather the facts of one recording made at `at`; what is not handed over is not known.

        `beat`: the median beat with the places of all beats; `likeness`: how alike each beat's P is to the median's;
        `trace`: as recorded, for quality and spikes; `prepared`: for what the atria do; `leads`: the table;
        `median`: the median beat with its bounds, for exchanged electrodes; `classes`: a letter a beat.
        """
        values: Values = {one.code: one.value for one in measurements if one.value is not None}
        values |= _who(patient, at.date() if at else None) | _beats(beat, likeness, classes)
        values |= _signals(beat, trace, prepared, median)
        table = {row.lead: _row(row) for row in leads}
        return Facts(values | _tall(table), table)


def _who(patient: PatientBrief | None, day: date | None) -> Values:
    sex = patient.sex if patient else Sex.UNKNOWN
    born = patient.birth_date if patient else None
    known: Values = {"age": (day - born).days / 365.25} if day and born else {}
    return known | {"sex": str(sex.value)}


def _beats(beat: MedianBeat, likeness: Signal, classes: str) -> Values:
    values: Values = {"beats": float(beat.places.size), "others": float(_others(beat, classes))}
    values["p_share"] = float(np.mean(likeness > P_SEEN)) if likeness.size else 0.0
    intervals = np.diff(beat.places)[beat.alike[1:] & beat.alike[:-1] & _normal(beat, classes)] / beat.rate * 1000
    if intervals.size:
        values["rr_range"] = float(np.ptp(intervals))
    return values | rhythm(beat.places, beat.rate, classes)


def _normal(beat: MedianBeat, classes: str) -> NDArray[np.bool_]:
    """Say of each interval whether both its beats are normal; all are where no classes are known."""
    if len(classes) != beat.places.size:
        return np.ones(max(0, beat.places.size - 1), bool)
    normal = np.array([letter == "N" for letter in classes], bool)
    return normal[1:] & normal[:-1]


def _others(beat: MedianBeat, classes: str) -> int:
    """Count the beats of another shape that no class explains, the first and the last apart: they may be cut."""
    other = ~beat.alike
    if len(classes) == beat.places.size:
        other &= ~np.array([letter in ECTOPIC for letter in classes], bool)
    return int(other[1:-1].sum())


def _signals(
    beat: MedianBeat, trace: Trace | None, prepared: Prepared | None, median: told.MedianBeat | None
) -> Values:
    values: Values = {}
    if trace is not None:
        known = list(grades(trace).values())
        values |= {"quality": float(np.median(known)), "quality_worst": min(known)} if known else {}
        values |= pacing(trace, np.rint(beat.places * (trace.rate / beat.rate)).astype(np.int64))
    if prepared is not None:
        values |= {"leads": float(len(prepared.leads))} | atria(prepared, beat.places)
    if median is not None:
        values |= swap(median) | (dropped(prepared, beat.places, median) if prepared else {})
    return values


def _row(row: LeadMeasure) -> dict[str, float]:
    known = {name: getattr(row, name) for name in LEAD_FACTS if name != "tall"}
    found = {name: float(value) for name, value in known.items() if value is not None}
    return found | {"tall": max(row.r, row.r2) + max(row.q, row.s)}


def _tall(table: Mapping[str, Mapping[str, float]]) -> Values:
    """Return the tallest QRS of the limb leads and of the chest leads, where all six of them are there."""
    names = {"limb_tall": LIMB, "chest_tall": CHEST}
    return {
        name: max(table[lead]["tall"] for lead in group) for name, group in names.items() if set(group) <= set(table)
    }
