"""From an analysis to the body of a report and to the words on its pages, without a house."""

from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief
from yiji.core.contract.report import ReportBody
from yiji.devices import Analysis


def body_of(analysis: Analysis) -> ReportBody:
    """Return the body that the house would draft for somebody."""
    order = OrderBrief(
        order_id="1", item_id="1", accession_number="26112300000001", placer_number="1", sender="bench",
        patient=PatientBrief(name="测试"), exam_code="ECG12", exam_name="心电图", department="EP",
    )  # fmt: skip
    return ReportBody(
        order=order,
        recording_id="1",
        trace="",
        template="holter" if analysis.holter else "ecg-12",
        measurements=analysis.measurements,
        findings=analysis.findings,
        beats=analysis.beats,
        classes=analysis.classes,
        lead_measures=analysis.lead_measures,
        median=analysis.median,
        holter=analysis.holter,
    )


def words_of(pdf: bytes) -> str:
    """Return the text of all pages."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
