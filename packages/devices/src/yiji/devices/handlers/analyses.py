"""KeepAnalysis: what an algorithm found in a recording."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock
from yiji.core.contract.recording import KeepAnalysis, RecordingAnalysed, RecordingInfo
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.devices.keeping import RECORDING, info_of
from yiji.devices.tables import AnalysisRow

_ANALYSIS = AnalysisRow.table()


def keep_analysis(tx: Tx, jobs: Sequence[Job[KeepAnalysis]]) -> list[RecordingInfo | YijiError]:
    """Keep analyses; the same algorithm's again takes the place of the former."""
    return [_keep(tx, job) for job in jobs]


def _keep(tx: Tx, job: Job[KeepAnalysis]) -> RecordingInfo | YijiError:
    command = job.command
    row = tx.db.execute(select(RECORDING).where(RECORDING.c.id == command.recording_id)).one_or_none()
    if row is None:
        return NotFound(what="recording", id=command.recording_id)
    found = command.model_dump(mode="json", include={"measurements", "findings", "beats"}) | {
        "analysed_at": clock.now()
    }
    named = {"recording_id": command.recording_id, "algorithm": command.algorithm}
    statement = insert(_ANALYSIS).values(**named, **found)
    tx.db.execute(statement.on_conflict_do_update(index_elements=list(named), set_=found))
    job.emit(_analysed(row, command))
    return info_of(row)


def _analysed(row: Row[Any], command: KeepAnalysis) -> RecordingAnalysed:
    info = info_of(row)
    return RecordingAnalysed(
        recording_id=info.id,
        kind=info.kind,
        trace=info.trace,
        device=info.device,
        started_at=info.started_at,
        order=info.order,
        algorithm=command.algorithm,
        measurements=command.measurements,
        findings=command.findings,
        beats=command.beats,
        measured_by_device=info.measured_by_device,
    )
