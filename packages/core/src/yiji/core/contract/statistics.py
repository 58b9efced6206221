"""Statistics of booking 统计: volumes, utilisation, waiting, no-shows."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from yiji.core.message import Query, Value


class Grouping(StrEnum):
    """By what."""

    DEPARTMENT = "department"
    DEVICE = "device"
    DOCTOR = "doctor"  # who ordered
    CHANNEL = "channel"  # pool
    EXAM = "exam"
    HOUR = "hour"  # of the day, on the hospital's clock
    WEEKDAY = "weekday"
    DAY = "day"
    MONTH = "month"


class StatisticsRow(Value):
    """One group's figures; times in minutes, shares 0 .. 1."""

    group: str
    name: str = ""
    booked: int  # appointments that were booked, whatever became of them
    fulfilled: int
    cancelled: int
    no_shows: int
    moved: int
    places: int  # that slots offered
    taken: int  # of these
    utilisation: float | None = None  # taken / places
    no_show_rate: float | None = None
    lead_hours: float | None = None  # from order to appointment, median
    wait_minutes: float | None = None  # from check-in to call, median
    wait_minutes_p90: float | None = None


class StatisticsResult(Value):
    """The groups, and all in one."""

    rows: tuple[StatisticsRow, ...]
    total: StatisticsRow


class ShowStatistics(Query[StatisticsResult], permission="statistics.read"):
    """How much was done, how full were the devices, how long did people wait?"""

    by: Grouping = Grouping.DEPARTMENT
    first_day: date
    last_day: date
    department: str = ""
    device: str = ""
    limit: int = Field(default=500, gt=0, le=5000)
