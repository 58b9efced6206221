"""One pass over a long recording, block by block: what can be read, which shapes beats have, the mean beat of a minute.

A block is brought to about 250 samples a second, its baseline below 0.05 Hz is taken away without a phase (what is slow
is found on means of 0.2 s), and only sums are kept of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.analysis.signals.filters import Places, Signal, high_pass
from yiji.devices.analysis.signals.prepare import BASELINE_HZ

BLOCK, MARGIN = 300.0, 10.0  # s
RATE = 250.0  # Hz, about
SLOW = 0.2  # s
BEFORE, AFTER = 0.3, 0.5  # s around the R peak: what is kept of a beat
QRS_BEFORE, QRS_AFTER, QRS_STEP = 0.14, 0.20, 0.008  # s: what is compared
NEW, SURE = 0.90, 0.97  # a beat less alike than the first begins a shape; one more alike is compared no further
SHAPES = 60
COMPARED = ("II", "V1", "V5")  # of many leads these tell shapes apart

Flags = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)
Classes = NDArray[np.str_]  # a letter a beat


@dataclass(frozen=True, eq=False)
class Found:
    """What the pass leaves behind; `rate` is that of the kept beats, whose R peak is at sample `at`."""

    rate: float
    at: int
    readable: Flags  # (seconds, leads)
    rows: Places  # of each beat: its shape, -1 none
    shape_labels: NDArray[np.uint8]  # the letter's ASCII code; 0 where unused
    shape_sums: Signal  # (shapes, leads, samples), mV
    shape_counts: Signal  # (shapes, leads)
    minute_sums: Signal  # (minutes, leads, samples), mV, of normal beats
    minute_counts: Signal  # (minutes, leads)

    @property
    def anywhere(self) -> Flags:
        """Which seconds can be read in some lead."""
        return np.asarray(self.readable.any(axis=1))

    def second_of(self, seconds: Signal) -> Places:
        """Return the row of `readable` that holds a moment."""
        return np.clip(seconds.astype(np.int64), 0, len(self.readable) - 1)


@dataclass(eq=False)
class _Shapes:
    """The shapes that are known so far."""

    shapes: Signal
    counts: Places = field(default_factory=lambda: np.zeros(SHAPES, np.int64))
    labels: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(SHAPES, np.uint8))


def compared(recording: Recording) -> list[int]:
    """Return the leads whose shapes are compared: at most three, those that differ most where we know them."""
    names = recording.names or recording.leads
    known = [names.index(name) for name in COMPARED if name in names]
    return known if len(known) == len(COMPARED) else list(range(min(len(names), len(COMPARED))))


def stream(recording: Recording, samples: Places, labels: Classes) -> Found:
    """Read a recording once, its beats known; `labels` has a letter a beat."""
    stride = max(1, int(recording.fs / RATE))
    rate = recording.fs / stride
    at, size = int(BEFORE * rate), int(BEFORE * rate) + int(AFTER * rate)
    leads, minutes = len(recording.leads), max(1, int(np.ceil(recording.seconds / 60)))
    found = Found(
        rate=rate,
        at=at,
        readable=np.zeros((max(1, int(recording.seconds)), leads), np.bool_),
        rows=np.full(samples.size, -1, np.int64),
        shape_labels=np.zeros(SHAPES, np.uint8),
        shape_sums=np.zeros((SHAPES, leads, size)),
        shape_counts=np.zeros((SHAPES, leads)),
        minute_sums=np.zeros((minutes, leads, size)),
        minute_counts=np.zeros((minutes, leads)),
    )
    chosen = compared(recording)
    step = max(1, round(QRS_STEP * rate))
    width = int((QRS_BEFORE + QRS_AFTER) * rate / step)
    known = _Shapes(np.zeros((SHAPES, len(chosen), width)), labels=found.shape_labels)
    classes = labels.astype("S1").view(np.uint8)
    for first, block, beats in _blocks(recording, samples, stride):
        _one(found, known, chosen, step, (first / recording.fs, block), beats, samples[beats] / recording.fs, classes)
    return found


def _blocks(recording: Recording, samples: Places, stride: int) -> Iterator[tuple[int, Signal, slice]]:
    """Yield each block, thinned, with the beats that are its to measure: all of their surroundings are in it."""
    done, margin = 0, int(MARGIN * recording.fs)
    for first, whole in recording.blocks(BLOCK, 2 * MARGIN):
        last = first + len(whole)
        until = last if last >= recording.samples else last - margin
        beats = slice(done, int(np.searchsorted(samples, until)))
        done = beats.stop
        if len(whole) >= stride:
            yield first, _thinned(whole, stride), beats


def _thinned(block: Signal, stride: int) -> Signal:
    if stride == 1:
        return block
    size = len(block) // stride
    return block[: size * stride].reshape(size, stride, -1).mean(axis=1)


def _one(
    found: Found,
    known: _Shapes,
    chosen: list[int],
    step: int,
    block: tuple[float, Signal],
    beats: slice,
    moments: Signal,
    classes: NDArray[np.uint8],
) -> None:
    """Take one block (its first moment, its samples) and its beats into what is found."""
    from yiji.devices.analysis.holter.kernels import gather, join

    first, signal = block
    _mark(found, first, signal)
    take_baseline(signal, found.rate)
    places = np.rint((moments - first) * found.rate).astype(np.int64)
    begun, ended = found.second_of(moments - QRS_BEFORE), found.second_of(moments + QRS_AFTER)
    good = found.readable[begun] & found.readable[ended]
    narrow, before = _only(signal, chosen), int(QRS_BEFORE * found.rate)
    rows, likeness = join(
        narrow,
        places,
        _only(good, chosen),
        classes[beats],
        step,
        before,
        (NEW, SURE),
        known.shapes,
        known.counts,
        known.labels,
    )
    found.rows[beats] = rows
    gather(signal, places, found.at, good, rows, found.shape_sums, found.shape_counts)
    usual = _usual(rows, classes[beats]) & (likeness >= NEW)
    minutes = np.where(usual, (moments / 60).astype(np.int64), -1)
    gather(signal, places, found.at, good, minutes, found.minute_sums, found.minute_counts)


def _only(columns: NDArray[Kind], chosen: list[int]) -> NDArray[Kind]:
    return columns if len(chosen) == columns.shape[1] else np.ascontiguousarray(columns[:, chosen])


def _usual(rows: Places, classes: NDArray[np.uint8]) -> Flags:
    """Tell which beats are normal ones of the shape that most of the block's normal beats have."""
    normal = (classes == ord("N")) & (rows >= 0)
    counts = np.bincount(rows[normal], minlength=SHAPES)
    return normal & (rows == counts.argmax())


def _mark(found: Found, first: float, signal: Signal) -> None:
    """Note which whole seconds of a block can be read."""
    from yiji.devices.analysis.holter.kernels import readable

    begin = int(np.ceil(first - 1e-9))
    seconds = min(int(first + len(signal) / found.rate + 1e-9), len(found.readable)) - begin
    if seconds > 0:
        found.readable[begin : begin + seconds] = readable(signal, found.rate, begin - first, seconds)


def take_baseline(signal: Signal, rate: float) -> None:
    """Take the baseline below 0.05 Hz away, in place."""
    from yiji.devices.analysis.holter.kernels import level, means

    width = max(1, round(SLOW * rate))
    slow = np.stack([_bridged(lead) for lead in means(signal, width).T]) if len(signal) >= 2 * width else None
    if slow is not None:
        slow -= high_pass(slow, rate / width, BASELINE_HZ)
        level(signal, np.ascontiguousarray(slow.T), width)


def _bridged(values: Signal) -> Signal:
    """Return values with straight lines where none is; zeros where there is nothing at all."""
    there = np.isfinite(values)
    if not there.any():
        return np.zeros(values.size)
    rows = np.arange(values.size)
    return np.interp(rows, rows[there], values[there])
