"""PlanExams: read all that a plan depends on, then leave the thinking to `planning`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, text

from yiji.booking.errors import AlreadyBooked, ManyPatients, UnknownExam, WrongState
from yiji.booking.known import Known, known
from yiji.booking.loading.appointments import appointments
from yiji.booking.loading.items import items
from yiji.booking.loading.names import APPOINTMENT, LIVE
from yiji.booking.loading.patients import patient_facts
from yiji.booking.planning.problem import Day, Free, Problem, days, moment
from yiji.booking.rules.board import Board
from yiji.booking.rules.facts import AppointmentFacts, ItemFacts
from yiji.booking.rules.judging import Judgement, check_patient
from yiji.booking.rules.pools import usual_pool
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.booking import Plan, PlanExams
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx

# Minutes since 1970, for the planner counts in them; what a pool may take is worked out as `rules.pools.room_for` does.
_FREE = text("""
    SELECT s.id, d.code,
      (floor(extract(epoch FROM s.starts_at) / 60))::int, (ceil(extract(epoch FROM s.ends_at) / 60))::int,
      CASE WHEN s.has_quotas AND d.pooled THEN least(
        s.capacity - s.held - s.booked - coalesce(q.kept_back, 0), s.capacity - s.held - s.booked, q.room
      ) ELSE s.capacity - s.held - s.booked END AS room
    FROM unnest(CAST(:devices AS text[]), CAST(:pooled AS bool[])) AS d(code, pooled)
    JOIN booking_slot s ON s.device = d.code
    LEFT JOIN LATERAL (
      SELECT sum(greatest(reserve - taken, 0)) FILTER (
          WHERE pool <> :pool AND (release_at IS NULL OR release_at > :now)) AS kept_back,
        min(cap - taken) FILTER (WHERE pool = :pool) AS room
      FROM booking_quota WHERE slot_id = s.id
    ) q ON s.has_quotas AND d.pooled
    WHERE s.starts_at >= :first AND s.starts_at < :last AND NOT s.closed AND s.held + s.booked < s.capacity
    ORDER BY d.code, s.starts_at
""")


def plan_exams(tx: Tx, query: PlanExams, actor: Actor) -> Plan:
    """Return up to three ways to place the examinations together."""
    from yiji.booking.planning.answer import answer  # brings OR-Tools along: only who plans waits for its import

    house, now = known(tx), clock.now()
    wanted = _items(tx, query, house)
    patient = wanted[0].order.patient
    board = Board(house, now, patients=patient_facts(tx.db, [patient.id], {actor.patient} - {""}, now))
    check_patient(board, wanted[0], Judgement(patient=actor.patient))
    lately = _appointments(tx, house, patient.id, now)
    _check_unbooked(wanted, lately)
    horizon = tuple(days(query.first_day or clock.today(house.zone), query.days, house.zone))
    pool = query.pool or usual_pool(patient.visit_class, bool(actor.patient))
    problem = Problem(
        house=house,
        items=wanted,
        free=_free(tx, house, wanted, horizon, pool, now),
        days=horizon,
        now=now,
        appointments=lately,
        patient=board.patient(patient.id),
    )
    return answer(problem, query.alternatives)


def _items(tx: Tx, query: PlanExams, house: Known) -> tuple[ItemFacts, ...]:
    """Return the items in the order of the question, each once; all active, of one patient."""
    found = items(tx.db, query.item_ids, house)
    wanted: list[ItemFacts] = []
    for item_id in dict.fromkeys(query.item_ids):
        item = found.get(item_id)
        if item is None:
            raise NotFound(what="order item", id=item_id)
        if item.state != "active":
            raise WrongState(what="order item", id=item_id, state=item.state)
        if item.exam.code not in house.exams:
            raise UnknownExam(code=item.exam.code)
        wanted.append(item)
    if len({item.order.patient.id for item in wanted}) > 1:
        raise ManyPatients
    return tuple(wanted)


def _appointments(tx: Tx, house: Known, patient_id: str, now: datetime) -> tuple[AppointmentFacts, ...]:
    """Return what the patient is expected for, and what was made so lately that a rule may ask for it."""
    lately = (APPOINTMENT.c.state == "fulfilled") & (APPOINTMENT.c.starts_at > now - house.compiled.reach)
    here = APPOINTMENT.c.patient_id == patient_id
    return tuple(appointments(tx.db, here & or_(APPOINTMENT.c.state.in_(LIVE), lately)))


def _check_unbooked(wanted: Sequence[ItemFacts], lately: Sequence[AppointmentFacts]) -> None:
    named = {item.order.item_id for item in wanted}
    for one in lately:
        if one.is_live and one.item_id in named:
            raise AlreadyBooked(item=one.item_id, appointment=one.id, starts_at=one.starts_at.isoformat())


def _free(
    tx: Tx, house: Known, wanted: Sequence[ItemFacts], horizon: Sequence[Day], pool: str, now: datetime
) -> dict[str, list[Free]]:
    """Return the free slots of all devices and staff groups that the items may need, earliest first."""
    makers = {device for item in wanted for device in item.exam.makers}
    groups = {group for item in wanted for need in item.exam.needs for group in house.staff.get(need, ())}
    asked = [*((device, True) for device in sorted(makers)), *((group, False) for group in sorted(groups - makers))]
    rows = tx.db.execute(
        _FREE,
        {
            "devices": [code for code, _ in asked],
            "pooled": [pooled for _, pooled in asked],
            "pool": pool,
            "now": now,
            "first": max(now, moment(horizon[0].begins)),
            "last": moment(horizon[-1].ends),
        },
    )
    found: dict[str, list[Free]] = {}
    for row in rows:
        if row[4] > 0:
            found.setdefault(row[1], []).append(Free._make(row))
    return found
