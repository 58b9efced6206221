"""Which slots suit an examination: the library door `find_slots`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from yiji.core.contract.inventory import Slot

Interval = tuple[datetime, datetime]


def find_slots(
    slots: Iterable[Slot],
    *,
    devices: Sequence[str] = (),
    earliest: datetime | None = None,
    latest: datetime | None = None,
    busy: Sequence[Interval] = (),
    only_free: bool = True,
    limit: int = 200,
) -> list[Slot]:
    """Return the slots that suit, earliest first.

    `devices`: codes that can make the examination (empty: any); `earliest`, `latest`: bounds of the start, aware;
    `busy`: intervals in which the patient is elsewhere; `only_free`: leave out full slots.

    >>> from datetime import datetime, timedelta, timezone
    >>> eight = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
    >>> def slot(number, booked):
    ...     start = eight + timedelta(minutes=10 * number)
    ...     return Slot(id=f"s{number}", device="ECG-1", device_name="ECG", room="R1", room_name="Room 1",
    ...                 department="ECG", starts_at=start, ends_at=start + timedelta(minutes=10), capacity=2, held=0,
    ...                 booked=booked)
    >>> day = [slot(0, 2), slot(1, 1), slot(2, 0), slot(3, 0)]
    >>> [found.id for found in find_slots(day, devices=["ECG-1"], busy=[(day[2].starts_at, day[2].ends_at)])]
    ['s1', 's3']
    """
    suited = (
        slot for slot in slots if _suits(slot, devices, earliest, latest, busy) and (slot.free > 0 or not only_free)
    )
    return sorted(suited, key=lambda slot: (slot.starts_at, -slot.free, slot.device))[:limit]


def _suits(
    slot: Slot, devices: Sequence[str], earliest: datetime | None, latest: datetime | None, busy: Sequence[Interval]
) -> bool:
    if devices and slot.device not in devices:
        return False
    if (earliest and slot.starts_at < earliest) or (latest and slot.starts_at >= latest):
        return False
    return not any(start < slot.ends_at and slot.starts_at < end for start, end in busy)
