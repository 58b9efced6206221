"""Reading WFDB records in every format, against the library; and what of them is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from bench._ecg_made import made, written

from tests.devices.files import code_of
from yiji.core.errors import YijiError
from yiji.devices.recording import read, read_bytes, write_wfdb
from yiji.devices.recording.formats import file_bytes

FMTS = ["8", "16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524"]


def packed(counts: np.ndarray, fmt: str) -> bytes:
    """Samples in the formats that the library does not write (signal(5), recalled)."""
    flat = counts.ravel()
    if fmt == "8":  # first differences of each signal
        return np.diff(counts, axis=0, prepend=counts[:1]).astype("<i1").tobytes()
    if fmt == "61":
        return flat.astype(">i2").tobytes()
    if fmt == "160":
        return (flat + 32768).astype("<u2").tobytes()
    three = flat.reshape(-1, 3) & 0x3FF
    if fmt == "310":  # two samples in the upper bits of two words, the halves of the third in the rest
        low, high = three[:, 2] & 0x1F, three[:, 2] >> 5
        words = np.stack([three[:, 0] << 1 | low << 11, three[:, 1] << 1 | high << 11], axis=1)
        return words.astype("<u2").tobytes()
    return (three[:, 0] | three[:, 1] << 10 | three[:, 2] << 20).astype("<u4").tobytes()


def library_record(folder: Path, fmt: str, samples: int = 501) -> Path:
    """A record of three leads in a format: written by the library, or by hand where it cannot."""
    bits = {"80": 7, "508": 7, "310": 9, "311": 9, "8": 6}.get(fmt, 11)
    wave = np.sin(np.arange(samples) / 20)[:, None] * np.array([1.0, -0.7, 0.4]) * (1 << bits) * 0.9
    counts = np.rint(wave).astype(np.int64)
    names, units = ["MLII", "V1", "RESP"], ["mV"] * 3
    facts: dict[str, Any] = {"adc_gain": [200.0] * 3, "baseline": [5, 0, 0], "write_dir": str(folder)}
    theirs = fmt not in ("8", "61", "160", "310", "311")
    wfdb.wrsamp(f"f{fmt}", 250, units, names, d_signal=counts, fmt=[fmt if theirs else "16"] * 3, **facts)
    if not theirs:
        (folder / f"f{fmt}.dat").write_bytes(packed(counts, fmt))
        header = folder / f"f{fmt}.hea"
        header.write_text(header.read_text().replace(".dat 16 ", f".dat {fmt} "))
    return folder / f"f{fmt}"


@pytest.mark.parametrize("fmt", FMTS)
def test_every_wfdb_format_is_read_as_the_library_reads_it(tmp_path: Path, fmt: str):
    record = library_record(tmp_path, fmt)
    theirs: Any = wfdb.rdrecord(str(record))
    found = read(record)
    assert found.leads == ("MLII", "V1")
    assert np.allclose(found.signal, theirs.p_signal[:, :2], rtol=0, atol=1e-12)
    assert np.array_equal(read_bytes(file_bytes(record), "x.zip").signal, found.signal)


def test_a_record_of_format_16_is_mapped_and_not_loaded(tmp_path: Path):
    header = write_wfdb(made(), tmp_path, "rec")
    found = read(header)
    assert not found.counts.flags.owndata
    assert np.array_equal(found.counts, made().counts)


def test_skew_is_taken_out(tmp_path: Path):
    header = write_wfdb(made(leads=2), tmp_path, "rec")
    header.write_text(header.read_text().replace("rec.dat 16 200(0)/mV 16 0", "rec.dat 16:3 200(0)/mV 16 0", 1))
    theirs: Any = wfdb.rdrecord(str(header.with_suffix("")))
    assert np.allclose(read(header).signal, theirs.p_signal, rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (" 1000 09:", " 999999999999999 09:", "truncated_file"),
        (" 12 500 ", " 99999999 500 ", "damaged_file"),
        (" 500 1000", " 1e-9 1000", "damaged_file"),
        (" 500 1000", " 99999999 1000", "damaged_file"),
        ("200(0)/mV", "1e-300(0)/mV", "damaged_file"),
        ("200(0)/mV", "200(999999999)/mV", "damaged_file"),
        ("rec.dat 16 ", "rec.dat 16x99999999 ", "damaged_file"),
        ("rec.dat 16 ", "rec.dat 999 ", "damaged_file"),
        ("rec 12", "rec/2 12", "unsupported_variant"),
    ],
)
def test_an_absurd_wfdb_header_is_refused(tmp_path: Path, before: str, after: str, code: str):
    header = write_wfdb(made(), tmp_path, "rec")
    text = header.read_text()
    assert before in text
    header.write_text(text.replace(before, after))
    with pytest.raises(YijiError) as refused:
        read(header)
    assert refused.value.code == f"devices.{code}"


def test_a_flipped_sample_shows_in_the_checksum(tmp_path: Path):
    header = write_wfdb(made(), tmp_path, "rec")
    data = bytearray(header.with_suffix(".dat").read_bytes())
    data[4711] ^= 4
    header.with_suffix(".dat").write_bytes(bytes(data))
    with pytest.raises(YijiError, match="checksum"):
        read(header)


def test_a_zip_bomb_is_not_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.hea", "a 1 250 99\na.dat 16 200 16 0 0 0 0 II\n")
        for number in range(3):
            archive.writestr(f"{number}.dat", bytes(60_000_000))
    assert code_of(packed.getvalue()) == "devices.damaged_file"


def test_the_paths_in_a_zip_lead_nowhere():
    packed, harmless = io.BytesIO(), io.BytesIO(written(made(), "wfdb"))
    with zipfile.ZipFile(packed, "w") as archive, zipfile.ZipFile(harmless) as good:
        for name in good.namelist():
            archive.writestr(f"../../{name}", good.read(name))
    assert np.array_equal(read_bytes(packed.getvalue(), "x.zip").counts, made().counts)
