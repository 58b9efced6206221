"""A random hospital from a seed: the same one for the pure simulation and for a real site."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from yiji.booking.hooks import Proposal, Refusal, Rule
from yiji.booking.rules.board import House
from yiji.booking.rules.calendar import slots_of
from yiji.booking.rules.catalogue import makers
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.facts import DeviceFacts, ExamFacts, SlotFacts
from yiji.booking.rules.pools import Quota
from yiji.core.contract.catalogue import (
    BodyPart,
    Calendar,
    Campus,
    Catalogue,
    Department,
    Device,
    Exam,
    Parameters,
    PoolShare,
    Room,
    StaffGroup,
)
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Scope, Selector

ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 2)
EPOCH = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight there
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
POOLS = ("outpatient", "inpatient", "emergency", "online")
TAGS = ("contrast", "barium", "fasting", "plain")
LUNCH = "sim.lunch"


@dataclass(frozen=True)
class Hospital:
    """Master data, rules as data, and what both become for the pure room."""

    catalogue: Catalogue
    rules: RuleSet
    house: House
    parameters: Parameters = field(default_factory=Parameters)

    def open(self, day: date) -> list[SlotFacts]:
        """Return the slots of a day, named by device and start."""
        return [
            SlotFacts(
                id=f"{one.calendar.device}@{one.starts_at:%d%H%M}.{(day - FIRST).days}",
                device=one.calendar.device,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                capacity=one.calendar.capacity,
                held=0,
                booked=0,
                quotas=tuple(
                    Quota(
                        share.pool,
                        share.cap,
                        share.reserve,
                        one.starts_at - timedelta(minutes=share.release_minutes) if share.reserve else None,
                    )
                    for share in one.calendar.pools
                ),
            )
            for calendar in self.catalogue.calendars
            for one in slots_of([calendar], (), [day], "", ZONE)
        ]


def lunch(proposal: Proposal) -> Refusal | None:
    """A rule in code of the hospital's own: nothing with contrast begins from 12:00 to before 13:00."""
    hour = (proposal.starts_at + timedelta(hours=8)).hour
    return Refusal("午休") if hour == 12 and "contrast" in proposal.exam.tags else None


def hospital(seed: int) -> Hospital:
    """Return the hospital of a seed."""
    random = Random(f"hospital {seed}")
    catalogue = _catalogue(random)
    rules = RuleSet(name="simulation", rules=tuple(_rules(random, [exam.code for exam in catalogue.exams])))
    return Hospital(catalogue, rules, house_of(catalogue, rules), catalogue.parameters or Parameters())


def house_of(catalogue: Catalogue, rules: RuleSet) -> House:
    """Return master data and rules as decisions see them."""
    made_by, rooms = makers(catalogue), {room.code: room for room in catalogue.rooms}
    campuses = {one.code: one.campus for one in catalogue.departments}
    exams = {
        exam.code: ExamFacts(
            code=exam.code,
            name=exam.name,
            department=exam.department,
            modality=exam.modality,
            minutes=exam.minutes,
            preparation_minutes=exam.preparation_minutes,
            makers=made_by[exam.code],
            needs=exam.needs,
            tags=frozenset(exam.tags),
            part_minutes={part.code: part.minutes for part in exam.body_parts},
            prepaid=exam.prepaid,
        )
        for exam in catalogue.exams
    }
    devices = {
        one.code: DeviceFacts(
            one.code, one.name, "", one.room, "", rooms[one.room].department, campuses[rooms[one.room].department]
        )
        for one in catalogue.devices
    }
    staff: dict[str, tuple[str, ...]] = {}
    for group in sorted(catalogue.staff, key=lambda one: one.code):
        for capability in group.capabilities:
            staff[capability] = (*staff.get(capability, ()), group.code)
    own = (Rule(LUNCH, lunch),)
    return House(ZONE, exams, devices, staff, catalogue.parameters or Parameters(), compile_rules(rules), own)


def _catalogue(random: Random) -> Catalogue:
    departments = tuple(Department(code=f"D{n}", name=f"科{n}", campus=f"C{n % 2}") for n in range(3))
    rooms = tuple(Room(code=f"R{n}", name=f"诊室{n}", department=f"D{n % 3}") for n in range(6))
    devices = tuple(Device(code=f"M{n}", name=f"机{n}", room=f"R{n}", modality="OT") for n in range(6))
    staff = (
        StaffGroup(code="S0", name="护士", department="D0", capabilities=("nurse",)),
        StaffGroup(code="S1", name="麻醉", department="D1", capabilities=("nurse", "anaesthesia")),
        StaffGroup(code="S2", name="麻醉二", department="D2", capabilities=("anaesthesia",)),
    )
    return Catalogue(
        campuses=tuple(Campus(code=f"C{n}", name=f"院区{n}") for n in range(2)),
        departments=departments,
        rooms=rooms,
        devices=devices,
        staff=staff,
        exams=tuple(_exam(random, number) for number in range(9)),
        calendars=(
            *(_calendar(random, one.code, pools=random.random() < 0.7) for one in devices),
            *(_calendar(random, one.code, pools=False) for one in staff),
        ),
        parameters=Parameters(hold_minutes=10, payment_minutes=15, online_cancel_limit=2, online_cancel_minutes=60),
    )


def _exam(random: Random, number: int) -> Exam:
    needs = random.choice([(), (), (), ("nurse",), ("anaesthesia",), ("nurse", "anaesthesia")])
    return Exam(
        code=f"E{number}",
        name=f"检查{number}",
        department=f"D{number % 3}",
        modality="OT",
        minutes=random.choice([5, 10, 15, 20, 30, 45, 60]),
        preparation_minutes=random.choice([0, 0, 0, 60, 240]),
        devices=tuple(sorted(random.sample([f"M{n}" for n in range(6)], random.randint(1, 4)))),
        needs=needs,
        tags=tuple(sorted(random.sample(TAGS, random.randint(0, 2)))),
        body_parts=(BodyPart(code="HEAD", name="头", minutes=random.choice([10, 25, 40])),),
        prepaid=random.random() < 0.25,
    )


def _calendar(random: Random, device: str, pools: bool) -> Calendar:
    capacity = random.choice([1, 1, 2, 3, 5])
    return Calendar(
        device=device,
        weekdays=EVERY_DAY,
        opens=time(random.choice([7, 8, 9])),
        closes=time(random.choice([15, 17, 19])),
        slot_minutes=random.choice([10, 15, 20, 30]),
        capacity=capacity,
        pools=tuple(_shares(random, capacity)) if pools else (),
    )


def _shares(random: Random, capacity: int) -> list[PoolShare]:
    left, shares = capacity, list[PoolShare]()
    for pool in random.sample(POOLS, random.randint(1, 3)):
        reserve = random.randint(0, left)
        left -= reserve
        cap = random.choice([None, random.randint(reserve, capacity)])
        shares.append(PoolShare(pool=pool, cap=cap, reserve=reserve, release_minutes=random.choice([0, 120, 1440])))
    return shares


def _rules(random: Random, exams: list[str]) -> list[RuleSpec]:
    """Return some rules of each kind that does not depend on facts; they may well be hard on one another."""

    def some() -> Selector:
        by_tag = Selector(tags=(random.choice(TAGS),))
        return random.choice([by_tag, by_tag, Selector(exams=tuple(sorted(random.sample(exams, 2))))])

    def rule(name: str, kind: RuleKind, **told: object) -> RuleSpec:
        soft = random.random() < 0.7
        fields = {"id": name, "kind": kind, "title": name, "title_en": name, "source": "simulation", **told}
        return RuleSpec.model_validate({**fields, "overridable": soft})

    kinds = [
        rule("apart", RuleKind.EXCLUSIVE, first=some(), second=some(), within_hours=random.choice([0, 3, 24])),
        rule("order", RuleKind.SEQUENCE, first=some(), second=some(), within_hours=random.choice([0, 6, 48])),
        rule(
            "washout",
            RuleKind.INTERVAL,
            first=some(),
            second=some(),
            gap_minutes=random.choice([30, 180, 1440]),
            both_ways=random.random() < 0.5,
        ),
        rule("way", RuleKind.TRAVEL, gap_minutes=random.choice([5, 20]), scope=random.choice(list(Scope))),
        rule("daily", RuleKind.DAILY, first=some(), limit=random.choice([1, 2])),
        rule("morning", RuleKind.WINDOW, first=some(), opens=time(7), closes=time(random.choice([11, 14]))),
        rule("women", RuleKind.SEX, first=Selector(exams=(random.choice(exams),)), sexes=("female",)),
    ]
    return [one for one in kinds if random.random() < 0.75]
