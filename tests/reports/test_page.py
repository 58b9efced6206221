"""The page as a whole: deterministic, small, complete, and correct for recordings that are not as they should be."""

import hashlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.reports.looking import black, raster, texts
from tests.reports.sample import FINDINGS, LEADS, make_body, make_report, real_trace, trace_of
from yiji.core.contract.measure import Finding, Severity
from yiji.core.signal import Trace
from yiji.reports import load, render
from yiji.reports.errors import TraceMissing, UnknownTemplate

HOSPITAL = "示例市第一人民医院"


def flat(text: str) -> str:
    return "".join(text.split())


def test_a_real_recording_fills_the_page():
    (page,) = texts(render(make_report(), real_trace(), hospital=HOSPITAL))
    header = "王喆堃 女 65岁 ZY20261120007 心血管内科 12-3 EC2611200007 李玥 常规十二导联心电图检查"
    numbers = "61 次/分 368/371 (Bazett) 74/52/57 1.31/0.84 2.15"
    foot = "报告医生 审核医生 UNCONFIRMED"
    whole = ["住院号 ZY20261120007", "2026-11-20 09:30:00", "窦性心律（P II +, HR 61/min）", "25 mm/s", "10 mm/mV"]
    for said in (HOSPITAL, "心电图报告", *header.split(), *numbers.split(), *foot.split(), *whole, *LEADS):
        assert said in page, said


def test_english():
    (page,) = texts(render(make_report(), real_trace(), lang="en"))
    for said in (
        "Electrocardiogram report",
        "65 y",
        "Inpatient no.",
        "Heart rate",
        "bpm",
        "Sinus rhythm",
        "UNCONFIRMED",
    ):
        assert said in page, said
    assert "心电图报告" not in page


def test_a_signed_page_carries_signer_time_and_seal_and_is_not_marked():
    (page,) = texts(render(make_report(signed=True, conclusion="窦性心律。"), real_trace()))
    for said in ("报告医生 赵镕昇", "HMAC-SM3 3F2A-91BC-77D0-E4A8", "窦性心律。"):
        assert said in page, said
    assert "UNCONFIRMED" not in flat(page)


def test_a_critical_value_is_told_loudly():
    critical = Finding(code="vf", text_zh="心室颤动", text_en="VF", severity=Severity.CRITICAL)
    page = texts(render(make_body(findings=(*FINDINGS, critical)), real_trace()))[0]
    assert "危急值" in page
    assert page.index("心室颤动") < page.index("窦性心律")
    assert "危急值" not in texts(render(make_body(), real_trace()))[0]


def test_the_same_report_gives_the_same_bytes_in_another_process():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.reports.sample import make_report, real_trace\n"
        "from yiji.reports import render\n"
        "import hashlib; print(hashlib.sha256(render(make_report(), real_trace())).hexdigest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert hashlib.sha256(render(make_report(), real_trace())).hexdigest() == elsewhere


def test_another_report_gives_other_bytes():
    assert render(make_body(), real_trace()) != render(make_body(conclusion="异常"), real_trace())


def test_the_page_is_small_and_soon_there():
    render(make_report(), real_trace())
    taken = []
    for _ in range(3):
        start = time.process_time()
        pdf = render(make_report(), real_trace())
        taken.append(time.process_time() - start)
    assert len(pdf) < 400_000
    assert min(taken) < 0.5


def ink(pdf: bytes, left: float, right: float, row: int) -> int:
    """How many black pixels are between two times (s) of a row's middle."""
    height = 1250 // 4
    strip = slice(650 + row * height + height // 2 - 20, 650 + row * height + height // 2 + 20)
    return int(black(raster(pdf))[strip, int(285 + left * 250) : int(285 + right * 250)].sum())


def test_missing_leads_are_said():
    full = real_trace()
    kept = [number for number, lead in enumerate(full.leads) if lead not in ("V5", "aVL")]
    pdf = render(make_body(), Trace(tuple(full.leads[n] for n in kept), full.rate, full.samples[kept]))
    assert texts(pdf)[0].count("未采集") == 2
    assert ink(pdf, 2.6, 4.9, 1) == 0
    assert ink(pdf, 5.1, 7.4, 1) > 500


def test_leads_that_the_layout_does_not_draw_are_said():
    pdf = render(make_body(), trace_of(np.zeros(5000), leads=(*LEADS, "V7", "V8")))
    assert "未绘导联：V7 V8" in texts(pdf)[0]


def test_names_of_leads_may_be_in_any_case():
    pdf = render(make_body(), trace_of(np.zeros(5000), leads=tuple(lead.upper() for lead in LEADS)))
    assert "未采集" not in texts(pdf)[0]


def test_a_short_recording_still_shows_every_lead():
    pdf = render(make_body(), trace_of(np.zeros(4 * 500)))
    assert "短于 10 s" in texts(pdf)[0]
    for row in range(3):
        assert ink(pdf, 7.6, 9.9, row) > 500, "the last column is empty"
    assert ink(pdf, 0, 3.9, 3) > 500
    assert ink(pdf, 4.1, 9.9, 3) == 0, "the rhythm strip goes on after the recording's end"


def test_a_long_recording_says_that_its_beginning_is_shown():
    assert "仅显示前 10 s" in texts(render(make_body(), trace_of(np.zeros(60 * 500))))[0]
    assert "仅显示前" not in texts(render(make_body(), trace_of(np.zeros(5000))))[0]


def test_an_empty_recording_is_a_page_without_traces():
    pdf = render(make_body(), trace_of(np.zeros(0)))
    assert texts(pdf)[0].count("未采集") == 13


def test_gaps_are_not_bridged():
    wave = np.zeros(5000)
    wave[2000:2500] = np.nan  # 4 s to 5 s
    pdf = render(make_body(), trace_of(wave))
    assert ink(pdf, 4.05, 4.95, 3) == 0
    assert ink(pdf, 5.1, 5.9, 3) > 100


def test_an_offset_or_a_huge_wave_stays_on_the_paper():
    pixels = black(raster(render(make_report(signed=True), trace_of(np.linspace(-50, 50, 5000) + 300))))
    assert not pixels[636:648].any()
    assert not pixels[1902:1912].any()


@pytest.mark.parametrize("rows", [
    (("I", "V1"), ("II", "V2"), ("III", "V3"), ("aVR", "V4"), ("aVL", "V5"), ("aVF", "V6")),
    tuple((lead,) for lead in LEADS),
])  # fmt: skip
def test_other_layouts(rows):
    known = load()
    layout = known.layout.model_copy(update={"rows": rows, "rhythm": ()})
    (page,) = texts(render(make_body(), real_trace(), template=known.model_copy(update={"layout": layout})))
    assert all(lead in page for lead in LEADS)


def test_nothing_that_is_found_gets_lost():
    many = tuple(Finding(code=f"f{n}", text_zh=f"第{n}条提示，内容较长以便换行" * 2, text_en="") for n in range(90))
    pages = texts(render(make_body(findings=many, conclusion="最后一句结论。"), real_trace()))
    assert len(pages) > 1
    whole = flat("".join(pages))
    assert all(f"第{n}条提示" in whole for n in range(90))
    assert "最后一句结论。" in whole
    assert "见续页" in pages[0]
    assert f"第 2 页 共 {len(pages)} 页" in pages[1]


def test_a_long_name_is_written_whole():
    name = "穆罕默德·阿卜杜勒·艾则孜·本·萨勒曼·阿勒沙特·买买提江·吐尔逊"
    assert name in texts(render(make_body(order=make_body().order.model_copy(update={
        "patient": make_body().order.patient.model_copy(update={"name": name})})), real_trace()))[0]  # fmt: skip


def test_an_accession_number_that_no_barcode_can_hold_is_still_written():
    order = make_body().order.model_copy(update={"accession_number": "检2026-7"})
    assert "检2026-7" in texts(render(make_body(order=order), real_trace()))[0]


def test_traces_by_hash():
    trace = real_trace()
    assert render(make_body(), {"t1": trace, "t2": trace_of(np.zeros(9))}) == render(make_body(), trace)
    with pytest.raises(TraceMissing):
        render(make_body(), {"t2": trace})


def test_a_strange_template_must_be_handed_over():
    with pytest.raises(UnknownTemplate):
        render(make_body(template="theirs"), real_trace())
    assert render(make_body(template="theirs"), real_trace(), template=load())


def test_the_doctors_conclusion_is_on_the_first_page_whatever_else_was_found():
    many = tuple(Finding(code=f"f{n}", text_zh=f"第{n}条提示", text_en="") for n in range(90))
    first, *_ = texts(render(make_report(signed=True, findings=many, conclusion="窦性心律。"), real_trace()))
    assert "窦性心律。" in first


def test_pages_can_be_drawn_side_by_side():
    bodies = [make_body(conclusion=f"第{number}份") for number in range(8)]
    alone = [render(body, real_trace()) for body in bodies]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda body: render(body, real_trace()), bodies)) == alone
