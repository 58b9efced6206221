"""What the desk tells of an examination: from its row and its ticket, and more from its order and its appointment."""

from typing import TYPE_CHECKING

from yiji.tui.reading import Reading
from yiji.tui.widgets.facts import Fact

if TYPE_CHECKING:
    from yiji.core.contract.booking import Appointment
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.order import Order
    from yiji.core.contract.queue import Ticket


def of_row(row: "DeskRow", reading: Reading) -> list[Fact]:
    """Return what the row itself tells."""
    t = reading.t
    return [
        (t("patient"), f"{row.patient_name}  {reading.person(row)}"),
        (t("visit"), reading.coded("visit", row.visit_class)),
        (t("priority"), reading.coded("priority", row.priority)),
        (t("exam"), f"{row.exam_name} ({row.exam_code})"),
        (t("preparation"), reading.preparations.get(row.exam_code, "")),
        (t("department"), reading.department(row.department)),
        (t("stage"), reading.stage(row)),
        (t("time"), reading.moment(row.starts_at)),
        *_of_place(row, reading),
        (t("room"), row.room_name),
        (t("ticket"), row.ticket_number),
        (t("accession"), row.accession_number),
        (t("placer"), row.placer_number),
        (t("registered"), reading.moment(row.registered_at)),
    ]


def _of_place(row: "DeskRow", reading: Reading) -> list[Fact]:
    """Return until when a place is held, from which pool it is, and whether it is paid, where that is known."""
    t, is_held = reading.t, row.appointment_state == "held"
    paid = t("paid.yes") if row.paid else t("paid.no") if is_held else ""
    return [
        (t("held_until"), reading.moment(row.held_until) if is_held else ""),
        (t("pool"), reading.pool(row.pool) if row.pool else ""),
        (t("paid"), paid),
    ]


def of_ticket(ticket: "Ticket", reading: Reading) -> list[Fact]:
    """Return how a patient stands in the queue."""
    t, is_ready = reading.t, ticket.state == "ready"
    return [
        ("", t("queue")),
        (t("ticket"), f"{ticket.number}  {reading.coded('ticket', ticket.state)}"),
        (t("rank"), reading.coded("rank", ticket.rank)),
        (t("ahead"), t("people", number=ticket.ahead) if is_ready else ""),
        (t("expected"), reading.wait(ticket)),
        (t("calls"), str(ticket.calls) if ticket.calls else ""),
        (t("note"), ticket.note),
    ]


def of_order(order: "Order", reading: Reading) -> list[Fact]:
    """Return what the order adds."""
    t, patient = reading.t, order.patient
    return [
        (t("visit_number"), patient.visit_number),
        (t("ward"), " ".join(part for part in (patient.ward, patient.bed) if part)),
        (t("numbers"), "  ".join(one.value for one in patient.identifiers)),
        (t("phone"), patient.phone),
        (t("requester"), " ".join(part for part in (order.requesting_department, order.requester) if part)),
        (t("reason"), order.reason),
    ]


def of_appointment(appointment: "Appointment", reading: Reading) -> list[Fact]:
    """Return the chain of changes."""
    told: list[Fact] = [("", reading.t("history"))]
    for change in appointment.changes:
        said = "  ".join(part for part in (reading.coded("change", change.what), change.actor, change.reason) if part)
        told.append((reading.moment(change.at), said))
    return told
