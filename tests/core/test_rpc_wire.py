"""Errors cross the wire as what they are, in words for strangers, and never too large for a trailer."""

import grpc
import pytest

from yiji.core.errors import (
    KINDS,
    REGISTRY,
    DeadlinePassed,
    InternalError,
    InvalidMessage,
    Kind,
    NotSignedIn,
    ServerUnavailable,
    StoreUnavailable,
    UnknownMessage,
    YijiError,
    revive,
)
from yiji.core.rpc import wire
from yiji.core.rpc.fault import Fault
from yiji.core.rpc.methods import value_codec


@pytest.mark.parametrize("code", sorted(REGISTRY))
def test_every_error_comes_out_as_its_own_class(code: str) -> None:
    error = revive(code, REGISTRY[code].kind, {"detail": "原因 %", "path": "/a b"})
    status, sentence, detail = wire.pack(error, "zh")
    assert status is grpc.StatusCode[KINDS[error.kind].grpc]
    assert sentence
    back = wire.unpack(detail)
    assert (type(back), back.code, back.kind, back.params) == (type(error), code, error.kind, error.params)


def test_an_error_of_a_plugin_that_is_not_here_keeps_code_and_kind() -> None:
    encode, _ = value_codec(Fault)
    back = wire.unpack(encode(Fault(code="hospital.strange", kind="refused", params={"n": "1"})))
    assert (back.code, back.kind, back.params) == ("hospital.strange", Kind.REFUSED, {"n": "1"})


def test_a_kind_of_the_future_is_internal() -> None:
    encode, _ = value_codec(Fault)
    assert wire.unpack(encode(Fault(code="future.thing", kind="eclipsed"))).kind is Kind.INTERNAL


def test_sentences_are_in_the_callers_language() -> None:
    error = StoreUnavailable(detail="x")
    assert "数据库" in wire.pack(error, "zh")[1]
    assert "database" in wire.pack(error, "en")[1]


def test_a_long_error_fits_a_trailer() -> None:
    """gRPC's default limit is 8 KiB for all trailers: sentence percent-encoded, detail in base64."""
    error = InvalidMessage(message="m", detail="坏" * 100_000)
    _, sentence, detail = wire.pack(error, "zh")
    assert len(sentence.encode()) * 3 + len(detail) * 4 / 3 < 7500
    assert wire.unpack(detail).params["detail"].startswith("坏坏")


@pytest.mark.parametrize(
    ("metadata", "token"),
    [
        ({"authorization": "Bearer abc.def"}, "abc.def"),
        ({"authorization": "bearer abc"}, "abc"),
        ({"authorization": "Basic abc"}, ""),
        ({}, ""),
    ],
)
def test_token_is_the_bearers(metadata: dict[str, str], token: str) -> None:
    assert wire.token_of(metadata) == token


@pytest.mark.parametrize(
    ("asked", "lang"), [("zh-CN,zh;q=0.9", "zh"), ("fr, zh;q=0.5", "zh"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_language_is_the_first_that_we_speak(asked: str, lang: str) -> None:
    assert wire.lang_of({"accept-language": asked}) == lang


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("UNAVAILABLE", ServerUnavailable),
        ("CANCELLED", ServerUnavailable),
        ("DEADLINE_EXCEEDED", DeadlinePassed),
        ("UNIMPLEMENTED", UnknownMessage),
        ("UNAUTHENTICATED", NotSignedIn),
        ("RESOURCE_EXHAUSTED", InvalidMessage),
        ("INTERNAL", InternalError),
    ],
)
def test_grpcs_own_failures_are_errors_of_ours(status: str, kind: type[YijiError]) -> None:
    assert type(wire.from_status(grpc.StatusCode[status], "why", (), "booking.BookExam", "h:1")) is kind
