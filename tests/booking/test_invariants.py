"""`VerifyBooking`: clean after real bookings of every kind; what is broken on purpose is reported by its name."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from builders import order
from journey.shell import run_here
from simulation.hospital import hospital
from sqlalchemy import text

from yiji.booking.queries.verify import verify_booking
from yiji.booking.rules import invariants
from yiji.booking.rules.facts import AppointmentFacts, SlotFacts
from yiji.booking.rules.pools import Quota
from yiji.core import clock
from yiji.core.actor import verify
from yiji.core.app import App, open_app
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import (
    Appointment,
    AppointmentState,
    BookExam,
    BookPlan,
    CancelExam,
    Choice,
    HoldExam,
    JoinWaitlist,
    MoveExam,
    RecordPayment,
    Verified,
    VerifyBooking,
)
from yiji.core.contract.catalogue import (
    BodyPart,
    Calendar,
    Catalogue,
    Department,
    Device,
    Exam,
    LoadCatalogue,
    PoolShare,
    Room,
    StaffGroup,
)
from yiji.core.contract.inventory import FindSlots, OpenSlots, Slot
from yiji.core.contract.queue import CheckIn
from yiji.core.contract.rule import LoadRules, RuleKind, RuleSet, RuleSpec, Selector
from yiji.core.testing import Sites

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
BOTH = RuleSpec(
    id="apart",
    kind=RuleKind.EXCLUSIVE,
    title="不同日",
    title_en="not on one day",
    source="test",
    first=Selector(tags=("contrast",)),
    second=Selector(tags=("barium",)),
)


def _exam(code: str, device: str, minutes: int = 20, **more: object) -> Exam:
    told = {"code": code, "name": code, "department": "R", "modality": "CT", "minutes": minutes, "devices": (device,)}
    return Exam.model_validate({**told, **more})


def _calendar(device: str, slot_minutes: int, capacity: int, *pools: PoolShare) -> Calendar:
    return Calendar(
        device=device,
        weekdays=EVERY_DAY,
        opens=time(0),
        closes=time(23),
        slot_minutes=slot_minutes,
        capacity=capacity,
        pools=pools,
    )


CLINIC = Catalogue(
    departments=(Department(code="R", name="放射科"),),
    rooms=(Room(code="R1", name="一室", department="R"), Room(code="R2", name="二室", department="R")),
    devices=(
        Device(code="CT-1", name="CT", room="R1", modality="CT"),
        Device(code="XR-1", name="胃肠机", room="R2", modality="XR"),
    ),
    staff=(StaffGroup(code="NURSES", name="造影护士", department="R", capabilities=("nurse",)),),
    exams=(
        _exam("PLAIN", "CT-1", body_parts=(BodyPart(code="BODY", name="全身", minutes=60),)),
        _exam("LONG", "CT-1", 60, needs=("nurse",), tags=("contrast",)),
        _exam("DYE", "CT-1", tags=("contrast",)),
        _exam("BARIUM", "XR-1", tags=("barium",)),
        _exam("SWALLOW", "XR-1"),
        _exam("PAID", "XR-1", prepaid=True),
    ),
    calendars=(
        _calendar("CT-1", 20, 3, PoolShare(pool="outpatient", cap=3), PoolShare(pool="online", reserve=1)),
        _calendar("XR-1", 20, 2),
        _calendar("NURSES", 30, 2),
    ),
)


@dataclass
class Clinic:
    """A site with an appointment of every kind."""

    app: App
    bus: ActorBus
    ids: dict[str, str] = field(default_factory=dict)
    orders: int = 0

    def item(self, exam: str, patient: int) -> str:
        self.orders += 1
        return self.bus.ask(order(self.orders, exam, patient=patient)).items[0].id

    def slots(self, exam: str, day: int = 1, pool: str = "") -> list[Slot]:
        first = clock.today("Asia/Shanghai") + timedelta(days=day)
        found = self.bus.ask(FindSlots(exam_code=exam, first_day=first, days=1, pool=pool)).slots
        return [slot for slot in found if slot.starts_at > clock.now()]

    def book(self, exam: str, patient: int, nth: int, day: int = 1, pool: str = "") -> Appointment:
        slot = self.slots(exam, day, pool)[nth]
        return self.bus.ask(BookExam(item_id=self.item(exam, patient), slot_id=slot.id, pool=pool))

    def verify(self) -> Verified:
        return self.bus.ask(VerifyBooking(), timeout=60)


def _lived(app: App) -> Clinic:
    bus = app.bus_as(app.operator_token())
    bus.ask(LoadCatalogue(catalogue=CLINIC))
    bus.ask(LoadRules(rules=RuleSet(name="test", rules=(BOTH,))))
    bus.ask(OpenSlots(first_day=clock.today("Asia/Shanghai"), days=4), timeout=60)
    clinic = Clinic(app, bus)
    named = {
        "plain": clinic.book("PLAIN", 1, 0),
        "swallow": clinic.book("SWALLOW", 1, 6),
        "long": clinic.book("LONG", 2, 9),
        "online": clinic.book("PLAIN", 3, 3, pool="online"),
        "held": bus.ask(HoldExam(item_id=clinic.item("SWALLOW", 4), slot_id=clinic.slots("SWALLOW")[0].id)),
        "paid": clinic.book("PAID", 5, 0),
        "gone": clinic.book("PAID", 6, 2, day=2),
        "moved": clinic.book("SWALLOW", 7, 3),
        "dye": clinic.book("DYE", 8, 4, day=1),
        "barium": clinic.book("BARIUM", 8, 4, day=2),
    }
    clinic.ids = {name: one.id for name, one in named.items()}
    for number, name in enumerate(("paid", "gone")):
        bus.ask(RecordPayment(appointment_id=clinic.ids[name], payment_number=f"PAY{number}", amount=12000))
    bus.ask(CancelExam(appointment_id=clinic.ids["gone"]))
    bus.ask(MoveExam(appointment_id=clinic.ids["moved"], slot_id=clinic.slots("SWALLOW", 2)[5].id))
    two = [clinic.item("SWALLOW", 9), clinic.item("PLAIN", 9)]
    places = [clinic.slots("SWALLOW", 3)[2], clinic.slots("PLAIN", 3)[8]]
    choices = [Choice(item_id=item, slot_id=slot.id) for item, slot in zip(two, places, strict=True)]
    bus.ask(BookPlan(choices=tuple(choices)))
    clinic.ids["wait"] = bus.ask(JoinWaitlist(item_id=clinic.item("BARIUM", 10))).id
    _come(clinic)
    return clinic


def _come(clinic: Clinic) -> None:
    """Somebody is checked in, whatever hour it is: his appointment is laid on now first."""
    one = clinic.book("SWALLOW", 11, 8)
    clinic.ids["here"] = one.id
    here = next(iter(clinic.slots("SWALLOW", 0)), None) or clinic.slots("SWALLOW", 1)[0]
    clinic.bus.ask(MoveExam(appointment_id=one.id, slot_id=here.id))
    today = clock.local(here.starts_at, "Asia/Shanghai").date() == clock.today("Asia/Shanghai")
    if today or here.starts_at - clock.now() < timedelta(minutes=30):
        clinic.ids["ticket"] = clinic.bus.ask(CheckIn(appointment_id=one.id)).id


@pytest.fixture(scope="module")
def clinic(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with sites.open(tmp_path_factory.mktemp("verify") / "site") as app:
        yield _lived(app)


def test_what_the_house_did_by_itself_holds(clinic: Clinic) -> None:
    told = clinic.verify()
    assert (told.found, told.violations, told.notes) == (0, (), ())
    assert told.appointments >= 12
    assert told.patients >= 9
    assert told.slots > 100


# What is done to the rows, by the name of the invariant that it breaks; {name} is an appointment of `_lived`.
BREAKS = [
    ("slot_room", "UPDATE booking_slot SET capacity = 0 WHERE booked > 0"),
    ("slot_count", "UPDATE booking_slot SET booked = booked + 1 WHERE id = (SELECT min(id) FROM booking_slot)"),
    ("slot_count", "UPDATE booking_slot SET held = 0 WHERE held > 0"),
    ("slot_count", "UPDATE booking_appointment SET state = 'cancelled' WHERE id = '{plain}'"),
    ("pool_count", "UPDATE booking_quota SET taken = taken + 1 WHERE pool = 'online' AND cap IS NULL AND taken = 0"),
    ("pool_count", "UPDATE booking_appointment SET pool = 'outpatient' WHERE id = '{online}'"),
    ("pool_room", "UPDATE booking_quota SET cap = 0 WHERE taken > 0"),
    ("pool_room", "UPDATE booking_slot SET has_quotas = false"),
    ("item_live", "UPDATE booking_appointment SET item_id = (SELECT item_id FROM booking_appointment"
                  " WHERE id = '{plain}') WHERE id = '{long}'"),
    ("patient_busy", "UPDATE booking_appointment AS a SET starts_at = b.starts_at, ends_at = b.ends_at"
                     " FROM booking_appointment AS b WHERE a.id = '{plain}' AND b.id = '{swallow}'"),
    ("hold_ends", "UPDATE booking_appointment SET expires_at = NULL WHERE id = '{held}'"),
    ("payment", "UPDATE booking_payment SET state = 'accepted' WHERE appointment_id = '{gone}'"),
    ("payment", "UPDATE booking_appointment SET paid = false WHERE id = '{paid}'"),
    ("payment", "DELETE FROM booking_payment WHERE appointment_id = '{paid}'"),
    ("payment", "UPDATE booking_payment SET appointment_id = ''; UPDATE booking_item SET state = 'revoked'"),
    ("wait", "UPDATE booking_wait SET state = 'offered', appointment_id = '{gone}'"),
    ("wait", "UPDATE booking_wait SET state = 'served'"),
    ("wait", "UPDATE booking_wait SET appointment_id = '{plain}'"),
    ("owner", "UPDATE booking_appointment SET patient_id = (SELECT patient_id FROM booking_appointment"
              " WHERE id = '{long}') WHERE id = '{plain}'"),
    ("revoked", "UPDATE booking_item SET state = 'revoked'"),
    ("slots_named", "UPDATE booking_appointment SET slots = slots || '{{slt-nowhere}}'::text[] WHERE id = '{plain}'"),
    ("slots_named", "UPDATE booking_appointment SET slot_id = slots[2] WHERE id = '{long}'"),
    ("slots_consecutive", "UPDATE booking_appointment SET slots = array_remove(slots, slots[2]) WHERE id = '{long}'"),
    ("slots_cover", "UPDATE booking_appointment SET ends_at = ends_at + interval '5 minutes' WHERE id = '{plain}'"),
    ("changes", "UPDATE booking_appointment SET changes = '[]' WHERE id = '{moved}'"),
    ("maker", "UPDATE booking_item SET exam_code = 'BARIUM' FROM booking_appointment AS a"
              " WHERE a.item_id = booking_item.id AND a.id = '{plain}'"),
    ("length", "UPDATE booking_item SET body_part = 'BODY' FROM booking_appointment AS a"
               " WHERE a.item_id = booking_item.id AND a.id = '{plain}'"),
    ("companion", "UPDATE booking_appointment SET slots = slots[:3] WHERE id = '{long}'"),
    ("rule", "UPDATE booking_item SET exam_code = CASE exam_code WHEN 'PLAIN' THEN 'DYE' WHEN 'SWALLOW' THEN 'BARIUM'"
             " ELSE exam_code END"),
]  # fmt: skip
# The database's own guards, which would not let it come so far.
_GUARDS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
    WHERE contype = 'c' AND conrelid IN ('booking_slot'::regclass, 'booking_quota'::regclass,
        'booking_appointment'::regclass)
    UNION ALL SELECT 'DROP INDEX uq_booking_appointment_live'
"""


class _TakenBackError(Exception):
    """Ends a transaction that nobody is to see."""


def _broken(clinic: Clinic, sql: str) -> Verified:
    """Verify what is broken in a transaction that is taken back."""
    told: list[Verified] = []
    actor = verify(clinic.app.operator_token(), clinic.app.settings.secret, clinic.app.settings.site.id)
    with suppress(_TakenBackError), clinic.app.store.begin() as tx:
        tx.db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for guard in tx.db.execute(text(_GUARDS)).scalars().all():
            tx.db.exec_driver_sql(guard)
        for statement in sql.format(**clinic.ids).split(";"):
            tx.db.exec_driver_sql(statement)
        told.append(verify_booking(tx, VerifyBooking(), actor))
        raise _TakenBackError
    return told[0]


@pytest.mark.parametrize(("invariant", "sql"), BREAKS)
def test_what_is_broken_is_reported(clinic: Clinic, invariant: str, sql: str) -> None:
    told = _broken(clinic, sql)
    assert invariant in {one.invariant for one in told.violations}
    assert told.found >= len(told.violations) > 0


def test_a_ticket_belongs_to_somebody_who_is_here(clinic: Clinic) -> None:
    if "ticket" not in clinic.ids:
        pytest.skip("the day is over: nobody can be checked in")
    for sql in (
        "UPDATE booking_appointment SET state = 'booked' WHERE id = '{here}'",
        "UPDATE booking_ticket SET state = 'done' WHERE appointment_id = '{here}'",
        "DELETE FROM booking_ticket WHERE appointment_id = '{here}'",
    ):
        assert "ticket" in {one.invariant for one in _broken(clinic, sql).violations}, sql


def test_at_most_a_hundred_are_told_and_all_are_counted(clinic: Clinic) -> None:
    told = _broken(clinic, "UPDATE booking_slot SET booked = booked + 1 WHERE booked < capacity")
    assert len(told.violations) == 100
    assert told.found > 300


def test_since_leaves_out_what_was_before(clinic: Clinic) -> None:
    later = VerifyBooking(since=clock.today("Asia/Shanghai") + timedelta(days=3))
    part, whole = clinic.bus.ask(later), clinic.verify()
    assert 0 < part.slots < whole.slots
    assert 0 < part.appointments < whole.appointments
    assert part.found == 0


def test_what_was_set_aside_is_no_violation_and_what_changed_since_is_only_noted(sites: Sites, tmp_path: Path) -> None:
    with sites.open(tmp_path / "site") as app:
        clinic = Clinic(app, app.bus_as(app.operator_token()))
        clinic.bus.ask(LoadCatalogue(catalogue=CLINIC))
        clinic.bus.ask(LoadRules(rules=RuleSet(name="test", rules=(BOTH,))))
        clinic.bus.ask(OpenSlots(days=3), timeout=60)
        clinic.book("DYE", 1, 0)
        slot = clinic.slots("BARIUM")[9].id
        wish = BookExam(item_id=clinic.item("BARIUM", 1), slot_id=slot, overrides=("apart",), reason="急")
        clinic.bus.ask(wish)
        assert clinic.verify().found == 0
        other = [
            exam if exam.code != "DYE" else exam.model_copy(update={"devices": ("XR-1",)}) for exam in CLINIC.exams
        ]
        clinic.bus.ask(LoadCatalogue(catalogue=Catalogue(exams=tuple(other))))
        told = clinic.verify()
        assert told.found == 0
        assert [one.invariant for one in told.notes] == ["maker"]


def test_the_command_ends_with_a_status(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path / "site")
    assert run_here("booking", "verify", "--lang", "en", site=site).code == 0
    with open_app(site) as app:
        clinic = Clinic(app, app.bus_as(app.operator_token()))
        clinic.bus.ask(LoadCatalogue(catalogue=CLINIC))
        clinic.bus.ask(OpenSlots(days=1), timeout=60)
        with app.store.begin() as tx:
            tx.db.execute(text("UPDATE booking_slot SET booked = 1 WHERE id = (SELECT min(id) FROM booking_slot)"))
    told = run_here("booking", "verify", "--lang", "en", site=site)
    assert told.code == 1
    assert "slot_count" in told.out
    assert "1 violations, 1 shown" in told.out + told.err


# --- the pure half, without a database ---

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def _slot(**more: object) -> SlotFacts:
    return replace(SlotFacts("s1", "M0", NOON, NOON + timedelta(minutes=20), 2, 0, 1), **more)  # type: ignore[arg-type]


def _one(**more: object) -> AppointmentFacts:
    link = {"at": NOON.isoformat(), "actor": "a", "what": "booked", "slot_id": "s1", "reason": ""}
    made = AppointmentFacts(
        "a1", "i1", "p1", "E0", "s1", ("s1",), "M0", NOON, NOON + timedelta(minutes=20), AppointmentState.BOOKED
    )
    return replace(replace(made, pool="online", changes=(link,)), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slot", "taking", "names"),
    [
        (_slot(), [_one()], []),
        (_slot(booked=0), [_one()], ["slot_count"]),
        (_slot(held=1, booked=0), [_one()], ["slot_count"]),
        (_slot(capacity=0), [_one()], ["slot_room"]),
        (_slot(held=-1), [_one()], ["slot_room", "slot_count"]),
        (_slot(booked=0), [_one(state=AppointmentState.CANCELLED)], []),
        (_slot(), [_one(state=AppointmentState.NO_SHOW)], []),
        (_slot(quotas=(Quota("online", taken=1),)), [_one()], []),
        (_slot(quotas=(Quota("online", taken=0),)), [_one()], ["pool_count"]),
        (_slot(quotas=(Quota("online", cap=0, taken=1),)), [_one()], ["pool_room"]),
    ],
)
def test_a_slot_counts_what_is_taken(slot: SlotFacts, taking: list[AppointmentFacts], names: list[str]) -> None:
    assert [one.invariant for one in invariants.of_slot(slot, taking)] == names


def test_a_patient_is_in_one_place_at_a_time() -> None:
    ten = timedelta(minutes=10)
    later = _one(id="a2", item_id="i2", starts_at=NOON + ten, ends_at=NOON + 3 * ten)
    assert [one.invariant for one in invariants.of_patient([_one(), later])] == ["patient_busy"]
    assert not list(invariants.of_patient([_one(), replace(later, state=AppointmentState.EXPIRED)]))
    again = replace(later, item_id="i1", starts_at=NOON + 2 * ten)
    assert [one.invariant for one in invariants.of_patient([_one(), again])] == ["item_live"]


def test_a_whole_state_is_looked_at() -> None:
    made = hospital(1)
    slot = next(one for one in made.open(date(2026, 3, 2)) if one.device.startswith("M"))
    assert not list(invariants.of_board(made.house, {slot.id: slot}, {}))
    oversold = replace(slot, booked=slot.capacity + 1)
    assert [one.invariant for one in invariants.of_board(made.house, {slot.id: oversold}, {})] == [
        "slot_room",
        "slot_count",
    ]
