"""How the desk stands to its site: connected or not, since when, as whom, and what is wrong."""

from dataclasses import dataclass, replace
from datetime import datetime

from rich.text import Text
from textual.widgets import Static

from yiji.core import i18n
from yiji.core.errors import YijiError
from yiji.tui.base import base


@dataclass(frozen=True)
class Standing:
    """What the desk knows of its connection."""

    seen_at: datetime | None = None  # the last good answer
    fault: YijiError | None = None
    tries: int = 0
    actor: str = ""
    rows: int = 0
    shown: int = 0

    def seen(self, at: datetime, actor: str) -> "Standing":
        """Return the standing after an answer."""
        return replace(self, seen_at=at, fault=None, tries=0, actor=actor)

    def lost(self, fault: YijiError) -> "Standing":
        """Return the standing after a failure."""
        return replace(self, fault=fault, tries=self.tries + 1)

    def counted(self, rows: int, shown: int) -> "Standing":
        """Return the standing with what is on the desk, and what is shown of it."""
        return replace(self, rows=rows, shown=shown)


class StatusLine(Static):
    """The line above the keys; a fault takes two."""

    def __init__(self) -> None:
        super().__init__()
        self._standing = Standing()

    def on_mount(self) -> None:
        """Say that the desk is connecting."""
        self.reword()

    def show(self, standing: Standing) -> None:
        """Say how things stand now."""
        if standing != self._standing:
            self._standing = standing
            self.reword()

    def reword(self) -> None:
        """Say it in the language of the moment."""
        standing = self._standing
        self.set_class(standing.fault is not None, "-lost")
        self.update(Text(self._fault(standing.fault) if standing.fault else self._good(), overflow="ellipsis"))

    def _good(self) -> str:
        standing, reading = self._standing, base(self).reading
        if standing.seen_at is None:
            return reading.t("connecting")
        at = reading.exact(standing.seen_at)
        told = {"at": at, "actor": standing.actor or "-", "rows": standing.rows, "shown": standing.shown}
        return reading.t("connected", **told)

    def _fault(self, fault: YijiError) -> str:
        standing, reading = self._standing, base(self).reading
        message, hint = i18n.explain(fault, reading.lang)
        seen = reading.exact(standing.seen_at) if standing.seen_at else "-"
        key = "lost" if fault.facts.retry else "stopped"
        return f"{reading.t(key, seen=seen, tries=standing.tries)} {message}\n→ {hint or fault.code}"
