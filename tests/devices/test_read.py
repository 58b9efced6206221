"""Reading recordings: DICOM, WFDB, and what is none of them."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import wfdb
from pydicom import dcmread
from pydicom.data import get_testdata_file

from yiji.core.errors import YijiError
from yiji.core.signal import STANDARD, Recording, Trace
from yiji.devices import bundle, quality, read, read_bytes, write_wfdb
from yiji.devices.plugin import devices_formats
from yiji.devices.recording.formats import BUILT_IN
from yiji.devices.recording.leads import by_code, by_name
from yiji_sim.cart import as_bytes

REAL = Path(str(get_testdata_file("waveform_ecg.dcm", download=False)))


@pytest.fixture(scope="module")
def real() -> Recording:
    """The real recording that pydicom brings along."""
    return read(REAL)


def code_of(data: bytes) -> str:
    """Return the code with which bytes are refused."""
    with pytest.raises(YijiError) as refused:
        read_bytes(data, "a.dcm")
    return refused.value.code


def test_the_house_reads_what_the_library_reads_and_in_the_same_order():
    assert [one.name for one in devices_formats()] == [one.name for one in BUILT_IN]


def test_a_real_dicom_ecg_is_read(real: Recording):
    assert real.trace.leads == STANDARD
    assert real.trace.rate == 1000
    assert real.trace.samples.shape == (12, 10000)
    assert real.trace.samples.dtype == np.float32
    assert real.trace.started_at == datetime(2013, 1, 25, 10, 59, 19)
    assert (real.accession_number, real.patient_id, real.patient_name) == ("03028041970546", "642341", "Anonymous")
    assert (real.manufacturer, real.model) == ("Mortara Instrument, Inc.", "el250")
    assert "RITMO SINUSALE" in real.notes


def test_samples_are_millivolts(real: Recording):
    item = dcmread(REAL).WaveformSequence[0]
    counts = np.frombuffer(item.WaveformData, "<i2").reshape(10000, 12)
    assert np.allclose(real.trace.lead("II"), counts[:, 1] * 1.25e-3, atol=1e-6)
    assert np.allclose(real.trace.lead("II") - real.trace.lead("I"), real.trace.lead("III"), atol=0.003)


def test_the_carts_own_measures_are_read(real: Recording):
    told = {one.code: (one.value, one.unit, one.method) for one in real.measured_by_device}
    assert told == {
        "rr": (982, "ms", "cart"),
        "pr": (161, "ms", "cart"),
        "qrs": (75, "ms", "cart"),
        "qt": (368, "ms", "cart"),
        "qtc": (370, "ms", "cart"),
        "p_axis": (74, "deg", "cart"),
        "qrs_axis": (52, "deg", "cart"),
        "t_axis": (57, "deg", "cart"),
    }


def test_a_duration_of_zero_was_not_measured():
    dataset = dcmread(REAL)
    for note in dataset.WaveformAnnotationSequence:
        if "ConceptNameCodeSequence" in note and note.ConceptNameCodeSequence[0].CodeMeaning == "PR Interval":
            note.NumericValue = "0"
    told = {one.code: one.value for one in read_bytes(as_bytes(dataset), "a.dcm").measured_by_device}
    assert told["pr"] is None
    assert told["qt"] == 368


def test_sensitivity_correction_and_baseline_count():
    dataset = dcmread(REAL)
    channel = dataset.WaveformSequence[0].ChannelDefinitionSequence[0]
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor, channel.ChannelBaseline = "2.5", "2", "100"
    before, after = read(REAL).trace.lead("I"), read_bytes(as_bytes(dataset), "a.dcm").trace.lead("I")
    assert np.allclose(after, before * 4 + 0.1, atol=1e-5)


def test_padding_is_a_gap_and_is_told():
    dataset = dcmread(REAL)
    item = dataset.WaveformSequence[0]
    counts = np.frombuffer(item.WaveformData, "<i2").reshape(10000, 12).copy()
    counts[4000:4100, 3] = -32768
    item.WaveformData, item.WaveformPaddingValue = counts.tobytes(), np.int16(-32768).tobytes()
    item["WaveformPaddingValue"].VR = "OW"
    trace = read_bytes(as_bytes(dataset), "a.dcm").trace
    assert np.isnan(trace.lead("aVR")).sum() == 100
    assert [one.code for one in quality(trace)] == ["quality.gaps"]


def test_a_zone_offset_makes_the_time_certain():
    dataset = dcmread(REAL)
    dataset.TimezoneOffsetFromUTC = "+0800"
    started = read_bytes(as_bytes(dataset), "a.dcm").trace.started_at
    assert started is not None
    assert started.astimezone(UTC) == datetime(2013, 1, 25, 2, 59, 19, tzinfo=UTC)


@pytest.mark.parametrize("charset", ["GB18030", "ISO_IR 192"])
def test_a_chinese_name_is_read(charset: str):
    dataset = dcmread(REAL)
    dataset.SpecificCharacterSet, dataset.PatientName = charset, "欧阳镕昇"
    assert read_bytes(as_bytes(dataset), "a.dcm").patient_name == "欧阳镕昇"


def test_leads_have_one_spelling():
    assert by_code("MDC", "2:61") == by_code("MDC", "131133") == by_code("SCPECG", "5.6.3-9-61") == "III"
    assert by_code("MDC", "nonsense") is None
    assert by_code("DCM", "2:61") is None
    assert [by_name(text) for text in ("Lead I (Einthoven)", "avr", "ECG V2", "LEAD_III", "MLII", "vx", "ABP")] == [
        *("I", "aVR", "V2", "III", "MLII", "X"),
        None,
    ]


def test_a_wfdb_record_comes_back_within_its_resolution(real: Recording, tmp_path: Path):
    header = write_wfdb(real, tmp_path, "rec-1")
    again = read(header)
    assert again.trace.leads == real.trace.leads
    assert again.trace.rate == real.trace.rate
    assert again.trace.started_at == real.trace.started_at
    assert np.abs(again.trace.samples - real.trace.samples).max() <= 0.000125
    assert (again.accession_number, again.manufacturer) == (real.accession_number, real.manufacturer)


def test_the_wfdb_library_reads_what_we_write(real: Recording, tmp_path: Path):
    record = wfdb.rdrecord(str(write_wfdb(real, tmp_path, "rec-1").with_suffix("")))
    assert record.sig_name == list(real.trace.leads)
    assert record.fs == 1000
    assert np.abs(record.p_signal.T - real.trace.samples).max() <= 0.000126


def test_a_wfdb_record_keeps_gaps_and_large_peaks(tmp_path: Path):
    samples = np.array([[0.0, np.nan, 310.0, -320.0]], dtype=np.float32)
    again = read(
        write_wfdb(Recording.of("ecg", Trace(("II",), 250.0, samples), "test"), tmp_path, "wide")
    ).trace.samples
    assert np.isnan(again[0, 1])
    assert np.abs(again - samples)[~np.isnan(samples)].max() <= 0.0125


def test_a_record_is_bundled_into_the_same_bytes_each_time(real: Recording, tmp_path: Path):
    header = write_wfdb(real, tmp_path, "rec-1")
    packed = bundle(header)
    assert packed == bundle(header)
    assert np.array_equal(read_bytes(packed, "rec-1.zip").trace.samples, read(header).trace.samples)


def test_content_decides_and_not_the_name(tmp_path: Path):
    disguised = tmp_path / "picture.jpg"
    shutil.copy(REAL, disguised)
    assert read(disguised).source == "dicom"


def test_what_is_no_recording_has_a_code(tmp_path: Path):
    assert code_of(b"") == "devices.empty_file"
    assert code_of(b"not a recording") == "devices.unknown_format"
    assert code_of(bytes(400)) == "devices.unknown_format"
    with pytest.raises(YijiError) as refused:
        read(tmp_path / "absent")
    assert refused.value.code == "devices.file_missing"


@pytest.mark.parametrize("share", [0.001, 0.01, 0.2, 0.5, 0.8, 0.9, 0.99, 0.999])
def test_a_torn_dicom_is_never_read_as_whole(share: float):
    data = REAL.read_bytes()
    assert code_of(data[: int(len(data) * share)]) in ("devices.truncated_file", "devices.unknown_format")


def test_a_torn_or_altered_wfdb_zip_is_refused(real: Recording, tmp_path: Path):
    packed = bundle(write_wfdb(real, tmp_path, "rec-1"))
    assert {code_of(packed[: int(len(packed) * share)]) for share in (0.2, 0.5, 0.9)} == {"devices.truncated_file"}
    (tmp_path / "rec-1.dat").write_bytes((tmp_path / "rec-1.dat").read_bytes()[:-2000])
    assert code_of(bundle(tmp_path / "rec-1.hea")) == "devices.truncated_file"
    (tmp_path / "rec-1.dat").unlink()
    with pytest.raises(YijiError) as refused:
        read(tmp_path / "rec-1.hea")
    assert refused.value.code == "devices.truncated_file"


@pytest.mark.filterwarnings("ignore:.*:UserWarning:pydicom")
def test_broken_bytes_are_refused_and_never_crash():
    data, chance = REAL.read_bytes(), np.random.default_rng(7)
    refused: set[str] = set()
    for _ in range(40):
        broken = bytearray(data)
        for place in chance.integers(132, 9000, 20):
            broken[place] = int(chance.integers(256))
        with suppress(YijiError):
            read_bytes(bytes(broken), "a.dcm")
            continue
        refused.add("")
    assert refused, "nothing was broken enough to be refused"


def test_a_dicom_without_an_ecg_says_so():
    dataset = dcmread(REAL)
    del dataset.WaveformSequence
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    assert code_of(as_bytes(dataset)) == "devices.no_ecg"
    dataset = dcmread(REAL)
    dataset.WaveformSequence = [dataset.WaveformSequence[1]]
    assert code_of(as_bytes(dataset)) == "devices.no_ecg"


def flawed(real: Recording, change: str) -> Trace:
    samples = real.trace.samples.copy()
    if change == "all_flat":
        samples[:] = 0.3
    elif change == "flat_leads":
        samples[7] = 0
    elif change == "gaps":
        samples[2, 5000:5100] = np.nan
    elif change == "saturated":
        samples[10] = np.clip(samples[10], -0.2, 0.1)
    return Trace(real.trace.leads, real.trace.rate, samples)


@pytest.mark.parametrize("change", ["all_flat", "flat_leads", "gaps", "saturated"])
def test_quality_names_what_is_wrong(real: Recording, change: str):
    assert [one.code for one in quality(flawed(real, change))] == [f"quality.{change}"]


def test_quality_finds_nothing_wrong_with_a_good_recording(real: Recording):
    assert quality(real.trace) == ()


def test_quality_names_missing_leads_and_shortness(real: Recording):
    part = Trace(real.trace.leads[:11], 1000.0, real.trace.samples[:11, :4000])
    assert [(one.code, one.text_en) for one in quality(part)] == [
        ("quality.short", "Short recording: 4.0 s"),
        ("quality.missing_leads", "Leads are missing: V6"),
    ]
