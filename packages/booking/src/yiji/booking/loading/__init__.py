"""From rows to facts: what decisions and answers need, in few statements for many."""

from yiji.booking.loading.items import brief_of, items, items_query, patient_of
from yiji.booking.loading.names import (
    APPOINTMENT,
    DEVICE,
    EXAM,
    ITEM,
    LIVE,
    NUMBER,
    ORDER,
    PATIENT,
    ROOM,
    SLOT,
)

__all__ = [
    "APPOINTMENT",
    "DEVICE",
    "EXAM",
    "ITEM",
    "LIVE",
    "NUMBER",
    "ORDER",
    "PATIENT",
    "ROOM",
    "SLOT",
    "brief_of",
    "items",
    "items_query",
    "patient_of",
]
