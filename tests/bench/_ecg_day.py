"""A day of three leads, analysed and drawn: seconds, the most memory, pages; one line of JSON."""

import json
import resource
import time

import pypdfium2
from _ecg_holter_signal import day
from _ecg_pages import body_of

from yiji.devices import analyse
from yiji.reports import render


def main() -> None:
    """Warm the compiled caches with ten minutes, then time the day."""
    recording, _ = day(24 * 3600.0)
    short, _ = day(900.0)
    render(body_of(analyse(short)), short.trace)
    begin = time.perf_counter()
    analysis = analyse(recording)
    analysed = time.perf_counter()
    pdf = render(body_of(analysis), recording.trace)
    end = time.perf_counter()
    with pypdfium2.PdfDocument(pdf) as document:
        pages = len(document)
    told = {
        "seconds": end - begin,
        "analysis": analysed - begin,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pages": pages,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
