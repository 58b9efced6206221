"""Writing DICOM ECG waveforms: PS3.3 A.34.3 (12-lead), A.34.4 (general), A.34.5 (ambulatory), C.10.9 (recalled)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from yiji.core.contract.measure import Measurement
from yiji.core.signal import STANDARD, Recording
from yiji.devices.errors import CannotWrite
from yiji.devices.recording import leads
from yiji.devices.recording.cart import NUMBERS
from yiji.devices.recording.whole import Whole, whole

_TWELVE, _GENERAL, _AMBULATORY = (f"1.2.840.10008.5.1.4.1.1.9.1.{number}" for number in (1, 2, 3))
_MOST_SAMPLES = 16384  # of a 12-lead ECG
_RATES = {_TWELVE: (200, 1000), _GENERAL: (200, 1000), _AMBULATORY: (50, 1000)}  # Hz
_MOST_LEADS = {_TWELVE: 13, _GENERAL: 24, _AMBULATORY: 12}
_LONG = 600.0  # s; longer ones are ambulatory
_MOST_BYTES = 0xFFFFFFFE
_MOST_TEXT = 1024  # characters of an ST


def write_dicom(recording: Recording, path: Path) -> tuple[str, ...]:
    """Write a DICOM Part 10 file; return what was lost, as codes of `yiji.devices.recording.convert`.

    Raises `CannotWrite` for a rate or a number of leads that no ECG of DICOM may have.
    """
    packed, kind = whole(recording), _kind(recording)
    if packed.counts.size * 2 > _MOST_BYTES:
        raise CannotWrite(format="dicom", detail=f"{packed.counts.size * 2} bytes of samples")
    dataset = _dataset(recording, kind)
    dataset.WaveformSequence = Sequence([_group(recording, packed)])
    dataset.WaveformAnnotationSequence = Sequence([*map(_sentence, recording.notes), *_measures(recording)])
    dataset.save_as(path, enforce_file_format=True)
    return tuple(_lost(recording, packed))


def _kind(recording: Recording) -> str:
    """Return the SOP class: 12-lead where the twelve are there and few enough samples, else general or ambulatory."""
    names = recording.names or recording.leads
    if set(names) >= set(STANDARD) and recording.samples <= _MOST_SAMPLES:
        kind = _TWELVE
    else:
        kind = _AMBULATORY if recording.seconds > _LONG or recording.fs < _RATES[_GENERAL][0] else _GENERAL
    low, high = _RATES[kind]
    if len(names) > _MOST_LEADS[kind]:
        kind = _GENERAL
    if not low <= recording.fs <= high or len(names) > _MOST_LEADS[kind]:
        raise CannotWrite(format="dicom", detail=f"{len(names)} leads, {recording.fs:g} samples a second")
    return kind


def _dataset(recording: Recording, kind: str) -> Any:
    dataset: Any = Dataset()
    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "ECG", 1, 1
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.PatientID, dataset.PatientName = recording.patient_id, _person(recording.patient_name)
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = dataset.StudyID = ""
    dataset.AccessionNumber = recording.accession_number
    dataset.Manufacturer, dataset.ManufacturerModelName = recording.manufacturer, recording.model
    dataset.DeviceSerialNumber = recording.serial
    dataset.AcquisitionContextSequence = Sequence([])
    _set_times(dataset, recording.start)
    return dataset


def _person(name: str) -> str:
    """Return a name as DICOM writes it: what is not Latin stands in the ideographic group."""
    return name if name.isascii() else f"={name}"


def _set_times(dataset: Any, start: datetime | None) -> None:
    """Write when it was taken; an unknown time stays empty where that is allowed."""
    day, clock = (f"{start:%Y%m%d}", f"{start:%H%M%S.%f}") if start else ("", "")
    dataset.StudyDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.ContentTime = clock
    dataset.AcquisitionDateTime = f"{day}{clock}{start:%z}" if start else ""


def _group(recording: Recording, packed: Whole) -> Any:
    item: Any = Dataset()
    item.WaveformOriginality = "ORIGINAL"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = len(recording.leads), recording.samples
    item.SamplingFrequency = _decimal(recording.fs)
    item.MultiplexGroupLabel = "RHYTHM"
    names = recording.names or recording.leads
    item.ChannelDefinitionSequence = Sequence(
        [_channel(name, packed.scale[row], packed.offset[row]) for row, name in enumerate(names)]
    )
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = 16, "SS"
    item.add_new(0x5400100A, "OW", int(packed.gap).to_bytes(2, "little", signed=True))
    item.add_new(0x54001010, "OW", np.ascontiguousarray(packed.counts, "<i2").tobytes())
    return item


def _channel(name: str, scale: float, offset: float) -> Any:
    channel: Any = Dataset()
    number = leads.number_of(name)
    channel.ChannelLabel = name[:16]
    channel.ChannelSourceSequence = Sequence([_code(f"2:{number}", "MDC", f"Lead {name}" if number else name)])
    channel.ChannelSensitivity = _decimal(scale * 1000)
    channel.ChannelSensitivityUnitsSequence = Sequence([_code("uV", "UCUM", "microvolt")])
    channel.ChannelSensitivityCorrectionFactor = "1"
    channel.ChannelBaseline = _decimal(offset * 1000)
    channel.ChannelSampleSkew, channel.WaveformBitsStored = "0", 16
    return channel


def _code(value: str, scheme: str, meaning: str) -> Any:
    code: Any = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _decimal(value: float) -> str:
    """Return a decimal string of at most 16 characters, the nearest."""
    return next(text for digits in range(17, 0, -1) if len(text := f"{value:.{digits}g}") <= 16)


def _sentence(text: str) -> Any:
    item = _annotation()
    item.UnformattedTextValue = text[:_MOST_TEXT]
    return item


def _measures(recording: Recording) -> list[Any]:
    """Return the device's own measurements as numeric annotations; one that could not be had is left out."""
    told = [one for one in recording.measured_by_device if one.code in NUMBERS and one.value is not None]
    return [_measure(one) for one in told]


def _measure(one: Measurement) -> Any:
    item = _annotation()
    number, meaning = NUMBERS[one.code]
    item.ConceptNameCodeSequence = Sequence([_code(f"2:{number}", "MDC", meaning)])
    item.MeasurementUnitsCodeSequence = Sequence([_code(one.unit, "UCUM", one.unit)])
    item.NumericValue = _decimal(one.value or 0.0)
    return item


def _annotation() -> Any:
    """Return an annotation of the whole first group."""
    item: Any = Dataset()
    item.ReferencedWaveformChannels, item.AnnotationGroupNumber = [1, 0], 0
    return item


def _lost(recording: Recording, packed: Whole) -> list[str]:
    exact = all(abs(float(_decimal(value * 1000)) / 1000 - value) <= 1e-12 for value in (*packed.scale, *packed.offset))
    told = {
        "rounded": packed.rounded > 0,
        "scale": not exact,
        "notes": any(len(note) > _MOST_TEXT for note in recording.notes),
        "measurements": any(one.code not in NUMBERS for one in recording.measured_by_device),
    }
    return [code for code, true in told.items() if true]
