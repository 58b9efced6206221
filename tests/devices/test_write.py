"""Writing recordings: what comes back is what was there, also through a second decoder; what is lost is told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyedflib
import pytest
import wfdb
from bench._ecg_made import START, counts, made, scp
from pydicom import dcmread

from yiji.core.contract.measure import Measurement
from yiji.core.errors import YijiError
from yiji.core.signal import STANDARD, Recording
from yiji.devices.recording import read, read_bytes, write_wfdb
from yiji.devices.recording.convert import FORMATS, LOST, target_of, write

SUFFIX = {"wfdb": ".hea", "wfdb-flac": ".hea", "edf": ".edf", "dicom": ".dcm", "csv": ".csv"}
SHARED = Path(__file__).parents[3] / "shared" / "data"


def there_and_back(recording: Recording, folder: Path, kind: str) -> tuple[Recording, tuple[str, ...]]:
    path, lost = write(recording, folder / f"rec{SUFFIX[kind]}", kind)
    return read(path), lost


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("leads", [1, 3, 12])
def test_counts_and_facts_come_back(tmp_path: Path, kind: str, leads: int):
    ours = replace(made(leads=leads), notes=("窦性心律", "Sinus rhythm"), serial="" if kind == "edf" else "S1")
    again, lost = there_and_back(ours, tmp_path, kind)
    if kind != "csv":
        assert np.array_equal(again.counts, ours.counts)
    assert np.allclose(again.signal, ours.signal, rtol=0, atol=1e-12)
    assert (again.names, again.fs, again.start, again.patient_id) == (ours.names, ours.fs, START, "P1")
    assert set(again.notes) == set(ours.notes)
    assert lost == ()


@pytest.mark.parametrize("kind", ["wfdb", "wfdb-flac", "dicom", "csv"])
def test_a_gap_comes_back_as_a_gap(tmp_path: Path, kind: str):
    table = counts(1000, 2).astype(np.int32)
    table[100:140, 1] = -77777
    again, _ = there_and_back(replace(made(leads=2), counts=table, gap=-77777), tmp_path, kind)
    assert np.array_equal(np.isnan(again.signal), table == -77777)
    assert np.allclose(again.signal[:, 0], counts(1000, 2)[:, 0] * 0.005, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["wfdb", "wfdb-flac"])
def test_24_bits_lose_nothing(tmp_path: Path, kind: str):
    table = counts(1000, 3).astype(np.int32) * 1000 - 123456
    again, lost = there_and_back(replace(made(leads=3), counts=table, scale=np.full(3, 5e-6)), tmp_path, kind)
    assert np.array_equal(again.counts, table)
    assert lost == ()


@pytest.mark.parametrize("kind", ["edf", "dicom"])
def test_24_bits_are_rounded_to_16_and_that_is_told(tmp_path: Path, kind: str):
    table = counts(1000, 3).astype(np.int32) * 1000
    again, lost = there_and_back(replace(made(leads=3), counts=table, scale=np.full(3, 5e-6)), tmp_path, kind)
    assert "rounded" in lost
    assert np.abs(again.signal - table * 5e-6).max() <= 0.000126


@pytest.mark.parametrize("kind", FORMATS)
def test_offsets_come_back(tmp_path: Path, kind: str):
    ours = replace(made(leads=2), scale=np.array([1 / 1716, 0.005]), offset=np.array([-6 / 1716, -1024 * 0.005]))
    again, _ = there_and_back(ours, tmp_path, kind)
    assert np.allclose(again.signal, ours.signal, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_length_that_no_record_divides(tmp_path: Path, kind: str):
    ours = replace(made(samples=997, leads=2), fs=360.0)
    again, lost = there_and_back(ours, tmp_path, kind)
    assert np.allclose(again.signal[:997], ours.signal, rtol=0, atol=1e-12)
    assert (again.samples, lost) == ((1080, ("padded",)) if kind == "edf" else (997, ()))


def test_the_wfdb_library_reads_the_flac(tmp_path: Path):
    path = write_wfdb(made(), tmp_path, "rec", flac=True)
    theirs: Any = wfdb.rdrecord(str(path.with_suffix("")), physical=False)
    assert theirs.sig_name == list(STANDARD)
    assert np.array_equal(theirs.d_signal, made().counts)
    assert set(theirs.fmt) == {"516"}
    assert len(set(theirs.file_name)) == 2  # a FLAC holds eight channels at most


def test_a_second_decoder_reads_the_edf(tmp_path: Path):
    write(made(), tmp_path / "a.edf")
    with pyedflib.EdfReader(str(tmp_path / "a.edf")) as theirs:
        assert theirs.getSignalLabels() == [f"ECG {lead}" for lead in STANDARD]
        assert theirs.getStartdatetime() == START
        told = np.stack([theirs.readSignal(row, digital=True) for row in range(12)], axis=1)
        values = np.stack([theirs.readSignal(row) for row in range(12)], axis=1) * 1e-3
    assert np.array_equal(told, made().counts)
    assert np.allclose(values, made().signal, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("recording", "number"),
    [(made(), 1), (made(leads=3), 2), (made(samples=20000), 2), (replace(made(samples=60000, leads=3), fs=80.0), 3)],
)
def test_a_dicom_has_the_sop_class_that_fits(tmp_path: Path, recording: Recording, number: int):
    write(recording, tmp_path / "a.dcm")
    dataset: Any = dcmread(tmp_path / "a.dcm")
    item = dataset.WaveformSequence[0]
    assert dataset.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID == f"1.2.840.10008.5.1.4.1.1.9.1.{number}"
    assert dataset.Modality == "ECG"
    assert (item.NumberOfWaveformSamples, item.NumberOfWaveformChannels) == recording.counts.shape
    source = item.ChannelDefinitionSequence[1].ChannelSourceSequence[0]
    assert (source.CodeValue, source.CodingSchemeDesignator) == ("2:2", "MDC")
    assert np.allclose(dataset.waveform_array(0)[:, 1] / 1000, recording.signal[:, 1], rtol=0, atol=1e-9)


def test_the_devices_own_measures_go_with_the_dicom(tmp_path: Path):
    measures = (Measurement(code="qt", value=384.0, unit="ms"), Measurement(code="qrs_axis", value=-30.0, unit="deg"))
    again, lost = there_and_back(replace(made(), measured_by_device=measures), tmp_path, "dicom")
    assert {one.code: one.value for one in again.measured_by_device} == {"qt": 384, "qrs_axis": -30}
    assert lost == ()


def test_a_chinese_name_comes_back_in_dicom_and_csv(tmp_path: Path):
    ours = read_bytes(scp(counts(600)), "a.scp")
    for kind in ("dicom", "csv"):
        assert there_and_back(ours, tmp_path, kind)[0].patient_name == "欧阳"
    assert "name" in there_and_back(ours, tmp_path, "wfdb")[1]
    assert "text" in there_and_back(ours, tmp_path, "edf")[1]


def test_what_dicom_cannot_hold_is_refused(tmp_path: Path):
    wide = replace(made(leads=1), leads=("II",) * 30, names=(), counts=np.zeros((100, 30), np.int16))
    for recording in (replace(made(), fs=4000.0), wide):
        with pytest.raises(YijiError) as refused:
            write(recording, tmp_path / "a.dcm")
        assert refused.value.code == "devices.cannot_write"


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path: Path):
    write(made(), tmp_path / "a.csv")
    with pytest.raises(YijiError) as refused:
        write(made(), tmp_path / "a.csv")
    assert refused.value.code == "devices.target_exists"
    write(made(leads=1), tmp_path / "a.csv", force=True)
    assert read(tmp_path / "a.csv").leads == ("I",)


def test_the_targets_name_tells_the_format():
    told = [target_of(Path(name)) for name in ("a.hea", "a.edf", "a.DCM", "a.csv", "a")]
    assert told == ["wfdb", "edf", "dicom", "csv", "wfdb"]
    assert target_of(Path("a.hea"), "wfdb-flac") == "wfdb-flac"
    with pytest.raises(YijiError) as refused:
        target_of(Path("a.jpg"))
    assert refused.value.code == "devices.unknown_target"
    assert all(zh and en for zh, en in LOST.values())


@pytest.mark.parametrize("name", ["ludb/1", "mitdb/101", "samples_wfdb/s0010_re", "samples_wfdb/a103l"])
def test_a_genuine_record_is_bit_identical_after_flac_and_smaller(tmp_path: Path, name: str):
    if not (SHARED / f"{name}.hea").is_file():
        pytest.skip(f"{name} is absent: get PhysioNet's mitdb, ludb and ptbdb")
    ours = read(SHARED / name)
    again, _ = there_and_back(ours, tmp_path, "wfdb-flac")
    assert np.array_equal(again.counts, ours.counts)
    packed = sum(path.stat().st_size for path in tmp_path.glob("*.flac"))
    assert packed < 0.5 * ours.counts.size * 2
