"""ShowStatistics: two questions to the published views, one about appointments and one about places, put together."""

from datetime import date
from typing import Any

from sqlalchemy import RowMapping, select, text

from yiji.booking.errors import BadRange
from yiji.booking.queries.orders import day_bounds
from yiji.booking.tables import DepartmentRow, DeviceRow, DictionaryRow, ExamRow, SlotRow
from yiji.core.actor import Actor
from yiji.core.contract.statistics import Grouping, ShowStatistics, StatisticsResult, StatisticsRow
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx

DAYS = 3700  # ten years and a little
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)  # what lies outside is a slip of the pen

_DEPARTMENT, _DEVICE, _SLOT = DepartmentRow.table(), DeviceRow.table(), SlotRow.table()
_LOCAL = "(starts_at AT TIME ZONE :zone)"  # on the hospital's clock
_KEYS = {
    Grouping.DEPARTMENT: "department",
    Grouping.DEVICE: "device",
    Grouping.DOCTOR: "requester",
    Grouping.CHANNEL: "pool",
    Grouping.EXAM: "exam_code",
    Grouping.HOUR: f"extract(hour FROM {_LOCAL})::int",
    Grouping.WEEKDAY: f"extract(isodow FROM {_LOCAL})::int",
    Grouping.DAY: f"{_LOCAL}::date",
    Grouping.MONTH: f"date_trunc('month', {_LOCAL})::date",
}
_DICTIONARY = DictionaryRow.table()
_POOLS = select(_DICTIONARY.c.entries).where(_DICTIONARY.c.code == "pools")
_NAMED = {Grouping.DEPARTMENT: _DEPARTMENT, Grouping.DEVICE: _DEVICE, Grouping.EXAM: ExamRow.table()}
_TIMES = {Grouping.HOUR, Grouping.WEEKDAY, Grouping.DAY, Grouping.MONTH}
_WITHIN = """
    starts_at >= :first AND starts_at < :last
    AND (:department = '' OR department = :department) AND (:device = '' OR device = :device)
"""
_APPOINTMENTS = """
    WITH seen AS (
        SELECT {key} AS key, state, moved, wait_minutes,
            CASE WHEN state <> 'cancelled' THEN date_part('epoch', starts_at - ordered_at) / 3600 END AS lead
        FROM stats_booking_appointment_v1
        LEFT JOIN (SELECT appointment_id, wait_minutes FROM stats_booking_wait_v1) AS waits USING (appointment_id)
        WHERE {within}
    )
    SELECT GROUPING(key) = 1 AS is_total, key,
        count(*) AS booked,
        count(*) FILTER (WHERE state = 'fulfilled') AS fulfilled,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE state = 'no_show') AS no_shows,
        count(*) FILTER (WHERE state IN ('fulfilled', 'checked_in')) AS came,
        count(*) FILTER (WHERE moved) AS moved,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY lead) AS lead_hours,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY wait_minutes) AS waits
    FROM seen GROUP BY GROUPING SETS ((key), ())
"""
_PLACES = """
    SELECT GROUPING(key) = 1 AS is_total, key, sum(places) AS places, sum(taken) AS taken
    FROM (
        SELECT {key} AS key, places, taken FROM stats_booking_slot_v1 WHERE NOT closed AND {within}
    ) AS offered
    GROUP BY GROUPING SETS ((key), ())
"""
# Doctors and examinations own no places; a channel's are its shares.
_ALL_PLACES = """
    SELECT true AS is_total, NULL AS key, sum(places) AS places, sum(taken) AS taken
    FROM stats_booking_slot_v1 WHERE NOT closed AND {within}
"""
_SHARES = f"""
    {_ALL_PLACES}
    UNION ALL
    SELECT false, pool, sum(places), sum(taken)
    FROM stats_booking_pool_v1 WHERE NOT closed AND {{within}} GROUP BY pool
"""
_MEMORY = "SET LOCAL work_mem = '64MB'"  # a year of a large hospital is joined and sorted without going to disk
_PLACES_BY = {Grouping.DOCTOR: _ALL_PLACES, Grouping.EXAM: _ALL_PLACES, Grouping.CHANNEL: _SHARES}
_Groups = dict[Any, RowMapping]
_NOTHING: dict[str, Any] = {}


def show_statistics(tx: Tx, query: ShowStatistics, actor: Actor) -> StatisticsResult:
    """Return the groups, the largest first (times in their order), and all in one.

    Raises `BadRange`, and `NotFound` for a department or device that there never was.
    """
    _check(tx, query)
    tx.db.exec_driver_sql(_MEMORY)
    appointments, booked = _ask(tx, _APPOINTMENTS, query)
    places, offered = _ask(tx, _PLACES_BY.get(query.by, _PLACES), query)
    names = _names(tx, query.by)
    rows = [
        _row(_group(query.by, key), names, appointments.get(key), places.get(key))
        for key in appointments.keys() | places.keys()
    ]
    rows.sort(key=lambda row: row.group if query.by in _TIMES else (-row.booked, row.group))
    return StatisticsResult(rows=tuple(rows[: query.limit]), total=_row("", {}, booked, offered))


def _names(tx: Tx, by: Grouping) -> dict[str, str]:
    """Return the names of the groups, as the catalogue has them now; a channel's stand in the dictionary ``pools``."""
    if by is Grouping.CHANNEL:
        entries: list[dict[str, str]] = tx.db.execute(_POOLS).scalar() or []
        return {entry["code"]: entry["name"] for entry in entries}
    table = _NAMED.get(by)
    return {} if table is None else {row.code: row.name for row in tx.db.execute(select(table.c.code, table.c.name))}


def _check(tx: Tx, query: ShowStatistics) -> None:
    first, last = query.first_day, query.last_day
    if not (FIRST <= first <= last <= LAST) or (last - first).days >= DAYS:
        raise BadRange(first=first, last=last, days=DAYS)
    known = select(_DEPARTMENT.c.code).where(_DEPARTMENT.c.code == query.department)
    if query.department and tx.db.execute(known).first() is None:
        raise NotFound(what="department", id=query.department)
    if query.device and not _is_device(tx, query.device):
        raise NotFound(what="device", id=query.device)


def _is_device(tx: Tx, code: str) -> bool:
    """A device that is gone from the catalogue is still known by its slots."""
    now, once = select(_DEVICE.c.code).where(_DEVICE.c.code == code), select(_SLOT.c.id).where(_SLOT.c.device == code)
    return any(tx.db.execute(wanted.limit(1)).first() is not None for wanted in (now, once))


def _ask(tx: Tx, statement: str, query: ShowStatistics) -> tuple[_Groups, RowMapping]:
    """Return the groups by their key, and the row of all."""
    zone = tx.settings.site.zone
    told = statement.format(key=_KEYS[query.by], within=_WITHIN)
    bounds = {
        "zone": zone,
        "first": day_bounds(query.first_day, zone)[0],
        "last": day_bounds(query.last_day, zone)[1],
        "department": query.department,
        "device": query.device,
    }
    used = {name: value for name, value in bounds.items() if f":{name}" in told}
    rows = tx.db.execute(text(told), used).mappings().all()
    groups = {row["key"]: row for row in rows if not row["is_total"]}
    return groups, next(row for row in rows if row["is_total"])


def _row(
    group: str, names: dict[str, str], appointments: RowMapping | None, places: RowMapping | None
) -> StatisticsRow:
    """Put a group's figures together; a group may have places and no appointments, or the other way round."""
    booked, offered = appointments or _NOTHING, places or _NOTHING
    no_shows = booked.get("no_shows", 0)
    room, taken = int(offered.get("places") or 0), int(offered.get("taken") or 0)
    median, ninety = booked.get("waits") or (None, None)
    return StatisticsRow(
        group=group,
        name=names.get(group, ""),
        booked=booked.get("booked", 0),
        fulfilled=booked.get("fulfilled", 0),
        cancelled=booked.get("cancelled", 0),
        no_shows=no_shows,
        moved=booked.get("moved", 0),
        places=room,
        taken=taken,
        utilisation=_share(taken, room),
        no_show_rate=_share(no_shows, no_shows + booked.get("came", 0)),
        lead_hours=booked.get("lead_hours"),
        wait_minutes=median,
        wait_minutes_p90=ninety,
    )


def _group(by: Grouping, key: Any) -> str:
    match by:
        case Grouping.HOUR:
            return f"{key:02d}"
        case Grouping.MONTH:
            return f"{key:%Y-%m}"
        case _:
            return str(key)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
