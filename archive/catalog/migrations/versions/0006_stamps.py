# SPDX-License-Identifier: EUPL-1.2
"""Several tokens of one batch, what each cost, and one leaf found among a million that renew a batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OLD = "ix_leaves_renews_batch_no"
_NEW = "ix_leaves_renews_batch_no_object_id"


def upgrade() -> None:
    """Add the columns, empty, and replace the index."""
    op.add_column("batches", sa.Column("price", sa.String, nullable=False, server_default=""))
    op.add_column("batches", sa.Column("others", sa.JSON, nullable=False, server_default="[]"))
    op.create_index(_NEW, "leaves", ["renews_batch_no", "object_id"])
    op.drop_index(_OLD, "leaves")


def downgrade() -> None:
    """Take them back; `batch.json` in the store keeps every token."""
    op.create_index(_OLD, "leaves", ["renews_batch_no"])
    op.drop_index(_NEW, "leaves")
    op.drop_column("batches", "others")
    op.drop_column("batches", "price")
