"""The MLLP daemon on a real site: every input is kept and answered, and the daemon lives."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from builders import SMALL

from tests.interop.conftest import Border
from yiji.core.app import App
from yiji.core.contract.catalogue import Catalogue, LoadCatalogue
from yiji.core.contract.delivery import ListMessages, RawMessage, RawState, ShowMessage
from yiji.core.contract.order import ListOrders, Order, OrderState
from yiji.core.errors import BadSetting, NotFound, PortInUse, YijiError
from yiji.core.testing import Sites
from yiji.interop import Framer, parse, read_receipt, wrap
from yiji.interop.daemon import Service
from yiji_sim.his import OrderForm, send, write_order

ECG = (("ECG12", "十二导联心电图"),)
FORM = OrderForm(ECG, control_id="C1", placers=("R1",))


def messages(border: Border) -> list[RawMessage]:
    return list(border.bus.ask(ListMessages()).messages)


def settled(border: Border, count: int, *states: RawState) -> list[RawMessage]:
    """Wait until so many messages are there, each settled (in one of `states`); oldest first."""
    wanted = states or (RawState.DONE, RawState.FAILED)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = messages(border)
        if len(found) == count and all(one.state in wanted for one in found):
            return found[::-1]
        time.sleep(0.02)
    raise AssertionError(f"{messages(border)}")


def orders(border: Border) -> list[Order]:
    return list(border.bus.ask(ListOrders()).orders)


def speak(border: Border, raw: bytes, answers: int = 1) -> list[bytes]:
    """Send bytes as they are; return so many answers."""
    with socket.create_connection(("127.0.0.1", border.port), 10) as connection:
        connection.sendall(raw)
        framer, heard = Framer(), list[bytes]()
        while len(heard) < answers and (data := connection.recv(65536)):
            heard += [piece.data for piece in framer.feed(data)]
    return heard


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "GB 18030-2000"])
@pytest.mark.parametrize("event", [("OMG", "O19", "OMG_O19"), ("ORM", "O01", "ORM_O01")])
def test_an_order_is_kept_before_it_is_acknowledged(border: Border, charset: str, event: tuple[str, ...]) -> None:
    form = replace(FORM, charset=charset, event=event, name="喆堃", exams=(*ECG, ("USABD", "")), placers=("R1", "R2"))
    sent = write_order(form)
    receipt, answer = send("127.0.0.1", border.port, sent)
    assert (receipt.code, receipt.control_id) == ("AA", "C1")
    assert parse(answer).header.charsets == (charset,)
    [order] = orders(border)
    assert (order.patient.name, [item.placer_number for item in order.items]) == ("喆堃", ["R1", "R2"])
    [kept] = settled(border, 1)
    assert (kept.state, kept.sender, kept.id, kept.answer) == (RawState.DONE, "HIS^EAST", order_source(border), answer)
    assert border.bus.ask(ShowMessage(id=kept.id)).raw == sent


def order_source(border: Border) -> str:
    """The inbox id that the kept order names."""
    with border.app.store.begin() as tx:
        return tx.db.exec_driver_sql("SELECT source_message FROM booking_order").scalar_one()


def test_the_same_message_again_gets_the_same_answer(border: Border) -> None:
    raw = write_order(FORM)
    first = speak(border, wrap(raw))
    settled(border, 1)
    assert speak(border, wrap(raw)) == first
    assert len(settled(border, 1)) == len(orders(border)) == 1


def test_a_control_id_used_again_for_something_else_is_a_new_message(border: Border) -> None:
    send("127.0.0.1", border.port, write_order(FORM))
    receipt, _ = send("127.0.0.1", border.port, write_order(replace(FORM, placers=("R9",), patient_number="P9")))
    assert receipt.accepted
    assert [one.notes for one in settled(border, 2)] == ["", "control_id_reused"]
    assert len(orders(border)) == 2


def test_an_unknown_examination_is_refused_and_obeyed_once_it_is_known(border: Border) -> None:
    raw = write_order(replace(FORM, exams=(("XRAY", "胸片"),)))
    receipt, answer = send("127.0.0.1", border.port, raw)
    assert receipt.code == "AE"
    assert parse(answer).get("ERR-5") == "booking.unknown_exam"
    assert "XRAY" in receipt.text
    [kept] = settled(border, 1)
    assert (kept.state, kept.error, orders(border)) == (RawState.FAILED, "booking.unknown_exam", [])
    xray = SMALL.exams[0].model_copy(update={"code": "XRAY"})
    border.bus.ask(LoadCatalogue(catalogue=Catalogue(exams=(xray,))))
    assert send("127.0.0.1", border.port, raw)[0].accepted
    assert settled(border, 1, RawState.DONE)[0].error == ""


def test_a_cancellation_withdraws_the_order(border: Border) -> None:
    send("127.0.0.1", border.port, write_order(FORM))
    receipt, _ = send("127.0.0.1", border.port, write_order(replace(FORM, control="CA", control_id="C2")))
    assert receipt.accepted
    assert orders(border)[0].items[0].state is OrderState.REVOKED


BAD: list[tuple[Callable[[], bytes], str, str]] = [
    (lambda: b"hello", "AR", "interop.not_hl7"),
    (lambda: b"", "AR", "interop.not_hl7"),
    (lambda: write_order(FORM) * 2, "AE", "interop.malformed"),
    (lambda: write_order(FORM).decode().encode("gb18030"), "AE", "interop.wrong_charset"),
    (lambda: write_order(FORM).replace(b"UNICODE UTF-8", b"KLINGON"), "AR", "interop.unknown_charset"),
    (lambda: write_order(replace(FORM, event=("ADT", "A01"))), "AR", "interop.unsupported_message"),
    (lambda: write_order(replace(FORM, control="XO")), "AE", "interop.unsupported_control"),
    (lambda: write_order(replace(FORM, name="")), "AE", "interop.missing_field"),
    (lambda: write_order(replace(FORM, born="19810229")), "AE", "interop.bad_value"),
]


@pytest.mark.parametrize(("make", "ack", "code"), BAD, ids=[code for _, _, code in BAD])
def test_bad_input_is_kept_and_answered_with_code_and_sentence(
    border: Border, make: Callable[[], bytes], ack: str, code: str
) -> None:
    raw = make()
    answer, after = speak(border, wrap(raw) + wrap(write_order(replace(FORM, control_id="next"))), 2)
    message = parse(answer)
    assert (message.get("MSA-1"), message.get("ERR-5"), message.get("ERR-4")) == (ack, code, "E")
    assert "。" in message.get("ERR-8")
    kept = settled(border, 2)[0]
    assert (kept.state, kept.error) == (RawState.FAILED, code)
    assert border.bus.ask(ShowMessage(id=kept.id)).raw == raw
    assert read_receipt(after).accepted  # the daemon lives


def test_a_sender_of_plain_ascii_is_answered_in_english(border: Border) -> None:
    form = replace(FORM, charset="ASCII", name="SMITH^J", exams=(("XRAY", ""),), reason="", requester="", department="")
    raw = write_order(replace(form, ward=""))
    assert "The" in send("127.0.0.1", border.port, raw)[0].text


def test_unknown_segments_are_noted(border: Border) -> None:
    assert read_receipt(speak(border, wrap(write_order(FORM) + b"ZXX|1\r"))[0]).accepted
    assert settled(border, 1)[0].notes == "segment_ignored ZXX"


def test_torn_stray_and_too_long_are_kept(border: Border) -> None:
    stream = b"GET /" + b"\x0bMSH|half" + wrap(b"x" * 300_000) + wrap(write_order(FORM))
    first, second = speak(border, stream, 2)
    assert parse(first).get("ERR-5") == "interop.frame_too_long"
    assert read_receipt(second).accepted
    told = {one.error for one in settled(border, 4)}
    assert told == {"interop.stray_bytes", "interop.torn_frame", "interop.frame_too_long", ""}


def test_half_a_message_is_given_up_and_kept(border: Border) -> None:
    assert speak(border, b"\x0bMSH|^~\\&|HIS||half a mess") == []
    [kept] = settled(border, 1)
    assert (kept.error, kept.sender) == ("interop.torn_frame", "HIS")


def test_an_acknowledgement_is_never_answered(border: Border) -> None:
    ack = b"MSH|^~\\&|HIS|EAST|YIJI||20260105||ACK|9|P|2.5.1\rMSA|AA|1\r"
    [answer] = speak(border, wrap(ack) + wrap(write_order(FORM)))
    assert parse(answer).get("MSA-2") == "C1"


def test_a_sender_with_habits_of_its_own(border: Border) -> None:
    form = replace(FORM, sender=("OLD", "EAST"), sex="2", places={"4.4": "USABD"}, charset="GB 18030-2000")
    raw = write_order(form).replace(b"|GB 18030-2000", b"|")
    assert send("127.0.0.1", border.port, raw)[0].accepted
    [order] = orders(border)
    assert (order.items[0].exam_code, order.patient.sex, order.patient.name) == ("USABD", "female", "张三")


def test_many_senders_at_once(border: Border) -> None:
    def one(number: int) -> str:
        form = replace(FORM, control_id=f"N{number}", placers=(f"R{number}",), patient_number=f"P{number}")
        return send("127.0.0.1", border.port, write_order(form))[0].code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(one, range(48))) == {"AA"}
    assert len(orders(border)) == len(settled(border, 48)) == 48


def test_two_sites_cannot_share_a_port(border: Border, sites: Sites, tmp_path: Path) -> None:
    with (
        sites.open(tmp_path / "second", f"[interop.mllp]\nport = {border.port}") as app,
        pytest.raises(PortInUse) as told,
    ):
        Service(app).start()
    assert told.value.params["setting"] == "interop.mllp.port"


def test_a_host_that_is_not_ours_is_a_bad_setting(sites: Sites, tmp_path: Path) -> None:
    with sites.open(tmp_path / "site", '[interop.mllp]\nhost = "192.0.2.1"') as app, pytest.raises(BadSetting) as told:
        Service(app).start()
    assert told.value.params["setting"] == "interop.mllp.host"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ('[interop.mllp]\nprofile = "none"', "interop.unknown_profile"),
        ('[interop.mllp.senders]\nHIS = "none"', "interop.unknown_profile"),
        ('[[interop.peers]]\nname = "a"\nhost = "h"\nport = 1\nchannel = "pigeon"', "interop.unknown_channel"),
        ('[[interop.peers]]\nname = "a"\nhost = "h"\nport = 1\ncharset = "KLINGON"', "core.bad_setting"),
        ('[[interop.peers]]\nname = "a"\nhost = "h"\nport = 1\n' * 2, "core.bad_setting"),
        ("[interop.mllp]\nprot = 1", "core.bad_setting"),
    ],
)
def test_a_bad_setting_is_told_at_the_start(sites: Sites, tmp_path: Path, extra: str, code: str) -> None:
    with sites.open(tmp_path / "site", extra) as app, pytest.raises(YijiError) as told:
        Service(app).start()
    assert told.value.code == code


def test_no_message_of_that_name(app: App) -> None:
    with pytest.raises(NotFound):
        app.bus_as(app.operator_token()).ask(ShowMessage(id="msg-none"))
