"""A lean gRPC client for load: unary calls over one HTTP/2 connection, a third of the CPU of a general client.

What a load process spends, the server lacks on the same cores. So requests go out as prepared bytes, one write each
(RFC 9113; gRPC over HTTP/2, `PROTOCOL-HTTP2.md`), and of an answer the statuses are read, by the `hpack` library.
Only what a load needs is here: no TLS, no streams of messages, requests of a few kilobytes.
"""

import asyncio
import struct
from collections.abc import Iterator
from typing import cast
from urllib.parse import unquote

from hpack import Decoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GO_AWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
WIDE = (1 << 31) - 1  # the largest window
USUAL = 65535  # the window that a peer gives at first
STATUSES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
Answer = tuple[str, str, int]  # status, its message, bytes of the answer


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame (RFC 9113, 4.1)."""
    return struct.pack(">IBI", len(payload) << 8 | kind, flags, stream) + payload


def literal(name: str, value: str) -> bytes:
    """Return a header field that nobody is to remember (RFC 7541, 6.2.2), plain."""
    return b"\x00" + _string(name) + _string(value)


def _string(text: str) -> bytes:
    data = text.encode()
    if len(data) < 127:
        return bytes((len(data),)) + data
    rest, size = len(data) - 127, bytearray(b"\x7f")
    while rest >= 128:
        size.append(rest % 128 + 128)
        rest //= 128
    return bytes(size) + bytes((rest,)) + data


class Connection(asyncio.Protocol):
    """One connection; `call` answers when the server has."""

    def __init__(self, address: str, token: str) -> None:
        fields = {":method": "POST", ":scheme": "http", ":authority": address}
        self._first = b"".join(literal(name, value) for name, value in fields.items())
        more = {"te": "trailers", "content-type": "application/grpc", "authorization": f"Bearer {token}"}
        self._last = b"".join(literal(name, value) for name, value in (more | {"grpc-timeout": "30S"}).items())
        self._paths: dict[str, bytes] = {}
        self._open: dict[int, tuple[asyncio.Future[Answer], dict[str, str], list[int]]] = {}
        self._decoder, self._buffer, self._number = Decoder(), bytearray(), 1
        self._may_send, self._each_may, self._taken = USUAL, USUAL, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        wide = struct.pack(">HI", 4, WIDE)  # SETTINGS_INITIAL_WINDOW_SIZE
        more = struct.pack(">I", WIDE - USUAL)
        transport.write(PREFACE + frame(SETTINGS, 0, 0, wide) + frame(WINDOW, 0, 0, more))

    def call(self, path: str, request: bytes, key: str) -> asyncio.Future[Answer]:
        """Ask; `key` is the idempotency key, "" for none."""
        if path not in self._paths:
            self._paths[path] = self._first + literal(":path", path) + self._last
        block = self._paths[path] + (literal("idempotency-key", key) if key else b"")
        size = 5 + len(request)
        self._may_send -= size
        assert size <= self._each_may, "a request larger than a stream may carry at once"
        assert self._may_send >= 0, "the server has taken too little of what was sent"
        number, self._number = self._number, self._number + 2
        message = frame(DATA, END_STREAM, number, struct.pack(">BI", 0, len(request)) + request)
        self._transport.write(frame(HEADERS, END_HEADERS, number, block) + message)
        answer = asyncio.get_running_loop().create_future()
        self._open[number] = (answer, {}, [0])
        return answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        for kind, flags, number, payload in self._frames():
            self._take(kind, flags, number, payload)

    def _frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        at, held = 0, self._buffer
        while len(held) >= at + 9:
            sized, flags, number = struct.unpack_from(">IBI", held, at)
            end = at + 9 + (sized >> 8)
            if len(held) < end:
                break
            yield sized & 255, flags, number & WIDE, bytes(held[at + 9 : end])
            at = end
        del held[:at]

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind in (HEADERS, CONTINUATION):
            assert kind == HEADERS, "header blocks in parts are not read here"
            assert flags & END_HEADERS, "header blocks in parts are not read here"
            self._heads(number, payload, bool(flags & END_STREAM))
        elif kind == DATA:
            self._count(number, len(payload))
        elif kind == WINDOW and number == 0:
            self._may_send += struct.unpack(">I", payload)[0]
        elif kind == SETTINGS and not flags & ACK:
            self._settle(payload)
        elif kind == PING and not flags & ACK:
            self._transport.write(frame(PING, ACK, 0, payload))
        elif kind == RESET:
            self._end(number, f"RESET {struct.unpack('>I', payload)[0]}", "")
        elif kind == GO_AWAY:
            self.connection_lost(None)

    def _heads(self, number: int, block: bytes, ends: bool) -> None:
        told = self._open[number][1]
        for one in self._decoder.decode(block):
            told[one[0]] = one[1]
        if ends:
            status = STATUSES[int(told.get("grpc-status", 2))]
            self._end(number, status, unquote(told.get("grpc-message", "")))

    def _count(self, number: int, size: int) -> None:
        self._open[number][2][0] += size
        self._taken += size
        if self._taken > WIDE // 2:
            self._transport.write(frame(WINDOW, 0, 0, struct.pack(">I", self._taken)))
            self._taken = 0

    def _settle(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name == 4:
                self._each_may = value
        self._transport.write(frame(SETTINGS, ACK, 0, b""))

    def _end(self, number: int, status: str, message: str) -> None:
        if number not in self._open:  # answered already: a server may reset a stream that it is done with
            return
        answer, _, size = self._open.pop(number)
        answer.set_result((status, message, size[0]))

    def connection_lost(self, exc: Exception | None) -> None:
        for number in list(self._open):
            self._end(number, "UNAVAILABLE", f"the connection is lost: {exc}")

    def close(self) -> None:
        self._transport.close()


async def connect(address: str, token: str) -> Connection:
    """Return a connection to `host:port`."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(lambda: Connection(address, token), host, int(port))
    return made
