"""What several commands need: a file that is read with the formats of all plugins."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from yiji.core.signal import Recording

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A recording, or a WFDB record's name: WFDB, EDF, BDF, DICOM, SCP-ECG, HL7 aECG, Philips XML, CSV; "
        "unproven: MUSE XML, ISHNE, MFER. 记录文件或 WFDB 记录名（MUSE、ISHNE、MFER 未经真实样本验证）。",
    ),
]
Layout = Annotated[
    Path | None, typer.Option("--layout", metavar="TOML", help="How a CSV's columns are described. CSV 列说明。")
]


def read_file(file: Path, layout: Path | None = None) -> "Recording":
    """Read a file with the formats of all plugins."""
    from yiji.core.plug.manager import plugins
    from yiji.devices.plugged import formats
    from yiji.devices.recording import read

    return read(file, formats(plugins()), layout)
