"""What devices do when others have done something: worklist and analysis, by the relay."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.builders import SMALL, order
from tests.devices.conftest import Ask, Make, flatten, listing
from yiji.core import clock
from yiji.core.app import App
from yiji.core.contract.booking import BookExam, CancelExam, MoveExam
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.recording import KeepRecording, RecordingAnalysed, RecordingInfo, ShowWorklist
from yiji.core.relay import Relay
from yiji.core.store.tables import EventRow
from yiji.core.testing import Sites


@pytest.fixture
def relayed(app: App) -> Iterator[App]:
    """A site whose relay and analysis lane run."""
    lanes = [Relay(app, "relay"), Relay(app, "analyse", width=2)]
    for lane in lanes:
        lane.start()
    yield app
    for lane in lanes:
        lane.stop()


def until(true: Callable[[], Any]) -> Any:
    ends = time.monotonic() + 30
    while not (answer := true()):
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)
    return answer


def analyses(app: App) -> list[RecordingAnalysed]:
    event = EventRow.table()
    with app.store.begin() as tx:
        told = select(event.c.body).where(event.c.type == "recording.RecordingAnalysed").order_by(event.c.at)
        return [RecordingAnalysed.model_validate_json(body) for body in tx.db.execute(told).scalars()]


def test_the_worklist_follows_the_bookings(relayed: App, ask: Ask):
    ask(LoadCatalogue(catalogue=SMALL))
    ask(OpenSlots(first_day=clock.today("Asia/Shanghai") + timedelta(days=1), days=1))
    item = ask(order(1)).items[0]
    early, late = ask(FindSlots(exam_code="ECG12")).slots[:2]
    booked = ask(BookExam(item_id=item.id, slot_id=early.id))
    entry = until(lambda: ask(ShowWorklist(station="ECG-1")).entries)[0]
    assert (entry.accession_number, entry.starts_at, entry.patient_id) == (item.accession_number, early.starts_at, "P1")
    ask(MoveExam(appointment_id=booked.id, slot_id=late.id))
    until(lambda: ask(ShowWorklist()).entries[0].starts_at == late.starts_at)
    ask(CancelExam(appointment_id=booked.id))
    until(lambda: not ask(ShowWorklist()).entries)


def test_a_sites_own_statements_are_said_and_bad_ones_do_no_harm(sites: Sites, tmp_path: Path, make: Make):
    with sites.open(tmp_path / "site", '[devices]\nstatements = ["own.toml"]\n') as app:
        ask, own = app.bus_as(app.operator_token()).ask, tmp_path / "site" / "own.toml"
        lane = Relay(app, "analyse", width=2)
        lane.start()
        own.write_text("name = 3", "utf-8")
        ask(KeepRecording(raw=make(ask(listing())), file_name="a.dcm"))
        [bad] = until(lambda: analyses(app))
        assert [(one.code, one.reason) for one in bad.findings][:1] == [
            ("machine.not_measured", "devices.bad_statements")
        ]
        rule = 'id = "told"\nzh = "已测"\nen = "Told"\nwhen = "known heart_rate"\nreason = "{rr:.0f} ms"\nsource = "us"'
        own.write_text(f'name = "own"\nversion = 3\n[[rules]]\n{rule}\n', "utf-8")
        ask(KeepRecording(raw=make(ask(listing(2))), file_name="b.dcm"))
        good = until(lambda: analyses(app)[1:])[0]
        assert "yiji-ecg-statements 1 + own 3 told" in {one.rule for one in good.findings}
        lane.stop()


def test_a_finished_recording_is_analysed(relayed: App, ask: Ask, make: Make):
    info: RecordingInfo = ask(KeepRecording(raw=make(ask(listing())), file_name="ecg.dcm"))
    told = until(lambda: analyses(relayed))[0]
    values = {one.code: one.value for one in told.measurements}
    assert abs((values["rr"] or 0) - 982) < 5
    assert told.findings[0].code == "machine.sinus_rhythm"
    assert (told.recording_id, told.order, told.trace) == (info.id, info.order, info.trace)
    assert told.measured_by_device == info.measured_by_device
    assert len(told.beats) == 10


def test_a_recording_that_cannot_be_measured_says_why_and_the_lane_lives(relayed: App, ask: Ask, make: Make):
    ask(KeepRecording(raw=make(ask(listing(1)), flatten), file_name="flat.dcm"))
    told = until(lambda: analyses(relayed))[0]
    assert told.measurements == ()
    assert [(one.code, one.reason) for one in told.findings] == [
        ("machine.not_measured", "devices.no_signal"),
        ("quality.all_flat", "I II III aVR aVL aVF V1 V2 V3 V4 V5 V6"),
    ]
    assert "无信号" in told.findings[0].text_zh
    ask(KeepRecording(raw=make(ask(listing(2))), file_name="good.dcm"))
    until(lambda: len(analyses(relayed)) == 2)
