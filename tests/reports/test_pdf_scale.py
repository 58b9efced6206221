"""The scale as it is written in the PDF: the paths of pulses and of known spikes, for every layout, speed and gain."""

import re
import zlib

import numpy as np
import pytest

from tests.reports.holters import make_summary
from tests.reports.sample import LEADS, make_body, make_order, trace_of
from yiji.core.contract.holter import HolterSummary
from yiji.reports import load, render
from yiji.reports.writing.inherit import OURS, ours

POINT = 25.4 / 72
RESTING = [name for name in OURS if not name.startswith("holter")]


def contents(pdf: bytes) -> list[str]:
    """Return what is drawn on each page: the content streams, read by their own structure and not by fpdf2."""
    packed = [zlib.decompressobj().decompress(one) for one in _streams(pdf)]
    return [one.decode("latin-1") for one in packed if b" re f\n" in one or b" Tj ET Q" in one]


def _streams(pdf: bytes):
    for found in re.finditer(rb"/Filter /FlateDecode[^>]*>>\s*stream\r?\n", pdf):
        yield pdf[found.end() : pdf.index(b"endstream", found.end())]


def polylines(content: str) -> list[np.ndarray]:
    """Return every path of a page that begins with m and goes on with l, in mm."""
    found = re.findall(r"((?:^|\n)[-\d.]+ [-\d.]+ m\n(?:[-\d.]+ [-\d.]+ l\n)+)", content)
    return [np.array(re.findall(r"([-\d.]+) ([-\d.]+) [ml]", one), float) * POINT for one in found]


def template(name: str, **layout: float):
    known = load(ours(name))
    return known.model_copy(update={"layout": known.layout.model_copy(update=layout)})


@pytest.mark.parametrize("name", RESTING)
@pytest.mark.parametrize("speed", [25.0, 50.0])
@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_pulses_and_spikes_stand_where_a_ruler_would_have_them(name: str, speed: float, gain: float):
    """Spikes of 0.5 mV once a second: `speed` mm apart and half of `gain` high; the pulse 1 mV high, 200 ms long."""
    wave = np.zeros(5000)
    wave[250::500] = 0.5
    page = contents(render(make_body(), trace_of(wave), template=template(name, speed=speed, gain=gain)))[0]
    drawn = polylines(page)
    pulses = [one for one in drawn if len(one) == 6 and np.ptp(one[:, 1]) > 1]
    assert pulses
    for one in pulses:
        assert np.ptp(one[:, 1]) == pytest.approx(gain, abs=0.02)
        assert one[3, 0] - one[2, 0] == pytest.approx(0.2 * speed, abs=0.02)
    strips = [one for one in drawn if len(one) > 6]
    assert len(strips) >= 12
    for one in strips:
        base = np.median(one[:, 1])
        tops = one[one[:, 1] > base + gain * 0.45]
        assert tops[:, 1] - base == pytest.approx(0.5 * gain, abs=0.02)
        assert np.diff(tops[:, 0]) == pytest.approx(speed, abs=0.02)


def holter_drawn(summary: HolterSummary, *parts: str):
    """Return the pulses, each 10 mm by 5 mm, and the rows of these parts of a Holter report."""
    known = load(ours("holter"))
    chosen = known.model_copy(update={"holter": known.holter.model_copy(update={"pages": parts})})
    pages = contents(render(make_body(template="holter", holter=summary), {}, template=chosen))
    drawn = [one for page in pages for one in polylines(page)]
    pulses = [one for one in drawn if len(one) == 6 and np.ptp(one[:, 0]) == pytest.approx(10, abs=0.02)]
    assert all(np.ptp(one[:, 1]) == pytest.approx(10, abs=0.02) for one in pulses)
    return pulses, [one for one in drawn if np.ptp(one[:, 0]) > 245 and one[0, 0] == pytest.approx(28.5, abs=0.02)]


def test_strips_of_shapes_and_hours_are_to_scale():
    summary = make_summary(hours=3, events=0)
    pulses, rows = holter_drawn(summary, "templates", "hour_strips")
    strips = [one.strip for one in summary.templates if one.strip is not None] + list(summary.hour_strips)
    assert len(pulses) == len(rows) == len(strips) == 5
    for row, strip in zip(rows, strips, strict=True):
        x = 28.5 + (np.array(strip.beats[1:6]) - strip.first) * 25
        tops = [min(row[np.abs(row[:, 0] - at) < 1.5], key=lambda point: point[1])[0] for at in x]
        if "V" not in strip.classes:
            assert np.diff(tops) == pytest.approx(np.diff(x), abs=0.25)


def test_strips_of_a_holter_report_are_to_scale():
    """Their pulses are 10 mm by 5 mm, and the events' first leads are as far from peak to peak as their beats say."""
    summary = make_summary(hours=2, events=3)
    pulses, strips = holter_drawn(summary, "strips")
    assert len(pulses) == 9
    assert len(strips) == 9
    for number, event in enumerate(summary.events):
        assert event.strip is not None
        second = strips[3 * number + 1]  # V5: R is its highest
        for before, after in zip(event.strip.beats[1:4], event.strip.beats[2:5], strict=True):
            left = second[0, 0]
            tops = []
            for at in (before, after):
                x = left + (at - event.strip.first) * 25
                near = second[np.abs(second[:, 0] - x) < 1.5]
                tops.append(near[np.argmax(np.abs(near[:, 1] - np.median(second[:, 1])))][0])
            if "V" not in event.strip.classes:
                assert tops[1] - tops[0] == pytest.approx((after - before) * 25, abs=0.25)  # a sample is 0.1 mm


def test_what_is_left_out_of_a_curve_is_less_than_a_pen_shows():
    """Every sample of a noisy wave is within 0.05 mm of the polyline that is drawn for it."""
    rate, dice = 500.0, np.random.default_rng(3)
    time = np.arange(5000) / rate
    wave = np.round(0.6 * np.sin(2 * np.pi * 1.3 * time) + 0.01 * dice.standard_normal(5000), 3)
    page = contents(render(make_body(), trace_of(wave, rate)))[0]
    rhythm = max((one for one in polylines(page)), key=lambda one: np.ptp(one[:, 0]))
    expected = (wave - np.median(wave)) * 10
    drawn = np.interp(rhythm[0, 0] + time * 25, rhythm[:, 0], rhythm[:, 1])
    offset = np.median(drawn - expected)
    assert np.abs(drawn - expected - offset).max() < 0.05


@pytest.mark.parametrize("leads", [("II",), ("I", "II", "V5"), LEADS])
@pytest.mark.parametrize("name", RESTING)
@pytest.mark.parametrize("wave", [
    np.zeros(5000), np.full(5000, np.nan), np.full(5000, 1e6), np.where(np.arange(5000) % 700 < 90, np.nan, 0.3),
    np.linspace(-5, 5, 20), np.zeros(1), np.full(300, np.inf),
])  # fmt: skip
def test_no_number_on_a_page_is_none(name: str, wave: np.ndarray, leads: tuple[str, ...]):
    order = make_order("欧阳昇")
    pdf = render(make_body(order=order), trace_of(wave, leads=leads), template=load(ours(name)))
    for page in contents(pdf):
        assert "nan" not in page.lower()
        assert "inf" not in page.lower()
