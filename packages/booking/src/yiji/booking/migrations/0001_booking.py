"""The tables of booking: master data, patients, the inventory."""

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
        "booking_calendar",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("pools", postgresql.JSONB(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name="pk_booking_calendar"),
    )
    op.create_index("ix_booking_calendar_device", "booking_calendar", ["device"], unique=False)
    op.create_table(
        "booking_campus",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_booking_campus"),
    )
    op.create_table(
        "booking_closure",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("campus", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("first_day", "last_day", "campus", "device", name="pk_booking_closure"),
    )
    op.create_table(
        "booking_current",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("catalogue", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_booking_current"),
    )
    op.create_table(
        "booking_department",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("campus", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_booking_department"),
    )
    op.create_table(
        "booking_dictionary",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_booking_dictionary"),
    )
    op.create_table(
        "booking_edition",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "number", name="pk_booking_edition"),
    )
    op.create_table(
        "booking_patient",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_booking_patient"),
    )
    op.create_index("ix_booking_patient_birth", "booking_patient", ["birth_date", "name"], unique=False)
    op.create_index(
        "ix_booking_patient_initials",
        "booking_patient",
        ["initials"],
        unique=False,
        postgresql_ops={"initials": "text_pattern_ops"},
    )
    op.create_index(
        "ix_booking_patient_letters",
        "booking_patient",
        [sa.literal_column("string_to_array(lower(name), NULL)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_booking_patient_name",
        "booking_patient",
        ["name"],
        unique=False,
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.create_index(
        "ix_booking_patient_phone",
        "booking_patient",
        [sa.literal_column("reverse(phone) text_pattern_ops")],
        unique=False,
    )
    op.create_index(
        "ix_booking_patient_pinyin",
        "booking_patient",
        ["pinyin"],
        unique=False,
        postgresql_ops={"pinyin": "text_pattern_ops"},
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
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("has_quotas", sa.Boolean(), nullable=False),
        sa.CheckConstraint("0 <= extra", name="ck_booking_slot_extra"),
        sa.CheckConstraint("0 <= held AND 0 <= booked AND held + booked <= capacity", name="ck_booking_slot_room"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_slot"),
    )
    op.create_index("ix_booking_slot_start", "booking_slot", ["starts_at"], unique=False)
    op.create_index("uq_booking_slot_device_start", "booking_slot", ["device", "starts_at"], unique=True)
    op.create_table(
        "booking_stop",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("slots", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_booking_stop"),
    )
    op.create_index("ix_booking_stop_device", "booking_stop", ["device"], unique=False)
    op.create_table(
        "booking_block",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["booking_patient.id"], name="fk_booking_block_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_block"),
    )
    op.create_index("ix_booking_block_patient_id", "booking_block", ["patient_id"], unique=False)


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("booking_block")
    op.drop_table("booking_stop")
    op.drop_table("booking_slot")
    op.drop_table("booking_patient")
    op.drop_table("booking_edition")
    op.drop_table("booking_dictionary")
    op.drop_table("booking_department")
    op.drop_table("booking_current")
    op.drop_table("booking_closure")
    op.drop_table("booking_campus")
    op.drop_table("booking_calendar")
    op.execute(sa.schema.DropSequence(sa.Sequence("booking_accession")))
