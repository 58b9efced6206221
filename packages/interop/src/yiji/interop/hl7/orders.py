"""Order messages (ORM^O01, OMG^O19) as the house's commands.

A message holds one patient and any number of groups ``ORC [TQ1] {OBR [NTE] [DG1] ...}``. Examinations of one ORC-4 are
one order; without ORC-4 all of a message are. New orders come before withdrawals, so that a replacement (RP + RO) that
is refused leaves the old order as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from yiji.core.contract.order import OrderedItem, Priority, RegisterOrder, RevokeOrder
from yiji.interop.errors import DuplicatePlacer, MissingField, UnsupportedControl, UnsupportedMessage
from yiji.interop.hl7.message import Message, Segment, Segments
from yiji.interop.hl7.patient import first_of, join_name, patient_notes, read_patient
from yiji.interop.hl7.profile import DEFAULT, Profile
from yiji.interop.hl7.times import read_time

EVENTS = ("ORM^O01", "OMG^O19")
# Order control codes (HL7 table 0119, recalled). A change (XO) is refused with words: cancel and order anew.
REGISTER = frozenset({"NW", "RO"})
REVOKE = frozenset({"CA", "DC", "RP"})
_READ = frozenset({"MSH", "PID", "NTE", "PV1", "ORC", "TQ1", "OBR", "DG1"})
_HASTE = (Priority.ROUTINE, Priority.URGENT, Priority.STAT)


@dataclass(frozen=True, slots=True)
class Orders:
    """What an order message asks for; `notes` tell what of it was left aside."""

    commands: tuple[RegisterOrder | RevokeOrder, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Exam:
    """One examination of the message: its ORC, its OBR and what follows, with the message's segments behind them."""

    control: str
    placer: str
    group: str
    own: Segments
    all: Segments


def read_orders(message: Message, zone: tzinfo, profile: Profile = DEFAULT, source: str = "") -> Orders:
    """Return the commands of an order message; `zone` is the wall clock of times without offset, `source` the inbox id.

    Raises `UnsupportedMessage`, `UnsupportedControl`, `MissingField`, `BadValue` or `DuplicatePlacer`.
    """
    if message.header.event not in EVENTS:
        raise UnsupportedMessage(type=message.header.type or "-")
    exams = list(_exams(message, profile))
    _check(message, exams)
    new = _grouped([exam for exam in exams if exam.control in REGISTER])
    gone = [exam.placer for exam in exams if exam.control in REVOKE]
    commands: list[RegisterOrder | RevokeOrder] = [
        _register(message, group, number, zone, profile, source) for number, group in new
    ]
    if gone:
        commands.append(RevokeOrder(sender=message.header.sender, placer_numbers=tuple(gone), reason=_why(exams)))
    return Orders(tuple(commands), (*message.notes, *patient_notes(message, profile), *_ignored(message)))


def _exams(message: Message, profile: Profile) -> Iterator[_Exam]:
    """Cut the message into examinations: each OBR is one, an ORC without OBR (a bare cancellation) is one too."""
    head, groups = _split(message.segments, "ORC")
    for group in groups:
        shared, singles = _split(group, "OBR")
        for single in singles or [()]:
            own = Segments((*shared, *single))
            yield _Exam(
                control=own.get("ORC-1").upper(),
                placer=own.get("OBR-2") if len(singles) > 1 else own.get("ORC-2") or own.get("OBR-2"),
                group=first_of(own, profile.group_number),
                own=own,
                all=Segments((*own, *head)),
            )


def _split(segments: Sequence[Segment], name: str) -> tuple[tuple[Segment, ...], list[tuple[Segment, ...]]]:
    """Cut before each segment of `name`; return what stands before the first, and the pieces."""
    starts = [i for i, segment in enumerate(segments) if segment.name == name]
    ends = [*starts[1:], len(segments)]
    head = tuple(segments[: starts[0] if starts else len(segments)])
    return head, [tuple(segments[a:b]) for a, b in zip(starts, ends, strict=True)] if starts else []


def _check(message: Message, exams: Sequence[_Exam]) -> None:
    if not message.header.sender:
        raise MissingField(field="MSH-3")
    if not exams:
        raise MissingField(field="ORC")
    seen: set[tuple[bool, str]] = set()
    for exam in exams:
        if exam.control not in REGISTER | REVOKE:
            raise UnsupportedControl(control=exam.control or "-", field="ORC-1")
        if not exam.placer:
            raise MissingField(field="ORC-2")
        key = (exam.control in REGISTER, exam.placer)
        if key in seen:
            raise DuplicatePlacer(number=exam.placer, field="ORC-2")
        seen.add(key)


def _grouped(exams: Sequence[_Exam]) -> list[tuple[str, list[_Exam]]]:
    groups: dict[str, list[_Exam]] = {}
    for exam in exams:
        groups.setdefault(exam.group, []).append(exam)
    return [(number or group[0].placer, group) for number, group in groups.items()]


def _register(
    message: Message, exams: Sequence[_Exam], number: str, zone: tzinfo, profile: Profile, source: str
) -> RegisterOrder:
    lead = exams[0].all
    return RegisterOrder(
        sender=message.header.sender,
        group_number=number,
        patient=read_patient(message, profile),
        items=tuple(_item(exam, profile) for exam in exams),
        priority=max((_priority(exam.all, profile) for exam in exams), key=_HASTE.index),
        requester=_requester(lead),
        requesting_department=first_of(lead, profile.requesting_department),
        reason="; ".join(dict.fromkeys(text for exam in exams for text in _reasons(exam.own))),
        ordered_at=read_time(first_of(lead, profile.ordered_at), zone, profile.ordered_at[0]),
        source_message=source,
    )


def _item(exam: _Exam, profile: Profile) -> OrderedItem:
    code = first_of(exam.all, profile.exam_code)
    if not code:
        raise MissingField(field=profile.exam_code[0])
    return OrderedItem(placer_number=exam.placer, exam_code=code, exam_name=first_of(exam.all, profile.exam_name))


def _priority(where: Segments, profile: Profile) -> Priority:
    return profile.priorities.get(first_of(where, profile.priority).upper(), Priority.ROUTINE)


def _requester(where: Segments) -> str:
    """ORC-12, else OBR-16 (XCN: 1 number, 2 family, 3 given): the name, else the number."""
    for name, number in (("ORC", 12), ("OBR", 16)):
        segment = where.first(name)
        if segment and segment.whole(number):
            return join_name(segment.text(number, 2), segment.text(number, 3)) or segment.text(number)
    return ""


def _reasons(own: Segments) -> Iterator[str]:
    """Why it is asked for: relevant clinical information, reason, diagnoses, comments."""
    texts = [own.get("OBR-13.2") or own.get("OBR-13"), own.get("OBR-31.2") or own.get("OBR-31")]
    texts += [dg1.text(3, 2) or dg1.text(4) or dg1.text(3) for dg1 in own.all("DG1")]
    texts += [nte.whole(3) for nte in own.all("NTE")]
    return (text for text in texts if text)


def _why(exams: Sequence[_Exam]) -> str:
    """The reason of a withdrawal: ORC-16 (control code reason), else comments."""
    told = [exam.own.get("ORC-16.2") or exam.own.get("ORC-16") for exam in exams if exam.control in REVOKE]
    return "; ".join(dict.fromkeys(text for text in told if text))


def _ignored(message: Message) -> Iterator[str]:
    """Name each kind of segment that was kept but not read."""
    return (f"segment_ignored {name}" for name in dict.fromkeys(s.name for s in message) if name not in _READ)
