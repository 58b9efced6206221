"""What interop does when a report is signed: bring it to every peer that wants it."""

import hashlib
from zoneinfo import ZoneInfo

from yiji.core.contract.delivery import ListDelivered, RecordDelivery
from yiji.core.contract.report import ReportSigned
from yiji.core.errors import BadSetting
from yiji.core.relay import Reaction
from yiji.core.settings import FILE
from yiji.interop.hooks import Result
from yiji.interop.messages import DispatchResult, Due, ResultDue
from yiji.interop.registry import channel_to, profile_named
from yiji.interop.settings import Peer, interop


def on_report_signed(event: ReportSigned, reaction: Reaction) -> None:
    """Let the result fall due for each peer."""
    peers = [peer.name for peer in interop(reaction.settings).peers if "ReportSigned" in peer.events]
    due = tuple(Due(peer=name, control_id=control_id(reaction.event_id, name)) for name in peers)
    if due:
        reaction.ask(DispatchResult(signed=event, due=due))


def control_id(event_id: str, peer: str) -> str:
    """Return MSH-10 (20 characters in v2.5.1, recalled): the same for the same event and peer, however often sent."""
    return hashlib.sha256(f"{event_id} {peer}".encode()).hexdigest()[:20].upper()


def on_result_due(event: ResultDue, reaction: Reaction) -> None:
    """Compose, keep, send, record. Raises what the peer or the way to it is at fault for."""
    signed, number = event.signed, event.due.control_id
    known = reaction.ask(ListDelivered(report_id=signed.report_id)).delivered
    if any(result.control_id == number for result in known):
        return  # sent and recorded before a crash
    peer = _peer(event, reaction)
    channel = channel_to(reaction.app.plugins, peer)
    message = channel.compose(_result(event, peer, reaction))
    blob = reaction.put_blob(message)
    acknowledgement = channel.send(message)
    order = signed.body.order
    reaction.ask(
        RecordDelivery(
            report_id=signed.report_id,
            item_id=order.item_id,
            order_id=order.order_id,
            peer=peer.name,
            control_id=number,
            blob=blob,
            acknowledgement=acknowledgement,
        )
    )


def _peer(event: ResultDue, reaction: Reaction) -> Peer:
    for peer in interop(reaction.settings).peers:
        if peer.name == event.due.peer:
            return peer
    where = reaction.settings.root / FILE
    raise BadSetting(file=where, setting="interop.peers", detail=f"no peer {event.due.peer}")


def _result(event: ResultDue, peer: Peer, reaction: Reaction) -> Result:
    site, ours = reaction.settings.site, interop(reaction.settings)
    return Result(
        signed=event.signed,
        pdf=reaction.get_blob(event.signed.pdf) if event.signed.pdf else b"",
        control_id=event.due.control_id,
        application=ours.application,
        facility=ours.facility,
        zone=ZoneInfo(site.zone),
        lang=site.lang,
        profile=profile_named(reaction.app.plugins, peer.profile),
    )
