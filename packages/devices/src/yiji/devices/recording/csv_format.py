"""Reading a CSV whose columns are described at its head (`csv_layout`)."""

import re
from io import StringIO
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from yiji.core.signal import Recording
from yiji.devices.errors import BadLayout, DamagedFile, NoEcg
from yiji.devices.recording import leads
from yiji.devices.recording.csv_layout import Layout, head, parsed

_ENCODINGS = ("utf-8-sig", "gb18030")  # what exports in this land are written in


def read_csv(data: bytes, name: str) -> Recording:
    """Read a CSV with its layout at its head; raises `BadLayout`, `DamagedFile` or `NoEcg`.

    An empty field and "nan" are gaps. The counts are the floats of the file, scaled as the layout says.
    """
    text = _text(data, name)
    try:
        told, lines = head(text)
    except ValueError as fault:
        raise BadLayout(file=name, detail=str(fault)) from fault
    layout = parsed(told, name)
    columns = [place for place, lead in enumerate(layout.leads) if lead]
    if not columns:
        raise NoEcg(file=name, detail="no column is a lead")
    labels = [layout.leads[place] for place in columns]
    return Recording(
        "ecg",
        tuple(labels),
        layout.fs,
        _values(text, lines, layout, columns, name),
        "csv",
        scale=np.array([layout.scale[place] for place in columns]),
        offset=np.array([layout.offset[place] for place in columns]),
        start=layout.start,
        names=tuple(leads.by_name(label) or label for label in labels),
        notes=layout.notes,
        **layout.facts,
    )


def _text(data: bytes, name: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DamagedFile(file=name, detail=f"neither {' nor '.join(_ENCODINGS)}")


def _values(text: str, lines: int, layout: Layout, columns: list[int], name: str) -> NDArray[np.float64]:
    """Return the columns' numbers, shape (samples, leads)."""
    rows = StringIO(text)
    list(islice(rows, lines + layout.skip))
    body = rows.read()
    if layout.decimal != ".":
        body = body.replace(layout.decimal, ".")
    if not layout.delimiter.isspace():
        body = _with_gaps(body, layout.delimiter)
    if not body.strip():
        raise NoEcg(file=name, detail="no samples")
    delimiter = None if layout.delimiter == " " else layout.delimiter
    try:
        return np.loadtxt(StringIO(body), np.float64, delimiter=delimiter, usecols=columns, ndmin=2, comments="#")
    except (ValueError, OverflowError) as fault:
        raise DamagedFile(file=name, detail=str(fault)[:120]) from fault


def _with_gaps(body: str, delimiter: str) -> str:
    """Write "nan" into the empty fields."""
    mark = re.escape(delimiter)
    empty = rf"(?m)(?<={mark})[ \t]*(?={mark}|\r?$)|^[ \t]*(?={mark})"
    return re.sub(empty, "nan", body) if re.search(empty, body) else body
