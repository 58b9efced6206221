"""The tables of devices, first edition."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "devices_0001"
down_revision = None
branch_labels = ("devices",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "devices_worklist",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=True),
        sa.Column("station", sa.Text(), server_default="", nullable=False),
        sa.Column("modality", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order", postgresql.JSONB(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('scheduled', 'done', 'cancelled')", name="ck_devices_worklist_state"),
        sa.PrimaryKeyConstraint("item_id", name="pk_devices_worklist"),
        sa.UniqueConstraint("accession_number", name="uq_devices_worklist_accession_number"),
    )
    op.create_index("ix_devices_worklist_station", "devices_worklist", ["station"], unique=False)
    op.create_index("ix_devices_worklist_starts_at", "devices_worklist", ["starts_at"], unique=False)
    op.create_table(
        "devices_recording",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("record_path", sa.Text(), nullable=False),
        sa.Column("leads", postgresql.JSONB(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("order", postgresql.JSONB(), nullable=True),
        sa.Column("measured", postgresql.JSONB(), nullable=False),
        sa.Column("quality", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_devices_recording"),
        sa.UniqueConstraint("blob", name="uq_devices_recording_blob"),
    )
    op.create_index("ix_devices_recording_accession", "devices_recording", ["accession_number", "kept_at"])
    op.create_index("ix_devices_recording_person", "devices_recording", ["person", "kept_at"])
    op.create_index("ix_devices_recording_kept_at", "devices_recording", ["kept_at"], unique=False)
    op.create_index("ix_devices_recording_item_id", "devices_recording", ["item_id"], unique=False)
    op.create_table(
        "devices_analysis",
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("measurements", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("beats", postgresql.JSONB(), nullable=False),
        sa.Column("classes", sa.Text(), nullable=False),
        sa.Column("lead_measures", postgresql.JSONB(), nullable=False),
        sa.Column("median", postgresql.JSONB(), nullable=True),
        sa.Column("holter", postgresql.JSONB(), nullable=True),
        sa.Column("analysed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["devices_recording.id"], name="fk_devices_analysis_recording_id"),
        sa.PrimaryKeyConstraint("recording_id", "algorithm", name="pk_devices_analysis"),
    )


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("devices_analysis")
    op.drop_table("devices_recording")
    op.drop_table("devices_worklist")
