"""KeepAnalysis: what an algorithm found in a recording, beside what was found in the patient's one before."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock
from yiji.core.contract.recording import KeepAnalysis, RecordingAnalysed, RecordingInfo
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.devices.analysis.statements.compare import compare
from yiji.devices.keeping import RECORDING, info_of
from yiji.devices.tables import AnalysisRow

_ANALYSIS = AnalysisRow.table()
_KEPT = {"measurements", "findings", "beats", "classes", "lead_measures", "median", "holter"}
_TAKEN = func.coalesce(RECORDING.c.started_at, RECORDING.c.kept_at)


def keep_analysis(tx: Tx, jobs: Sequence[Job[KeepAnalysis]]) -> list[RecordingInfo | YijiError]:
    """Keep analyses; the same algorithm's again takes the place of the former."""
    return [_keep(tx, job) for job in jobs]


def _keep(tx: Tx, job: Job[KeepAnalysis]) -> RecordingInfo | YijiError:
    row = tx.db.execute(select(RECORDING).where(RECORDING.c.id == job.command.recording_id)).one_or_none()
    if row is None:
        return NotFound(what="recording", id=job.command.recording_id)
    command = _beside_the_former(tx, row, job.command)
    found = command.model_dump(mode="json", include=_KEPT) | {"analysed_at": clock.now()}
    named = {"recording_id": command.recording_id, "algorithm": command.algorithm}
    statement = insert(_ANALYSIS).values(**named, **found)
    tx.db.execute(statement.on_conflict_do_update(index_elements=list(named), set_=found))
    job.emit(_analysed(row, command))
    return info_of(row)


def _beside_the_former(tx: Tx, row: Row[Any], command: KeepAnalysis) -> KeepAnalysis:
    """Add what changed since the patient's recording before this one, if there is one of the same kind."""
    former = _former(tx, row, command.algorithm)
    if former is None:
        return command
    told = {name: getattr(former, name) for name in ("measurements", "findings", "lead_measures")}
    before = KeepAnalysis.model_validate({"recording_id": "", "algorithm": "", **told})
    changes = compare(command, before, former.taken)
    return command.model_copy(update={"findings": (*command.findings, *changes)})


def _former(tx: Tx, row: Row[Any], algorithm: str) -> Any | None:
    """Return the newest analysis of an earlier recording of this patient, by the same algorithm if it can be."""
    if not row.person:
        return None
    taken = row.started_at or row.kept_at
    earlier = (
        select(_ANALYSIS.c.measurements, _ANALYSIS.c.findings, _ANALYSIS.c.lead_measures, _TAKEN.label("taken"))
        .join(RECORDING, RECORDING.c.id == _ANALYSIS.c.recording_id)
        .where(RECORDING.c.person == row.person, RECORDING.c.kind == row.kind, RECORDING.c.id != row.id)
        .where(taken > _TAKEN, func.jsonb_array_length(_ANALYSIS.c.measurements) > 0)
        .order_by(_TAKEN.desc(), (_ANALYSIS.c.algorithm == algorithm).desc())
        .limit(1)
    )
    return tx.db.execute(earlier).one_or_none()


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
        classes=command.classes,
        lead_measures=command.lead_measures,
        median=command.median,
        holter=command.holter,
    )
