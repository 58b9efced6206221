"""Short names for the tables that most statements speak of."""

from yiji.booking.tables import (
    AppointmentRow,
    BlockRow,
    DeviceRow,
    ExamRow,
    FactRow,
    ItemRow,
    OrderRow,
    PatientNumberRow,
    PatientRow,
    QuotaRow,
    RoomRow,
    SlotRow,
)

ITEM, ORDER, EXAM = ItemRow.table(), OrderRow.table(), ExamRow.table()
PATIENT, NUMBER, FACT, BLOCK = PatientRow.table(), PatientNumberRow.table(), FactRow.table(), BlockRow.table()
SLOT, QUOTA, DEVICE, ROOM = SlotRow.table(), QuotaRow.table(), DeviceRow.table(), RoomRow.table()
APPOINTMENT = AppointmentRow.table()
LIVE = ("held", "booked", "checked_in")
