"""How near the global measures come to the truth: intervals, heights and ST of made ECGs (see `_ecg_truth`).

``python tests/bench/_ecg_global.py [CASES [SEED]]`` prints the share of values within the bar (10 ms; 25 uV or 5 %; ST
25 uV) without and with noise, and the worst by kind. Intervals are held against the exact support. With noise a P (or
T) whose height in the biggest lead is less than `SEEN` times what is left of the noise in a mean of the beats is not
asked for.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from _ecg_truth import LEADS, Case, cases

from yiji.core.errors import YijiError
from yiji.core.signal import Recording, Trace
from yiji.devices import analyse

SEEN = 6.0
SEED = 4
Errors = dict[str, list[tuple[float, bool, str]]]  # measure -> (error, holds, case)


def global_table(count: int = 150) -> dict[str, dict[str, float]]:
    """Return by ``clean.qrs`` and so on: the share within the bar (%), mean, sd and worst error, and how many."""
    table: dict[str, dict[str, float]] = {}
    for noisy in (False, True):
        for measure, rows in errors(count, noisy).items():
            table[f"{'noisy' if noisy else 'clean'}.{measure}"] = _summary(rows)
    return table


def errors(count: int, noisy: bool, seed: int = SEED) -> Errors:
    """Return the errors of all measures (ms or uV; NaN: not measured, or measured where nothing is)."""
    found: Errors = defaultdict(list)
    for number, case in enumerate(cases(count, seed, noisy)):
        recording = Recording.of("ecg", Trace(LEADS, case.rate, case.samples), "made")
        try:
            analysis = analyse(recording)
        except YijiError:
            found["refused"].append((np.nan, False, f"{case.kind}#{number}"))
            continue
        values = {one.code: one.value for one in analysis.measurements}
        for measure, error, holds in _errors(case, values, {row.lead: row for row in analysis.lead_measures}):
            found[measure].append((error, holds, f"{case.kind}#{number}"))
    return found


def _errors(case: Case, values: dict[str, float | None], rows: dict) -> Iterator[tuple[str, float, bool]]:
    hr = (values["heart_rate"] or 0) - case.facts["hr"]
    yield "hr", hr, abs(hr) <= max(1.0, 0.01 * case.facts["hr"])
    for measure, true in _intervals(case, case.exact).items():
        value = values[measure]
        if true is None:
            yield f"{measure}_absent", 0.0 if value is None else np.nan, value is None
        elif not _hidden(case, measure):
            yield measure, *_within(value, true, 10.0)
            yield f"{measure}_visible", *_within(value, _intervals(case, case.visible)[measure], 10.0)
    yield from _heights(case, rows)


def _within(value: float | None, true: float | None, bar: float) -> tuple[float, bool]:
    if value is None or true is None:
        return np.nan, False
    return value - true, abs(value - true) <= bar


def _intervals(case: Case, bound: dict[str, float]) -> dict[str, float | None]:
    spans = {"p": ("p_on", "p_off"), "pr": ("p_on", "qrs_on"), "qrs": ("qrs_on", "qrs_off"), "qt": ("qrs_on", "t_off")}
    return {
        name: (bound[last] - bound[first]) * 1000 if first in bound and last in bound else None
        for name, (first, last) in spans.items()
    }


def _hidden(case: Case, measure: str) -> bool:
    """Say whether noise hides the wave that the measure needs."""
    wave = {"p": "p", "pr": "p", "qt": "t"}.get(measure)
    if not case.noisy or wave is None:
        return False
    biggest = max(abs(heights[wave]) for heights in case.heights.values())
    return biggest < SEEN * case.facts["emg"] / np.sqrt(len(case.beats) - 2)


def _heights(case: Case, rows: dict) -> Iterator[tuple[str, float, bool]]:
    for lead, heights in case.heights.items():
        for wave, true in heights.items():
            if wave == "p" and _hidden(case, "p"):
                continue
            value = getattr(rows[lead], wave) if lead in rows else None
            bar = 25.0 if wave.startswith("st") else max(25.0, 50 * abs(true))
            error, holds = _within(None if value is None else value * 1000, true * 1000, bar)
            yield f"{wave}_mv" if wave in "pqrst" else wave, error, holds


def _summary(rows: list[tuple[float, bool, str]]) -> dict[str, float]:
    error = np.array([one[0] for one in rows])
    known = error[np.isfinite(error)]
    return {
        "within": 100 * float(np.mean([one[1] for one in rows])),
        "mean": float(known.mean()) if known.size else float("nan"),
        "sd": float(known.std()) if known.size else float("nan"),
        "worst": float(known[np.argmax(np.abs(known))]) if known.size else float("nan"),
        "missed": int(error.size - known.size),
        "n": int(error.size),
    }


def _worst(found: Errors) -> None:
    """Print for each measure how many fail by kind, and the worst."""
    for measure, rows in found.items():
        bad = [one for one in rows if not one[1]]
        kinds: dict[str, int] = defaultdict(int)
        for _, _, name in bad:
            kinds[name.split("#")[0]] += 1
        worst = sorted(bad, key=lambda one: -np.nan_to_num(abs(one[0]), nan=1e6))[:5]
        if bad and not measure.endswith("_visible"):
            told = " ".join(f"{kind}:{number}" for kind, number in sorted(kinds.items()))
            print(f"  {measure:9} {told} | worst " + ", ".join(f"{name} {error:+.0f}" for error, _, name in worst))


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    seed_ = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    for flag in (False, True):
        print("with noise" if flag else "without noise")
        all_errors = errors(wanted, flag, seed_)
        for code, rows_ in all_errors.items():
            row = _summary(rows_)
            print(f"  {code:12} within {row['within']:6.1f} %  {row['mean']:+6.1f} +- {row['sd']:5.1f}  "
                  f"worst {row['worst']:+7.1f}  missed {row['missed']:3.0f}  n {row['n']:5.0f}")  # fmt: skip
        _worst(all_errors)
