"""What happens to a message that comes in: kept, understood, obeyed, answered, in this order.

The answer goes out only after what it says is durable. What became of the message is written afterwards: a crash in
between is harmless, because the sender has its answer, and a message that comes again is obeyed again, which changes
nothing (orders are known by sender and placer number).
"""

import asyncio
import logging
from typing import Any
from zoneinfo import ZoneInfo

from yiji.core import clock, ids
from yiji.core.app import App
from yiji.core.contract.delivery import KeepMessage, RawMessage, RawState, SettleMessage
from yiji.core.errors import InternalError, YijiError
from yiji.core.i18n import explain
from yiji.interop.asking import LoopBus
from yiji.interop.errors import FrameTooLong, StrayBytes, TornFrame, UnsupportedMessage, Unwritable
from yiji.interop.hl7.ack import Problem, acknowledge, answer_charset
from yiji.interop.hl7.charset import encode
from yiji.interop.hl7.header import Header, peek
from yiji.interop.hl7.message import parse
from yiji.interop.hl7.orders import read_orders
from yiji.interop.mllp.framer import Kind, Piece
from yiji.interop.registry import check, profile_of
from yiji.interop.settings import interop

log = logging.getLogger(__name__)
CHANNEL = "mllp"


class Inbox:
    """Answers the pieces of MLLP streams. A setting that names what is not there is told at once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._bus = LoopBus(app)
        self._section = interop(app.settings)
        check(app.plugins, self._section)
        self._zone = ZoneInfo(app.settings.site.zone)
        self._settling: set[asyncio.Task[None]] = set()

    async def answer(self, piece: Piece, peer: str) -> bytes:
        """Return the acknowledgement, b"" where none is due. Never raises: whatever comes, the daemon lives."""
        heard = peek(piece.data)
        try:
            return await self._take(piece, heard, peer)
        except YijiError as fault:
            log.warning("%s from %s: %s", piece.kind.value, peer, fault.code)
            return self._refuse(heard, fault)
        except Exception:
            fault = InternalError(reference=ids.new("flt"))
            log.exception("message from %s, reference %s", peer, fault.params["reference"])
            return self._refuse(heard, fault)

    async def drain(self) -> None:
        """Wait until what became of every answered message is written."""
        await asyncio.gather(*self._settling, return_exceptions=True)

    async def _take(self, piece: Piece, heard: Header, peer: str) -> bytes:
        kept = await self._bus.ask(
            KeepMessage(channel=CHANNEL, sender=heard.sender, control_id=heard.control_id, raw=piece.data)
        )
        if kept.state is RawState.DONE:
            return kept.answer
        notes = (kept.notes,) if kept.notes else ()
        try:
            self._check(piece, heard)
            notes += await self._obey(piece.data, heard, kept)
        except YijiError as fault:
            log.warning("%s from %s: %s", kept.id, peer, fault.code)
            answer = self._refuse(heard, fault) if _is_answered(piece, heard) else b""
            self._settle(kept, RawState.FAILED, answer, error=fault.code, notes=notes)
            return answer
        answer = self._acknowledge(heard, "AA")
        self._settle(kept, RawState.DONE, answer, notes=notes)
        return answer

    def _check(self, piece: Piece, heard: Header) -> None:
        size = len(piece.data)
        if piece.kind is Kind.TORN:
            raise TornFrame(bytes=size)
        if piece.kind is Kind.STRAY:
            raise StrayBytes(bytes=size)
        if piece.kind is Kind.TOO_LONG:
            raise FrameTooLong(limit=self._section.mllp.limit)
        if heard.event.startswith("ACK"):
            raise UnsupportedMessage(type=heard.type)

    async def _obey(self, raw: bytes, heard: Header, kept: RawMessage) -> tuple[str, ...]:
        """Do what the message asks for; return what was odd about it."""
        profile = profile_of(self._app.plugins, self._section, heard)
        orders = read_orders(parse(raw, profile.charset), self._zone, profile, source=kept.id)
        for command in orders.commands:
            await self._bus.ask(command)
        return orders.notes

    def _refuse(self, heard: Header, fault: YijiError) -> bytes:
        condition = getattr(fault, "condition", fault.facts.hl7)
        text = self._words(fault, answer_charset(heard))
        problem = Problem(fault.code, text, condition, fault.params.get("field", ""), str(fault))
        return self._acknowledge(heard, fault.facts.ack, problem)

    def _words(self, fault: YijiError, charset: str) -> str:
        """Tell a refusal in the site's language, or in English where the sender's character set lacks that."""
        texts = [" ".join(explain(fault, lang)).strip() for lang in (self._app.settings.site.lang, "en")]
        return next((text for text in texts if _fits(text, charset)), texts[-1])

    def _acknowledge(self, heard: Header, code: str, *problems: Problem) -> bytes:
        return acknowledge(
            heard,
            code,
            control_id=ids.new("ack")[-20:].upper(),
            at=clock.now(),
            zone=self._zone,
            problems=problems,
            application=self._section.application,
        )

    def _settle(self, kept: RawMessage, state: RawState, answer: bytes, **rest: Any) -> None:
        notes = "; ".join(rest.pop("notes", ()))
        command = SettleMessage(message_id=kept.id, state=state, answer=answer, notes=notes, **rest)
        task = asyncio.get_running_loop().create_task(self._write(command))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _write(self, command: SettleMessage) -> None:
        try:
            await self._bus.ask(command)
        except YijiError as fault:
            log.warning("%s is not settled: %s", command.message_id, fault.code)


def _fits(text: str, charset: str) -> bool:
    try:
        encode(text, charset)
    except Unwritable:
        return False
    return True


def _is_answered(piece: Piece, heard: Header) -> bool:
    """Whether an answer is due: not to half a message or noise, and never to an acknowledgement (two would not end)."""
    return piece.kind in (Kind.MESSAGE, Kind.TOO_LONG) and not heard.event.startswith("ACK")
