"""The watched-folder driver: a device writes files into its station's folder, each is kept and put away.

After durable keeping a file is moved to ``kept/DAY/`` beside it, one that cannot be read to ``rejected/`` with an
``.error.json``; its bytes are kept all the same. Until then it stays where it is, so a crash at any instant loses
nothing, and since the same bytes are the same recording nothing is kept twice.
"""

import json
import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yiji.core import clock
from yiji.core.errors import YijiError
from yiji.core.i18n import explain
from yiji.devices import settings as section
from yiji.devices.drivers.watch import Ear, Rests, Stamp, is_temporary, stamp
from yiji.devices.errors import EmptyFile, FolderUnusable, TruncatedFile, UnknownFormat
from yiji.devices.hooks import Door
from yiji.devices.recording.formats import file_bytes
from yiji.devices.recording.wfdb_format import parts

log = logging.getLogger(__name__)
TICK = 0.2  # s between looks when nothing is heard
AT_ONCE = 4  # files taken in at the same time
PATIENCE = 3.0  # s for which a file that looks torn may still grow, or a part of a record may still come
PAUSE = 2.0  # s before a file that the house could not keep for now is tried again
KEPT, REJECTED = "kept", "rejected"


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was left where it is: as it looked when it seemed torn, or when to try it again."""

    torn: Stamp | None = None
    not_before: float = 0.0  # of time.monotonic()


@dataclass
class Inbox:
    """All watched folders and the files in hand."""

    door: Door
    ear: Ear
    pool: ThreadPoolExecutor
    rests: Rests = field(default_factory=Rests)
    in_hand: dict[Path, Future[Left | None]] = field(default_factory=dict)
    left: dict[Path, Left] = field(default_factory=dict)
    unusable: set[Path] = field(default_factory=set)

    def look(self) -> None:
        """Take every complete file of every folder that is not in hand already."""
        self._collect()
        here: set[Path] = set()
        for station, folder in folders(self.door, self.ear):
            for path in self._files(folder):
                here.add(path)
                if path not in self.in_hand and self._complete(path):
                    self.ear.closed.discard(path)
                    self.in_hand[path] = self.pool.submit(self._take, path, station)
        self.rests.keep_only(here)
        self.left = {path: known for path, known in self.left.items() if path in here}

    def _files(self, folder: Path) -> list[Path]:
        """Return a folder's files; one folder that cannot be used keeps nobody else waiting."""
        try:
            found = files(folder)
        except FolderUnusable as fault:
            if folder not in self.unusable:
                log.error("%s", fault)
            self.unusable.add(folder)
            return []
        self.unusable.discard(folder)
        self.ear.add(folder)
        return found

    def _collect(self) -> None:
        for path, work in list(self.in_hand.items()):
            if work.done():
                del self.in_hand[path]
                left = work.result()
                self.left.pop(path, None)
                if left is not None:
                    self.left[path] = left

    def _complete(self, path: Path) -> bool:
        now, left = stamp(path), self.left.get(path, Left())
        if now is None or time.monotonic() < left.not_before or (left.torn == now and age(now) < PATIENCE):
            return False
        rested = self.rests.rested(path, now)
        return path in self.ear.closed or (path not in self.ear.writing and rested)

    def _take(self, path: Path, station: str) -> Left | None:
        """Keep one file and put it away; whatever happens, the watching goes on."""
        before = stamp(path)
        try:
            data = file_bytes(path)
            if before is None or stamp(path) != before:
                return None
            info = self.door.deliver(data, path.name, station)
            log.info("%s/%s is %s", station, path.name, info.id)
            put_away(path, KEPT)
        except YijiError as fault:
            return self._refused(path, before, fault)
        except Exception:
            log.exception("%s could not be taken in; it stays", path)
            return Left(not_before=time.monotonic() + PAUSE)
        return None

    def _refused(self, path: Path, seen: Stamp | None, fault: YijiError) -> Left | None:
        """Wait when the house cannot keep it now, or when it may still grow or its record's other part come."""
        if fault.facts.retry:
            log.warning("%s waits: %s", path, fault)
            return Left(not_before=time.monotonic() + PAUSE)
        if isinstance(fault, TruncatedFile | EmptyFile | UnknownFormat) and seen and age(seen) < PATIENCE:
            return Left(torn=seen)
        log.warning("%s is rejected: %s", path, fault)
        reject(path, fault)
        return None


def age(seen: Stamp) -> float:
    """Return the seconds since a file changed, by its own time."""
    return time.time() - seen[1] / 1e9


def folders(door: Door, ear: Ear) -> list[tuple[str, Path]]:
    """Return (station, folder): those of the settings, else every folder under the site's ``inbox/``."""
    root = door.settings.root
    named = section.of(door.settings).watch
    if named:
        return [(one.station, root / one.folder) for one in named]
    inbox = root / "inbox"
    inbox.mkdir(exist_ok=True)
    ear.add(inbox)  # a new folder is heard of at once
    return [(path.name, path) for path in sorted(inbox.iterdir()) if path.is_dir() and not is_temporary(path.name)]


def files(folder: Path) -> list[Path]:
    """Return the files that devices have written; what belongs to a WFDB header goes with it and is not told.

    A folder that is not there is made; raises `FolderUnusable`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = [path for path in sorted(folder.iterdir()) if not is_temporary(path.name) and path.is_file()]
        claimed = {part for path in found if path.suffix == ".hea" for part in _parts(path)}
    except OSError as fault:
        raise FolderUnusable(folder=folder, detail=fault.strerror or fault) from None
    return [path for path in found if path not in claimed]


def _parts(header: Path) -> list[Path]:
    """Return what belongs to a header; nothing when it was put away meanwhile."""
    try:
        return parts(header)
    except FileNotFoundError:
        return []


def put_away(path: Path, where: str) -> Path:
    """Move a file, then the parts of its record, into a folder of the day beside it; a taken name gets a number."""
    folder = path.parent / where / f"{clock.now():%Y%m%d}"
    folder.mkdir(parents=True, exist_ok=True)
    rest = parts(path)
    place = _free(folder / path.name)
    path.replace(place)
    for part in rest:
        part.replace(_free(folder / part.name))
    return place


def _free(wanted: Path) -> Path:
    place, number = wanted, 0
    while place.exists():
        number += 1
        place = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return place


def reject(path: Path, fault: YijiError) -> None:
    """Put a file away that cannot be read, and beside it say why in both languages."""
    told = {lang: dict(zip(("message", "hint"), explain(fault, lang), strict=True)) for lang in ("zh", "en")}
    report = {"code": fault.code, "params": fault.params, "at": clock.now().isoformat(), **told}
    place = put_away(path, REJECTED)
    place.with_name(f"{place.name}.error.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")


def run(door: Door, options: Mapping[str, Any]) -> None:
    """Driver target: watch the folders until the door closes; files in hand are finished first."""
    ear = Ear.open()
    with ThreadPoolExecutor(AT_ONCE, "inbox") as pool:
        inbox = Inbox(door, ear, pool)
        try:
            while not door.wait(0):
                inbox.look()
                ear.listen(TICK)
        finally:
            ear.close()
