"""Signals as devices and reports share them: numpy only, so that the two never meet.

A `Trace` is what is drawn and measured. Its blob is a JSON header line and the samples as little-endian 16-bit
differences, deflated; the resolution is 1 uV unless the range asks for more (told in the header).
"""

import json
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.contract.recording import Measurement

MAGIC = b"YJTR1\n"


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
    """A trace and where it comes from, as read from a device's file."""

    kind: str  # ecg
    trace: Trace
    source: str  # the format it was read from: dicom, wfdb, ...
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    patient_id: str = ""
    patient_name: str = ""
    accession_number: str = ""
    measured_by_device: tuple[Measurement, ...] = ()
    notes: tuple[str, ...] = field(default=())


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
