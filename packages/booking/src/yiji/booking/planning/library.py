"""The library door: `plan(orders, slots, rules)`, with no site, no database and no settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yiji.booking.hooks import Fact
from yiji.booking.planning.problem import Free, Problem, days, minute, minute_after
from yiji.booking.rules.board import House
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.facts import DeviceFacts, ExamFacts, ItemFacts, PatientFacts
from yiji.core.contract.booking import Plan
from yiji.core.contract.catalogue import Exam, Parameters
from yiji.core.contract.inventory import Slot
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.rule import RuleSet


def plan(
    orders: Sequence[OrderBrief],
    slots: Sequence[Slot],
    rules: RuleSet,
    *,
    exams: Sequence[Exam] = (),
    facts: Mapping[str, Fact] | None = None,
    now: datetime | None = None,
    zone: str = "UTC",
    alternatives: int = 3,
) -> Plan:
    """Return up to three ways to make all examinations: fewest visits, then earliest finish, then least waiting.

    `exams`: the catalogue's entries; an order without one may be made on any device of its department and takes one
    slot. `facts`: what is known of the patient; `now`: nothing is planned before it (left out: before the first slot);
    `zone`: IANA name of the hospital's clock, on which days begin and the rules' hours are read.

    >>> from datetime import datetime, timedelta, timezone
    >>> from yiji.core.contract.patient import PatientBrief, Sex
    >>> from yiji.core.contract.rule import RuleSpec, Selector
    >>> patient = PatientBrief(id="p1", name="Li", sex=Sex.FEMALE)
    >>> def order(item, exam, department):
    ...     return OrderBrief(order_id="o1", item_id=item, accession_number=item, placer_number=item, sender="HIS",
    ...                       patient=patient, exam_code=exam, exam_name=exam, department=department)
    >>> eight = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
    >>> def slot(device, number):
    ...     start = eight + timedelta(minutes=30 * number)
    ...     return Slot(id=f"{device}-{number}", device=device, device_name=device, room=device, room_name=device,
    ...                 department=device, starts_at=start, ends_at=start + timedelta(minutes=30), capacity=1, held=0,
    ...                 booked=0)
    >>> first = RuleSpec(id="US-CT", kind="sequence", title="先超声", title_en="ultrasound first", source="example",
    ...                  first=Selector(exams=("USABD",)), second=Selector(exams=("CTC",)))
    >>> found = plan([order("i1", "CTC", "CT"), order("i2", "USABD", "US")],
    ...              [slot(device, number) for device in ("CT", "US") for number in range(4)],
    ...              RuleSet(name="example", rules=(first,)))
    >>> best = found.alternatives[0]
    >>> [(choice.exam_name, choice.slot_id) for choice in best.choices]
    [('USABD', 'US-0'), ('CTC', 'CT-1')]
    >>> best.visits, best.waiting_minutes, best.optimal
    (1, 0, True)
    """
    from yiji.booking.planning.answer import answer  # it brings OR-Tools along, which takes a second to import

    if not slots:
        return Plan(alternatives=(), unplaced=tuple(order.item_id for order in orders), why_not="booking.no_place")
    starts = [slot.starts_at for slot in slots]
    first, last = (at.astimezone(ZoneInfo(zone)).date() for at in (min(starts), max(starts)))
    problem = Problem(
        house=_house(slots, exams, orders, rules, zone),
        items=tuple(_item(order, slots, exams) for order in orders),
        free=_free(slots),
        days=tuple(days(first, (last - first).days + 1, zone)),
        now=now or min(starts) - timedelta(days=1),
        patient=PatientFacts(facts=dict(facts or {})),
    )
    return answer(problem, alternatives)


def _house(
    slots: Sequence[Slot], exams: Sequence[Exam], orders: Sequence[OrderBrief], rules: RuleSet, zone: str
) -> House:
    items = [_item(order, slots, exams).exam for order in orders]
    return House(
        zone=zone,
        exams={exam.code: exam for exam in [*(_known(exam, slots) for exam in exams), *items]},
        devices={slot.device: _device(slot) for slot in slots},
        staff={},
        parameters=Parameters(),
        judges=compile_rules(rules),
    )


def _device(slot: Slot) -> DeviceFacts:
    return DeviceFacts(slot.device, slot.device_name, "", slot.room, slot.room_name, slot.department)


def _item(order: OrderBrief, slots: Sequence[Slot], exams: Sequence[Exam]) -> ItemFacts:
    known = next((exam for exam in exams if exam.code == order.exam_code), None)
    return ItemFacts(order, "active", _known(known, slots) if known else _guessed(order, slots))


def _known(exam: Exam, slots: Sequence[Slot]) -> ExamFacts:
    makers = exam.devices or tuple(dict.fromkeys(one.device for one in slots if one.department == exam.department))
    return ExamFacts(
        code=exam.code,
        name=exam.name,
        department=exam.department,
        modality=exam.modality,
        minutes=exam.minutes,
        preparation_minutes=exam.preparation_minutes,
        makers=makers,
        tags=frozenset(exam.tags),
        part_minutes={part.code: part.minutes for part in exam.body_parts},
    )


def _guessed(order: OrderBrief, slots: Sequence[Slot]) -> ExamFacts:
    """Return an examination that the catalogue does not tell of: any device of the department, one slot."""
    here = [slot for slot in slots if slot.department == order.department]
    lengths = [minute_after(slot.ends_at) - minute(slot.starts_at) for slot in here]
    return ExamFacts(
        code=order.exam_code,
        name=order.exam_name,
        department=order.department,
        modality=order.modality,
        minutes=min(lengths, default=1),
        makers=tuple(dict.fromkeys(slot.device for slot in here)),
    )


def _free(slots: Sequence[Slot]) -> dict[str, list[Free]]:
    found: dict[str, list[Free]] = {}
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        if slot.free > 0:
            free = Free(slot.id, slot.device, minute(slot.starts_at), minute_after(slot.ends_at), slot.free)
            found.setdefault(slot.device, []).append(free)
    return found
