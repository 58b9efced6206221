"""Reading genuine files, each against a second decoder."""

import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from tests.devices.files import SHARED, shared
from yiji.core.signal import STANDARD
from yiji.devices.recording import read


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
