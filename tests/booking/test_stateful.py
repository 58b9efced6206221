"""Scripts that Hypothesis writes, and shrinks to what is needed: over the pure board, and over the real bus."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from builders import order
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from yiji.booking.rules import decide, invariants, judging
from yiji.booking.rules.board import Board, House
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.decide import Decision, Wish
from yiji.booking.rules.facts import DeviceFacts, ExamFacts, ItemFacts, SlotFacts
from yiji.booking.rules.pools import Quota
from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    Appointment,
    AppointmentState,
    BookExam,
    BookPlan,
    CancelExam,
    Choice,
    ConfirmExam,
    HoldExam,
    MoveExam,
    VerifyBooking,
)
from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, LoadCatalogue, Parameters, Room
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Selector
from yiji.core.errors import YijiError

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
TEN = timedelta(minutes=10)
LINE = 6
SLOTS = [f"{device}-{number}" for device in ("A", "B") for number in range(LINE)]
EXAMS = {
    "SHORT": ExamFacts("SHORT", "短", minutes=10, makers=("A", "B")),
    "LONG": ExamFacts("LONG", "长", minutes=30, makers=("A",), needs=("nurse",), tags=frozenset(["dye"])),
    "PAID": ExamFacts("PAID", "先缴费", minutes=20, makers=("B",), prepaid=True, tags=frozenset(["dye"])),
}
RULES = RuleSet(
    name="",
    rules=(
        RuleSpec(
            id="apart",
            kind=RuleKind.INTERVAL,
            title="间隔",
            title_en="apart",
            source="test",
            first=Selector(tags=("dye",)),
            second=Selector(tags=("dye",)),
            gap_minutes=20,
            both_ways=True,
        ),
    ),
)


def _item(name: str, exam: ExamFacts, patient: int) -> ItemFacts:
    who = PatientBrief(id=f"pat-{patient}", name="P", sex=Sex.FEMALE, visit_class="O")
    named = {"order_id": name, "item_id": name, "accession_number": "", "placer_number": ""}
    brief = OrderBrief(**named, sender="", patient=who, exam_code=exam.code, exam_name="", department="")
    return ItemFacts(brief, "active", exam)


def _fresh() -> Board:
    """Two devices and a nurse, an hour each; nine items of three patients."""
    devices = {code: DeviceFacts(code, code) for code in ("A", "B")}
    house = House("Asia/Shanghai", EXAMS, devices, {"nurse": ("N",)}, Parameters(), compile_rules(RULES))
    items = [_item(f"itm-{n}", exam, n % 3) for n, exam in enumerate([*EXAMS.values()] * 3)]
    board = Board(house, NOON, {one.order.item_id: one for one in items})
    quotas = (Quota("online", cap=1), Quota("inpatient", reserve=1, release_at=NOON + 2 * TEN))
    for device, capacity, shares in (("A", 2, quotas), ("B", 1, ()), ("N", 1, ())):
        moments = [(number, NOON + (number + 1) * TEN) for number in range(LINE)]
        board.lay(
            SlotFacts(f"{device}-{number}", device, start, start + TEN, capacity, 0, 0, quotas=shares)
            for number, start in moments
        )
    return board


class Pure(RuleBasedStateMachine):
    """Decisions upon a board, one after the other; a refusal must change nothing."""

    made: Bundle[str] = Bundle("made")
    items = st.integers(0, 8).map("itm-{}".format)
    slots = st.sampled_from(SLOTS)
    pools = st.sampled_from(["outpatient", "online", "inpatient"])

    def __init__(self) -> None:
        super().__init__()
        self.board = _fresh()
        self.count = 0

    def _link(self, what: str, slot: str = "") -> dict[str, str]:
        return {"at": self.board.now.isoformat(), "actor": "desk", "what": what, "slot_id": slot, "reason": ""}

    def _try(self, asked: Any, *told: Any) -> Decision | None:
        """Decide and apply; what is refused leaves the board as it was."""
        slots, appointments = dict(self.board.slots), dict(self.board.appointments)
        try:
            decision: Decision | None = asked(self.board, *told)
        except YijiError:
            decision = None
        assert (slots, appointments) == (self.board.slots, self.board.appointments)
        if decision is not None:
            decide.apply(self.board, decision)
        return decision

    @rule(target=made, item=items, slot=slots, pool=pools, held=st.booleans())
    def book(self, item: str, slot: str, pool: str, held: bool) -> Any:
        self.count += 1
        wish = Wish(item, slot, pool, self.board.now + TEN if held else None)
        done = self._try(decide.book, wish, f"apt-{self.count}", self._link("booked", slot))
        return done.appointment.id if done else multiple()

    @rule(name=made, slot=slots, pool=pools)
    def move(self, name: str, slot: str, pool: str) -> None:
        self._try(decide.move, name, Wish("", slot, pool), self._link("moved", slot))

    @rule(name=made)
    def confirm(self, name: str) -> None:
        self._try(decide.confirm, name, self._link("confirmed"))

    @rule(name=made)
    def pay(self, name: str) -> None:
        before = self.board.appointments[name]
        done = self._try(decide.pay, name, self._link("paid"))
        if before.expires_at is not None and before.expires_at <= self.board.now:
            assert done is None, "the end of the hold was there first"

    @rule(name=made)
    def lapse(self, name: str) -> None:
        self._try(decide.lapse, name, self._link("expired"))

    @rule(name=made)
    def cancel(self, name: str) -> None:
        self._try(decide.cancel, name, self._link("cancelled"))

    @rule(name=made)
    def miss(self, name: str) -> None:
        self._try(decide.miss, name, self._link("no_show"))

    @rule(wishes=st.lists(st.tuples(items, slots), min_size=2, max_size=4))
    def plan_of_which_nothing_stays(self, wishes: list[tuple[str, str]]) -> None:
        """Book several and take all back: the board is as before."""
        slots, appointments = dict(self.board.slots), dict(self.board.appointments)
        done: list[Decision] = []
        for number, (item, slot) in enumerate(wishes):
            try:
                decision = decide.book(self.board, Wish(item, slot), f"try-{number}", self._link("held", slot))
            except YijiError:
                continue
            decide.apply(self.board, decision)
            done.append(decision)
        decide.undo(self.board, done)
        assert (slots, appointments) == (self.board.slots, self.board.appointments)

    @rule(minutes=st.integers(1, 25))
    def wait(self, minutes: int) -> None:
        self.board.now += timedelta(minutes=minutes)

    @invariant()
    def all_hold(self) -> None:
        found = list(invariants.of_board(self.board.house, self.board.slots, self.board.appointments))
        assert not found, found

    @invariant()
    def dye_keeps_its_distance(self) -> None:
        dyed = [one for one in self.board.appointments.values() if one.is_live and one.exam_code != "SHORT"]
        for one in dyed:
            for other in dyed:
                if one.id < other.id and one.patient_id == other.patient_id:
                    assert one.ends_at + 2 * TEN <= other.starts_at or other.ends_at + 2 * TEN <= one.starts_at


PURE = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)


def test_no_script_breaks_the_board() -> None:
    run_state_machine_as_test(Pure, settings=PURE)


def test_a_broken_decision_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patient may be in two places at once: Hypothesis finds it."""
    monkeypatch.setattr(judging, "_check_busy", lambda others, start, end: None)
    with pytest.raises(AssertionError, match="patient_busy"):
        run_state_machine_as_test(Pure, settings=settings(PURE, max_examples=2000, phases=[Phase.generate]))


# --- the same idea over the real bus, smaller ---

CLINIC = Catalogue(
    departments=(Department(code="D", name="科"),),
    rooms=(Room(code="R", name="室", department="D"),),
    devices=(
        Device(code="A", name="甲", room="R", modality="OT"),
        Device(code="B", name="乙", room="R", modality="OT"),
    ),
    exams=(
        Exam(code="SHORT", name="短", department="D", modality="OT", minutes=10, devices=("A", "B")),
        Exam(code="LONG", name="长", department="D", modality="OT", minutes=30, devices=("A",)),
    ),
    calendars=tuple(
        Calendar(
            device=code, weekdays=(1, 2, 3, 4, 5, 6, 7), opens=time(8), closes=time(9), slot_minutes=10, capacity=2
        )
        for code in ("A", "B")
    ),
)


class Bussed(RuleBasedStateMachine):
    """Commands over the bus; a dict of what was acknowledged is the model."""

    bus: ActorBus
    slots: list[str]
    orders = 0
    made: Bundle[str] = Bundle("made")
    places = st.integers(0, 11)

    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []
        for number in range(4):
            Bussed.orders += 1
            told = self.bus.ask(order(Bussed.orders, "SHORT" if number % 2 else "LONG", patient=number % 3))
            self.items.append(told.items[0].id)
        self.known: dict[str, Appointment] = {}

    def _ask(self, command: Any) -> Any:
        """Ask twice with the same key: the answers are the same."""
        key = f"k{clock.now().timestamp()}{id(command)}"
        try:
            told = self.bus.ask(command, key=key)
        except YijiError:
            return None
        assert self.bus.ask(command, key=key) == told
        return told

    def _note(self, told: Appointment | None) -> Any:
        if told is None:
            return multiple()
        self.known[told.id] = told
        return told.id

    @rule(target=made, item=st.integers(0, 3), place=places, held=st.booleans())
    def book(self, item: int, place: int, held: bool) -> Any:
        kind = HoldExam if held else BookExam
        return self._note(self._ask(kind(item_id=self.items[item], slot_id=self.slots[place])))

    @rule(target=made, pairs=st.lists(st.tuples(st.integers(0, 3), places), min_size=2, max_size=3))
    def plan(self, pairs: list[tuple[int, int]]) -> Any:
        choices = tuple(Choice(item_id=self.items[item], slot_id=self.slots[place]) for item, place in pairs)
        told = self._ask(BookPlan(choices=choices))
        return multiple(*(self._note(one) for one in told.appointments)) if told else multiple()

    @rule(name=made, place=places)
    def move(self, name: str, place: int) -> None:
        self._note(self._ask(MoveExam(appointment_id=name, slot_id=self.slots[place])))

    @rule(name=made)
    def confirm(self, name: str) -> None:
        self._note(self._ask(ConfirmExam(appointment_id=name)))

    @rule(name=made)
    def cancel(self, name: str) -> None:
        self._note(self._ask(CancelExam(appointment_id=name)))

    @invariant()
    def counts_are_what_was_acknowledged(self) -> None:
        taken = dict.fromkeys(self.slots, 0)
        for one in self.known.values():
            if one.state in (AppointmentState.HELD, AppointmentState.BOOKED):
                start = self.slots.index(one.slot_id)
                for slot in self.slots[start : start + (one.ends_at - one.starts_at) // TEN]:
                    taken[slot] += 1
        tomorrow = clock.today("Asia/Shanghai") + timedelta(days=1)
        found = self.bus.ask(FindSlots(first_day=tomorrow, days=1, only_free=False)).slots
        assert {slot.id: slot.held + slot.booked for slot in found} == taken

    def teardown(self) -> None:
        for one in self.known.values():
            if one.state in (AppointmentState.HELD, AppointmentState.BOOKED):
                self.bus.ask(CancelExam(appointment_id=one.id))
        told = self.bus.ask(VerifyBooking())
        assert told.found == 0, told.violations


def test_no_script_breaks_the_house(app: App) -> None:
    bus = app.bus_as(app.operator_token())
    bus.ask(LoadCatalogue(catalogue=CLINIC))
    tomorrow = clock.today(app.settings.site.zone) + timedelta(days=1)
    bus.ask(OpenSlots(first_day=tomorrow, days=1), timeout=60)
    found = bus.ask(FindSlots(first_day=tomorrow, days=1)).slots
    Bussed.bus = bus
    Bussed.slots = [slot.id for slot in sorted(found, key=lambda slot: (slot.device, slot.starts_at))]
    small = settings(max_examples=8, stateful_step_count=12, deadline=None, derandomize=True)
    run_state_machine_as_test(Bussed, settings=small)
