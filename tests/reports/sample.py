"""A report to draw: the real 12-lead ECG that pydicom ships, and synthetic traces whose shape is known exactly."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.data import get_testdata_file

from yiji.core.contract.measure import Finding, Measurement, Severity
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.report import Report, ReportBody, ReportState, Seal
from yiji.core.signal import Trace

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


@cache
def real_trace() -> Trace:
    """Return pydicom's waveform_ecg.dcm (Mortara, 12 leads, 10 s at 1000 Hz) in mV."""
    dataset: Any = pydicom.dcmread(str(get_testdata_file("waveform_ecg.dcm")))
    group = dataset.WaveformSequence[0]
    names = [one.ChannelSourceSequence[0].CodeMeaning for one in group.ChannelDefinitionSequence]
    leads = tuple(name.removeprefix("Lead ").split(" (")[0] for name in names)
    samples = dataset.waveform_array(0).T / 1000  # the file's unit is uV
    return Trace(leads, float(group.SamplingFrequency), samples.astype(np.float32))


def trace_of(wave: NDArray[Any], rate: float = 500.0, leads: tuple[str, ...] = LEADS) -> Trace:
    """Return a trace with the same wave (mV) in every lead."""
    return Trace(leads, rate, np.tile(wave.astype(np.float32), (len(leads), 1)))


def make_order(name: str = "王喆堃", **patient: Any) -> OrderBrief:
    """Return an order brief for a patient."""
    known: dict[str, Any] = {
        "id": "P0001", "sex": Sex.FEMALE, "birth_date": date(1961, 3, 8), "visit_number": "ZY20261120007",
        "visit_class": "I", "ward": "心内科一病区", "bed": "12-3",
    }  # fmt: skip
    return OrderBrief(
        order_id="ord-1", item_id="itm-1", accession_number="EC2611200007", placer_number="REQ-88121", sender="HIS",
        patient=PatientBrief(name=name, **(known | patient)), exam_code="ECG12", exam_name="常规十二导联心电图检查",
        department="ECG", modality="ECG", requester="李玥", requesting_department="心血管内科", ordered_at=AT,
    )  # fmt: skip


MEASUREMENTS = (
    Measurement(code="heart_rate", value=61.1, unit="/min"),
    Measurement(code="rr", value=982, unit="ms"),
    Measurement(code="p", value=106, unit="ms"),
    Measurement(code="pr", value=161, unit="ms"),
    Measurement(code="qrs", value=75, unit="ms"),
    Measurement(code="qt", value=368, unit="ms"),
    Measurement(code="qtc", value=371.4, unit="ms", method="Bazett"),
    Measurement(code="p_axis", value=74, unit="deg"),
    Measurement(code="qrs_axis", value=52, unit="deg"),
    Measurement(code="t_axis", value=57, unit="deg"),
    Measurement(code="rv5", value=1.31, unit="mV"),
    Measurement(code="sv1", value=0.84, unit="mV"),
)
FINDINGS = (
    Finding(code="sinus_rhythm", text_zh="窦性心律", text_en="Sinus rhythm", reason="P II +, HR 61/min"),
    Finding(
        code="low_voltage", text_zh="肢体导联低电压", text_en="Low voltage in limb leads",
        reason="QRS ≤ 0.5 mV", severity=Severity.BORDERLINE,
    ),
)  # fmt: skip


def make_body(**changes: Any) -> ReportBody:
    """Return a body like that of the real recording."""
    known: dict[str, Any] = {
        "order": make_order(), "recording_id": "rec-1", "trace": "t1", "template": "ecg-12", "device": "ELI 250c",
        "recorded_at": AT, "measurements": MEASUREMENTS, "findings": FINDINGS,
    }  # fmt: skip
    return ReportBody(**(known | changes))


SEAL = Seal(method="HMAC-SM3", value="3f2a91bc77d0e4a8" * 4, signer="zhao", signer_name="赵镕昇", signed_at=AT)


def make_report(*, signed: bool = False, **changes: Any) -> Report:
    """Return a draft, or a signed report."""
    state = ReportState.SIGNED if signed else ReportState.DRAFT
    return Report(
        id="rpt-1", state=state, revision=1, body=make_body(**changes), drafted_at=AT, seal=SEAL if signed else None
    )
