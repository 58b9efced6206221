"""A hospital with appointments so many hours from now, and what the house and a notifier do about reminders."""

from datetime import datetime, timedelta
from typing import Any

from booking.histories import Rows, appointment, hospital, item, order, slot, write
from sqlalchemy import select

from yiji.booking.tables import AppointmentRow, PatientRow
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import ReminderDue
from yiji.core.contract.reminder import ClaimReminder, ListReminders, Reminder, SendReminders, SettleReminder
from yiji.core.store import alerts
from yiji.core.store.tables import EventRow

HOUR = timedelta(hours=1)
LONG_AGO = timedelta(days=30)


class House:
    """A hospital with appointments so many hours from now."""

    def __init__(self, app: App) -> None:
        self.app, self.now = app, clock.now()
        self.bus: ActorBus = app.bus_as(app.token_for("gateway", "notifier"))
        self.tending: ActorBus = app.bus_as(app.system_token())
        with app.store.begin() as tx:
            hospital(tx, self.now)

    def book(self, number: int, hours: float, booked: float = 720, **more: Any) -> datetime:
        """An appointment in `hours`, booked so many hours ago."""
        at = slot(number, "ECG-1", self.now + hours * HOUR + timedelta(seconds=number))
        since = self.now - booked * HOUR
        made = appointment(number, [at], since, **more)
        with self.app.store.begin() as tx:
            write(tx, Rows([at], [], [order(number, since)], [item(number, "ECG12")], [made]))
        return at["starts_at"]

    def change(self, number: int, **values: Any) -> None:
        """Write an appointment's row anew, as a handler would."""
        table = AppointmentRow.table()
        with self.app.store.begin() as tx:
            tx.db.execute(table.update().where(table.c.id == f"apt-{number}").values(values))

    def patient(self, **values: Any) -> None:
        """Write the patient's row anew."""
        with self.app.store.begin() as tx:
            tx.db.execute(PatientRow.table().update().values(values))

    def states(self) -> list[tuple[str, str]]:
        """State and detail of all reminders, by appointment."""
        listed = sorted(self.bus.ask(ListReminders()).reminders, key=lambda one: (one.appointment_id, one.hours))
        return [(one.state.value, one.detail) for one in listed]

    def alerts(self) -> list[tuple[str, str]]:
        with self.app.store.begin() as tx:
            return [(topic, detail) for topic, detail, _ in alerts.open_alerts(tx.db)]

    def parameters(self, json: str) -> None:
        with self.app.store.begin() as tx:
            told = "UPDATE booking_current SET parameters = %s::jsonb, catalogue = catalogue + 1"
            tx.db.exec_driver_sql(told, (json,))

    def send(self) -> int:
        return self.tending.ask(SendReminders()).count

    def told(self) -> list[ReminderDue]:
        event = EventRow.table()
        with self.app.store.begin() as tx:
            wanted = select(event.c.body).where(event.c.type == "booking.ReminderDue").order_by(event.c.id)
            return [ReminderDue.model_validate_json(body) for body in tx.db.execute(wanted).scalars()]

    def due(self) -> list[tuple[str, int]]:
        return [(one.appointment_id, one.hours) for one in self.told()]

    def claim(self, number: int, starts_at: datetime, hours: int) -> Reminder:
        return self.bus.ask(ClaimReminder(appointment_id=f"apt-{number}", starts_at=starts_at, hours=hours))

    def settle(self, number: int, starts_at: datetime, hours: int, sent: bool, detail: str = "") -> Reminder:
        wish = SettleReminder(
            appointment_id=f"apt-{number}", starts_at=starts_at, hours=hours, sent=sent, detail=detail
        )
        return self.bus.ask(wish)
