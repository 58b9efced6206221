"""The daemon of the pure simulation: batches are decided upon a board, and committed or lost as a whole.

It does what the handlers do, with the product's own `decide`, `displacing` and boards; only the store is `Durable`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from simulation.asking import Ask
from simulation.durable import Durable
from simulation.settled import STOP, Answer, Settled

from yiji.booking.errors import ManyPatients, WrongState
from yiji.booking.rules import decide
from yiji.booking.rules.board import Board
from yiji.booking.rules.decide import Decision, Wish
from yiji.booking.rules.displacing import replace_displaced
from yiji.booking.rules.facts import AppointmentFacts
from yiji.booking.rules.judging import Judgement
from yiji.core.contract.booking import AppointmentState
from yiji.core.errors import KeyReused, NotFound, YijiError

State = AppointmentState


@dataclass
class Daemon:
    """Runs batches against the store; `ids` count, so that a run is the same every time."""

    store: Durable
    count: int = 0
    stops: dict[str, list[str]] = field(default_factory=dict)  # in force, with the slots that each keeps closed
    paid: dict[str, bool] = field(default_factory=dict)  # payments of the batch at hand

    def _id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    def run(self, asks: Sequence[Ask], now: datetime, fault: str = "") -> tuple[list[Settled], bool]:
        """Return what became of a batch, and whether it was committed; faults: before, halved."""
        if fault == "halved" and len(asks) > 1:
            self._decide(asks, now)  # what the first try decided is gone
            middle = len(asks) // 2
            first, _ = self.run(asks[:middle], now)
            second, _ = self.run(asks[middle:], now)
            return first + second, True
        settled, board = self._decide(asks, now)
        if fault == "before":
            return settled, False
        self._commit(board, settled)
        return settled, True

    def _decide(self, asks: Sequence[Ask], now: datetime) -> tuple[list[Settled], Board]:
        settled, fresh = list[Settled](), list[Settled]()
        for ask in asks:
            one = self._recall(ask, fresh)
            settled.append(one)
            if one.fresh:
                fresh.append(one)
        self.paid = {}
        board = self._board([one.ask for one in fresh], now)
        for one in fresh:
            try:
                one.answer = getattr(self, f"_{one.ask.verb}")(board, one)
            except YijiError as refusal:
                one.code, one.decisions = refusal.code, []
        for one in settled:  # equal keys of a batch share the answer of the first
            if not one.fresh and not one.code and not one.answer:
                first = next(other for other in fresh if _key(other.ask) == _key(one.ask))
                one.answer, one.code = first.answer, first.code
        return settled, board

    def _recall(self, ask: Ask, fresh: Sequence[Settled]) -> Settled:
        kept = self.store.keys.get(_key(ask))
        earlier = next((one for one in fresh if _key(one.ask) == _key(ask)), None)
        if kept is None and earlier is None:
            return Settled(ask)
        body = kept[0] if kept is not None else earlier.ask.body if earlier else None
        if body != ask.body:
            return Settled(ask, code=KeyReused.code, fresh=False)
        return Settled(ask, answer=kept[1] if kept else (), fresh=False)  # type: ignore[arg-type]

    def _board(self, asks: Sequence[Ask], now: datetime) -> Board:
        wishes, names = list[tuple[str, str]](), list[str]()
        for ask in asks:
            match ask.verb:
                case "book" | "hold":
                    wishes.append((ask.item, ask.slot))
                case "plan":
                    wishes += ask.choices
                case "move":
                    known = self.store.appointments.get(ask.name)
                    wishes.append((known.item_id if known else "", ask.slot))
                    names.append(ask.name)
                case "lapse":
                    held = [self.store.appointments[name] for name in self.store.held]
                    names += [one.id for one in held if one.expires_at is not None and one.expires_at <= now]
                case "confirm_plan":
                    names += [name for name in self.store.held if self.store.appointments[name].plan_id == ask.name]
                case "stop":
                    displaced = self._displaced(ask)
                    names += displaced
                    for name in displaced:
                        item = self.store.appointments[name].item_id
                        wishes += [(item, slot) for slot in self._options(ask, name, now)]
                case "resume":
                    pass
                case _:
                    names.append(ask.name)
        return self.store.board(now, wishes, names, {ask.patient for ask in asks if ask.patient})

    def _commit(self, board: Board, settled: Sequence[Settled]) -> None:
        """Write as the handlers do: of slots the counts only, of appointments their last state."""
        store = self.store
        for one in settled:
            if not one.fresh or one.code:
                continue
            for decision in one.decisions:
                store.keep(board.appointments[decision.appointment.id])
                for slot in decision.slots:
                    now = board.slots[slot.id]
                    counts = {"held": now.held, "booked": now.booked, "quotas": now.quotas}
                    store.slots[slot.id] = replace(store.slots[slot.id], **counts)
            if one.ask.verb == "pay":
                store.payments.setdefault(one.ask.slot, (one.ask.name, bool(one.answer[0])))
            self._close(one)
            store.keys[_key(one.ask)] = (one.ask.body, one.answer)

    def _close(self, one: Settled) -> None:
        """Close what a stop closes; open again what no other stop keeps closed."""
        if one.ask.verb == "stop":
            self.stops[one.answer[0]] = one.closed
        elif one.ask.verb == "resume":
            del self.stops[one.ask.name]
            still = {slot for shut in self.stops.values() for slot in shut}
            one.closed = [slot for slot in one.closed if slot not in still]
        for name in one.closed:
            self.store.slots[name] = replace(self.store.slots[name], closed=one.ask.verb == "stop")

    # --- verbs, each as its handler does it ---

    def _change(self, board: Board, ask: Ask, what: str, slot: str = "") -> dict[str, str]:
        return {"at": board.now.isoformat(), "actor": ask.who, "what": what, "slot_id": slot, "reason": ask.key}

    def _asks(self, ask: Ask) -> Judgement:
        return Judgement(ask.patient, ask.overrides, "because" if ask.overrides else "")

    def _done(self, board: Board, one: Settled, decision: Decision) -> Answer:
        decide.apply(board, decision)
        one.decisions.append(decision)
        return _told(decision.appointment)

    def _book(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        until = board.now + timedelta(minutes=board.house.parameters.hold_minutes) if ask.hold else None
        wish = Wish(ask.item, ask.slot, ask.pool, until, asks=self._asks(ask))
        link = self._change(board, ask, "held" if until else "booked", ask.slot)
        return self._done(board, one, decide.book(board, wish, self._id("apt"), link))

    _hold = _book

    def _move(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        wish = Wish("", ask.slot, ask.pool, asks=self._asks(ask))
        return self._done(board, one, decide.move(board, ask.name, wish, self._change(board, ask, "moved", ask.slot)))

    def _confirm(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        link = self._change(board, ask, "confirmed")
        return self._done(board, one, decide.confirm(board, ask.name, link, self._asks(ask)))

    def _cancel(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        link = self._change(board, ask, "cancelled")
        return self._done(board, one, decide.cancel(board, ask.name, link, self._asks(ask)))

    def _miss(self, board: Board, one: Settled) -> Answer:
        return self._done(board, one, decide.miss(board, one.ask.name, self._change(board, one.ask, "no_show")))

    def _pay(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        number = ask.slot
        if number in self.store.payments or number in self.paid:
            return (self.paid.get(number, self.store.payments.get(number, ("", False))[1]),)
        decision = decide.pay(board, ask.name, self._change(board, ask, "paid"))
        if decision is not None:
            self._done(board, one, decision)
        self.paid[number] = decision is not None
        return (decision is not None,)

    def _lapse(self, board: Board, one: Settled) -> Answer:
        for name in [known.id for known in board.appointments.values() if known.state is State.HELD]:
            decision = decide.lapse(board, name, self._change(board, one.ask, "expired"))
            if decision is not None:
                self._done(board, one, decision)
        return (len(one.decisions),)

    def _check_in(self, board: Board, one: Settled) -> Answer:
        return self._set(board, one, State.CHECKED_IN, State.BOOKED)

    def _fulfil(self, board: Board, one: Settled) -> Answer:
        return self._set(board, one, State.FULFILLED, State.BOOKED, State.CHECKED_IN)

    def _set(self, board: Board, one: Settled, state: State, *before: State) -> Answer:
        """The queue's handlers set states by themselves; the place stays taken."""
        known = board.appointments.get(one.ask.name)
        if known is None:
            raise NotFound(what="appointment", id=one.ask.name)
        if known.state not in before:
            raise WrongState(what="appointment", id=known.id, state=known.state)
        return self._done(board, one, Decision(replace(known, state=state), before=known))

    def _plan(self, board: Board, one: Settled) -> Answer:
        ask, plan = one.ask, self._id("pln")
        patients = {board.items[item].order.patient.id for item, _ in ask.choices if item in board.items}
        if len(patients) > 1:
            raise ManyPatients()
        until = board.now + timedelta(minutes=board.house.parameters.hold_minutes)
        done = list[Decision]()
        for item, slot in in_time(board, ask.choices):
            wish = Wish(item, slot, ask.pool, until, plan, self._asks(ask))
            try:
                decision = decide.book(board, wish, self._id("apt"), self._change(board, ask, "held", slot))
            except YijiError:
                decide.undo(board, done)
                raise
            decide.apply(board, decision)
            done.append(decision)
        one.decisions = done
        return (plan, *(_told(decision.appointment) for decision in done))

    def _confirm_plan(self, board: Board, one: Settled) -> Answer:
        held = [known.id for known in board.appointments.values() if known.plan_id == one.ask.name]
        held = sorted(name for name in held if board.appointments[name].state is State.HELD)
        if not held:
            raise NotFound(what="plan", id=one.ask.name)
        link = self._change(board, one.ask, "confirmed")
        return tuple(self._done(board, one, decide.confirm(board, name, link)) for name in held)

    def _displaced(self, ask: Ask) -> list[str]:
        if ask.start is None:
            return []
        here = set(self.store.line_between(ask.name, ask.start, ask.start + STOP))
        found = [one for one in self.store.appointments.values() if one.is_live and here.intersection(one.slots)]
        return [one.id for one in sorted(found, key=lambda one: (one.starts_at, one.id))]

    def _options(self, ask: Ask, name: str, now: datetime) -> list[str]:
        """Some slots near its time that it could go to, outside of the stop."""
        one = self.store.appointments[name]
        exam, shut = self.store.house.exams[one.exam_code], set[str]()
        if ask.start is not None:
            shut = set(self.store.line_between(ask.name, ask.start, ask.start + STOP))
        near = [
            slot
            for device in exam.makers
            for slot in self.store.line_between(device, one.starts_at - 2 * STOP, one.starts_at + 2 * STOP)
            if slot not in shut and self.store.slots[slot].starts_at > now
        ]
        return sorted(near, key=lambda slot: (abs(self.store.slots[slot].starts_at - one.starts_at), slot))[:12]

    def _stop(self, board: Board, one: Settled) -> Answer:
        ask = one.ask
        if ask.start is None:
            raise NotFound(what="device", id=ask.name)
        shut = self.store.line_between(ask.name, ask.start, ask.start + STOP)
        one.closed = shut
        tried = [(name, self._options(ask, name, board.now)) for name in self._displaced(ask)]
        for name, options in tried:
            link = self._change(board, ask, "displaced")
            decision, _ = replace_displaced(board, name, options, one.closed, link)
            one.tried.append((name, options))
            one.decisions += [decision] if decision else []
        return (self._id("stp"), len(tried), len(one.decisions))

    def _resume(self, board: Board, one: Settled) -> Answer:
        if one.ask.name not in self.stops:
            raise NotFound(what="stop", id=one.ask.name)
        one.closed = [slot for slot in self.stops[one.ask.name] if slot in self.store.slots]
        return (one.ask.name,)


def in_time(board: Board, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a plan's choices, earliest first, as the handler takes them."""
    return sorted(choices, key=lambda one: board.slots[one[1]].starts_at if one[1] in board.slots else board.now)


def _key(ask: Ask) -> tuple[str, str]:
    return (ask.who, ask.key)


def _told(one: AppointmentFacts) -> Answer:
    return (one.id, one.revision, one.state.value, *one.slots)
