"""LoadCatalogue, RemoveFromCatalogue, CopyCalendars: master data is changed as one document, checked whole."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from yiji.booking.errors import BadCatalogue, StillNeeded
from yiji.booking.handlers.editions import lock_current, write
from yiji.booking.handlers.protection import still_needed
from yiji.booking.queries.catalogue import read_catalogue
from yiji.booking.rules.catalogue import code_of, copied, entries, gone, merged, without
from yiji.booking.rules.checking import Problem, problems
from yiji.core.contract.catalogue import Catalogue, CopyCalendars, LoadCatalogue, Part, RemoveFromCatalogue
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.store.db import Tx

MOST = 20  # problems that are told at once
Change = Callable[[Catalogue], Catalogue]


def load_catalogue(tx: Tx, jobs: Sequence[Job[LoadCatalogue]]) -> list[Catalogue | YijiError]:
    """Add master data, or change what has the same code; the same content again makes no new edition."""
    return [_changed(tx, job, partial(merged, told=job.command.catalogue, replace=job.command.replace)) for job in jobs]


def remove_from_catalogue(tx: Tx, jobs: Sequence[Job[RemoveFromCatalogue]]) -> list[Catalogue | YijiError]:
    """Take entries out that nothing needs any more."""
    return [_changed(tx, job, partial(_taken_out, part=job.command.part, codes=job.command.codes)) for job in jobs]


def copy_calendars(tx: Tx, jobs: Sequence[Job[CopyCalendars]]) -> list[Catalogue | YijiError]:
    """Give other devices the calendars of one."""
    return [_changed(tx, job, partial(_copied, device=job.command.device, to=job.command.to)) for job in jobs]


def _changed(tx: Tx, job: Job[Any], change: Change) -> Catalogue | YijiError:
    """Lay a change over the master data; everything is checked before anything is written."""
    number = lock_current(tx)
    old = read_catalogue(tx)
    try:
        new = change(old)
        _check(tx, old, new)
    except YijiError as refusal:
        return refusal
    if new != old:
        write(tx, number, old, new, job.actor.name, job.command.note)
    return new


def _check(tx: Tx, old: Catalogue, new: Catalogue) -> None:
    """Raise `BadCatalogue` where the new does not hold together, `StillNeeded` where somebody needs the old."""
    found = problems(new)
    if found:
        raise BadCatalogue(count=len(found), problems=told(found))
    needs = still_needed(tx, gone(old, new))
    if needs:
        raise StillNeeded(count=len(needs), needs=told(needs))


def told(lines: Sequence[Problem | str]) -> str:
    """Return lines as one text, the first of them where there are too many."""
    rest = [f"... +{len(lines) - MOST}"] if len(lines) > MOST else []
    return "\n  - ".join([*map(str, lines[:MOST]), *rest])


def _taken_out(there: Catalogue, part: Part, codes: tuple[str, ...]) -> Catalogue:
    known = {code_of(entry) for entry in entries(there, part)}
    for code in codes:
        if code not in known:
            raise NotFound(what=part.value, id=code)
    new = without(there, part, codes)
    needs = problems(new)
    if needs:
        raise StillNeeded(count=len(needs), needs=told(needs))
    return new


def _copied(there: Catalogue, device: str, to: tuple[str, ...]) -> Catalogue:
    if not any(calendar.device == device for calendar in there.calendars):
        raise NotFound(what="calendars", id=device)
    return copied(there, device, to)
