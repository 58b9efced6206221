"""The pure world: clients, a daemon that crashes, a store that keeps, and a naive model that knows better."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any

from simulation.asking import VERBS, Ask, Clients, Sight
from simulation.compared import Compared, naive_of, slot_of
from simulation.daemon import Daemon
from simulation.durable import Durable
from simulation.hospital import EPOCH, FIRST, LUNCH, Hospital, hospital
from simulation.settled import Settled

from yiji.booking.rules import invariants
from yiji.booking.rules.facts import ItemFacts
from yiji.core.contract.booking import Violation
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex

PATIENTS = 70
AHEAD = 3  # days that are open
KEPT = timedelta(days=4)  # how long what is over is looked at
FULL = 5000  # commands between two looks at everything
LOST = ("", "", "", "", "", "", "", "", "before", "after", "halved")  # what may happen to a batch
SINGLES = ("stop", "resume", "lapse", "confirm_plan")  # what the bus hands over one at a time
WEIGHTS = VERBS | {"stop": 1, "resume": 1}


class Broken(AssertionError):
    """Something does not hold; the message has the seed and the step that replay it."""


@dataclass
class World:
    """One run; `trace` digests all that was asked and answered, `told` counts it."""

    seed: int
    hospital: Hospital = field(init=False)
    random: Random = field(init=False)
    now: datetime = EPOCH
    step: int = 0
    told: Counter[str] = field(default_factory=Counter)
    checks: int = 0

    def __post_init__(self) -> None:
        self.random = Random(f"world {self.seed}")
        self.hospital = hospital(self.seed)
        self.store = Durable(self.hospital.house)
        self.daemon = Daemon(self.store)
        self.naive = naive_of(self.hospital)
        self.sight = Sight()
        rules = tuple(spec.id for spec in self.hospital.rules.rules)
        self.clients = Clients(self.random, self.sight, WEIGHTS, (*rules, LUNCH))
        self.trace = blake2b(digest_size=16)
        self.retries: list[tuple[datetime, Ask]] = []
        self.done: dict[tuple[str, str], tuple[Any, ...]] = {}  # what was committed under a key, by its first answer
        self.keys: list[Ask] = []
        self.day = -1
        self._new_day()

    # --- time ---

    def _new_day(self) -> None:
        """Open the days to come, and let go of what is long over."""
        today = (self.now - EPOCH).days
        for number in range(self.day + AHEAD if self.day >= 0 else 0, today + AHEAD):
            slots = self.hospital.open(FIRST + timedelta(days=number))
            self.store.open(slots)
            self.sight.open((slot.id, slot.device, slot.starts_at) for slot in slots)
            for slot in slots:
                self.naive.add_slot(**slot_of(slot))
        self.day = today
        self._settle_yesterday()
        gone, slots, items = self.store.forget(self.now - KEPT)
        over = [name for name, (_, start) in self.sight.slots.items() if start < self.now]
        self.sight.forget(over)
        self.naive.forget(gone, slots, items)
        self.done = {key: kept for key, kept in self.done.items() if kept[2] > self.now - 2 * KEPT}
        self.store.keys = {key: kept for key, kept in self.store.keys.items() if key in self.done}
        self.sight.heat(self.random)

    def _settle_yesterday(self) -> None:
        """The house marks who did not come, and the staff ends what was begun: nothing of the past stays open."""
        for one in list(self.store.appointments.values()):
            if one.is_live and one.ends_at < self.now:
                verb = {"held": "lapse", "booked": "miss"}.get(one.state.value, "fulfil")
                self._handle([Ask(verb, "house", f"settle {one.id} {self.step}", name=one.id)])

    def _tick(self) -> None:
        self.now += timedelta(seconds=self.random.choice((0, 0, 1, 5, 30, 240)))
        if (self.now - EPOCH).days != self.day:
            self._new_day()
        if self.random.random() < 0.01:
            self.sight.heat(self.random)
        if self.random.random() < 0.35:
            self._order()

    def _order(self) -> None:
        """A doctor orders something for a patient."""
        number, exam = self.random.randrange(PATIENTS), self.random.choice(list(self.hospital.house.exams.values()))
        item_id, patient = f"itm-{len(self.naive.items)}-{self.step}", f"pat-{number}"
        part = self.random.choice(("", "", "HEAD"))
        sex, paid = Sex.FEMALE if number % 2 else Sex.MALE, self.random.random() < 0.1
        state = "active" if self.random.random() < 0.98 else "revoked"
        who = PatientBrief(id=patient, name="P", sex=sex, visit_class="OIE"[number % 3])
        brief = OrderBrief(
            order_id=item_id,
            item_id=item_id,
            accession_number="",
            placer_number="",
            sender="",
            patient=who,
            exam_code=exam.code,
            exam_name="",
            department=exam.department,
            body_part=part,
            ordered_at=self.now,
        )
        self.store.items[item_id] = ItemFacts(brief, state, exam, paid)
        self.sight.see(self.sight.items, (item_id, patient, exam.makers), self.random)
        self.naive.items[item_id] = {
            "patient": patient,
            "exam": exam.code,
            "part": part,
            "state": state,
            "paid": paid,
            "sex": sex.value,
            "class": who.visit_class,
        }

    # --- commands ---

    def run(self, commands: int) -> "World":
        """Go on until so many commands were handled."""
        ends = self.step + commands
        while self.step < ends:
            self._tick()
            self._batch()
        self.look_at_everything()
        return self

    def _batch(self) -> None:
        asks, before = self._gather(), self.step
        for batch in [[ask] for ask in asks] if asks[0].verb in SINGLES else [asks]:
            self._handle(batch)
        if self.step // FULL != before // FULL:
            self.look_at_everything()

    def _handle(self, asks: Sequence[Ask]) -> None:
        fault = self.random.choice(LOST)
        settled, committed = self.daemon.run(asks, self.now, fault)
        self.step += len(asks)
        if committed:
            for one in settled:
                self._compare(one)
            self._look_at(settled)
        for one in settled:
            self._reply(one, fault in ("before", "after") or self.random.random() < 0.02)
        if fault:
            self.told[f"fault {fault}"] += 1

    def _gather(self) -> list[Ask]:
        """Commands of one type, with retries of it that are due, and now and then one twice."""
        first = self.clients.next()
        more = 0 if first.verb in SINGLES else self.random.randrange(5)
        asks = [first, *(self.clients.next(first.verb) for _ in range(more))]
        due = [ask for at, ask in self.retries if at <= self.now and ask.verb == first.verb]
        if due:
            self.retries = [(at, ask) for at, ask in self.retries if not (at <= self.now and ask.verb == first.verb)]
        asks += due
        chance = self.random.random()
        if chance < 0.04:
            asks.append(self.random.choice(asks))
        elif chance < 0.06 and self.keys:
            old = self.random.choice(self.keys)
            asks[0] = replace(asks[0], who=old.who, key=old.key)
        return asks

    def _reply(self, one: Settled, lost: bool) -> None:
        """What a client sees; without a reply it asks again, with the same key."""
        ask, key = one.ask, (one.ask.who, one.ask.key)
        if lost:
            wait = timedelta(seconds=self.random.choice((1, 10, 300)))
            self.retries.append((self.now + wait, ask))
            self.told["lost replies"] += 1
            return
        line = f"{self.now.isoformat()} {ask} {one.code or one.answer}\n"
        self.trace.update(line.encode())
        self.told[one.code or "ok"] += 1
        kept = self.done.get(key)
        if kept is not None and kept[0] == ask.body and kept[1] != (one.code, one.answer):
            self.fail(f"{ask} was answered {kept[1]}, and now {(one.code, one.answer)}")
        if not one.code:
            self._see(ask, one)

    def _see(self, ask: Ask, one: Settled) -> None:
        if ask.verb in ("book", "hold"):
            self._remember(one.answer[0], ask.verb == "hold")
        elif ask.verb == "plan":
            self.sight.plans.append(one.answer[0])
            for told in one.answer[1:]:
                self._remember(told[0])
        elif ask.verb == "stop":
            self.sight.stops.append(one.answer[0])
        self.keys = [*self.keys[-50:], ask]

    def _remember(self, name: str, held: bool = False) -> None:
        one = self.store.appointments.get(name)
        if one is not None:
            makers = self.hospital.house.exams[one.exam_code].makers
            self.sight.see(self.sight.made, (name, one.patient_id, makers), self.random)
            if held:
                self.sight.held.append((name, one.patient_id, makers))

    # --- what must hold ---

    def fail(self, what: str) -> None:
        raise Broken(f"seed {self.seed}, step {self.step}, {self.now.isoformat()}: {what}")

    def _compare(self, one: Settled) -> None:
        """The model says what must have come out; then it notes what did."""
        ask, key = one.ask, (one.ask.who, one.ask.key)
        if not one.fresh:
            return
        if key in self.done and not one.code:
            self.fail(f"{key} was committed twice")
        if not one.code:
            self.done[key] = (ask.body, ("", one.answer), self.now)
        why = getattr(Compared(self), ask.verb)(one)
        if why is not None and (bool(why) != bool(one.code) or (one.code and one.code not in why)):
            self.fail(f"{ask}: came out as {one.code or one.answer}, the model says {sorted(why) or 'yes'}")

    def _look_at(self, settled: Sequence[Settled]) -> None:
        """The invariants on all that a batch touched."""
        store, patients, slots = self.store, dict[str, None](), dict[str, None]()
        for one in settled:
            for decision in one.decisions if one.fresh else ():
                after = decision.appointment
                patients[after.patient_id] = None
                slots.update(dict.fromkeys((*after.slots, *(decision.before.slots if decision.before else ()))))
        self._refuse_any(self._about(slots, patients))
        for slot in slots:
            self._count(slot)
        self.checks += len(slots) + len(patients)
        for patient in patients:
            mine = {name: store.appointments[name].state.value for name in store.of_patient.get(patient, ())}
            known = {name: one["state"] for name, one in self.naive.of_patient.get(patient, {}).items()}
            if mine != known:
                self.fail(f"{patient} has {mine}, the model says {known}")

    def _about(self, slots: Iterable[str], patients: Iterable[str]) -> Iterable[Violation]:
        store = self.store
        for slot in slots:
            yield from invariants.of_slot(store.slots[slot], store.taking(slot))
        for patient in patients:
            own = [store.appointments[name] for name in store.of_patient.get(patient, ())]
            yield from invariants.of_patient(own)
            for one in own:
                if one.is_live:
                    here = invariants.stretches(one, store.slots)
                    yield from invariants.of_appointment(one, here)
                    yield from invariants.of_catalogue(store.house, one, here)

    def _count(self, name: str) -> None:
        slot = self.store.slots[name]
        if (slot.held, slot.booked) != self.naive.counts(name):
            self.fail(f"{name} counts {slot.held}, {slot.booked}; the model {self.naive.counts(name)}")
        for quota in slot.quotas:
            if quota.taken != self.naive.taken(name, quota.pool):
                self.fail(f"{name} {quota.pool} counts {quota.taken}; the model {self.naive.taken(name, quota.pool)}")

    def _refuse_any(self, violations: Iterable[Violation]) -> None:
        found = list(violations)
        if found:
            self.fail("; ".join(f"{one.invariant} {one.subject}: {one.detail}" for one in found[:5]))

    def look_at_everything(self) -> None:
        """All invariants on all that is kept, and each committed key there once."""
        store = self.store
        self._refuse_any(invariants.of_board(store.house, store.slots, store.appointments))
        for name in store.slots:
            self._count(name)
        links = Counter(
            (one.id, link["actor"], link["reason"]) for one in store.appointments.values() for link in one.changes
        )
        if links and max(links.values()) > 1:
            self.fail(f"done twice: {links.most_common(1)}")
        for _, actor, key in links:
            if (actor, key) not in self.done:
                self.fail(f"{actor} {key} was never committed, and left a trace")
        self.checks += len(store.slots) + len(store.appointments)
        self.told["looks at everything"] += 1
