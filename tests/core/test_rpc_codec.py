"""Every message of the contract survives the wire, whatever it holds."""

import typing
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.core.rpc_stranger import AskStranger, CountGuesses, Guess
from yiji.core.contract.booking import Appointment, BookExam, JoinWaitlist, RecordPayment
from yiji.core.contract.inventory import FindSlots
from yiji.core.contract.measure import Measurement
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.errors import InvalidMessage
from yiji.core.message import Done, name_of
from yiji.core.rpc import codec, pool
from yiji.core.rpc.catalogue import contract_modules, packages
from yiji.core.rpc.methods import method_of, methods, value_codec
from yiji.core.rpc.pool import book, message_class

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
    date: st.dates(),
    time: st.times(),
    datetime: st.datetimes(datetime(2, 1, 1), datetime(9999, 12, 30), timezones=ZONES),
    type(None): st.none(),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation, by its own reading of the types and not by the codec's."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in SCALARS:
        return SCALARS[kind]
    if origin is tuple:
        return st.lists(anything(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(anything(arguments[0]), anything(arguments[1]), max_size=3)
    if arguments:
        return st.one_of(*(anything(arm) for arm in arguments))
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return st.builds(kind, **{name: within(field) for name, field in kind.model_fields.items()})


def within(field: FieldInfo) -> st.SearchStrategy[Any]:
    """Values of a field inside the bounds that it declares."""
    bounds: dict[str, Any] = {}
    for one in field.metadata:
        for name in ("gt", "ge", "le", "min_length", "max_length", "pattern"):
            if getattr(one, name, None) is not None:
                bounds[name] = getattr(one, name)
    if not bounds:
        return anything(field.annotation)
    if "pattern" in bounds:
        return st.from_regex(bounds["pattern"], fullmatch=True)
    kind = next(arm for arm in (*typing.get_args(field.annotation), field.annotation) if arm is not type(None))
    if typing.get_origin(field.annotation) is tuple:
        shortest, longest = bounds.get("min_length", 0), bounds.get("max_length", 3)
        return st.lists(anything(kind), min_size=shortest, max_size=min(longest, 3)).map(tuple)
    if kind is str:
        return st.text(min_size=bounds.get("min_length", 0), max_size=min(bounds.get("max_length", 20), 20))
    least = bounds.get("ge", bounds["gt"] + 1 if "gt" in bounds else -(2**63))
    return st.integers(least, bounds.get("le", 2**63 - 1))


REQUESTS = [request for package in book().packages for request in package.requests]
VALUES = [value for package in book().packages for value in package.values]
thorough = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("request_type", REQUESTS, ids=name_of)
@thorough
@given(data=st.data())
def test_requests_survive(request_type: Any, data: st.DataObject) -> None:
    method = methods()[name_of(request_type)]
    asked = data.draw(anything(request_type))
    assert method.decode_request(method.encode_request(asked)) == asked


@pytest.mark.parametrize("request_type", REQUESTS, ids=name_of)
@thorough
@given(data=st.data())
def test_answers_survive(request_type: Any, data: st.DataObject) -> None:
    method = methods()[name_of(request_type)]
    answer = data.draw(anything(request_type.result_type()))
    assert method.decode_response(method.encode_response(answer)) == answer


@pytest.mark.parametrize("value_type", VALUES, ids=name_of)
@thorough
@given(data=st.data())
def test_values_survive(value_type: type[BaseModel], data: st.DataObject) -> None:
    encode, decode = value_codec(value_type)
    value = data.draw(anything(value_type))
    assert decode(encode(value)) == value


def test_microseconds_survive_and_moments_come_back_in_utc() -> None:
    moment = datetime(2026, 1, 31, 23, 59, 59, 999999, timezone(timedelta(hours=8)))
    encode, decode = value_codec(OrderBrief)
    brief = OrderBrief(
        order_id="o", item_id="i", accession_number="a", placer_number="p", sender="HIS", exam_code="E",
        exam_name="心电图", department="ECG", patient=PatientBrief(name="欧阳娜娜"), ordered_at=moment,
    )  # fmt: skip
    back = decode(encode(brief))
    assert back == brief
    assert back.ordered_at.tzinfo is UTC


def test_what_a_stranger_leaves_out_is_the_contracts_default() -> None:
    assert methods()["inventory.FindSlots"].decode_request(b"") == FindSlots()
    told = message_class("yiji.patient.v1.PatientBrief")(name="李雷").SerializeToString()
    assert value_codec(PatientBrief)[1](told) == PatientBrief(name="李雷", sex=Sex.UNKNOWN)
    none = methods()["booking.JoinWaitlist"].encode_request(JoinWaitlist(item_id="i", notice_minutes=0))
    assert methods()["booking.JoinWaitlist"].decode_request(none) == JoinWaitlist(item_id="i", notice_minutes=0)


def test_none_is_not_zero() -> None:
    encode, decode = value_codec(Measurement)
    for value in (None, 0.0, -0.0, 71.5, float("inf")):
        assert decode(encode(Measurement(code="pr", value=value, unit="ms"))).value == value


@pytest.mark.parametrize(
    ("name", "raw", "detail"),
    [
        ("booking.BookExam", b"\xff\xff\xff", "pars"),
        ("booking.BookExam", b"\x0a\x02\xc3\x28", "pars"),  # not UTF-8
        ("inventory.OpenSlots", b"\x0a\x0530.02", "first_day"),
        ("recording.ListExamination", b"", "order"),
        ("order.RegisterOrder", b"\x0a\x03HIS", "patient"),
        ("delivery.ListMessages", b"\x08\x63", "state: no value has the number 99"),
        ("recording.KeepRecording", b"\x2a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "arrived_at"),
    ],
)
def test_a_bad_request_is_named(name: str, raw: bytes, detail: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        methods()[name].decode_request(raw)
    assert refused.value.params["message"] == name
    assert detail in refused.value.params["detail"]


@pytest.mark.parametrize(
    "asked",
    [RecordPayment(appointment_id="a", payment_number="p", amount=2**63), BookExam(item_id="\ud800", slot_id="s")],
    ids=["beyond int64", "half a surrogate pair"],
)
def test_what_the_wire_cannot_hold_is_refused(asked: Any) -> None:
    with pytest.raises(InvalidMessage):
        methods()[name_of(type(asked))].encode_request(asked)


def test_a_moment_without_zone_is_refused() -> None:
    encode, _ = value_codec(OrderBrief)
    brief = OrderBrief.model_construct(ordered_at=datetime(2026, 1, 1), patient=PatientBrief(name=""), identifiers=())
    with pytest.raises(InvalidMessage, match="offset"):
        encode(brief.model_copy(update=dict.fromkeys(["order_id", "item_id"], "x")))


def test_done_is_an_empty_message() -> None:
    method = methods()["delivery.SettleMessage"]
    assert method.encode_response(Done()) == b""
    assert method.decode_response(b"") == Done()


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book that holds a stranger's messages too, with shapes that the contract does not use yet."""
    bound = pool.bind(packages([*contract_modules(), AskStranger.__module__]))
    monkeypatch.setattr(pool, "book", lambda: bound)
    monkeypatch.setattr(codec, "book", lambda: bound)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=anything(tuple[Guess, ...]))
def test_a_strangers_answer_survives(strange: None, answer: tuple[Guess, ...]) -> None:
    method = method_of(AskStranger)
    assert method.decode_response(method.encode_response(answer)) == answer


def test_a_plain_answer_survives(strange: None) -> None:
    method = method_of(CountGuesses)
    assert [method.decode_response(method.encode_response(count)) for count in (0, -1, 7)] == [0, -1, 7]


def test_appointment_answer_is_smaller_than_json() -> None:
    """A guard against a codec that falls back to text."""
    moment = datetime(2026, 1, 31, 8, tzinfo=UTC)
    drawn = {name: "x" * 10 for name, field in Appointment.model_fields.items() if field.annotation is str}
    answer = Appointment(**drawn, starts_at=moment, ends_at=moment, state="booked", revision=1)  # pyright: ignore
    assert len(methods()["booking.BookExam"].encode_response(answer)) < len(answer.model_dump_json()) / 2
