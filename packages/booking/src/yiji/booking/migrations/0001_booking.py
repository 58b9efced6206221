"""The tables of booking, first edition."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "booking_0001"
down_revision = None
branch_labels = ("booking",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("booking_accession")))
    op.create_table(
        "booking_department",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_booking_department"),
    )
    op.create_table(
        "booking_patient",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_booking_patient"),
    )
    op.create_index("ix_booking_patient_name", "booking_patient", ["name"], unique=False)
    op.create_table(
        "booking_exam",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("devices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["booking_department.code"], name="fk_booking_exam_department"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_exam"),
    )
    op.create_table(
        "booking_order",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("visit", postgresql.JSONB(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("requesting_department", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_message", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["booking_patient.id"], name="fk_booking_order_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_order"),
    )
    op.create_index("ix_booking_order_patient", "booking_order", ["patient_id"], unique=False)
    op.create_index("ix_booking_order_registered_at", "booking_order", ["registered_at"], unique=False)
    op.create_table(
        "booking_patient_number",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["booking_patient.id"], name="fk_booking_patient_number_patient_id"),
        sa.PrimaryKeyConstraint("system", "value", name="pk_booking_patient_number"),
    )
    op.create_index("ix_booking_patient_number_patient_id", "booking_patient_number", ["patient_id"], unique=False)
    op.create_table(
        "booking_room",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["booking_department.code"], name="fk_booking_room_department"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_room"),
    )
    op.create_table(
        "booking_device",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["booking_room.code"], name="fk_booking_device_room"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_device"),
    )
    op.create_table(
        "booking_item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("placer_number", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("exam_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["exam_code"], ["booking_exam.code"], name="fk_booking_item_exam_code"),
        sa.ForeignKeyConstraint(["order_id"], ["booking_order.id"], name="fk_booking_item_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_item"),
        sa.UniqueConstraint("accession_number", name="uq_booking_item_accession_number"),
    )
    op.create_index("ix_booking_item_order_id", "booking_item", ["order_id"], unique=False)
    op.create_index("uq_booking_item_placer", "booking_item", ["sender", "placer_number"], unique=True)
    op.create_table(
        "booking_calendar",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["booking_device.code"], name="fk_booking_calendar_device"),
        sa.PrimaryKeyConstraint("device", "opens", name="pk_booking_calendar"),
    )
    op.create_table(
        "booking_slot",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= held AND 0 <= booked AND held + booked <= capacity", name="ck_booking_slot_room"),
        sa.ForeignKeyConstraint(["device"], ["booking_device.code"], name="fk_booking_slot_device"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_slot"),
    )
    op.create_index("ix_booking_slot_start", "booking_slot", ["starts_at"], unique=False)
    op.create_index("uq_booking_slot_device_start", "booking_slot", ["device", "starts_at"], unique=True)
    op.create_table(
        "booking_appointment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["booking_item.id"], name="fk_booking_appointment_item_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["booking_slot.id"], name="fk_booking_appointment_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_appointment"),
    )
    op.create_index(
        "ix_booking_appointment_patient",
        "booking_appointment",
        ["patient_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('booked', 'checked_in')"),
    )
    op.create_index("ix_booking_appointment_slot_id", "booking_appointment", ["slot_id"], unique=False)
    op.create_index("ix_booking_appointment_start", "booking_appointment", ["starts_at"], unique=False)
    op.create_index(
        "uq_booking_appointment_live",
        "booking_appointment",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('booked', 'checked_in')"),
    )
    op.create_table(
        "booking_ticket",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["booking_appointment.id"], name="fk_booking_ticket_appointment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_ticket"),
        sa.UniqueConstraint("appointment_id", name="uq_booking_ticket_appointment_id"),
    )
    op.create_index("uq_booking_ticket_number", "booking_ticket", ["room", "day", "position"], unique=True)


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("booking_ticket")
    op.drop_table("booking_appointment")
    op.drop_table("booking_slot")
    op.drop_table("booking_calendar")
    op.drop_table("booking_item")
    op.drop_table("booking_device")
    op.drop_table("booking_room")
    op.drop_table("booking_patient_number")
    op.drop_table("booking_order")
    op.drop_table("booking_exam")
    op.drop_table("booking_patient")
    op.drop_table("booking_department")
    op.execute(sa.schema.DropSequence(sa.Sequence("booking_accession")))
