"""The page is to scale: measured on its pixels, ten to the millimetre, as a reader with a ruler would."""

import numpy as np
import pytest
import zxingcpp

from tests.reports.looking import PIXELS, black, raster, span
from tests.reports.sample import make_body, make_report, trace_of
from yiji.reports import load, render
from yiji.reports.page.frame import GRID, GRID_BOTTOM
from yiji.reports.page.paper import baselines

PEN = 3  # pixels: a pen of 0.25 mm
LEFT, RIGHT, TOP, BOTTOM = 185, 2785, 650, 1900  # the grid's edges in pixels
STRIP = LEFT + 100  # where traces begin, after the calibration pulse


def template(**layout: object):
    known = load()
    return known.model_copy(update={"layout": known.layout.model_copy(update=layout)})


def test_the_page_is_a4_landscape():
    assert raster(render(make_body(), trace_of(np.zeros(5000)))).shape[:2] == pytest.approx((2100, 2970), abs=1)


def redness(line) -> np.ndarray:
    """How much of green and blue the grid's lines take away."""
    return 255 - line[:, 1]


@pytest.mark.parametrize("axis", ["across", "down"])
def test_the_grid_has_a_line_each_millimetre_and_a_bold_one_each_five(axis: str):
    pixels = raster(render(make_report(signed=True), trace_of(np.zeros(5000), leads=("none",) * 12)))
    # Look along a line in the middle of a square, where no pulse and no letter is.
    line = pixels[1795, LEFT : RIGHT + 1] if axis == "across" else pixels[TOP : BOTTOM + 1, RIGHT - 5]
    ink = redness(line)
    at = np.arange(0, len(line), PIXELS)
    on_line = np.array([ink[max(0, x - 2) : x + 3].sum() for x in at])
    between = np.array([ink[x + 4 : x + 7].sum() for x in at[:-1]])
    assert between.max() == 0, "there is ink between the lines"
    assert on_line.min() > 0, "a millimetre has no line"
    bold = np.arange(len(at)) % 5 == 0
    assert on_line[bold][1:-1].min() > 1.5 * on_line[~bold].max(), "a fifth line is not bolder than the others"


@pytest.mark.parametrize("row", range(4))
def test_every_row_has_a_calibration_pulse_of_ten_by_five_millimetres(row: int):
    pixels = raster(render(make_body(), trace_of(np.zeros(5000))))
    height = (BOTTOM - TOP) // 4
    mask = black(pixels)[TOP + row * height : TOP + (row + 1) * height, LEFT : STRIP - 3]
    top, base = span(mask, 0)
    assert base - top == pytest.approx(10 * PIXELS + PEN / 2, abs=2)
    left, right = span(mask[top : top + PEN], 1)
    assert right - left == pytest.approx(5 * PIXELS + PEN / 2, abs=2)


def square_wave(high: float, rate: float = 500.0) -> np.ndarray:
    """One second at zero, one at `high` mV, and so on, for ten seconds."""
    return np.where(np.arange(int(10 * rate)) // rate % 2 == 1, high, 0.0)


def rhythm_strip(pdf: bytes) -> np.ndarray:
    mask = black(raster(pdf))[1560:BOTTOM, STRIP:RIGHT].copy()
    mask[:, :45] = False  # the lead's name
    return mask


def test_a_millivolt_is_ten_millimetres_and_a_second_twenty_five():
    mask = rhythm_strip(render(make_body(), trace_of(square_wave(1.0))))
    top, bottom = span(mask, 0)
    assert bottom - top == pytest.approx(10 * PIXELS + PEN / 2, abs=2)
    edges = np.flatnonzero(mask.sum(0) > 5 * PIXELS)
    assert len(edges) > 0
    starts = edges[np.diff(edges, prepend=-100) > 5]
    assert len(starts) == 9
    assert np.diff(starts) == pytest.approx(25 * PIXELS, abs=2)


def test_the_template_sets_speed_and_gain():
    mask = rhythm_strip(render(make_body(), trace_of(square_wave(1.0)), template=template(speed=50.0, gain=5.0)))
    top, bottom = span(mask, 0)
    assert bottom - top == pytest.approx(5 * PIXELS + PEN / 2, abs=2)
    edges = np.flatnonzero(mask.sum(0) > 3 * PIXELS)
    assert np.diff(edges[np.diff(edges, prepend=-100) > 5]) == pytest.approx(50 * PIXELS, abs=2)


@pytest.mark.parametrize("rate", [125.0, 500.0, 1000.0, 8000.0])
def test_a_peak_of_one_sample_is_not_lost(rate: float):
    wave = np.zeros(int(10 * rate))
    wave[int(5.3217 * rate)] = 1.5
    top, bottom = span(rhythm_strip(render(make_body(), trace_of(wave, rate))), 0)
    assert bottom - top == pytest.approx(15 * PIXELS + PEN / 2, abs=2)


def test_columns_show_the_same_time_as_the_rhythm_strip():
    """A pulse at 6 s stands at one place across the page: in V1 to V3 above, and in the rhythm strip below."""
    wave = np.zeros(5000)
    wave[3000:3005] = 1.0
    mask = black(raster(render(make_body(), trace_of(wave))))[TOP:BOTTOM]
    x = STRIP + 6 * 25 * PIXELS
    height = (BOTTOM - TOP) // 4
    for row in range(4):
        tall = mask[row * height : (row + 1) * height, STRIP + 300 : RIGHT].sum(0)
        assert np.argmax(tall) + STRIP + 300 == pytest.approx(x, abs=5)


@pytest.mark.parametrize("rows", [3, 6, 12])
def test_every_pulse_and_every_baseline_stays_on_the_paper(rows: int):
    layout = template(rows=(("I",),) * rows).layout
    lines = baselines(layout)
    assert len(lines) == rows + 1
    assert min(lines) - layout.gain > GRID
    assert max(lines) < GRID_BOTTOM
    assert np.ptp(np.diff(lines)) <= 1
    assert all(float(line).is_integer() for line in lines)


@pytest.mark.parametrize("number", ["EC2611200007", "26112000000001", "A-1/b 7", "1"])
def test_the_barcode_reads(number: str):
    """By another hand's reader, from pixels at 254 dpi."""
    order = make_body().order.model_copy(update={"accession_number": number})
    pixels = raster(render(make_body(order=order), trace_of(np.zeros(5000)))).astype(np.uint8)
    (code,) = zxingcpp.read_barcodes(pixels)
    assert (code.text, code.format) == (number, zxingcpp.BarcodeFormat.Code128)
