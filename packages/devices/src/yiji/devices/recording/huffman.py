"""SCP-ECG's Huffman code: EN 1064 / ISO 11073-91064 sections 5.5 and annex C (recalled)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEFAULT = 19999  # instead of a number of tables: the standard's own table
_MOST_PREFIX = 16  # bits; a longer code would need a table of its own kind, and no writer uses one
_WINDOW = 32  # bits looked at together


@dataclass(frozen=True, slots=True)
class Code:
    """One code: `prefix` bits, then `extra` bits with a number; or, where `switch`, a change to table `value`."""

    prefix: int
    extra: int
    switch: bool
    value: int
    bits: int  # the prefix, its first bit highest


class Table:
    """A table of codes, looked up by the next bits together: (bits in all, bits of its number, value, switch)."""

    def __init__(self, codes: list[Code]) -> None:
        self.width = max(code.prefix for code in codes)
        self.codes: list[tuple[int, int, int, bool] | None] = [None] * (1 << self.width)
        for code in codes:
            free = self.width - code.prefix
            first, entry = code.bits << free, (code.prefix + code.extra, code.extra, code.value, code.switch)
            self.codes[first : first + (1 << free)] = [entry] * (1 << free)


def _own() -> Table:
    """Return the standard's table: 0; 1 to 8 with their signs; numbers of 8 and of 16 bits."""
    codes = [Code(1, 0, False, 0, 0)]
    for size in range(1, 9):
        ones = (1 << size) - 1 << 2
        codes += [Code(size + 2, 0, False, size, ones), Code(size + 2, 0, False, -size, ones | 1)]
    return Table([*codes, Code(10, 8, False, 0, 0b1111111110), Code(10, 16, False, 0, 0b1111111111)])


def tables(section: bytes) -> list[Table]:
    """Read the tables of section 2; `ValueError` if they cannot be used."""
    count = int.from_bytes(section[:2], "little")
    if count == DEFAULT:
        return [_own()]
    place, found = 2, list[Table]()
    for _ in range(count):
        size = int.from_bytes(section[place : place + 2], "little")
        rows = [section[place + 2 + 9 * row : place + 11 + 9 * row] for row in range(size)]
        if not rows or len(rows[-1]) < 9:
            raise ValueError("Huffman table cut short")
        found.append(Table([_code(row) for row in rows]))
        place += 2 + 9 * size
    if not found:
        raise ValueError("no Huffman table")
    return found


def _code(row: bytes) -> Code:
    """Read one code; its bits are stored with the first one lowest."""
    prefix, total = sorted(row[:2])
    if not 1 <= prefix <= _MOST_PREFIX or total - prefix > 16:
        raise ValueError(f"Huffman code of {prefix} and {total} bits")
    stored = int.from_bytes(row[5:9], "little") & (1 << prefix) - 1
    bits = int(f"{stored:0{prefix}b}"[::-1], 2)
    return Code(prefix, total - prefix, row[2] == 0, int.from_bytes(row[3:5], "little", signed=True), bits)


def decode(data: bytes, count: int, known: list[Table]) -> NDArray[np.int64]:
    """Return `count` numbers; `ValueError` if the bits end before, or are no code."""
    if count > 8 * len(data):
        raise ValueError(f"{count} samples in {len(data)} bytes")
    values, windows = list[int](), _windows(data)
    table, place, end, switches = known[0], 0, 8 * len(data), 0
    while len(values) < count:
        window = windows[place >> 3] >> 8 - (place & 7) & (1 << _WINDOW) - 1
        code = table.codes[window >> _WINDOW - table.width]
        if code is None:
            raise ValueError(f"no Huffman code at bit {place}")
        total, extra, value, switch = code
        place += total
        if place > end or switches > end:
            raise ValueError(f"{len(values)} of {count} samples")
        if switch:
            table, switches = _switched(known, value), switches + 1
        else:
            values.append(value + _signed(window >> _WINDOW - total, extra) if extra else value)
    return np.array(values, np.int64)


def _windows(data: bytes) -> list[int]:
    """Return the 40 bits from each byte on, and one place more."""
    padded = np.frombuffer(data + bytes(5), np.uint8).astype(np.uint64)
    whole = np.zeros(len(data) + 1, np.uint64)
    for byte in range(5):
        whole = whole << np.uint64(8) | padded[byte : byte + len(data) + 1]
    return whole.tolist()


def _switched(known: list[Table], number: int) -> Table:
    if not 1 <= number <= len(known):
        raise ValueError(f"no Huffman table {number}")
    return known[number - 1]


def _signed(value: int, bits: int) -> int:
    """Return the lowest bits as a number with its sign."""
    low = value & (1 << bits) - 1
    return low - (1 << bits) if low >> bits - 1 else low
