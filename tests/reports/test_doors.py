"""Reports through the real bus on a real database: drafted, signed, sealed, verified."""

import hashlib
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.reports.looking import texts
from tests.reports.sample import AT, FINDINGS, MEASUREMENTS, make_body, make_order, real_trace
from yiji.core import signal
from yiji.core.app import App
from yiji.core.bus import ActorBus, FutureSink
from yiji.core.contract.recording import RecordingAnalysed
from yiji.core.contract.report import (
    DraftReport,
    ListReports,
    RenderReport,
    Report,
    ReportSigned,
    ReportState,
    ShowReport,
    SignReport,
    VerifySeal,
)
from yiji.core.errors import NotFound, NotPermitted
from yiji.core.job import Envelope
from yiji.core.relay import Reaction
from yiji.core.testing import Sites
from yiji.reports.errors import (
    AlreadySigned,
    MissingGlyph,
    NotSigned,
    StaleRevision,
    TraceMissing,
    UnknownSeal,
    UnknownTemplate,
)
from yiji.reports.policies import on_recording_analysed


@pytest.fixture
def doctor(app: App) -> ActorBus:
    return app.bus_as(app.token_for("zhao", "doctor"))


@pytest.fixture
def trace(app: App) -> str:
    with app.store.begin() as tx:
        return tx.blobs.put(signal.encode(real_trace()))


@pytest.fixture
def draft(doctor: ActorBus, trace: str) -> Report:
    return doctor.ask(DraftReport(body=make_body(trace=trace)))


def execute(app: App, statement: str) -> None:
    with app.store.begin() as tx:
        tx.db.execute(text(statement))


def events(app: App, kind: str) -> list[str]:
    with app.store.begin() as tx:
        rows = tx.db.execute(text("SELECT body FROM core_event WHERE type = :kind ORDER BY at"), {"kind": kind})
        return list(rows.scalars())


def test_a_draft_is_found_by_each_of_its_names(doctor, draft):
    assert draft.state is ReportState.DRAFT
    for name in (draft.id, draft.body.order.accession_number, draft.body.order.item_id):
        assert doctor.ask(ShowReport(id=name)) == draft
    assert doctor.ask(ListReports(state=ReportState.DRAFT)).reports == (draft,)
    assert doctor.ask(ListReports(state=ReportState.SIGNED)).reports == ()
    with pytest.raises(NotFound):
        doctor.ask(ShowReport(id="nothing"))


def test_an_order_item_has_one_report_and_its_revisions_are_kept(app, doctor, draft, trace):
    assert doctor.ask(DraftReport(body=make_body(trace=trace))) == draft
    again = doctor.ask(DraftReport(body=make_body(trace=trace, findings=())))
    assert (again.id, again.revision) == (draft.id, 2)
    assert len(events(app, "report.ReportDrafted")) == 2
    with app.store.begin() as tx:
        kept = tx.db.execute(text("SELECT revision, body FROM reports_revision ORDER BY revision")).all()
    assert [revision for revision, _ in kept] == [1, 2]
    assert len(kept[0].body["findings"]) == 2


def test_many_drafts_at_once(app, trace):
    """The same draft from many sides is one report; drafts of many items are many."""
    bodies = [
        make_body(trace=trace, order=make_order().model_copy(update={"item_id": f"itm-{n % 5}"})) for n in range(40)
    ]
    token = app.system_token()
    sinks = [FutureSink() for _ in bodies]
    for body, sink in zip(bodies, sinks, strict=True):
        app.bus.submit(Envelope(DraftReport(body=body), token), sink)
    reports = [sink.future.result(30) for sink in sinks]
    assert len({one.id for one in reports}) == 5
    assert {one.revision for one in reports} == {1}


def test_signing_seals_draws_and_tells(app, doctor, draft):
    signed = doctor.ask(SignReport(report_id=draft.id, revision=draft.revision, conclusion="窦性心律。"))
    assert (signed.state, signed.body.conclusion) == (ReportState.SIGNED, "窦性心律。")
    assert signed.seal is not None
    assert signed.seal.method == "HMAC-SM3" if "sm3" in hashlib.algorithms_available else "HMAC-SHA256"
    page = doctor.ask(RenderReport(id=draft.id))
    assert page.sha256 == signed.pdf == hashlib.sha256(page.pdf).hexdigest()
    (said,) = texts(page.pdf)
    for part in ("示范医院", "窦性心律。", "报告医生 zhao", signed.seal.value[:4].upper()):
        assert part in said
    assert "UNCONFIRMED" not in said
    (event,) = (ReportSigned.model_validate_json(one) for one in events(app, "report.ReportSigned"))
    assert (event.body, event.pdf, event.seal) == (signed.body, signed.pdf, signed.seal)
    assert doctor.ask(ShowReport(id=draft.id)) == signed
    told = doctor.ask(VerifySeal(id=draft.id))
    assert told.intact, told.detail


def test_a_draft_is_drawn_as_it_stands(doctor, draft):
    page = doctor.ask(RenderReport(id=draft.id))
    assert "UNCONFIRMED" in texts(page.pdf)[0]
    assert page == doctor.ask(RenderReport(id=draft.id))


def test_what_is_signed_is_not_signed_again_nor_drafted_over(app, doctor, draft, trace):
    signed = doctor.ask(SignReport(report_id=draft.id))
    with pytest.raises(AlreadySigned):
        doctor.ask(SignReport(report_id=draft.id))
    with pytest.raises(AlreadySigned):
        doctor.ask(DraftReport(body=make_body(trace=trace, findings=())))
    assert doctor.ask(DraftReport(body=make_body(trace=trace))) == signed
    assert len(events(app, "report.ReportSigned")) == 1


def test_a_draft_that_changed_since_it_was_read_is_not_signed(doctor, draft, trace):
    doctor.ask(DraftReport(body=make_body(trace=trace, findings=())))
    with pytest.raises(StaleRevision):
        doctor.ask(SignReport(report_id=draft.id, revision=1))
    assert doctor.ask(SignReport(report_id=draft.id, revision=2)).seal


def test_only_who_may_signs(app, draft):
    for role in ("dispatcher", "technician", "his"):
        with pytest.raises(NotPermitted):
            app.bus_as(app.token_for("x", role)).ask(SignReport(report_id=draft.id))


def test_what_cannot_be_drawn_is_not_signed(app, doctor, trace):
    strange = doctor.ask(DraftReport(body=make_body(trace=trace, order=make_order("𠮷野"))))
    with pytest.raises(MissingGlyph):
        doctor.ask(SignReport(report_id=strange.id))
    for body, fault in (
        (make_body(trace="0" * 64, order=make_order("𠮷野")), TraceMissing),
        (make_body(trace=trace, template="nobodys"), UnknownTemplate),
    ):
        doctor.ask(DraftReport(body=body))
        with pytest.raises(fault):
            doctor.ask(SignReport(report_id=strange.id))
    assert doctor.ask(ShowReport(id=strange.id)).state is ReportState.DRAFT
    assert events(app, "report.ReportSigned") == []


TAMPERED = {
    "a measurement": "UPDATE reports_report SET body = jsonb_set(body, '{measurements,0,value}', '99')",
    "the conclusion": "UPDATE reports_report SET body = jsonb_set(body, '{conclusion}', '\"正常\"')",
    "the patient": "UPDATE reports_report SET body = jsonb_set(body, '{order,patient,name}', '\"李四\"')",
    "the signer": "UPDATE reports_report SET seal = jsonb_set(seal, '{signer}', '\"qian\"')",
    "the time": "UPDATE reports_report SET seal = jsonb_set(seal, '{signed_at}', '\"2020-01-01T00:00:00Z\"')",
    "the seal": "UPDATE reports_report SET seal = jsonb_set(seal, '{value}', '\"00\"')",
    "the sealed text and the body": "UPDATE reports_report SET sealed = replace(sealed, '窦性', '房性'),"
    " body = replace(body::text, '窦性', '房性')::jsonb",
    "the page": "UPDATE reports_report SET pdf = repeat('0', 64)",
    "the page for another that is whole": "UPDATE reports_report SET pdf = body->>'trace'",
}


def test_tampering_is_seen(app, doctor, draft):
    doctor.ask(SignReport(report_id=draft.id, conclusion="异常"))
    execute(app, "CREATE TABLE untouched AS SELECT * FROM reports_report")
    for what, statement in TAMPERED.items():
        execute(app, statement)
        told = doctor.ask(VerifySeal(id=draft.id))
        assert not told.intact, what
        execute(app, "DELETE FROM reports_revision; DELETE FROM reports_report")
        execute(app, "INSERT INTO reports_report SELECT * FROM untouched")
        assert doctor.ask(VerifySeal(id=draft.id)).intact


def test_a_damaged_page_or_trace_is_seen(app, doctor, draft):
    signed = doctor.ask(SignReport(report_id=draft.id))
    with app.store.begin() as tx:
        for blob in (signed.pdf, signed.body.trace):
            path = tx.blobs.path(blob)
            whole = path.read_bytes()
            path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            assert not doctor.ask(VerifySeal(id=draft.id)).intact
            path.write_bytes(whole)
    assert doctor.ask(VerifySeal(id=draft.id)).intact


def test_a_draft_has_no_seal(doctor, draft):
    with pytest.raises(NotSigned):
        doctor.ask(VerifySeal(id=draft.id))


def analysed(trace: str, **changes) -> RecordingAnalysed:
    known = {"recording_id": "rec-1", "kind": "ecg", "trace": trace, "device": "ELI 250c", "started_at": AT,
             "order": make_order(), "algorithm": "yiji", "measurements": MEASUREMENTS, "findings": FINDINGS,
             "beats": (0.5,), "measured_by_device": ()}  # fmt: skip
    return RecordingAnalysed(**(known | changes))


def test_an_analysis_becomes_a_draft_once(app, doctor, trace):
    for _ in range(2):
        on_recording_analysed(analysed(trace), Reaction(app, "evt-1", "reports.analysed"))
    on_recording_analysed(analysed(trace), Reaction(app, "evt-2", "reports.analysed"))
    (report,) = doctor.ask(ListReports()).reports
    assert (report.revision, report.body.template) == (1, "ecg-12")
    assert doctor.ask(SignReport(report_id=report.id)).seal


def test_numbers_that_are_none_do_no_harm(app, doctor, trace):
    odd = tuple(one.model_copy(update={"value": float("nan")}) for one in MEASUREMENTS)
    on_recording_analysed(analysed(trace, measurements=odd), Reaction(app, "evt-1", "reports.analysed"))
    (report,) = doctor.ask(ListReports()).reports
    assert {one.value for one in report.body.measurements} == {None}


def test_a_recording_without_an_order_is_left_where_it_is(app, doctor, trace, caplog):
    on_recording_analysed(analysed(trace, order=None), Reaction(app, "evt-1", "reports.analysed"))
    assert doctor.ask(ListReports()).reports == ()
    assert "rec-1" in caplog.text


def test_a_kind_without_a_template_is_told(app, trace):
    with pytest.raises(UnknownTemplate):
        on_recording_analysed(analysed(trace, kind="eeg"), Reaction(app, "evt-1", "reports.analysed"))


SETTINGS = """
[reports]
seal = "HMAC-SHA256"
[reports.templates]
ecg = "demo-ecg-6x2"
"""


@pytest.fixture
def their_app(sites: Sites, tmp_path) -> Iterator[App]:
    with sites.open(tmp_path / "theirs", SETTINGS) as opened:
        yield opened


def test_a_site_sets_template_and_seal(their_app: App):
    with their_app.store.begin() as tx:
        trace = tx.blobs.put(signal.encode(real_trace()))
    on_recording_analysed(analysed(trace), Reaction(their_app, "evt-1", "reports.analysed"))
    doctor = their_app.bus_as(their_app.token_for("zhao", "doctor"))
    (report,) = doctor.ask(ListReports()).reports
    assert report.body.template == "demo-ecg-6x2"
    signed = doctor.ask(SignReport(report_id=report.id))
    assert signed.seal
    assert signed.seal.method == "HMAC-SHA256"
    assert doctor.ask(VerifySeal(id=report.id)).intact
    assert "静息心电图检查报告单" in texts(doctor.ask(RenderReport(id=report.id)).pdf)[0]


def test_an_unknown_seal_is_told(sites: Sites, tmp_path):
    with sites.open(tmp_path / "theirs", '[reports]\nseal = "CA"') as app:
        with app.store.begin() as tx:
            trace = tx.blobs.put(signal.encode(real_trace()))
        bus = app.bus_as(app.operator_token())
        report = bus.ask(DraftReport(body=make_body(trace=trace)))
        with pytest.raises(UnknownSeal):
            bus.ask(SignReport(report_id=report.id))
