"""The simulated cart and the simulated patient."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from yiji.core.contract.recording import WorklistEntry
from yiji.devices import analyse, quality, read, read_bytes
from yiji_sim.cart import CHARSETS, deliver, real_recording
from yiji_sim.patient import dicom, simulate, wfdb_zip

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENTRY = WorklistEntry(
    item_id="itm-1",
    accession_number="26030200000001",
    patient_id="P1",
    patient_name="欧阳镕昇",
    patient_sex="female",
    patient_birth_date=date(1980, 2, 29),
    modality="ECG",
    station="ECG-1",
    exam_name="十二导联心电图",
    starts_at=AT,
)


@pytest.mark.parametrize("charset", CHARSETS)
def test_the_cart_delivers_a_real_recording_in_the_patients_name(tmp_path: Path, charset: str):
    path = deliver(ENTRY, tmp_path / "ECG-1", recorded_at=AT, charset=charset)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    found = read(path)
    assert (found.patient_name, found.patient_id, found.accession_number) == ("欧阳镕昇", "P1", "26030200000001")
    assert found.trace.started_at is not None
    assert found.trace.started_at.astimezone(UTC) == AT
    assert {one.code: one.value for one in found.measured_by_device}["rr"] == 982
    raw = np.frombuffer(real_recording().WaveformSequence[0].WaveformData, "<i2").reshape(10000, 12)
    assert np.allclose(found.trace.samples.T, raw * 1.25e-3, atol=1e-6)


def test_nothing_of_the_real_patient_stays(tmp_path: Path):
    data = deliver(ENTRY, tmp_path, recorded_at=AT).read_bytes()
    for foreign in (b"642341", b"03028041970546", b"13002689", b"Galliera", b"19710123"):
        assert foreign not in data


def test_a_simulated_patient_can_be_read_and_measured():
    made = simulate(heart_rate=80, seed=4)
    assert made.trace.samples.shape == (12, 5000)
    assert np.array_equal(made.trace.samples, simulate(heart_rate=80, seed=4).trace.samples)
    zipped, filed = read_bytes(wfdb_zip(made), "a.zip"), read_bytes(dicom(made, ENTRY, AT), "a.dcm")
    assert np.abs(zipped.trace.samples - made.trace.samples).max() <= 0.0005
    assert np.abs(filed.trace.samples - made.trace.samples).max() <= 0.00126
    assert filed.patient_name == "欧阳镕昇"
    assert {one.code for one in quality(filed.trace)} <= {"quality.wander"}  # the model drifts
    assert abs((analyse(filed).value("heart_rate") or 0) - 80) < 3
