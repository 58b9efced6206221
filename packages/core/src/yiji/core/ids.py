"""Names for kept things: sortable by time, unique without asking anybody (the ULID layout, in lower case)."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new(prefix: str) -> str:
    """Return a fresh id such as ``ord-01jd3v...``: 48 bits of milliseconds, 80 bits of chance, 26 letters."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return f"{prefix}-{''.join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])}"
