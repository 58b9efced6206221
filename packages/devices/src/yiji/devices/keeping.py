"""Between rows and values, and how a recording's files are laid down."""

import errno
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from yiji.core.contract.measure import Finding, Measurement
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.recording import RecordingFinished, RecordingInfo, WorklistEntry
from yiji.core.errors import DiskFull
from yiji.core.signal import Recording, encode
from yiji.core.store.ask import Asked
from yiji.core.store.blobs import sha256
from yiji.core.store.db import Tx
from yiji.core.store.match import texts
from yiji.devices.matching import device_number
from yiji.devices.recording import write_wfdb
from yiji.devices.tables import RecordingRow, WorklistRow

RECORDING = RecordingRow.table()
WORKLIST = WorklistRow.table()

_LOCK = Asked("""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended('devices:' || number, 0) AS key FROM unnest(%(numbers)s::text[]) AS number
        ORDER BY 1) AS keys
""")


def lock_accessions(db: Connection, numbers: set[str]) -> None:
    """Wait for whoever matches these accession numbers now; in one order, so that nobody waits in a circle."""
    _LOCK.run(db, numbers=texts(numbers - {""}))


def info_of(row: Row[Any]) -> RecordingInfo:
    """Return a recording's row as the contract tells it."""
    return RecordingInfo(
        id=row.id,
        kind=row.kind,
        blob=row.blob,
        trace=row.trace,
        record_path=row.record_path,
        leads=tuple(row.leads),
        rate=row.rate,
        seconds=row.seconds,
        device=row.device,
        started_at=row.started_at,
        kept_at=row.kept_at,
        order=OrderBrief.model_validate(row.order) if row.order else None,
        measured_by_device=tuple(Measurement.model_validate(one) for one in row.measured),
        quality=tuple(Finding.model_validate(one) for one in row.quality),
    )


def finished(row: Row[Any]) -> RecordingFinished:
    """Return the event that a recording is kept."""
    info = info_of(row)
    return RecordingFinished(
        recording_id=info.id,
        kind=info.kind,
        blob=info.blob,
        trace=info.trace,
        file_name=row.file_name,
        order=info.order,
        measured_by_device=info.measured_by_device,
    )


def entry_of(row: Mapping[Any, Any]) -> WorklistEntry:
    """Return a worklist's row as the contract tells it."""
    order = OrderBrief.model_validate(row["order"])
    return WorklistEntry(
        item_id=row["item_id"],
        accession_number=row["accession_number"],
        patient_id=device_number(order),
        patient_name=order.patient.name,
        patient_sex=order.patient.sex,
        patient_birth_date=order.patient.birth_date,
        modality=row["modality"],
        station=row["station"],
        exam_name=order.exam_name,
        starts_at=row["starts_at"],
    )


def in_utc(moment: datetime | None, zone: str) -> datetime | None:
    """Return a device's moment in UTC; one without a zone is the site's wall clock."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def lay_down(tx: Tx, recording: Recording, recording_id: str, kept_at: datetime) -> tuple[str, str]:
    """Write the WFDB record and the trace blob; return (record path, the blob's SHA-256). Raises `DiskFull`.

    Both can be made again from the raw blob, which is what is durable; a gap is zero in the trace and stays one in the
    record.
    """
    folder = f"{kept_at:%Y/%m/%d}"
    try:
        write_wfdb(recording, tx.settings.root / "records" / folder, recording_id)
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(path=tx.settings.root / "records" / folder, detail=fault.strerror) from None
        raise
    return f"{folder}/{recording_id}", tx.blobs.put(encode(recording.trace))


def raw_of(tx: Tx, blob: str, raw: bytes) -> tuple[str, bytes]:
    """Return (SHA-256, bytes) of a raw file, keeping it when it was handed in; raises `NotFound`, `BlobDamaged`."""
    if raw:
        return tx.blobs.put(raw), raw
    empty = sha256(b"")
    return (empty, b"") if blob in ("", empty) else (blob, tx.blobs.get(blob))
