"""Reading EDF and BDF: rates, units, notes, and headers that are wrong."""

import io
from typing import Any

import edfio
import numpy as np
import pytest

from tests.devices.files import code_of
from yiji.core.errors import YijiError
from yiji.devices.recording import read_bytes


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
