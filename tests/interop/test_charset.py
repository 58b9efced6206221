"""Never mojibake: what the bytes contradict is refused, what had to be guessed is noted."""

import pytest

from yiji.core.errors import YijiError
from yiji.interop.errors import UnknownCharset, Unwritable, WrongCharset
from yiji.interop.hl7.charset import GB18030, UTF8, declared, decode, encode

CHINESE = "张三 十二导联心电图"
RARE = "喆堃玥镕昇䶮㼆𬭊𠮷𰻝"  # outside GB 2312; some take four bytes in GB 18030


@pytest.mark.parametrize("text", [CHINESE, RARE, "plain", "naïve €"])
@pytest.mark.parametrize("name", [UTF8, GB18030, "GBK", "utf-8", "gb2312", "GB18030"])
def test_what_is_written_is_read(text: str, name: str) -> None:
    assert decode(encode(text, name), name).text == text


def test_trail_bytes_that_look_like_delimiters() -> None:
    text = "".join(bytes([0x81, trail]).decode("gb18030") for trail in (0x5C, 0x5E, 0x7C, 0x7E))
    raw = encode(text, GB18030)
    assert {b"\\"[0], b"^"[0], b"|"[0], b"~"[0]} <= set(raw)
    assert decode(raw, GB18030).text == text


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (UTF8, GB18030),
        (GB18030, UTF8),
        (UTF8, "8859/1"),
        (GB18030, "8859/1"),
        (UTF8, "ASCII"),
        (GB18030, "ASCII"),
        (UTF8, "BIG-5"),
    ],
)
def test_a_wrong_name_is_told(written: str, named: str) -> None:
    head, chinese = b"PID|1||P01||", encode(CHINESE, written)
    with pytest.raises(WrongCharset) as told:
        decode(head + chinese, named)
    assert told.value.params["likely"] == (UTF8 if written == UTF8 else GB18030)
    assert len(head) <= int(told.value.params["offset"]) < len(head + chinese)


def test_latin_text_is_still_latin() -> None:
    assert decode("Größe, déjà".encode("latin-1"), "8859/1").text == "Größe, déjà"


@pytest.mark.parametrize("name", [UTF8, GB18030])
def test_without_a_name_it_is_found_out_and_noted(name: str) -> None:
    found = decode(encode(CHINESE, name))
    assert (found.text, found.charset, found.guessed) == (CHINESE, name, True)
    assert found.notes == (f"charset_guessed {name}",)


def test_bytes_of_no_character_set_are_refused() -> None:
    with pytest.raises(WrongCharset):
        decode(b"MSH|\xff\xff\xff")


def test_private_use_is_noted() -> None:
    assert decode("\ue000".encode(), UTF8).notes == ("private_use_character U+E000",)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("", ""), ""),
        (("ASCII",), "ASCII"),
        (("ASCII", "GB 18030-2000"), GB18030),
        (("", "UNICODE UTF-8"), UTF8),
    ],
)
def test_repetitions_of_msh_18(names: tuple[str, ...], expected: str) -> None:
    assert declared(names) == expected


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UnknownCharset):
        declared(("UNICODE UTF-16",))


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(Unwritable) as told:
        encode("abc张", "8859/1")
    assert told.value.params["character"] == "张"
    assert isinstance(told.value, YijiError)
