"""What clients ask for: the verbs, who asks, and the skewed choice of slots, items and appointments.

The same generator serves the pure simulation and the real bus: it only sees names.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

VERBS: dict[str, int] = {
    "book": 30,
    "hold": 12,
    "confirm": 9,
    "move": 14,
    "cancel": 6,
    "pay": 8,
    "lapse": 3,
    "miss": 4,
    "check_in": 4,
    "fulfil": 4,
    "plan": 7,
    "confirm_plan": 3,
    "stop": 0,
    "resume": 0,
}
POOLS = ("", "", "outpatient", "inpatient", "emergency", "online")
KEEP = 300  # appointments and items that clients still think of
HOT = 16  # slots that everybody wants


@dataclass(frozen=True)
class Ask:
    """One command of a client. `patient`: the one whose own token asks; `body` is what an equal key must repeat."""

    verb: str
    who: str
    key: str
    item: str = ""
    slot: str = ""
    name: str = ""  # an appointment, a plan, a stop
    pool: str = ""
    overrides: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    until: datetime | None = None
    start: datetime | None = None
    hold: bool = False

    @property
    def patient(self) -> str:
        """The patient whose own token asks."""
        return self.who.removeprefix("patient:") if self.who.startswith("patient:") else ""

    @property
    def body(self) -> tuple[Any, ...]:
        """What an equal key must repeat."""
        return (self.verb, self.item, self.slot, self.name, self.pool, self.overrides, self.choices, self.hold)


@dataclass
class Sight:
    """What clients see: open slots by device and start, items with their patient and makers, appointments lately."""

    slots: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    by_device: dict[str, list[str]] = field(default_factory=dict)
    items: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    made: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)  # appointment, patient, makers
    held: deque[tuple[str, str, tuple[str, ...]]] = field(default_factory=lambda: deque(maxlen=12))  # of these, lately
    plans: deque[str] = field(default_factory=lambda: deque(maxlen=4))
    stops: deque[str] = field(default_factory=lambda: deque(maxlen=10))
    hot: list[str] = field(default_factory=list)
    hot_of: dict[str, list[str]] = field(default_factory=dict)

    def open(self, slots: Iterable[tuple[str, str, datetime]]) -> None:
        """See new slots: (id, device, start)."""
        for name, device, start in slots:
            self.slots[name] = (device, start)
            self.by_device.setdefault(device, []).append(name)

    def see(self, known: list[Any], one: Any, random: Random) -> None:
        """Remember one more, and when there are too many forget any other."""
        if len(known) < KEEP:
            known.append(one)
        else:
            known[random.randrange(KEEP)] = one

    def forget(self, names: Iterable[str]) -> None:
        """See slots no more."""
        for name in names:
            if name in self.slots:
                device, _ = self.slots.pop(name)
                self.by_device[device].remove(name)

    def heat(self, random: Random) -> None:
        """Let other slots be wanted by everybody."""
        known = list(self.slots)
        self.hot, self.hot_of = [random.choice(known) for _ in range(HOT)], {}
        for name in self.hot:
            self.hot_of.setdefault(self.slots[name][0], []).append(name)


class Clients:
    """Desks, patients and the house itself, who ask at random."""

    def __init__(self, random: Random, sight: Sight, verbs: dict[str, int], rules: tuple[str, ...]) -> None:
        self._random, self._sight, self._rules = random, sight, rules
        self._verbs = [verb for verb, weight in verbs.items() for _ in range(weight)]
        self._count = 0

    def next(self, verb: str = "") -> Ask:
        """Return a command; `verb` fixes what is asked."""
        chosen = verb or self._random.choice(self._verbs)
        self._count += 1
        return getattr(self, f"_{chosen}")(f"k{self._count}")

    # --- choices ---

    def _slot(self, makers: tuple[str, ...]) -> str:
        chance, sight = self._random.random(), self._sight
        if chance < 0.01:
            return "slt-nowhere"
        if chance < 0.08:
            return self._random.choice(sight.hot)
        device = self._random.choice(makers) if makers and chance < 0.97 else self._random.choice(list(sight.by_device))
        hot = sight.hot_of.get(device)
        return self._random.choice(hot if hot and chance < 0.5 else sight.by_device.get(device) or ["slt-nowhere"])

    def _item(self) -> tuple[str, str, tuple[str, ...]]:
        if not self._sight.items or self._random.random() < 0.01:
            return "itm-nowhere", "", ()
        return self._random.choice(self._sight.items)

    def _appointment(self, over: float = 0.0) -> tuple[str, str, tuple[str, ...]]:
        """An appointment; `over`: how likely it is that clients do not think of it again."""
        made = self._sight.made
        if not made or self._random.random() < 0.01:
            return "apt-nowhere", "", ()
        index = self._random.randrange(len(made))
        chosen = made[index]
        if self._random.random() < over:
            made[index] = made[-1]
            made.pop()
        return chosen

    def _who(self, patient: str) -> str:
        """A desk mostly; a patient for himself; now and then for another."""
        chance = self._random.random()
        if chance < 0.3 and patient:
            return f"patient:{patient}"
        if chance < 0.32:
            return f"patient:{self._random.choice(self._sight.items)[1]}" if self._sight.items else "desk1"
        return f"desk{int(chance * 100) % 5}"

    def _overrides(self, who: str) -> tuple[str, ...]:
        if who.startswith("patient:") or self._random.random() > 0.25:
            return ()
        return tuple(rule for rule in ("booking.preparation", *self._rules) if self._random.random() < 0.7)

    def _pool(self, who: str) -> str:
        """A patient's own token may not choose: the real gate refuses it, which the pure simulation does not see."""
        return "" if who.startswith("patient:") else self._random.choice(POOLS)

    def _wish(self, verb: str, key: str, **told: Any) -> Ask:
        item, patient, makers = self._item()
        who = self._who(patient)
        return Ask(verb, who, key, item, self._slot(makers), "", self._pool(who), self._overrides(who), **told)

    # --- verbs ---

    def _book(self, key: str) -> Ask:
        return self._wish("book", key)

    def _hold(self, key: str) -> Ask:
        return self._wish("hold", key, hold=True)

    def _named(self, verb: str, key: str, over: float = 0.0) -> Ask:
        name, patient, _ = self._appointment(over)
        return Ask(verb, self._who(patient), key, name=name)

    def _confirm(self, key: str) -> Ask:
        held = self._sight.held
        if not held or self._random.random() < 0.2:
            return self._named("confirm", key)
        name, patient, _ = self._random.choice(held)
        return Ask("confirm", self._who(patient), key, name=name)

    def _cancel(self, key: str) -> Ask:
        return self._named("cancel", key, 0.5)

    def _move(self, key: str) -> Ask:
        name, patient, makers = self._appointment()
        who = self._who(patient)
        return Ask("move", who, key, "", self._slot(makers), name, self._pool(who), self._overrides(who))

    def _pay(self, key: str) -> Ask:
        """The number of the payment stands where others have a slot; now and then it is an earlier one's."""
        number = self._count if self._random.random() < 0.9 else max(1, self._count - self._random.randrange(50))
        return Ask("pay", "cashier", key, name=self._appointment()[0], slot=f"pay-{number}")

    def _lapse(self, key: str) -> Ask:
        return Ask("lapse", "house", key)

    def _miss(self, key: str) -> Ask:
        return Ask("miss", "desk0", key, name=self._appointment(0.3)[0])

    def _check_in(self, key: str) -> Ask:
        return Ask("check_in", "desk0", key, name=self._appointment()[0])

    def _fulfil(self, key: str) -> Ask:
        return Ask("fulfil", "desk0", key, name=self._appointment(0.4)[0])

    def _plan(self, key: str) -> Ask:
        """Several items, mostly of one patient; now and then the same one twice."""
        _, patient, _ = self._item()
        own = [one for one in self._sight.items if one[1] == patient][: self._random.randint(1, 3)] or [self._item()]
        own = [self._random.choice(own) for _ in own] if self._random.random() < 0.1 else own
        choices = tuple((item, self._slot(makers)) for item, _, makers in own)
        who = self._who(patient)
        return Ask("plan", who, key, "", "", "", self._pool(who), self._overrides(who), choices)

    def _confirm_plan(self, key: str) -> Ask:
        plans = self._sight.plans
        return Ask("confirm_plan", "desk1", key, name=self._random.choice(plans) if plans else "pln-nowhere")

    def _stop(self, key: str) -> Ask:
        hot = self._random.choice(self._sight.hot)
        device, start = self._sight.slots.get(hot, ("M0", None))
        return Ask("stop", "desk0", key, name=device, start=start)

    def _resume(self, key: str) -> Ask:
        return Ask("resume", "desk0", key, name=self._sight.stops[0] if self._sight.stops else "stp-nowhere")
