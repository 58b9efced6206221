"""Booking that cannot oversell. As a library: `find_slots` and `plan` need no site, no database and no settings."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yiji.booking.planning.library import plan
    from yiji.booking.rules.allocate import find_slots

__all__ = ["find_slots", "plan"]


def __getattr__(name: str) -> Any:
    if name == "find_slots":
        from yiji.booking.rules.allocate import find_slots

        return find_slots
    if name == "plan":
        from yiji.booking.planning.library import plan

        return plan
    raise AttributeError(name)
