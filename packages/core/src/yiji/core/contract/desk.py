"""What the dispatch desk looks at: today's orders and the queue, in one answer."""

from datetime import date, datetime

from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.queue import Ticket
from yiji.core.message import Query, Value


class DeskRow(Value):
    """One order item on the desk."""

    item_id: str
    order_id: str
    accession_number: str
    placer_number: str
    patient_name: str
    patient_sex: str
    patient_age: str
    visit_class: str
    exam_code: str
    exam_name: str
    department: str
    priority: str
    stage: str  # registered booked checked_in called examined reported signed delivered revoked
    registered_at: datetime
    appointment_id: str = ""
    appointment_state: AppointmentState | None = None
    starts_at: datetime | None = None
    room_name: str = ""
    ticket_number: str = ""
    patient_id: str = ""
    held_until: datetime | None = None  # of a held place: it lapses then
    pool: str = ""
    paid: bool = False


class Desk(Value):
    """The desk of one day."""

    day: date
    rows: tuple[DeskRow, ...]
    queue: tuple[Ticket, ...]
    zone: str = "Asia/Shanghai"  # whose clock the desk's times are read on (IANA name)
    actor: str = ""  # who is asking, as the site knows them


class ShowDesk(Query[Desk], permission="desk.read"):
    """What is there to do on a day: unbooked orders, the day's appointments, the queue?"""

    day: date | None = None
    department: str = ""
