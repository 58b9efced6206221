"""The tables of core, first edition."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_core_alert"),
    )
    op.create_index(
        "uq_core_alert_open", "core_alert", ["topic"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_table(
        "core_audit",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_core_audit"),
        sa.UniqueConstraint("position", name="uq_core_audit_position"),
    )
    op.create_index(
        "ix_core_audit_unsealed", "core_audit", ["seq"], unique=False, postgresql_where=sa.text("position IS NULL")
    )
    op.create_table(
        "core_blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_core_blob"),
    )
    op.create_table(
        "core_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_event"),
    )
    op.create_index("ix_core_event_aggregate", "core_event", ["aggregate"], unique=False)
    op.create_table(
        "core_key",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_core_key"),
    )
    op.create_index("ix_core_key_at", "core_key", ["at"], unique=False)
    op.create_table(
        "core_user",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_core_user"),
    )
    op.create_table(
        "core_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'dead')", name="ck_core_delivery_state"),
        sa.ForeignKeyConstraint(["event_id"], ["core_event.id"], name="fk_core_delivery_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_core_delivery"),
    )
    op.create_index(
        "ix_core_delivery_ahead",
        "core_delivery",
        ["subscriber", "aggregate", "seq"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'dead')"),
    )
    op.create_index("ix_core_delivery_event_id", "core_delivery", ["event_id"], unique=False)
    op.create_index(
        "ix_core_delivery_open",
        "core_delivery",
        ["subscriber", "seq"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("core_delivery")
    op.drop_table("core_user")
    op.drop_table("core_key")
    op.drop_table("core_event")
    op.drop_table("core_blob")
    op.drop_table("core_audit")
    op.drop_table("core_alert")
