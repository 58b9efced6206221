"""What an analysis hands back."""

from dataclasses import dataclass

from yiji.core.contract.recording import Finding, Measurement


@dataclass(frozen=True, slots=True)
class LeadMeasures:
    """One lead of the median beat, in mV from the level before its QRS; S and Q are depths, so positive numbers."""

    lead: str
    q: float
    r: float
    s: float
    st_j: float  # at the end of the QRS
    t: float | None  # signed height of T


@dataclass(frozen=True, slots=True)
class Analysis:
    """The measures of one recording and what a machine concludes from them; a doctor has still to read it.

    `algorithm`: name and version. `measurements`: a value of None could not be had. `findings`: codes that begin with
    ``machine.`` are statements of the algorithm, those with ``quality.`` tell what is wrong with the signal.
    `beats`: seconds from the start. `leads`: the per-lead table.
    """

    kind: str
    algorithm: str
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    beats: tuple[float, ...]
    leads: tuple[LeadMeasures, ...] = ()

    def value(self, code: str) -> float | None:
        """Return one measurement's value; None when it could not be had or is not among them."""
        return next((one.value for one in self.measurements if one.code == code), None)
