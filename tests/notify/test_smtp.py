"""The SMTP notifier against a real mail server: never twice, whatever crashes; tried again while it can be."""

import base64
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
import trustme
from booking.reminding import House
from notify.gateway import PASSWORD, USER, Gateway, running

from yiji.core import clock
from yiji.core.app import App, check_settings
from yiji.core.contract.booking import ReminderDue
from yiji.core.contract.delivery import ListDeliveries
from yiji.core.errors import BadSetting
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Listens
from yiji.core.relay import Reaction, Subscriber
from yiji.core.settings import FILE
from yiji_notify_smtp.errors import GatewayRefuses, GatewayUnavailable
from yiji_notify_smtp.listening import on_reminder_due

ROOT = Path(__file__).parents[2]
SUBSCRIBER = "notify_smtp.reminders"
PLAIN = {"security": "none", "sender": "no-reply@hospital.example", "to": "{phone}@sms.example"}


def configure(app: App, **values: Any) -> None:
    """Write the section, for this process and for others."""
    app.settings.raw["notify"] = {"smtp": values}
    told = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    with (app.settings.root / FILE).open("a", encoding="utf-8") as file:
        file.write(f"\n[notify.smtp]\n{told}")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def port(gateway: Gateway) -> Iterator[int]:
    with running(gateway) as bound:
        yield bound


@pytest.fixture
def house(app: App, port: int) -> House:
    """A hospital with one reminder that has fallen due, and a gateway."""
    configure(app, host="127.0.0.1", port=port, **PLAIN)
    made = House(app)
    made.book(1, 20)
    assert made.send() == 1
    return made


def deliver(house: House, event: ReminderDue | None = None) -> None:
    """As the relay does; every time with the same event."""
    on_reminder_due(event or house.told()[0], Reaction(house.app, "evt-1", SUBSCRIBER))


def relayed(app: App) -> Subscriber:
    """The relay's thread for our listener, pumped by hand."""
    (record,) = (one for one in plugins().records(Listens) if one.name == SUBSCRIBER)
    return Subscriber(app, record, Flag())


def test_the_message_tells_all_that_the_patient_needs(house: House, gateway: Gateway):
    deliver(house)
    ((sender, to, message),) = gateway.received
    event = house.told()[0]
    assert (sender, to) == ("no-reply@hospital.example", ["13800001234@sms.example"])
    local = clock.local(event.starts_at, "Asia/Shanghai")
    assert message["From"].addresses[0].display_name == "示范医院"
    assert f"{local:%Y年}{local.month}月{local.day}日" in message["Subject"]
    body = message.get_content()
    for part in ("张喆", "ECG12检查", f"{local:%H:%M}", "门诊楼3层", "ECG-1室", "空腹8小时", "示范医院"):
        assert part in body
    assert house.states() == [("sent", "250 queued as 1")]


def test_on_the_wire_it_is_plain_ascii_with_a_name_of_its_own(house: House, gateway: Gateway):
    deliver(house)
    message, event = gateway.received[0][2], house.told()[0]
    assert message.as_bytes().isascii()
    assert (message.get_content_charset(), message["Content-Transfer-Encoding"]) == ("utf-8", "base64")
    assert base64.b64decode(message.get_payload()).decode().startswith("张喆，您好")
    at = f"{event.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert message["Message-ID"] == f"<reminder.apt-1.{at}.24@hospital.example>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_an_english_site_writes_english(house: House, gateway: Gateway):
    house.app.settings.raw["site"]["lang"] = "en"
    deliver(house)
    body = gateway.received[0][2].get_content()
    assert body.startswith("Dear 张喆,")
    assert "?" not in body  # no parameter is missing


def test_by_the_relay_from_the_event_to_the_gateway(house: House, gateway: Gateway):
    house.book(2, 21)
    assert house.send() == 1
    subscriber = relayed(house.app)
    assert subscriber.pump() == 2
    subscriber.close()
    assert len(gateway.received) == 2
    assert [state for state, _ in house.states()] == ["sent", "sent"]
    assert house.tending.ask(ListDeliveries(subscriber=SUBSCRIBER)).deliveries == ()


def test_delivered_again_it_is_not_sent_again(house: House, gateway: Gateway):
    for _ in range(3):
        deliver(house)
    assert len(gateway.received) == 1
    assert gateway.steps.count("DATA") == 1


def test_two_relays_at_once_send_it_once(house: House, gateway: Gateway):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: deliver(house), range(6)))
    assert len(gateway.received) == 1
    assert house.states()[0][0] == "sent"


KILLED = """
import os, signal, sys
from pathlib import Path
from yiji.core.app import open_app
from yiji.core.contract.booking import ReminderDue
from yiji.core.relay import Reaction
from yiji_notify_smtp import sending
from yiji_notify_smtp.listening import on_reminder_due

root, step = Path(sys.argv[1]), sys.argv[2]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(Reaction):
    def ask(self, request, timeout=30.0, key=""):
        name = type(request).__name__
        if step == f"before {name}":
            die()
        answer = super().ask(request, timeout, key)
        if step == f"after {name}":
            die()
        return answer

with open_app(root) as app:
    on_reminder_due(ReminderDue.model_validate_json(sys.stdin.read()), Dying(app, "evt-1", "notify_smtp.reminders"))
"""


@pytest.mark.parametrize(
    ("step", "sent", "left", "in_the_end"),
    [
        ("before ClaimReminder", 0, "due", (1, "sent")),
        ("after ClaimReminder", 0, "claimed", (0, "claimed")),
        ("before SettleReminder", 1, "claimed", (1, "claimed")),
        ("after SettleReminder", 1, "sent", (1, "sent")),
    ],
)
def test_killed_between_two_steps_it_goes_out_once_at_the_most(
    house: House, gateway: Gateway, step: str, sent: int, left: str, in_the_end: tuple[int, str]
):
    told = house.told()[0].model_dump_json()
    command = [sys.executable, "-c", KILLED, str(house.app.settings.root), step]
    done = subprocess.run(command, input=told, text=True, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (len(gateway.received), house.states()[0][0]) == (sent, left)
    for _ in range(2):
        deliver(house)  # the relay brings the event again
    assert (len(gateway.received), house.states()[0][0]) == in_the_end


def test_a_gateway_that_is_down_is_tried_again_and_burns_no_attempt(
    app: App, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("yiji.core.relay.backoff", lambda attempt: 0.0)
    with running(gateway) as port:
        pass
    configure(app, host="127.0.0.1", port=port, **PLAIN)
    house = House(app)
    house.book(1, 20)
    house.send()
    with pytest.raises(GatewayUnavailable):
        deliver(house)
    subscriber = relayed(app)
    for _ in range(8):
        subscriber.pump()
    (waiting,) = house.tending.ask(ListDeliveries(subscriber=SUBSCRIBER)).deliveries
    assert (waiting.state, waiting.attempts) == ("open", 0)
    assert house.states() == [("due", "")]
    with running(gateway) as port:
        app.settings.raw["notify"]["smtp"]["port"] = port
        subscriber.pump()
    subscriber.close()
    assert len(gateway.received) == 1
    assert house.states()[0][0] == "sent"


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
@pytest.mark.parametrize("answer", ["421 busy", "450 later", "cut"])
def test_what_is_refused_for_now_is_tried_again(house: House, gateway: Gateway, step: str, answer: str):
    gateway.answers[step] = answer
    with pytest.raises(GatewayUnavailable):
        deliver(house)
    assert house.states() == [("due", "")]
    assert "DATA" not in gateway.steps
    gateway.answers.clear()
    deliver(house)
    assert len(gateway.received) == 1


def test_a_sender_that_is_refused_is_for_the_operator(house: House, gateway: Gateway):
    gateway.answers["MAIL"] = "550 who are you"
    with pytest.raises(GatewayRefuses) as refused:
        deliver(house)
    assert "550 who are you" in refused.value.params["detail"]
    assert house.states() == [("due", "")]


@pytest.mark.parametrize(
    ("step", "answer", "detail"),
    [
        ("RCPT", "550 no such user", "550 no such user"),
        ("DATA", "554 spam", "554 spam"),
        ("DATA", "451 out of space", "451 out of space"),
        ("DATA", "cut", "it may have arrived"),
    ],
)
def test_what_fails_for_good_or_after_data_is_not_tried_again(
    house: House, gateway: Gateway, step: str, answer: str, detail: str
):
    gateway.answers[step] = answer
    deliver(house)
    ((state, told),) = house.states()
    assert state == "failed"
    assert detail in told
    ((topic, alert),) = house.alerts()
    assert topic == "reminders that did not go out"
    assert detail in alert
    gateway.answers.clear()
    deliver(house)
    assert gateway.received == []


def test_a_moved_or_cancelled_appointment_is_not_spoken_of(house: House, gateway: Gateway):
    house.change(1, state="cancelled")
    deliver(house)
    assert gateway.received == []
    assert "DATA" not in gateway.steps


def test_nothing_is_sent_of_what_has_begun(house: House, gateway: Gateway):
    late = house.told()[0].model_copy(update={"starts_at": clock.now() - timedelta(seconds=1)})
    deliver(house, late)
    assert gateway.steps == []


@pytest.mark.parametrize("phone", ["", "1@evil.example,2", "1\r\nRCPT TO:<x@evil.example>", "一三八", "1@a@b"])
def test_without_an_address_it_stays_due(house: House, gateway: Gateway, phone: str):
    house.patient(phone=phone)
    house.book(2, 19)
    house.send()
    deliver(house, house.told()[-1])
    assert gateway.steps == []
    assert house.states()[1] == ("due", "")


def test_names_cannot_write_headers(house: House, gateway: Gateway):
    house.app.settings.raw["site"]["name"] = "医院\r\nBcc: x@evil.example"
    deliver(house)
    message = gateway.received[0][2]
    assert message["Bcc"] is None
    assert gateway.received[0][1] == ["13800001234@sms.example"]


def test_without_a_host_it_keeps_silent(app: App):
    house = House(app)
    house.book(1, 20)
    house.send()
    deliver(house)
    assert house.states() == [("due", "")]


def test_addresses_of_numbers(house: House, gateway: Gateway):
    with house.app.store.begin() as tx:
        tx.db.exec_driver_sql("INSERT INTO booking_patient_number VALUES ('HIS', 'P77', 'MR', 'pat-1')")
    house.book(2, 19)
    house.send()
    configure(house.app, **{**house.app.settings.raw["notify"]["smtp"], "to": "{numbers[HIS]}.{patient_id}@h.example"})
    deliver(house, house.told()[-1])
    assert gateway.received[0][1] == ["P77.pat-1@h.example"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secured(house: House, authority: trustme.CA, **more: Any) -> dict[str, Any]:
    root = house.app.settings.root
    authority.cert_pem.write_to_path(str(root / "ca.pem"))
    (root / "smtp.password").write_text(f"{PASSWORD}\n", "utf-8")
    usual = {**PLAIN, "host": "127.0.0.1", "ca_file": "ca.pem"}
    return {**usual, **more}


def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


SIGNED_IN = {"security": "starttls", "user": USER, "password_file": "smtp.password"}


def test_encrypted_and_signed_in(house: House, gateway: Gateway, authority: trustme.CA):
    with running(gateway, server_side(authority)) as port:
        configure(house.app, **secured(house, authority, port=port, **SIGNED_IN))
        deliver(house)
    assert house.states()[0][0] == "sent"


def test_encrypted_from_the_first_byte(house: House, gateway: Gateway, authority: trustme.CA):
    with running(gateway, server_side(authority), implicit=True) as port:
        configure(house.app, **secured(house, authority, port=port, security="ssl"))
        deliver(house)
    assert house.states()[0][0] == "sent"


@pytest.mark.parametrize("wrong", [{"user": "nobody"}, {"ca_file": ""}, {"security": "none"}])
def test_a_gateway_that_is_not_ours_or_does_not_know_us(
    house: House, gateway: Gateway, authority: trustme.CA, wrong: dict[str, str]
):
    with running(gateway, server_side(authority)) as port:
        configure(house.app, **secured(house, authority, port=port, **{**SIGNED_IN, **wrong}))
        with pytest.raises(GatewayRefuses):
            deliver(house)
    assert house.states() == [("due", "")]
    assert gateway.received == []


def test_a_gateway_that_cannot_encrypt_gets_no_password(
    house: House, gateway: Gateway, port: int, authority: trustme.CA
):
    configure(house.app, **secured(house, authority, port=port, **SIGNED_IN))
    with pytest.raises(GatewayRefuses):
        deliver(house)
    assert gateway.steps == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"host": "h", "to": "{phone}@x"}, "sender"),
        ({"host": "h", "sender": "a@b"}, "to"),
        ({"to": "{email}@x"}, "numbers"),
        ({"to": "{phone.__class__}@x"}, "numbers"),
        ({"to": "everybody@x"}, "numbers"),
        ({"to": "{phone@x"}, "to"),
        ({"security": "tls"}, "security"),
        ({"hosts": "h"}, "hosts"),
    ],
)
def test_a_setting_that_is_wrong_is_named(app: App, values: dict[str, str], named: str):
    app.settings.raw["notify"] = {"smtp": values}
    with pytest.raises(BadSetting) as wrong:
        check_settings(app)
    assert wrong.value.params["setting"].startswith("notify.smtp")
    assert named in str(wrong.value)


def test_sections_that_nobody_reads_are_told(app: App):
    app.settings.raw["notify"] = {"smtp": {}, "pigeon": {}}
    assert check_settings(app) == ["notify.pigeon"]


@pytest.mark.parametrize("name", ["password_file", "ca_file"])
def test_a_file_that_is_missing_is_named(house: House, name: str):
    usual = house.app.settings.raw["notify"]["smtp"]
    configure(house.app, **{**usual, "security": "starttls", name: "not/there"})
    with pytest.raises(BadSetting) as wrong:
        deliver(house)
    assert wrong.value.params["setting"] == f"notify.smtp.{name}"


def test_a_password_that_cannot_be_sent_is_told(house: House):
    (house.app.settings.root / "smtp.password").write_text("密码", "utf-8")
    usual = house.app.settings.raw["notify"]["smtp"]
    configure(house.app, **{**usual, "password_file": "smtp.password"})
    with pytest.raises(BadSetting):
        deliver(house)
