"""``yiji serve tend``: the house's own clock. What it asks for is idempotent, so two of them do no harm."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yiji.core.app import App
from yiji.core.contract.booking import LapseHolds, SettleNoShows
from yiji.core.contract.reminder import SendReminders
from yiji.core.errors import YijiError
from yiji.core.message import Command

log = logging.getLogger(__name__)


@dataclass
class Duty:
    """A command that is asked every so many seconds, and again at once while there is more than it takes at a time."""

    command: Callable[[], Command[Any]]
    every: float
    due_at: float = 0.0

    def tend(self, app: App) -> None:
        """Ask, if it is time."""
        if time.monotonic() < self.due_at:
            return
        self.due_at = time.monotonic() + self.every
        try:
            told = app.bus_as(app.system_token()).ask(self.command())
            if told.count:
                log.info("%s: %d", type(self.command()).__name__, told.count)
                self.due_at = 0.0
        except YijiError as fault:
            log.warning("%s waits: %s", type(self.command()).__name__, fault)


def run(app: App) -> None:
    """Daemon target: tend until SIGTERM or Ctrl-C."""
    duties = [Duty(LapseHolds, 1.0), Duty(SettleNoShows, 30.0), Duty(SendReminders, 20.0)]
    while not app.stopping.wait(0.25):
        for duty in duties:
            duty.tend(app)
