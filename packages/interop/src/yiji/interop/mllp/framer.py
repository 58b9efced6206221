"""Cut a stream of bytes into MLLP frames, whatever way TCP cuts it.

A frame is VT, the message, FS CR. Neither UTF-8 nor GB 18030 uses these bytes inside a character. Nothing that comes is
lost silently: what is no whole frame comes out too, named for what it is, so that it can be kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

VT = b"\x0b"
FS = b"\x1c"
CR = b"\r"
END = FS + CR


class Kind(Enum):
    """What a piece of the stream is."""

    MESSAGE = "message"
    TORN = "torn"  # a frame that ended without FS CR
    STRAY = "stray"  # bytes outside of any frame
    TOO_LONG = "too_long"  # a frame beyond the limit; only its beginning is kept


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of the stream, without the frame's own."""

    kind: Kind
    data: bytes


def wrap(message: bytes) -> bytes:
    """Return `message` as one frame."""
    return VT + message + END


class Framer:
    """Feed it bytes as they come; it gives pieces as they are whole. It never raises.

    `limit`: the most bytes that a message may have; memory stays within about twice that.
    """

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self._limit = limit
        self._held = bytearray()
        self._inside = False
        self._too_long = False
        self._searched = 0  # where in _held the search for the end goes on

    @property
    def waiting(self) -> bool:
        """Whether a frame has begun and is not whole yet."""
        return self._inside

    def feed(self, data: bytes) -> list[Piece]:
        """Take the next bytes of the stream; return what has become whole by them, in order."""
        self._held += data
        pieces = [piece for piece in iter(self._next, None) if piece.data or piece.kind is Kind.MESSAGE]
        if self._inside:
            self._keep_short()
        return pieces

    def close(self) -> list[Piece]:
        """The stream has ended: return what is left. A frame that lacks nothing but its CR is a message."""
        rest, inside, too_long = bytes(self._held[: self._limit]), self._inside, self._too_long
        self._held.clear()
        self._inside, self._too_long, self._searched = False, False, 0
        if not inside:
            return [Piece(Kind.STRAY, rest)] if rest else []
        if too_long or not rest.endswith(FS):
            return [Piece(Kind.TOO_LONG if too_long else Kind.TORN, rest)]
        return [Piece(Kind.MESSAGE, rest.removesuffix(FS))]

    def _next(self) -> Piece | None:
        return self._message() if self._inside else self._outside()

    def _outside(self) -> Piece | None:
        """Bytes before a VT are stray; line ends between frames are a habit of some senders, not worth a word."""
        start = self._held.find(VT)
        if start < 0 and not self._held:
            return None
        stray = bytes(self._take(start if start >= 0 else len(self._held)))
        if start >= 0:
            self._take(1)
            self._inside = True
        return Piece(Kind.STRAY, stray.strip(b"\r\n"))

    def _message(self) -> Piece | None:
        end = self._held.find(END, self._searched)
        again = self._held.find(VT, self._searched, end if end >= 0 else len(self._held))
        if again >= 0:  # a new message begins inside this one
            return self._leave(again, 0, inside=True)
        if end >= 0:
            return self._leave(end, len(END), inside=False)
        self._searched = max(0, len(self._held) - 1)
        return None

    def _leave(self, size: int, mark: int, *, inside: bool) -> Piece:
        data = bytes(self._take(size))
        self._take(mark or len(VT))
        whole = data.removesuffix(FS) if inside else data  # FS VT: only the CR between was left out
        torn = inside and whole == data
        too_long = self._too_long or len(whole) > self._limit
        kind = Kind.TOO_LONG if too_long else Kind.TORN if torn else Kind.MESSAGE
        self._inside, self._too_long, self._searched = inside, False, 0
        return Piece(kind, whole[: self._limit])

    def _take(self, size: int) -> bytearray:
        taken = self._held[:size]
        del self._held[:size]
        return taken

    def _keep_short(self) -> None:
        """Beyond the limit hold the beginning and the last byte (it may be half of FS CR), forget what is between."""
        if len(self._held) > self._limit + 1:
            self._too_long = True
            del self._held[self._limit : -1]
            self._searched = self._limit


def pieces(stream: Iterator[bytes], limit: int = 64 * 1024 * 1024) -> Iterator[Piece]:
    """Return all pieces of a stream that ends."""
    framer = Framer(limit)
    for data in stream:
        yield from framer.feed(data)
    yield from framer.close()
