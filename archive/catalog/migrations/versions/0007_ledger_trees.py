# SPDX-License-Identifier: EUPL-1.2
"""Merkle trees of the ledgers: how far each has grown, and nodes that make proofs cheap.

Both stay empty here: whoever appends next to a ledger fills them from its events.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.catalog.columns import Hex

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OWN = "tenant_id = (SELECT nullif(current_setting('longeva.tenant', true), ''))"
_INSTALLATION = "(SELECT current_setting('longeva.scope', true) = 'installation')"
_TABLES = ("ledger_trees", "ledger_nodes")


def upgrade() -> None:
    """Create both tables, on PostgreSQL each tenant's rows for that tenant only."""
    op.create_table(
        "ledger_trees",
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("peaks", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_ledger_trees"),
    )
    op.create_table(
        "ledger_nodes",
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", Hex, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "level", "number", name="pk_ledger_nodes"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY installation ON {table} TO CURRENT_USER USING ({_INSTALLATION})")
            op.execute(f"CREATE POLICY tenant ON {table} USING ({_OWN}) WITH CHECK ({_OWN})")


def downgrade() -> None:
    """Drop both tables: the events give them back."""
    for table in _TABLES:
        op.drop_table(table)
