"""KeepRecording: a device's file becomes a recording, once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, insert, select, update

from yiji.core import clock, ids
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.recording import KeepRecording, RecordingInfo
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.signal import Recording
from yiji.core.store.ask import Asked
from yiji.core.store.db import Tx
from yiji.core.store.match import texts
from yiji.devices.errors import MatchedOtherwise, NotOnWorklist
from yiji.devices.keeping import (
    RECORDING,
    WORKLIST,
    finished,
    in_utc,
    info_of,
    lay_down,
    lock_accessions,
    raw_of,
)
from yiji.devices.matching import PREFIX, Match, match
from yiji.devices.plugged import formats
from yiji.devices.recording import quality, read_bytes

_WAITING = Asked("""
    SELECT r.id, r.patient_id, r.quality, w."order" AS listed
    FROM devices_recording r JOIN devices_worklist w ON w.accession_number = r.accession_number
    WHERE r.accession_number = ANY(%(numbers)s::text[]) AND r."order" IS NULL AND w.state = 'scheduled'
    ORDER BY r.kept_at FOR UPDATE OF r
""")


def keep_recording(tx: Tx, jobs: Sequence[Job[KeepRecording]]) -> list[RecordingInfo | YijiError]:
    """Keep recordings; what cannot be read is refused after its bytes are kept."""
    return [_outcome(tx, job) for job in jobs]


def _outcome(tx: Tx, job: Job[KeepRecording]) -> RecordingInfo | YijiError:
    """A refusal is a value, so that the raw blob is committed with it; all of them come before the first row."""
    try:
        return _keep(tx, job)
    except YijiError as refusal:
        return refusal


def _keep(tx: Tx, job: Job[KeepRecording]) -> RecordingInfo:
    command = job.command
    blob, data = raw_of(tx, command.blob, command.raw)
    known = tx.db.execute(select(RECORDING).where(RECORDING.c.blob == blob).with_for_update()).one_or_none()
    if known is not None:
        return _again(tx, job, known)
    recording = read_bytes(data, command.file_name, formats(tx.plugins))
    recording = replace(recording, start=in_utc(recording.start, tx.settings.site.zone))
    accession = command.accession_number or recording.accession_number
    matched = _match(tx, accession, recording.patient_id, bool(command.accession_number))
    row = _insert(tx, command, blob, recording, accession, matched)
    return _tell(tx, job, row)


def _match(tx: Tx, accession: str, patient_id: str, named: bool) -> Match:
    """Look the accession number up on the worklist; raises `NotOnWorklist` for one that a person named in vain."""
    lock_accessions(tx.db, {accession})
    listed = select(WORKLIST.c.order).where(WORKLIST.c.accession_number == accession, WORKLIST.c.state != "cancelled")
    order = tx.db.execute(listed).scalar_one_or_none() if accession else None
    if order is None and named:
        raise NotOnWorklist(accession=accession)
    return match(accession, patient_id, OrderBrief.model_validate(order) if order else None, named)


def _insert(
    tx: Tx, command: KeepRecording, blob: str, recording: Recording, accession: str, matched: Match
) -> Row[Any]:
    recording_id, kept_at, trace = ids.new("rec"), clock.now(), recording.trace
    record_path, trace_blob = lay_down(tx, recording, recording_id, kept_at)
    values: dict[str, Any] = {
        "id": recording_id,
        "kind": recording.kind,
        "blob": blob,
        "trace": trace_blob,
        "record_path": record_path,
        "leads": list(trace.leads),
        "rate": trace.rate,
        "seconds": trace.seconds,
        "device": f"{recording.manufacturer} {recording.model}".strip() or command.station,
        "station": command.station,
        "file_name": command.file_name,
        "accession_number": accession,
        "patient_id": recording.patient_id,
        "started_at": trace.started_at,
        "arrived_at": command.arrived_at or kept_at,
        "kept_at": kept_at,
        "measured": [one.model_dump(mode="json") for one in recording.measured_by_device],
        **_belongs(matched, [one.model_dump(mode="json") for one in quality(trace)]),
    }
    return tx.db.execute(insert(RECORDING).values(values).returning(RECORDING)).one()


def _belongs(matched: Match, findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns that say whose it is; what was said of an earlier match goes."""
    kept = [one for one in findings if not one["code"].startswith(PREFIX)]
    return {
        "item_id": matched.order.item_id if matched.order else None,
        "person": matched.order.patient.id if matched.order else "",
        "order": matched.order.model_dump(mode="json") if matched.order else None,
        "quality": [*kept, *(one.model_dump(mode="json") for one in matched.findings)],
    }


def _tell(tx: Tx, job: Job[Any], row: Row[Any]) -> RecordingInfo:
    """Say that a recording is there; what it was made for is done."""
    if row.item_id:
        done = update(WORKLIST).where(WORKLIST.c.item_id == row.item_id, WORKLIST.c.state == "scheduled")
        tx.db.execute(done.values(state="done"))
    job.emit(finished(row))
    return info_of(row)


def _again(tx: Tx, job: Job[KeepRecording], known: Row[Any]) -> RecordingInfo:
    """The same bytes again: what is there, unless somebody names whose a recording without an order is."""
    wanted = job.command.accession_number
    if known.order is not None and wanted and wanted != known.accession_number:
        raise MatchedOtherwise(recording=known.id, accession=known.accession_number, wanted=wanted)
    if known.order is not None or not wanted:
        return info_of(known)
    return rematch(tx, job, known, wanted, _match(tx, wanted, known.patient_id, named=True))


def rematch(tx: Tx, job: Job[Any], row: Row[Any], accession: str, matched: Match) -> RecordingInfo:
    """Give a recording without an order its order, and say again that it is there; it is then analysed anew."""
    values = {"accession_number": accession, **_belongs(matched, row.quality)}
    changed = update(RECORDING).where(RECORDING.c.id == row.id, RECORDING.c.order.is_(None)).values(values)
    fresh = tx.db.execute(changed.returning(RECORDING)).one()
    return _tell(tx, job, fresh) if matched.order else info_of(fresh)


def waiting_for(tx: Tx, accessions: Iterable[str]) -> Iterator[tuple[Row[Any], OrderBrief]]:
    """Yield recordings that have no order yet, the oldest first, each with the scheduled order whose number it has."""
    for row in _WAITING.all(tx.db, numbers=texts(accessions)):
        yield row, OrderBrief.model_validate(row.listed)
