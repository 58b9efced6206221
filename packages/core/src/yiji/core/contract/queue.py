"""The day of the examination 检查当日: check-in 签到, triage 分诊, queue 候诊, call 叫号, guide sheet 导引单."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Event, Query, Value, Watch


class TicketState(StrEnum):
    """The life of a queue ticket."""

    READY = "ready"
    CALLED = "called"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"  # 过号; may come back
    LEFT = "left"  # the appointment was cancelled


class Rank(StrEnum):
    """Who goes first; earlier ones of this list before later ones."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ELDERLY = "elderly"
    INPATIENT = "inpatient"
    ORDINARY = "ordinary"


class Ticket(Value):
    """A place in a room's queue."""

    id: str
    appointment_id: str
    item_id: str
    accession_number: str
    number: str  # what is called out: A001
    patient_name: str
    exam_name: str
    room: str
    room_name: str
    state: TicketState
    checked_in_at: datetime
    called_at: datetime | None = None
    rank: Rank = Rank.ORDINARY
    starts_at: datetime | None = None  # of the appointment
    calls: int = 0
    ahead: int = 0  # how many go before
    wait_minutes: int | None = None  # expected; none: not waiting
    note: str = ""


class CheckIn(Command[Ticket], permission="queue.manage"):
    """The patient is here 签到: put the appointment into its room's queue, ranked by triage 分诊."""

    appointment_id: str
    rank: Rank | None = None  # the triage nurse's word; none: by priority, age and visit class
    note: str = ""


class CallPatient(Command[Ticket], permission="queue.manage"):
    """Call a patient 叫号: the one named, else the next of the room; who was called before is recalled 复呼."""

    room: str = ""
    ticket_id: str = ""


class StartExam(Command[Ticket], permission="queue.manage"):
    """The called patient is in the room."""

    ticket_id: str


class SkipPatient(Command[Ticket], permission="queue.manage"):
    """The called patient did not come 过号."""

    ticket_id: str


class RequeuePatient(Command[Ticket], permission="queue.manage"):
    """A skipped patient is back: queue again, some places behind the first."""

    ticket_id: str


class TransferPatient(Command[Ticket], permission="queue.manage"):
    """Let a waiting patient queue at another room that makes the examination 转诊室."""

    ticket_id: str
    room: str
    reason: str = ""


class TriagePatient(Command[Ticket], permission="queue.manage"):
    """Change a waiting patient's rank."""

    ticket_id: str
    rank: Rank
    note: str = ""


class QueueBoard(Value):
    """What a wall screen or a desk shows of one day's queues."""

    day: date
    tickets: tuple[Ticket, ...]  # in the order in which they will be called, room by room
    updated_at: datetime | None = None


class ShowQueue(Query[QueueBoard], permission="queue.read"):
    """Who waits where?"""

    room: str = ""
    department: str = ""
    day: date | None = None


class WatchQueue(Watch[QueueBoard], permission="queue.read"):
    """Who waits where, told again whenever it changes; names are masked unless asked for by who may."""

    room: str = ""
    department: str = ""
    masked: bool = True


class GuideStep(Value):
    """One examination on the guide sheet, in the order of the day."""

    accession_number: str
    exam_name: str
    exam_name_en: str = ""
    starts_at: datetime
    ends_at: datetime
    department: str
    department_en: str = ""
    room_name: str
    room_name_en: str = ""
    place: str = ""
    place_en: str = ""
    preparation: str = ""
    preparation_en: str = ""
    held_until: datetime | None = None  # a held place: it lapses then unless it is confirmed or paid


class GuideSheet(Value):
    """What the patient takes along: when, where, and how to prepare."""

    patient_id: str
    patient_name: str
    patient_sex: str
    patient_age: str
    hospital: str
    zone: str  # IANA name of the hospital's clock
    printed_at: datetime
    steps: tuple[GuideStep, ...]


class ShowGuide(Query[GuideSheet], permission="booking.read"):
    """What must a patient know of the appointments to come?"""

    patient_id: str  # or any of the patient's numbers, an accession number, an appointment
    first_day: date | None = None
    days: int = Field(default=30, gt=0, le=366)


class GuidePage(Value):
    """The guide sheet as a PDF."""

    pdf: bytes
    pages: int


class RenderGuide(Query[GuidePage], permission="booking.read"):
    """What does a guide sheet look like on paper (A4), with its barcodes (Code 128)?"""

    sheet: GuideSheet
    lang: str = "zh"  # zh, en, or both


class PatientCheckedIn(Event, aggregate="order_id"):
    """The patient is here."""

    order_id: str
    appointment_id: str
    item_id: str
    ticket: Ticket


class PatientCalled(Event, aggregate="order_id"):
    """The patient is called to the room."""

    order_id: str
    appointment_id: str
    item_id: str
    ticket: Ticket


class QueueChanged(Event, aggregate="room"):
    """A queue is in another order: somebody was skipped, came back, went elsewhere or was ranked anew."""

    room: str
    ticket_id: str
    what: str  # started skipped requeued transferred triaged left
