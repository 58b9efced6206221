"""The tables of reports, first edition."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reports_0001"
down_revision = None
branch_labels = ("reports",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "reports_report",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf", sa.Text(), nullable=False),
        sa.Column("seal", postgresql.JSONB(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("page_seal", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'signed') = (seal IS NOT NULL)", name="ck_reports_report_sealed"),
        sa.PrimaryKeyConstraint("id", name="pk_reports_report"),
        sa.UniqueConstraint("item_id", name="uq_reports_report_item_id"),
    )
    op.create_index("ix_reports_report_accession_number", "reports_report", ["accession_number"], unique=False)
    op.create_index("ix_reports_report_state", "reports_report", ["state", "drafted_at"], unique=False)
    op.create_table(
        "reports_revision",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports_report.id"], name="fk_reports_revision_report_id"),
        sa.PrimaryKeyConstraint("report_id", "revision", name="pk_reports_revision"),
    )


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("reports_revision")
    op.drop_table("reports_report")
