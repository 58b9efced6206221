"""Keeping recordings and matching them with the worklist."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy import select

from tests.devices.conftest import Ask, Make, brief, flatten, listing
from yiji.core.app import App
from yiji.core.contract.measure import Measurement
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.recording import (
    KeepAnalysis,
    KeepRecording,
    RecordingAnalysed,
    RecordingFinished,
    RecordingInfo,
    ShowRecording,
    ShowWorklist,
    UnlistExamination,
    WorklistEntry,
)
from yiji.core.errors import NotFound, YijiError
from yiji.core.signal import decode
from yiji.core.store.blobs import sha256
from yiji.core.store.tables import EventRow
from yiji.devices import read
from yiji.devices.errors import EmptyFile, MatchedOtherwise, NotOnWorklist, TruncatedFile, UnknownFormat


def keep(ask: Ask, raw: bytes, accession: str = "", name: str = "ecg.dcm") -> RecordingInfo:
    return ask(KeepRecording(raw=raw, file_name=name, station="ECG-1", accession_number=accession))


def events(app: App, kind: type) -> list[str]:
    event = EventRow.table()
    with app.store.begin() as tx:
        named = select(event.c.body).where(event.c.type == f"recording.{kind.__name__}").order_by(event.c.at)
        return list(tx.db.execute(named).scalars())


def codes(info: RecordingInfo) -> list[str]:
    return [finding.code for finding in info.quality]


def entries(ask: Ask, **wanted: object) -> list[str]:
    return [entry.item_id for entry in ask(ShowWorklist(**wanted)).entries]


def test_a_recording_finds_its_examination(app: App, ask: Ask, make: Make):
    entry: WorklistEntry = ask(listing())
    assert (entry.patient_id, entry.patient_name, entry.station) == ("P1", "欧阳镕昇", "ECG-1")
    raw = make(entry)
    info = keep(ask, raw)
    assert info.order == brief()
    assert info.started_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert info.device == "Mortara Instrument, Inc. el250"
    assert {one.code: one.value for one in info.measured_by_device}["rr"] == 982
    assert codes(info) == []
    assert entries(ask) == []
    finished = RecordingFinished.model_validate_json(events(app, RecordingFinished)[0])
    assert (finished.recording_id, finished.order) == (info.id, brief())
    with app.store.begin() as tx:
        assert tx.blobs.get(info.blob) == raw
        trace = decode(tx.blobs.get(info.trace))
    kept = read(app.settings.root / "records" / f"{info.record_path}.hea")
    assert np.abs(kept.trace.samples - trace.samples).max() <= 0.0006
    assert ask(ShowRecording(id=entry.accession_number)) == ask(ShowRecording(id=info.id)) == info


def test_the_same_bytes_again_are_the_same_recording(app: App, ask: Ask, make: Make):
    raw = make(ask(listing()))
    info = keep(ask, raw)
    assert keep(ask, raw, name="copy.dcm") == info
    assert ask(KeepRecording(blob=info.blob, file_name="again.dcm")) == info
    assert len(events(app, RecordingFinished)) == 1


def test_the_same_bytes_at_once_are_kept_once(app: App, ask: Ask, make: Make):
    raw = make(ask(listing()))
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: keep(ask, raw), range(4)))
    assert len({info.id for info in kept}) == 1
    assert len(events(app, RecordingFinished)) == 1


@pytest.mark.parametrize(
    ("raw", "error"), [(b"", EmptyFile), (b"no recording", UnknownFormat), (b"\0" * 128 + b"DICM", TruncatedFile)]
)
def test_what_cannot_be_read_is_refused_and_kept(app: App, ask: Ask, raw: bytes, error: type[YijiError]):
    with pytest.raises(error):
        keep(ask, raw)
    assert events(app, RecordingFinished) == []
    if raw:
        with app.store.begin() as tx:
            assert tx.blobs.get(sha256(raw)) == raw


def test_a_recording_without_an_examination_is_kept_unmatched(app: App, ask: Ask, make: Make):
    entry = ask(listing())
    nameless = keep(ask, make(entry, lambda dataset: setattr(dataset, "AccessionNumber", "")))
    stranger = keep(ask, make(entry, lambda dataset: setattr(dataset, "AccessionNumber", "X9"), second=1))
    assert (nameless.order, codes(nameless)) == (None, ["match.no_accession"])
    assert (stranger.order, codes(stranger)) == (None, ["match.not_on_worklist"])
    assert entries(ask) == ["itm-1"]
    assert len(events(app, RecordingFinished)) == 2


def test_another_patients_number_forbids_the_match_until_a_person_decides(app: App, ask: Ask, make: Make):
    entry = ask(listing())
    raw = make(entry, lambda dataset: setattr(dataset, "PatientID", "SOMEBODY"))
    info = keep(ask, raw)
    assert (info.order, codes(info)) == (None, ["match.other_patient"])
    named = keep(ask, raw, accession=entry.accession_number)
    assert (named.id, named.order, codes(named)) == (info.id, brief(), ["match.other_patient"])
    assert len(events(app, RecordingFinished)) == 2


def test_an_accession_number_that_somebody_names_overrides_the_files(ask: Ask, make: Make):
    first, second = ask(listing(1)), ask(listing(2))
    raw = make(first)
    assert keep(ask, raw, accession=second.accession_number).order == brief(2)
    with pytest.raises(MatchedOtherwise):
        keep(ask, raw, accession=first.accession_number)
    with pytest.raises(NotOnWorklist):
        keep(ask, make(first, second=1), accession="NOWHERE")


def test_a_recording_that_comes_before_its_examination_is_matched_when_that_is_listed(app: App, ask: Ask, make: Make):
    entry = WorklistEntry(
        item_id="itm-1",
        accession_number=brief().accession_number,
        patient_id="P1",
        patient_name="欧阳镕昇",
        patient_sex="male",
        patient_birth_date=None,
        modality="ECG",
        station="ECG-1",
        exam_name="十二导联心电图",
        starts_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    )
    early = keep(ask, make(entry))
    assert codes(early) == ["match.not_on_worklist"]
    ask(listing())
    found = ask(ShowRecording(id=early.id))
    assert (found.order, codes(found)) == (brief(), [])
    assert entries(ask) == []
    assert [RecordingFinished.model_validate_json(body).order for body in events(app, RecordingFinished)] == [
        None,
        brief(),
    ]


def test_what_is_said_later_of_an_examination_counts(ask: Ask):
    ask(listing(1, as_of="evt-2", station="ECG-2"))
    ask(listing(1, as_of="evt-1", station="ECG-1"))
    assert entries(ask, station="ECG-2") == ["itm-1"]
    ask(UnlistExamination(item_id="itm-1", as_of="evt-4"))
    ask(listing(1, as_of="evt-3"))
    assert entries(ask) == []
    ask(UnlistExamination(item_id="itm-2", as_of="evt-9"))  # cancelled before it was heard of
    ask(listing(2, as_of="evt-8"))
    assert entries(ask) == []
    ask(listing(2, as_of="evt-99"))
    assert entries(ask) == ["itm-2"]


def test_a_cancelled_examination_takes_no_recording(ask: Ask, make: Make):
    entry = ask(listing(1, as_of="a"))
    ask(UnlistExamination(item_id="itm-1", as_of="b"))
    assert keep(ask, make(entry)).order is None


def test_the_worklist_is_asked_by_station_modality_and_day(ask: Ask):
    ask(listing(1, hours=14.5))  # 23:30 in Shanghai
    ask(listing(2, hours=15.5))  # 0:30 of the next day
    ask(listing(3, station="US-1", order=OrderBrief.model_validate(brief(3).model_dump() | {"modality": "US"})))
    assert entries(ask) == ["itm-3", "itm-1", "itm-2"]
    assert entries(ask, day=date(2026, 3, 2)) == ["itm-3", "itm-1"]
    assert entries(ask, day=date(2026, 3, 3)) == ["itm-2"]
    assert entries(ask, station="US-1") == entries(ask, modality="US") == ["itm-3"]


def test_an_analysis_is_kept_and_told_and_a_newer_takes_its_place(app: App, ask: Ask, make: Make):
    info = keep(ask, make(ask(listing())))
    for value in (980.0, 982.0):
        rr = Measurement(code="rr", value=value, unit="ms")
        analysis = KeepAnalysis(recording_id=info.id, algorithm="test 1", measurements=(rr,), findings=(), beats=(0.5,))
        assert ask(analysis) == info
    told = RecordingAnalysed.model_validate_json(events(app, RecordingAnalysed)[-1])
    assert told.measurements[0].value == 982.0
    assert (told.order, told.trace, told.device, told.beats) == (info.order, info.trace, info.device, (0.5,))
    with pytest.raises(NotFound):
        ask(KeepAnalysis(recording_id="rec-none", algorithm="test 1", measurements=(), findings=()))


def test_a_flat_recording_is_kept_and_says_so(ask: Ask, make: Make):
    info = keep(ask, make(ask(listing()), flatten))
    assert codes(info) == ["quality.all_flat"]
    assert info.order == brief()


def test_an_unknown_recording_is_not_found(ask: Ask):
    for named in ("rec-none", ""):
        with pytest.raises(NotFound):
            ask(ShowRecording(id=named))
