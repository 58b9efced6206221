"""What passes between the front and the house behind it: lists of plain tuples, through a socket of their own.

Both ends are the same Python, parent and child, so `marshal` is safe here, and nothing is faster. What is gathered in
one turn of either end travels as one frame: its length in eight bytes, and its body.
"""

import marshal
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_HEAD = 8  # bytes that tell the length of a body


class Asked(NamedTuple):
    """What the front tells: a call, as it came; without a name, that the caller of the watch `number` has left.

    `deadline` is a moment of `time.monotonic()`, which all processes of a machine share. Number 0 is the front itself:
    its port as the name, or why there is none as `raw` (a `Fault`).
    """

    number: int
    name: str = ""  # booking.BookExam
    raw: bytes = b""
    token: str = ""
    key: str = ""
    deadline: float | None = None
    lang: str = "en"


class Answer(NamedTuple):
    """What the house tells: an answer, encoded, or a refusal. Number 0 is for the front: stop within `raw` seconds."""

    number: int
    raw: bytes = b""
    status: str = "OK"  # a `grpc.StatusCode`
    sentence: str = ""
    detail: bytes = b""

    @property
    def is_refusal(self) -> bool:
        """Whether this ends the call with an error."""
        return self.status != "OK"


def pack(frame: Iterable[Asked | Answer]) -> bytes:
    """Return a frame as bytes."""
    body = marshal.dumps([tuple(told) for told in frame])
    return len(body).to_bytes(_HEAD, "little") + body


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, chunk: bytes) -> Iterator[list[tuple[Any, ...]]]:
        """Take what came; return the frames that are whole."""
        self._held += chunk
        while len(self._held) >= _HEAD:
            end = _HEAD + int.from_bytes(self._held[:_HEAD], "little")
            if len(self._held) < end:
                return
            with memoryview(self._held) as seen:
                frame = marshal.loads(seen[_HEAD:end])
            del self._held[:end]
            yield frame
