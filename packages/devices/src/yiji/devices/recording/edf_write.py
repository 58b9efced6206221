"""Writing EDF+: the device's own counts; their scale as exactly as EDF's eight characters a number can tell it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.errors import CannotWrite
from yiji.devices.recording.whole import Whole, whole

_WIDTH = 8  # characters of a number
_MOST_RECORD = 61440  # bytes, which EDF asks records to stay below
_LOWEST, _HIGHEST = -32768, 32767
_MOST_DENOMINATOR = 1_000_000


def write_edf(recording: Recording, path: Path) -> tuple[str, ...]:
    """Write an EDF+ file; return what was lost, as codes of `yiji.devices.recording.convert`.

    Raises `CannotWrite` for a rate that EDF's header cannot tell.
    """
    import edfio

    packed = whole(recording)
    width = _record(recording)
    missing = -recording.samples % width
    ranges = [_ranges(packed, row) for row in range(len(recording.leads))]
    signals = [
        edfio.EdfSignal.from_digital(
            np.pad(np.ascontiguousarray(packed.counts[:, row], np.int16), (0, missing), "edge"),
            recording.fs,
            label=_ascii(_label(recording, row))[:16],
            physical_dimension=unit,
            physical_range=physical,
            digital_range=digital,
        )
        for row, (unit, physical, digital) in enumerate(ranges)
    ]
    _file(edfio, recording, signals, width / recording.fs).write(path)
    exact = all(_is_exact(packed, row, found) for row, found in enumerate(ranges))
    return tuple(_lost(recording, packed, missing, exact))


def _record(recording: Recording) -> int:
    """Return how many samples a record takes: one that divides the whole recording, if that is not too small."""
    most = max(1, _MOST_RECORD // 2 // len(recording.leads))
    tidy = [width for width in _divisors(recording.samples) if width <= most and _tells(width, recording)]
    if tidy and tidy[-1] >= recording.fs / 10:
        return tidy[-1]
    for seconds in (1, 2, 4, 5, 8, 10, 3, 6, 7, 9):
        if (seconds * recording.fs).is_integer():
            return int(seconds * recording.fs)
    raise CannotWrite(format="edf", detail=f"{recording.fs} samples a second")


def _divisors(number: int) -> list[int]:
    small = [one for one in range(1, int(number**0.5) + 1) if number % one == 0]
    return sorted({*small, *(number // one for one in small)})


def _tells(width: int, recording: Recording) -> bool:
    """Say whether a record's length comes back as it is, and the second at which each begins is a short number."""
    seconds = width / recording.fs
    starts = np.arange(recording.samples // width) * seconds
    return float(f"{seconds:.6g}") == seconds and bool(np.all(starts == np.round(starts, 6)))


def _ranges(packed: Whole, row: int) -> tuple[str, tuple[float, float], tuple[int, int]]:
    """Return (unit, physical range, digital range) that tell a lead's scale exactly, or as nearly as possible.

    Exact are ranges of k steps of p counts to either side of 0 mV, where p counts are a whole number q of units.
    """
    scale, offset, counts = packed.scale[row], packed.offset[row], packed.counts[:, row]
    zero, least, most = round(-offset / scale), int(counts.min(initial=0)), int(counts.max(initial=0))
    for unit, units in (("uV", 1000), ("mV", 1)):
        step = Fraction(scale * units).limit_denominator(_MOST_DENOMINATOR)
        p, q = step.denominator, step.numerator
        down, up = (zero - _LOWEST) // p, (_HIGHEST - zero) // p
        low, high = zero - down * p, zero + up * p
        fits = max(len(str(-down * q)), len(str(up * q))) <= _WIDTH and low < high
        if fits and low <= least and most <= high and abs(float(step) - scale * units) <= 1e-9 * abs(step):
            return unit, (float(-down * q), float(up * q)), (low, high)
    return "uV", *_nearest(scale * 1000, offset * 1000)


def _nearest(scale: float, offset: float) -> tuple[tuple[float, float], tuple[int, int]]:
    return (_short(_LOWEST * scale + offset), _short(_HIGHEST * scale + offset)), (_LOWEST, _HIGHEST)


def _short(value: float) -> float:
    """Return the nearest number that eight characters can tell."""
    whole_part = len(str(int(abs(value)))) + (value < 0)
    return round(value, max(0, _WIDTH - 1 - whole_part))


def _is_exact(packed: Whole, row: int, found: tuple[str, tuple[float, float], tuple[int, int]]) -> bool:
    unit, (low, high), (first, last) = found
    units = 1000 if unit == "uV" else 1
    scale = (high - low) / (last - first) / units
    level = low / units - first * scale
    return abs(scale - packed.scale[row]) <= 1e-9 * abs(scale) and abs(level - packed.offset[row]) <= 1e-9


def _label(recording: Recording, row: int) -> str:
    """Return EDF's label: the kind of signal, then the lead ("ECG V1")."""
    name = recording.leads[row]
    return name if name.upper().startswith(("ECG", "EKG")) else f"ECG {name}"


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def _file(edfio: Any, recording: Recording, signals: list[Any], seconds: float) -> Any:
    day = recording.start.date() if recording.start else None
    return edfio.Edf(
        signals,
        patient=edfio.Patient(code=_word(recording.patient_id), name=_word(recording.patient_name)),
        recording=edfio.Recording(
            startdate=day,
            investigator_technician_code="X",
            hospital_administration_code=_word(recording.accession_number),
            equipment_code=_word(f"{recording.manufacturer} {recording.model}".strip()),
        ),
        starttime=recording.start.time().replace(tzinfo=None) if recording.start else None,
        data_record_duration=seconds,
        annotations=[edfio.EdfAnnotation(0, None, note) for note in recording.notes],
    )


def _word(text: str) -> str:
    """Return a sub-field: no blanks, "X" for nothing."""
    return "_".join(_ascii(text).split()) or "X"


def _lost(recording: Recording, packed: Whole, missing: int, exact: bool) -> Iterator[str]:
    if packed.rounded:
        yield "rounded"
    if not exact:
        yield "scale"
    if missing:
        yield "padded"
    if _gaps(packed.counts, packed.gap):
        yield "gaps"
    if any(not text.isascii() for text in (recording.patient_name, recording.patient_id, *recording.leads)):
        yield "text"
    if recording.measured_by_device:
        yield "measurements"


def _gaps(counts: NDArray[Any], gap: int) -> bool:
    return any(bool((counts[first : first + (1 << 18)] == gap).any()) for first in range(0, len(counts), 1 << 18))
