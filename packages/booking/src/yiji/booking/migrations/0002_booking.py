"""The tables of booking: orders, patients' numbers, facts and blocks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "booking_0002"
down_revision = "booking_0001"
branch_labels = None
depends_on = None

_MOVED = """jsonb_path_exists(changes, '$[1 to last]?(@."slot_id" != "")'::jsonpath, '{}'::jsonb, false)"""
_CONFIRMED = """jsonb_path_exists(changes, \
'$[*]?(@."what" == "confirmed" || @."what" == "paid")'::jsonpath, '{}'::jsonb, false)"""
_DIRECT = "((changes -> 0) ->> 'what'::text) = 'booked'::text"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "booking_exam",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("preparation_en", sa.Text(), nullable=False),
        sa.Column("preparation_minutes", sa.Integer(), nullable=False),
        sa.Column("devices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body_parts", postgresql.JSONB(), nullable=False),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("makers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["booking_department.code"], name="fk_booking_exam_department"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_exam"),
    )
    op.create_table(
        "booking_fact",
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["booking_patient.id"], name="fk_booking_fact_patient_id"),
        sa.PrimaryKeyConstraint("patient_id", "code", "at", name="pk_booking_fact"),
    )
    op.create_table(
        "booking_merge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("duplicate_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["duplicate_id"], ["booking_patient.id"], name="fk_booking_merge_duplicate_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["booking_patient.id"], name="fk_booking_merge_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_merge"),
    )
    op.create_index(
        "uq_booking_merge_open",
        "booking_merge",
        ["duplicate_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
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
    op.create_index(
        "ix_booking_patient_number_value",
        "booking_patient_number",
        ["value"],
        unique=False,
        postgresql_ops={"value": "text_pattern_ops"},
    )
    op.create_table(
        "booking_quota",
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= taken AND (cap IS NULL OR taken <= cap)", name="ck_booking_quota_room"),
        sa.ForeignKeyConstraint(["slot_id"], ["booking_slot.id"], name="fk_booking_quota_slot_id"),
        sa.PrimaryKeyConstraint("slot_id", "pool", name="pk_booking_quota"),
    )
    op.create_table(
        "booking_room",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("place_en", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["booking_department.code"], name="fk_booking_room_department"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_room"),
    )
    op.create_table(
        "booking_staff",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["booking_department.code"], name="fk_booking_staff_department"),
        sa.PrimaryKeyConstraint("code", name="pk_booking_staff"),
    )
    op.create_table(
        "booking_device",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
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
        sa.Column("body_part", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["exam_code"], ["booking_exam.code"], name="fk_booking_item_exam_code"),
        sa.ForeignKeyConstraint(["order_id"], ["booking_order.id"], name="fk_booking_item_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_item"),
        sa.UniqueConstraint("accession_number", name="uq_booking_item_accession_number"),
    )
    op.create_index("ix_booking_item_order_id", "booking_item", ["order_id"], unique=False)
    op.create_index("uq_booking_item_placer", "booking_item", ["sender", "placer_number"], unique=True)
    op.create_table(
        "booking_appointment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("moved", sa.Boolean(), sa.Computed(_MOVED, persisted=True)),
        sa.Column("confirmed", sa.Boolean(), sa.Computed(_CONFIRMED, persisted=True)),
        sa.Column("direct", sa.Boolean(), sa.Computed(_DIRECT, persisted=True)),
        sa.CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="ck_booking_appointment_hold"),
        sa.ForeignKeyConstraint(["item_id"], ["booking_item.id"], name="fk_booking_appointment_item_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["booking_slot.id"], name="fk_booking_appointment_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_appointment"),
    )
    op.create_index(
        "ix_booking_appointment_hold",
        "booking_appointment",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_booking_appointment_item_id", "booking_appointment", ["item_id"], unique=False)
    op.create_index("ix_booking_appointment_patient", "booking_appointment", ["patient_id", "starts_at"], unique=False)
    op.create_index(
        "ix_booking_appointment_plan",
        "booking_appointment",
        ["plan_id"],
        unique=False,
        postgresql_where=sa.text("plan_id <> ''"),
    )
    op.create_index("ix_booking_appointment_slot_id", "booking_appointment", ["slot_id"], unique=False)
    op.create_index("ix_booking_appointment_start", "booking_appointment", ["starts_at"], unique=False)
    op.create_index(
        "uq_booking_appointment_live",
        "booking_appointment",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'booked', 'checked_in')"),
    )


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("booking_appointment")
    op.drop_table("booking_item")
    op.drop_table("booking_device")
    op.drop_table("booking_staff")
    op.drop_table("booking_room")
    op.drop_table("booking_quota")
    op.drop_table("booking_patient_number")
    op.drop_table("booking_order")
    op.drop_table("booking_merge")
    op.drop_table("booking_fact")
    op.drop_table("booking_exam")
