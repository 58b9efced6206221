"""A WFDB signal file's samples as whole numbers: signal(5) of the WFDB Applications Guide (recalled).

Formats 16 and 61 stay where they lie (a memory map stays one), the other plain ones are unpacked stretch by stretch,
FLAC is decoded by `soundfile`. Sizes are checked before anything is made.
"""

import mmap
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

Raw = NDArray[np.uint8]
Counts = NDArray[Any]

_STRETCH = 3 << 17  # bytes unpacked at once
_MOST_PACKING = 4000  # samples that a byte of FLAC can stand for; a lead that is flat all day comes near


def _b80(raw: Raw) -> Counts:
    return raw.astype(np.int16) - 128


def _b160(raw: Raw) -> Counts:
    return (raw.view("<u2").astype(np.int32) - 32768).astype(np.int16)


def _b24(raw: Raw) -> Counts:
    whole = np.zeros((raw.size // 3, 4), np.uint8)
    whole[:, 1:] = raw.reshape(-1, 3)
    return whole.view("<i4")[:, 0] >> 8


def _b212(raw: Raw) -> Counts:
    """Two samples of 12 bits in three bytes: low bytes outside, high halves in the middle; shifts carry the sign."""
    middle, samples = raw[1::3].astype(np.int16), np.empty(raw.size // 3 * 2, np.int16)
    samples[0::2] = (middle << 12 >> 4) | raw[0::3]
    samples[1::2] = ((middle & 0xF0) << 8 >> 4) | raw[2::3]
    return samples


def _b310(raw: Raw) -> Counts:
    """Three samples of 10 bits in two words: two in bits 1 to 10, the third's halves above them."""
    words = raw.view("<u2").reshape(-1, 2)
    third = words[:, 0] >> 11 | words[:, 1] >> 11 << 5
    return _ten(np.stack([words[:, 0] >> 1, words[:, 1] >> 1, third], axis=1))


def _b311(raw: Raw) -> Counts:
    """Three samples of 10 bits, one after the other in 32."""
    words = raw.view("<u4")
    return _ten(np.stack([words, words >> 10, words >> 20], axis=1))


def _ten(fields: Counts) -> Counts:
    """Return the low ten bits of each as a number with its sign."""
    return (fields.astype(np.uint16) << 6).view(np.int16).ravel() >> 6


# format: bytes, samples in them, how they are unpacked, and into what
_UNPACKED: dict[str, tuple[int, int, Callable[[Raw], Counts], str]] = {
    "310": (4, 3, _b310, "<i2"),
    "311": (4, 3, _b311, "<i2"),
    "80": (1, 1, _b80, "<i2"),
    "160": (2, 1, _b160, "<i2"),
    "24": (3, 1, _b24, "<i4"),
    "212": (3, 2, _b212, "<i2"),
}
_AS_THEY_LIE = {"8": "<i1", "16": "<i2", "61": ">i2", "32": "<i4"}
FLAC = {"508": 8, "516": 16, "524": 24}
FORMATS = (*_AS_THEY_LIE, *_UNPACKED, *FLAC)
GAPS = {"80": 8, "508": 8, "310": 10, "311": 10, "212": 12, "16": 16, "61": 16, "160": 16, "516": 16} | {
    "24": 24,
    "524": 24,
    "32": 32,
}  # bits; the lowest count of so many stands for "no valid sample"


def gap_of(fmt: str) -> int | None:
    """Return the count that stands for "no valid sample" in a format; None where there is none."""
    return -(1 << GAPS[fmt] - 1) if fmt in GAPS else None


def held(raw: Raw, fmt: str, channels: int) -> int:
    """Return how many samples bytes hold, of all signals together."""
    if fmt in _AS_THEY_LIE:
        return raw.size // np.dtype(_AS_THEY_LIE[fmt]).itemsize
    if fmt in FLAC:
        return _flac(raw, channels).frames * channels
    size, in_it, *_ = _UNPACKED[fmt]
    return raw.size * in_it // size


def decode(raw: Raw, fmt: str, count: int, channels: int) -> Counts:
    """Return the first `count` samples, which are there; `channels` only matters for FLAC. Raises `ValueError`.

    Those of format 8 are differences still.
    """
    if fmt in _AS_THEY_LIE:
        dtype = np.dtype(_AS_THEY_LIE[fmt])
        return raw[: count * dtype.itemsize].view(dtype)
    return _decode_flac(raw, fmt, count, channels) if fmt in FLAC else _unpack(raw, fmt, count)


def _unpack(raw: Raw, fmt: str, count: int) -> Counts:
    size, in_it, unpack, dtype = _UNPACKED[fmt]
    samples = np.empty(-(-count // in_it) * in_it, dtype)
    step = _STRETCH // size
    for first in range(0, samples.size // in_it, step):
        last = min(first + step, samples.size // in_it)
        part = raw[first * size : last * size]
        whole = np.pad(part, (0, (last - first) * size - part.size))  # an odd last sample lacks a byte
        samples[first * in_it : last * in_it] = unpack(whole)
        if first % (64 * step) == 0:
            _let_go(raw)
    return samples[:count]


def _let_go(raw: Raw) -> None:
    """Tell the system that what was read of a mapped file need not stay in memory."""
    mapped: Any = getattr(raw, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _flac(raw: Raw, channels: int) -> Any:
    """Open a FLAC file; `ValueError` if it is not one with so many channels, or cannot hold what it says."""
    import soundfile

    try:
        opened: Any = soundfile.SoundFile(BytesIO(raw.tobytes()))
    except soundfile.SoundFileError as fault:
        raise ValueError(f"FLAC: {fault}") from fault
    if opened.format != "FLAC" or opened.channels != channels:
        raise ValueError(f"{opened.format} of {opened.channels} channels, not FLAC of {channels}")
    if not 0 <= opened.frames * channels <= _MOST_PACKING * raw.size:
        raise ValueError(f"{opened.frames} frames in {raw.size} bytes of FLAC")
    return opened


def _decode_flac(raw: Raw, fmt: str, count: int, channels: int) -> Counts:
    bits = FLAC[fmt]
    dtype = "int32" if bits > 16 else "int16"
    opened = _flac(raw, channels)
    samples = opened.read(count // channels, dtype=dtype, always_2d=True)
    if samples.size < count:
        raise ValueError(f"FLAC ends after {samples.size} of {count} samples")
    return (samples >> (np.dtype(dtype).itemsize * 8 - bits)).ravel() if bits in (8, 24) else samples.ravel()
