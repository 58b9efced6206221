"""The life of a report as pure decisions: what is there and what is asked in, what shall be out."""

from dataclasses import dataclass
from datetime import datetime

from yiji.core.contract.report import Report, ReportBody, ReportState
from yiji.reports.errors import AlreadySigned, StaleRevision


@dataclass(frozen=True)
class Drafted:
    """The report after a draft; `fresh` tells whether there is a new revision to keep and to tell of."""

    report: Report
    fresh: bool


def draft(known: Report | None, body: ReportBody, new_id: str, at: datetime) -> Drafted:
    """Decide on a draft for an order item that has the report `known`, or none yet.

    The same again changes nothing. Something new makes the next revision, in which the doctor's conclusion stands as
    long as the new draft brings none. A signed report is never changed: raises `AlreadySigned`.
    """
    if known is None:
        return Drafted(Report(id=new_id, state=ReportState.DRAFT, revision=1, body=body, drafted_at=at), fresh=True)
    body = body.model_copy(update={"conclusion": body.conclusion or known.body.conclusion})
    if body == known.body:
        return Drafted(known, fresh=False)
    refuse_signed(known)
    revised = {"revision": known.revision + 1, "body": body, "drafted_at": at}
    return Drafted(known.model_copy(update=revised), fresh=True)


def to_sign(known: Report, revision: int, conclusion: str) -> ReportBody:
    """Return the body that a doctor who read `revision` (0: the newest) signs with this conclusion.

    Raises `AlreadySigned`, or `StaleRevision` when the draft changed after it was read.
    """
    refuse_signed(known)
    if revision not in (0, known.revision):
        raise StaleRevision(report=known.id, read=revision, newest=known.revision)
    return known.body.model_copy(update={"conclusion": conclusion or known.body.conclusion})


def refuse_signed(known: Report) -> None:
    """Raise `AlreadySigned` for a signed report."""
    if known.seal is not None:
        at = known.seal.signed_at.isoformat(timespec="seconds")
        raise AlreadySigned(report=known.id, signer=known.seal.signer_name, signed_at=at)
