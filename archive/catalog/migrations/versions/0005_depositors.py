# SPDX-License-Identifier: EUPL-1.2
"""Who brought each deposit, so that he finds his own among all. Of older ones the ledger tells: rebuild."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEX = "ix_deposits_tenant_id_agent_deposit_id"


def upgrade() -> None:
    """Add the column, empty, and the index that lists somebody's own."""
    op.add_column("deposits", sa.Column("agent", sa.String, nullable=False, server_default=""))
    op.create_index(_INDEX, "deposits", ["tenant_id", "agent", "deposit_id"])


def downgrade() -> None:
    """Drop both: the ledger tells the same."""
    op.drop_index(_INDEX, "deposits")
    op.drop_column("deposits", "agent")
