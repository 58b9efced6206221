"""A bus on which a site can be lost."""

from typing import TypeVar

from yiji.core.bus import ActorBus
from yiji.core.errors import ServerUnavailable, YijiError
from yiji.core.faces import Watching
from yiji.core.message import Command, Request, Watch

R = TypeVar("R")


class Weather:
    """A bus that can be made to fail, before the site has done what it was asked or after."""

    def __init__(self, bus: ActorBus) -> None:
        self._bus = bus
        self.fault: YijiError | None = None
        self.loses_answers = False

    def ask(self, request: Request[R], *, key: str = "", timeout: float = 30.0) -> R:
        """Ask, weather permitting."""
        if self.fault:
            raise self.fault
        answer = self._bus.ask(request, key=key, timeout=timeout)
        if self.loses_answers and isinstance(request, Command):
            raise ServerUnavailable(address="127.0.0.1:7010", detail="connection reset")
        return answer

    def watch(self, request: Watch[R]) -> Watching[R]:
        """Watch, whatever the weather."""
        return self._bus.watch(request)

    def close(self) -> None:
        """Nothing to let go of."""
