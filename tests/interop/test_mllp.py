"""Client and server over real sockets."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.interop.samples import order
from yiji.core.errors import PortInUse
from yiji.interop import Client, Framer, Piece, Server, acknowledge, parse, peek, wrap
from yiji.interop.errors import PeerSilent, PeerUnavailable
from yiji.interop.mllp.framer import VT, Kind


def ack(raw: bytes, code: str = "AA") -> bytes:
    return acknowledge(peek(raw), code, control_id="A", at=datetime(2026, 1, 5, tzinfo=UTC), zone=UTC)


def message(control_id: str) -> bytes:
    return order(control_id=control_id).encode()


@contextmanager
def peer(talk: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """A peer with manners of its own: `talk(connection, how many came before)`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def serve() -> None:
            count = 0
            while not stop.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    talk(connection, count)
                count += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def hear(connection: socket.socket) -> bytes:
    framer = Framer()
    while data := connection.recv(65536):
        for piece in framer.feed(data):
            return piece.data
    return b""


def test_a_late_answer_to_another_message_is_not_taken() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        raw = hear(connection)
        connection.sendall(wrap(ack(message("old"), "AE")) + wrap(b"noise") + wrap(ack(raw)))
        hear(connection)

    with peer(talk) as port, Client("127.0.0.1", port, timeout=5) as client:
        receipt, raw = client.send(message("new"))
        assert (receipt.code, receipt.control_id) == ("AA", "new")
        assert parse(raw).get("MSA-2") == "new"


def test_only_an_answer_to_another_message_is_silence() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        hear(connection)
        connection.sendall(wrap(ack(message("old"))))
        hear(connection)

    with peer(talk) as port, Client("127.0.0.1", port, timeout=0.3) as client, pytest.raises(PeerSilent):
        client.send(message("new"))


def test_after_silence_the_next_message_has_a_connection_of_its_own() -> None:
    def talk(connection: socket.socket, count: int) -> None:
        while raw := hear(connection):
            if count:
                connection.sendall(wrap(ack(raw)))

    with peer(talk) as port, Client("127.0.0.1", port, timeout=0.3) as client:
        with pytest.raises(PeerSilent):
            client.send(message("1"))
        assert client.send(message("2"))[0].control_id == "2"


def test_a_connection_that_the_peer_closed_is_opened_again() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        connection.sendall(wrap(ack(hear(connection))))

    with peer(talk) as port, Client("127.0.0.1", port, timeout=5) as client:
        assert [client.send(message(str(n)))[0].control_id for n in range(3)] == ["0", "1", "2"]


def test_a_peer_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(PeerUnavailable):
        Client("127.0.0.1", port, timeout=1).send(message("1"))


async def echo(piece: Piece, _: str) -> bytes:
    return ack(piece.data) if piece.kind is Kind.MESSAGE else b""


async def test_many_connections_at_once() -> None:
    server = Server(echo, port=0)
    port = await server.start()

    def send(number: int) -> list[str]:
        with Client("127.0.0.1", port, timeout=10) as client:
            return [client.send(message(f"{number}-{n}"))[0].control_id for n in range(5)]

    told = await asyncio.gather(*(asyncio.to_thread(send, number) for number in range(8)))
    assert told == [[f"{number}-{n}" for n in range(5)] for number in range(8)]
    await server.stop()


async def test_two_in_one_packet_byte_by_byte_and_torn() -> None:
    seen: list[Piece] = []

    async def keep(piece: Piece, peer: str) -> bytes:
        seen.append(piece)
        return await echo(piece, peer)

    server = Server(keep, port=0, half=0.3)
    port = await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"noise" + wrap(message("1")) + wrap(message("2")))
    for at in wrap(message("3")):
        writer.write(bytes([at]))
        await writer.drain()
    framer, answers = Framer(), list[bytes]()
    while len(answers) < 3:
        answers += [parse(piece.data).get("MSA-2") for piece in framer.feed(await reader.read(65536))]
    assert answers == ["1", "2", "3"]
    writer.write(VT + b"MSH|half a mess")
    assert await reader.read() == b""  # the server's patience with half a frame ends
    assert [piece.kind for piece in seen] == [Kind.STRAY, *[Kind.MESSAGE] * 3, Kind.TORN]
    writer.close()
    await server.stop()


async def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse):
        await Server(echo, port=taken.getsockname()[1]).start()
