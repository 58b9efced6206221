"""The guide sheet on paper, looked at with other hands: PDFium rasterises and reads it, ZXing decodes its bars."""

import doctest
import hashlib
import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest
import zxingcpp

from tests.reports.guides import EIGHT, make_guide
from tests.reports.looking import raster, span, texts
from yiji.core.app import App
from yiji.core.contract.queue import RenderGuide
from yiji.core.errors import InvalidMessage, NotPermitted
from yiji.reports.errors import GuideTooLong, MissingGlyph
from yiji.reports.page import guide
from yiji.reports.page.guide import render_guide
from yiji.reports.writing import guide as words


def flat(text: str) -> str:
    return "".join(text.split())


def decoded(pdf: bytes) -> list[str]:
    """Return what a scanner reads on all pages, page by page from top to bottom."""
    found: list[str] = []
    for page in range(len(texts(pdf))):
        pixels = raster(pdf, page).astype(np.uint8)
        codes = [one for one in zxingcpp.read_barcodes(pixels) if one.format == zxingcpp.BarcodeFormat.Code128]
        found += [code.text for code in sorted(codes, key=lambda code: code.position.top_left.y)]
    return found


def test_a_sheet_says_when_where_and_how_to_prepare_in_chinese():
    (page,) = texts(render_guide(make_guide(3)).pdf)
    for said in (
        "示例市第一人民医院", "检查导引单", "王喆堃", "女", "65岁", "2026年11月23日 星期一", "08:00", "– 08:15",
        "腹部彩超（肝胆胰脾双肾）", "超声医学科 超声3室", "门诊楼二层东侧，出2号电梯右转", "空腹 8 小时以上",
        "共 3 项检查，分 1 天", "打印时间 2026-11-22 17:00", "26112300000000", "1 / 1",
    ):  # fmt: skip
        assert flat(said) in flat(page), said
    assert "Ultrasound" not in page


def test_a_sheet_in_english_and_in_both():
    (english,) = texts(render_guide(make_guide(3), lang="en").pdf)
    for said in ("Examination Guide", "Monday, 23 November 2026", "Abdominal ultrasound", "Ultrasound, Room 3", "65 y"):
        assert said in english, said
    assert "检查导引单" not in english
    (both,) = texts(render_guide(make_guide(3), lang="both").pdf)
    for said in ("检查导引单", "Examination Guide", "星期一", "Monday", "空腹", "fasting", "65岁 / 65 y"):
        assert said in both, said


def test_what_has_no_english_is_told_in_chinese():
    sheet = make_guide(1)
    bare = sheet.steps[0].model_copy(update={"exam_name_en": "", "preparation_en": "", "place_en": ""})
    (page,) = texts(render_guide(sheet.model_copy(update={"steps": (bare,)}), lang="en").pdf)
    assert "腹部彩超" in page
    assert "空腹" in page


def test_a_held_place_says_until_when():
    (page,) = texts(render_guide(make_guide(3)).pdf)
    assert flat("尚未确认：请于 2026-11-22 18:00 前确认或缴费") in flat(page)
    assert "尚未确认" not in texts(render_guide(make_guide(1)).pdf)[0]


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
@pytest.mark.parametrize("steps", [1, 3, 9])
def test_every_barcode_is_read_back_in_the_order_of_the_day(lang: str, steps: int):
    sheet = make_guide(steps)
    page = render_guide(sheet, lang=lang)
    assert page.pages == len(texts(page.pdf))
    assert decoded(page.pdf) == [step.accession_number for step in sheet.steps]


@pytest.mark.parametrize("number", ["A", "US-2611/0001.A", "ABCDEFGHIJKLMNOP", "~ !#%", "1234567890123456", "12345"])
def test_a_barcode_holds_what_an_accession_number_may_hold(number: str):
    sheet = make_guide(1)
    step = sheet.steps[0].model_copy(update={"accession_number": number})
    assert decoded(render_guide(sheet.model_copy(update={"steps": (step,)})).pdf) == [number]


def test_a_number_that_no_barcode_holds_is_still_written():
    sheet = make_guide(1)
    step = sheet.steps[0].model_copy(update={"accession_number": "检-007"})
    pdf = render_guide(sheet.model_copy(update={"steps": (step,)})).pdf
    assert "检-007" in texts(pdf)[0]
    assert decoded(pdf) == []


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_steps_come_in_the_order_of_time_and_none_is_split(lang: str):
    """Whatever order they are told in; each number, its bars and its whole preparation stand on one page."""
    sheet = make_guide(12)
    backwards = sheet.model_copy(update={"steps": sheet.steps[::-1]})
    page = render_guide(backwards, lang=lang)
    pages = [flat(text) for text in texts(page.pdf)]
    last = flat("bring a companion." if lang == "en" else "请由家属陪同。")  # of every third step
    homes = [next(n for n, text in enumerate(pages) if step.accession_number in text) for step in sheet.steps]
    assert homes == sorted(homes)
    assert len(set(homes)) == page.pages
    for n, text in enumerate(pages):
        ct = sum(homes[step] == n for step in range(2, 12, 3))
        assert text.count(last) == ct, n
        assert f"{n + 1}/{page.pages}" in text
        assert sheet.patient_name in text


def test_nothing_leaves_the_page():
    long = "请于检查前一日联系病房护士站完成肠道准备。" * 12
    sheet = make_guide(4, patient_name="买买提·阿布都热合曼江·吐尔逊娜依·阿依古丽", hospital="示例" * 12 + "医院")
    steps = tuple(step.model_copy(update={"preparation": long, "exam_name": long[:60]}) for step in sheet.steps)
    page = render_guide(sheet.model_copy(update={"steps": steps}), lang="both")
    for number in range(page.pages):
        inked = raster(page.pdf, number).max(2) < 250
        (left, right), (top, bottom) = span(inked, 1), span(inked, 0)
        assert (left > 100, right < 1990) == (True, True)
        assert (top > 80, bottom < 2900) == (True, True)


def test_a_step_that_fills_more_than_a_page_is_refused_and_a_long_one_is_set_smaller():
    sheet = make_guide(1)
    step = sheet.steps[0]
    long = step.model_copy(update={"preparation": "禁食。" * 700, "preparation_en": ""})
    assert render_guide(sheet.model_copy(update={"steps": (long,)})).pages == 1
    endless = step.model_copy(update={"preparation": "禁食。" * 3000})
    with pytest.raises(GuideTooLong) as told:
        render_guide(sheet.model_copy(update={"steps": (endless,)}))
    assert told.value.params["accession"] == step.accession_number


def test_no_step_is_said():
    page = render_guide(make_guide(0), lang="both")
    assert page.pages == 1
    assert flat("没有待做的检查。") in flat(texts(page.pdf)[0])
    assert "No examinations to come." in texts(page.pdf)[0]


def test_a_missing_glyph_is_an_error():
    with pytest.raises(MissingGlyph):
        render_guide(make_guide(1, patient_name="𠮷野"))


def test_the_hospitals_clock_is_the_sheets():
    sheet = make_guide(1, zone="Asia/Urumqi")
    assert "06:00" in texts(render_guide(sheet).pdf)[0]


def test_the_same_sheet_gives_the_same_bytes_in_another_process():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.reports.guides import make_guide\n"
        "from yiji.reports.page.guide import render_guide\n"
        "import hashlib; print(hashlib.sha256(render_guide(make_guide(3)).pdf).hexdigest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert hashlib.sha256(render_guide(make_guide(3)).pdf).hexdigest() == elsewhere


def test_ages_and_sexes_are_words():
    for age, zh, en in (("65", "65岁", "65 y"), ("8m", "8月", "8 mo"), ("12d", "12天", "12 d"), ("", "", "")):
        sheet = make_guide(0, patient_sex="male", patient_age=age)
        assert words.patient_words(sheet, "zh").split() == ["男", *zh.split()]
        assert words.patient_words(sheet, "en") == "   ".join(part for part in ("M", en) if part)


def test_by_the_bus(app: App):
    bus = app.bus_as(app.token_for("desk", "dispatcher"))
    page = bus.ask(RenderGuide(sheet=make_guide(3), lang="both"))
    assert (page.pages, page.pdf[:5]) == (1, b"%PDF-")
    sheet = make_guide(1)
    many = sheet.model_copy(update={"steps": sheet.steps * 101})
    bad_zone = make_guide(1, zone="../etc")
    for wish in (RenderGuide(sheet=sheet, lang="fr"), RenderGuide(sheet=many), RenderGuide(sheet=bad_zone)):
        with pytest.raises(InvalidMessage):
            bus.ask(wish)
    with pytest.raises(NotPermitted):
        app.bus_as(app.token_for("cart", "device")).ask(RenderGuide(sheet=sheet))


def test_the_examples_are_true():
    for module in (guide, words):
        failed, tried = doctest.testmod(module)
        assert tried
        assert not failed


def test_a_day_begins_at_the_hospitals_midnight():
    """Two steps on either side of midnight in Shanghai are two days, though one day in UTC."""
    sheet = make_guide(2)
    first = sheet.steps[0].model_copy(update={"starts_at": EIGHT - timedelta(hours=8, minutes=10)})
    (page,) = texts(render_guide(sheet.model_copy(update={"steps": (first, sheet.steps[1])})).pdf)
    assert flat("2026年11月22日 星期日") in flat(page)
    assert flat("2026年11月23日 星期一") in flat(page)
    assert "分2天" in flat(page)
