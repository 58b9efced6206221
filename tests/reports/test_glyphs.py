"""Every character is written, or it is an error that names it; the PDF's text is what was written."""

import numpy as np
import pytest
from pylopdf_fonts_zh_cn import sans_path

from tests.reports.looking import texts
from tests.reports.sample import make_body, make_order, trace_of
from yiji.reports import render
from yiji.reports.errors import BadFont, MissingGlyph
from yiji.reports.page.fonts import Face, Fonts

FLAT = trace_of(np.zeros(5000))


def page_of(name: str, **options):
    return render(make_body(order=make_order(name)), FLAT, **options)


@pytest.mark.parametrize(
    "name", ["张喆", "李堃", "王玥", "朱镕", "周昇", "䶮𬭎", "Ōé Żółć", "Nguyễn Thị", "Иванов", "欧阳·买买提"]
)
def test_rare_names_are_written(name: str):
    assert name in texts(page_of(name))[0]


def test_a_missing_glyph_is_an_error_that_names_the_character():
    with pytest.raises(MissingGlyph) as told:
        page_of("𠮷野")
    assert told.value.params == {"characters": "𠮷 (U+20BB7)", "text": "𠮷野"}


def test_it_is_an_error_in_any_text_of_the_page():
    for changes in ({"conclusion": "见附页\U0001f600"}, {"device": "\U0001f600"}):
        with pytest.raises(MissingGlyph):
            render(make_body(**changes), FLAT)
    with pytest.raises(MissingGlyph):
        render(make_body(), FLAT, hospital="\U0001f600")


def test_invisible_marks_and_controls_are_left_out():
    assert "张喆 x" in texts(page_of("\u200b张\ufe00喆\t\x00x\ufeff"))[0]


def test_decomposed_letters_are_composed_where_the_font_needs_it():
    assert "Zażółć" in texts(page_of("Zaz\u0307o\u0301łc\u0301"))[0]


def test_a_font_of_the_sites_own_writes_what_ours_lacks(tmp_path, monkeypatch):
    """Our font without 喆 stands for a font that lacks a name; the full one for the font that a hospital adds."""
    lacking = tmp_path / "lacking.otf"
    lacking.write_bytes(Face(str(sans_path())).subset(chr(one) for one in range(0x20, 0x9FFF) if chr(one) != "喆"))
    monkeypatch.setattr("yiji.reports.page.fonts.own_fonts", lambda: (str(lacking),))
    with pytest.raises(MissingGlyph):
        page_of("张喆明")
    pdf = page_of("张喆明", fonts=[str(sans_path())])
    assert "张喆明" in texts(pdf)[0]


def test_a_bad_font_file_is_told(tmp_path):
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"not a font")
    for path in (broken, tmp_path / "absent.otf"):
        with pytest.raises(BadFont) as told:
            Fonts([str(path)])
        assert told.value.params["path"] == str(path)


def test_the_font_covers_the_national_sets():
    """GB 2312 whole, and the Chinese characters of GBK, by Python's own codecs."""
    known = Fonts().faces[0].characters
    gbk = {bytes([high, low]).decode("gbk", "ignore") for high in range(0x81, 0xFF) for low in range(0x40, 0xFF)}
    hanzi = {one for one in gbk if len(one) == 1 and "\u4e00" <= one <= "\u9fff"}
    assert len(hanzi) > 20_900
    assert not {one for one in hanzi if ord(one) not in known}


def test_what_is_embedded_is_a_subset():
    assert len(Face(str(sans_path())).subset("张喆")) < 5_000 < 5_000_000 < sans_path().stat().st_size
