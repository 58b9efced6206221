"""What a dispatcher's key is about: what is selected, and whether it can be what the deed needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yiji.tui.base import Base
from yiji.tui.reading import Reading

if TYPE_CHECKING:
    from datetime import date

    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.queue import Ticket

LIVE = ("held", "booked", "checked_in")  # appointments that have their place still


@dataclass(frozen=True, slots=True)
class Subject:
    """What is selected: the order item's row, its ticket, whether the queue has the keys; the whole queue, the day."""

    row: "DeskRow | None"
    ticket: "Ticket | None"
    in_queue: bool
    queue: "Sequence[Ticket]"
    day: "date | None" = None


def what(row: "DeskRow", reading: Reading) -> dict[str, str]:
    """Return the parameters by which texts name an examination and its appointment."""
    starts = reading.moment(row.starts_at)
    return {"patient": row.patient_name, "exam": row.exam_name, "starts": starts, "room": row.room_name}


def is_booked(row: "DeskRow") -> bool:
    """Whether it has a place, held ones included."""
    return row.appointment_state in LIVE


def waits(row: "DeskRow") -> bool:
    """Whether it can be booked: it has no place, or the one it had was missed."""
    return row.stage == "registered" and not is_booked(row)


def booked_row(app: Base, subject: Subject) -> "DeskRow | None":
    """Return the row, if it is there and has a place; else say what is wrong."""
    row = subject.row
    if row is None:
        app.warn("nothing_selected")
    elif not is_booked(row):
        app.warn("not_booked" if waits(row) else "is_over", **what(row, app.reading))
        return None
    return row


def waiting_row(app: Base, subject: Subject) -> "DeskRow | None":
    """Return the row, if it is there and can be booked; else say what is wrong."""
    row = subject.row
    if row is None:
        app.warn("nothing_selected")
    elif not waits(row):
        app.warn("is_booked" if is_booked(row) else "is_over", **what(row, app.reading))
        return None
    return row
