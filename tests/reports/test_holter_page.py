"""The Holter report: every part, any length, any number of leads, and summaries in which nearly nothing is known."""

import re
from datetime import datetime

import numpy as np
import pytest

from tests.reports.holters import LEADS, make_summary
from tests.reports.looking import texts
from tests.reports.sample import make_body
from yiji.core.contract.holter import HolterSpan, HolterSummary, RrHistogram
from yiji.core.contract.measure import Finding, Measurement
from yiji.core.signal import Trace
from yiji.reports import load, render
from yiji.reports.errors import TraceMissing
from yiji.reports.page.canvas import Canvas
from yiji.reports.page.content import Content, time_of
from yiji.reports.page.flow import Flow
from yiji.reports.page.fonts import Fonts
from yiji.reports.page.holter_strip import lay
from yiji.reports.page.paper import spaces
from yiji.reports.writing.holter import lasting, when
from yiji.reports.writing.inherit import ours

SUMMARY = make_summary(events=6)
BARE = HolterSummary(algorithm="a 1", seconds=0.0, analysed_seconds=0.0, leads=(), total=HolterSpan(first=0, seconds=0))


def body(summary: HolterSummary = SUMMARY, **more):
    known = {"template": "holter", "holter": summary, "measurements": (), "findings": summary.findings}
    return make_body(**(known | more))


def flow_of(said):
    trace = Trace((), 1.0, np.zeros((0, 0), "f4"))
    content = Content(said, trace, load(ours("holter")), "", "zh", "Asia/Shanghai", None, time_of(said))
    return Flow(Canvas(Fonts(())), content)


def test_every_part_is_there():
    pages = texts(render(body(), {}))
    flat = "".join("".join(pages).split())
    numbers = "103800|3.3 %|132.40|sdnn|44 /min|11-20 02:02:00|V5 -0.14 mV|simulated 1|yiji-holter 1"
    titles = "动态心电图报告|室性心律失常|逐小时统计|RR 间期直方图|ST V5|模板 1：V 类，612 搏|成对室早"
    titles += (
        "|逐小时 RR 间期|庞加莱图|NN 间期功率谱|SDNN 标准差|逐小时条图|该小时心率|该类每小时搏数|室性早搏（每小时搏数）"
    )
    for said in f"{numbers}|{titles}".split("|"):
        assert "".join(said.split()) in flat, said
    assert "（续）" not in pages[0]
    assert all("UNCONFIRMED" in page for page in pages)


def test_english():
    whole = "\n".join(texts(render(body(), {}, lang="en")))
    for said in ("Holter report", "Ventricular ectopy", "AF burden", "Hour by hour", "Histogram of RR", "VE pair"):
        assert said in whole, said
    assert "逐小时" not in whole


def test_a_holter_summary_chooses_its_template():
    assert "动态心电图报告" in texts(render(body(template="ecg-12"), {}))[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("summary", [
    BARE, BARE.model_copy(update={"rr": RrHistogram(counts=(0, 0)), "leads": ("II",), "seconds": 600.0}),
    make_summary(hours=1, events=1), make_summary(hours=48, events=2),
    SUMMARY.model_copy(update={"started_at": None, "hrv": tuple(
        Measurement(code=f"nk_{n}", value=None if n % 3 else float("nan"), unit="ms") for n in range(95))}),
    SUMMARY.model_copy(update={"findings": tuple(
        Finding(code=f"h{n}", text_zh=f"第{n}条" + "长" * 90, text_en=f"No {n}", rule="r 1") for n in range(70))}),
])  # fmt: skip
def test_whatever_is_known_is_drawn_and_nothing_is_none(summary: HolterSummary, lang: str):
    pages = texts(render(body(summary), {}, lang=lang))
    assert not any("nan" in page.lower() for page in pages)
    whole = "".join("".join(page.split()) for page in pages)
    for one in summary.findings:
        assert "".join((one.text_en if lang == "en" else one.text_zh).split()) in whole


@pytest.mark.parametrize("count", [1, 2, 12])
def test_strips_of_any_number_of_leads(count: int):
    strip = SUMMARY.events[0].strip
    assert strip is not None
    wave = np.frombuffer(strip.microvolts, "<i2").reshape(3, -1)[1]
    leads = tuple(f"L{number}" for number in range(count))
    other = strip.model_copy(update={"leads": leads, "microvolts": np.tile(wave, count).astype("<i2").tobytes()})
    event = SUMMARY.events[0].model_copy(update={"strip": other})
    whole = "\n".join(texts(render(body(SUMMARY.model_copy(update={"events": (event,)})), {})))
    assert ("仅绘 L0 L1 L2" in whole) == (count > 3)
    assert f"L{min(count, 3) - 1}" in whole


def test_an_event_without_a_strip_is_listed():
    events = tuple(
        one.model_copy(update={"strip": None, "text_zh": f"无图 {n}"}) for n, one in enumerate(SUMMARY.events)
    )
    whole = "\n".join(texts(render(body(SUMMARY.model_copy(update={"events": events})), {})))
    assert all(f"无图 {n}" in whole for n in range(len(events)))


def test_a_strip_is_as_high_as_its_waves_and_never_higher_than_its_share():
    calm, tall = (one.strip for one in SUMMARY.events if one.kind in ("min_rate", "ve_single"))
    assert calm is not None
    assert tall is not None
    flow = flow_of(body())
    wave = np.frombuffer(tall.microvolts, "<i2")
    huge = tall.model_copy(update={"microvolts": np.clip(4 * wave.astype(int), -32767, 32767).astype("<i2").tobytes()})
    heights = [lay(flow, one, one.first + 5).height for one in (calm, tall, huge)]
    assert heights[0] < heights[1] < heights[2] == 66
    laid = lay(flow, tall, tall.first + 5)
    assert laid.height >= spaces(laid.reach, laid.first).sum()


def test_an_eventful_day_has_twenty_pages_and_a_quiet_one_fewer():
    quiet = make_summary(events=2)
    assert len(texts(render(body(make_summary(events=32)), {}))) >= 20
    assert len(texts(render(body(quiet), {}))) < 20


def test_full_disclosure_draws_every_minute_of_the_lead():
    rate = 100.0
    wave = np.tile(np.sin(np.arange(int(rate * 60 * 95)) / 7).astype("f4"), (3, 1))
    wave[:, 5000:9000] = np.nan
    trace = Trace(LEADS, rate, wave)
    full = load(ours("holter-full"))
    pages = texts(render(body(template="holter-full"), {"t1": trace}, template=full))
    shown = [page for page in pages if "全程波形 V1" in page]
    assert len(shown) == 4
    assert "10:36" in shown[-1]
    with pytest.raises(TraceMissing):
        render(body(template="holter-full"), {}, template=full)


def test_no_sheet_of_shapes_is_nearly_empty():
    five = SUMMARY.templates
    for shapes in (five, (*five, five[-1]), five * 2, (*five * 2, five[0])):
        pages = texts(render(body(SUMMARY.model_copy(update={"templates": shapes})), {}))
        counts = [len(re.findall(r"模板 \d+：", page)) for page in pages if "心搏模板" in page]
        assert sum(counts) == len(shapes)
        assert len(counts) > 1
        assert min(counts) > 1, counts


def test_the_same_summary_gives_the_same_bytes():
    assert render(body(), {}) == render(body(make_summary(events=6)), {})


def test_clock():
    assert when(SUMMARY, 3725, "Asia/Shanghai") == "11-19 10:04:05"
    assert when(BARE, 90061, "Asia/Shanghai") == "+25:01:01"
    aware = BARE.model_copy(update={"started_at": datetime.fromisoformat("2026-11-19T20:00:00+00:00")})
    assert when(aware, 0, "Asia/Shanghai") == "11-20 04:00:00"
    assert [lasting(one) for one in (9, 61, 3600)] == ["9 s", "1 min 01 s", "1 h 00 min"]
