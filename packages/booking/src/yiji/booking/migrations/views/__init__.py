"""What booking publishes for statistics: versioned views that others may read, and no table.

A view that was released is never changed: a new version gets a new name and stands beside the old one. Moments are
UTC; hours and days are read on the hospital's clock by whoever asks. No view names a patient.
"""

# Appointments that were booked, whatever became of them: a place that was only held (and lapsed or was let go) is none.
# A hold becomes a booking when it is confirmed or paid; what must be paid first is only held until it is. `moved`: it
# got another place at least once, whoever moved it. `department` is the one where the device stands now.
_APPOINTMENT = """
    SELECT
        a.id AS appointment_id,
        a.starts_at,
        a.ends_at,
        a.state,
        a.pool,
        a.device,
        coalesce(d.name, a.device) AS device_name,
        coalesce(r.department, '') AS department,
        coalesce(p.name, '') AS department_name,
        coalesce(p.campus, '') AS campus,
        i.exam_code,
        e.name AS exam_name,
        o.requester,
        o.requesting_department,
        o.priority,
        coalesce(o.visit ->> 'visit_class', '') AS visit_class,
        o.ordered_at,
        a.booked_at,
        a.moved
    FROM booking_appointment a
    JOIN booking_item i ON i.id = a.item_id
    JOIN booking_order o ON o.id = i.order_id
    JOIN booking_exam e ON e.code = i.exam_code
    LEFT JOIN booking_device d ON d.code = a.device
    LEFT JOIN booking_room r ON r.code = d.room
    LEFT JOIN booking_department p ON p.code = r.department
    WHERE a.state IN ('booked', 'checked_in', 'fulfilled', 'no_show')
       OR (a.state = 'cancelled' AND (a.confirmed OR (a.direct AND (i.paid OR NOT e.prepaid))))
"""

# Devices' slots: `places` were offered, `taken` of them; a place that was not come to stays taken.
# Slots of staff groups are none: an examination that needs one takes a device's place as well.
_SLOT = """
    SELECT
        s.id AS slot_id,
        s.starts_at,
        s.ends_at,
        s.device,
        coalesce(d.name, s.device) AS device_name,
        coalesce(r.department, '') AS department,
        coalesce(p.name, '') AS department_name,
        coalesce(p.campus, '') AS campus,
        s.capacity AS places,
        s.held + s.booked AS taken,
        s.closed
    FROM booking_slot s
    LEFT JOIN booking_device d ON d.code = s.device
    LEFT JOIN booking_room r ON r.code = d.room
    LEFT JOIN booking_department p ON p.code = r.department
    WHERE NOT EXISTS (SELECT FROM booking_staff g WHERE g.code = s.device)
"""

# Pools' shares in devices' slots. Shares may overlap: they do not add up to the slots' places.
_POOL = """
    SELECT
        q.pool,
        s.slot_id,
        s.starts_at,
        s.device,
        s.department,
        least(coalesce(q.cap, s.places), s.places) AS places,
        q.taken,
        s.closed
    FROM booking_quota q
    JOIN stats_booking_slot_v1 s ON s.slot_id = q.slot_id
"""

# Waiting in the queue, from check-in to call; `wait_minutes` is NULL for who was not called.
_WAIT = """
    SELECT
        t.appointment_id,
        t.day,
        t.room,
        coalesce(r.name, t.room) AS room_name,
        coalesce(r.department, '') AS department,
        t.checked_in_at,
        t.called_at,
        t.started_at,
        t.done_at,
        date_part('epoch', t.called_at - t.checked_in_at) / 60 AS wait_minutes
    FROM booking_ticket t
    LEFT JOIN booking_room r ON r.code = t.room
"""

STATISTICS = {  # in the order in which they are made; one that reads another comes after it
    "stats_booking_appointment_v1": _APPOINTMENT,
    "stats_booking_wait_v1": _WAIT,
    "stats_booking_slot_v1": _SLOT,
    "stats_booking_pool_v1": _POOL,
}
