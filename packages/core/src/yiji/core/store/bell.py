"""The bell: tells all processes of a site that something was written (LISTEN and NOTIFY), right after the COMMIT.

Not within the transaction: PostgreSQL lets only one transaction that notifies commit at a time, so that every commit
would wait for the fsync of the one before. A ring that is lost with its process is made good by those who listen: they
look by themselves as well. One thread rings for all, and many rings close together are one.
"""

import logging
import threading
from collections.abc import Callable, Iterable

import psycopg
from psycopg import sql
from sqlalchemy import URL

log = logging.getLogger(__name__)
WRITTEN = "yiji_written"  # the channel of every command that was done
TOGETHER = 0.03  # seconds in which rings are one
LONGEST = 7000  # letters of a payload; PostgreSQL takes 8000 bytes (NOTIFY, recalled)
PATIENCE = 1.0  # seconds before a lost ear listens again

_RING = "SELECT pg_notify(channel, words) FROM unnest(%s::text[], %s::text[]) AS rung(channel, words)"


def _connect(url: URL) -> "psycopg.Connection[tuple[object, ...]]":
    told = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(told, autocommit=True)


class Bell:
    """Rings channels from a thread of its own; nobody waits for it."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._asked: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._called = threading.Event()
        self._stop_asked = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, channel: str, words: Iterable[str] = ("",)) -> None:
        """Tell who listens to a channel; the words say whom it concerns."""
        with self._lock:
            self._asked.setdefault(channel, set()).update(words)
            if self._thread is None and not self._stop_asked.is_set():
                self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
        self._called.set()

    def _run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                with _connect(self._url) as db:
                    self._ring_with(db)
            except psycopg.Error as fault:
                log.warning("the bell: %s", str(fault).strip())
                self._stop_asked.wait(PATIENCE)

    def _ring_with(self, db: "psycopg.Connection[tuple[object, ...]]") -> None:
        while not self._stop_asked.wait(TOGETHER):
            self._called.wait()
            self._called.clear()
            with self._lock:
                asked, self._asked = self._asked, {}
            try:
                db.execute(_RING, (list(asked), [_told(words) for words in asked.values()]))
            except psycopg.Error:
                for channel, words in asked.items():  # with the next connection
                    self.ring(channel, words)
                raise

    def close(self) -> None:
        """End; who listens will look by himself."""
        self._stop_asked.set()
        self._called.set()
        if self._thread is not None:
            self._thread.join(timeout=5)


def _told(words: set[str]) -> str:
    """Return words as a payload; too many concern all."""
    told = ",".join(sorted(words))
    return told if "" not in words and len(told) <= LONGEST else ""


def listen(url: URL, channel: str, heard: Callable[[set[str]], None], stop_asked: threading.Event) -> None:
    """Call `heard` with the words of every ring until `stop_asked` is set; none: it may concern all.

    It is called so as well when rings may have been missed.
    """
    while not stop_asked.is_set():
        try:
            with _connect(url) as ear:
                ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                heard(set())
                while not stop_asked.is_set():
                    for note in ear.notifies(timeout=PATIENCE, stop_after=1):
                        heard(set(filter(None, note.payload.split(","))))
        except psycopg.Error as fault:
            log.warning("the ear: %s", str(fault).strip())
            stop_asked.wait(PATIENCE)
