"""A signed report as ORU^R01 (v2.5.1): measurements as NM, findings as TX, the conclusion as FT, the page as ED.

Everything in it, the times too, comes from the report, so that writing it again gives the same bytes.
"""

import math
from base64 import b64encode
from collections.abc import Iterator
from datetime import tzinfo

from yiji.core.contract.measure import Finding, Measurement, Severity
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.report import ReportSigned
from yiji.interop.hl7.codes import OURS, identifier
from yiji.interop.hl7.profile import DEFAULT, Profile
from yiji.interop.hl7.times import write_date, write_time
from yiji.interop.hl7.writer import Repetition, Route, Value, assemble, header, put, segment

_SEX = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "O", Sex.UNKNOWN: "U"}
# OBX-8 (HL7 table 0078, recalled): N normal, A abnormal, AA very abnormal.
_FLAGS = {Severity.NORMAL: "N", Severity.BORDERLINE: "", Severity.ABNORMAL: "A", Severity.CRITICAL: "AA"}


def write_result(
    signed: ReportSigned,
    pdf: bytes,
    *,
    route: Route,
    control_id: str,
    zone: tzinfo,
    profile: Profile = DEFAULT,
    lang: str = "zh",
) -> bytes:
    """Return the message as bytes in the route's character set; raises `Unwritable` if that lacks a character."""
    body = signed.body
    lines = [
        header(route, ("ORU", "R01", "ORU_R01"), control_id, signed.seal.signed_at, zone),
        *_patient(body.order.patient, profile),
        segment("ORC", {1: "RE", 2: body.order.placer_number, 3: body.order.accession_number, 5: "CM"}),
        segment("OBR", _request(signed, zone, profile)),
        *_observations(signed, pdf, zone, lang),
    ]
    return assemble(lines, route.charset)


def _patient(patient: PatientBrief, profile: Profile) -> tuple[str, str]:
    numbers: list[Repetition] = [(each.value, "", "", each.system, each.type) for each in patient.identifiers]
    pid: dict[int, Value] = {
        1: "1",
        3: numbers,
        5: (patient.name, "", "", "", "", "", "L"),
        7: write_date(patient.birth_date),
        8: _SEX[patient.sex],
        13: patient.phone,
    }
    pv1: dict[int, Value] = {1: "1", 2: patient.visit_class or "U", 3: (patient.ward, "", patient.bed)}
    _place({"PID": pid, "PV1": pv1}, profile.visit_number[:1], patient.visit_number)
    return segment("PID", pid), segment("PV1", pv1)


def _request(signed: ReportSigned, zone: tzinfo, profile: Profile) -> dict[int, Value]:
    body, seal = signed.body, signed.seal
    order = body.order
    fields: dict[int, Value] = {
        1: "1",
        2: order.placer_number,
        4: (order.exam_code, order.exam_name),
        7: write_time(body.recorded_at or seal.signed_at, zone),
        16: ("", order.requester) if order.requester else "",
        22: write_time(seal.signed_at, zone),
        24: order.modality,
        25: "F",
        32: ((seal.signer, seal.signer_name),),
    }
    _place({"OBR": fields}, profile.accession, order.accession_number)
    return fields


def _place(segments: dict[str, dict[int, Value]], paths: tuple[str, ...], value: str) -> None:
    """Write a value where the profile says that this hospital looks for it."""
    for path in paths:
        name, _, rest = path.partition("-")
        number, _, component = rest.partition(".")
        if value and name in segments:
            put(segments[name], int(number), int(component or 1), value)


def _observations(signed: ReportSigned, pdf: bytes, zone: tzinfo, lang: str) -> Iterator[str]:
    body = signed.body
    when = write_time(body.recorded_at, zone)
    signer = (signed.seal.signer, signed.seal.signer_name)
    rows = [
        *(_measured(one, body.device) for one in body.measurements),
        *(_found(one, sub, lang) for sub, one in enumerate(body.findings, 1)),
        *([_concluded(body.conclusion)] if body.conclusion else []),
        *([_page(pdf)] if pdf else []),
    ]
    for number, row in enumerate(rows, 1):
        shared: dict[int, Value] = {1: str(number), 11: "F", 14: when, 16: signer}
        yield segment("OBX", shared | row)


def _measured(one: Measurement, device: str) -> dict[int, Value]:
    """NM with its UCUM unit; what could not be measured is said so (OBX-11 X, HL7 table 0085)."""
    unit = (one.unit, "", "UCUM") if one.unit else ""
    row: dict[int, Value] = {2: "NM", 3: identifier(one.code), 6: unit, 17: one.method, 18: device}
    missing = one.value is None or not math.isfinite(one.value)
    return row | ({11: "X"} if missing else {5: _number(one.value or 0.0)})


def _number(value: float) -> str:
    """Write a number without exponent and noise: 72, 0.105."""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"


def _found(one: Finding, sub: int, lang: str) -> dict[int, Value]:
    text = one.text_zh if lang == "zh" else one.text_en
    why = one.why(lang)
    reason = f"（{why}）" if lang == "zh" else f" ({why})"
    return {
        2: "TX",
        3: ("finding", "检查所见", OURS),
        4: str(sub),
        5: text + (reason if why else ""),
        8: _FLAGS[one.severity],
    }


def _concluded(text: str) -> dict[int, Value]:
    return {2: "FT", 3: ("conclusion", "诊断结论", OURS), 5: text}


def _page(pdf: bytes) -> dict[int, Value]:
    """ED: source, type, subtype, encoding, data (as the public dcm4che sample has it)."""
    data = ("", "Application", "PDF", "Base64", b64encode(pdf).decode("ascii"))
    return {2: "ED", 3: ("report", "报告", OURS), 5: data}
