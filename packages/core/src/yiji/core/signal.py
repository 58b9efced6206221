"""Signals as devices and reports share them: numpy only, so that the two never meet.

A `Trace` is what is drawn and measured. Its blob is a JSON header line and the samples as little-endian 16-bit
differences, deflated; the resolution is 1 uV unless the range asks for more (told in the header).
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.measure import Measurement

MAGIC = b"YJTR1\n"
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
    def seconds(self) -> float:
        """How long the trace is."""
        return self.samples.shape[1] / self.rate

    def lead(self, name: str) -> NDArray[np.float32]:
        """Return one lead's samples in mV; `KeyError` if it is not there."""
        try:
            return self.samples[self.leads.index(name)]
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
            yield begin, self._millivolts(begin, min(first + step, self.samples))

    def _millivolts(self, first: int, last: int) -> NDArray[np.float64]:
        counts = self.counts[first:last]
        values = counts * self.scale + self.offset
        if self.gap is not None:
            values[counts == self.gap] = np.nan
        return values

    @cached_property
    def trace(self) -> Trace:
        """What is drawn and measured: float32, our names, the standard leads first."""
        names = self.names or self.leads
        rows = in_order(names)
        samples = np.empty((len(rows), self.samples), np.float32)
        for first, block in self.blocks():
            samples[:, first : first + len(block)] = block.T[rows]
        return Trace(tuple(names[row] for row in rows), self.fs, samples, self.start)


def in_order(names: Sequence[str]) -> list[int]:
    """Return the rows with the standard leads first, in their order, and the others after them as they came."""
    known = [list(names).index(name) for name in STANDARD if name in names]
    return known + [row for row in range(len(names)) if row not in known]


def encode(trace: Trace) -> bytes:
    """Pack a trace into the bytes of its blob."""
    peak = float(np.max(np.abs(trace.samples), initial=0.0))
    step = max(0.001, peak / 32000)  # mV a count
    counts = np.rint(trace.samples / step).astype("<i2")
    steps = np.diff(counts, axis=1, prepend=np.zeros((counts.shape[0], 1), "<i2"))  # wraps round, and back
    header: dict[str, Any] = {
        "leads": trace.leads,
        "rate": trace.rate,
        "step": step,
        "samples": counts.shape[1],
        "started_at": trace.started_at.isoformat() if trace.started_at else None,
    }
    return MAGIC + json.dumps(header).encode() + b"\n" + zlib.compress(steps.astype("<i2").tobytes(), 6)


def decode(blob: bytes) -> Trace:
    """Unpack the bytes of a trace's blob; `ValueError` if they are not one."""
    if not blob.startswith(MAGIC):
        raise ValueError("not a trace blob")
    header_end = blob.index(b"\n", len(MAGIC))
    header = json.loads(blob[len(MAGIC) : header_end])
    steps = np.frombuffer(zlib.decompress(blob[header_end + 1 :]), "<i2")
    counts = np.cumsum(steps.reshape(len(header["leads"]), header["samples"]), axis=1, dtype="<i2")
    started_at = header["started_at"]
    return Trace(
        leads=tuple(header["leads"]),
        rate=header["rate"],
        samples=counts.astype(np.float32) * np.float32(header["step"]),
        started_at=datetime.fromisoformat(started_at) if started_at else None,
    )
