"""The usual way: ORU^R01 over MLLP."""

from yiji.interop.errors import PeerRefused
from yiji.interop.hl7.results import write_result
from yiji.interop.hl7.writer import Route
from yiji.interop.hooks import Result
from yiji.interop.mllp.client import Client
from yiji.interop.settings import Peer


class MllpOru:
    """A connection of its own for each result; what the peer does not accept is an error."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def compose(self, result: Result) -> bytes:
        """Return the ORU^R01 message; raises `Unwritable` where the peer's character set lacks a character."""
        application, _, facility = result.signed.body.order.sender.partition("^")
        route = Route(
            sending_application=result.application,
            sending_facility=result.facility,
            receiving_application=self._peer.application or application,
            receiving_facility=self._peer.facility or facility,
            charset=self._peer.charset,
        )
        return write_result(
            result.signed,
            result.pdf,
            route=route,
            control_id=result.control_id,
            zone=result.zone,
            profile=result.profile,
            lang=result.lang,
        )

    def send(self, message: bytes) -> str:
        """Send and return MSA-1; raises `PeerUnavailable`, `PeerSilent` or `PeerRefused`."""
        peer = self._peer
        with Client(peer.host, peer.port, timeout=peer.timeout, name=peer.name) as client:
            receipt, _ = client.send(message)
        if not receipt.accepted:
            raise PeerRefused(peer=peer.name, acknowledgement=receipt.code or "-", detail=receipt.text)
        return receipt.code
