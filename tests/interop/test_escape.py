"""Escapes both ways."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiji.interop.hl7.escape import Delimiters, escape, unescape


@given(st.text())
def test_round_trip(text: str) -> None:
    meant = re.sub(r"\r\n?", "\n", text)
    written = escape(text)
    assert not set(written) & set("|^~&\r\n\x0b\x1c")
    assert unescape(written) == meant


@given(st.text(alphabet="ab$@!%*张\r\n\\|"))
def test_round_trip_with_other_delimiters(text: str) -> None:
    other = Delimiters("$", "@", "!", "%", "*")
    written = escape(text, other)
    assert not set(written) & set("$@!*\r\n")
    assert unescape(written, other) == re.sub(r"\r\n?", "\n", text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\T\b", "a&b"),
        (r"5\S\2", "5^2"),
        (r"\E\T\E\ ", r"\T\ "),
        (r"one\.br\two\.sp2\three", "one\ntwo\n\nthree"),
        (r"\H\bold\N\ ", "bold "),
        (r"\X41424A\ ", "ABJ "),
        (r"\XE5BCA0\ ", "张 "),
        (r"\XFF\ ", r"\XFF\ "),
        (r"\Zlocal\ ", r"\Zlocal\ "),
        (r"\.sp+2\x", "\n\nx"),
        (r"C:\temp", r"C:\temp"),
        (r"\\", r"\\"),
    ],
)
def test_what_senders_write(written: str, meant: str) -> None:
    assert unescape(written) == meant


def test_bytes_are_in_the_message_s_own_character_set() -> None:
    assert unescape(r"\XD5C5\ ", codec="gb18030") == "张 "
