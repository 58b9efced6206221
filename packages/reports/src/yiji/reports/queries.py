"""ShowReport, ListReports, RenderReport, VerifySeal; RenderGuide, for paper is drawn here."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select

from yiji.core import i18n
from yiji.core.actor import Actor
from yiji.core.contract.queue import GuidePage, RenderGuide
from yiji.core.contract.report import (
    ListReports,
    ListReportsResult,
    RenderReport,
    Report,
    ReportBody,
    ReportPage,
    ShowReport,
    VerifySeal,
    VerifySealResult,
)
from yiji.core.errors import InvalidMessage, YijiError
from yiji.core.store.db import Tx
from yiji.reports.drawing import draw, draw_guide
from yiji.reports.errors import NotSigned
from yiji.reports.loading import REPORT, row_named, told
from yiji.reports.signing import seal
from yiji.reports.writing.guide import not_drawable


def show_report(tx: Tx, query: ShowReport, actor: Actor) -> Report:
    """Return one report."""
    return told(row_named(tx.db, query.id))


def list_reports(tx: Tx, query: ListReports, actor: Actor) -> ListReportsResult:
    """Return reports, newest draft first."""
    wanted = select(REPORT).order_by(REPORT.c.drafted_at.desc()).limit(query.limit)
    if query.state is not None:
        wanted = wanted.where(REPORT.c.state == query.state.value)
    return ListReportsResult(reports=tuple(told(row) for row in tx.db.execute(wanted)))


def render_report(tx: Tx, query: RenderReport, actor: Actor) -> ReportPage:
    """Return the page: as it was signed, else the draft drawn as it stands."""
    report = told(row_named(tx.db, query.id))
    pdf = tx.blobs.get(report.pdf) if report.pdf else draw(tx, report)
    return ReportPage(report_id=report.id, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest())


def render_guide(tx: Tx, query: RenderGuide, actor: Actor) -> GuidePage:
    """Return a guide sheet 导引单 as PDF.

    Raises `InvalidMessage` for a language or a clock that there is not, and for more steps than a patient can have.
    """
    wrong = not_drawable(query)
    if wrong:
        raise InvalidMessage(message="RenderGuide", detail=wrong)
    return draw_guide(tx, query.sheet, query.lang)


def verify_seal(tx: Tx, query: VerifySeal, actor: Actor) -> VerifySealResult:
    """Say whether a signed report, its trace and its page are what was signed; raises `NotSigned` for a draft."""
    row = row_named(tx.db, query.id)
    report = told(row)
    if report.seal is None:
        raise NotSigned(report=report.id)
    wrong = next(_wrongs(tx, row, report), "")
    lang = tx.settings.site.lang
    detail = i18n.text(f"reports.seal_{wrong or 'intact'}", lang, method=report.seal.method)
    return VerifySealResult(report_id=report.id, intact=not wrong, detail=detail)


def _wrongs(tx: Tx, row: Row[Any], report: Report) -> Iterator[str]:
    """Name what does not fit, gravest first."""
    assert report.seal is not None
    method = seal.chosen(tx.plugins, report.seal.method)
    if not seal.verify(method, row.sealed, report.seal.value, tx.settings):
        yield "broken"
    if not _says_the_same(row.sealed, report):
        yield "changed"
    if not _is_whole(tx, report.body.trace):
        yield "trace"
    bound = seal.page_content(report.seal.value, report.pdf)
    if not seal.verify(method, bound, row.page_seal, tx.settings) or not _is_whole(tx, report.pdf):
        yield "page"


def _says_the_same(sealed: str, report: Report) -> bool:
    """Compare what was sealed with what the report says now."""
    assert report.seal is not None
    try:
        told_then = json.loads(sealed)
        then = (told_then["report"], told_then["revision"], ReportBody.model_validate(told_then["body"]))
        by = tuple(told_then[name] for name in ("method", "signer", "signer_name", "signed_at"))
    except (ValueError, KeyError, TypeError):
        return False
    stamp = report.seal
    return then == (report.id, report.revision, report.body) and by == (
        stamp.method,
        stamp.signer,
        stamp.signer_name,
        stamp.signed_at.isoformat(),
    )


def _is_whole(tx: Tx, blob: str) -> bool:
    try:
        tx.blobs.get(blob)
    except YijiError:
        return False
    return True
