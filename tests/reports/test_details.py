"""The second sheet, marks, the critical value's place, comparison, the attachment, PDF/A's marks, the preview."""

import json
from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from tests.reports.looking import texts
from tests.reports.sample import LEADS, MEASUREMENTS, make_body, make_report, real_trace, trace_of
from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, MedianBeat, Severity
from yiji.core.errors import NotFound
from yiji.reports import load, preview, render

WAVE = np.rint(1000 * np.exp(-0.5 * ((np.arange(400) - 200) / 12) ** 2)).astype("<i2")
MEDIAN = MedianBeat(leads=LEADS, rate=500.0, microvolts=np.tile(WAVE, 12).tobytes(), at=200,
                    p_on=100, p_off=150, qrs_on=170, qrs_off=230, t_off=380)  # fmt: skip
LEAD_TABLE = tuple(
    LeadMeasure(lead=lead, p=0.11, r=1.234, s=0.321, r_ms=44, s_ms=31, st_j=-0.07, t=None) for lead in LEADS
)
RULED = Finding(code="machine.af", text_zh="心房颤动", text_en="AF", reason="RR 0.40", severity=Severity.ABNORMAL,
                rule="yiji-ecg-statements 7 af", minnesota="8-3-1")  # fmt: skip
FLAT = trace_of(np.zeros(5000))


def attachment(pdf: bytes) -> dict[str, Any]:
    with pypdfium2.PdfDocument(pdf) as document:
        (one,) = [document.get_attachment(number) for number in range(document.count_attachments())]
        assert one.get_name() == "report.json"
        return json.loads(bytes(one.get_data()))


def test_the_second_sheet_tells_leads_measurements_and_the_rule_of_each_statement():
    body = make_body(median=MEDIAN, lead_measures=LEAD_TABLE, findings=(RULED,))
    first, second = texts(render(body, real_trace()))
    for said in ("1.23", "-0.32", "44", "-0.07", "QRS 电轴", "Bazett", "yiji-ecg-statements 7 af", "8-3-1", "RR 0.40"):
        assert said in second, said
    assert "50 mm/s，10 mm/mV" in second
    assert "yiji-ecg-statements 7" in first


def test_a_template_may_leave_the_second_sheet_out():
    body = make_body(median=MEDIAN, lead_measures=LEAD_TABLE)
    assert len(texts(render(body, real_trace(), template=load().model_copy(update={"details": False})))) == 1


@pytest.mark.parametrize("median", [
    MEDIAN.model_copy(update={"microvolts": b""}), MEDIAN.model_copy(update={"microvolts": b"\x01"}),
    MEDIAN.model_copy(update={"leads": ()}), MEDIAN.model_copy(update={"leads": ("II",), "p_on": None, "t_off": None}),
])  # fmt: skip
def test_a_median_beat_that_is_short_or_empty_is_drawn_as_far_as_it_goes(median):
    assert len(texts(render(make_body(median=median), FLAT))) == 2


def test_many_statements_and_measurements_go_on_overleaf():
    findings = tuple(RULED.model_copy(update={"code": f"m{n}", "text_zh": f"第{n}条" + "很长" * 40}) for n in range(60))
    measured = tuple(Measurement(code=f"code_{n}", value=n, unit="ms") for n in range(120))
    pages = texts(
        render(make_body(median=MEDIAN, lead_measures=LEAD_TABLE, findings=findings, measurements=measured), FLAT)
    )
    whole = "".join("".join(page.split()) for page in pages[1:])
    assert all(f"第{n}条" in whole for n in range(60))
    assert all(f"code_{n}" in whole for n in range(120))


def test_what_is_no_number_is_a_dash_on_the_page_and_null_in_the_attachment():
    measured = (*MEASUREMENTS[1:], Measurement(code="heart_rate", value=float("nan"), unit="/min"))
    pdf = render(make_body(measurements=measured, lead_measures=LEAD_TABLE), FLAT)
    assert not any("nan" in page.lower() for page in texts(pdf))
    told = {one["code"]: one["value"] for one in attachment(pdf)["measurements"]}
    assert told["heart_rate"] is None
    assert told["qrs"] == 75


def test_a_critical_value_has_a_place_for_who_was_told():
    grave = RULED.model_copy(update={"severity": Severity.CRITICAL})
    for signed in (False, True):
        (page,) = texts(render(make_report(signed=signed, findings=(grave,)), FLAT))
        for said in ("危急值 CRITICAL", "危急值通报", "通报时间", "接收人", "确认"):
            assert said in page, said
    assert "危急值通报" not in texts(render(make_report(findings=(RULED,)), FLAT))[0]


def test_the_comparison_with_the_previous_recording_stands_by_itself():
    compared = Finding(code="compare.qrs", text_zh="QRS 较前增宽", text_en="QRS wider", reason="92 → 134 ms")
    (page,) = texts(render(make_body(findings=(compared, RULED)), FLAT))
    assert page.index("心房颤动") < page.index("与前次心电图比较") < page.index("QRS 较前增宽（92 → 134 ms）")


def test_beats_that_are_not_normal_are_marked_and_pacing_only_where_it_was_found():
    paced = RULED.model_copy(update={"code": "machine.paced"})
    beats = {"beats": (1.0, 2.0, 3.0, 4.0), "classes": "NVSQ"}
    (page,) = texts(render(make_body(**beats), FLAT))
    assert "标记：V 室性 S 室上性" in page
    assert "起搏" not in page
    assert "┃ 起搏" in texts(render(make_body(findings=(paced,), **beats), FLAT))[0]


def test_the_attachment_lists_every_number_with_its_code_method_and_rule():
    body = make_body(findings=(RULED,), lead_measures=LEAD_TABLE, median=MEDIAN)
    told = attachment(render(make_report(signed=True).model_copy(update={"body": body}), FLAT))
    assert told["schema"] == "yiji-report 1"
    assert {one["code"]: one.get("method", "") for one in told["measurements"]}["qtc"] == "Bazett"
    assert told["findings"][0]["rule"] == "yiji-ecg-statements 7 af"
    assert told["lead_measures"][6]["r"] == 1.234
    assert told["median"]["qrs_on"] == 170
    assert "microvolts" not in told["median"]
    assert (told["report_id"], told["state"], told["trace"]) == ("rpt-1", "signed", "t1")
    assert told["scale"] == {"mm_per_millivolt": 10.0, "mm_per_second": 25.0}


def test_the_pdf_says_that_it_keeps_to_pdf_a():
    pdf = render(make_body(), FLAT, hospital='甲 & "乙" <丙>')
    for said in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>U</pdfaid:conformance>", b"/OutputIntents"):
        assert said in pdf
    assert '甲 &amp; "乙" &lt;丙&gt;'.encode() in pdf
    assert b"/AFRelationship /Data" in pdf


def test_a_page_is_shown_as_png():
    pdf = render(make_body(median=MEDIAN), FLAT)
    with Image.open(BytesIO(preview(pdf, 2, 50))) as picture:
        assert picture.format == "PNG"
        assert picture.size == pytest.approx((297 / 25.4 * 50, 210 / 25.4 * 50), abs=1)
    assert preview(pdf, 1) == preview(pdf)
    for page in (0, 3):
        with pytest.raises(NotFound):
            preview(pdf, page)
