"""A day of three leads from its file to its pages: seconds, the most memory, pages; one line of JSON.

The day is made and written by a process of its own, so that the memory told is that of reading, analysing and drawing.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2
from _ecg_holter_signal import day
from _ecg_pages import body_of

from yiji.devices import analyse, read, write_wfdb
from yiji.reports import render


def _most_memory() -> float:
    """Return the most memory that this program has had, MB; `ru_maxrss` would tell its parent's before it began."""
    [told] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(told.split()[1]) / 1024


def main(folder: Path) -> None:
    """Warm the compiled caches with a quarter of an hour, then time the day."""
    subprocess.run([sys.executable, __file__, str(folder)], check=True)
    short, _ = day(900.0)
    render(body_of(analyse(short)), short.trace)
    begin = time.perf_counter()
    recording = read(folder / "day.hea")
    analysis = analyse(recording)
    analysed = time.perf_counter()
    pdf = render(body_of(analysis), recording.trace)
    end = time.perf_counter()
    with pypdfium2.PdfDocument(pdf) as document:
        pages = len(document)
    told = {
        "seconds": end - begin,
        "analysis": analysed - begin,
        "megabytes": _most_memory(),
        "pages": pages,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_wfdb(day(24 * 3600.0)[0], Path(sys.argv[1]), "day")
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
