# SPDX-License-Identifier: EUPL-1.2
"""Numbering of the ledger in a row of its own; on PostgreSQL each tenant's rows for that tenant only.

Until now the next position of an event was found by looking at everybody's events, which a transaction that
speaks for one tenant can no longer do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.catalog.columns import RowNumber

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# In a sub-query each is worked out once for a statement, not once for a row.
_TENANT = "(SELECT nullif(current_setting('longeva.tenant', true), ''))"
_INSTALLATION = "(SELECT current_setting('longeva.scope', true) = 'installation')"
_OWN = f"tenant_id = {_TENANT}"
_OWN_OBJECT = (
    "EXISTS (SELECT 1 FROM objects AS own"  # noqa: S608 - made of what stands here
    " WHERE own.object_no = {table}.object_no AND own." + _OWN + ")"
)
_OWN_NAME = f"starts_with(object_id, 'urn:longeva:' || {_TENANT} || ':')"

# What a tenant may see, and what it may write where that is less; None for nothing.
_RULES: dict[str, tuple[str, str | None]] = {
    "tenants": (_OWN, None),
    "deposits": (_OWN, _OWN),
    # The name is looked at before the unique key is: whether another tenant has it is not told.
    "objects": (_OWN, f"{_OWN} AND {_OWN_NAME}"),
    "due_seals": (_OWN_OBJECT, _OWN_OBJECT),
    "files": (_OWN_OBJECT, _OWN_OBJECT),
    "documents": (_OWN, f"{_OWN} AND {_OWN_OBJECT}"),
    "document_csvs": (_OWN_OBJECT, _OWN_OBJECT),
    "signatures": (_OWN_OBJECT, _OWN_OBJECT),
    # Evidence spans tenants: batches and their renewals name nobody, leaves are whose the object is.
    "batches": (f"{_TENANT} IS NOT NULL", None),
    "leaves": (
        f"{_TENANT} IS NOT NULL AND (renews_batch_no IS NOT NULL OR {_OWN_NAME} OR {_OWN_OBJECT})",
        None,
    ),
    "copies": (_OWN, _OWN),
    "events": (_OWN, _OWN),
    "queue": (_OWN, _OWN),
    "numbering": (f"{_TENANT} IS NOT NULL", f"{_TENANT} IS NOT NULL"),
}


def upgrade() -> None:
    """Number events by a row, and set tenants apart."""
    numbering = op.create_table(
        "numbering",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("last", RowNumber, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_numbering"),
    )
    last = op.get_bind().execute(sa.text("SELECT coalesce(max(position), 0) FROM events")).scalar_one()
    op.bulk_insert(numbering, [{"name": "events", "last": last}])
    if op.get_bind().dialect.name == "postgresql":
        for table, (seen, written) in _RULES.items():
            _set_apart(table, seen.format(table=table), written and written.format(table=table))


def downgrade() -> None:
    """Let everybody see everything again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _RULES:
            for policy in ("installation", "tenant"):
                op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_table("numbering")


def _set_apart(table: str, seen: str, written: str | None) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY installation ON {table} TO CURRENT_USER USING ({_INSTALLATION})")
    what = f"USING ({seen}) WITH CHECK ({written})" if written else f"FOR SELECT USING ({seen})"
    op.execute(f"CREATE POLICY tenant ON {table} {what}")
