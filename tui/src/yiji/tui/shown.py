"""Which rows of the desk are shown, and in which order. Pure: rows in, rows out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from yiji.tui.reading import Reading

if TYPE_CHECKING:
    from yiji.core.contract.desk import DeskRow

DONE = ("examined", "reported", "signed", "delivered")
# The groups that a dispatcher steps through, and the stages in each; no stages: all of them.
GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "todo": ("registered",),
    "booked": ("booked",),
    "here": ("checked_in",),
    "called": ("called",),
    "done": DONE,
}
_RANK = {"stat": 0, "urgent": 1}


@dataclass(frozen=True)
class Sieve:
    """What the dispatcher wants to see: one group of stages, and words that must all be found in a row."""

    group: str = "all"
    words: str = ""

    def step(self, by: int) -> "Sieve":
        """Return the sieve of the next group, or of the one before."""
        names = list(GROUPS)
        return replace(self, group=names[(names.index(self.group) + by) % len(names)])


def counts(rows: Iterable["DeskRow"]) -> dict[str, int]:
    """Return how many rows each group has."""
    stages = Counter(row.stage for row in rows)
    return {name: sum(stages[one] for one in within) if within else stages.total() for name, within in GROUPS.items()}


def shown(rows: Iterable["DeskRow"], sieve: Sieve, reading: Reading) -> list["DeskRow"]:
    """Return the rows that pass, in the desk's order."""
    within, words = GROUPS[sieve.group], sieve.words.casefold().split()
    passed = (row for row in rows if not within or row.stage in within)
    return sorted((row for row in passed if _has(row, words, reading)), key=_order)


def _has(row: "DeskRow", words: Sequence[str], reading: Reading) -> bool:
    if not words:
        return True
    told = "\n".join(haystack(row, reading)).casefold()
    return all(word in told for word in words)


def haystack(row: "DeskRow", reading: Reading) -> tuple[str, ...]:
    """Return all that a row can be found by."""
    return (
        row.patient_name,
        row.accession_number,
        row.placer_number,
        row.ticket_number,
        row.exam_code,
        row.exam_name,
        row.department,
        reading.department(row.department),
        row.room_name,
        reading.stage(row),
        reading.coded("priority", row.priority),
        reading.coded("visit", row.visit_class),
    )


def _order(row: "DeskRow") -> tuple[int, int, datetime, str]:
    """What waits for a place, the loudest first; then what is to come, by its time; then what is over."""
    if row.stage == "registered":
        return 0, _RANK.get(row.priority, 2), row.registered_at, row.item_id
    over = row.stage in DONE or row.stage == "revoked"
    return 2 if over else 1, 0, row.starts_at or row.registered_at, row.item_id
