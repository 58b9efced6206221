"""Locks between processes: flock(2), which dies with its last holder and needs no clean-up.

A lock belongs to the open file description, so two openings in one process are two holders, and a program that inherits
the descriptor holds on to the lock.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from yiji.core.errors import DatabaseStartFailed

_PAUSE = 0.02  # seconds between two tries


def open_mine(path: Path, flags: int) -> int:
    """Open or make a file of the home (mode 0600, no symlink, closed on exec), owned as its folder is."""
    fd = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(fd, folder.st_uid, folder.st_gid)
    return fd


def take(fd: int, how: int, seconds: float = 0.0) -> bool:
    """Try for `seconds` to take the lock (fcntl.LOCK_SH or LOCK_EX); return whether we have it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def is_free(path: Path, seconds: float = 0.0) -> bool:
    """Whether nobody holds the lock exclusively, or lets go of it within `seconds`."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return take(fd, fcntl.LOCK_SH, seconds)
    finally:
        os.close(fd)


@contextmanager
def opened(path: Path, flags: int) -> Generator[int]:
    """`open_mine` for a while."""
    fd = open_mine(path, flags)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def held(path: Path) -> Generator[int]:
    """Hold the lock; a program that inherits the descriptor holds it on when we let go."""
    with opened(path, os.O_RDWR) as fd:
        if not take(fd, fcntl.LOCK_EX, 5.0):  # a moment is enough for one who only looks whether it is free
            raise DatabaseStartFailed(path=path, detail="another program holds this lock")
        yield fd


@contextmanager
def alone(path: Path, seconds: float) -> Generator[bool]:
    """Be the only one inside; yields False where the file was taken away while we waited, or its folder before."""
    try:
        fd = open_mine(path, os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        if not take(fd, fcntl.LOCK_EX, seconds):
            raise DatabaseStartFailed(path=path, detail=f"another process has held this lock for {seconds:.0f} s")
        yield _still_there(fd, path)
    finally:
        os.close(fd)


def _still_there(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.lstat(path))
    except FileNotFoundError:
        return False
