"""Outlines that are embedded as HarfBuzz cut them look as those that fontTools would cut once more."""

import numpy as np
import pytest

from tests.reports.looking import raster, texts
from tests.reports.sample import make_body, make_order, real_trace
from yiji.reports import render


@pytest.mark.parametrize("name", ["王喆堃", "Zoë Żółć", "欧阳 Иванов"])
def test_a_page_looks_the_same_however_its_fonts_are_cut(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = make_body(order=make_order(name))
    as_cut = render(body, real_trace())
    monkeypatch.setattr("yiji.reports.page.embed._OUTLINES", "none")
    again = render(body, real_trace())
    assert as_cut != again
    assert texts(as_cut) == texts(again)
    assert all(np.array_equal(raster(as_cut, page), raster(again, page)) for page in range(len(texts(again))))
