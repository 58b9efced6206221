"""ShowRecording and ShowWorklist."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from yiji.core.actor import Actor
from yiji.core.contract.recording import RecordingInfo, ShowRecording, ShowWorklist, Worklist
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx
from yiji.devices.keeping import RECORDING, WORKLIST, entry_of, info_of


def show_recording(tx: Tx, query: ShowRecording, actor: Actor) -> RecordingInfo:
    """Return a recording by its id, or the newest under an accession number; raises `NotFound`."""
    named = or_(RECORDING.c.id == query.id, RECORDING.c.accession_number == query.id)
    newest = select(RECORDING).where(named).order_by(RECORDING.c.kept_at.desc()).limit(1)
    row = tx.db.execute(newest).one_or_none() if query.id else None
    if row is None:
        raise NotFound(what="recording", id=query.id)
    return info_of(row)


def show_worklist(tx: Tx, query: ShowWorklist, actor: Actor) -> Worklist:
    """Return what is scheduled and not done, earliest first; a day is one of the site's own zone."""
    wanted = select(WORKLIST).where(WORKLIST.c.state == "scheduled").order_by(WORKLIST.c.starts_at)
    if query.station:
        wanted = wanted.where(WORKLIST.c.station == query.station)
    if query.modality:
        wanted = wanted.where(WORKLIST.c.modality == query.modality)
    if query.day:
        begins, ends = _day(query.day, tx.settings.site.zone)
        wanted = wanted.where(WORKLIST.c.starts_at >= begins, WORKLIST.c.starts_at < ends)
    return Worklist(entries=tuple(entry_of(row) for row in tx.db.execute(wanted).mappings()))


def _day(day: date, zone: str) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time(), ZoneInfo(zone))
    return begins, datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
