"""RegisterOrder, RevokeOrder, AdvanceItem: an order is kept once, whoever sends it and however often."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select, text, update

from yiji.booking.errors import OrderChanged, UnknownExam, WrongState
from yiji.booking.handlers import patients
from yiji.booking.handlers.paying import PAYMENT
from yiji.booking.loading import EXAM, ITEM, ORDER
from yiji.booking.loading.patients import lock_owners
from yiji.booking.queries.orders import orders_by_id
from yiji.core import clock, ids
from yiji.core.contract.booking import RefundDue
from yiji.core.contract.order import (
    AdvanceItem,
    Order,
    OrderBrief,
    OrderRegistered,
    OrderRevoked,
    RegisterOrder,
    RevokeOrder,
)
from yiji.core.contract.patient import PatientBrief
from yiji.core.errors import NotFound, YijiError
from yiji.core.job import Job
from yiji.core.message import Done
from yiji.core.store.db import Tx
from yiji.core.store.match import one_of, pair_of

STAGES = ("registered", "booked", "checked_in", "called", "examined", "reported", "signed", "delivered")
Placer = tuple[str, str]


def _kept(tx: Tx, wanted: Iterable[Placer]) -> dict[Placer, tuple[str, str, str]]:
    """Return (sender, placer number) -> (order id, exam code, patient id) of what is registered."""
    query = (
        select(ITEM.c.sender, ITEM.c.placer_number, ITEM.c.order_id, ITEM.c.exam_code, ORDER.c.patient_id)
        .select_from(ITEM.join(ORDER, ORDER.c.id == ITEM.c.order_id))
        .where(pair_of(ITEM.c.sender, ITEM.c.placer_number, sorted(set(wanted))))
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in tx.db.execute(query)}


def _known_exams(tx: Tx, codes: Iterable[str]) -> set[str]:
    wanted = select(EXAM.c.code).where(one_of(EXAM.c.code, sorted(set(codes))), ~EXAM.c.retired)
    return set(tx.db.execute(wanted).scalars())


def _accessions(tx: Tx, count: int) -> list[str]:
    """Draw accession numbers: the day and a running number, 14 digits (DICOM SH allows 16)."""
    day = clock.today(tx.settings.site.zone)
    drawn = tx.db.execute(text("SELECT nextval('booking_accession') FROM generate_series(1, :n)"), {"n": count})
    return [f"{day:%y%m%d}{number % 10**8:08d}" for number in drawn.scalars()]


def _placers(command: RegisterOrder) -> list[Placer]:
    return [(command.sender, item.placer_number) for item in command.items]


class _Registration:
    """One batch of orders; what an earlier one of the batch kept, the later ones see."""

    def __init__(self, tx: Tx, commands: Sequence[RegisterOrder]) -> None:
        self.tx = tx
        self.kept = _kept(tx, (placer for command in commands for placer in _placers(command)))
        self.exams = _known_exams(tx, (item.exam_code for command in commands for item in command.items))
        self.patients = patients.Registry(tx, [command.patient for command in commands])
        self.orders: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []

    def take(self, command: RegisterOrder) -> str:
        """Return the id of the order, new or kept; raises what refuses it."""
        if not command.items:
            raise UnknownExam(code="-")
        known = [self.kept.get(placer) for placer in _placers(command)]
        if known[0] is not None:
            return self._same(command, known)
        for item in command.items:
            if item.exam_code not in self.exams:
                raise UnknownExam(code=item.exam_code)
            if (command.sender, item.placer_number) in self.kept:
                raise OrderChanged(placer_number=item.placer_number)
        return self._add(command)

    def _same(self, command: RegisterOrder, known: Sequence[tuple[str, str, str] | None]) -> str:
        """Return the order that is there, if the sender says the same about it as before."""
        patient = self.patients.find(command.patient)
        for item, kept in zip(command.items, known, strict=True):
            if kept is None or kept[1] != item.exam_code or (patient and kept[2] != patient):
                raise OrderChanged(placer_number=item.placer_number)
        assert known[0] is not None
        return known[0][0]

    def _add(self, command: RegisterOrder) -> str:
        now = clock.now()
        order_id, patient_id = ids.new("ord"), self.patients.take(command.patient)
        self.orders.append(
            {
                "id": order_id,
                "sender": command.sender,
                "group_number": command.group_number,
                "patient_id": patient_id,
                "visit": _visit(command.patient),
                "priority": command.priority.value,
                "requester": command.requester,
                "requesting_department": command.requesting_department,
                "reason": command.reason,
                "source_message": command.source_message,
                "ordered_at": command.ordered_at or now,
                "registered_at": now,
            }
        )
        for item in command.items:
            self.kept[(command.sender, item.placer_number)] = (order_id, item.exam_code, patient_id)
            self.items.append(
                {
                    "id": ids.new("itm"),
                    "order_id": order_id,
                    "sender": command.sender,
                    "placer_number": item.placer_number,
                    "exam_code": item.exam_code,
                    "body_part": item.body_part,
                    "paid": item.paid,
                    "state": "active",
                    "stage": "registered",
                    "report_id": "",
                }
            )
        return order_id

    def write(self) -> None:
        """Write what is new."""
        self.patients.write()
        if self.orders:
            tx = self.tx
            numbers = _accessions(tx, len(self.items))
            rows = [{**item, "accession_number": number} for item, number in zip(self.items, numbers, strict=True)]
            tx.db.execute(insert(ORDER), self.orders)
            tx.db.execute(insert(ITEM), sorted(rows, key=lambda row: (row["sender"], row["placer_number"])))


def _visit(patient: PatientBrief) -> dict[str, str]:
    return {name: getattr(patient, name) for name in ("visit_number", "visit_class", "ward", "bed")}


def register_order(tx: Tx, jobs: Sequence[Job[RegisterOrder]]) -> list[Order | YijiError]:
    """Keep orders; the same again gives the order that is there."""
    registration = _Registration(tx, [job.command for job in jobs])
    outcomes: list[str | YijiError] = []
    for job in jobs:
        try:
            outcomes.append(registration.take(job.command))
        except YijiError as refusal:
            outcomes.append(refusal)
    registration.write()
    orders = orders_by_id(tx.db, {outcome for outcome in outcomes if isinstance(outcome, str)})
    fresh = {row["id"] for row in registration.orders}
    answers: list[Order | YijiError] = []
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, YijiError):
            answers.append(outcome)
            continue
        order = orders[outcome]
        if order.id in fresh:
            fresh.discard(order.id)
            job.emit(OrderRegistered(order_id=order.id, items=tuple(_briefs(order))))
        answers.append(order)
    return answers


def _briefs(order: Order) -> Iterable[OrderBrief]:
    for item in order.items:
        yield OrderBrief(
            order_id=order.id,
            item_id=item.id,
            accession_number=item.accession_number,
            placer_number=item.placer_number,
            sender=order.sender,
            patient=order.patient,
            exam_code=item.exam_code,
            exam_name=item.exam_name,
            department=item.department,
            modality=item.modality,
            requester=order.requester,
            requesting_department=order.requesting_department,
            reason=order.reason,
            priority=order.priority,
            ordered_at=order.ordered_at,
            body_part=item.body_part,
        )


def _revoke(tx: Tx, job: Job[RevokeOrder]) -> Order:
    command = job.command
    named = (ITEM.c.sender == command.sender) & ITEM.c.placer_number.in_(command.placer_numbers)
    lock_owners(tx, tx.db.execute(select(ITEM.c.id).where(named)).scalars())
    rows = tx.db.execute(select(ITEM).where(named).order_by(ITEM.c.id).with_for_update()).all()
    if not rows:
        raise NotFound(what="order", id=", ".join(command.placer_numbers))
    for row in rows:
        if row.stage in STAGES[STAGES.index("examined") :]:
            raise WrongState(what="order item", id=row.id, state=row.stage)
    open_items = [row.id for row in rows if row.state == "active"]
    if open_items:
        tx.db.execute(update(ITEM).where(ITEM.c.id.in_(open_items)).values(state="revoked", stage="revoked"))
        job.emit(OrderRevoked(order_id=rows[0].order_id, item_ids=tuple(open_items)))
        _give_back(tx, job, rows[0].order_id, open_items)
    return orders_by_id(tx.db, {rows[0].order_id})[rows[0].order_id]


def _give_back(tx: Tx, job: Job[RevokeOrder], order_id: str, items: Sequence[str]) -> None:
    """Let be refunded what was paid before a place was booked; the rest is, when its appointment is cancelled."""
    ahead = one_of(PAYMENT.c.item_id, items) & (PAYMENT.c.state == "accepted") & (PAYMENT.c.appointment_id == "")
    for row in tx.db.execute(update(PAYMENT).where(ahead).values(state="refund").returning(PAYMENT)).all():
        number, amount = row.payment_number, row.amount
        told = RefundDue(
            order_id=order_id, appointment_id="", payment_number=number, amount=amount, reason="order_revoked"
        )
        job.emit(told)


def revoke_order(tx: Tx, jobs: Sequence[Job[RevokeOrder]]) -> list[Order | YijiError]:
    """Withdraw order items; the appointments that they have are cancelled by the event."""
    answers: list[Order | YijiError] = []
    for job in jobs:
        try:
            answers.append(_revoke(tx, job))
        except YijiError as refusal:
            answers.append(refusal)
    return answers


def advance_item(tx: Tx, jobs: Sequence[Job[AdvanceItem]]) -> list[Done | YijiError]:
    """Note how far items have come; what is further already stays."""
    for job in sorted(jobs, key=lambda job: job.command.item_id):
        command = job.command
        before = STAGES[: STAGES.index(command.stage)]
        values = {"stage": command.stage}
        if command.stage == "delivered":
            values["state"] = "completed"
        here = (ITEM.c.id == command.item_id) & ITEM.c.stage.in_(before)
        tx.db.execute(update(ITEM).where(here).values(values))
        if command.report_id:
            tx.db.execute(update(ITEM).where(ITEM.c.id == command.item_id).values(report_id=command.report_id))
    return [Done() for _ in jobs]
