"""The same clients before the real house: handlers, bus and PostgreSQL, on a virtual clock, with the same naive model.

The database is killed now and then while commands are on their way; keys come again with the same and other bodies.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from simulation.asking import VERBS, Ask, Clients, Sight
from simulation.compared import naive_of, slot_of
from simulation.hospital import EPOCH, FIRST, Hospital, hospital
from simulation.real_words import Real, message_of
from simulation.settled import Settled
from simulation.world import Broken
from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from yiji.booking.rules.facts import SlotFacts
from yiji.booking.rules.pools import Quota
from yiji.core import clock
from yiji.core.actor import Actor, sign
from yiji.core.app import App
from yiji.core.bus import FutureSink
from yiji.core.contract import booking as b
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import OpenSlots
from yiji.core.contract.order import OrderedItem, RegisterOrder, RevokeOrder
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.contract.rule import CheckRules, LoadRules
from yiji.core.errors import KINDS, YijiError
from yiji.core.job import Envelope
from yiji.core.store.db import is_lost

PATIENTS = 40
DAYS = 3
WALK = "demo_hospital.walk"
SINGLES = ("stop", "resume", "lapse", "confirm_plan", "check_in")
WEIGHTS = {**VERBS, "stop": 1, "resume": 1}
VERIFY = 40  # commands between two verifications
_SLOTS = text("SELECT * FROM booking_slot ORDER BY starts_at, device")
_QUOTAS = text("SELECT * FROM booking_quota ORDER BY slot_id, pool")
_OF = text("SELECT id, slots FROM booking_appointment WHERE id = ANY(:ids)")


@contextmanager
def virtual(world: "RealWorld") -> Generator[None]:
    """Let the house read the world's clock."""
    real = clock.now
    clock.now = lambda: world.now
    try:
        yield
    finally:
        clock.now = real


@dataclass
class RealWorld:
    """One run against a site; its database is this process's own, so that it may be killed."""

    app: App
    seed: int
    now: datetime = EPOCH + timedelta(hours=6)
    step: int = 0
    told: Counter[str] = field(default_factory=Counter)
    hospital: Hospital = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"real {self.seed}")
        self.sight, self.done = Sight(), dict[tuple[str, str], Any]()
        self.keys: list[tuple[Ask, Any]] = []
        self.tokens: dict[str, str] = {}
        self.operator = self.app.bus_as(self.app.operator_token())
        self.orders = 0
        self.patients: dict[str, str] = {}  # numbers by id

    def fail(self, what: str) -> None:
        """Tell what does not hold, with what replays it."""
        raise Broken(f"seed {self.seed}, step {self.step}, {self.now.isoformat()}: {what}")

    def rows(self, query: TextClause, **told: Any) -> Sequence[Row[Any]]:
        """Look past the bus; the database may just have died."""
        while True:
            try:
                with self.app.store.begin() as tx:
                    return tx.db.execute(query, told).all()
            except DBAPIError as fault:
                if not is_lost(fault):
                    raise
                self.app.store.heal()

    # --- the site ---

    def furnish(self) -> None:
        """Load master data and those of the rules that agree with one another; open some days."""
        made = hospital(self.seed)
        self.operator.ask(LoadCatalogue(catalogue=made.catalogue))
        rules = made.rules
        found = self.operator.ask(CheckRules(rules=rules)).findings
        wrong = {rule for one in found if one.severity == "error" for rule in one.rules}
        rules = rules.model_copy(update={"rules": tuple(one for one in rules.rules if one.id not in wrong)})
        self.operator.ask(LoadRules(rules=rules))
        self.hospital = replace(made, rules=rules)
        self.naive = naive_of(self.hospital)
        self.naive.rules[-1] = {"id": WALK, "kind": "walk", "soft": True}  # the plugin's rule in place of our own
        self.operator.ask(OpenSlots(first_day=FIRST, days=DAYS), timeout=60)
        self._see_slots()
        self.clients = Clients(self.random, self.sight, WEIGHTS, (*(one.id for one in rules.rules), WALK))
        for _ in range(PATIENTS):
            self._order()

    def _see_slots(self) -> None:
        rows, shares = self.rows(_SLOTS), self.rows(_QUOTAS)
        pools: dict[str, tuple[Quota, ...]] = {}
        for row in shares:
            quota = Quota(row.pool, row.cap, row.reserve, row.release_at)
            pools[row.slot_id] = (*pools.get(row.slot_id, ()), quota)
        for row in rows:
            told = (row.id, row.device, row.starts_at, row.ends_at, row.capacity, 0, 0, False, pools.get(row.id, ()))
            self.naive.add_slot(**slot_of(SlotFacts(*told)))
        self.sight.open((row.id, row.device, row.starts_at) for row in rows)
        self.sight.heat(self.random)

    def _order(self) -> None:
        """A doctor orders one to three things for a patient; now and then he takes it back."""
        number, house = self.random.randrange(PATIENTS), self.hospital.house
        exams = [self.random.choice(list(house.exams.values())) for _ in range(self.random.randint(1, 3))]
        sex, kind = Sex.FEMALE if number % 2 else Sex.MALE, "OIE"[number % 3]
        self.orders += 1
        items = tuple(
            OrderedItem(
                placer_number=f"N{self.orders}-{index}",
                exam_code=exam.code,
                body_part=self.random.choice(("", "", "HEAD")),
                paid=self.random.random() < 0.1,
            )
            for index, exam in enumerate(exams)
        )
        who = PatientBrief(
            name=f"测试{number}",
            sex=sex,
            identifiers=(Identifier(system="HIS", value=f"P{number}"),),
            visit_number=f"V{self.orders}",
            visit_class=kind,
        )
        told = self.operator.ask(RegisterOrder(sender="HIS", group_number=f"G{self.orders}", patient=who, items=items))
        revoked = self.random.random() < 0.03
        if revoked:
            self.operator.ask(RevokeOrder(sender="HIS", placer_numbers=tuple(one.placer_number for one in items)))
        for asked, kept, exam in zip(items, told.items, exams, strict=True):
            self.sight.see(self.sight.items, (kept.id, told.patient.id, exam.makers), self.random)
            self.naive.items[kept.id] = {
                "patient": told.patient.id,
                "exam": exam.code,
                "part": asked.body_part,
                "state": "revoked" if revoked else "active",
                "paid": asked.paid,
                "sex": sex.value,
                "class": kind,
            }

    # --- commands ---

    def run(self, commands: int, kills: int = 0) -> "RealWorld":
        """Go on until so many commands were handled; the database is killed so many times on the way."""
        shots = {commands * (number + 1) // (kills + 1) for number in range(kills)}
        checked = 0
        while self.step < commands:
            self.now += timedelta(seconds=self.random.choice((0, 0, 5, 30, 240, 600)))
            if self.random.random() < 0.5:
                self._order()
            due = {at for at in shots if at <= self.step}
            shots -= due
            self._group(kill=bool(due))
            if self.step - checked >= VERIFY:
                checked = self.step
                self.verify()
        self.verify()
        self.look_at_everything()
        return self

    def _group(self, kill: bool) -> None:
        first = self.clients.next()
        more = 0 if first.verb in SINGLES else self.random.randrange(6)
        asks = [first, *(self.clients.next(first.verb) for _ in range(more))]
        if self.keys and self.random.random() < 0.15:
            old, _ = self.random.choice(self.keys)
            same = self.random.random() < 0.5
            asks = [old] if same else [replace(asks[0], who=old.who, key=old.key)]
        shooter = threading.Thread(target=self._shoot, args=(self.random.random() * 0.02,)) if kill else None
        if shooter is not None:
            shooter.start()
        outcomes = self._ask_all(asks)
        if shooter is not None:
            shooter.join()
        self._take_in(asks, outcomes)

    def _shoot(self, delay: float) -> None:
        threading.Event().wait(delay)
        cluster = self.app.store.cluster
        assert cluster is not None
        assert cluster.pid is not None
        os.kill(cluster.pid, signal.SIGKILL)
        self.told["kills"] += 1

    def _ask_all(self, asks: Sequence[Ask]) -> list[Any]:
        """Ask all at once, and again with the same keys what got no answer that settles it."""
        outcomes: dict[int, Any] = {}
        while len(outcomes) < len(asks):
            waiting = [(index, self._submit(asks[index])) for index in range(len(asks)) if index not in outcomes]
            for index, sink in waiting:
                try:
                    outcomes[index] = sink.future.result(60)
                except YijiError as refusal:
                    if KINDS[refusal.kind].retry:
                        self.told["asked again"] += 1
                        continue
                    outcomes[index] = refusal
        return [outcomes[index] for index in range(len(asks))]

    def _submit(self, ask: Ask) -> FutureSink[Any]:
        sink: FutureSink[Any] = FutureSink()
        self.app.bus.submit(Envelope(message_of(self.naive, self.now, ask), self._token(ask), ask.key), sink)
        return sink

    def _token(self, ask: Ask) -> str:
        if ask.who not in self.tokens:
            role = "patient" if ask.patient else {"cashier": "cashier", "house": "system"}.get(ask.who, "chief")
            actor = Actor(ask.who, (role,), self.app.settings.site.id, patient=ask.patient)
            self.tokens[ask.who] = sign(actor, self.app.settings.secret, 3600).token
        return self.tokens[ask.who]

    # --- what must hold ---

    def _take_in(self, asks: Sequence[Ask], outcomes: Sequence[Any]) -> None:
        self.step += len(asks)
        settled = [self._settled(ask, outcome) for ask, outcome in zip(asks, outcomes, strict=True)]
        for one, outcome in zip(settled, outcomes, strict=True):
            self.told[one.code or "ok"] += 1
            key = (one.ask.who, one.ask.key)
            kept = self.done.get(key)
            if kept is not None:
                self._check_again(one, outcome, *kept)
                continue
            if one.code == "core.key_reused":
                self.fail(f"{one.ask} came with a key that nobody used")
            why = getattr(Real(self), one.ask.verb)(one)
            if why is not None and (bool(why) != bool(one.code) or (one.code and one.code not in why)):
                self.fail(f"{one.ask}: came out as {one.code or outcome}, the model says {sorted(why) or 'yes'}")
            if not one.code:
                self.done[key] = (one.ask.body, outcome)
                self.keys = [*self.keys[-40:], (one.ask, outcome)]
                self._see(one)

    def _check_again(self, one: Settled, outcome: Any, body: Any, answer: Any) -> None:
        """The same key gives the same answer, with another body it is an error."""
        self.told["keys again"] += 1
        if body != one.ask.body and one.code not in ("core.key_reused", "core.not_permitted"):
            self.fail(f"{one.ask} reuses a key and came out as {one.code or outcome}")
        if body == one.ask.body and outcome != answer:
            self.fail(f"{one.ask} was answered {answer}, and now {outcome}")

    def _settled(self, ask: Ask, outcome: Any) -> Settled:
        if isinstance(outcome, YijiError):
            return Settled(ask, code=outcome.code)
        one = Settled(ask)
        if isinstance(outcome, b.Appointment):
            one.answer = self._told([outcome])[0]
        elif isinstance(outcome, b.BookedPlan):
            told = self._told(outcome.appointments)
            one.answer = (outcome.plan_id, *told) if ask.verb == "plan" else tuple(told)
        elif isinstance(outcome, b.Payment):
            one.answer = (outcome.accepted,)
        elif isinstance(outcome, b.LapsedHolds):
            one.answer = (outcome.count,)
        else:
            one.answer = (outcome,)
        return one

    def _told(self, made: Sequence[b.Appointment]) -> list[tuple[Any, ...]]:
        slots = {row.id: row.slots for row in self.rows(_OF, ids=[one.id for one in made])}
        return [(one.id, one.revision, one.state.value, *slots[one.id]) for one in made]

    def _see(self, one: Settled) -> None:
        ask = one.ask
        names = [one.answer] if ask.verb in ("book", "hold") else one.answer[1:] if ask.verb == "plan" else []
        for told in names:
            item = self.naive.items[self.naive.made[told[0]]["item"]]
            known = (told[0], item["patient"], self.hospital.house.exams[item["exam"]].makers)
            self.sight.see(self.sight.made, known, self.random)
            if ask.verb == "hold":
                self.sight.held.append(known)
        if ask.verb == "plan":
            self.sight.plans.append(one.answer[0])
        elif ask.verb == "stop":
            self.sight.stops.append(one.answer[0].id)

    def verify(self) -> None:
        """Let the house verify itself."""
        told = self.operator.ask(b.VerifyBooking(), timeout=60)
        self.told["verifications"] += 1
        if told.found or told.notes:
            self.fail(f"{told.found} violations, {told.violations[:5]}, {told.notes[:5]}")

    def look_at_everything(self) -> None:
        """Every row is as the model has it."""
        rows, made = self.rows(_SLOTS), self.rows(text("SELECT id, state, slots, paid FROM booking_appointment"))
        for row in rows:
            if (row.held, row.booked) != self.naive.counts(row.id):
                self.fail(f"{row.id} counts {row.held}, {row.booked}; the model {self.naive.counts(row.id)}")
        known = {name: (one["state"], one["slots"], one["paid"]) for name, one in self.naive.made.items()}
        if {row.id: (row.state, row.slots, row.paid) for row in made} != known:
            self.fail("the appointments are others than the model's")
