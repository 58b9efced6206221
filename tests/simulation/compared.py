"""The model beside the product: what each verb must come to, and what the model then notes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulation.asking import Ask
from simulation.hospital import LUNCH, Hospital
from simulation.naive import Naive
from simulation.settled import Answer, Settled

from yiji.booking.rules.facts import SlotFacts

if TYPE_CHECKING:
    from simulation.world import World


def naive_of(made: Hospital) -> Naive:
    """Return the model of a hospital without a slot."""
    house, limits = made.house, made.parameters
    lunch = {"id": LUNCH, "kind": "lunch", "first": {"exams": (), "tags": ("contrast",)}, "soft": True}
    return Naive(
        exams={
            exam.code: {
                "makers": exam.makers,
                "minutes": exam.minutes,
                "parts": dict(exam.part_minutes),
                "needs": exam.needs,
                "prepares": exam.preparation_minutes,
                "tags": sorted(exam.tags),
                "prepaid": exam.prepaid,
            }
            for exam in house.exams.values()
        },
        staff={capability: list(groups) for capability, groups in house.staff.items()},
        where={code: (one.room, one.department, one.campus) for code, one in house.devices.items()},
        rules=[
            *(
                {
                    "id": spec.id,
                    "kind": spec.kind.value,
                    "first": {"exams": spec.first.exams, "tags": spec.first.tags},
                    "second": {"exams": spec.second.exams, "tags": spec.second.tags},
                    "hours": spec.within_hours,
                    "gap": spec.gap_minutes,
                    "both": spec.both_ways,
                    "scope": spec.scope.value,
                    "limit": spec.limit,
                    "opens": spec.opens,
                    "closes": spec.closes,
                    "sexes": spec.sexes,
                    "soft": spec.overridable,
                }
                for spec in made.rules.rules
            ),
            lunch,
        ],
        limits={
            "hold": limits.hold_minutes,
            "payment": limits.payment_minutes,
            "cancels": limits.online_cancel_limit,
            "cancel_minutes": limits.online_cancel_minutes,
        },
    )


def slot_of(slot: SlotFacts) -> dict[str, Any]:
    """Return a slot as the model keeps it."""
    pools = [
        {"pool": quota.pool, "cap": quota.cap, "reserve": quota.reserve, "release_at": quota.release_at}
        for quota in slot.quotas
    ]
    return {
        "id": slot.id,
        "device": slot.device,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "capacity": slot.capacity,
        "closed": False,
        "pools": pools,
    }


class Compared:
    """What the model says to each verb, and what it then notes. None: it has no opinion."""

    def __init__(self, world: "World") -> None:
        self._naive, self._now, self._world = world.naive, world.now, world

    def _asks(self, ask: Ask) -> dict[str, Any]:
        return {"patient": ask.patient, "overrides": ask.overrides}

    def _pool(self, ask: Ask, item: str) -> str:
        if ask.pool or item not in self._naive.items:
            return ask.pool
        usual = {"I": "inpatient", "E": "emergency"}.get(self._naive.items[item]["class"], "outpatient")
        return "online" if ask.patient else usual

    def _new(self, ask: Ask, item: str, slot: str, told: Answer, hold: timedelta | None, name: str = "") -> set[str]:
        """Reasons against a new appointment; none: it is noted as it was told, or under `name` only to try."""
        naive, pool = self._naive, self._pool(ask, item)
        why, takes = naive.book(item, slot, pool, self._now, self._asks(ask))
        if why or not (told or name):
            return why
        wanted = naive.items[item]
        if naive.exams[wanted["exam"]]["prepaid"] and not wanted["paid"] and hold is None:
            hold = timedelta(minutes=naive.limits["payment"])
        until = self._now + hold if hold else None
        naive.put(told[0] if told else name, item, takes, "held" if until else "booked", pool, until)
        if told and (list(told[3:]) != takes or told[2] != naive.made[told[0]]["state"]):
            self._world.fail(f"{ask} took {told}, the model says {takes}")
        return why

    def book(self, one: Settled) -> set[str]:
        hold = timedelta(minutes=self._naive.limits["hold"]) if one.ask.hold else None
        return self._new(one.ask, one.ask.item, one.ask.slot, one.answer, hold)

    hold = book

    def plan(self, one: Settled) -> set[str]:
        """All or none: place after place on the model; what was only tried goes back again."""
        ask, naive = one.ask, self._naive
        owners = {naive.items[item]["patient"] for item, _ in ask.choices if item in naive.items}
        if len(owners) > 1:
            return {"booking.many_patients"}
        made, tried, why, hold = list(one.answer[1:]), list[str](), set[str](), timedelta(minutes=naive.limits["hold"])
        for number, (item, slot) in enumerate(self._in_time(ask)):
            told, name = (made[number], "") if made else ((), f"try-{number}")
            why = self._new(ask, item, slot, told, hold, name)
            if why:
                break
            tried += [name] if name else []
        for name in tried:
            naive.take_back(name)
        return why

    def _in_time(self, ask: Ask) -> list[tuple[str, str]]:
        slots = self._naive.slots
        return sorted(ask.choices, key=lambda one: slots[one[1]]["starts_at"] if one[1] in slots else self._now)

    def move(self, one: Settled) -> set[str]:
        return self._move(one.ask.name, one.ask.slot, one.ask.pool, self._asks(one.ask), not one.code)

    def _move(self, name: str, slot: str, pool: str, asks: dict[str, Any], done: bool) -> set[str]:
        why, takes = self._naive.move(name, slot, pool, self._now, asks)
        if not why and done:
            known = self._naive.made[name]
            self._naive.seat(known, takes, pool or known["pool"])
        return why

    def confirm(self, one: Settled) -> set[str]:
        why = self._naive.confirm(one.ask.name, self._now, self._asks(one.ask))
        if not why:
            self._naive.made[one.ask.name] |= {"state": "booked", "expires": None}
        return why

    def confirm_plan(self, one: Settled) -> set[str] | None:
        names = [told[0] for told in one.answer]
        for name in names:
            self._naive.made[name] |= {"state": "booked", "expires": None}
        return set() if names else None

    def cancel(self, one: Settled) -> set[str]:
        why = self._naive.cancel(one.ask.name, self._now, self._asks(one.ask))
        if not why:
            self._naive.end(one.ask.name, "cancelled", self._now, one.ask.patient)
        return why

    def pay(self, one: Settled) -> set[str]:
        naive, ask = self._naive, one.ask
        if ask.slot in naive.payments:
            return set()
        if ask.name not in naive.made:
            return {"core.not_found"}
        taken = naive.pays(ask.name, self._now)
        naive.payments[ask.slot] = taken
        if one.answer != (taken,):
            self._world.fail(f"{ask}: came out as {one.answer}, the model says {taken}")
        if taken:
            naive.made[ask.name] |= {"paid": True}
            if naive.made[ask.name]["state"] == "held":
                naive.made[ask.name] |= {"state": "booked", "expires": None}
        return set()

    def lapse(self, one: Settled) -> set[str]:
        naive = self._naive
        due = [name for name, known in naive.made.items() if known["expires"] and known["expires"] <= self._now]
        for name in due:
            naive.end(name, "expired", self._now)
        if one.answer != (len(due),):
            self._world.fail(f"lapsed {one.answer}, the model says {len(due)}")
        return set()

    def miss(self, one: Settled) -> set[str]:
        known = self._naive.made.get(one.ask.name)
        if known is None:
            return {"core.not_found"}
        if known["state"] != "booked" or known["start"] > self._now:
            return {"booking.wrong_state"}
        known["state"] = "no_show"
        return set()

    def check_in(self, one: Settled) -> set[str]:
        return self._set(one.ask.name, "checked_in", ("booked",))

    def fulfil(self, one: Settled) -> set[str]:
        return self._set(one.ask.name, "fulfilled", ("booked", "checked_in"))

    def _set(self, name: str, state: str, before: tuple[str, ...]) -> set[str]:
        known = self._naive.made.get(name)
        if known is None:
            return {"core.not_found"}
        if known["state"] not in before:
            return {"booking.wrong_state"}
        known["state"] = state
        return set()

    def stop(self, one: Settled) -> set[str]:
        """Each displaced one went to the first of its options that nothing stood against, and no other."""
        for slot in one.closed:
            self._naive.slots[slot]["closed"] = True
        moved = {decision.appointment.id: decision.appointment.slot_id for decision in one.decisions}
        for name, options in one.tried:
            for slot in options if self._naive.made[name]["state"] != "checked_in" else ():
                why = self._move(name, slot, "", {"patient": "", "overrides": ()}, moved.get(name) == slot)
                if bool(why) is (moved.get(name) == slot):
                    self._world.fail(f"{name} went to {moved.get(name)}; for {slot} the model says {why or 'yes'}")
                if not why:
                    break
        return {"core.not_found"} if one.ask.start is None else set()

    def resume(self, one: Settled) -> set[str] | None:
        for slot in one.closed:
            self._naive.slots[slot]["closed"] = False
        return None
