"""What devices do when others have done something."""

import logging
from collections.abc import Mapping

from yiji.core.contract.booking import ExamBooked, ExamCancelled, ExamMoved
from yiji.core.contract.measure import Finding, Severity
from yiji.core.contract.recording import (
    KeepAnalysis,
    ListExaminations,
    Listing,
    RecordingFinished,
    UnlistExaminations,
    Unlisting,
)
from yiji.core.errors import YijiError
from yiji.core.i18n import explain
from yiji.core.relay import Reaction
from yiji.core.signal import decode
from yiji.devices import settings as section
from yiji.devices.analysis import Analysis
from yiji.devices.plugged import analysis_of, formats, run_analysis
from yiji.devices.recording import quality, read_bytes

NO_ALGORITHM = "none"
log = logging.getLogger(__name__)


def on_exams_booked(events: Mapping[str, ExamBooked], reaction: Reaction) -> None:
    """What is booked is put on the devices' worklists."""
    _list(events, reaction)


def on_exams_moved(events: Mapping[str, ExamMoved], reaction: Reaction) -> None:
    """What is moved stands at its new time, perhaps on another device."""
    _list(events, reaction)


def _list(events: Mapping[str, ExamBooked | ExamMoved], reaction: Reaction) -> None:
    """The listeners of several events have no common order: the event's id, which sorts by time, decides."""
    listings = tuple(
        Listing(order=event.order, station=event.station or event.device, starts_at=event.starts_at, as_of=event_id)
        for event_id, event in events.items()
    )
    reaction.ask(ListExaminations(listings=listings))


def on_exams_cancelled(events: Mapping[str, ExamCancelled], reaction: Reaction) -> None:
    """What is cancelled is taken off."""
    unlistings = tuple(Unlisting(item_id=event.item_id, as_of=event_id) for event_id, event in events.items())
    reaction.ask(UnlistExaminations(unlistings=unlistings))


def on_recording_finished(event: RecordingFinished, reaction: Reaction) -> None:
    """Analyse the raw recording; one that cannot be measured gets an analysis that says why."""
    raw = reaction.get_blob(event.blob)
    try:
        found = _analyse(event, raw, reaction)
    except YijiError as refusal:
        log.warning("recording %s: %s", event.recording_id, refusal)
        found = _nothing(event, reaction.get_blob(event.trace), refusal)
    reaction.ask(
        KeepAnalysis(
            recording_id=event.recording_id,
            algorithm=found.algorithm,
            measurements=found.measurements,
            findings=found.findings,
            beats=found.beats,
            classes=found.classes,
            lead_measures=found.lead_measures,
            median=found.median,
            holter=found.holter,
        )
    )


def _analyse(event: RecordingFinished, raw: bytes, reaction: Reaction) -> Analysis:
    record = analysis_of(reaction.app.plugins, reaction.settings, event.kind)
    recording = read_bytes(raw, event.file_name, formats(reaction.app.plugins))
    patient = event.order.patient if event.order else None
    statements = section.statements_of(reaction.settings)
    return run_analysis(record, recording, patient, **({"statements": statements} if statements else {}))


def _nothing(event: RecordingFinished, trace: bytes, refusal: YijiError) -> Analysis:
    """Return an analysis without measures that says why in both languages."""
    zh, en = (explain(refusal, lang)[0] for lang in ("zh", "en"))
    why = Finding(code="machine.not_measured", text_zh=zh, text_en=en, reason=refusal.code, severity=Severity.ABNORMAL)
    return Analysis(event.kind, NO_ALGORITHM, (), (why, *quality(decode(trace))), ())
