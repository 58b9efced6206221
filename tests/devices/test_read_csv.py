"""Reading CSV by a layout beside it or elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from yiji.core.errors import YijiError
from yiji.devices.recording import read, read_bytes
from yiji.devices.recording.formats import file_bytes

LAYOUT = 'fs = 500\nleads = ["I", "", "V1"]\nunit = "uV"\nscale = [5, 1, 5]\nskip = 1\n'


def csv_file(folder: Path, text: str, layout: str = LAYOUT, encoding: str = "utf-8") -> Path:
    (folder / "a.csv").write_text(text, encoding)
    (folder / "a.toml").write_text(layout, "utf-8")
    return folder / "a.csv"


def test_a_csv_with_a_layout_beside_it(tmp_path: Path):
    path = csv_file(tmp_path, "导联一,时间,胸一\n200,0,-100\n,1,40\n100,2,\n", encoding="gb18030")
    found = read(path)
    assert (found.leads, found.fs, found.source) == (("I", "V1"), 500, "csv")
    assert np.array_equal(found.signal, [[1.0, -0.5], [np.nan, 0.2], [0.5, np.nan]], equal_nan=True)
    again = read_bytes(file_bytes(path), "kept")  # what is kept of it describes itself
    assert np.array_equal(again.signal, found.signal, equal_nan=True)


def test_a_csv_with_commas_in_its_numbers(tmp_path: Path):
    path = csv_file(tmp_path, "0,5;1,25\n-0,5;2\n", 'fs = 250\nleads = ["II", "V5"]\ndelimiter = ";"\ndecimal = ","\n')
    assert read(path).signal.tolist() == [[0.5, 1.25], [-0.5, 2.0]]


def test_a_layout_may_lie_elsewhere(tmp_path: Path):
    path = csv_file(tmp_path, "head\n1,2,3\n4,5,6\n")
    (tmp_path / "a.toml").rename(tmp_path / "layout")
    with pytest.raises(YijiError) as refused:
        read(path)
    assert refused.value.code == "devices.unknown_format"
    assert read(path, layout=tmp_path / "layout").samples == 2


@pytest.mark.parametrize(
    "layout",
    ["fs = 500", 'leads = ["I"]', "fs = [", 'fs = 500\nleads = ["I"]\nunit = "mmHg"', "fs = 5\nleads = []\nodd = 1"],
)
def test_a_bad_layout_says_what_is_missing(tmp_path: Path, layout: str):
    with pytest.raises(YijiError) as refused:
        read(csv_file(tmp_path, "1\n", layout))
    assert refused.value.code == "devices.bad_layout"


@pytest.mark.parametrize("text", ["h\n1,2\n", "h\n1,2,x\n", "h\n1,2,3\n1,2\n", "h\n", "h\n1,2,1e999\n"])
def test_a_csv_that_does_not_fit_its_layout_is_refused(tmp_path: Path, text: str):
    with pytest.raises(YijiError) as refused:
        read(csv_file(tmp_path, text))
    assert refused.value.code in ("devices.damaged_file", "devices.no_ecg")
