"""The tables of booking: appointments and what follows from them, the views for statistics, the first row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from yiji.booking.migrations.views import STATISTICS

revision = "booking_0003"
down_revision = "booking_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "booking_wait",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("exam_code", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["booking_item.id"], name="fk_booking_wait_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_wait"),
    )
    op.create_index(
        "ix_booking_wait_exam",
        "booking_wait",
        ["exam_code", "since"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_booking_wait_patient_id", "booking_wait", ["patient_id"], unique=False)
    op.create_index(
        "uq_booking_wait_open",
        "booking_wait",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_table(
        "booking_displaced",
        sa.Column("stop_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["booking_appointment.id"], name="fk_booking_displaced_appointment_id"
        ),
        sa.ForeignKeyConstraint(["stop_id"], ["booking_stop.id"], name="fk_booking_displaced_stop_id"),
        sa.PrimaryKeyConstraint("stop_id", "appointment_id", name="pk_booking_displaced"),
    )
    op.create_table(
        "booking_payment",
        sa.Column("payment_number", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["booking_item.id"], name="fk_booking_payment_item_id"),
        sa.PrimaryKeyConstraint("payment_number", name="pk_booking_payment"),
    )
    op.create_index("ix_booking_payment_item_id", "booking_payment", ["item_id"], unique=False)
    op.create_index("ix_booking_payment_appointment_id", "booking_payment", ["appointment_id"], unique=False)
    op.create_table(
        "booking_reminder",
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["booking_appointment.id"], name="fk_booking_reminder_appointment_id"
        ),
        sa.PrimaryKeyConstraint("appointment_id", "starts_at", "hours", name="pk_booking_reminder"),
    )
    op.create_index("ix_booking_reminder_at", "booking_reminder", ["at"], unique=False)
    op.create_index(
        "ix_booking_reminder_open",
        "booking_reminder",
        ["state", "at"],
        unique=False,
        postgresql_where=sa.text("state <> 'sent'"),
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
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("rank_order", sa.Integer(), nullable=False),
        sa.Column("queue_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["booking_appointment.id"], name="fk_booking_ticket_appointment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_ticket"),
        sa.UniqueConstraint("appointment_id", name="uq_booking_ticket_appointment_id"),
    )
    op.create_index("ix_booking_ticket_day", "booking_ticket", ["day", "room"], unique=False)
    op.create_index("uq_booking_ticket_number", "booking_ticket", ["room", "day", "position"], unique=True)

    for name, query in STATISTICS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
    op.execute("INSERT INTO booking_current (id, catalogue, rules, parameters) VALUES (1, 0, 0, '{}')")


def downgrade() -> None:
    """Drop the tables and what they hold."""
    for name in reversed(STATISTICS):
        op.execute(f"DROP VIEW {name}")
    op.drop_table("booking_ticket")
    op.drop_table("booking_reminder")
    op.drop_table("booking_payment")
    op.drop_table("booking_displaced")
    op.drop_table("booking_wait")
