"""Recordings from any device, kept, measured and analysed.

As a library it needs no site, no database and no settings:

    >>> from pydicom.data import get_testdata_file  # a 12-lead ECG that pydicom brings along
    >>> from yiji.devices import analyse, read
    >>> recording = read(get_testdata_file("waveform_ecg.dcm", download=False))
    >>> recording.trace.leads[:3], recording.trace.rate, recording.trace.samples.shape
    (('I', 'II', 'III'), 1000.0, (12, 10000))
    >>> analysis = analyse(recording)
    >>> abs(analysis.value("rr") - 982) < 5  # ms; the cart itself says 982
    True
    >>> [finding.text_en for finding in analysis.findings][0]
    'Sinus rhythm'

What cannot be read says why, by a code:

    >>> from yiji.core.errors import YijiError
    >>> try:
    ...     read("missing.dcm")
    ... except YijiError as error:
    ...     print(error.code)
    devices.file_missing
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiji.devices.analysis import Analysis, Beats, Delineation, analyse, delineate, find_beats
    from yiji.devices.recording import Format, bundle, quality, read, read_bytes, write_wfdb

_ANALYSIS = ("Analysis", "Beats", "Delineation", "analyse", "delineate", "find_beats")
__all__ = [
    "Analysis",
    "Beats",
    "Delineation",
    "Format",
    "analyse",
    "bundle",
    "delineate",
    "find_beats",
    "quality",
    "read",
    "read_bytes",
    "write_wfdb",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("yiji.devices.analysis" if name in _ANALYSIS else "yiji.devices.recording"), name)
