"""The clients' commands in the contract's words, and what the model says of the real house's answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulation.asking import Ask
from simulation.compared import Compared
from simulation.naive import Naive
from simulation.settled import STOP, Settled
from sqlalchemy import text

from yiji.core.contract import booking as b
from yiji.core.contract.inventory import ResumeDevice, StopDevice
from yiji.core.contract.queue import CheckIn


def message_of(naive: Naive, now: datetime, ask: Ask) -> Any:
    """Return a client's command in the contract's words."""
    name, start = ask.name, ask.start or now
    more = {"pool": ask.pool, "overrides": ask.overrides, "reason": "because" if ask.overrides else ""}
    item = naive.made[name]["item"] if name in naive.made else "itm-nowhere"
    choices = tuple(b.Choice(item_id=item, slot_id=slot) for item, slot in ask.choices)
    told: dict[str, Callable[[], Any]] = {
        "book": lambda: b.BookExam(item_id=ask.item, slot_id=ask.slot, **more),
        "hold": lambda: b.HoldExam(item_id=ask.item, slot_id=ask.slot, **more),
        "move": lambda: b.MoveExam(appointment_id=name, slot_id=ask.slot, **more),
        "plan": lambda: b.BookPlan(choices=choices, hold=True, **more),
        "confirm_plan": lambda: b.ConfirmPlan(plan_id=name),
        "confirm": lambda: b.ConfirmExam(appointment_id=name),
        "cancel": lambda: b.CancelExam(appointment_id=name),
        "miss": lambda: b.MarkNoShow(appointment_id=name),
        "check_in": lambda: CheckIn(appointment_id=name),
        "fulfil": lambda: b.FulfilExam(item_id=item),
        "pay": lambda: b.RecordPayment(appointment_id=name, payment_number=ask.slot, amount=100),
        "lapse": b.LapseHolds,
        "stop": lambda: StopDevice(device=name, starts_at=start, ends_at=start + STOP, reason="停机"),
        "resume": lambda: ResumeDevice(stop_id=name),
    }
    return told[ask.verb]()


class Real(Compared):
    """The model beside the real house, where that says more or less than the pure simulation."""

    def check_in(self, one: Settled) -> set[str] | None:
        """Which day it is, is the queue's own business."""
        if not one.code:
            self._naive.made[one.ask.name]["state"] = "checked_in"
        return None

    def fulfil(self, one: Settled) -> set[str] | None:
        """Fulfils whatever of the item is booked; there need be nothing."""
        known = self._naive.made.get(one.ask.name, {"item": "?"})
        for other in self._naive.made.values():
            if other["item"] == known["item"] and other["state"] in ("booked", "checked_in"):
                other["state"] = "fulfilled"
        item = self._naive.items.get(known["item"])
        if item is not None and item["state"] == "active":
            item["state"] = "examined"  # there is nothing left to book
        return set()

    def stop(self, one: Settled) -> set[str] | None:
        """Whoever was moved could be moved there, with the stretch closed."""
        if one.code:
            return {"booking.bad_range"}
        stop, naive = one.answer[0], self._naive
        for slot in naive.slots.values():
            if slot["device"] == stop.device and slot["starts_at"] < stop.ends_at and slot["ends_at"] > stop.starts_at:
                slot["closed"] = True
        for displaced in stop.displaced:
            if displaced.slot_id:
                asks = {"patient": "", "overrides": ()}
                why = self._move(displaced.appointment_id, displaced.slot_id, "", asks, True)
                if why:
                    self._world.fail(f"{displaced} was moved; the model says {why}")
        return set()

    def resume(self, one: Settled) -> set[str] | None:
        """What is to come opens again, where no other stop is in force."""
        if one.code:
            return {"core.not_found"}
        rows = self._world.rows(text("SELECT device, starts_at, ends_at FROM booking_stop WHERE resumed_at IS NULL"))
        still = [(row.device, row.starts_at, row.ends_at) for row in rows]
        stop = one.answer[0]
        for slot in self._naive.slots.values():
            mine = (
                slot["device"] == stop.device and slot["starts_at"] < stop.ends_at and slot["ends_at"] > stop.starts_at
            )
            other = any(slot["device"] == d and slot["starts_at"] < e and slot["ends_at"] > s for d, s, e in still)
            if mine and not other and slot["starts_at"] > self._now:
                slot["closed"] = False
        return set()
