"""Messages made here for the tests; nobody's data."""

from datetime import UTC, date, datetime

from yiji.core.contract.measure import Finding, Measurement, Severity
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.contract.report import ReportBody, ReportSigned, Seal

PID = "PID|1||P0001^^^HIS^MR~330102198002290015^^^CN^NNCHN||张三||19800229|M|||||13800000000"
PV1 = "PV1|1|O|心内科门诊^^12||||||||||||||||V20260105001"


def order(
    *,
    control_id: str = "1",
    charset: str = "UNICODE UTF-8",
    event: str = "OMG^O19^OMG_O19",
    pid: str = PID,
    groups: tuple[str, ...] = ("ORC|NW|R100\rTQ1|1||||||||R\rOBR|1|R100||ECG12^十二导联心电图",),
) -> str:
    """An order message as text, its segments ended by CR."""
    msh = f"MSH|^~\\&|HIS|EAST|YIJI|EAST|20260105083000||{event}|{control_id}|P|2.5.1||||||{charset}"
    return "\r".join([msh, pid, PV1, *groups]) + "\r"


def signed(conclusion: str = "窦性心律，正常心电图") -> ReportSigned:
    """A signed report as the reports wing tells it."""
    brief = OrderBrief(
        order_id="ord-1",
        item_id="itm-1",
        accession_number="E2026010500001",
        placer_number="R100",
        sender="HIS^EAST",
        patient=PatientBrief(
            name="张三",
            sex=Sex.MALE,
            birth_date=date(1980, 2, 29),
            identifiers=(Identifier(system="HIS", value="P0001"),),
            visit_number="V20260105001",
            visit_class="O",
            ward="心内科门诊",
            bed="12",
        ),
        exam_code="ECG12",
        exam_name="十二导联心电图",
        department="ECG",
        modality="ECG",
        requester="李医生",
    )
    body = ReportBody(
        order=brief,
        recording_id="rec-1",
        trace="",
        template="ecg",
        device="Mortara ELI",
        recorded_at=datetime(2026, 1, 5, 1, 0, tzinfo=UTC),
        measurements=(
            Measurement(code="heart_rate", value=61.25, unit="/min"),
            Measurement(code="pr", value=None, unit="ms"),
            Measurement(code="qrs_axis", value=-30.0, unit="deg"),
            Measurement(code="odd", value=0.0000001, unit=""),
        ),
        findings=(
            Finding(code="sinus", text_zh="窦性心律", text_en="Sinus rhythm", reason="P 波规则 | RR 均齐"),
            Finding(code="k", text_zh="高钾?", text_en="Hyperkalaemia?", severity=Severity.CRITICAL),
        ),
        conclusion=conclusion,
    )
    seal = Seal(
        method="hmac-sha256",
        value="00",
        signer="dr.wang",
        signer_name="王医生",
        signed_at=datetime(2026, 1, 5, 2, 30, tzinfo=UTC),
    )
    return ReportSigned(report_id="rep-1", revision=1, body=body, pdf="", seal=seal)
