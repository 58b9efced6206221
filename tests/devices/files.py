"""Files for the readers' tests: genuine ones where they are, and what a refusal is called."""

from contextlib import suppress
from pathlib import Path

import pytest

from yiji.core.errors import YijiError
from yiji.devices.recording import read_bytes

SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared(name: str) -> Path:
    """A genuine file, if this machine has it."""
    if not (SHARED / name).is_file():
        pytest.skip(f"{name} is absent: get PhysioNet's mitdb and ludb, ECGToolkit's and sierra-ecg-tools' examples")
    return SHARED / name


def code_of(data: bytes) -> str:
    """The code with which bytes are refused; empty when they are read."""
    with suppress(YijiError):
        read_bytes(data, "file")
        return ""
    try:
        read_bytes(data, "file")
    except YijiError as refusal:
        return refusal.code
    return ""
