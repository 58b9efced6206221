"""VerifyBooking: what is kept, held against the invariants, in one snapshot and in bounded memory.

Whole tables are PostgreSQL's work (`verifying`); live appointments come as a stream, patient by patient, for what only
the pure rooms know: the shape of an appointment, the master data, the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text

from yiji.booking.hooks import Other
from yiji.booking.known import Known, known
from yiji.booking.queries.verifying import checked
from yiji.booking.rules import invariants
from yiji.booking.rules.agreeing import Aside, Expected, broken, lasting
from yiji.booking.rules.compiled import Compiled
from yiji.booking.rules.facts import AppointmentFacts
from yiji.booking.rules.invariants import Stretch
from yiji.booking.rules.moments import at
from yiji.core.actor import Actor
from yiji.core.contract.booking import AppointmentState, Verified, VerifyBooking, Violation
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief
from yiji.core.store.db import Tx

MOST = 100  # violations, and as many notes, that are told
_AT_ONCE = 2000  # rows
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTS = text("""
    SELECT (SELECT count(*) FROM booking_slot WHERE starts_at >= :since) AS slots,
           (SELECT count(*) FROM booking_appointment WHERE starts_at >= :since) AS appointments
""")
# Its slots come with it; the sum of the events of overrides is small, so they are read once.
_LIVE = text("""
    SELECT a.*, i.exam_code, i.body_part, i.order_id, coalesce(o.visit->>'visit_class', '') AS visit_class,
        (SELECT json_agg(json_build_array(s.id, s.device, s.starts_at, s.ends_at))
         FROM booking_slot s WHERE s.id = ANY(a.slots)) AS taken
    FROM booking_appointment a JOIN booking_item i ON i.id = a.item_id JOIN booking_order o ON o.id = i.order_id
    WHERE a.state IN ('held', 'booked', 'checked_in') AND a.starts_at >= :since
    ORDER BY a.patient_id, a.starts_at, a.id
""").execution_options(yield_per=_AT_ONCE)
_ASIDE = text("""
    SELECT e.body::json->>'appointment_id' AS appointment, e.body::json->>'rule' AS rule
    FROM core_event e WHERE e.type = 'booking.RuleOverridden'
""")
_LOADED = text("""
    SELECT max(at) AS at FROM booking_edition e, booking_current c
    WHERE (e.kind, e.number) = ('catalogue', c.catalogue) OR (e.kind, e.number) = ('rules', c.rules)
""")


@dataclass
class _Report:
    """What was found so far; `loaded_at`: since when master data and rules are as they are."""

    loaded_at: datetime
    patients: int = 0
    found: int = 0
    violations: list[Violation] = field(default_factory=list[Violation])
    notes: list[Violation] = field(default_factory=list[Violation])

    def add(self, one: Violation) -> None:
        self.found += 1
        if len(self.violations) < MOST:
            self.violations.append(one)

    def judge(self, one: Violation, placed_at: datetime) -> None:
        """What was placed before the master data or rules changed may not fit them: that is only noted."""
        if placed_at >= self.loaded_at:
            self.add(one)
        elif len(self.notes) < MOST:
            self.notes.append(one)


def verify_booking(tx: Tx, query: VerifyBooking, actor: Actor) -> Verified:
    """Return what was looked at and what does not hold; bookings go on meanwhile, and are not seen."""
    tx.db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    house = known(tx)
    since = at(query.since, time(0), house.zone) if query.since else _ALWAYS
    counts = tx.db.execute(_COUNTS, {"since": since}).one()
    report = _Report(tx.db.execute(_LOADED).scalar() or _ALWAYS)
    for found in checked(tx, since, MOST):
        report.found += found.count
        report.violations += found.violations[: MOST - len(report.violations)]
    _look_at_live(tx, house, since, report)
    return Verified(
        slots=counts.slots,
        appointments=counts.appointments,
        patients=report.patients,
        violations=tuple(report.violations),
        found=report.found,
        notes=tuple(report.notes),
    )


def _look_at_live(tx: Tx, house: Known, since: datetime, report: _Report) -> None:
    aside: Aside = {(row.appointment, row.rule) for row in tx.db.execute(_ASIDE)}
    rules = lasting(house.compiled)
    rows: Iterator[Row[Any]] = iter(tx.db.execute(_LIVE, {"since": since}))
    for _, theirs in groupby(rows, key=lambda row: row.patient_id):
        report.patients += 1
        own = list(theirs)
        for row in own:
            _look_at_one(house, row, report)
        if rules.specs:
            _look_at_rules(house, rules, own, aside, report)


def _look_at_one(house: Known, row: Row[Any], report: _Report) -> None:
    one, slots = _facts(row), _stretches(row)
    for violation in invariants.of_appointment(one, slots):
        report.add(violation)
    for violation in invariants.of_catalogue(house, one, slots):
        report.judge(violation, _placed_at(row))


def _look_at_rules(house: Known, rules: Compiled, own: list[Row[Any]], aside: Aside, report: _Report) -> None:
    for one in broken(house, rules, [_expected(house, row) for row in own], aside):
        detail = f"breaks {one.rule}" + (f" with {one.conflict}" if one.conflict else "")
        report.judge(Violation(invariant="rule", subject=one.id, detail=detail), one.since)


def _expected(house: Known, row: Row[Any]) -> Expected:
    exam = house.traits(row.exam_code, row.body_part, row.visit_class)
    seen = Other(row.id, exam, house.place(row.device), row.starts_at, row.ends_at)
    patient = PatientBrief(id=row.patient_id, name="", visit_class=row.visit_class)
    order = OrderBrief(
        order_id=row.order_id,
        item_id=row.item_id,
        accession_number="",
        placer_number="",
        sender="",
        patient=patient,
        exam_code=row.exam_code,
        exam_name="",
        department="",
        body_part=row.body_part,
    )
    return Expected(row.id, order, seen, _placed_at(row))


def _placed_at(row: Row[Any]) -> datetime:
    """When it got the place that it has now."""
    placed = (datetime.fromisoformat(link["at"]) for link in reversed(row.changes) if link.get("slot_id"))
    return next(placed, row.booked_at)


def _stretches(row: Row[Any]) -> list[Stretch]:
    return [
        (name, device, datetime.fromisoformat(start), datetime.fromisoformat(end))
        for name, device, start, end in row.taken or ()
    ]


def _facts(row: Row[Any]) -> AppointmentFacts:
    return AppointmentFacts(
        id=row.id,
        item_id=row.item_id,
        patient_id=row.patient_id,
        exam_code=row.exam_code,
        slot_id=row.slot_id,
        slots=tuple(row.slots),
        device=row.device,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=AppointmentState(row.state),
        pool=row.pool,
        expires_at=row.expires_at,
        body_part=row.body_part,
        visit_class=row.visit_class,
        changes=tuple(row.changes),
    )
