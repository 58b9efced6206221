"""DICOM ECG waveforms, 12-lead, general and ambulatory: PS3.3 C.10.9 Waveform, C.10.10 Annotation (recalled)."""

import logging
import warnings
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any, cast

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.valuerep import DA, DT, TM

from yiji.core.signal import Recording
from yiji.devices.errors import DamagedFile, NoEcg, TruncatedFile
from yiji.devices.recording import leads
from yiji.devices.recording.cart import items, measured, statements, text

# pydicom quotes what it stumbles over, patients' names included, in warnings and in its log; neither may carry them.
logging.getLogger("pydicom").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="pydicom")

ECG_STORAGE = (
    "1.2.840.10008.5.1.4.1.1.9.1."  # 12-lead .1, general .2, ambulatory .3 (PS3.6 table A-1, by pydicom's copy)
)
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_MOST_INFLATED = 1 << 28  # bytes
_MILLIVOLTS = {"nV": 1e-6, "uV": 1e-3, "mV": 1.0, "V": 1e3}
_SAMPLES = {
    ("SS", 16): "<i2",
    ("US", 16): "<u2",
    ("SB", 8): "<i1",
    ("UB", 8): "<u1",
    ("SL", 32): "<i4",
    ("UL", 32): "<u4",
}


@dataclass(frozen=True, eq=False)
class _Group:
    """The ECG leads of one multiplex group: counts of shape (samples, leads)."""

    leads: list[str]
    fs: float
    counts: NDArray[Any]
    scale: list[float]
    offset: list[float]
    gap: int | None
    original: bool


def read_dicom(data: bytes, name: str) -> Recording:
    """Read the rhythm of a DICOM ECG; `name` is for messages. Raises `TruncatedFile`, `DamagedFile` or `NoEcg`."""
    dataset = _dataset(data, name)
    groups = [_group(item, name) for item in _waveforms(dataset, name)]
    rhythm = _rhythm([group for group in groups if group is not None], name)
    return Recording(
        "ecg",
        tuple(rhythm.leads),
        rhythm.fs,
        rhythm.counts,
        "dicom",
        scale=np.array(rhythm.scale),
        offset=np.array(rhythm.offset),
        gap=rhythm.gap,
        start=_started_at(dataset),
        names=tuple(rhythm.leads),
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
        _check_deflated(data, name)
        dataset = cast(Any, pydicom).dcmread(BytesIO(data))
        for sequence in ("WaveformSequence", "WaveformAnnotationSequence"):
            items(dataset, sequence)  # a sequence is read only when it is asked for
    except (EOFError, OSError) as fault:  # pydicom's words for a file that ends within an element or between two
        raise TruncatedFile(file=name, detail=str(fault)) from fault
    except InvalidDicomError as fault:
        raise DamagedFile(file=name, detail=str(fault)) from fault
    return dataset


def _check_deflated(data: bytes, name: str) -> None:
    """A deflated file is inflated in one piece by pydicom: see first how much comes out. The meta group tells both."""
    meta = 144 + int.from_bytes(data[140:144], "little")
    if _DEFLATED not in data[:meta]:
        return
    inflate, rest, size = zlib.decompressobj(-zlib.MAX_WBITS), data[meta:], 0
    while rest and size <= _MOST_INFLATED:
        size += len(inflate.decompress(rest, 1 << 20))
        rest = inflate.unconsumed_tail
    if size > _MOST_INFLATED:
        raise DamagedFile(file=name, detail=f"more than {_MOST_INFLATED} bytes inflated")


def _waveforms(dataset: Any, name: str) -> list[Any]:
    """Return the multiplex groups."""
    found = items(dataset, "WaveformSequence")
    kind = text(dataset, "SOPClassUID")
    if not found and (kind.startswith(ECG_STORAGE) or not kind):
        raise TruncatedFile(file=name, detail="WaveformSequence (5400,0100) missing")
    if not found:
        raise NoEcg(file=name, detail=text(dataset, "Modality") or "no waveform")
    return found


def _group(item: Any, name: str) -> _Group | None:
    """Return a group's ECG leads; None when no channel is one."""
    channels, dtype = items(item, "ChannelDefinitionSequence"), _dtype(item, name)
    counts = _counts(item, dtype, len(channels), name)
    found = [(lead, row) for row, channel in enumerate(channels[: counts.shape[1]]) if (lead := _lead(channel))]
    if not found:
        return None
    rows = [row for _, row in found]
    steps = [_step(channels[row], name) for row in rows]
    original = text(item, "WaveformOriginality") in ("", "ORIGINAL")
    return _Group(
        [lead for lead, _ in found],
        float(item.SamplingFrequency),
        counts if rows == list(range(counts.shape[1])) else counts[:, rows],
        [scale for scale, _ in steps],
        [offset for _, offset in steps],
        _padding(item, dtype),
        original,
    )


def _dtype(item: Any, name: str) -> str:
    told = text(item, "WaveformSampleInterpretation"), int(item.WaveformBitsAllocated)
    if told not in _SAMPLES:
        raise DamagedFile(file=name, detail=f"sample interpretation {told[0]} of {told[1]} bits")
    return _SAMPLES[told]


def _counts(item: Any, dtype: str, channels: int, name: str) -> NDArray[Any]:
    """Return the samples as they are stored, shape (samples, channels)."""
    shape = int(item.NumberOfWaveformSamples), int(item.NumberOfWaveformChannels)
    raw = cast(bytes, item.get("WaveformData") or b"")
    need = shape[0] * shape[1] * np.dtype(dtype).itemsize
    if len(raw) < need or channels < shape[1]:
        raise TruncatedFile(file=name, detail=f"{len(raw)} of {need} bytes, {channels} of {shape[1]} channels")
    if len(raw) > need + need % 2 or channels > shape[1]:
        raise DamagedFile(file=name, detail=f"{len(raw)} bytes for {need}, {channels} channels for {shape[1]}")
    return np.frombuffer(raw[:need], dtype).reshape(shape)


def _lead(channel: Any) -> str | None:
    """Return a channel's lead: by its code, by what the code means, or by its label."""
    for source in items(channel, "ChannelSourceSequence"):
        coded = leads.by_code(text(source, "CodingSchemeDesignator"), text(source, "CodeValue"))
        found = coded or leads.by_name(text(source, "CodeMeaning"))
        if found:
            return found
    return leads.ecg_name(text(channel, "ChannelLabel")) or None


def _padding(item: Any, dtype: str) -> int | None:
    """Return the padding value (5400,100A), unless it is 0, which some makers write while zeros are plain samples."""
    raw, size = cast(bytes, item.get("WaveformPaddingValue") or b""), np.dtype(dtype).itemsize
    return int(np.frombuffer(raw[:size], dtype)[0]) or None if len(raw) >= size else None


def _step(channel: Any, name: str) -> tuple[float, float]:
    """Return (scale, offset) in mV: value = count * sensitivity * correction + baseline, in the sensitivity's unit."""
    sensitivity, units = text(channel, "ChannelSensitivity"), items(channel, "ChannelSensitivityUnitsSequence")
    unit = text(units[0], "CodeValue") if units else ""
    if not sensitivity or unit not in _MILLIVOLTS:
        raise DamagedFile(file=name, detail=f"channel sensitivity {sensitivity or '-'} {unit or '-'}")
    correction = float(text(channel, "ChannelSensitivityCorrectionFactor") or 1.0)
    baseline = float(text(channel, "ChannelBaseline") or 0.0)
    return float(sensitivity) * correction * _MILLIVOLTS[unit], baseline * _MILLIVOLTS[unit]


def _rhythm(groups: list[_Group], name: str) -> _Group:
    """Return the longest original group, joined with those of the same rate and length that carry other leads.

    A group of median beats is derived and shorter; a file with nothing but derived groups holds no ECG to measure.
    """
    originals = [group for group in groups if group.original]
    if not originals:
        raise NoEcg(file=name, detail="no original ECG waveform")
    longest = max(originals, key=lambda group: (len(group.counts) / group.fs, len(group.leads)))
    whole = longest
    for group in originals:
        same = group.fs == longest.fs and len(group.counts) == len(longest.counts) and group.gap == longest.gap
        fresh = [row for row, lead in enumerate(group.leads) if lead not in whole.leads]
        if group is not longest and same and fresh:
            whole = _joined(whole, group, fresh)
    return whole


def _joined(first: _Group, other: _Group, rows: list[int]) -> _Group:
    """Return a group with further leads of another."""
    return _Group(
        [*first.leads, *(other.leads[row] for row in rows)],
        first.fs,
        np.concatenate([first.counts, other.counts[:, rows]], axis=1),
        [*first.scale, *(other.scale[row] for row in rows)],
        [*first.offset, *(other.offset[row] for row in rows)],
        first.gap,
        True,
    )


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
