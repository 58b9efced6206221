"""A WFDB record's header, as text and as values: header(5) of the WFDB Applications Guide (recalled)."""

import re
from dataclasses import dataclass
from datetime import datetime, time

MOST_BYTES = 1 << 16  # of a header
_RECORD_LINE = re.compile(r"^[\w.-]+(/\d+)?\s+\d+(\s+[\d.]+\S*)?(\s|$)")
_SIGNAL = re.compile(r"^(\S+)\s+(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?(?:\s+(.*))?$")
_GAIN = re.compile(r"^([-+.\deE]+)(?:\(([-+]?\d+)\))?(?:/(\S+))?$")
_DEFAULT_GAIN = 200.0  # adu a unit, where the header says 0 or nothing
_DEFAULT_RATE = 250.0
_MILLIVOLTS = {"uv": 1e-3, "µv": 1e-3, "mv": 1.0, "v": 1e3}


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal line; a sample is (count - baseline) / gain in `unit`."""

    file: str
    fmt: str
    per_frame: int  # samples a frame
    skew: int  # frames that it comes late
    prolog: int  # bytes before the first sample
    gain: float
    baseline: int
    unit: str
    first: int | None  # the first sample, where the header tells it
    checksum: int | None  # the 16-bit sum of all samples, where the header tells it
    name: str

    @property
    def millivolts(self) -> float:
        """How many mV its unit is; 0 for what is no voltage."""
        return _MILLIVOLTS.get(self.unit.lower(), 0.0)


@dataclass(frozen=True, slots=True)
class Header:
    """A record. `frames`: how many, None where the header leaves it to the files' length. `segments`: 0 for none."""

    name: str
    segments: int
    fs: float
    frames: int | None
    start: datetime | None
    signals: tuple[Signal, ...]
    notes: tuple[str, ...]


def is_header(data: bytes) -> bool:
    """Say whether bytes are a WFDB header: a record line, then a line for each signal."""
    if len(data) > MOST_BYTES or b"\0" in data:
        return False
    lines = _lines(data)
    return bool(lines) and bool(_RECORD_LINE.match(lines[0])) and all(map(_SIGNAL.match, lines[1:2]))


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def record_name(data: bytes) -> str:
    """Return the name that a header gives its record."""
    return _lines(data)[0].split()[0].split("/")[0]


def signal_files(data: bytes) -> list[str]:
    """Return the names of the files that a header's signal lines refer to, each once; they lie beside the header."""
    found = [re.split(r"[/\\]", match.group(1))[-1] for line in _lines(data)[1:] if (match := _SIGNAL.match(line))]
    return list(dict.fromkeys(name for name in found if name not in ("", "~", ".", "..")))


def parse(data: bytes) -> Header:
    """Read a header; `ValueError` tells which line is none."""
    lines = _lines(data)
    words = lines[0].split()
    name, _, segments = words[0].partition("/")
    count = int(words[1])
    rate = re.split(r"[/(]", words[2])[0] if len(words) > 2 else ""
    signals = () if segments else tuple(_signal(line) for line in lines[1 : count + 1])
    if len(signals) != (0 if segments else count):
        raise ValueError(f"{len(signals)} of {count} signal lines")
    return Header(
        name,
        int(segments or 0),
        float(rate) if rate else _DEFAULT_RATE,
        int(words[3]) or None if len(words) > 3 else None,
        _start(words[4:6]),
        signals,
        _notes(data),
    )


def _signal(line: str) -> Signal:
    match = _SIGNAL.match(line)
    if match is None:
        raise ValueError(f"signal line {line[:40]!r}")
    file, fmt, per_frame, skew, prolog, rest = match.groups()
    words = (rest or "").split(None, 6)
    gain = _GAIN.match(words[0]) if words else None
    numbers = [int(word) for word in words[1:5]]  # resolution, zero, first value, checksum
    zero = numbers[1] if len(numbers) > 1 else 0
    return Signal(
        file,
        fmt,
        int(per_frame or 1),
        int(skew or 0),
        int(prolog or 0),
        (float(gain[1]) if gain else 0.0) or _DEFAULT_GAIN,
        int(gain[2]) if gain and gain[2] else zero,
        (gain[3] if gain else "") or "mV",
        numbers[2] if len(numbers) > 2 else None,
        numbers[3] if len(numbers) > 3 else None,
        words[6].strip() if len(words) > 6 else "",
    )


def _start(words: list[str]) -> datetime | None:
    """Return when the record begins; None without a date, or for one that is none."""
    try:
        clock = ":".join(["00"] * (2 - words[0].count(":")) + [words[0]])
        at = time.fromisoformat(":".join(part.zfill(2) for part in clock.split(":")))
        return datetime.combine(datetime.strptime(words[1], "%d/%m/%Y"), at)
    except (IndexError, ValueError):
        return None


def _notes(data: bytes) -> tuple[str, ...]:
    lines = data.decode("utf-8", "replace").splitlines()
    return tuple(note for line in lines if line.startswith("#") and (note := line.lstrip("# \t").rstrip()))
