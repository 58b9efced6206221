"""Send a message to a peer and wait for the acknowledgement of that message, not of another one."""

import socket
import time
from collections import deque
from contextlib import suppress

from yiji.core.errors import YijiError
from yiji.interop.errors import PeerSilent, PeerUnavailable
from yiji.interop.hl7.ack import Receipt, control_id_of, read_receipt
from yiji.interop.mllp.framer import Framer, Kind, wrap


class Client:
    """One connection to a peer, opened when first needed and again when it broke; use it from one thread at a time.

    `timeout`: seconds for connecting, and for the answer to each message. After a missing answer the connection is
    closed, so that a late acknowledgement cannot meet the next message.
    """

    def __init__(self, host: str, port: int, *, timeout: float = 10.0, name: str = "") -> None:
        self.name = name or f"{host}:{port}"
        self._address = (host, port)
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._framer = Framer()
        self._heard: deque[bytes] = deque()

    def send(self, message: bytes) -> tuple[Receipt, bytes]:
        """Send and return what the peer answered, read and raw; raises `PeerUnavailable` or `PeerSilent`.

        A connection that the peer has closed since its last answer is opened again, once.
        """
        reused = self._socket is not None
        try:
            return self._exchange(message)
        except (OSError, EOFError) as fault:
            self.close()
            if isinstance(fault, TimeoutError) or not reused:
                raise self._told(fault) from None
        try:
            return self._exchange(message)
        except (OSError, EOFError) as fault:
            self.close()
            raise self._told(fault) from None

    def close(self) -> None:
        """Close the connection and forget what is half heard."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket, self._framer = None, Framer()
        self._heard.clear()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _told(self, fault: BaseException) -> YijiError:
        if isinstance(fault, TimeoutError) and str(fault) == _SILENT:
            return PeerSilent(peer=self.name, seconds=self._timeout)
        return PeerUnavailable(peer=self.name, detail=str(fault) or type(fault).__name__)

    def _exchange(self, message: bytes) -> tuple[Receipt, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(self._timeout)
        self._socket.sendall(wrap(message))
        return self._await(self._socket, control_id_of(message), time.monotonic() + self._timeout)

    def _await(self, connection: socket.socket, control_id: str, until: float) -> tuple[Receipt, bytes]:
        """Wait for the answer whose MSA-2 is `control_id`; another is a late answer to a message given up."""
        while True:
            while self._heard:
                raw = self._heard.popleft()
                receipt = _receipt(raw)
                if receipt and receipt.control_id == control_id:
                    return receipt, raw
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(_SILENT)
            self._hear(connection, left)

    def _hear(self, connection: socket.socket, left: float) -> None:
        connection.settimeout(left)
        try:
            data = connection.recv(65536)
        except TimeoutError:
            raise TimeoutError(_SILENT) from None
        if not data:
            raise EOFError("connection closed before the answer")
        self._heard.extend(piece.data for piece in self._framer.feed(data) if piece.kind is Kind.MESSAGE)


_SILENT = "no answer"


def _receipt(raw: bytes) -> Receipt | None:
    try:
        return read_receipt(raw)
    except YijiError:
        return None
