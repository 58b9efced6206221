"""From rows to reports and back."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from yiji.core.contract.report import Report, ReportBody, Seal
from yiji.core.errors import NotFound
from yiji.core.store.match import one_of
from yiji.reports.tables import ReportRow, RevisionRow

REPORT = ReportRow.table()
REVISION = RevisionRow.table()


def told(row: Row[Any]) -> Report:
    """Return a row's report as the contract tells it."""
    return Report(
        id=row.id,
        state=row.state,
        revision=row.revision,
        body=ReportBody.model_validate(row.body),
        pdf=row.pdf,
        drafted_at=row.drafted_at,
        seal=Seal.model_validate(row.seal) if row.seal else None,
    )


def row_of(report: Report) -> dict[str, Any]:
    """Return the columns that a draft fills."""
    return {
        "id": report.id,
        "item_id": report.body.order.item_id,
        "accession_number": report.body.order.accession_number,
        "state": report.state.value,
        "revision": report.revision,
        "body": report.body.model_dump(mode="json"),
        "drafted_at": report.drafted_at,
        "pdf": "",
        "sealed": "",
        "page_seal": "",
    }


def locked(db: Connection, items: Iterable[str]) -> dict[str, Report]:
    """Return the reports of order items by item, locked in one order for all."""
    wanted = select(REPORT).where(one_of(REPORT.c.item_id, items)).order_by(REPORT.c.id).with_for_update()
    return {row.item_id: told(row) for row in db.execute(wanted)}


def _named(name: str) -> ColumnElement[bool]:
    return or_(REPORT.c.id == name, REPORT.c.item_id == name, REPORT.c.accession_number == name)


def row_named(db: Connection, name: str, *, lock: bool = False) -> Row[Any]:
    """Return a report's row by its id, its item's id or the accession number; raises `NotFound`."""
    wanted = select(REPORT).where(_named(name)).order_by(REPORT.c.id.desc()).limit(1)
    row = db.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise NotFound(what="report", id=name)
    return row
