"""What goes wrong around the embedded server, told as errors of the house."""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from yiji.core.errors import DatabaseStartFailed, DiskFull, YijiError

_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# The words of strerror and strsignal in the C locale, in which all programs here are run.
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "File size limit exceeded")
_TAIL_LINES = 12
_TOO_LITTLE = 2**20  # bytes


def failed(path: Path, output: str) -> YijiError:
    """Return the error for a program that failed with this output: `DiskFull` or `DatabaseStartFailed`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    full = [line for line in lines if any(word in line for word in _FULL_WORDS)]
    if full or _is_full(path):  # where the disk is full, the log may not tell so
        return DiskFull(path=path, detail=full[-1] if full else "no space left")
    return DatabaseStartFailed(path=path, detail="\n".join(lines[-_TAIL_LINES:]))


def _is_full(path: Path) -> bool:
    seen = os.statvfs(path)
    return seen.f_bavail * seen.f_frsize < _TOO_LITTLE


@contextmanager
def told(path: Path) -> Generator[None]:
    """Turn an `OSError` of the work inside into `DiskFull` or `DatabaseStartFailed`."""
    try:
        yield
    except shutil.Error as fault:  # many files of one copy, each with its words
        raise failed(path, "\n".join(str(why) for _, _, why in fault.args[0])) from fault
    except OSError as fault:
        kind = DiskFull if fault.errno in _FULL_ERRNO else DatabaseStartFailed
        raise kind(path=path, detail=str(fault)) from fault
