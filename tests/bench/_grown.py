"""Data in numbers: a hospital of many devices, patients, orders that wait, years of history, made inside PostgreSQL.

Whatever is made here obeys the invariants (`yiji booking verify` holds), so that what is measured on it is real.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import Connection, text

from yiji.core.contract.catalogue import Calendar, Catalogue, Department, Device, Exam, Parameters, Room

MINUTES = 10


def catalogue(devices: int, capacity: int) -> Catalogue:
    """A hospital with so many electrocardiographs, ten to a department, open from 8 to 18."""
    rooms = range((devices + 1) // 2)
    return Catalogue(
        departments=tuple(Department(code=f"D{number}", name=f"科室{number}") for number in range((devices + 9) // 10)),
        rooms=tuple(Room(code=f"R{number}", name=f"{number}诊室", department=f"D{number // 5}") for number in rooms),
        devices=tuple(
            Device(code=f"E{number}", name=f"设备{number}", room=f"R{number // 2}", modality="ECG")
            for number in range(devices)
        ),
        exams=(
            Exam(
                code="ECG12", name="十二导联心电图", department="D0", modality="ECG", minutes=MINUTES,
                devices=tuple(f"E{number}" for number in range(devices)),
            ),
        ),
        calendars=tuple(
            Calendar(
                device=f"E{number}", weekdays=(1, 2, 3, 4, 5, 6, 7), opens=time(8), closes=time(18),
                slot_minutes=MINUTES, capacity=capacity,
            )
            for number in range(devices)
        ),
        # Whoever booked a place that was free this morning may check in tonight: `tend` leaves him alone.
        parameters=Parameters(no_show_minutes=24 * 60),
    )  # fmt: skip


SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文春梅海燕雪峰晨曦子轩雨桐浩然欣怡宇航佳琪俊凯思源"
_PATIENTS = text("""
    INSERT INTO booking_patient (id, name, sex, birth_date, phone, pinyin, initials, merged_into, added_at)
    SELECT :mark || lpad(n::text, 22, '0'),
      substr(:surnames, (n % :s)::int + 1, 1) || substr(:given, (n / :s % :g)::int + 1, 1)
        || substr(:given, (n / :s / :g % :g)::int + 1, 1), 'male', DATE '1950-01-01' + (n % 25000)::int,
      '139' || lpad((n % 100000000)::text, 8, '0'), 'ceshi' || n, 'cs' || n, '', now()
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
""")
_NUMBERS = text("""
    INSERT INTO booking_patient_number (system, value, type, patient_id)
    SELECT 'HIS', :mark || n, 'MR', :mark || lpad(n::text, 22, '0')
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
""")
_ORDERS = text("""
    INSERT INTO booking_order (id, sender, group_number, patient_id, visit, priority, requester, requesting_department,
      reason, source_message, ordered_at, registered_at)
    SELECT :mark || 'o' || lpad(n::text, 21, '0'), 'HIS', :mark || 'G' || n,
      :patient_mark || lpad((:patient_first + n % :patients)::text, 22, '0'),
      '{"visit_number": "V", "visit_class": "O", "ward": "", "bed": ""}', 'routine', '王医生', '内科', '', '',
      :at - make_interval(mins => (n % 1000)::int), :at - make_interval(mins => (n % 1000)::int)
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
""")
_ITEMS = text("""
    INSERT INTO booking_item (id, order_id, sender, placer_number, accession_number, exam_code, body_part, state, stage,
      report_id, paid)
    SELECT 'itm-' || :mark || lpad(n::text, 21, '0'), :mark || 'o' || lpad(n::text, 21, '0'), 'HIS', :mark || 'N' || n,
      :mark || n, 'ECG12', '', :state, :stage, '', false
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
""")
_APPOINTMENTS = text("""
    INSERT INTO booking_appointment (id, item_id, patient_id, slot_id, slots, device, starts_at, ends_at, state, pool,
      revision, expires_at, paid, plan_id, booked_at, changes)
    SELECT 'apt-' || :mark || lpad(n::text, 21, '0'), 'itm-' || :mark || lpad(n::text, 21, '0'),
      :patient_mark || lpad((:patient_first + n % :patients)::text, 22, '0'), s.id, ARRAY[s.id], s.device, s.starts_at,
      s.ends_at, :state, 'outpatient', 1, NULL, false, '', s.starts_at - INTERVAL '1 day',
      jsonb_build_array(jsonb_build_object('at', '2026-01-01T00:00:00+00:00', 'actor', 'bench', 'what', 'booked',
        'slot_id', s.id, 'reason', ''))
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) n
    JOIN (SELECT *, row_number() OVER (ORDER BY starts_at, device) - 1 AS place FROM booking_slot
          WHERE starts_at >= :from AND starts_at < :to) s
      ON s.place = (n - CAST(:first AS bigint)) / :each
""")
_COUNTED = text("""
    UPDATE booking_slot s SET booked = s.booked + c.taken
    FROM (SELECT slot_id, count(*) AS taken FROM booking_appointment WHERE id LIKE 'apt-' || :mark || '%' GROUP BY 1) c
    WHERE s.id = c.slot_id
""")
_PAST_SLOTS = text("""
    INSERT INTO booking_slot (id, device, starts_at, ends_at, capacity, held, booked, extra, closed, has_quotas)
    SELECT 'slt-past' || lpad((d * 100000000 + k)::text, 18, '0'), 'E' || d,
      CAST(:day AS timestamptz) - make_interval(mins => (k * 10)::int),
      CAST(:day AS timestamptz) - make_interval(mins => (k * 10 - 10)::int), :capacity, 0, 0, 0, false, false
    FROM generate_series(0, CAST(:devices AS int) - 1) d, generate_series(1, CAST(:count AS bigint)) k
""")


def add_patients(db: Connection, mark: str, count: int) -> None:
    """Add patients `mark`0..; each has a number."""
    span = {"mark": mark, "first": 0, "last": count - 1}
    names = {"surnames": SURNAMES, "given": GIVEN, "s": len(SURNAMES), "g": len(GIVEN)}
    db.execute(_PATIENTS, {**span, **names})
    db.execute(_NUMBERS, span)


def name_of(number: int) -> str:
    """Return the name of a patient; a few have the same, as in life."""
    rest, surname = divmod(number, len(SURNAMES))
    return SURNAMES[surname] + GIVEN[rest % len(GIVEN)] + GIVEN[rest // len(GIVEN) % len(GIVEN)]


def add_orders(
    db: Connection, mark: str, count: int, patients: tuple[str, int], at: datetime, state: str = "active"
) -> None:
    """Add orders of one item each, their patients in turn; `patients`: (mark, how many)."""
    span = {"mark": mark, "first": 0, "last": count - 1}
    db.execute(_ORDERS, {**span, "patient_mark": patients[0], "patient_first": 0, "patients": patients[1], "at": at})
    stage = "registered" if state == "active" else "delivered"
    db.execute(_ITEMS, {**span, "state": state, "stage": stage})


def add_appointments(
    db: Connection,
    mark: str,
    count: int,
    patients: tuple[str, int],
    span: tuple[datetime, datetime],
    each: int,
    state: str,
) -> None:
    """Book the orders of a mark, `each` to a slot, from the first slot of a span on."""
    asked = {
        "mark": mark, "first": 0, "last": count - 1, "patient_mark": patients[0], "patient_first": 0,
        "patients": patients[1], "from": span[0], "to": span[1], "each": each, "state": state,
    }  # fmt: skip
    db.execute(_APPOINTMENTS, asked)
    db.execute(_COUNTED, {"mark": mark})


def add_history(db: Connection, devices: int, patients: int, appointments: int, now: datetime) -> None:
    """Add years of appointments that were made: the past of a large hospital."""
    add_patients(db, "h", patients)
    add_orders(db, "h", appointments, ("h", patients), now - timedelta(days=1), "completed")
    each = 3
    count = -(-appointments // (devices * each))
    day = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    db.execute(_PAST_SLOTS, {"day": day, "capacity": each, "devices": devices, "count": count})
    span = (day - timedelta(minutes=10 * (count + 1)), day)
    add_appointments(db, "h", appointments, ("h", patients), span, each, "fulfilled")
    db.execute(text("ANALYZE"))
