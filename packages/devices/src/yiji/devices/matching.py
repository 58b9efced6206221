"""Whose recording it is. The accession number decides; a patient's number alone never does, but it can forbid."""

from dataclasses import dataclass

from yiji.core.contract.measure import Finding, Severity
from yiji.core.contract.order import OrderBrief

PREFIX = "match."  # of the codes of these findings


@dataclass(frozen=True, slots=True)
class Match:
    """The order that a recording belongs to, if any, and what a person should know of that."""

    order: OrderBrief | None
    findings: tuple[Finding, ...] = ()


def match(accession: str, patient_id: str, order: OrderBrief | None, named: bool) -> Match:
    """Decide whether a recording belongs to the order on the worklist under its accession number.

    `patient_id` is what the device wrote. When it is none of the patient's numbers the recording stays unmatched,
    unless a person `named` the accession number: then it is matched, with a warning.
    """
    if not accession:
        return Match(None, (_unmatched("no_accession", "记录中没有检查号", "The recording has no accession number"),))
    if order is None:
        told = _unmatched(
            "not_on_worklist", f"检查号 {accession} 不在工作列表中", f"{accession} is not on the worklist"
        )
        return Match(None, (told,))
    if not patient_id or patient_id.strip() in numbers(order):
        return Match(order)
    other = Finding(
        code=f"{PREFIX}other_patient",
        text_zh=f"设备记录的患者号 {patient_id} 与申请单不符",
        text_en=f"The device's patient number {patient_id} is none of the order's",
        reason=" ".join(sorted(numbers(order))),
        severity=Severity.BORDERLINE if named else Severity.ABNORMAL,
    )
    return Match(order if named else None, (other,))


def _unmatched(code: str, zh: str, en: str) -> Finding:
    return Finding(code=PREFIX + code, text_zh=zh, text_en=en, severity=Severity.BORDERLINE)


def numbers(order: OrderBrief) -> set[str]:
    """Return every number under which a device may know the order's patient."""
    patient = order.patient
    return {one for one in (patient.id, patient.visit_number, *(i.value for i in patient.identifiers)) if one}


def device_number(order: OrderBrief) -> str:
    """Return the number that a modality is given for the patient: the medical record's, else the first, else ours."""
    ranked = sorted(order.patient.identifiers, key=lambda one: one.type != "MR")
    return ranked[0].value if ranked else order.patient.id
