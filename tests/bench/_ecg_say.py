"""What the statements are worth: against the diagnoses of LUDB and the rhythms of MIT-BIH, and the page of all rules.

python tests/bench/_ecg_say.py ludb FOLDER        # sensitivity and specificity of each statement
python tests/bench/_ecg_say.py manual FOLDER      # the same, measured between LUDB's manual bounds
python tests/bench/_ecg_say.py mitdb FOLDER       # irregularity by RR alone, windows of 12 intervals
python tests/bench/_ecg_say.py swaps FOLDER       # electrodes exchanged on paper, on LUDB
python tests/bench/_ecg_say.py page               # the tables of docs/ecg-statements.md
"""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from yiji.core.contract.measure import Severity
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.signal import Recording, Trace
from yiji.devices import analyse, read
from yiji.devices.analysis.measures.bounds import Bounds, find_bounds
from yiji.devices.analysis.measures.median import MedianBeat
from yiji.devices.analysis.statements.rhythm import irregularity
from yiji.devices.analysis.statements.rules import load_rules
from yiji.devices.analysis.statements.words import FACTS, LEAD_FACTS

Row = dict[str, str]
AT = datetime(2020, 1, 1)
BEATS = set("NLRBAaJSVrFejnE/fQ?")
LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
NAMES = ("p_on", "p_off", "qrs_on", "qrs_off", "t_off")
WINDOW = 13  # beats
WALLS = tuple(wall.id for wall in load_rules().territories)


def _column(name: str, *words: str) -> Callable[[Row], bool]:
    return lambda row: any(word in row[name].lower() for word in words)


_RHYTHM, _AXIS, _CONDUCTION = "Rhythms", "Electric axis of the heart", "Conduction abnormalities"
_HEART = partial(_column, "Ischemia")


def _stemi(row: Row) -> bool:
    return any(line.startswith("Stemi") for line in row["Ischemia"].splitlines())


TRUTH: dict[str, tuple[tuple[str, ...], Callable[[Row], bool]]] = {  # what is told: (codes that say it, what LUDB says)
    "sinus rhythm": (("sinus_rhythm",), _column(_RHYTHM, "sinus")),
    "sinus bradycardia": (("bradycardia",), _column(_RHYTHM, "bradycardia")),
    "sinus tachycardia": (("tachycardia",), _column(_RHYTHM, "tachycardia")),
    "sinus arrhythmia": (("sinus_arrhythmia",), _column(_RHYTHM, "sinus arrhythmia")),
    "atrial fibrillation": (("irregular_without_p",), _column(_RHYTHM, "fibrillation")),
    "atrial flutter": (("atrial_flutter",), _column(_RHYTHM, "flutter")),
    "pacing": (("paced", "paced_atrial"), _column("Cardiac pacing", "pac")),
    "axis left": (("axis_left",), _column(_AXIS, "left")),
    "axis right": (("axis_right",), _column(_AXIS, "right")),
    "AV block I": (("pr_long",), _column(_CONDUCTION, "i degree av block")),
    "AV block III": (("av_block_3",), _column(_CONDUCTION, "iii degree")),
    "RBBB, complete": (("rbbb",), lambda row: "Complete right" in row[_CONDUCTION]),
    "RBBB, incomplete": (("rbbb_incomplete", "rsr_v1"), _column(_CONDUCTION, "incomplete right")),
    "LBBB, complete": (("lbbb",), lambda row: "Complete left" in row[_CONDUCTION]),
    "LBBB, incomplete": (("lbbb_incomplete",), _column(_CONDUCTION, "incomplete left")),
    "LAFB": (("lafb",), _column(_CONDUCTION, "anterior hemiblock")),
    "LV hypertrophy": (("lvh", "lv_voltage", "lv_voltage_cornell"), _column("Hypertrophies", "left ventricular")),
    "RV hypertrophy": (("rvh",), _column("Hypertrophies", "right ventricular")),
    "LA abnormality": (("la_enlarged",), _column("Hypertrophies", "left atrial")),
    "RA overload": (("ra_enlarged",), _column("Hypertrophies", "right atrial")),
    "STEMI": (("st_elevation",), _stemi),
    "ischaemia": (
        ("st_depression", "t_inversion", "st_elevation"),
        lambda row: _stemi(row) or _HEART("ischemia: ")(row),
    ),
    "ischaemia, infarct or repolarization": (
        ("st_depression", "t_inversion", "t_flat", "st_elevation", "lvh", "q_pathological"),
        lambda row: bool(row["Ischemia"].strip() or row["Non-specific repolarization abnormalities"].strip()),
    ),
    "scar": (("q_pathological",), _HEART("scar")),
    "ventricular ectopy": (("ve",), _column("Extrasystolies", "ventricular")),
    "other beats": (("ve", "other_beats"), _column("Extrasystolies", "ventricular")),
}


def in_microvolts(recording: Recording) -> Recording:
    """Return a LUDB record whose counts are microvolts.

    Its headers stretch each lead to a range of 1 mV, which no axis and no voltage could be told from; the counts follow
    Einthoven's law, so all leads have one unit, and their heights are those of hearts in microvolts.
    """
    return replace(recording, scale=np.full(len(recording.leads), 0.001), offset=np.zeros(len(recording.leads)))


def records(folder: Path) -> Iterator[tuple[str, Row, Recording, PatientBrief]]:
    """Yield each LUDB record with what is known of it."""
    with (folder / "ludb.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            header = folder / f"{row['ID']}.hea"
            if header.exists():
                years = float(row["Age"].strip().replace(">", "") or 60)
                sex = Sex.FEMALE if row["Sex"].strip() == "F" else Sex.MALE
                born: date = (AT - timedelta(days=365.25 * years + 30)).date()
                yield (
                    row["ID"],
                    row,
                    in_microvolts(read(header)),
                    PatientBrief(name=row["ID"], sex=sex, birth_date=born),
                )


def said(recording: Recording, patient: PatientBrief) -> set[str]:
    """Return the codes of what is said of a recording."""
    found = analyse(replace(recording, start=AT), patient).findings
    return {one.code.removeprefix("machine.") for one in found}


def says_table(folder: Path, manual: bool = False) -> dict[str, tuple[int, int, int, int]]:
    """Return for each diagnosis: how many had it, of these how many were told; how many had not, and were not told.

    `manual`: the bounds of the waves are the annotators', so that the table judges the rules and not the bounds.
    """
    counts = {name: [0, 0, 0, 0] for name in TRUTH}
    for record, row, recording, patient in records(folder):
        bounds = partial(manual_bounds, folder, record) if manual else find_bounds
        with patch("yiji.devices.analysis.ecg.find_bounds", bounds):
            codes = said(recording, patient)
        for name, (told, true) in TRUTH.items():
            hit = any(code in codes for one in told for code in (one, *(f"{one}_{wall}" for wall in WALLS)))
            had = true(row)
            counts[name][0 if had else 2] += 1
            counts[name][1 if had else 3] += hit is had
    return {name: (one[0], one[1], one[2], one[3]) for name, one in counts.items()}


def manual_bounds(folder: Path, record: str, beat: MedianBeat) -> Bounds | None:
    """Return the median beat's bounds by the annotators: of all leads' medians the early and the late ones.

    A wave counts where more than half of the annotated beats of more than half of the leads have it.
    """
    import wfdb

    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for lead in LEADS:
        marks: Any = wfdb.rdann(str(folder / record), lead)
        offsets = _offsets(list(marks.symbol), np.asarray(marks.sample) * (beat.rate / 500), beat.places)
        beats = max(1, len(offsets["qrs_on"]))
        for name, values in offsets.items():
            if len(values) > beats / 2:
                found[name].append(float(np.median(values)))
    at = {
        name: beat.at + float(np.quantile(values, 0.15 if name.endswith("on") else 0.85))
        for name, values in found.items()
        if len(values) > len(LEADS) / 2
    }
    return Bounds(**at) if {"qrs_on", "qrs_off"} <= set(at) else None


def _offsets(symbols: list[str], samples: Any, places: Any) -> dict[str, list[float]]:
    """Return for each bound how far it is from the beat that it belongs to, samples, beat by beat."""
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for row in range(1, len(symbols) - 1):
        if symbols[row] not in "pNt" or symbols[row - 1] != "(" or symbols[row + 1] != ")":
            continue
        wave = {"p": "p", "N": "qrs", "t": "t"}[symbols[row]]
        apart = places - samples[row]
        apart = {"p": apart[apart > 0], "t": apart[apart <= 0]}.get(wave, apart)
        if not apart.size:
            continue
        place = samples[row] + apart[np.argmin(np.abs(apart))]
        for name, sample in ((f"{wave}_on", samples[row - 1]), (f"{wave}_off", samples[row + 1])):
            if name in found:
                found[name].append(float(sample - place))
    return found


def windows(folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the rhythm and the irregularity of each window of MIT-BIH that lies within one rhythm."""
    import wfdb

    for file in sorted(folder.glob("*.atr")):
        marks: Any = wfdb.rdann(str(file.with_suffix("")), "atr")
        rhythm, beats = "", list[tuple[float, str, str]]()
        for sample, symbol, note in zip(marks.sample, marks.symbol, marks.aux_note, strict=True):
            rhythm = note.strip("\x00") if symbol == "+" and note.startswith("(") else rhythm
            if symbol in BEATS:
                beats.append((sample / 360, symbol, rhythm))
        for first in range(0, len(beats) - WINDOW, WINDOW):
            seconds, symbols, rhythms = zip(*beats[first : first + WINDOW], strict=True)
            if len(set(rhythms)) == 1:
                plain = np.array([symbol not in "VEF" for symbol in symbols])
                yield rhythms[0], irregularity(np.diff(np.array(seconds)), plain[1:] & plain[:-1])


def irregular_table(folder: Path) -> dict[str, tuple[int, int]]:
    """Return for each rhythm its windows, and how many are irregular by the rule set's definition, P waves apart."""
    counts, irregular = Counter[str](), Counter[str]()
    for rhythm, found in windows(folder):
        counts[rhythm] += 1
        irregular[rhythm] += found.get("rr_rmssd", 0) >= 0.1 and found.get("rr_entropy", -9) > -1.5
    return {rhythm: (count, irregular[rhythm]) for rhythm, count in counts.items()}


def exchanged(trace: Trace, kind: str) -> Trace:
    """Return what would have been recorded with two electrodes exchanged: arms, leg (right arm), or two chest leads."""
    samples = trace.samples.copy()
    at = {name: row for row, name in enumerate(trace.leads)}
    if "/" in kind:
        one, other = (at[name] for name in kind.split("/"))
        samples[[one, other]] = samples[[other, one]]
        return Trace(trace.leads, trace.rate, samples)
    first, second = trace.samples[at["I"]], trace.samples[at["II"]]
    third = second - first
    one, two = {"arms": (-first, third), "leg": (-third, -second), "right_leg": (second, second)}[kind]
    for name, lead in {
        "I": one, "II": two, "III": two - one, "aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2,
    }.items():  # fmt: skip
        samples[at[name]] = lead
    return Trace(trace.leads, trace.rate, samples)


def swaps_table(folder: Path) -> dict[str, tuple[int, int]]:
    """Return for each exchange how many recordings were tried, and of how many it is said; "none" is as recorded."""
    kinds = ("none", "arms", "leg", "right_leg", *(f"V{n}/V{n + 1}" for n in range(1, 6)), "V1/V3", "V1/V6")
    counts, told = Counter[str](), Counter[str]()
    for _, _, recording, patient in records(folder):
        for kind in kinds:
            trace = recording.trace if kind == "none" else exchanged(recording.trace, kind)
            codes = said(Recording.of("ecg", trace, "changed"), patient)
            name = "swap_chest" if "/" in kind else f"swap_{kind}"
            counts[kind] += 1
            told[kind] += any(code.startswith("swap_") for code in codes) if kind == "none" else name in codes
    return {kind: (counts[kind], told[kind]) for kind in kinds}


def page() -> str:
    """Return the tables of all rules and all facts, in markdown."""
    rules = load_rules()
    lines = [f"Rule set `{rules.title}` ({rules.source}).", "", "| rule | says | holds when | severity | source |"]
    lines.append("|---|---|---|---|---|")
    for rule in rules.rules:
        graver = [f"{name} when `{text}`" for name, text in (("abnormal", rule.abnormal), ("critical", rule.critical))
                  if text]  # fmt: skip
        held = " and ".join(f"`{text}`" for text in (rule.when, rule.lead) if text)
        if rule.lead:
            held += f" in {rule.neighbours} neighbouring leads of: {', '.join(rule.territories)}"
        if rule.unless:
            held += f"; unless {', '.join(rule.unless)}"
        severity = "; ".join([rule.severity.value, *graver])
        lines.append(f"| {rule.id} | {rule.zh} / {rule.en} | {held} | {severity} | {rule.source} |")
    lines += ["", "| definition | means |", "|---|---|", *(f"| {a} | `{b}` |" for a, b in rules.definitions.items())]
    lines += ["", "| fact | what it is |", "|---|---|", *(f"| {a} | {b} |" for a, b in FACTS.items())]
    lines += ["", "| fact of a lead | what it is |", "|---|---|", *(f"| {a} | {b} |" for a, b in LEAD_FACTS.items())]
    lines += ["", "| critical 危急值 | when | source |", "|---|---|---|"]
    for rule in rules.rules:
        if rule.severity is Severity.CRITICAL or rule.critical:
            held = " and ".join(text for text in (rule.when, rule.lead) if text)
            when = held if rule.severity is Severity.CRITICAL else rule.critical
            lines.append(f"| {rule.id} | `{when}` | {rule.source} |")
    return "\n".join(lines) + "\n"


def main(what: str, folder: Path) -> None:
    """Print one of the tables."""
    if what in ("ludb", "manual"):
        print("| diagnosis | have it | told | sensitivity | have it not | not told | specificity |")
        print("|---|---|---|---|---|---|---|")
        for name, (had, told, had_not, not_told) in says_table(folder, what == "manual").items():
            share = f"{told / had:.0%}" if had else "-"
            print(f"| {name} | {had} | {told} | {share} | {had_not} | {not_told} | {not_told / had_not:.0%} |")
    elif what == "page":
        print(page())
    else:
        for name, (count, told) in (irregular_table if what == "mitdb" else swaps_table)(folder).items():
            print(f"| {name} | {count} | {told} | {told / count:.1%} |")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else "."))
