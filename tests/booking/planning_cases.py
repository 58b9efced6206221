"""Small random hospitals for the planner, and the best plan found by trying everything."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from random import Random

from yiji.booking.hooks import Fact, Rule
from yiji.booking.planning.problem import Free, Problem, Score, Spot, days, minute, moment
from yiji.booking.planning.scoring import score
from yiji.booking.rules.board import Board, House
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.facts import AppointmentFacts, DeviceFacts, ExamFacts, ItemFacts, PatientFacts
from yiji.booking.rules.judging import other_of, proposal
from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.catalogue import Parameters
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Scope, Selector

ZONE = "Asia/Shanghai"
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)  # Monday 06:00 there
TAGS = ("contrast", "barium", "fasting")
PATIENT = PatientBrief(id="pat-1", name="测试", sex=Sex.FEMALE, birth_date=date(1970, 1, 1))


def _rule(random: Random, number: int, codes: Sequence[str]) -> RuleSpec:
    kind = random.choice(
        [
            RuleKind.EXCLUSIVE,
            RuleKind.SEQUENCE,
            RuleKind.INTERVAL,
            RuleKind.TRAVEL,
            RuleKind.WINDOW,
            RuleKind.DAILY,
            RuleKind.NOTICE,
            RuleKind.FACT,
        ]
    )

    def some() -> Selector:
        if random.random() < 0.3:
            return Selector(tags=(random.choice(TAGS),))
        return Selector(exams=tuple(random.sample(codes, random.randint(1, 2))))

    return RuleSpec(
        id=f"R{number}",
        kind=kind,
        title="规则",
        title_en="rule",
        source="test",
        first=Selector() if kind is RuleKind.TRAVEL else some(),
        second=Selector() if kind is RuleKind.TRAVEL else some(),
        gap_minutes=random.choice([0, 10, 20, 60, 600]),
        within_hours=random.choice([0, 0, 2, 24]),
        both_ways=random.random() < 0.5,
        opens=time(8, 20) if random.random() < 0.5 else None,
        closes=random.choice([time(8, 40), time(10), time(15)]),
        fact="pregnant" if kind is RuleKind.FACT else "",
        scope=random.choice(list(Scope)),
        limit=random.choice([1, 2]),
    )


def _rules(random: Random, codes: Sequence[str], span: int) -> tuple[RuleSpec, ...]:
    some = tuple(_rule(random, number, codes) for number in range(random.randint(0, 4 if span == 2 else 2)))
    if span == 2:
        return some
    limit = random.choice([1, 2, 2])
    few = RuleSpec(id="few", kind=RuleKind.DAILY, title="每天", title_en="a day", source="test", limit=limit)
    return (*some, few)


def _free(random: Random, device: str, minutes: int, share: float, day: date, most: int) -> Iterator[Free]:
    """A few slots of the morning and the afternoon, some of them taken."""
    for opens in (time(8), time(14)):
        start = minute(datetime.combine(day, opens, tzinfo=UTC) - timedelta(hours=8))
        for number in range(random.randint(1, most)):
            begins = start + number * minutes
            if random.random() < share:
                yield Free(f"{device}@{begins}", device, begins, begins + minutes, random.choice([1, 2]))


def _appointment(exam: str, device: str, start: datetime, state: AppointmentState) -> AppointmentFacts:
    end = start + timedelta(minutes=20)
    return AppointmentFacts(
        id=f"apt-{exam}",
        item_id=f"other-{exam}",
        patient_id=PATIENT.id,
        exam_code=exam,
        slot_id="elsewhere",
        slots=("elsewhere",),
        device=device,
        starts_at=start,
        ends_at=end,
        state=state,
    )


def small(seed: int, own: tuple[Rule, ...] = (), span: int = 2) -> Problem:
    """A hospital with two to four examinations to plan over some days.

    Over more than two, a day has fewer slots, and one or two examinations are all that the hospital allows on it.
    """
    random, most = Random(seed), 3 if span == 2 else 2
    departments, devices = ("ECG", "US", "CT"), dict[str, DeviceFacts]()
    exams, free = dict[str, ExamFacts](), dict[str, list[Free]]()
    for department in departments:
        for number in range(random.randint(1, 2)):
            code = f"{department}-{number}"
            campus = "east" if department == "CT" else "west"
            devices[code] = DeviceFacts(code, code, room=f"{code}-R", department=department, campus=campus)
            size = random.choice([10, 15, 30])
            share = random.choice([0.4, 0.8]) if span == 2 else random.choice([0.3, 0.4])
            free[code] = [
                slot
                for offset in range(span)
                for slot in _free(random, code, size, share, MONDAY + timedelta(days=offset), most)
            ]
    staff = {"nurse": ("N1", "N2")} if random.random() < 0.4 else {"nurse": ("N1",)}
    for group in staff["nurse"]:
        free[group] = [
            slot for offset in range(span) for slot in _free(random, group, 60, 0.8, MONDAY + timedelta(days=offset), 2)
        ]
    codes = [f"E{number}" for number in range(random.choice([2, 2, 3, 3, 3, 4]))]
    for code in [*codes, "OLD"]:
        department = random.choice(departments)
        exams[code] = ExamFacts(
            code,
            code,
            department=department,
            minutes=random.choice([10, 20, 30]),
            preparation_minutes=random.choice([0, 0, 0, 150]),
            makers=tuple(sorted(device for device in devices if devices[device].department == department)),
            needs=("nurse",) if random.random() < 0.3 else (),
            tags=frozenset(tag for tag in TAGS if random.random() < 0.3),
        )
    house = House(
        zone=ZONE,
        exams=exams,
        devices=devices,
        staff=staff,
        parameters=Parameters(),
        judges=compile_rules(RuleSet(name="test", rules=_rules(random, [*codes, "OLD"], span))),
        own=own,
    )
    there = random.choice([NOW - timedelta(hours=20), NOW + timedelta(hours=2, minutes=40), NOW + timedelta(hours=27)])
    state = AppointmentState.FULFILLED if there < NOW else AppointmentState.BOOKED
    appointments = (_appointment("OLD", random.choice(sorted(devices)), there, state),) if random.random() < 0.5 else ()
    return Problem(
        house=house,
        items=tuple(_item(exams[code], f"itm-{index}") for index, code in enumerate(codes)),
        free=free,
        days=tuple(days(MONDAY, span, ZONE)),
        now=NOW,
        appointments=appointments,
        patient=PatientFacts(facts={"pregnant": Fact("no", NOW)} if random.random() < 0.9 else {}),
    )


def _item(exam: ExamFacts, item_id: str) -> ItemFacts:
    order = OrderBrief(
        order_id="ord-1",
        item_id=item_id,
        accession_number=item_id,
        placer_number=item_id,
        sender="HIS",
        patient=PATIENT,
        exam_code=exam.code,
        exam_name=exam.name,
        department=exam.department,
    )
    return ItemFacts(order, "active", exam)


def _stretches(problem: Problem, item: ItemFacts) -> Iterator[Spot]:
    """Every place of an item, with every way to have its companions, told as the slots that it takes."""
    length = int(item.length.total_seconds() // 60)
    for device in item.exam.makers:
        free = {slot.starts: slot for slot in problem.free[device]}
        for first in free.values():
            taken = [first]
            while taken[-1].ends < first.starts + length and taken[-1].ends in free:
                taken.append(free[taken[-1].ends])
            if taken[-1].ends >= first.starts + length:
                fragment = _fragment(problem, device, free, taken)
                for staff in _companions(problem, item, first.starts, taken[-1].ends):
                    yield Spot(first.starts, taken[-1].ends, fragment, device, first.id, staff)


def _companions(problem: Problem, item: ItemFacts, start: int, end: int) -> list[tuple[str, ...]]:
    ways: list[list[tuple[str, ...]]] = []
    for need in item.exam.needs:
        ways.append([])
        for group in problem.house.staff[need]:
            over = [slot for slot in problem.free[group] if slot.starts < end and start < slot.ends]
            if sum(min(end, slot.ends) - max(start, slot.starts) for slot in over) == end - start:
                ways[-1].append(tuple(slot.id for slot in over))
    return [tuple(slot for part in way for slot in part) for way in product(*ways)]


def _fragment(problem: Problem, device: str, free: dict[int, Free], taken: Sequence[Free]) -> int:
    """The definition of docs/planning.md, counted minute by minute."""
    sizes = sorted(exam.minutes for exam in problem.house.exams.values() if device in exam.makers)
    usual = max(sizes, key=lambda size: (sizes.count(size), -size), default=0)
    gone = [slot for slot in taken if slot.room == 1]
    if not gone:
        return 0
    left = right = 0
    ends = {slot.ends: slot for slot in free.values()}
    edge = gone[0].starts
    while edge in ends:
        left, edge = left + ends[edge].ends - ends[edge].starts, ends[edge].starts
    edge = gone[-1].ends
    while edge in free:
        right, edge = right + free[edge].ends - free[edge].starts, free[edge].ends
    return int(0 < left < usual or 0 < right < usual)


def every(problem: Problem) -> Iterator[tuple[Spot, ...]]:
    """Every legal plan: each place asked of the rules beside those before it, companions counted."""
    board = Board(problem.house, problem.now)
    board.patients[PATIENT.id] = problem.patient
    room = {slot.id: slot.room for group in ("N1", "N2") for slot in problem.free.get(group, ())}
    spots = [
        [spot for spot in _stretches(problem, item) if _legal(problem, board, item, spot, ())] for item in problem.items
    ]
    yield from _extend(problem, board, room, spots, ())


def _extend(
    problem: Problem, board: Board, room: dict[str, int], spots: Sequence[Sequence[Spot]], chosen: tuple[Spot, ...]
) -> Iterator[tuple[Spot, ...]]:
    if len(chosen) == len(problem.items):
        yield chosen
        return
    item = problem.items[len(chosen)]
    for spot in spots[len(chosen)]:
        if _legal(problem, board, item, spot, chosen) and all(room[slot] > 0 for slot in spot.staff):
            left = {slot: count - spot.staff.count(slot) for slot, count in room.items()}
            yield from _extend(problem, board, left, spots, (*chosen, spot))


def _legal(problem: Problem, board: Board, item: ItemFacts, spot: Spot, chosen: Sequence[Spot]) -> bool:
    here = [
        replace(
            _appointment(one.exam.code, place.device, moment(place.start), AppointmentState.BOOKED),
            ends_at=moment(place.end),
        )
        for one, place in zip(problem.items, chosen, strict=False)
    ]
    others = [*problem.appointments, *here]
    start, end = moment(spot.start), moment(spot.end)
    if any(one.is_live and one.starts_at < end and start < one.ends_at for one in others):
        return False
    if start < problem.now + timedelta(minutes=item.exam.preparation_minutes):
        return False
    asked = proposal(board, item, spot.device, start, end, others)
    assert asked.others == tuple(other_of(board, one) for one in others)
    return problem.rules.check(asked) is None and not any(rule.check(asked) for rule in problem.house.own)


def best(problem: Problem) -> Score | None:
    """The least figures of all legal plans."""
    return min((score(problem, plan) for plan in every(problem)), default=None)


def legal_in_time_order(problem: Problem, spots: Sequence[Spot]) -> bool:
    """Whether every place is legal beside those before it, one after the other in the order of time."""
    board = Board(problem.house, problem.now)
    board.patients[PATIENT.id] = problem.patient
    placed: list[tuple[ItemFacts, Spot]] = []
    for item, spot in sorted(zip(problem.items, spots, strict=True), key=lambda pair: pair[1].start):
        before = replace(problem, items=tuple(one for one, _ in placed))
        if not _legal(before, board, item, spot, [place for _, place in placed]):
            return False
        placed.append((item, spot))
    return True
