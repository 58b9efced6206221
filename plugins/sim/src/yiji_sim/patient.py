"""A simulated patient: a 12-lead ECG made by neurokit2, for tests and trials without a real recording."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from yiji.core.contract.recording import WorklistEntry
from yiji.core.signal import Recording, Trace
from yiji.devices import bundle, write_wfdb
from yiji_sim.cart import addressed, as_bytes

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_NUMBERS = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)  # of the leads, MDC 2:n (DICOM PS3.16 CID 3001)
_MDC = {lead: f"2:{number}" for lead, number in zip(LEADS, _NUMBERS, strict=True)}
STEP_UV = 2.5  # microvolts a count in the DICOM file


def simulate(seconds: int = 10, rate: int = 500, heart_rate: int = 70, seed: int = 1) -> Recording:
    """Return a simulated recording of 12 leads; the same seed gives the same one.

    neurokit2's model (ECGSYN for each lead): good for plumbing and rates, not for judging measures of waves.
    """
    import neurokit2  # slow to import

    simulator: Any = neurokit2
    made = simulator.ecg_simulate(
        duration=seconds,
        sampling_rate=rate,
        heart_rate=heart_rate,
        method="multileads",
        random_state=seed,
        random_state_distort=seed,
    )
    samples = np.ascontiguousarray(np.asarray(made, dtype=np.float32).T)
    return Recording.of("ecg", Trace(LEADS, float(rate), samples), "simulated", manufacturer="yiji", model="simulated")


def wfdb_zip(recording: Recording, name: str = "simulated") -> bytes:
    """Return a recording as a WFDB record in a zip."""
    with TemporaryDirectory() as folder:
        return bundle(write_wfdb(recording, Path(folder), name))


def dicom(recording: Recording, entry: WorklistEntry, at: datetime, charset: str = "GB18030") -> bytes:
    """Return a recording as a DICOM 12-lead ECG of a worklist entry; `at`: aware."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage, generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = TwelveLeadECGWaveformStorage
    dataset.SOPClassUID = TwelveLeadECGWaveformStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "ECG"
    dataset.Manufacturer = recording.manufacturer
    dataset.ManufacturerModelName = recording.model
    dataset.WaveformSequence = [_group(recording.trace)]
    return as_bytes(addressed(dataset, entry, at, charset))


def _group(trace: Trace) -> Any:
    """Return a multiplex group with the rhythm (PS3.3 C.10.9, recalled)."""
    from pydicom.dataset import Dataset

    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels = len(trace.leads)
    group.NumberOfWaveformSamples = trace.samples.shape[1]
    group.SamplingFrequency = trace.rate
    group.MultiplexGroupLabel = "RHYTHM"
    group.ChannelDefinitionSequence = [_channel(lead) for lead in trace.leads]
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformData = np.rint(trace.samples.T * (1000 / STEP_UV)).astype("<i2").tobytes()
    return group


def _channel(lead: str) -> Any:
    from pydicom.dataset import Dataset

    channel = Dataset()
    channel.ChannelSourceSequence = [_code(_MDC[lead], "MDC", f"Lead {lead}")]
    channel.ChannelSensitivity = STEP_UV
    channel.ChannelSensitivityUnitsSequence = [_code("uV", "UCUM", "microvolt")]
    channel.ChannelSensitivityCorrectionFactor = 1
    channel.ChannelBaseline = 0
    channel.ChannelSampleSkew = 0
    channel.WaveformBitsStored = 16
    return channel


def _code(value: str, scheme: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
