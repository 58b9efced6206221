"""Reading every format from files made here; SCP-ECG, DICOM, unproven formats, and what no ECG can be."""

import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from bench._ecg_made import FS, MAKERS, START, STEP, counts, made, scp, scp_file, scp_sections

from tests.devices.files import code_of
from yiji.core.errors import YijiError
from yiji.core.signal import STANDARD, Recording
from yiji.devices.recording import read_bytes, unproven
from yiji.devices.recording.leads import ecg_name
from yiji.devices.recording.sane import sane


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


# --- DICOM ---


def test_a_deflated_dicom_bomb_is_refused():
    meta = b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99"
    head = bytes(128) + b"DICM\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little") + meta
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = b"".join(pack.compress(bytes(1 << 20)) for _ in range(400)) + pack.flush()
    assert code_of(head + body) == "devices.damaged_file"


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
