"""Raw messages, traces and pages, kept by the SHA-256 of their bytes and verified at every read.

A small blob is a row, so that it is as durable as the transaction that names it and costs no fsync of its own; a large
one is a file, written aside, synced and renamed. A blob that nobody names does no harm.
"""

import errno
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from yiji.core.errors import BlobDamaged, DiskFull, NotFound
from yiji.core.store.tables import BlobRow

SMALL = 32 * 1024
_BLOB = BlobRow.table()


def sha256(data: bytes) -> str:
    """Return the name under which `data` is kept."""
    return hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; raises `DiskFull`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        _sync_folder(path.parent)
    except OSError as fault:
        aside.unlink(missing_ok=True)
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(path=path, detail=fault.strerror) from None
        raise


class Blobs:
    """The blobs of a site, seen from one transaction."""

    def __init__(self, root: Path, db: Connection) -> None:
        self._root = root / "blobs"
        self._db = db

    def path(self, name: str) -> Path:
        """Return where a large blob's file stands."""
        return self._root / name[:2] / name[2:4] / name

    def put(self, data: bytes) -> str:
        """Keep bytes; return their SHA-256 in hex. The same bytes again cost nothing. Raises `DiskFull`."""
        return self.put_all([data])[0]

    def put_all(self, many: Iterable[bytes]) -> list[str]:
        """Keep many at once; return their names in order."""
        named = [(sha256(data), data) for data in many]
        small = {name: data for name, data in named if len(data) <= SMALL}
        if small:
            rows = [{"sha256": name, "data": data} for name, data in sorted(small.items())]
            self._db.execute(insert(_BLOB).on_conflict_do_nothing(), rows)
        for name, data in named:
            if len(data) > SMALL and not self.path(name).exists():
                write_file(self.path(name), data)
        return [name for name, _ in named]

    def get(self, name: str) -> bytes:
        """Return the bytes; raises `NotFound`, or `BlobDamaged` if they are not what was kept."""
        data = self._db.execute(select(_BLOB.c.data).where(_BLOB.c.sha256 == name)).scalar()
        if data is None:
            path = self.path(name)
            if not path.is_file():
                raise NotFound(what="blob", id=name)
            data = path.read_bytes()
        if sha256(data) != name:
            raise BlobDamaged(sha256=name)
        return data
