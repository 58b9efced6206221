"""The tables of interop, first edition."""

import sqlalchemy as sa
from alembic import op

revision = "interop_0001"
down_revision = None
branch_labels = ("interop",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "interop_message",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interop_message"),
    )
    op.create_index(
        "ix_interop_message_number", "interop_message", ["control_id", "sender", "received_at"], unique=False
    )
    op.create_index("ix_interop_message_received_at", "interop_message", ["received_at"], unique=False)
    op.create_index(
        "uq_interop_message_same", "interop_message", ["sha256", "control_id", "sender", "channel"], unique=True
    )
    op.create_table(
        "interop_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interop_delivery"),
    )
    op.create_index("ix_interop_delivery_delivered_at", "interop_delivery", ["delivered_at"], unique=False)
    op.create_index("ix_interop_delivery_report_id", "interop_delivery", ["report_id"], unique=False)
    op.create_index("uq_interop_delivery_number", "interop_delivery", ["control_id", "peer"], unique=True)


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("interop_delivery")
    op.drop_table("interop_message")
