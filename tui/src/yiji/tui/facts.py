"""What the desk tells of an examination: from its row, and more from its order and its appointment."""

from typing import TYPE_CHECKING

from yiji.tui.reading import Reading
from yiji.tui.widgets.facts import Fact

if TYPE_CHECKING:
    from yiji.core.contract.booking import Appointment
    from yiji.core.contract.desk import DeskRow
    from yiji.core.contract.order import Order


def of_row(row: "DeskRow", reading: Reading) -> list[Fact]:
    """Return what the row itself tells."""
    t = reading.t
    starts = (
        f"{reading.day(reading.local(row.starts_at).date())} {reading.time(row.starts_at)}" if row.starts_at else ""
    )
    return [
        (t("patient"), f"{row.patient_name}  {reading.person(row)}"),
        (t("visit"), reading.coded("visit", row.visit_class)),
        (t("priority"), reading.coded("priority", row.priority)),
        (t("exam"), f"{row.exam_name} ({row.exam_code})"),
        (t("preparation"), reading.preparations.get(row.exam_code, "")),
        (t("department"), reading.department(row.department)),
        (t("stage"), reading.stage(row)),
        (t("time"), starts),
        (t("room"), row.room_name),
        (t("ticket"), row.ticket_number),
        (t("accession"), row.accession_number),
        (t("placer"), row.placer_number),
        (t("registered"), f"{reading.day(reading.local(row.registered_at).date())} {reading.time(row.registered_at)}"),
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
        at = f"{reading.day(reading.local(change.at).date())} {reading.time(change.at)}"
        said = "  ".join(part for part in (reading.coded("change", change.what), change.actor, change.reason) if part)
        told.append((at, said))
    return told
