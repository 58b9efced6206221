"""Calls that the front hands in: read, asked of the bus, and their answers encoded."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from yiji.core import ids
from yiji.core.errors import InternalError, YijiError
from yiji.core.job import Envelope, Outcome, Sink
from yiji.core.message import Watch
from yiji.core.rpc import wire
from yiji.core.rpc.frames import Answer, Asked
from yiji.core.rpc.methods import Method, methods
from yiji.core.watch import Box, Told

log = logging.getLogger(__name__)
Send = Callable[[list[Answer]], None]


class Submits(Protocol):
    """What the server needs of a bus."""

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Take a request in; the answer goes to `sink`. Never blocks."""
        ...

    def watch(self, envelope: Envelope, box: Box) -> Callable[[], None]:
        """Answer a watch into `box`, now and whenever the answer differs; return what ends it. Never blocks."""
        ...


@dataclass(slots=True, eq=False, kw_only=True)
class Call(Envelope):
    """An envelope that knows who waits for its answer, and how that is told."""

    number: int
    lang: str
    method: Method


@dataclass(slots=True)
class Screen:
    """Brings a watch's answers to its stream (`Box`)."""

    call: Call
    send: Send

    def put(self, told: Told | YijiError | None) -> None:
        """Take what the watch tells."""
        if told is None:
            self.send([Answer(self.call.number, status="UNAVAILABLE", sentence="the server stops")])
        elif isinstance(told, YijiError):
            self.send([_refusal(self.call, told)])
        elif told.raw:
            self.send([Answer(self.call.number, told.raw)])
        else:
            answer = _answer(self.call, told.answer)
            told.raw = answer.raw
            self.send([answer])


class Calls:
    """Between the frames of a front and a bus. `send` may be called from any thread."""

    def __init__(self, bus: Submits, send: Send) -> None:
        self._bus = bus
        self._send = send
        self._methods = methods()
        self._leave: dict[int, Callable[[], None]] = {}
        self._here = threading.local()

    def take(self, frame: Iterable[Asked]) -> None:
        """Take in what came in one frame; what can be answered at once goes back as one frame, too."""
        answers: list[Answer] = []
        self._here.answers = answers
        for asked in frame:
            self._take(asked)
        del self._here.answers
        if answers:
            self._send(answers)

    def _take(self, asked: Asked) -> None:
        try:
            if asked.name:
                self._ask(asked, self._methods[asked.name])
            else:
                self._leave.pop(asked.number, _nothing)()
        except YijiError as error:
            self._tell([_refusal(asked, error)])
        except Exception as fault:
            self._tell([_refusal(asked, _our_fault(asked.name, fault))])

    def _ask(self, asked: Asked, method: Method) -> None:
        request = method.decode_request(asked.raw)
        call = Call(
            request, asked.token, asked.key, asked.deadline, number=asked.number, lang=asked.lang, method=method
        )
        if isinstance(request, Watch):
            self._leave[asked.number] = self._bus.watch(call, Screen(call, self._send))
        else:
            self._bus.submit(call, self)

    def deliver(self, outcomes: list[tuple[Envelope, Outcome]]) -> None:
        """Answer calls; those with the very same outcome one after the other, so that it is encoded once."""
        answers: list[Answer] = []
        same: Outcome = None
        for envelope, outcome in sorted(outcomes, key=lambda settled: id(settled[1])):
            call = cast(Call, envelope)
            again = answers and outcome is same and not answers[-1].is_refusal
            answers.append(answers[-1]._replace(number=call.number) if again else _answer(call, outcome))
            same = outcome
        self._tell(answers)

    def _tell(self, answers: list[Answer]) -> None:
        """Send answers; those that are given while a frame is taken in wait for its end."""
        gathered: list[Answer] | None = getattr(self._here, "answers", None)
        if gathered is None:
            self._send(answers)
        else:
            gathered += answers

    def close(self) -> None:
        """End what was watched: the front is gone."""
        while self._leave:
            self._leave.popitem()[1]()


def _nothing() -> None:
    """Who watches no more cannot leave."""


def _refusal(call: Call | Asked, error: YijiError) -> Answer:
    code, sentence, detail = wire.pack(error, call.lang)
    return Answer(call.number, status=code.name, sentence=sentence, detail=detail)


def _answer(call: Call, outcome: Outcome) -> Answer:
    if isinstance(outcome, YijiError):
        return _refusal(call, outcome)
    try:
        return Answer(call.number, call.method.encode_response(outcome))
    except Exception as fault:
        return _refusal(call, _our_fault(call.method.name, fault))


def _our_fault(name: str, fault: Exception) -> YijiError:
    reference = ids.new("flt")
    log.error("%s failed, reference %s", name, reference, exc_info=fault)
    return InternalError(reference=reference)
