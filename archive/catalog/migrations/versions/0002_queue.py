# SPDX-License-Identifier: EUPL-1.2
"""The deposit queue: what waits in the inbox, who checks it, and until when nobody else may."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.catalog.columns import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next look of a worker into the inbox fills it."""
    op.create_table(
        "queue",
        sa.Column("deposit_id", sa.String, nullable=False),
        sa.Column(
            "tenant_id",
            sa.String(40),
            sa.ForeignKey("tenants.tenant_id", name="fk_queue_tenant_id"),
            nullable=False,
        ),
        sa.Column("queued_at", Instant, nullable=False),
        sa.Column("package_name", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("deposit_id", name="pk_queue"),
    )
    op.create_index("ix_queue_due_at", "queue", ["due_at"])


def downgrade() -> None:
    """Drop the table: the inbox tells the same."""
    op.drop_table("queue")
