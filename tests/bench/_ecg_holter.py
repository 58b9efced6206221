"""Holter: a made-up day of three leads against its truth, its time and memory, and AF on MIT-BIH's own rhythms.

Run as `python tests/bench/_ecg_holter.py [folder of mitdb]`; `ecg.py` calls the tables.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _ecg_holter_signal import Truth, day

from yiji.core.signal import Recording
from yiji.devices.analysis.holter.af import find_af
from yiji.devices.analysis.holter.whole import HolterAnalysis, analyse_holter

MINUTES = 5  # of one lead, for neurokit2


def holter_table(hours: float = 24.0) -> dict[str, Any]:
    """Return wanted and found over a made-up day with the project's own beats."""
    recording, truth = day(hours * 3600)
    analyse_holter(day(600)[0])  # compiled caches warm
    before = _megabytes()
    analysis, seconds, cpu = _timed(lambda: analyse_holter(recording))
    return {
        "seconds": seconds,
        "cpu": cpu,
        "megabytes": _megabytes(),
        "megabytes before": before,
        "summary kB": len(analysis.summary.model_dump_json()) / 1000,
        "found / wanted": _against(truth, analysis),
    }


def _against(truth: Truth, analysis: HolterAnalysis) -> dict[str, tuple[float, float]]:
    kept = (truth.seconds < truth.off[0]) | (truth.seconds >= truth.off[1])
    labels, summary = truth.labels[kept], analysis.summary
    [af] = summary.af[:1] or [None]
    st = max(summary.st, key=lambda one: one.seconds, default=None)
    return {
        "beats": (summary.total.beats, labels.size),
        "VE": (summary.total.ve, int((labels == "V").sum())),
        "VE pairs": (summary.total.ve_pairs, truth.ve_pairs),
        "VE runs": (summary.total.ve_runs, truth.ve_runs),
        "SVE": (summary.total.sve, int((labels == "S").sum())),
        "SVE runs": (summary.total.sve_runs, truth.sve_runs),
        "pauses": (summary.total.pauses, sum(not truth.off[0] - 4 < at < truth.off[1] for at in truth.pauses)),
        "AF episodes": (len(summary.af), 1),
        "AF s": (af.seconds if af else 0.0, truth.af[1] - truth.af[0]),
        "ST episodes": (len(summary.st), 1),
        "ST uV": (st.microvolts if st else 0, 1000 * truth.st[2]),
        "ST s": (st.seconds if st else 0.0, truth.st[1] - truth.st[0]),
    }


def speed_table() -> dict[str, float]:
    """Return microseconds a sample and lead, of this analysis and of neurokit2's `ecg_process`, and their ratio."""
    import neurokit2

    recording, _ = day(3600 * 4, leads=1)
    analyse_holter(recording)
    own = min(_timed(lambda: analyse_holter(recording))[2] for _ in range(3)) / recording.samples
    lead = Recording("ecg", ("II",), recording.fs, recording.counts[: int(MINUTES * 60 * recording.fs)], "").signal[
        :, 0
    ]
    toolbox: Any = neurokit2
    toolbox.ecg_process(lead[:5000], sampling_rate=recording.fs)
    theirs = min(_timed(lambda: toolbox.ecg_process(lead, sampling_rate=int(recording.fs)))[2] for _ in range(2))
    return {"own us": 1e6 * own, "neurokit2 us": 1e6 * theirs / lead.size, "ratio": theirs / lead.size / own}


def af_table(folder: Path, beats: Callable[[Path], tuple[Any, Any]] | None = None) -> dict[str, dict[str, int]]:
    """Return for each record how many beats are AF's and were said to be; flutter and paced beats are not scored.

    `beats` gives moments and letters of a record's beats; without it they are the reference's.
    """
    return {head.stem: _af_record(head, beats) for head in sorted(folder.glob("*.hea"))}


def _af_record(head: Path, beats: Callable[[Path], tuple[Any, Any]] | None) -> dict[str, int]:
    moments, labels, rhythm = reference(head)
    seconds, letters = (moments, labels) if beats is None else beats(head)
    usable = (np.diff(seconds, prepend=seconds[0]) > 0) & (np.diff(seconds, prepend=seconds[0]) < 3)
    said = np.zeros(moments.size, np.bool_)
    for one in find_af(seconds, letters, usable):
        said |= (moments >= one.at) & (moments <= one.at + one.seconds)
    scored, af = ~np.isin(rhythm, ["(AFL", "(P"]), rhythm == "(AFIB"
    cells = {"TP": af & said, "FN": af & ~said, "FP": ~af & said & scored, "TN": ~af & ~said & scored}
    return {name: int(cell.sum()) for name, cell in cells.items()}


def reference(head: Path) -> tuple[Any, Any, Any]:
    """Return moments (s), letters (V or N) and rhythm of each reference beat."""
    import wfdb

    toolbox: Any = wfdb
    annotation = toolbox.rdann(str(head.with_suffix("")), "atr")
    symbols, samples = np.array(annotation.symbol), annotation.sample
    rate = float(toolbox.rdheader(str(head.with_suffix(""))).fs)
    notes = [(at, note.strip("\0")) for at, note in zip(samples, annotation.aux_note, strict=True) if note[:1] == "("]
    rhythm = np.full(samples.size, "", dtype="U8")
    for at, note in notes:
        rhythm[samples >= at] = note
    beats = np.isin(symbols, list("NLRBAaJSVrFejnE/fQ?"))
    letters = np.where(np.isin(symbols[beats], list("VErF")), "V", "N")
    return samples[beats] / rate, letters, rhythm[beats]


def _own_beats(head: Path) -> tuple[Any, Any]:
    from yiji.devices import read
    from yiji.devices.analysis.beats.finding import find_beats

    recording = read(head.with_suffix(".hea"))
    beats = find_beats(recording)
    return beats.samples / recording.fs, beats.labels


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    out = work()
    return out, time.perf_counter() - wall, time.process_time() - cpu


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _sums(table: dict[str, dict[str, int]]) -> str:
    total = {name: sum(row[name] for row in table.values()) for name in ("TP", "FN", "FP", "TN")}
    sensitivity = total["TP"] / max(1, total["TP"] + total["FN"])
    specificity = total["TN"] / max(1, total["TN"] + total["FP"])
    return f"{total} Se {100 * sensitivity:.2f} Sp {100 * specificity:.2f}"


if __name__ == "__main__":
    for name, value in holter_table().items():
        print(name, value)
    if len(sys.argv) > 1:
        for title, source in (("reference beats", None), ("own beats", _own_beats)):
            table = af_table(Path(sys.argv[1]), source)
            print(title, _sums(table), {head: row for head, row in table.items() if row["FP"] or row["FN"]})
    print(speed_table())
