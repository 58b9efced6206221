"""How a bench tells its figures, and how they are judged.

A bench is a program ``tests/bench/NAME.py``. It declares ``CASES``, the names of all that it must measure, and ends
with ``sys.exit(report.write())``; what it measured goes to ``build/bench/NAME.json``, a list of
{case, value, unit, bar, holds}.
``python tests/bench/_report.py NAME`` judges that file from outside: a case that is missing, or does not hold, fails.

    CASES = ("help_against_typer",)
    report = Report("spine")
    report.case("help_against_typer", 3.4, "x", at_most=5)
"""

import ast
import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "bench"


@dataclass(frozen=True)
class Case:
    """One figure beside its bar."""

    case: str
    value: float
    unit: str
    bar: str  # "<= 5", ">= 3"; empty where a figure is only told
    holds: bool


class Report:
    """The figures of one bench."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []

    def case(
        self, case: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Note a figure, and tell it; without a bar it holds when it is a number."""
        bars = [f"{sign} {bar:g}" for sign, bar in (("<=", at_most), (">=", at_least)) if bar is not None]
        above = at_least is None or value >= at_least
        below = at_most is None or value <= at_most
        self.cases.append(Case(case, value, unit, " and ".join(bars), math.isfinite(value) and above and below))
        print(told(asdict(self.cases[-1])), flush=True)

    def write(self) -> int:
        """Write the file; return the exit status: 1 if a case does not hold."""
        BUILD.mkdir(parents=True, exist_ok=True)
        rows = [asdict(case) for case in self.cases]
        (BUILD / f"{self.name}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return 0 if rows and all(case.holds for case in self.cases) else 1


def told(row: dict[str, Any]) -> str:
    """Return one figure as a line."""
    return (
        f"{'holds ' if row['holds'] else 'MISSED'} {row['case']:40} {row['value']:12.4g} {row['unit']:8} {row['bar']}"
    )


def expected(name: str) -> list[str]:
    """Return the CASES that a bench declares, without running it; `ValueError` if it declares none."""
    for node in ast.parse((HERE / f"{name}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["CASES"]:
            return list(ast.literal_eval(node.value))
    raise ValueError(f"tests/bench/{name}.py declares no CASES")


def wrongs(rows: list[dict[str, Any]], cases: list[str]) -> list[str]:
    """Return what is wrong with the rows of a bench that must measure `cases`."""
    names = [row["case"] for row in rows]
    wrong = [f"missing: {case}" for case in cases if case not in names]
    wrong += [f"twice: {name}" for name in sorted(set(names)) if names.count(name) > 1]
    wrong += [f"not declared: {name}" for name in names if name not in cases]
    keys = set(Case.__dataclass_fields__)
    wrong += [f"not a figure: {row}" for row in rows if set(row) != keys or not math.isfinite(row["value"])]
    return wrong + [f"missed: {told(row)}" for row in rows if row.get("holds") is not True]


def main(name: str) -> int:
    """Judge a bench's file."""
    wrong = wrongs(json.loads((BUILD / f"{name}.json").read_text("utf-8")), expected(name))
    print("\n".join(wrong) or f"bench {name}: every case holds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
