"""What must come out, worked out again in the plainest way: dicts and lists, minute by minute, no code of the product.

For each command `Naive.why_not` returns all reasons that stand against it; the product must accept exactly when there
is none, and else give one of them. What was accepted is then noted with `do`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulation.naive_rules import LIVE, Rules, Thing

TAKING = (*LIVE, "fulfilled", "no_show")
STEP = timedelta(minutes=5)  # all slots and lengths are multiples of it


def _steps(slot: Thing) -> Iterable[datetime]:
    moment = slot["starts_at"]
    while moment < slot["ends_at"]:
        yield moment
        moment += STEP


@dataclass
class Naive(Rules):
    """All that is known: slots, order items and appointments as dicts; `places`: who ever took a place in a slot."""

    staff: dict[str, list[str]]
    rules: list[Thing]
    limits: Thing
    slots: dict[str, Thing] = field(default_factory=dict)
    at: dict[tuple[str, datetime], str] = field(default_factory=dict)  # device and moment -> its slot then
    items: dict[str, Thing] = field(default_factory=dict)
    made: dict[str, Thing] = field(default_factory=dict)  # appointments
    of_patient: dict[str, dict[str, Thing]] = field(default_factory=dict)
    places: dict[str, list[Thing]] = field(default_factory=dict)
    payments: dict[str, bool] = field(default_factory=dict)

    # --- what is there ---

    def add_slot(self, **slot: Any) -> None:
        self.slots[slot["id"]] = slot
        for moment in _steps(slot):
            self.at[slot["device"], moment] = slot["id"]
        self.places[slot["id"]] = []

    def counts(self, slot: str) -> tuple[int, int]:
        """Held and booked in a slot."""
        states = [one["state"] for one in self.places[slot] if one["state"] in TAKING]
        return states.count("held"), len(states) - states.count("held")

    def taken(self, slot: str, pool: str) -> int:
        return sum(one["state"] in TAKING and one["pool"] == pool for one in self.places[slot])

    def _room(self, slot: str, pool: str, now: datetime, but: Thing | None) -> str:
        """Why no place of a slot is free for a pool ('' if one is); the places of `but` count as free."""
        one = self.slots[slot]
        if one["closed"]:
            return "booking.slot_closed"
        inside = [other for other in self.places[slot] if other["state"] in TAKING and other is not but]
        free = one["capacity"] - len(inside)
        for share in one["pools"]:
            used = sum(other["pool"] == share["pool"] for other in inside)
            if share["pool"] == pool and share["cap"] is not None:
                free = min(free, share["cap"] - used)
        kept = 0
        for share in one["pools"]:
            used = sum(other["pool"] == share["pool"] for other in inside)
            if share["pool"] != pool and (share["release_at"] is None or now < share["release_at"]):
                kept += max(0, share["reserve"] - used)
        return "" if min(free, one["capacity"] - len(inside) - kept) >= 1 else "booking.slot_full"

    def _walk(self, device: str, start: datetime, end: datetime) -> list[str] | None:
        """The slots of a device or group from start to end, five minutes after five; None where there is none."""
        found, minute = list[str](), start
        while minute < end:
            name = self.at.get((device, minute))
            if name is None:
                return None
            if not found or found[-1] != name:
                found.append(name)
            minute += STEP
        return found

    # --- what stands against a place ---

    def place(self, item: Thing, slot: str, pool: str, now: datetime, but: Thing | None) -> tuple[set[str], list[str]]:
        """Reasons against a place, and the slots that it takes if there are none of them."""
        if slot not in self.slots:
            return {"core.not_found"}, []
        first, exam = self.slots[slot], self.exams[item["exam"]]
        why = set[str]()
        if first["device"] not in exam["makers"]:
            return {"booking.wrong_device"}, []
        if first["ends_at"] <= now:
            why.add("booking.slot_past")
        long = timedelta(minutes=exam["parts"].get(item["part"], exam["minutes"]))
        own = self._walk(first["device"], first["starts_at"], first["starts_at"] + long)
        if own is None:
            return why | {"booking.slot_too_short"}, []
        why |= {reason for name in own if (reason := self._room(name, pool, now, but))}
        start, end = first["starts_at"], self.slots[own[-1]]["ends_at"]
        takes = list(own)
        for capability in exam["needs"]:
            walks = (self._walk(group, start, end) for group in self.staff.get(capability, ()))
            free = (walk for walk in walks if walk and not any(self._room(name, "", now, but) for name in walk))
            with_us = next(free, None)
            if with_us is None:
                why.add("booking.no_companion")
            else:
                takes += [name for name in with_us if name not in takes]
        return why, takes

    def against(self, item: Thing, takes: list[str], now: datetime, but: str, asks: Thing) -> set[str]:
        """Reasons of the patient and the rules against a stretch of time."""
        first = self.slots[takes[0]]
        start, device = first["starts_at"], first["device"]
        end = max(self.slots[name]["ends_at"] for name in takes if self.slots[name]["device"] == device)
        exam, why = self.exams[item["exam"]], set[str]()
        others = [one for one in self.of_patient.get(item["patient"], {}).values() if one["id"] != but]
        if any(one["state"] in LIVE and one["start"] < end and start < one["end"] for one in others):
            why.add("booking.patient_busy")
        late = exam["prepares"] and start < now + timedelta(minutes=exam["prepares"])
        if late and "booking.preparation" not in asks["overrides"]:
            why.add("booking.too_short_notice")
        around = [one for one in others if one["state"] in (*LIVE, "fulfilled")]
        for rule in self.rules:
            if self._breaks(rule, item, device, start, end, around):
                if rule["id"] not in asks["overrides"]:
                    why.add("booking.rule_refuses")
                elif not rule["soft"]:
                    why.add("booking.override_refused")
        return why

    # --- commands ---

    def book(self, item: str, slot: str, pool: str, now: datetime, asks: Thing) -> tuple[set[str], list[str]]:
        """Reasons against a new appointment, and what it would take."""
        wanted = self.items.get(item)
        if wanted is None:
            return {"core.not_found"}, []
        own, why = self.of_patient.get(wanted["patient"], {}), set[str]()
        if wanted["state"] != "active":
            why.add("booking.wrong_state")
        if any(one["item"] == item and one["state"] in LIVE for one in own.values()):
            why.add("booking.already_booked")
        why |= self._whose(wanted, asks)
        more, takes = self.place(wanted, slot, pool, now, None)
        why |= more
        if takes:
            why |= self.against(wanted, takes, now, "", asks)
        return why, takes

    def _whose(self, item: Thing, asks: Thing) -> set[str]:
        return {"booking.not_yours"} if asks["patient"] and asks["patient"] != item["patient"] else set()

    def _late(self, one: Thing, now: datetime, asks: Thing) -> set[str]:
        early = one["start"] - timedelta(minutes=self.limits["cancel_minutes"])
        return {"booking.too_late"} if asks["patient"] and now > early else set()

    def _lapsed(self, one: Thing, now: datetime) -> bool:
        return one["expires"] is not None and one["expires"] <= now

    def move(self, name: str, slot: str, pool: str, now: datetime, asks: Thing) -> tuple[set[str], list[str]]:
        """Reasons against another place, and what it would take."""
        one = self.made.get(name)
        if one is None:
            return {"core.not_found"}, []
        if one["state"] not in ("booked", "held"):
            return {"booking.wrong_state"}, []
        item = self.items[one["item"]]
        why = self._whose(item, asks) | self._late(one, now, asks)
        if self._lapsed(one, now):
            why.add("booking.hold_lapsed")
        if slot == one["slots"][0]:
            return why | {"booking.already_booked"}, []
        more, takes = self.place(item, slot, pool or one["pool"], now, one)
        why |= more
        if takes:
            why |= self.against(item, takes, now, name, asks)
        return why, takes

    def confirm(self, name: str, now: datetime, asks: Thing) -> set[str]:
        """Reasons against making a hold a booking."""
        one = self.made.get(name)
        if one is None:
            return {"core.not_found"}
        if one["state"] != "held":
            return {"booking.wrong_state"}
        item = self.items[one["item"]]
        why = self._whose(item, asks)
        if self._lapsed(one, now):
            why.add("booking.hold_lapsed")
        if item["state"] != "active":
            why.add("booking.wrong_state")
        if self.exams[item["exam"]]["prepaid"] and not one["paid"]:
            why.add("booking.needs_payment")
        return why

    def cancel(self, name: str, now: datetime, asks: Thing) -> set[str]:
        """Reasons against giving a place back."""
        one = self.made.get(name)
        if one is None:
            return {"core.not_found"}
        if one["state"] not in LIVE:
            return {"booking.wrong_state"}
        why = self._whose(self.items[one["item"]], asks)
        if one["state"] != "held":
            why |= self._late(one, now, asks)
            own = self.of_patient[one["patient"]].values()
            mine = sum(
                other["state"] == "cancelled" and other["by"] == asks["patient"]
                for other in own
                if other["gone_at"] is not None and other["gone_at"] > now - timedelta(days=30)
            )
            if asks["patient"] and mine >= self.limits["cancels"]:
                why.add("booking.cancel_limit")
        return why

    def pays(self, name: str, now: datetime) -> bool:
        """Whether a payment is taken, or goes back."""
        one = self.made[name]
        return one["state"] in LIVE and not one["paid"] and not self._lapsed(one, now)

    # --- what was accepted ---

    def put(self, name: str, item: str, takes: Iterable[str], state: str, pool: str, expires: datetime | None) -> None:
        """Note a new appointment."""
        wanted = self.items[item]
        one: Thing = {
            "id": name,
            "item": item,
            "patient": wanted["patient"],
            "exam": wanted["exam"],
            "state": state,
            "paid": wanted["paid"],
            "expires": expires,
            "gone_at": None,
            "by": "",
        }
        self.made[name] = one
        self.of_patient.setdefault(wanted["patient"], {})[name] = one
        self.seat(one, takes, pool)

    def seat(self, one: Thing, takes: Iterable[str], pool: str) -> None:
        """Note where an appointment is made."""
        for name in one.get("slots", ()):
            self._leave(name, one)
        slots = list(takes)
        device = self.slots[slots[0]]["device"]
        own = [self.slots[name] for name in slots if self.slots[name]["device"] == device]
        one |= {"slots": slots, "device": device, "pool": pool, "start": own[0]["starts_at"]}
        one["end"] = max(slot["ends_at"] for slot in own)
        for name in slots:
            self.places[name].append(one)

    def end(self, name: str, state: str, now: datetime, by: str = "") -> None:
        """Note that an appointment is in another state."""
        self.made[name] |= {"state": state, "expires": None, "gone_at": now, "by": by}

    def take_back(self, name: str) -> None:
        """Forget an appointment as if it had never been."""
        one = self.made.pop(name)
        del self.of_patient[one["patient"]][name]
        for slot in one["slots"]:
            self._leave(slot, one)

    def _leave(self, slot: str, one: Thing) -> None:
        self.places[slot] = [other for other in self.places[slot] if other is not one]

    def forget(self, made: Iterable[str], slots: Iterable[str], items: Iterable[str]) -> None:
        """Let go of what is long over."""
        for name in made:
            self.take_back(name)
        for name in slots:
            one = self.slots.pop(name)
            del self.places[name]
            for moment in _steps(one):
                del self.at[one["device"], moment]
        for name in items:
            del self.items[name]
