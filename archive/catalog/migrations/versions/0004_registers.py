# SPDX-License-Identifier: EUPL-1.2
"""Registers: what people change, found by name, by state and by other keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.catalog.columns import Hex, Instant, RowNumber

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OWN = "tenant_id = (SELECT nullif(current_setting('longeva.tenant', true), ''))"
_INSTALLATION = "(SELECT current_setting('longeva.scope', true) = 'installation')"
_TABLES = ("register_entries", "register_keys")


def upgrade() -> None:
    """Create both tables, on PostgreSQL each tenant's rows for that tenant only."""
    op.create_table(
        "register_entries",
        sa.Column("entry_no", RowNumber, nullable=False, autoincrement=True),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("sha256", Hex, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("entry_no", name="pk_register_entries"),
        sa.UniqueConstraint(
            "tenant_id", "register", "entry_id", name="uq_register_entries_tenant_id_register_entry_id"
        ),
    )
    op.create_index(
        "ix_register_entries_tenant_id_register_state", "register_entries", ["tenant_id", "register", "state"]
    )
    op.create_table(
        "register_keys",
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column(
            "entry_no",
            RowNumber,
            sa.ForeignKey("register_entries.entry_no", name="fk_register_keys_entry_no"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("register", "key", "tenant_id", name="pk_register_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_register_keys_entry_no", "register_keys", ["entry_no"])
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY installation ON {table} TO CURRENT_USER USING ({_INSTALLATION})")
            op.execute(f"CREATE POLICY tenant ON {table} USING ({_OWN}) WITH CHECK ({_OWN})")


def downgrade() -> None:
    """Drop both tables: the store tells the same."""
    op.drop_table("register_keys")
    op.drop_table("register_entries")
