"""The table of numbers: measurements put into a template's lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from yiji.core.contract.measure import Measurement
from yiji.reports.writing.template import Measure
from yiji.reports.writing.words import unit_word

NOTHING = "—"


@dataclass(frozen=True)
class Line:
    """One line of the table, as it is written."""

    label: str
    value: str
    unit: str


def number(value: float | None, digits: int = 0) -> str:
    """Return a number as it is written; what could not be measured, or is none, is a dash."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text  # no "-0"


def _total(found: Sequence[Measurement | None]) -> float | None:
    values = [one.value for one in found if one is not None and one.value is not None]
    return sum(values) if len(values) == len(found) else None


def line(measure: Measure, measured: dict[str, Measurement], lang: str) -> Line:
    """Put the measurements of one template line into words; what was not measured is a dash."""
    found = [measured.get(code) for code in measure.codes]
    values = [_total(found)] if measure.sum else [one.value if one else None for one in found]
    method = measured[measure.method_of].method if measure.method_of in measured else ""
    units = [one.unit for one in found if one]
    return Line(
        label=measure.label.of(lang) + (f" ({method})" if method else ""),
        value="/".join(number(value, measure.digits) for value in values),
        unit=unit_word(units[0] if units else measure.unit, lang),
    )


def lines(measures: Sequence[Measure], measurements: Sequence[Measurement], lang: str) -> list[Line]:
    """Return the table of numbers; of several measurements with one code the first counts."""
    measured = {one.code: one for one in reversed(measurements)}
    return [line(measure, measured, lang) for measure in measures]
