"""Text into lines: Chinese breaks between any two characters, Latin between words, no closing mark begins a line."""

import re
from collections.abc import Callable

_PART = re.compile(r"[!-~°±²µ–]+ ?|.", re.DOTALL)
_CLOSING = "，。、；：？！）】》”’…%‰℃"


def wrap(text: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Return the lines of `text`, none wider than `room` as `width` measures it (a closing mark may hang out)."""
    lines = [""]
    for part in (piece for whole in _PART.findall(text) for piece in _pieces(whole, room, width)):
        if lines[-1] and part not in _CLOSING and width((lines[-1] + part).rstrip()) > room:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(part: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Cut a word that is wider than a whole line into its characters."""
    return [part] if width(part.rstrip()) <= room else list(part)
