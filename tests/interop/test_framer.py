"""MLLP framing: any split of the stream gives the same messages, and nothing is lost silently."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiji.interop.mllp.framer import END, FS, VT, Framer, Kind, Piece, wrap

content = st.binary().map(lambda raw: raw.replace(VT, b"").replace(FS, b""))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def run(parts: list[bytes], limit: int = 1000) -> list[Piece]:
    framer = Framer(limit)
    return [piece for part in parts for piece in framer.feed(part)] + framer.close()


def messages(pieces: list[Piece]) -> list[bytes]:
    return [piece.data for piece in pieces if piece.kind is Kind.MESSAGE]


@given(st.lists(content, max_size=5), st.lists(st.integers(min_value=0), max_size=12))
def test_any_split_reassembles(contents: list[bytes], places: list[int]) -> None:
    pieces = run(cut(b"".join(map(wrap, contents)), places))
    assert pieces == [Piece(Kind.MESSAGE, one) for one in contents]


@given(st.binary(), st.lists(st.integers(min_value=0), max_size=8), st.integers(1, 20))
def test_anything_at_all_never_raises_and_the_split_does_not_matter(
    stream: bytes, places: list[int], limit: int
) -> None:
    whole, parts = run([stream], limit), run(cut(stream, places), limit)
    kept = {Kind.MESSAGE, Kind.TORN, Kind.TOO_LONG}
    assert [p for p in whole if p.kind in kept] == [p for p in parts if p.kind in kept]
    assert all(len(piece.data) <= limit for piece in whole if piece.kind in kept)


@given(st.lists(st.sampled_from([VT, FS, b"\r", b"a"])).map(b"".join), st.lists(st.integers(min_value=0), max_size=8))
def test_streams_of_marks(stream: bytes, places: list[int]) -> None:
    def told(pieces: list[Piece]) -> list[Piece]:
        return [piece for piece in pieces if piece.kind is not Kind.STRAY]

    assert told(run([stream])) == told(run(cut(stream, places)))


def test_two_in_one_packet() -> None:
    assert messages(Framer().feed(wrap(b"one") + wrap(b"two"))) == [b"one", b"two"]


def test_a_torn_frame_is_kept_and_the_next_one_is_whole() -> None:
    framer = Framer()
    assert framer.feed(VT + b"MSH|half") == []
    assert framer.waiting
    assert framer.feed(wrap(b"MSH|whole")) == [Piece(Kind.TORN, b"MSH|half"), Piece(Kind.MESSAGE, b"MSH|whole")]
    assert framer.feed(VT + b"MSH|again") == []
    assert framer.close() == [Piece(Kind.TORN, b"MSH|again")]


def test_garbage_before_a_frame_is_kept() -> None:
    assert run([b"GET / HTTP/1.1\r\n", wrap(b"one")]) == [
        Piece(Kind.STRAY, b"GET / HTTP/1.1"),
        Piece(Kind.MESSAGE, b"one"),
    ]


def test_a_sender_that_leaves_out_the_last_cr() -> None:
    assert run([VT + b"one" + FS + wrap(b"two"), VT + b"three" + FS]) == [
        Piece(Kind.MESSAGE, b"one"),
        Piece(Kind.MESSAGE, b"two"),
        Piece(Kind.MESSAGE, b"three"),
    ]


def test_fs_inside_a_message_does_not_end_it() -> None:
    assert messages(run([VT + b"a" + FS + b"b" + END])) == [b"a" + FS + b"b"]


@pytest.mark.parametrize("step", [1, 7, 100000])
def test_a_message_too_long_is_cut_and_the_stream_goes_on(step: int) -> None:
    stream = wrap(b"x" * 5000) + wrap(b"short")
    framer = Framer(100)
    pieces = [piece for at in range(0, len(stream), step) for piece in framer.feed(stream[at : at + step])]
    assert pieces == [Piece(Kind.TOO_LONG, b"x" * 100), Piece(Kind.MESSAGE, b"short")]


def test_memory_stays_bounded() -> None:
    framer = Framer(1000)
    framer.feed(VT)
    for _ in range(1000):
        framer.feed(b"y" * 1000)
        assert len(framer._held) <= 1001
