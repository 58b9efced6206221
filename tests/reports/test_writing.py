"""What a report says: header fields, numbers, findings, templates, and the draft's body."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from tests.reports.sample import FINDINGS, MEASUREMENTS, make_body, make_order
from tests.reports.synthetic import Heart, P, Q, R, S, T, simulate
from yiji.core.contract.measure import Finding, Measurement, Severity
from yiji.core.contract.recording import RecordingAnalysed
from yiji.core.signal import Recording
from yiji.devices import analyse
from yiji.reports import compose, load
from yiji.reports.errors import BadTemplate, NoOrder
from yiji.reports.page.wrap import wrap
from yiji.reports.writing.fields import age, label, moment, value
from yiji.reports.writing.findings import ordered, statement
from yiji.reports.writing.measures import method_words
from yiji.reports.writing.numbers import lines


@pytest.mark.parametrize(("born", "on", "told"), [
    (date(1961, 3, 8), date(2026, 3, 7), "64岁"),
    (date(1961, 3, 8), date(2026, 3, 8), "65岁"),
    (date(2024, 3, 8), date(2026, 3, 7), "23月"),
    (date(2024, 3, 8), date(2026, 3, 8), "2岁"),
    (date(2026, 2, 28), date(2026, 3, 27), "27天"),
    (date(2026, 3, 8), date(2026, 3, 8), "0天"),
    (date(2026, 3, 9), date(2026, 3, 8), ""),
    (None, date(2026, 3, 8), ""),
])  # fmt: skip
def test_age(born, on, told):
    assert age(born, on, "zh") == told


def test_times_are_told_on_the_hospitals_clock():
    assert moment(datetime(2026, 11, 20, 17, 0, tzinfo=UTC), "Asia/Shanghai") == "2026-11-21 01:00:00"
    assert moment(datetime(2026, 11, 20, 17, 0), "Asia/Shanghai") == "2026-11-20 17:00:00"  # a device's wall clock


def test_the_number_of_the_visit_is_named_by_its_class():
    for visit, told in (("O", "门诊号"), ("I", "住院号"), ("E", "急诊号"), ("", "门诊/住院号"), ("X", "门诊/住院号")):
        assert label("visit", make_body(order=make_order(visit_class=visit)), "zh") == told


def test_age_is_that_of_the_day_of_recording():
    body = make_body(order=make_order(birth_date=date(2000, 11, 20)))
    assert value("age", body, "zh", "Asia/Shanghai") == "26岁"
    assert value("age", body, "zh", "America/New_York") == "25岁"  # still the 19th there


def test_numbers():
    told = {one.label: (one.value, one.unit) for one in lines(load().measures, MEASUREMENTS, "zh")}
    assert told["心率"] == ("61", "次/分")
    assert told["QT/QTc (Bazett)"] == ("368/371", "ms")
    assert told["RV5+SV1"] == ("2.15", "mV")


@pytest.mark.parametrize(("method", "zh"), [
    ("13 normal intervals", "13 个正常间期"),
    ("neurokit2, first 600 normal intervals", "neurokit2，前 600 个正常间期"),
    ("median beat, net areas of I and aVF, minute at 43200 s", "中位心搏，I 与 aVF 净面积，第 43200 s 起 1 min"),
    ("whole recording, bins of 7.8125 ms", "全程，组距 7.8125 ms"),
    ("Bazett", "Bazett"),
    ("", ""),
])  # fmt: skip
def test_how_a_value_was_had(method: str, zh: str):
    one = Measurement(code="sdnn", value=1, unit="ms", method=method)
    assert (method_words(one, "zh"), method_words(one, "en")) == (zh, method)


@pytest.mark.parametrize(("seconds", "times"), [(12, 1), (65, 2), (65, 10)])
def test_how_a_value_was_had_is_told_in_chinese_wherever_words_are(seconds: int, times: int):
    trace, _ = simulate(Heart((P, Q, R, S, T)), seconds=seconds, seed=5)
    long = replace(trace, samples=np.tile(trace.samples, times))
    found = analyse(Recording.of("ecg", long, "simulated")).measurements
    assert "sdnn" in {one.code for one in found}
    told = {method_words(one, "zh") for one in found}
    assert not [words for words in told if re.search(r"\b(of|at|mean|beat|beats|intervals|recording)\b", words)]


def test_what_was_not_measured_is_a_dash_and_never_a_zero():
    some = (
        Measurement(code="qt", value=400, unit="ms"),
        Measurement(code="rv5", value=1.0, unit="mV"),
        Measurement(code="pr", value=None, unit="ms"),
        Measurement(code="p_axis", value=-0.2, unit="deg"),
    )
    told = {one.label: one.value for one in lines(load().measures, some, "en")}
    assert told["QT/QTc"] == "400/—"
    assert told["PR interval"] == "—"
    assert told["RV5+SV1"] == "—"
    assert told["P/QRS/T axes"] == "0/—/—"


def test_findings_are_gravest_first_and_once():
    grave = Finding(code="stemi", text_zh="急性心肌梗死", text_en="STEMI", severity=Severity.CRITICAL)
    assert [one.code for one in ordered((*FINDINGS, grave, FINDINGS[0]))] == ["stemi", "low_voltage", "sinus_rhythm"]
    assert statement(FINDINGS[1], "zh") == "肢体导联低电压（QRS ≤ 0.5 mV）"
    assert statement(grave, "en") == "STEMI"


def analysed(**changes):
    known = {"recording_id": "rec-1", "kind": "ecg", "trace": "t1", "device": "ELI 250c", "started_at": None,
             "order": make_order(), "algorithm": "yiji", "measurements": MEASUREMENTS, "findings": FINDINGS,
             "beats": (0.5, 1.5), "measured_by_device": ()}  # fmt: skip
    return RecordingAnalysed(**(known | changes))


def test_a_draft_fills_itself_in_and_leaves_the_conclusion_to_the_doctor():
    body = compose(analysed(), "ecg-12")
    assert (body.order, body.trace, body.template) == (make_order(), "t1", "ecg-12")
    assert (body.measurements, body.beats) == (MEASUREMENTS, (0.5, 1.5))
    assert [one.code for one in body.findings] == ["low_voltage", "sinus_rhythm"]
    assert body.conclusion == ""


def test_a_recording_without_an_order_is_no_report():
    with pytest.raises(NoOrder):
        compose(analysed(order=None), "ecg-12")


@pytest.mark.parametrize(("text", "detail"), [
    ("name = ", "value"),
    ('name = "x"\nkind = "ecg"', "title"),
    ('name = "x"\nkind = "ecg"\ntitle = {zh = "a", en = "b"}\nmeasures = []\nheader = [[{field = "shoe"}]]\n'
     '[layout]\nrows = [["I"]]', "header.0.0.field"),
])  # fmt: skip
def test_a_bad_template_says_what_is_wrong(text, detail, tmp_path, monkeypatch):
    package = f"theirs_{detail.replace('.', '_')}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    (tmp_path / package / "bad.toml").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadTemplate) as told:
        load(f"{package}:bad.toml")
    assert detail.lower() in told.value.params["detail"].lower()


@pytest.mark.parametrize("source", ["their.nowhere:a.toml", "yiji.reports.writing.templates:absent.toml", "nonsense"])
def test_an_absent_template_is_told(source):
    with pytest.raises(BadTemplate):
        load(source)


def test_lines_break_between_chinese_characters_and_english_words():
    assert wrap("窦性心律，正常。", 4, len) == ["窦性心律，", "正常。"]
    assert wrap("left axis deviation", 9, len) == ["left axis", "deviation"]
    assert wrap("QRS电轴左偏 −45", 6, len) == ["QRS电轴左", "偏 −45"]
    assert wrap("abcdefgh", 3, len) == ["abc", "def", "gh"]
    assert wrap("", 3, len) == [""]
