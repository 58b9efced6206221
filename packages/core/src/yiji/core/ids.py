"""Names for kept things: sortable by time, unique without asking anybody (the ULID layout, in lower case)."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_EACH, _AT_ONCE = 10, 400

_chances: list[bytes] = []  # drawn many at a time: each call of the system lets another thread go first
os.register_at_fork(after_in_child=_chances.clear)  # a child draws its own


def new(prefix: str) -> str:
    """Return a fresh id such as ``ord-01jd3v...``: 48 bits of milliseconds, 80 bits of chance, 26 letters."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(_chance())
    return f"{prefix}-{''.join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])}"


def _chance() -> bytes:
    """Return 80 bits of chance that nobody else gets; safe from any thread."""
    try:
        return _chances.pop()
    except IndexError:
        drawn = os.urandom(_EACH * _AT_ONCE)
        _chances.extend(drawn[start : start + _EACH] for start in range(_EACH, len(drawn), _EACH))
        return drawn[:_EACH]
