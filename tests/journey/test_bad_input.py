"""Bad input, as the people and machines around a running house meet it.

Each gets a code, a sentence in Chinese and English and what to do next; what came in is kept; the daemons live on, the
same processes, and a good order right after goes through.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from journey.border import form, fresh, port_of, speak
from journey.rounds import House, Round, house
from journey.shell import Told, assert_words, run, run_here, says, start

from yiji.core.contract.booking import BookExam
from yiji.core.contract.delivery import ListMessages, RawMessage, RawState, ShowMessage
from yiji.core.contract.inventory import FindSlots, Slot
from yiji.core.contract.order import ListOrders, ShowOrder
from yiji.core.contract.recording import RecordingInfo, ShowRecording, ShowWorklist
from yiji.core.contract.report import ShowReport
from yiji.core.errors import NotFound, YijiError
from yiji.interop import wrap
from yiji.interop.mllp.framer import VT
from yiji_sim.cart import addressed, as_bytes, hand_in, real_recording

R = TypeVar("R")
PATIENCE = 20.0


def until(look: Callable[[], R | None]) -> R:
    """Look until there is something."""
    ends = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all that is sent to it."""
    with house(tmp_path_factory.mktemp("bad") / "site") as made:
        yield made


@pytest.fixture
def unhurt(shared: House) -> Iterator[House]:
    """The house; whatever a test does to it, it goes on in the same processes and takes the next order."""
    names = sorted(shared.supervisor.watched)
    before = {name: shared.pid_of(name) for name in names}
    assert all(before.values())
    yield shared
    assert {name: shared.pid_of(name) for name in names} == before
    [answer] = speak(shared, wrap(form()))
    assert answer.get("MSA-1") == "AA"


def in_the_inbox(house: House, control_id: str, raw: bytes, state: RawState) -> RawMessage:
    """Wait for what became of a message; its bytes are kept as they came."""

    def settled() -> RawMessage | None:
        found = house.bus.ask(ListMessages(limit=500)).messages
        return next((one for one in found if one.control_id == control_id and one.state is state), None)

    kept = until(settled)
    assert house.bus.ask(ShowMessage(id=kept.id)).raw == raw
    return kept


def test_a_torn_frame(unhurt: House) -> None:
    raw = form("TORN")[:150]
    assert speak(unhurt, VT + raw, answers=0) == []
    assert in_the_inbox(unhurt, "TORN", raw, RawState.FAILED).error == "interop.torn_frame"
    for lang in ("zh", "en"):  # nobody can be answered, so it is the operator who is told
        assert says(run_here("message", "list", "--lang", lang, site=unhurt.root).err, "interop.torn_frame", lang)


def test_two_messages_in_one_packet(unhurt: House) -> None:
    first, second = form("PACKET-1"), form("PACKET-2")
    answers = speak(unhurt, wrap(first) + wrap(second), answers=2)
    assert [(one.get("MSA-1"), one.get("MSA-2")) for one in answers] == [("AA", "PACKET-1"), ("AA", "PACKET-2")]
    for control_id, raw in (("PACKET-1", first), ("PACKET-2", second)):
        in_the_inbox(unhurt, control_id, raw, RawState.DONE)
        assert unhurt.bus.ask(ShowOrder(id=control_id)).items[0].exam_code == "ECG12"


def test_a_message_in_the_wrong_charset(unhurt: House) -> None:
    raw = form("CHARSET").decode().encode("gb18030")  # MSH-18 says UTF-8
    [answer] = speak(unhurt, wrap(raw))
    assert (answer.get("MSA-1"), answer.get("ERR-5")) == ("AE", "interop.wrong_charset")
    assert says(answer.get("ERR-8"), "interop.wrong_charset", "zh")
    assert_words("interop.wrong_charset")
    assert in_the_inbox(unhurt, "CHARSET", raw, RawState.FAILED).error == "interop.wrong_charset"


def test_an_unknown_segment_is_no_reason_to_refuse_an_order(unhurt: House) -> None:
    raw = form("SEGMENT") + "ZXX|1|本院自定\r".encode()
    [answer] = speak(unhurt, wrap(raw))
    assert answer.get("MSA-1") == "AA"
    assert in_the_inbox(unhurt, "SEGMENT", raw, RawState.DONE).notes == "segment_ignored ZXX"
    assert "不认识的段 ZXX" in run_here("message", "list", "--lang", "zh", site=unhurt.root).err
    assert "ZXX is not known here" in run_here("message", "list", "--lang", "en", site=unhurt.root).err


def test_a_control_id_that_comes_again(unhurt: House) -> None:
    raw = form("AGAIN")
    [first] = speak(unhurt, wrap(raw))
    in_the_inbox(unhurt, "AGAIN", raw, RawState.DONE)
    [second] = speak(unhurt, wrap(raw))
    assert second == first
    assert len([one for one in orders(unhurt) if one == "AGAIN"]) == 1
    other = form("AGAIN", placers=("AGAIN-OTHER",))
    [third] = speak(unhurt, wrap(other))
    assert (third.get("MSA-1"), third.get("MSH-10") != first.get("MSH-10")) == ("AA", True)
    until(lambda: [one.notes for one in of(unhurt, "AGAIN") if one.state is RawState.DONE] == ["control_id_reused", ""])
    assert [unhurt.bus.ask(ShowMessage(id=one.id)).raw for one in of(unhurt, "AGAIN")] == [other, raw]
    assert [one for one in orders(unhurt) if one.startswith("AGAIN")] == ["AGAIN-OTHER", "AGAIN"]


def of(house: House, control_id: str) -> list[RawMessage]:
    """The kept messages of a control id, newest first."""
    return [one for one in house.bus.ask(ListMessages(limit=500)).messages if one.control_id == control_id]


def orders(house: House) -> list[str]:
    """The placer numbers of all orders, newest first."""
    return [item.placer_number for one in house.bus.ask(ListOrders(limit=1000)).orders for item in one.items]


@pytest.mark.parametrize(("charset", "lang"), [("GB 18030-2000", "zh"), ("ASCII", "en")])
def test_an_order_for_an_unknown_examination(unhurt: House, charset: str, lang: str) -> None:
    plain = {"name": "SMITH^J", "reason": "", "requester": "", "department": "", "ward": ""} if lang == "en" else {}
    raw = form(f"EXAM-{lang}", exams=(("XRAY", ""),), charset=charset, **plain)
    [answer] = speak(unhurt, wrap(raw))
    assert (answer.get("MSA-1"), answer.get("ERR-5")) == ("AE", "booking.unknown_exam")
    assert says(answer.get("ERR-8"), "booking.unknown_exam", lang)
    assert "XRAY" in answer.get("ERR-8")
    in_the_inbox(unhurt, f"EXAM-{lang}", raw, RawState.FAILED)
    with pytest.raises(NotFound):
        unhurt.bus.ask(ShowOrder(id=f"EXAM-{lang}"))


def recording_of(house: House, number: int, change: Callable[[Any], None] | None = None) -> tuple[str, bytes]:
    """Order and book an examination; return its accession number, and what the cart writes for it."""
    one = Round(house, number)
    one.order()
    one.book()

    def listed() -> Any:
        found = house.bus.ask(ShowWorklist(station="ECG-1")).entries
        return next((entry for entry in found if entry.accession_number == one.accession), None)

    dataset: Any = addressed(real_recording(), until(listed), datetime.now(UTC), "GB18030")
    if change:
        change(dataset)
    return one.accession, as_bytes(dataset)


def flatten(dataset: Any) -> None:
    item = dataset.WaveformSequence[0]
    item.WaveformData = bytes(len(item.WaveformData))


def kept(house: House, accession: str) -> RecordingInfo | None:
    """The recording of an examination, when it is kept."""
    try:
        return house.bus.ask(ShowRecording(id=accession))
    except NotFound:
        return None


def test_recordings_that_are_empty_truncated_or_all_flat(unhurt: House, tmp_path: Path) -> None:
    folder = unhurt.root / "inbox" / "ECG-1"
    accession, good = recording_of(unhurt, 1)
    flat_accession, flat = recording_of(unhurt, 2, flatten)
    bad = {"empty.dcm": ("devices.empty_file", b""), "torn.dcm": ("devices.truncated_file", good[:100_000])}
    for name, (_, data) in bad.items():
        hand_in(data, folder, name)
    hand_in(flat, folder, "flat.dcm")
    hand_in(good, folder, "good.dcm")
    assert until(lambda: kept(unhurt, accession)).leads[0] == "I"  # nobody waits for the bad ones
    for name, (code, data) in bad.items():
        reason = until(lambda name=name: next(folder.glob(f"rejected/*/{name}.error.json"), None))
        assert reason.with_name(name).read_bytes() == data
        told = json.loads(reason.read_text("utf-8"))
        assert told["code"] == code
        assert all(says(f"{told[lang]['message']} {told[lang]['hint']}", code, lang) for lang in ("zh", "en"))
    check_flat(unhurt, flat_accession, flat)
    (tmp_path / "flat.dcm").write_bytes(flat)
    analysed = run_here("analyse", str(tmp_path / "flat.dcm"), "--lang", "en")
    assert (analysed.code, says(analysed.err, "devices.no_signal", "en")) == (5, True)


def check_flat(house: House, accession: str, raw: bytes) -> None:
    """A flat recording is kept, and its draft says in both languages that nothing could be measured."""
    info = until(lambda: kept(house, accession))
    assert [finding.code for finding in info.quality] == ["quality.all_flat"]
    with house.app.store.begin() as tx:
        assert tx.blobs.get(info.blob) == raw
    report = house.ask(ShowReport(id=accession))
    assert report.body.measurements == ()
    why = next(one for one in report.body.findings if one.reason == "devices.no_signal")
    assert re.search("[一-鿿]", why.text_zh)
    assert "signal" in why.text_en
    assert_words("devices.no_signal")


def test_a_full_slot(unhurt: House) -> None:
    slot = unhurt.ask(FindSlots(exam_code="ECG12", days=2)).slots[5]
    for _ in range(slot.free):
        unhurt.ask(BookExam(item_id=item_of(unhurt), slot_id=slot.id))
    late = item_of(unhurt)
    for lang in ("zh", "en"):
        token = unhurt.app.operator_token()
        at = ("--server", f"127.0.0.1:{port_of(unhurt, 'rpc')}", "--token", token, "--lang", lang)
        refused = run_here("booking", "book", late, slot.id, *at)
        assert (refused.code, says(refused.err, "booking.slot_full", lang)) == (4, True)
    with pytest.raises(YijiError) as full:
        unhurt.ask(BookExam(item_id=late, slot_id=slot.id))
    offered = datetime.fromisoformat(full.value.params["next"])
    [then] = [one for one in free(unhurt) if one.starts_at == offered]
    assert unhurt.ask(BookExam(item_id=late, slot_id=then.id)).starts_at == offered
    assert slot.id not in {one.id for one in free(unhurt)}


def test_a_bad_setting(unhurt: House) -> None:
    """The daemons that run have read theirs; whoever is started anew refuses, and says which setting it is."""
    settings = unhurt.root / "yiji.toml"
    good = settings.read_text("utf-8")
    settings.write_text(good.replace("[interop.mllp]", "[interop.mllp]\nlimit = 3"), "utf-8")
    try:
        refused = run("serve", "all", "--lang", "zh", site=unhurt.root)
        assert (refused.code, says(refused.err, "core.bad_setting", "zh")) == (2, True)
        assert "interop.mllp.limit" in refused.err
        examined = run_here("doctor", "--json", "--lang", "en", site=unhurt.root)
        [check] = [one for one in json.loads(examined.out)["checks"] if not one["ok"]]
        told = f"{check['detail']} {check['hint']}"
        assert (examined.code, check["name"], says(told, "core.bad_setting", "en")) == (1, "settings", True)
    finally:
        settings.write_text(good, "utf-8")


def refused_by_hand(house: House) -> Told:
    return run("serve", "rpc", "--lang", "zh", site=house.root)


def refused_in_the_log(house: House) -> Told:
    """As the supervisor starts it, whose log nobody asked for a language."""
    return start(sys.executable, "-m", "yiji.core.serve", str(house.root), "mllp")


@pytest.mark.parametrize(
    ("daemon", "setting", "attempt", "langs"),
    [
        ("rpc", "rpc.port", refused_by_hand, ("zh",)),
        ("mllp", "interop.mllp.port", refused_in_the_log, ("zh", "en")),
    ],
)
def test_a_port_in_use(
    unhurt: House, daemon: str, setting: str, attempt: Callable[[House], Told], langs: tuple[str, ...]
) -> None:
    mark = (unhurt.root / "run" / f"{daemon}.pid").read_text()
    refused = attempt(unhurt)
    assert refused.code == 10
    assert all(says(refused.err, "core.port_in_use", lang) for lang in langs)
    assert setting in refused.err
    assert f"127.0.0.1:{port_of(unhurt, daemon)}" in refused.err
    assert (unhurt.root / "run" / f"{daemon}.pid").read_text() == mark  # who listens is still told to run


def free(house: House) -> tuple[Slot, ...]:
    return house.ask(FindSlots(exam_code="ECG12", days=2)).slots


def item_of(house: House) -> str:
    """Order an examination; return its item."""
    name = fresh("ITEM")
    speak(house, wrap(form(name)))
    return house.ask(ShowOrder(id=name)).items[0].id
