"""Master data 基础数据: places, resources, the examination catalogue, calendars 排班, dictionaries, parameters.

It is one document with a schema (TOML or CSV outside), kept in editions: every change makes a new one.
"""

from datetime import date, datetime, time
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Command, Query, Value

CODE = r"^[^\s,/;]{1,40}$"


class Campus(Value):
    """A campus 院区 of the hospital."""

    code: str = Field(pattern=CODE)
    name: str
    name_en: str = ""
    address: str = ""


class Department(Value):
    """A department 科室."""

    code: str = Field(pattern=CODE)
    name: str
    name_en: str = ""
    campus: str = ""


class Room(Value):
    """A room 诊室 in which examinations are made."""

    code: str = Field(pattern=CODE)
    name: str
    department: str
    name_en: str = ""
    place: str = ""  # how to get there: building, floor; printed on the guide sheet
    place_en: str = ""


class Device(Value):
    """A device 设备: the resource whose time an examination takes."""

    code: str = Field(pattern=CODE)
    name: str
    room: str
    modality: str  # DICOM (0008,0060): ECG, US, ...
    station: str = ""  # AE title or folder name by which its data arrives
    capabilities: tuple[str, ...] = ()


class StaffGroup(Value):
    """People whose time an examination takes beside the device's: contrast nurse, anaesthetist 医护组.

    A room that several devices share is told here as well (capability: its own code).
    """

    code: str = Field(pattern=CODE)
    name: str
    department: str
    capabilities: tuple[str, ...] = ()


class BodyPart(Value):
    """A body part 部位 of an examination, with its own length."""

    code: str = Field(pattern=CODE)
    name: str
    minutes: int = Field(gt=0, le=1440)
    name_en: str = ""


class Exam(Value):
    """An entry of the examination catalogue 检查项目."""

    code: str = Field(pattern=CODE)
    name: str
    department: str
    modality: str
    minutes: int = Field(gt=0, le=1440)
    name_en: str = ""
    preparation: str = ""
    preparation_en: str = ""
    preparation_minutes: int = Field(default=0, ge=0)  # how long before the start the patient must know of it
    devices: tuple[str, ...] = ()  # that make it; none: every device of the department with the `capabilities`
    capabilities: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # capabilities of staff groups whose time it takes as well
    tags: tuple[str, ...] = ()  # what rules speak of: contrast.iodine, barium, fasting, full_bladder, ...
    body_parts: tuple[BodyPart, ...] = ()
    prepaid: bool = False  # 先缴费后检查: a place is only held until it is paid


class PoolShare(Value):
    """The share of a channel pool 号源池 in each slot of a calendar."""

    pool: str = Field(pattern=CODE)
    cap: int | None = Field(default=None, ge=0)  # at most so many places; none: up to the capacity
    reserve: int = Field(default=0, ge=0)  # places that nobody else may take until they are released
    release_minutes: int = Field(default=0, ge=0)  # so long before the slot begins the reserve is released


class Calendar(Value):
    """When a device or staff group works on some weekdays, cut into slots 排班模板."""

    device: str  # or the code of a staff group
    weekdays: tuple[int, ...]  # 1 Monday .. 7 Sunday
    opens: time
    closes: time
    slot_minutes: int = Field(gt=0, le=1440)
    capacity: int = Field(ge=0, le=10_000)
    pools: tuple[PoolShare, ...] = ()
    extra: int = Field(default=0, ge=0)  # places that may be added to a slot by permission 加号
    first_day: date | None = None  # valid from, until: the template's own bounds
    last_day: date | None = None


class Closure(Value):
    """Days on which nothing is opened: a holiday 节假日 of the hospital, of a campus, or one resource's exception."""

    first_day: date
    last_day: date
    name: str
    campus: str = ""
    device: str = ""  # or staff group; with neither this nor a campus it holds everywhere


class Entry(Value):
    """One value of a dictionary."""

    code: str
    name: str
    name_en: str = ""


class Dictionary(Value):
    """A dictionary 字典: coded values and their names, such as the hospital's own pools."""

    code: str = Field(pattern=CODE)
    name: str
    entries: tuple[Entry, ...] = ()


class Parameters(Value):
    """What a hospital may decide about booking 参数; each has a default that works."""

    hold_minutes: int = Field(default=10, gt=0)  # 占号: how long a held place waits
    payment_minutes: int = Field(default=30, gt=0)  # how long a place waits for its payment
    offer_minutes: int = Field(default=30, gt=0)  # 候补: how long a place offered to the waitlist waits
    online_cancel_minutes: int = Field(default=120, ge=0)  # later than this a patient cannot cancel or move by himself
    online_cancel_limit: int = Field(default=3, ge=0)  # a patient's own cancellations in 30 days
    no_show_minutes: int = Field(default=60, gt=0)  # after its end an appointment not checked in is a no-show 爽约
    no_show_limit: int = Field(default=3, gt=0)  # so many no-shows ...
    no_show_days: int = Field(default=90, gt=0)  # ... in so many days block the patient's own booking ...
    block_days: int = Field(default=90, gt=0)  # ... for so long 黑名单
    elderly_age: int = Field(default=75, gt=0)  # called before others 老年优先
    early_minutes: int = Field(default=30, ge=0)  # who checks in earlier than this waits for the appointment's window
    late_minutes: int = Field(default=30, ge=0)  # who checks in later than this queues from then
    skip_places: int = Field(default=3, ge=0)  # 过号: who was skipped comes back behind so many
    recalls: int = Field(default=2, ge=0)  # 复呼: calls after the first before a patient may be skipped
    reminders: bool = True
    reminder_hours: tuple[int, ...] = ()  # before the start; none told: 24 and 2


class Catalogue(Value):
    """The master data of a site, whole or a part of it."""

    campuses: tuple[Campus, ...] = ()
    departments: tuple[Department, ...] = ()
    rooms: tuple[Room, ...] = ()
    devices: tuple[Device, ...] = ()
    staff: tuple[StaffGroup, ...] = ()
    exams: tuple[Exam, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    closures: tuple[Closure, ...] = ()
    dictionaries: tuple[Dictionary, ...] = ()
    parameters: Parameters | None = None


class Part(StrEnum):
    """The parts of the catalogue that are lists."""

    CAMPUSES = "campuses"
    DEPARTMENTS = "departments"
    ROOMS = "rooms"
    DEVICES = "devices"
    STAFF = "staff"
    EXAMS = "exams"
    CALENDARS = "calendars"
    CLOSURES = "closures"
    DICTIONARIES = "dictionaries"


class LoadCatalogue(Command[Catalogue], permission="catalogue.manage"):
    """Add master data, or change what has the same code; with `replace` the parts that are told replace what is there.

    A calendar's code is ``DEVICE/OPENS/WEEKDAYS/FIRST_DAY``, a closure's ``FIRST..LAST/CAMPUS/DEVICE``, without what is
    empty at the end. Entries are replaced whole; a part without entries is not told, and so are no parameters.
    """

    catalogue: Catalogue
    replace: bool = False
    note: str = ""


class RemoveFromCatalogue(Command[Catalogue], permission="catalogue.manage"):
    """Take entries out; refused while something else in the catalogue, or an appointment to come, needs them."""

    part: Part
    codes: tuple[str, ...]
    note: str = ""


class CopyCalendars(Command[Catalogue], permission="catalogue.manage"):
    """Give other devices the calendars of one, in place of their own 复制排班."""

    device: str
    to: tuple[str, ...]
    note: str = ""


class ShowCatalogue(Query[Catalogue], permission="catalogue.read"):
    """What master data is there, now or in an earlier edition?"""

    edition: int = 0  # 0: the newest


class Edition(Value):
    """One edition of the master data."""

    number: int
    at: datetime
    actor: str
    note: str
    sha256: str


class ListEditionsResult(Value):
    """Editions, newest first."""

    editions: tuple[Edition, ...]


class ListEditions(Query[ListEditionsResult], permission="catalogue.read"):
    """Who changed the master data, and when?"""

    limit: int = Field(default=50, gt=0, le=1000)
