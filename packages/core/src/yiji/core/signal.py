"""Signals as devices and reports share them: numpy only, so that the two never meet.

A `Trace` is what is drawn and measured. Its blob is a JSON header line and the samples as little-endian 16-bit
differences, deflated; the resolution is 1 uV unless the range asks for more (told in the header).
"""

import json
import mmap
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement

MAGIC = b"YJTR1\n"
STRETCH = 1 << 20  # samples or bytes that are packed or unpacked at once
LEVEL = 4  # of deflating: a fifth of the usual level's time for 1 to 3 % more bytes
STANDARD = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")  # the leads of a resting ECG


@dataclass(frozen=True, eq=False)
class Trace:
    """Simultaneous leads.

    `samples`: float32, shape (leads, samples), millivolts; `rate`: samples a second; `leads`: one name a row.
    """

    leads: tuple[str, ...]
    rate: float
    samples: NDArray[np.float32]
    started_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.shape[0] != len(self.leads):
            raise ValueError(f"{len(self.leads)} leads do not fit samples of shape {self.samples.shape}")

    @property
    def size(self) -> int:
        """How many samples a lead has."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """How long the trace is."""
        return self.size / self.rate

    def lead(self, name: str) -> NDArray[np.float32]:
        """Return one lead's samples in mV; `KeyError` if it is not there."""
        return self.samples[self._row(name)]

    def cut(self, name: str, first: int, last: int) -> NDArray[np.float32]:
        """Return a lead's samples from one to another in mV; `KeyError` if it is not there."""
        return self.lead(name)[first:last]

    def _row(self, name: str) -> int:
        try:
            return self.leads.index(name)
        except ValueError:
            raise KeyError(name) from None


@dataclass(frozen=True, eq=False)
class Recording:
    """Simultaneous leads as a device's file has them, and where they come from.

    `counts`: shape (samples, leads), as they are stored (whole numbers, or floats that are mV already); may be a memory
    map. A sample is ``count * scale + offset`` mV, a lead each; `gap` is the count that stands for "no valid sample",
    and NaN is one too. `leads`: the names as in the file; `names`: the same in our spelling, where we know them.
    `fs`: samples a second. `start`: when the first sample was taken; without a zone it is the device's wall clock.
    """

    kind: str  # ecg
    leads: tuple[str, ...]
    fs: float
    counts: NDArray[Any]
    source: str  # the format it was read from: dicom, wfdb, ...
    scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    offset: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    gap: int | None = None
    start: datetime | None = None
    names: tuple[str, ...] = ()
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    patient_id: str = ""
    patient_name: str = ""
    accession_number: str = ""
    measured_by_device: tuple[Measurement, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or self.counts.shape[1] != len(self.leads):
            raise ValueError(f"{len(self.leads)} leads do not fit counts of shape {self.counts.shape}")
        if self.names and len(self.names) != len(self.leads):
            raise ValueError(f"{len(self.names)} names for {len(self.leads)} leads")
        if not self.fs > 0:
            raise ValueError(f"{self.fs} samples a second")

    @classmethod
    def of(cls, kind: str, trace: Trace, source: str, **facts: Any) -> "Recording":
        """Return the recording of a trace."""
        return cls(kind, trace.leads, trace.rate, trace.samples.T, source, start=trace.started_at, **facts)

    @property
    def samples(self) -> int:
        """How many samples a lead has."""
        return int(self.counts.shape[0])

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return self.samples / self.fs

    @cached_property
    def signal(self) -> NDArray[np.float64]:
        """All samples in mV, shape (samples, leads), leads as in the file; NaN where there is no valid sample."""
        return self._millivolts(0, self.samples)

    def blocks(self, seconds: float = 300.0, overlap: float = 0.0) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield (first sample, samples in mV) stretch by stretch, each with `overlap` seconds of the one before it."""
        step, before = max(1, int(seconds * self.fs)), int(overlap * self.fs)
        for first in range(0, self.samples, step):
            begin = max(0, first - before)
            _let_go(self.counts)
            yield begin, self._millivolts(begin, min(first + step, self.samples))
        _let_go(self.counts)

    def lead(self, row: int, first: int, last: int) -> NDArray[np.float64]:
        """Return the samples of the lead in a row from one to another, in mV; nothing else is made."""
        part = slice(row, row + 1)
        one = replace(
            self, leads=self.leads[part], names=self.names[part], counts=self.counts[first:last, part],
            scale=self.scale[part] if self.scale.size > 1 else self.scale,
            offset=self.offset[part] if self.offset.size > 1 else self.offset,
        )  # fmt: skip
        return one.signal[:, 0]

    def _millivolts(self, first: int, last: int) -> NDArray[np.float64]:
        counts = self.counts[first:last]
        values = counts * self.scale + self.offset
        if self.gap is not None:
            values[counts == self.gap] = np.nan
        return values

    @cached_property
    def trace(self) -> Trace:
        """What is drawn and measured: float32, our names, the standard leads first; made when it is looked at."""
        return RecordedTrace.of(self, in_order(self.names or self.leads))


class RecordedTrace(Trace):
    """A recording's trace, which holds no samples before all are asked for: a day of them is large."""

    recording: Recording
    rows: Sequence[int]

    @classmethod
    def of(cls, recording: Recording, rows: Sequence[int]) -> "RecordedTrace":
        """Return the trace of a recording's leads in these rows."""
        names = recording.names or recording.leads
        trace = cls.__new__(cls)
        known = {"leads": tuple(names[row] for row in rows), "rate": recording.fs, "started_at": recording.start}
        vars(trace).update(known, recording=recording, rows=tuple(rows))
        return trace

    @cached_property
    def samples(self) -> NDArray[np.float32]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """All samples, in mV."""
        whole = np.empty((len(self.rows), self.recording.samples), np.float32)
        for first, block in self.recording.blocks():
            whole[:, first : first + len(block)] = block.T[list(self.rows)]
        return whole

    @property
    def size(self) -> int:
        """How many samples a lead has."""
        return super().size if "samples" in vars(self) else self.recording.samples

    def cut(self, name: str, first: int, last: int) -> NDArray[np.float32]:
        """Return a lead's samples from one to another in mV, and make no others."""
        if "samples" in vars(self):
            return super().cut(name, first, last)
        row, last = self.rows[self._row(name)], min(last, self.size)
        out = np.empty(max(0, last - first), np.float32)
        for at in range(first, last, STRETCH):
            out[at - first : at - first + STRETCH] = self.recording.lead(row, at, min(at + STRETCH, last))
        return out


def _let_go(counts: Any) -> None:
    """Tell the system that what was read of a mapped file need not stay in memory."""
    while counts is not None and getattr(counts, "_mmap", None) is None:
        counts = getattr(counts, "base", None)
    if counts is not None and getattr(counts, "mode", "") == "r" and hasattr(mmap, "MADV_DONTNEED"):
        counts._mmap.madvise(mmap.MADV_DONTNEED)


def in_order(names: Sequence[str]) -> list[int]:
    """Return the rows with the standard leads first, in their order, and the others after them as they came."""
    known = [list(names).index(name) for name in STANDARD if name in names]
    return known + [row for row in range(len(names)) if row not in known]


def encode(trace: Trace) -> bytes:
    """Pack a trace into the bytes of its blob, stretch by stretch; a gap becomes 0."""
    stretches = [slice(first, min(first + STRETCH, trace.size)) for first in range(0, trace.size, STRETCH)]
    peak = max(
        (float(np.abs(_whole(trace, lead, part)).max()) for lead in trace.leads for part in stretches), default=0.0
    )
    step = max(0.001, peak / 32000)  # mV a count
    header: dict[str, Any] = {
        "leads": trace.leads,
        "rate": trace.rate,
        "step": step,
        "samples": trace.size,
        "started_at": trace.started_at.isoformat() if trace.started_at else None,
    }
    packed, deflate = [MAGIC + json.dumps(header).encode() + b"\n"], zlib.compressobj(LEVEL)
    for lead in trace.leads:
        before = np.zeros(1, "<i2")
        for part in stretches:
            counts = np.rint(_whole(trace, lead, part) / step).astype("<i2")
            packed.append(deflate.compress(np.diff(counts, prepend=before).astype("<i2").tobytes()))  # wraps round
            before = counts[-1:]
    return b"".join([*packed, deflate.flush()])


def _whole(trace: Trace, lead: str, part: slice) -> NDArray[np.float32]:
    return np.nan_to_num(trace.cut(lead, part.start, part.stop), nan=0.0, posinf=0.0, neginf=0.0)


def decode(blob: bytes) -> Trace:
    """Unpack the bytes of a trace's blob, whole numbers until samples are asked for; `ValueError` if it is none."""
    if not blob.startswith(MAGIC):
        raise ValueError("not a trace blob")
    header_end = blob.index(b"\n", len(MAGIC))
    header = json.loads(blob[len(MAGIC) : header_end])
    leads = tuple(header["leads"])
    counts = _inflated(memoryview(blob)[header_end + 1 :], (len(leads), header["samples"]))
    started_at = datetime.fromisoformat(header["started_at"]) if header["started_at"] else None
    scale = np.full(len(leads), header["step"])
    recording = Recording("", leads, header["rate"], counts.T, "trace", scale, np.zeros(1), start=started_at)
    return RecordedTrace.of(recording, range(len(leads)))


def _inflated(packed: memoryview, shape: tuple[int, int]) -> NDArray[np.int16]:
    """Return samples, shape (leads, samples), out of their deflated differences; `ValueError` if they do not fit."""
    inflate, raw, at = zlib.decompressobj(), np.empty(2 * shape[0] * shape[1], np.uint8), 0
    for first in range(0, len(packed), STRETCH):
        part = np.frombuffer(inflate.decompress(packed[first : first + STRETCH]), np.uint8)
        raw[at : at + part.size] = part
        at += part.size
    if at != raw.size or not inflate.eof:
        raise ValueError(f"{at} of {raw.size} bytes of samples")
    counts = raw.view("<i2").reshape(shape)
    for row in counts:
        np.add.accumulate(row, out=row)  # wraps round, and back
    return counts
