"""What an analysis hands back."""

from dataclasses import dataclass

from yiji.core.contract.holter import HolterSummary
from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, MedianBeat

SHORT = {"hr": "heart_rate", "qtc_bazett": "qtc"}  # other names under which a measurement may be asked for


@dataclass(frozen=True, slots=True)
class Analysis:
    """The measures of one recording and what a machine concludes from them; a doctor has still to read it.

    `algorithm`: name and version. `measurements`: a value of None could not be had. `findings`: codes that begin with
    ``machine.`` are statements of the algorithm, those with ``quality.`` tell what is wrong with the signal.
    `beats`: seconds from the start; `classes`: a letter a beat (N S V F Q). `lead_measures`: the per-lead table;
    `median`: the beat that intervals and heights were measured on; `holter`: of long recordings.
    """

    kind: str
    algorithm: str
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    beats: tuple[float, ...]
    classes: str = ""
    lead_measures: tuple[LeadMeasure, ...] = ()
    median: MedianBeat | None = None
    holter: HolterSummary | None = None

    def value(self, code: str) -> float | None:
        """Return one measurement's value; None when it could not be had or is not among them."""
        known = SHORT.get(code, code)
        return next((one.value for one in self.measurements if one.code == known), None)
