"""Make the example reports of docs/examples from simulated signals: ``python -m tests.reports.make_examples [FOLDER]``.

Every name is invented and every signal simulated, by seed; what the pages say of the resting ECGs was measured on them.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.reports import synthetic
from tests.reports.holters import make_summary
from tests.reports.synthetic import EXTRA, Heart, P, Q, R, S, T, grown, moved
from yiji.core.contract.measure import Finding, Severity
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.report import Report, ReportBody, ReportState, Seal
from yiji.core.signal import Recording, Trace
from yiji.devices import analyse
from yiji.reports import load, render
from yiji.reports.writing.inherit import ours

HOSPITAL = "示例市第一人民医院"
AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
CALM = Heart((grown(moved(P, 0, 0.8), 0.9), Q, R, S, moved(T, -0.03, 0.8)))
Made = tuple[str, Callable[[], bytes]]


def order(name: str, sex: Sex, born: date, number: int, **more: Any) -> OrderBrief:
    known: dict[str, Any] = {"visit_class": "O", "visit_number": f"MZ2026112{number:04d}"}
    inside = {key: more.pop(key) for key in ("visit_class", "visit_number", "ward", "bed") if key in more}
    patient = PatientBrief(id=f"P{number:06d}", name=name, sex=sex, birth_date=born, **(known | inside))
    told: dict[str, Any] = {
        "exam_code": "ECG12",
        "exam_name": "常规十二导联心电图检查",
        "requesting_department": "心血管内科",
    }
    return OrderBrief(
        order_id=f"ord-{number}", item_id=f"itm-{number}", accession_number=f"EC26112{number:05d}",
        placer_number=f"REQ-{88000 + number}", sender="HIS", patient=patient, department="ECG", modality="ECG",
        requester="李玥", ordered_at=AT, **(told | more),
    )  # fmt: skip


def body(asked: OrderBrief, trace: Trace, template: str, **more: Any) -> ReportBody:
    """Return what a report says of a simulated ECG: as it was measured."""
    found = analyse(Recording.of("ecg", replace(trace, started_at=AT), "simulated"), asked.patient)
    return ReportBody(
        order=asked, recording_id="rec-1", trace="t", template=template, device="模拟器 Simulator", recorded_at=AT,
        measurements=found.measurements, findings=(*found.findings, *more.pop("findings", ())), beats=found.beats,
        classes=found.classes, lead_measures=found.lead_measures, median=found.median, **more,
    )  # fmt: skip


def signed(said: ReportBody, conclusion: str) -> Report:
    stamp = Seal(method="HMAC-SM3", value="3f2a91bc77d0e4a8" * 4, signer="zhao", signer_name="赵镕昇",
                 signed_at=datetime(2026, 11, 20, 2, 4, 11, tzinfo=UTC))  # fmt: skip
    written = said.model_copy(update={"conclusion": conclusion})
    return Report(id="rpt-1", state=ReportState.SIGNED, revision=1, body=written, drafted_at=AT, seal=stamp)


def draft(said: ReportBody) -> Report:
    return Report(id="rpt-1", state=ReportState.DRAFT, revision=1, body=said, drafted_at=AT)


def drawn(report: Report, trace: Trace, lang: str = "zh") -> bytes:
    return render(report, trace, template=load(ours(report.body.template)), hospital=HOSPITAL, lang=lang)


def normal() -> bytes:
    trace, _ = synthetic.simulate(CALM, seed=1)
    before = Finding(
        code="compare.rate", text_zh="心率较前减慢", text_en="Rate slower than before",
        reason="2025-11-02: 82/min, 68/min", rule="yiji-ecg-compare 1 rate",
    )  # fmt: skip
    said = body(order("王喆堃", Sex.FEMALE, date(1984, 3, 8), 7), trace, "ecg-12", findings=(before,))
    return drawn(signed(said, "窦性心律，心电图大致正常。"), trace)


def fibrillation() -> bytes:
    heart = replace(CALM, waves=CALM.waves[1:], rate=104, irregular=True, ectopic={9: EXTRA})
    trace, _ = synthetic.simulate(heart, seed=8)
    asked = order("欧阳玥", Sex.MALE, date(1951, 7, 19), 21, visit_class="I", visit_number="ZY20261120007",
                  ward="心内科一病区", bed="12-3", reason="心悸 3 天")  # fmt: skip
    return drawn(draft(body(asked, trace, "ecg-3x4-3r")), trace)


def bundle_branch() -> bytes:
    trace, _ = synthetic.simulate(synthetic.left_bundle_branch_block(replace(CALM, rate=74)), seed=3)
    asked = order("李堃", Sex.MALE, date(1948, 1, 30), 35, visit_class="E", visit_number="JZ20261120012")
    return drawn(draft(body(asked, trace, "ecg-6x2")), trace)


def child() -> bytes:
    heart = Heart((grown(moved(P, 0.045, 0.8), 1), Q, grown(R, 1.1, 1, 2.4, 1.9, 1.2, 1, 0.9, 0.8),
                   grown(S, 1, 1, 0.5, 0.7, 1, 1.4, 2, 2.4),
                   grown(moved(T, -0.075, 0.7), 1, 1, -4, -0.3, 0.3, 0.7, 1, 1)),
                  rate=118, jitter=0.04)  # fmt: skip
    trace, _ = synthetic.simulate(heart, seed=5)
    asked = order("周昇", Sex.MALE, date(2024, 2, 11), 48, requesting_department="儿科")
    return drawn(
        signed(body(asked, trace, "ecg-12x1"), "Sinus rhythm, T inversion V1-V2 as usual at this age."), trace, "en"
    )


def critical() -> bytes:
    trace, _ = synthetic.simulate(synthetic.injured_front(replace(CALM, rate=84)), rate=1000, seed=6)
    alarm = Finding(
        code="example.stemi", text_zh="前壁导联 ST 段抬高，急性心肌梗死可能",
        text_en="ST elevation V1-V4, possible acute infarct",
        reason="示例：ST J V2-V4", severity=Severity.CRITICAL, rule="yiji-example 1",
    )  # fmt: skip
    asked = order(
        "朱镕", Sex.MALE, date(1967, 9, 2), 52, visit_class="E", visit_number="JZ20261120031", reason="胸痛 2 小时"
    )
    said = body(asked, trace, "ecg-12")
    known = any("st_" in one.code and one.severity is Severity.CRITICAL for one in said.findings)
    return drawn(draft(said if known else said.model_copy(update={"findings": (alarm, *said.findings)})), trace)


def long() -> bytes:
    asked = order("买买提·吐尔逊", Sex.MALE, date(1959, 5, 1), 66, exam_code="HOLTER", exam_name="24 小时动态心电图")
    summary = make_summary(events=8)
    said = ReportBody(
        order=asked, recording_id="rec-9", trace="t", template="holter", device="模拟器 Simulator",
        recorded_at=summary.started_at, measurements=(), findings=summary.findings, holter=summary,
    )  # fmt: skip
    return drawn(draft(said), Trace((), 1.0, synthetic.np.zeros((0, 0), "f4")))


def examples() -> Iterator[Made]:
    """Yield every example's name and what makes it."""
    yield "ecg-3x4-1r-normal", normal
    yield "ecg-3x4-3r-atrial-fibrillation", fibrillation
    yield "ecg-6x2-bundle-branch-block", bundle_branch
    yield "ecg-12x1-child", child
    yield "ecg-critical", critical
    yield "holter", long


def main(folder: Path) -> None:
    """Write the examples."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in examples():
        pdf = make()
        (folder / f"{name}.pdf").write_bytes(pdf)
        print(f"{name}.pdf  {len(pdf) / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "examples")
