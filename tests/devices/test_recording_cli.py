"""`yiji recording convert` and `plot`, and `yiji analyse --json`, as a user types them; the plots' scale."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench._ecg_made import RR, made
from PIL import Image

from tests.bench._ecg_holter_signal import day
from tests.devices.test_commands import told, yiji
from yiji.core.errors import YijiError
from yiji.core.signal import STANDARD
from yiji.devices.plot.braille import braille
from yiji.devices.plot.png import png
from yiji.devices.plot.sheet import LEFT, sheet
from yiji.devices.plot.stretch import stretch
from yiji.devices.plot.svg import svg
from yiji.devices.recording import read, write_wfdb


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A WFDB record of twelve leads and twelve seconds, named without its extension."""
    return write_wfdb(made(samples=6000), tmp_path, "rec").with_suffix("")


def test_a_record_is_converted_by_its_name(record: Path):
    done = told("recording", "convert", str(record), str(record.with_suffix(".edf")))
    assert (done["format"], done["lost"]) == ("edf", [])
    assert np.array_equal(read(record.with_suffix(".edf")).counts, read(record).counts)
    status, out, errors = yiji("recording", "convert", str(record), str(record.with_suffix(".edf")), lang="zh")
    assert status == 4
    assert "已存在" in out + errors
    packed = told("recording", "convert", str(record), str(record.with_name("small.hea")), "--to", "wfdb-flac")
    assert packed["bytes"] < 0.5 * read(record).counts.nbytes


def test_what_a_format_cannot_keep_is_told(record: Path):
    header = record.with_suffix(".hea")
    header.write_text(header.read_text() + "# 心电图：窦性心律\n", "utf-8")
    status, out, _ = yiji("recording", "info", str(record), lang="zh")
    assert status == 0
    assert "窦性心律" in out


def test_the_terminal_shows_the_leads(record: Path):
    status, out, errors = yiji("recording", "plot", str(record), "--lead", "II", "--lead", "v5", "--seconds", "3")
    assert (status, errors) == (0, "")
    assert re.search(r"^II  ", out, re.MULTILINE)
    assert re.search(r"^V5  ", out, re.MULTILINE)
    assert sum("⠀" <= letter <= "⣿" for letter in out) > 200


def test_pictures_are_written(record: Path):
    for suffix, mark in ((".svg", b"<svg"), (".png", b"\x89PNG")):
        told("recording", "plot", str(record), "--out", str(record.with_suffix(suffix)))
        assert record.with_suffix(suffix).read_bytes().startswith(mark)
    status, out, errors = yiji("recording", "plot", str(record), "--out", "a.gif", "--json")
    assert status == 2
    assert "devices.unknown_target" in out + errors


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--lead", "V9"), "devices.no_such_lead"), (("--from", "99"), "devices.no_such_time")],
)
def test_what_is_not_there_cannot_be_plotted(record: Path, words: tuple[str, ...], code: str):
    status, out, errors = yiji("recording", "plot", str(record), *words, "--json")
    assert status != 0
    assert code in out + errors


def test_analyse_prints_what_it_promises(record: Path):
    found = told("analyse", str(record), "--beats", "--waves")
    assert (found["fs"], found["leads"]) == (500, list(STANDARD))
    assert set(found["global"]) == {
        *("hr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges", "axes")
    }
    assert abs(found["global"]["hr"] - 75) <= 1
    assert set(found["global"]["axes"]) == {"p", "qrs", "t"}
    assert {"code", "text_zh", "text_en", "reason", "severity"} <= set(found["findings"][0])
    samples = [one["sample"] for one in found["beats"]]
    assert np.abs(np.diff(samples) - RR).max() <= 3
    assert {one["label"] for one in found["beats"]} <= set("NSVFQ")
    assert set(found["waves"]) == set(STANDARD)
    rows = found["waves"]["II"]
    assert all(
        set(row) == {f"{wave}_{at}" for wave in "pt" for at in ("on", "peak", "off")} | {"qrs_on", "r_peak", "qrs_off"}
        for row in rows
    )
    assert all(value is None or 0 <= value < 6000 for row in rows for value in row.values())


def test_beats_and_waves_only_come_when_they_are_asked_for(record: Path):
    assert {"beats", "waves"} & set(told("analyse", str(record))) == set()


def test_analyse_tells_all_of_variability_when_asked(tmp_path: Path):
    write_wfdb(day(150.0, 250, 2, seed=3)[0], tmp_path, "short")
    usual, full = (
        {one["code"]: one for one in told("analyse", str(tmp_path / "short.hea"), *more)["measurements"]}
        for more in ((), ("--hrv",))
    )
    assert usual["sdnn"]["value"] > 0
    assert "neurokit2" not in usual["sdnn"]["method"]
    assert "neurokit2" in full["sdnn"]["method"]
    assert full["sdnn"]["value"] == pytest.approx(usual["sdnn"]["value"], rel=0.02)
    assert {"approximate_entropy", "csi"} <= full.keys() - usual.keys()


# --- The scale ---


def pulse_train() -> Any:
    """A recording of one lead: 1 mV for half of each second."""
    table = np.tile(np.repeat([0, 200], 250), 10).astype(np.int16)[:, None]
    return stretch(
        made(samples=5000, leads=1).__class__(
            "ecg", ("II",), 500.0, table, "made", scale=np.full(1, 0.005), offset=np.zeros(1)
        )
    )


def test_an_svg_is_to_scale():
    document = svg(sheet(pulse_train()), "a & b")
    assert "a &amp; b" in document
    width = float(re.search(r'width="([\d.]+)mm"', document)[1])  # type: ignore[index]
    assert f'viewBox="0 0 {width:.2f} ' in document
    points = [tuple(map(float, one.split(","))) for one in re.findall(r'points="([^"]*)"', document)[1].split()]
    x, y = np.array(points).T
    assert abs((x[500] - x[0]) - 25.0) < 0.01
    assert abs((y.max() - y.min()) - 10.0) < 0.01
    assert x[0] == LEFT


def test_a_png_is_to_scale():
    image = Image.open(BytesIO(png(sheet(pulse_train()), "a")))
    dots = np.array(image.convert("L")) < 60
    assert round(image.info["dpi"][0]) == 254
    columns = np.flatnonzero(dots[:, int(LEFT * 10) + 2 :].sum(axis=0) > 80)  # the upright edges
    edges = columns[np.diff(columns, prepend=-10) > 1]
    assert np.abs(np.diff(edges) - 125).max() <= 2


def test_a_gap_is_not_drawn_through():
    part = pulse_train()
    table = part.counts.astype(np.float64)
    table[1000:1500] = np.nan
    holed = sheet(part.__class__("ecg", part.leads, part.fs, table, "made", scale=part.scale, offset=part.offset))
    assert [len(line) for line in holed.rows[0].lines] == [1000, 3500]


def test_flat_and_empty_leads_are_drawn():
    part = pulse_train()
    for value in (0.0, np.nan, 400.0):
        table = np.full(part.counts.shape, value)
        odd = part.__class__("ecg", part.leads, part.fs, table, "made", scale=part.scale, offset=part.offset)
        assert svg(sheet(odd), "").endswith("</svg>\n")
        assert png(sheet(odd), "导联")[:4] == b"\x89PNG"
        assert len(braille(odd, 40).splitlines()) == 7


def test_a_stretch_is_the_samples_that_are_asked_for():
    whole = made(samples=6000)
    part = stretch(whole, ["v1", "II"], 2.0, 1.5)
    assert part.leads == ("V1", "II")
    assert np.array_equal(part.signal, whole.signal[1000:1750][:, [6, 1]])
    assert stretch(whole, (), 11.0, 5.0).samples == 500
    with pytest.raises(YijiError):
        stretch(whole, (), -1.0, 1.0)
