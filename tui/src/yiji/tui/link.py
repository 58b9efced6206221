"""The desk's line to the bus. Everything here blocks: it is called in threads only, never by what draws."""

import threading
import uuid
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from yiji.core.errors import YijiError

if TYPE_CHECKING:
    from yiji.core.contract.desk import Desk
    from yiji.core.faces import Bus
    from yiji.core.message import Request

R = TypeVar("R")
PATIENCE = 10.0  # seconds for an action or a question
GLANCE = 4.0  # seconds for a look at the desk
PAUSES = (1.0, 1.0, 2.0, 3.0, 5.0)  # seconds until the next look, by the number of looks that failed in a row


class Link:
    """Opens the bus when it is first needed, and asks it.

    A command whose answer did not come keeps its idempotency key: however often it is sent again, it is done once.
    """

    def __init__(self, open_bus: "Callable[[], Bus]") -> None:
        self._open_bus = open_bus
        self._bus: Bus | None = None
        self._lock = threading.Lock()
        self._keys: dict[Request[Any], str] = {}

    @property
    def is_open(self) -> bool:
        """Whether there was a bus to ask yet."""
        return self._bus is not None

    def ask(self, request: "Request[R]", timeout: float = PATIENCE) -> R:
        """Return the answer; raises `YijiError`."""
        bus = self._opened()
        key = self._key(request)
        try:
            answer = bus.ask(request, key=key, timeout=timeout)
        except YijiError as error:
            if not error.facts.retry:
                self._keys.pop(request, None)
            raise
        self._keys.pop(request, None)
        return answer

    def _opened(self) -> "Bus":
        with self._lock:
            if self._bus is None:
                self._bus = self._open_bus()
            return self._bus

    def _key(self, request: "Request[R]") -> str:
        from yiji.core.message import Command

        return self._keys.setdefault(request, uuid.uuid4().hex) if isinstance(request, Command) else ""


class Look(NamedTuple):
    """What the desk looks at: a day (None: the site's today) and a department (empty: all)."""

    day: date | None = None
    department: str = ""


class Watch:
    """Looks at the desk about once a second and tells what it saw, the desk or the error."""

    def __init__(self, link: Link, look: Look, tell: "Callable[[Look, Desk | YijiError], object]") -> None:
        self.look = look
        self._link = link
        self._tell = tell
        self._wake = threading.Event()
        self._stopped = False

    def run(self) -> None:
        """Look until stopped."""
        missed = 0
        while not self._stopped:
            look = self.look
            seen = self._see(look)
            missed = missed + 1 if isinstance(seen, YijiError) else 0
            self._tell(look, seen)
            self._wake.wait(PAUSES[min(missed, len(PAUSES) - 1)])
            self._wake.clear()

    def _see(self, look: Look) -> "Desk | YijiError":
        from yiji.core.contract.desk import ShowDesk

        try:
            return self._link.ask(ShowDesk(day=look.day, department=look.department), timeout=GLANCE)
        except YijiError as error:
            return error

    def now(self) -> None:
        """Look at once."""
        self._wake.set()

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        self._wake.set()
