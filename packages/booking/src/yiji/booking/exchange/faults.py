"""What is wrong with a file, in lines that a person can follow."""

from collections.abc import Sequence
from typing import Any, cast

from pydantic import ValidationError

from yiji.booking.errors import BadFile

MOST = 20


def bad_file(file: str, found: Sequence[str]) -> BadFile:
    """Return the error that tells the first faults of a file, and how many there are."""
    rest = [f"... +{len(found) - MOST}"] if len(found) > MOST else []
    return BadFile(file=file, count=len(found), problems="\n  - ".join([*found[:MOST], *rest]))


def told(fault: ValidationError, raw: Any = None) -> list[str]:
    """Return a line for each mistake: where it is, and what; entries of `raw` that have a code are called by it."""
    return [
        f"{_where(one['loc'], raw)}: {one['msg'].removeprefix('Value error, ')}"
        for one in fault.errors(include_url=False, include_context=False)
    ]


def _where(path: tuple[int | str, ...], raw: Any) -> str:
    names: list[str] = []
    for step in path:
        raw = _below(raw, step)
        names.append(str(step) if isinstance(step, str) else f"{_called(raw) or f'#{step + 1}'}")
    return " ".join(names)


def _below(raw: Any, step: int | str) -> Any:
    try:
        return raw[step]
    except (KeyError, IndexError, TypeError):
        return None


def _called(raw: Any) -> str:
    if not isinstance(raw, dict):
        return ""
    entry = cast("dict[str, Any]", raw)
    return next((str(entry[name]) for name in ("code", "device", "name", "pool") if entry.get(name)), "")
