"""A recording as a picture: in the terminal, or as a file."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from yiji.core.signal import Recording
from yiji.devices.errors import TargetExists, UnknownTarget
from yiji.devices.plot.braille import braille
from yiji.devices.plot.sheet import Sheet, sheet
from yiji.devices.plot.stretch import stretch

Beats = list[tuple[float, str]]  # seconds from the stretch's beginning, letter


def draw(recording: Recording, leads: Sequence[str], first: float, seconds: float, beats: bool) -> str:
    """Return a stretch for the terminal, as wide as it is."""
    part = stretch(recording, leads, first, seconds)
    return braille(part, shutil.get_terminal_size().columns, _beats(recording, first, part.seconds) if beats else [])


def write_picture(
    recording: Recording,
    out: Path,
    force: bool,
    title: str,
    leads: Sequence[str],
    first: float,
    seconds: float,
    beats: bool,
) -> None:
    """Write a stretch as SVG or PNG; raises `UnknownTarget` or `TargetExists`."""
    kind = out.suffix.lower()
    if kind not in (".png", ".svg"):
        raise UnknownTarget(file=out, known="png, svg")
    if out.exists() and not force:
        raise TargetExists(file=out)
    part = stretch(recording, leads, first, seconds)
    laid = sheet(part, _beats(recording, first, part.seconds) if beats else [])
    out.write_bytes(_drawn(laid, kind, f"{title}  {first:g}-{first + part.seconds:g} s"))


def _drawn(laid: Sheet, kind: str, title: str) -> bytes:
    if kind == ".svg":
        from yiji.devices.plot.svg import svg

        return svg(laid, title).encode()
    from yiji.devices.plot.png import png

    return png(laid, title)


def _beats(recording: Recording, first: float, seconds: float) -> Beats:
    from yiji.devices.analysis.beats.finding import find_beats

    found = find_beats(recording)
    seconds_of = (found.samples / recording.fs - first).tolist()
    told = zip(seconds_of, map(str, found.labels), strict=True)
    return [(second, label) for second, label in told if 0 <= second < seconds]
