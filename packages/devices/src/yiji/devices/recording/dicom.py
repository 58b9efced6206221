"""DICOM ECG waveforms, 12-lead, general and ambulatory: PS3.3 C.10.9 Waveform, C.10.10 Annotation (recalled)."""

import logging
import warnings
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any, cast

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.valuerep import DA, DT, TM

from yiji.core.signal import Recording, Trace, in_order
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile
from yiji.devices.recording import leads
from yiji.devices.recording.cart import items, measured, statements, text

# pydicom quotes what it stumbles over, patients' names included, in warnings and in its log; neither may carry them.
logging.getLogger("pydicom").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="pydicom")

ECG_STORAGE = (
    "1.2.840.10008.5.1.4.1.1.9.1."  # 12-lead .1, general .2, ambulatory .3 (PS3.6 table A-1, by pydicom's copy)
)
_MILLIVOLTS = {"nV": 1e-6, "uV": 1e-3, "mV": 1.0, "V": 1e3}
_SAMPLES = {
    ("SS", 16): "<i2",
    ("US", 16): "<u2",
    ("SB", 8): "<i1",
    ("UB", 8): "<u1",
    ("SL", 32): "<i4",
    ("UL", 32): "<u4",
}


def read_dicom(data: bytes, name: str) -> Recording:
    """Read the rhythm of a DICOM ECG; `name` is for messages. Raises `TruncatedFile`, `DamagedFile` or `NoEcg`."""
    dataset = _dataset(data, name)
    groups = [_group(item, name) for item in _waveforms(dataset, name)]
    trace = _rhythm([group for group in groups if group is not None], name)
    return Recording.of(
        "ecg",
        Trace(trace.leads, trace.rate, trace.samples, _started_at(dataset)),
        "dicom",
        manufacturer=text(dataset, "Manufacturer"),
        model=text(dataset, "ManufacturerModelName"),
        serial=text(dataset, "DeviceSerialNumber"),
        patient_id=text(dataset, "PatientID"),
        patient_name=_person(dataset),
        accession_number=text(dataset, "AccessionNumber"),
        measured_by_device=measured(dataset),
        notes=statements(dataset),
    )


def _dataset(data: bytes, name: str) -> Any:
    try:
        dataset = cast(Any, pydicom).dcmread(BytesIO(data))
        for sequence in ("WaveformSequence", "WaveformAnnotationSequence"):
            items(dataset, sequence)  # a sequence is read only when it is asked for
    except (EOFError, OSError) as fault:  # pydicom's words for a file that ends within an element or between two
        raise TruncatedFile(file=name, detail=str(fault)) from fault
    except InvalidDicomError as fault:
        raise DamagedFile(file=name, detail=str(fault)) from fault
    return dataset


def _waveforms(dataset: Any, name: str) -> list[Any]:
    """Return the multiplex groups."""
    found = items(dataset, "WaveformSequence")
    kind = text(dataset, "SOPClassUID")
    if not found and (kind.startswith(ECG_STORAGE) or not kind):
        raise TruncatedFile(file=name, detail="WaveformSequence (5400,0100) missing")
    if not found:
        raise NoEcg(file=name, detail=text(dataset, "Modality") or "no waveform")
    return found


def _group(item: Any, name: str) -> tuple[bool, Trace] | None:
    """Return (is it an original?, its ECG leads in mV); None when no channel is an ECG lead."""
    channels, dtype = items(item, "ChannelDefinitionSequence"), _dtype(item, name)
    counts = _counts(item, dtype, len(channels), name)
    padding = _padding(item, dtype)
    found = [(lead, row) for row, channel in enumerate(channels) if (lead := _lead(channel))]
    if not found:
        return None
    samples = np.stack([_millivolts(counts[row], channels[row], padding, name) for _, row in found])
    original = text(item, "WaveformOriginality") in ("", "ORIGINAL")
    return original, Trace(tuple(lead for lead, _ in found), float(item.SamplingFrequency), samples)


def _dtype(item: Any, name: str) -> str:
    told = text(item, "WaveformSampleInterpretation"), int(item.WaveformBitsAllocated)
    if told not in _SAMPLES:
        raise DamagedFile(file=name, detail=f"sample interpretation {told[0]} of {told[1]} bits")
    return _SAMPLES[told]


def _counts(item: Any, dtype: str, channels: int, name: str) -> NDArray[Any]:
    """Return the samples as they are stored, shape (channels, samples)."""
    shape = int(item.NumberOfWaveformSamples), int(item.NumberOfWaveformChannels)
    raw = cast(bytes, item.get("WaveformData") or b"")
    need = shape[0] * shape[1] * np.dtype(dtype).itemsize
    if len(raw) < need or channels < shape[1]:
        raise TruncatedFile(file=name, detail=f"{len(raw)} of {need} bytes, {channels} of {shape[1]} channels")
    return np.frombuffer(raw[:need], dtype).reshape(shape).T


def _lead(channel: Any) -> str | None:
    for source in items(channel, "ChannelSourceSequence"):
        coded = leads.by_code(text(source, "CodingSchemeDesignator"), text(source, "CodeValue"))
        found = coded or leads.by_name(text(source, "CodeMeaning"))
        if found:
            return found
    return leads.by_name(text(channel, "ChannelLabel"))


def _padding(item: Any, dtype: str) -> int | None:
    """Return the padding value (5400,100A), unless it is 0, which some makers write while zeros are plain samples."""
    raw, size = cast(bytes, item.get("WaveformPaddingValue") or b""), np.dtype(dtype).itemsize
    return int(np.frombuffer(raw[:size], dtype)[0]) or None if len(raw) >= size else None


def _millivolts(counts: NDArray[Any], channel: Any, padding: int | None, name: str) -> NDArray[np.float32]:
    """Return value = count * sensitivity * correction + baseline, in the sensitivity's unit, brought to mV."""
    sensitivity, units = text(channel, "ChannelSensitivity"), items(channel, "ChannelSensitivityUnitsSequence")
    unit = text(units[0], "CodeValue") if units else ""
    if not sensitivity or unit not in _MILLIVOLTS:
        raise DamagedFile(file=name, detail=f"channel sensitivity {sensitivity or '-'} {unit or '-'}")
    correction = float(text(channel, "ChannelSensitivityCorrectionFactor") or 1.0)
    baseline = float(text(channel, "ChannelBaseline") or 0.0)
    values = (counts * (float(sensitivity) * correction) + baseline) * _MILLIVOLTS[unit]
    if padding is not None:
        values[counts == padding] = np.nan
    return values.astype(np.float32)


def _rhythm(groups: list[tuple[bool, Trace]], name: str) -> Trace:
    """Return the longest original group, joined with those of the same rate and length that carry other leads.

    A group of median beats is derived and shorter; a file with nothing but derived groups holds no ECG to measure.
    """
    originals = [trace for original, trace in groups if original]
    if not originals:
        raise NoEcg(file=name, detail="no original ECG waveform")
    longest = max(originals, key=lambda trace: (trace.seconds, len(trace.leads)))
    names: list[str] = []
    rows: list[NDArray[np.float32]] = []
    for trace in originals:
        if trace.rate == longest.rate and trace.samples.shape[1] == longest.samples.shape[1]:
            fresh = [row for row, lead in enumerate(trace.leads) if lead not in names]
            names += [trace.leads[row] for row in fresh]
            rows += [trace.samples[row] for row in fresh]
    order = in_order(tuple(names))
    return Trace(tuple(names[row] for row in order), longest.rate, np.stack([rows[row] for row in order]))


def _person(dataset: Any) -> str:
    """Return the patient's name as it is written in the land: the ideographic group where there is one."""
    name: Any = dataset.get("PatientName")
    ideographic, alphabetic = str(getattr(name, "ideographic", "")), str(getattr(name, "alphabetic", ""))
    return ideographic.replace("^", "").strip() or alphabetic.replace("^", " ").strip()


def _started_at(dataset: Any) -> datetime | None:
    """Return when the acquisition began; without (0008,0201) and without an offset it is the cart's wall clock."""
    try:
        moment = _moment(dataset)
    except ValueError:
        return None
    offset = text(dataset, "TimezoneOffsetFromUTC")
    if moment is None or moment.tzinfo is not None or len(offset) != 5:
        return moment
    minutes = int(offset[1:3]) * 60 + int(offset[3:5])
    return moment.replace(tzinfo=timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)))


def _moment(dataset: Any) -> datetime | None:
    """Return the acquisition's moment; `ValueError` if what the cart wrote is none."""
    acquired = DT(text(dataset, "AcquisitionDateTime") or None)
    if acquired is not None:
        return datetime.fromisoformat(acquired.isoformat())
    for prefix in ("Content", "Study"):
        day, time = DA(text(dataset, f"{prefix}Date") or None), TM(text(dataset, f"{prefix}Time") or None)
        if day is not None and time is not None:
            return datetime.combine(day, time)
    return None
