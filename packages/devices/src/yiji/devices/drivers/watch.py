"""Which files in watched folders are complete: told by the kernel where it can tell, by their rest where it cannot."""

import contextlib
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

IGNORED = (".part", ".tmp", ".temp", ".crdownload", ".filepart", ".error.json")
REST = 0.5  # s without change after which a file is complete, if the kernel never said that somebody writes it
Stamp = tuple[int, int]  # size, time of change in ns


def is_temporary(name: str) -> bool:
    """Say whether a name is one that writers use before a file is complete."""
    return name.startswith((".", "~")) or name.lower().endswith(IGNORED)


def stamp(path: Path) -> Stamp | None:
    """Return a regular file's size and time of change; None when it is not there, or is something else."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if path.is_file() else None


def stamp_size(path: Path) -> int | None:
    """Return a file's size; None when it is not there."""
    known = stamp(path)
    return known[0] if known else None


@dataclass
class Ear:
    """The kernel's word about folders, where there is one (Linux inotify; not for folders that a network brings)."""

    _inotify: Any = None
    _folders: dict[int, Path] = field(default_factory=dict)
    closed: set[Path] = field(default_factory=set)
    writing: set[Path] = field(default_factory=set)

    @staticmethod
    def open() -> "Ear":
        """Return an ear; a deaf one where the system has none to give."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                from inotify_simple import INotify

                return Ear(INotify())
        return Ear()

    def add(self, folder: Path) -> None:
        """Listen to a folder, too."""
        if self._inotify is not None and folder not in self._folders.values():
            from inotify_simple import flags

            told = flags.CLOSE_WRITE | flags.MOVED_TO | flags.MODIFY | flags.MOVED_FROM | flags.DELETE | flags.CREATE
            with contextlib.suppress(OSError):  # no watch left: the files' rest tells
                self._folders[self._inotify.add_watch(os.fspath(folder), told)] = folder

    def listen(self, seconds: float) -> None:
        """Wait until something happens, or so long; then know which files are being written and which are closed."""
        if self._inotify is None:
            time.sleep(seconds)
            return
        from inotify_simple import flags

        for event in self._inotify.read(timeout=int(seconds * 1000), read_delay=5):
            if event.mask & flags.Q_OVERFLOW:
                self.writing.clear()  # what was missed may have been a close: from here on the files' rest tells
            if event.mask & flags.IGNORED:
                self._folders.pop(event.wd, None)  # the folder is gone; should it come again it is listened to anew
            folder = self._folders.get(event.wd)
            if folder is not None and event.name and not event.mask & flags.ISDIR:
                self._heard(folder / event.name, event.mask)

    def _heard(self, path: Path, mask: int) -> None:
        from inotify_simple import flags

        if mask & (flags.CLOSE_WRITE | flags.MOVED_TO):
            self.writing.discard(path)
            self.closed.add(path)
        elif mask & (flags.MOVED_FROM | flags.DELETE):
            self.writing.discard(path)
            self.closed.discard(path)
        elif mask & flags.MODIFY or stamp_size(path) == 0:  # a file that is linked in, whole, is created with a size
            self.writing.add(path)
            self.closed.discard(path)

    def close(self) -> None:
        """Let go of the kernel."""
        if self._inotify is not None:
            self._inotify.close()


@dataclass
class Rests:
    """Since when files have been at rest."""

    _since: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)

    def rested(self, path: Path, now: Stamp) -> bool:
        """Say whether a file has not changed for `REST`, as far as was seen, or for long by its own time."""
        moment = time.monotonic()
        known = self._since.get(path)
        if known is None or known[0] != now:
            self._since[path] = (now, moment)
            return time.time() - now[1] / 1e9 > 4 * REST
        return moment - known[1] >= REST

    def keep_only(self, paths: set[Path]) -> None:
        """Forget all other files."""
        self._since = {path: known for path, known in self._since.items() if path in paths}
