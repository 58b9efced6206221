"""parse(): the fields of a message, whatever way it is written; nothing but coded errors."""

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interop.samples import order
from yiji.core.errors import YijiError
from yiji.interop import parse, peek
from yiji.interop.errors import Malformed, NotHl7, UnknownCharset, WrongCharset


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_fields(codec: str) -> None:
    charset = {"utf-8": "UNICODE UTF-8", "gb18030": "GB 18030-2000"}[codec]
    message = parse(order(charset=charset).encode(codec))
    assert message.charset == charset
    assert message.get("PID-5") == "张三"
    assert message.get("PV1-3.3") == "12"
    pid = message.first("PID")
    assert pid is not None
    assert [pid.text(3, 5, repetition=rep) for rep in pid.repetitions(3)] == ["MR", "NNCHN"]
    assert [message.get(path) for path in ("PID-99", "PID-3.9", "PID-3.1.2", "NK1-1")] == [""] * 4
    assert message.header.event == "OMG^O19"
    assert message.notes == ()


@given(st.text(alphabet="ab^~&|"), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_agrees_with_python_hl7(cells: str, number: int, repetition: int, component: int, sub: int) -> None:
    text = f"MSH|^~\\&|HIS\rPID|{cells}|x"
    try:
        theirs = hl7.parse(text).extract_field("PID", 1, number, repetition, component, sub)
    except IndexError:
        theirs = ""
    pid = parse(text).first("PID")
    assert pid is not None
    assert pid.text(number, component, sub, repetition) == theirs


def test_line_ends_of_any_platform_and_a_byte_order_mark() -> None:
    text = order()
    for end in ("\n", "\r\n", "\r\r", "\r \r"):
        assert [s.name for s in parse(text.replace("\r", end).encode())] == [s.name for s in parse(text)]
    assert parse(b"\r\n\xef\xbb\xbf" + text.encode()).get("PID-5") == "张三"


def test_a_line_feed_inside_a_field_stays() -> None:
    message = parse("MSH|^~\\&|A\rNTE|1||one\ntwo OBR\rPID|1")
    assert message.get("NTE-3") == "one\ntwo OBR"
    assert [segment.name for segment in message] == ["MSH", "NTE", "PID"]


def test_other_delimiters() -> None:
    message = parse("MSH$@!%*$HIS\rPID$1$$P1@@@HIS!P2$$a%T%b@c*d|^")
    assert message.get("PID-5") == "a*b"
    assert message.get("PID-5.2.2") == "d|^"
    assert message.get("PID-3.4") == "HIS"


def test_escapes_are_read_and_null_is_blank() -> None:
    message = parse('MSH|^~\\&|HIS\rPID|1||P\\T\\1||A\\S\\B^""|""')
    assert (message.get("PID-3"), message.get("PID-5"), message.get("PID-5.2")) == ("P&1", "A^B", "")


def test_hex_escapes_in_gb18030() -> None:
    raw = rb"MSH|^~\&|HIS|||||||||||||||GB 18030-2000" + b"\rPID|1||P1||\\XD5C5\\"
    assert parse(raw).get("PID-5") == "张"


def test_a_stray_line_is_kept_as_a_note() -> None:
    assert parse("MSH|^~\\&|HIS\rNTE|1||cut\rby a bare CR\rPID|1").notes == ("stray_line by a bare CR",)


@pytest.mark.parametrize(
    "raw", [b"", b"MSH", b"MSH|", b"PID|1", b"\x00\x01", b"MSH|^^^^|A", b"MSHAbcd", b"BHS|^~\\&|A"]
)
def test_what_is_no_message_is_told(raw: bytes) -> None:
    with pytest.raises(NotHl7):
        parse(raw)


def test_two_messages_in_one_frame_are_told() -> None:
    with pytest.raises(Malformed):
        parse(order() + order())


def test_charsets_are_told() -> None:
    with pytest.raises(WrongCharset):
        parse(order(charset="UNICODE UTF-8").encode("gb18030"))
    with pytest.raises(UnknownCharset):
        parse(order(charset="KLINGON").encode())


def test_a_name_in_the_header_does_not_hide_the_charset() -> None:
    """The GB 18030 trail byte of 亅's neighbour is ``|``: cut first and MSH-18 is not found."""
    facility = bytes([0x81, 0x7C]).decode("gb18030")
    text = order(charset="GB 18030-2000").replace("|EAST|YIJI", f"|{facility}|YIJI")
    message = parse(text.encode("gb18030"))
    assert (message.header.sending_facility, message.charset) == (facility, "GB 18030-2000")


def test_peek_tells_who_speaks_even_when_the_rest_is_broken() -> None:
    header = peek(order(control_id="77", charset="KLINGON").encode() + b"\xff\xff")
    assert (header.sender, header.control_id, header.charsets) == ("HIS^EAST", "77", ("KLINGON",))
    assert peek(b"\xff\xff").control_id == ""


@settings(max_examples=300)
@given(
    st.one_of(st.binary(), st.binary().map(lambda tail: b"MSH|^~\\&|" + tail), st.text().map(lambda t: f"MSH|^~\\&{t}"))
)
def test_fuzz_gives_nothing_but_coded_errors(er7: bytes | str) -> None:
    try:
        message = parse(er7)
    except YijiError:
        return
    for segment in message:
        for number in range(1, 4):
            segment.text(number, 2, 2)
            segment.whole(number)


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_order_gives_nothing_but_coded_errors(data: st.DataObject) -> None:
    raw = bytearray(order().encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        parse(bytes(raw))
    except YijiError:
        return
