"""The life of a report: pure decisions."""

import pytest

from tests.reports.sample import AT, SEAL, make_body, make_report
from yiji.core.contract.report import ReportState
from yiji.reports.errors import AlreadySigned, StaleRevision
from yiji.reports.signing.lifecycle import draft, to_sign


def test_the_first_draft_is_revision_one():
    drafted = draft(None, make_body(), "rpt-9", AT)
    assert (drafted.report.id, drafted.report.revision, drafted.fresh) == ("rpt-9", 1, True)
    assert drafted.report.state is ReportState.DRAFT


def test_the_same_again_changes_nothing_even_when_it_is_signed():
    for known in (make_report(), make_report(signed=True)):
        drafted = draft(known, make_body(), "other", AT)
        assert (drafted.report, drafted.fresh) == (known, False)


def test_the_same_analysis_after_the_doctor_wrote_is_still_the_same():
    known = make_report(signed=True, conclusion="窦性心律。")
    assert not draft(known, make_body(), "other", AT).fresh


def test_something_new_is_the_next_revision_and_keeps_the_doctors_words():
    known = make_report(conclusion="待查")
    drafted = draft(known, make_body(trace="t2"), "other", AT)
    assert (drafted.report.id, drafted.report.revision, drafted.fresh) == (known.id, 2, True)
    assert (drafted.report.body.trace, drafted.report.body.conclusion) == ("t2", "待查")
    assert draft(known, make_body(conclusion="改"), "other", AT).report.body.conclusion == "改"


def test_a_signed_report_is_never_changed():
    with pytest.raises(AlreadySigned) as told:
        draft(make_report(signed=True), make_body(trace="t2"), "other", AT)
    assert told.value.params["signer"] == SEAL.signer_name
    with pytest.raises(AlreadySigned):
        to_sign(make_report(signed=True), 0, "")


def test_signing_needs_the_revision_that_was_read():
    known = make_report().model_copy(update={"revision": 3})
    with pytest.raises(StaleRevision) as told:
        to_sign(known, 2, "")
    assert told.value.params == {"report": "rpt-1", "read": "2", "newest": "3"}
    assert to_sign(known, 3, "") == to_sign(known, 0, "") == known.body
    assert to_sign(known, 3, "窦性心律。").conclusion == "窦性心律。"
