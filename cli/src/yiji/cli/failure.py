"""A command that fails: the code, a sentence and what to do next on stderr, an exit status by the error's kind.

With --json the error is also the one document on stdout, ``{"error": {code, kind, message, hint, params}}``, so that a
program reads one stream and always finds one document (as npm and terraform do); stderr keeps the words for people.
"""

import errno
import os
import secrets
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from yiji.cli import usage
from yiji.cli.errors import FileTrouble
from yiji.cli.session import Session
from yiji.core import i18n
from yiji.core.errors import DiskFull, InternalError, InvalidMessage, YijiError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SECRET = ("--token", "--password")


def tell(session: Session, fault: BaseException) -> int:
    """Print what went wrong and return the exit status."""
    error = _known(fault, session) or _logged(fault, session)
    if session.verbose:
        traceback.print_exception(fault)
    message, hint = i18n.explain(error, session.lang)
    if usage.is_page(fault):
        typer.echo(str(fault), err=True, color=session.colour)
    else:
        _narrate(session, error, message, hint)
    told = {"code": error.code, "kind": error.kind.value, "message": message, "hint": hint, "params": error.params}
    session.finish(told)
    return error.facts.exit


def _narrate(session: Session, error: YijiError, message: str, hint: str) -> None:
    head = f"{session.words('错误', 'error')} {error.code}{session.words('：', ': ')}"
    typer.echo(typer.style(head, fg="red", bold=True) + message, err=True, color=session.colour)
    for line in (hint, error.params.get("log")):
        if line:
            typer.echo(f"  → {line}", err=True)


def _known(fault: BaseException, session: Session) -> YijiError | None:
    """Return the error that a user can understand and mend, if it is one."""
    if isinstance(fault, YijiError):
        return fault
    if isinstance(fault, typer.TyperException):
        return usage.wrong(fault, session.lang)
    if isinstance(fault, OSError) and fault.errno in _FULL:
        return DiskFull(path=fault.filename or "-", detail=fault.strerror)
    if isinstance(fault, OSError) and fault.filename is not None:
        return FileTrouble(path=fault.filename, detail=fault.strerror)
    return _invalid(fault)


def _invalid(fault: BaseException) -> YijiError | None:
    """Return the error for a command or query that could not be made of what the user gave."""
    from pydantic import ValidationError

    from yiji.core.message import Request

    if not isinstance(fault, ValidationError) or fault.title not in _names_below(Request):
        return None
    first = fault.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return InvalidMessage(message=fault.title, detail=f"{where}: {first['msg']}" if where else first["msg"])


def _names_below(root: type[Any]) -> set[str]:
    names = {below.__name__ for below in root.__subclasses__()}
    return names.union(*(_names_below(below) for below in root.__subclasses__()))


def _logged(fault: BaseException, session: Session) -> InternalError:
    """Write a fault of ours to the log and return the error that names the entry."""
    reference = f"{datetime.now(UTC):%m%d-%H%M%S}-{secrets.token_hex(2)}"
    entry = f"{datetime.now(UTC).isoformat()} {reference} yiji {' '.join(_masked(sys.argv[1:]))}\n"
    try:
        path = _log_file(session)
        with open(path, "a", encoding="utf-8", opener=_private) as log:
            log.write(entry + "".join(traceback.format_exception(fault)) + "\n")
    except OSError:
        session.say("".join(traceback.format_exception(fault)))  # nowhere else is left
        return InternalError(reference=reference)
    return InternalError(reference=reference, log=path)


def _log_file(session: Session) -> Path:
    """Return the site's log, or the user's own where there is no site."""
    site = session.site_folder()
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = site / "log" if site else state / "yiji"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "yiji.log"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # a traceback may name a patient


def _masked(words: list[str]) -> list[str]:
    """Leave out what must not stand in a log."""
    before = ["", *words]
    masked = ["***" if last in _SECRET else word for last, word in zip(before, words, strict=False)]
    return [
        word.partition("=")[0] + "=***" if word.startswith(tuple(f"{name}=" for name in _SECRET)) else word
        for word in masked
    ]
