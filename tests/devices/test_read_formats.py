"""Reading every format, sample by sample: files made here, and genuine ones against a second decoder."""

import base64
import io
import warnings
import zipfile
import zlib
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
import wfdb
from bench._ecg_made import FS, MAKERS, START, STEP, aecg, counts, made, scp, scp_file, scp_sections, sierra, written

from yiji.core.errors import YijiError
from yiji.core.signal import STANDARD, Recording
from yiji.devices.recording import read, read_bytes, unproven, write_wfdb
from yiji.devices.recording.formats import file_bytes
from yiji.devices.recording.leads import ecg_name
from yiji.devices.recording.sane import sane

SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared(name: str) -> Path:
    """A genuine file, if this machine has it."""
    if not (SHARED / name).is_file():
        pytest.skip(f"{name} is absent: get PhysioNet's mitdb and ludb, ECGToolkit's and sierra-ecg-tools' examples")
    return SHARED / name


def code_of(data: bytes) -> str:
    """The code with which bytes are refused; empty when they are read."""
    with suppress(YijiError):
        read_bytes(data, "file")
        return ""
    try:
        read_bytes(data, "file")
    except YijiError as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("name", MAKERS)
def test_a_made_file_is_read_sample_by_sample(name: str):
    found = read_bytes(MAKERS[name](), "file")
    assert np.array_equal(found.trace.leads, STANDARD)
    assert np.abs(found.signal - counts(found.samples) * STEP).max() < 1e-9
    assert (found.fs, found.start) == (FS, START)
    assert found.patient_id == "P1"
    assert len(found.leads) == len(found.names) == 12


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "csv"])
def test_counts_stay_as_they_are_stored(name: str):
    found = read_bytes(MAKERS[name](), "file")
    assert np.issubdtype(found.counts.dtype, np.integer)
    assert np.array_equal(found.counts, counts(found.samples))


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("share", [0.0, 0.003, 0.05, 0.3, 0.7, 0.97])
def test_a_torn_file_is_never_read_as_whole(name: str, share: float):
    data = MAKERS[name]()
    code = code_of(data[: int(len(data) * share)])
    if name == "csv" and share > 0.04:
        return  # a CSV does not tell its length: whole lines of it are a shorter recording
    assert code in {f"devices.{one}" for one in ("empty_file", "unknown_format", "truncated_file", "damaged_file")} | {
        "devices.bad_layout"
    }


# --- WFDB ---

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


# --- EDF ---


def edf_bytes(signals: list[Any], **facts: Any) -> bytes:
    file = io.BytesIO()
    edfio.Edf(signals, **facts).write(file)
    return file.getvalue()


def edf_signal(label: str, rate: float, unit: str = "mV", size: float = 1.0) -> Any:
    wave = np.sin(np.arange(int(4 * rate)) / 7) * size
    return edfio.EdfSignal(wave, rate, label=label, physical_dimension=unit, physical_range=(-2 * size, 2 * size))


def test_of_several_rates_the_highest_of_the_ecg_is_read():
    told = (("EEG Fpz", 500, "uV"), ("ECG I", 100, "mV"), ("ECG V1", 250, "mV"), ("Resp", 25, "mV"))
    signals = [edf_signal(*one) for one in told]
    found = read_bytes(edf_bytes(signals), "a.edf")
    assert (found.leads, found.names, found.fs, found.samples) == (("ECG V1",), ("V1",), 250, 1000)
    assert np.abs(found.signal[:, 0] - np.sin(np.arange(1000) / 7)).max() < 1e-4


def test_microvolts_are_millivolts_and_annotations_are_notes():
    notes = [edfio.EdfAnnotation(0, None, "胸痛"), edfio.EdfAnnotation(2.5, 1.0, "pause")]
    found = read_bytes(edf_bytes([edf_signal("ECG II", 200, "uV", 1000.0)], annotations=notes), "a.edf")
    assert np.abs(found.signal[:, 0] - np.sin(np.arange(800) / 7)).max() < 1e-4
    assert found.notes == ("胸痛", "2.5 s: pause")


def test_a_bdf_keeps_its_24_bits():
    wave = np.rint(np.sin(np.arange(2000) / 9) * 5e6).astype(np.int32)
    signal = edfio.BdfSignal.from_digital(
        wave, 500, label="ECG V2", physical_dimension="uV", physical_range=(-8e4, 8e4)
    )
    file = io.BytesIO()
    edfio.Bdf([signal]).write(file)
    found = read_bytes(file.getvalue(), "a.bdf")
    assert found.source == "bdf"
    assert np.array_equal(found.counts[:, 0], wave)


def test_an_edf_without_an_ecg_says_what_it_has():
    with pytest.raises(YijiError, match="EEG Fpz") as refused:
        read_bytes(edf_bytes([edf_signal("EEG Fpz", 100, "uV")]), "a.edf")
    assert refused.value.code == "devices.no_ecg"


@pytest.mark.parametrize(
    ("place", "field", "code"),
    [
        (236, b"2       ", "damaged_file"),
        (236, b"99999999", "truncated_file"),
        (236, b"nonsense", "unknown_format|damaged_file"),
        (244, b"-1      ", "no_ecg"),
        (244, b"1e-300  ", "damaged_file"),
        (252, b"9999", "truncated_file"),
        (184, b"99      ", "damaged_file"),
        (192, b"EDF+D", "unsupported_variant"),
    ],
)
def test_a_wrong_edf_header_is_refused(place: int, field: bytes, code: str):
    data = bytearray(edf_bytes([edf_signal("ECG II", 200)]))
    data[place : place + len(field)] = field
    assert code_of(bytes(data)) in {f"devices.{one}" for one in code.split("|")}


# --- SCP-ECG ---


@pytest.mark.parametrize("subtract", [False, True])
def test_a_flip_in_an_scp_file_never_gives_another_trace(subtract: bool):
    data, chance = scp(counts(600), subtract), np.random.default_rng(1)
    for place in chance.integers(0, len(data), 60):
        harmed = bytearray(data)
        harmed[place] ^= 1 << int(chance.integers(8))
        with suppress(YijiError):
            assert np.array_equal(read_bytes(bytes(harmed), "a.scp").counts, counts(600))


def test_a_bimodal_scp_file_is_refused():
    sections = scp_sections(counts(600), subtract=True)
    sections[6] = sections[6][:5] + b"\x01" + sections[6][6:]
    assert code_of(scp_file(sections)) == "devices.unsupported_variant"


def test_an_scp_section_cannot_ask_for_more_than_it_holds():
    sections = scp_sections(counts(600))
    sections[3] = sections[3].replace((600).to_bytes(4, "little"), (4_000_000_000).to_bytes(4, "little"))
    assert code_of(scp_file(sections)) == "devices.damaged_file"


# --- XML ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "gb2312"])
def test_an_annotated_ecg_in_any_encoding(encoding: str):
    found = read_bytes(aecg(counts(300), encoding), "a.xml")
    assert found.patient_name == "欧阳"
    assert np.array_equal(found.counts, counts(300))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE AnnotatedECG [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><AnnotatedECG>&b;</AnnotatedECG>',
        '<!DOCTYPE AnnotatedECG [<!ENTITY x SYSTEM "file:///etc/hostname">]><AnnotatedECG>&x;</AnnotatedECG>',
        "<AnnotatedECG>" + "<a>" * 5000 + "</a>" * 5000 + "</AnnotatedECG>",
        '<?xml version="1.0" encoding="no-such"?><AnnotatedECG/>',
    ],
)
def test_an_xml_bomb_is_refused(text: str):
    assert code_of(text.encode()) == "devices.damaged_file"


def test_a_document_type_that_is_only_named_does_no_harm():
    data = aecg(counts(300)).replace(b"<AnnotatedECG ", b'<!DOCTYPE AnnotatedECG SYSTEM "a.dtd">\n<AnnotatedECG ', 1)
    assert read_bytes(data, "a.xml").samples == 300


def test_leads_of_unequal_length_are_refused():
    assert code_of(aecg(counts(300)).replace(b"</digits>", b" 7</digits>", 1)) == "devices.truncated_file"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("version", ["1.03", "1.04", "1.04.01"])
def test_a_sierra_file_packed_and_plain(packed: bool, version: str):
    assert np.array_equal(read_bytes(sierra(counts(), packed, version), "a.xml").counts, counts())


def test_another_sierra_version_is_refused():
    assert code_of(sierra(counts(), version="2.0")) == "devices.unsupported_variant"


def test_a_sierra_file_that_tells_another_length_is_refused():
    text = sierra(counts()).decode("utf-16")
    for told in ("1998", "2002", "99999999999"):
        harmed = text.replace('durationperchannel="2000"', f'durationperchannel="{told}"').encode("utf-16")
        assert code_of(harmed) in ("devices.damaged_file", "devices.truncated_file")


# --- DICOM ---


def test_a_deflated_dicom_bomb_is_refused():
    meta = b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99"
    head = bytes(128) + b"DICM\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little") + meta
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = b"".join(pack.compress(bytes(1 << 20)) for _ in range(400)) + pack.flush()
    assert code_of(head + body) == "devices.damaged_file"


# --- CSV ---

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


# --- What no ECG can be ---


@pytest.mark.parametrize(
    "facts",
    [
        {"fs": 0.5},
        {"fs": 1e9},
        {"scale": np.full(12, 50.0)},
        {"scale": np.full(12, np.nan)},
        {"offset": np.full(12, 1e6)},
    ],
)
def test_what_no_ecg_can_be_is_refused(facts: dict[str, Any]):
    ours = made()
    given: dict[str, Any] = {"fs": ours.fs, "scale": ours.scale, "offset": ours.offset} | facts
    with pytest.raises(YijiError) as refused:
        sane(Recording("ecg", ours.leads, counts=ours.counts, source="made", **given), "file")
    assert refused.value.code == "devices.damaged_file"


def test_other_signals_are_no_ecg():
    told = [ecg_name(name) for name in ("RESP", "ABP", "PLETH", "EEG Fpz-Cz", "FECG", "UC", "EMG", "Temp rectal")]
    assert told == [""] * 8
    assert [ecg_name(name) for name in ("ECG1", "CM5", "mod.V1", "V2-V3", "D3", "Ch 1", "MCL1", "ECG i", "V")] == [
        *("ECG1", "CM5", "mod.V1", "V2-V3", "D3", "Ch 1", "MCL1", "I", "V")
    ]


# --- Unproven formats ---


@pytest.mark.parametrize(
    "data", [b"ISHNE1.0" + bytes(2000), b"@\x00MFR " + bytes(500), b"<RestingECG><Waveform/></RestingECG>"]
)
def test_an_unproven_format_fails_by_a_code_too(data: bytes, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("ecgdatakit")
    assert code_of(data) in {f"devices.{one}" for one in ("damaged_file", "no_ecg", "truncated_file")}
    monkeypatch.setattr(unproven, "PACKAGE", "absent_package")
    assert code_of(data) == "devices.library_missing"


# --- Genuine files against a second decoder ---


def second(path: Path) -> dict[str, np.ndarray]:
    """The leads in mV, as `ecgdatakit` reads them."""
    parser = pytest.importorskip("ecgdatakit.parsing").FileParser()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = parser.parse(path)
    return {lead.label: np.asarray(lead.samples) * {"mV": 1.0, "uV": 1e-3}[lead.units] for lead in found.leads}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("formats/ecgtoolkit/Example.scp", "scp-ecg"),
        ("formats/ecgtoolkit/Example.dcm", "dicom"),
        ("formats/ecgtoolkit/Example.xml", "hl7-aecg"),
        ("formats/aecg_fda/subject1_0.xml", "hl7-aecg"),
        ("formats/philips/examples/xml/1_04/3191723_ZZDEMOPTONLY_1-04_orig.xml", "philips-xml"),
        ("formats/philips/examples/xml/1_04/ad4d3d80-d165_1-04_orig.xml", "philips-xml"),
        ("formats/philips/examples/xml/1_04_01/2020-5-18_15-48-11.xml", "philips-xml"),
    ],
)
def test_a_genuine_file_is_read_as_a_second_decoder_reads_it(name: str, source: str):
    path = shared(name)
    found, theirs = read(path), second(path)
    assert found.source == source
    assert set(found.names) == set(STANDARD) == set(theirs)
    assert max(np.nanmax(np.abs(found.trace.lead(lead) - theirs[lead])) for lead in STANDARD) < 1e-5


def test_one_ecg_in_three_formats_is_one_ecg():
    ecgs = [read(shared(f"formats/ecgtoolkit/Example.{suffix}")) for suffix in ("scp", "dcm", "xml")]
    assert {one.start for one in ecgs} == {datetime(2002, 11, 22, 9, 10)}
    for lead in STANDARD:
        assert all(np.array_equal(one.trace.lead(lead), ecgs[0].trace.lead(lead)) for one in ecgs[1:])


def test_a_sierra_file_is_the_annotated_ecg_that_its_maker_made_of_it():
    folder = "formats/philips/examples/xml/1_04/ad4d3d80-d165_1-04"
    packed, converted = read(shared(f"{folder}_orig.xml")), read(shared(f"{folder}_converted.xml"))
    assert packed.start == converted.start
    for lead in STANDARD:  # its converter filters: up to four counts of 5 uV lie between the two
        assert np.abs(packed.trace.lead(lead) - converted.trace.lead(lead)).max() < 0.021
        assert np.corrcoef(packed.trace.lead(lead), converted.trace.lead(lead))[0, 1] > 0.999


def test_sierras_own_tool_reads_the_same():
    sierraecg = pytest.importorskip("sierraecg")
    path = shared("formats/philips/examples/xml/1_04_01/2020-5-18_15-48-11.xml")
    theirs = sierraecg.read_file(str(path)).leads
    assert np.array_equal(read(path).counts, np.stack([lead.samples for lead in theirs], axis=1))


@pytest.mark.parametrize(
    "name", ["ludb/1", "mitdb/101", "samples_wfdb/s0010_re", "samples_wfdb/a103l", "samples_wfdb/03700181"]
)
def test_a_genuine_wfdb_record_is_read_as_the_library_reads_it(name: str):
    shared(f"{name}.hea")
    theirs: Any = wfdb.rdrecord(str(SHARED / name), smooth_frames=False)
    found = read(SHARED / name)
    for lead, ours in zip(found.leads, found.signal.T, strict=True):
        assert np.allclose(ours, theirs.e_p_signal[theirs.sig_name.index(lead)], rtol=0, atol=1e-12, equal_nan=True)


def test_a_genuine_edf_is_read_by_its_digital_values():
    path = shared("samples_wfdb/test_generator_2.edf")
    found = read(path)
    raw = np.frombuffer(path.read_bytes()[256 * 13 :], "<i2").reshape(600, -1)[:, 600:800].ravel()
    assert (found.leads, found.fs, found.samples) == (("ECG",), 200, 120000)
    assert np.array_equal(found.counts[:, 0], raw)


def test_base64_that_is_none_is_refused():
    text = sierra(counts()).decode("utf-16")
    begin = text.index('resolution="5">') + 15
    harmed = text[:begin] + "?" + base64.b64encode(b"x").decode() + text[begin + 5 :]
    assert code_of(harmed.encode("utf-16")) == "devices.damaged_file"
