"""Philips XLI: how Sierra ECG files pack a lead, as the Sierra ECG Tools (MIT licence) tell it.

A chunk a lead: 4 bytes length, 2 not used, 2 the first difference; then codes of 10 bits (LZW). Unpacked, the high
bytes of all samples come before the low ones; the samples are differences of differences.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_HEADER = 8
_BITS = 10
_FIRST_FREE, _LAST_CODE = 256, (1 << _BITS) - 2
_BIAS = 64


def unpack(data: bytes, samples: int) -> list[NDArray[np.int32]]:
    """Return each chunk's samples; `ValueError` if a chunk is cut short, damaged or not of so many samples."""
    return [_lead(chunk, first, samples) for first, chunk in _chunks(data)]


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "little")
        first = int.from_bytes(data[place + 6 : place + _HEADER], "little", signed=True)
        chunk = data[place + _HEADER : place + _HEADER + size]
        if len(chunk) < max(size, 1):
            raise ValueError(f"XLI chunk of {len(chunk)} of {size} bytes")
        yield first, chunk
        place += _HEADER + size


def _lead(chunk: bytes, first: int, samples: int) -> NDArray[np.int32]:
    packed = _lzw(chunk, 2 * samples + 2)
    if len(packed) // 2 != samples:
        raise ValueError(f"XLI lead of {len(packed) // 2} of {samples} samples")
    half = (len(packed) + 1) // 2
    high, low = np.frombuffer(packed[:half], np.uint8), np.frombuffer(packed[half:].ljust(half, b"\0"), np.uint8)
    return _summed((high.astype(np.uint16) << 8 | low).view(np.int16).astype(np.int64), first)[:samples]


def _summed(told: NDArray[np.int64], first: int) -> NDArray[np.int32]:
    """Undo the differences: z = 2 y - x - d, where d is the last difference; the first is told by the header."""
    if told.size < 3:
        return told.astype(np.int32)
    second = -np.concatenate(([first], told[2:-1] - _BIAS))
    slopes = (told[1] - told[0]) + np.cumsum(second)
    return np.concatenate((told[:2], told[1] + np.cumsum(slopes))).astype(np.int32)


def _codes(chunk: bytes) -> Iterator[int]:
    held, bits = 0, 0
    for byte in chunk:
        held, bits = (held << 8 | byte) & 0xFFFFFF, bits + 8
        if bits >= _BITS:
            bits -= _BITS
            yield held >> bits & (1 << _BITS) - 1


def _lzw(chunk: bytes, most: int) -> bytes:
    """Undo the LZW; a code beyond the last is the end."""
    strings = [bytes((code,)) for code in range(_FIRST_FREE)]
    before, out = b"", bytearray()
    for code in _codes(chunk):
        if code > _LAST_CODE or len(out) > most:
            break
        if code > len(strings) or (code == len(strings) and not before):
            raise ValueError(f"XLI code {code} of {len(strings)}")
        now = strings[code] if code < len(strings) else before + before[:1]
        if before and len(strings) <= _LAST_CODE:
            strings.append(before + now[:1])
        out += now
        before = now
    return bytes(out)
