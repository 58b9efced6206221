"""Files that no cart would write, for each reader: a coded error, or a recording that holds together; never a hang.

    PYTHONPATH=tests python tests/bench/_ecg_formats.py 10000    # inputs for each reader, in a process of its own each

Each input has a second of processor time. The memory of a whole run is capped, and what it took at most is told. Where
a format has sums (SCP-ECG, zip), a recording that is read must be the very one that was written; where it has none, its
samples must at least fit its header, and be numbers or gaps.
"""

import json
import multiprocessing
import random
import re
import resource
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from bench._ecg_made import MAKERS, STEP, counts, scp_file, scp_sections

from yiji.core.errors import YijiError
from yiji.core.signal import Recording
from yiji.devices.recording import read_bytes

SECONDS = 1.0
MOST_MEMORY = 1 << 30  # bytes more than the process has when it begins
MOST_A_BYTE = 5000  # bytes of samples that a byte of a file may become (FLAC packs best)
CODES = {
    f"devices.{code}"
    for code in (
        *("empty_file", "unknown_format", "truncated_file", "damaged_file", "no_ecg"),
        *("unsupported_variant", "bad_layout", "library_missing"),
    )
}
_NUMBERS = (b"0", b"-1", b"1", b"99999999", b"4294967296", b"9223372036854775808", b"1e308", b"nan", b"inf", b"1e-300")
_BYTES = (0x00, 0xFF, 0x7F, 0x80, 0x20, 0x39)


class Hang(BaseException):
    """An input took too long; no reader may swallow this."""


@dataclass
class Fuzzed:
    """What became of a reader's inputs."""

    reader: str
    inputs: int = 0
    read: int = 0
    refused: dict[str, int] = field(default_factory=dict[str, int])
    faults: list[str] = field(default_factory=list[str])
    worst_ms: float = 0.0
    a_second: float = 0.0
    megabytes: float = 0.0


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one to four faults."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice((_cut, _flip, _flip, _overwrite, _number, _number, _delete, _double, _empty))(data, chance)
    return data


def _place(data: bytes, chance: random.Random) -> int:
    """Return a place; headers, which are in front, more often than samples."""
    most = len(data) if chance.random() < 0.4 else min(len(data), chance.choice((64, 512, 4096)))
    return chance.randrange(most) if most else 0


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _flip(data: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20)) if data else 0):
        flipped[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _overwrite(data: bytes, chance: random.Random) -> bytes:
    place, size = _place(data, chance), chance.choice((1, 2, 4, 8, 200))
    return data[:place] + bytes((chance.choice(_BYTES),)) * min(size, len(data) - place) + data[place + size :]


def _number(data: bytes, chance: random.Random) -> bytes:
    """Put an absurd number in the place of one that is written in digits, as long or longer."""
    found = list(re.finditer(rb"\d+", data[: chance.choice((300, 3000, 30000))]))
    if not found:
        return _overwrite(data, chance)
    where, number = chance.choice(found), chance.choice(_NUMBERS)
    width = where.end() - where.start()
    fitted = number[:width].ljust(width) if chance.random() < 0.5 else number
    return data[: where.start()] + fitted + data[where.end() :]


def _delete(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    return data[:place] + data[place + chance.choice((1, 2, 16, 1000)) :]


def _double(data: bytes, chance: random.Random) -> bytes:
    place, size = _place(data, chance), chance.choice((1, 4, 64, 3000))
    return data[: place + size] + data[place:]


def _empty(data: bytes, chance: random.Random) -> bytes:
    return data if chance.random() < 0.9 else chance.choice((b"", data[:1], bytes(len(data)), data * 2))


# --- Formats whose sums would stop every fault at the door: the fault comes first, the sums after it ---


def _zipped(seed: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(BytesIO(seed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    harmed = chance.choice(list(files) + [name for name in files if name.endswith(".hea")] * 3)
    files[harmed] = mutate(files[harmed], chance)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


@cache
def _sections(subtract: bool) -> dict[int, bytes]:
    return scp_sections(counts(600), subtract=subtract)


def _summed(seed: bytes, chance: random.Random, subtract: bool = False) -> bytes:
    sections = dict(_sections(subtract))
    harmed = chance.choice(list(sections))
    sections[harmed] = mutate(sections[harmed], chance)
    return scp_file(sections)


def _summed_beats(seed: bytes, chance: random.Random) -> bytes:
    return _summed(seed, chance, subtract=True)


@dataclass(frozen=True)
class Target:
    """A reader to be tried: `strict`, where sums leave no other outcome than the very recording or an error; `foreign`,
    where no whole file can be made, so that what is harmed is a head alone with noise behind it.
    """

    make: Callable[[], bytes]
    harm: Callable[[bytes, random.Random], bytes] = mutate
    strict: bool = False
    foreign: bool = False


_NOISE = random.Random(1).randbytes(3000)
_MUSE = b"""<RestingECG><PatientDemographics><PatientID>1</PatientID></PatientDemographics><Waveform>
<WaveformType>Rhythm</WaveformType><SampleBase>500</SampleBase><LeadData><LeadID>II</LeadID>
<LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit><LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>
<WaveFormData>AAABAAIAAwAEAAUABgAHAAgACQAKAAsADAANAA4ADwAQ</WaveFormData></LeadData></Waveform></RestingECG>"""
TARGETS: dict[str, Target] = {
    "dicom": Target(MAKERS["dicom"]),
    "wfdb-zip": Target(MAKERS["wfdb-zip"], strict=True),
    "wfdb-record": Target(MAKERS["wfdb-zip"], _zipped),
    "wfdb-flac-record": Target(MAKERS["wfdb-flac-zip"], _zipped),
    "edf": Target(MAKERS["edf"]),
    "scp-ecg": Target(MAKERS["scp-ecg"], strict=True),
    "scp-ecg-summed": Target(MAKERS["scp-ecg"], _summed),
    "scp-ecg-beats-summed": Target(MAKERS["scp-ecg-beats"], _summed_beats),
    "hl7-aecg": Target(MAKERS["hl7-aecg"]),
    "philips-xml": Target(MAKERS["philips-xml"]),
    "csv": Target(MAKERS["csv"]),
    "muse-xml": Target(lambda: _MUSE, foreign=True),
    "ishne": Target(lambda: b"ISHNE1.0" + _NOISE, foreign=True),
    "mfer": Target(lambda: b"@\x00MFR " + _NOISE, foreign=True),
}


@contextmanager
def _limited(seconds: float) -> Any:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def fault_of(data: bytes, strict: bool = False) -> tuple[str, str]:
    """Read bytes; return (the code of the refusal or "", what is wrong with the outcome or "")."""
    try:
        with _limited(SECONDS):
            found = read_bytes(data, "file")
            wrong = _wrong(found, len(data), strict)
    except YijiError as refusal:
        uncoded = refusal.code not in CODES or "MemoryError" in str(refusal.params)
        return refusal.code, f"{refusal.code} {refusal.params}" if uncoded else ""
    except (Exception, Hang) as fault:
        return "", f"{type(fault).__name__}: {fault}"
    return "", wrong


def _wrong(found: Recording, size: int, strict: bool) -> str:
    """Say what does not hold together in a recording that was read."""
    signal_mv = found.signal
    told = {
        "rate": not 1 <= found.fs <= 1e6,
        "no samples": not signal_mv.size,
        "infinite": bool(np.isinf(signal_mv).any()),
        "shape": signal_mv.shape != (found.samples, len(found.leads)),
        "more than the file can hold": found.counts.nbytes > MOST_A_BYTE * size + (1 << 20),
        "trace": found.trace.samples.shape != signal_mv.T.shape,
        "another trace": strict and not _is_seed(signal_mv),
    }
    return next((wrong for wrong, true in told.items() if true), "")


def _is_seed(signal_mv: np.ndarray) -> bool:
    wanted = counts(len(signal_mv)) * STEP
    return signal_mv.shape == wanted.shape and bool(np.abs(signal_mv - wanted).max() < 1e-9)


def fuzz(reader: str, count: int, seed: int = 1) -> Fuzzed:
    """Try a reader with `count` faulty inputs; the same seed makes the same ones."""
    target, chance = TARGETS[reader], random.Random(f"{reader} {seed}")
    whole, told = target.make(), Fuzzed(reader)
    assert target.foreign or fault_of(whole, strict=True) == ("", ""), "the seed itself"
    before, begun = _memory(), time.perf_counter()
    for _ in range(count):
        data = target.harm(whole, chance)
        first = time.process_time()
        code, fault = fault_of(data, target.strict)
        told.worst_ms = max(told.worst_ms, (time.process_time() - first) * 1e3)
        told.inputs += 1
        told.read += not code and not fault
        if code:
            told.refused[code] = told.refused.get(code, 0) + 1
        if fault and len(told.faults) < 20:
            told.faults.append(f"input {told.inputs}: {fault}")
    told.a_second = told.inputs / (time.perf_counter() - begun)
    told.megabytes = (_memory() - before) / 1e6
    return told


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def _apart(reader: str, count: int, seed: int) -> Fuzzed:
    """Fuzz with the memory capped; for a process of its own."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MOST_MEMORY, held + MOST_MEMORY))
    return fuzz(reader, count, seed)


def fuzz_apart(reader: str, count: int, seed: int = 1) -> Fuzzed:
    """Fuzz in a fresh process whose memory is capped."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_apart, (reader, count, seed))


def main(count: int, *readers: str) -> int:
    """Fuzz the readers; return 1 if one of them has a fault."""
    failed = False
    for reader in readers or TARGETS:
        told = fuzz_apart(reader, count)
        print(json.dumps(asdict(told), ensure_ascii=False), flush=True)
        failed = failed or bool(told.faults)
    return failed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
