"""Booking that cannot oversell. As a library: `find_slots` needs no site, no database and no settings."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiji.booking.rules.allocate import find_slots

__all__ = ["find_slots"]


def __getattr__(name: str) -> Any:
    if name == "find_slots":
        from yiji.booking.rules.allocate import find_slots

        return find_slots
    raise AttributeError(name)
