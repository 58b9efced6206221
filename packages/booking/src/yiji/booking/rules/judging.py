"""What stands against a place besides the place itself: the patient, the hospital's rules, the gates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yiji.booking.errors import (
    NotYours,
    OverrideRefused,
    PatientBlocked,
    PatientBusy,
    RuleRefuses,
    TooShortNotice,
)
from yiji.booking.hooks import Other, Proposal, Refusal, Traits
from yiji.booking.rules.board import Board
from yiji.booking.rules.facts import AppointmentFacts, ItemFacts

NOTICE = "booking.preparation"  # the rule that the catalogue itself makes


@dataclass(frozen=True, slots=True)
class Judgement:
    """Who asks, and what may be set aside. `patient`: whose own token it is; nothing for staff and systems."""

    patient: str = ""
    overrides: tuple[str, ...] = ()
    reason: str = ""


STAFF = Judgement()


def check_patient(board: Board, item: ItemFacts, asks: Judgement) -> None:
    """A patient's own token acts for that patient only, and not while he is blocked."""
    patient_id = item.order.patient.id
    if not asks.patient:
        return
    if asks.patient != patient_id:
        raise NotYours()
    known = board.patient(patient_id)
    if known.blocked_until is not None and known.blocked_until > board.now:
        raise PatientBlocked(block=known.block_id, until=known.blocked_until.isoformat())


def judge(
    board: Board, item: ItemFacts, device: str, starts_at: datetime, ends_at: datetime, but: str, asks: Judgement
) -> tuple[str, ...]:
    """Return the ids of the rules that were set aside; raises what refuses the place."""
    others = board.of_patient(item.order.patient.id, but)
    _check_busy(others, starts_at, ends_at)
    set_aside = _check_notice(board, item, starts_at, asks)
    if not (others or board.house.own) and not _concerns(board, item):
        return set_aside
    return set_aside + _check_rules(board, proposal(board, item, device, starts_at, ends_at, others), asks)


def _concerns(board: Board, item: ItemFacts) -> bool:
    """Whether any rule speaks of this examination: most have none, and bookings are many."""
    return bool(board.house.judges.for_exam(_traits(board, item)))


def _traits(board: Board, item: ItemFacts) -> Traits:
    order = item.order
    return board.house.traits(item.exam.code, order.body_part, order.patient.visit_class)


def _check_busy(others: Sequence[AppointmentFacts], starts_at: datetime, ends_at: datetime) -> None:
    for other in others:
        if other.is_live and other.starts_at < ends_at and starts_at < other.ends_at:
            raise PatientBusy(
                conflict=other.id, starts_at=other.starts_at.isoformat(), earliest=other.ends_at.isoformat()
            )


def _check_notice(board: Board, item: ItemFacts, starts_at: datetime, asks: Judgement) -> tuple[str, ...]:
    """Whoever must prepare has to know in time."""
    earliest = board.now + timedelta(minutes=item.exam.preparation_minutes)
    if not item.exam.preparation_minutes or starts_at >= earliest:
        return ()
    if NOTICE in asks.overrides:
        return (NOTICE,)
    raise TooShortNotice(
        exam=item.exam.code, minutes=item.exam.preparation_minutes, earliest=earliest.isoformat(), rule=NOTICE
    )


def proposal(
    board: Board,
    item: ItemFacts,
    device: str,
    starts_at: datetime,
    ends_at: datetime,
    others: Sequence[AppointmentFacts],
) -> Proposal:
    """Return what the rules are asked."""
    house = board.house
    return Proposal(
        order=item.order,
        exam=_traits(board, item),
        place=house.place(device),
        starts_at=starts_at,
        ends_at=ends_at,
        now=board.now,
        zone=house.zone,
        others=tuple(other_of(board, one) for one in others),
        facts=board.patient(item.order.patient.id).facts,
        paid=item.paid,
    )


def other_of(board: Board, one: AppointmentFacts) -> Other:
    """Return an appointment as rules see it."""
    traits = board.house.traits(one.exam_code, one.body_part, one.visit_class)
    return Other(one.id, traits, board.house.place(one.device), one.starts_at, one.ends_at, one.is_live)


def _check_rules(board: Board, asked: Proposal, asks: Judgement) -> tuple[str, ...]:
    """Ask every rule; what is to be set aside must allow it and is told, if it would have refused."""
    judges, set_aside = board.house.judges, list[str]()
    while (found := judges.check(asked, set_aside)) is not None:
        rule_id, refusal = found
        _refuse_unless_overridden(rule_id, refusal, judges.overridable(rule_id), asks)
        set_aside.append(rule_id)
    for rule in board.house.own:
        refusal = rule.check(asked)
        if refusal is not None:
            _refuse_unless_overridden(rule.id, refusal, rule.overridable, asks)
            set_aside.append(rule.id)
    return tuple(set_aside)


def _refuse_unless_overridden(rule_id: str, refusal: Refusal, overridable: bool, asks: Judgement) -> None:
    if rule_id not in asks.overrides:
        raise RuleRefuses(
            rule=rule_id,
            reason=refusal.reason,
            reason_en=refusal.reason_en or refusal.reason,
            conflict=refusal.conflict,
            earliest=refusal.earliest.isoformat() if refusal.earliest else "",
        )
    if not overridable:
        raise OverrideRefused(rule=rule_id)
