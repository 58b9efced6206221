"""Writing a CSV of millivolts that describes itself: the layout at its head, a line of names, a line a sample."""

import json
from pathlib import Path

import numpy as np

from yiji.core.signal import Recording
from yiji.devices.recording.csv_layout import END, MARK

_FACTS = ("manufacturer", "model", "serial", "patient_id", "patient_name", "accession_number")


def write_csv(recording: Recording, path: Path) -> tuple[str, ...]:
    """Write a CSV; return what was lost, as codes of `yiji.devices.recording.convert`.

    The numbers are the shortest that read back as the same mV; a gap is an empty field.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join([MARK, *(f"# {line}" for line in _layout(recording)), END, ""]))
        file.write(",".join(f'"{name}"' for name in recording.leads) + "\n")
        for _, block in recording.blocks(60.0):
            file.writelines(",".join(map(_number, row)) + "\n" for row in block.tolist())
    return ("measurements",) if recording.measured_by_device else ()


def _number(value: float) -> str:
    return repr(value) if value == value else ""  # NaN is no number


def _layout(recording: Recording) -> list[str]:
    """Return the layout's TOML; a JSON string or list of strings is one of TOML's too."""
    facts = [f"{key} = {_text(value)}" for key in _FACTS if (value := getattr(recording, key))]
    return [
        f"fs = {np.format_float_positional(recording.fs, trim='0')}",
        f"leads = {_text(list(recording.leads))}",
        'unit = "mV"',
        "skip = 1",
        *([f"start = {recording.start.isoformat()}"] if recording.start else []),
        *([f"notes = {_text(list(recording.notes))}"] if recording.notes else []),
        *facts,
    ]


def _text(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "")
