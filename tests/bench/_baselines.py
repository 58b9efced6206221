"""What BookExam is measured against, behind the same gRPC server: nothing at all, and the textbook.

``python _baselines.py no-op|textbook SITE`` serves until its input closes; prints the port.

The no-op passes the same gate (token, permission) and the same codec both ways, and answers at once with one and the
same appointment. The textbook books as textbooks do: a thread a request, one transaction a request, ``SELECT ... FOR
UPDATE`` of the slot, check, insert, count up, commit. It has no idempotency keys, no events, no audit and no rules:
it is spared all that, which makes it the harder one to beat.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text

from yiji.core import ids
from yiji.core.actor import verify
from yiji.core.app import App, open_app
from yiji.core.contract.booking import Appointment, AppointmentState, BookExam
from yiji.core.errors import InternalError, YijiError
from yiji.core.job import Envelope, Outcome, Sink
from yiji.core.rpc.server import Server

NOW = datetime.now(UTC)
SAMPLE = Appointment(
    id=ids.new("apt"), item_id=ids.new("itm"), order_id=ids.new("ord"), accession_number="26112300000001",
    patient_id=ids.new("pat"), patient_name="测试1", exam_code="ECG12", exam_name="十二导联心电图",
    slot_id=ids.new("slt"),
    device="ECG-1", room="ECG-R1", room_name="心电图1室", starts_at=NOW, ends_at=NOW, state=AppointmentState.BOOKED,
    revision=1, pool="outpatient",
)  # fmt: skip


class NoOp:
    """A bus that passes the gate and does nothing."""

    def watch(self, envelope: Envelope, box: object) -> Callable[[], None]:
        """There is nothing to watch here."""
        raise NotImplementedError

    def __init__(self, app: App) -> None:
        self._secret, self._site = app.settings.secret, app.settings.site.id

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Answer at once."""
        try:
            envelope.actor = verify(envelope.token, self._secret, self._site)
            envelope.actor.require(type(envelope.request).permission)
            outcome: Outcome = SAMPLE
        except YijiError as refusal:
            outcome = refusal
        sink.deliver([(envelope, outcome)])


_ITEM = text("""
    SELECT i.id, i.order_id, i.accession_number, i.state, o.patient_id, p.name, e.code, e.name AS exam_name
    FROM booking_item i JOIN booking_order o ON o.id = i.order_id JOIN booking_patient p ON p.id = o.patient_id
    JOIN booking_exam e ON e.code = i.exam_code WHERE i.id = :item
""")
_SLOT = text("""
    SELECT s.*, d.room, r.name AS room_name FROM booking_slot s JOIN booking_device d ON d.code = s.device
    JOIN booking_room r ON r.code = d.room WHERE s.id = :slot FOR UPDATE OF s
""")
_BUSY = text("""
    SELECT 1 FROM booking_appointment WHERE patient_id = :patient AND state IN ('held', 'booked', 'checked_in')
      AND starts_at < :end AND ends_at > :start
""")
_INSERT = text("""
    INSERT INTO booking_appointment (id, item_id, patient_id, slot_id, slots, device, starts_at, ends_at, state, pool,
        revision, paid, plan_id, booked_at, changes)
    VALUES (:id, :item, :patient, :slot, ARRAY[CAST(:slot AS text)], :device, :start, :end, 'booked', 'outpatient',
        1, false, '', now(), jsonb_build_array(jsonb_build_object('at', '2026-01-01T00:00:00+00:00', 'actor', 'bench',
        'what', 'booked', 'slot_id', CAST(:slot AS text), 'reason', '')))
""")
_COUNT = text("UPDATE booking_slot SET booked = booked + 1 WHERE id = :slot")
_STAGE = text("UPDATE booking_item SET stage = 'booked' WHERE id = :item")


class Textbook(NoOp):
    """A bus that books as textbooks do."""

    def __init__(self, app: App, threads: int = 32) -> None:
        super().__init__(app)
        self._engine = create_engine(app.store.engine.url, pool_size=threads, max_overflow=0)
        self._pool = ThreadPoolExecutor(threads)

    def submit(self, envelope: Envelope, sink: Sink) -> None:
        """Book in a thread."""
        self._pool.submit(self._serve, envelope, sink)

    def _serve(self, envelope: Envelope, sink: Sink) -> None:
        try:
            envelope.actor = verify(envelope.token, self._secret, self._site)
            envelope.actor.require(type(envelope.request).permission)
            outcome: Outcome = self._book(envelope.request)  # type: ignore[arg-type]
        except YijiError as refusal:
            outcome = refusal
        except Exception as fault:
            outcome = InternalError(reference=str(fault)[:100])
        sink.deliver([(envelope, outcome)])

    def _book(self, wish: BookExam) -> Appointment:
        with self._engine.begin() as db:
            item = db.execute(_ITEM, {"item": wish.item_id}).one()
            slot = db.execute(_SLOT, {"slot": wish.slot_id}).one()
            span = {"patient": item.patient_id, "start": slot.starts_at, "end": slot.ends_at}
            if slot.held + slot.booked >= slot.capacity or db.execute(_BUSY, span).first():
                raise InternalError(reference="full or busy")
            made = {"id": ids.new("apt"), "item": item.id, "slot": slot.id, "device": slot.device, **span}
            db.execute(_INSERT, made)
            db.execute(_COUNT, made)
            db.execute(_STAGE, made)
        return SAMPLE.model_copy(
            update={
                "id": made["id"], "item_id": item.id, "order_id": item.order_id, "patient_id": item.patient_id,
                "accession_number": item.accession_number, "patient_name": item.name, "slot_id": slot.id,
                "starts_at": slot.starts_at, "ends_at": slot.ends_at,
            }
        )  # fmt: skip


def main() -> None:
    """Serve until the input closes."""
    with open_app(Path(sys.argv[2])) as app:
        bus = {"no-op": NoOp, "textbook": Textbook}[sys.argv[1]](app)
        server = Server(bus, "127.0.0.1", 0)
        print(server.start(), flush=True)
        sys.stdin.read()
        server.stop()


if __name__ == "__main__":
    main()
