"""DraftReport and SignReport: lock, decide, write."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from yiji.core import clock, ids
from yiji.core.contract.report import DraftReport, Report, ReportDrafted, ReportSigned, ReportState, Seal, SignReport
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx
from yiji.reports.drawing import draw, section
from yiji.reports.loading import REPORT, REVISION, locked, row_named, row_of, told
from yiji.reports.signing import seal
from yiji.reports.signing.lifecycle import draft, to_sign


def draft_report(tx: Tx, jobs: Sequence[Job[DraftReport]]) -> list[Report | YijiError]:
    """Draft reports: one an order item; the same draft again changes nothing, another is the next revision."""
    known = locked(tx.db, {job.command.body.order.item_id for job in jobs})
    return [_draft(tx, known, job) for job in jobs]


def _draft(tx: Tx, known: dict[str, Report], job: Job[DraftReport]) -> Report | YijiError:
    body = job.command.body
    try:
        drafted = draft(known.get(body.order.item_id), body, ids.new("rpt"), clock.now())
    except YijiError as refusal:
        return refusal
    report = drafted.report
    known[body.order.item_id] = report
    if drafted.fresh:
        _keep(tx, report)
        job.emit(ReportDrafted(report_id=report.id, revision=report.revision, order=body.order))
    return report


def _keep(tx: Tx, report: Report) -> None:
    row = row_of(report)
    changed = {name: row[name] for name in ("revision", "body", "drafted_at", "accession_number")}
    tx.db.execute(insert(REPORT).values(row).on_conflict_do_update(index_elements=[REPORT.c.id], set_=changed))
    kept = {"report_id": report.id, "revision": report.revision, "body": row["body"], "drafted_at": report.drafted_at}
    tx.db.execute(insert(REVISION).values(kept))


def sign_report(tx: Tx, jobs: Sequence[Job[SignReport]]) -> list[Report | YijiError]:
    """Sign drafts: each sealed, drawn, and told of with all that it says."""
    return [_sign(tx, job) for job in jobs]


def _sign(tx: Tx, job: Job[SignReport]) -> Report | YijiError:
    wish = job.command
    try:
        known = told(row_named(tx.db, wish.report_id, lock=True))
        body = to_sign(known, wish.revision, wish.conclusion)
        method = seal.chosen(tx.plugins, section(tx).seal)
        actor, at = job.actor, clock.now()
        name = actor.full_name or actor.name
        sealed = seal.content(known.id, known.revision, body, method.method, actor.name, name, at)
        value = seal.sign(method, sealed, tx.settings)
        stamp = Seal(method=method.method, value=value, signer=actor.name, signer_name=name, signed_at=at)
        signed = known.model_copy(update={"state": ReportState.SIGNED, "body": body, "seal": stamp})
        signed = signed.model_copy(update={"pdf": tx.blobs.put(draw(tx, signed))})
        page_seal = seal.sign(method, seal.page_content(value, signed.pdf), tx.settings)
    except YijiError as refusal:
        return refusal
    _keep_signed(tx, signed, sealed, page_seal)
    job.emit(ReportSigned(report_id=signed.id, revision=signed.revision, body=body, pdf=signed.pdf, seal=stamp))
    return signed


def _keep_signed(tx: Tx, signed: Report, sealed: str, page_seal: str) -> None:
    assert signed.seal is not None
    row = {
        "state": signed.state.value,
        "body": signed.body.model_dump(mode="json"),
        "pdf": signed.pdf,
        "seal": signed.seal.model_dump(mode="json"),
        "sealed": sealed,
        "page_seal": page_seal,
        "signed_at": signed.seal.signed_at,
    }
    tx.db.execute(update(REPORT).where(REPORT.c.id == signed.id).values(row))
