"""Booking's tables, by what they are about."""

from yiji.booking.tables.appointments import (
    LIVE,
    AppointmentRow,
    DisplacedRow,
    PaymentRow,
    ReminderRow,
    StopRow,
    TicketRow,
    WaitRow,
)
from yiji.booking.tables.catalogue import (
    CalendarRow,
    CampusRow,
    ClosureRow,
    CurrentRow,
    DepartmentRow,
    DeviceRow,
    DictionaryRow,
    EditionRow,
    ExamRow,
    RoomRow,
    StaffRow,
)
from yiji.booking.tables.inventory import QuotaRow, SlotRow
from yiji.booking.tables.orders import ACCESSION, ItemRow, OrderRow
from yiji.booking.tables.patients import BlockRow, FactRow, MergeRow, PatientNumberRow, PatientRow

__all__ = [
    "ACCESSION",
    "LIVE",
    "AppointmentRow",
    "BlockRow",
    "CalendarRow",
    "CampusRow",
    "ClosureRow",
    "CurrentRow",
    "DepartmentRow",
    "DeviceRow",
    "DictionaryRow",
    "DisplacedRow",
    "EditionRow",
    "ExamRow",
    "FactRow",
    "ItemRow",
    "MergeRow",
    "OrderRow",
    "PatientNumberRow",
    "PatientRow",
    "PaymentRow",
    "QuotaRow",
    "ReminderRow",
    "RoomRow",
    "SlotRow",
    "StaffRow",
    "StopRow",
    "TicketRow",
    "WaitRow",
]
