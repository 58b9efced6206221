"""What the rooms of this wing say to one another: a result falls due for each peer by itself.

So one peer's refusals and silence never cost another peer an attempt.
"""

from yiji.core.contract.report import ReportSigned
from yiji.core.message import Command, Done, Event, Value


class Due(Value):
    """One peer's share."""

    peer: str
    control_id: str  # MSH-10; a peer that has it already can tell


class DispatchResult(Command[Done], permission="delivery.record"):
    """Let a result fall due for its peers."""

    signed: ReportSigned
    due: tuple[Due, ...]


class ResultDue(Event, aggregate="lane"):
    """A peer is to get a result; of one lane (report and peer) one after the other."""

    lane: str
    due: Due
    signed: ReportSigned
