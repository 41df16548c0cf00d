# SPDX-License-Identifier: EUPL-1.2
"""First schema: tenants, deposits, objects with their parts, evidence, copies, ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.catalog.columns import Hex, Instant, RowNumber

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _create_deposits()
    _create_objects()
    _create_documents()
    _create_signatures()
    _create_evidence()
    _create_register()


_TABLES = (
    "events",
    "copies",
    "leaves",
    "batches",
    "signatures",
    "document_csvs",
    "documents",
    "files",
    "due_seals",
    "objects",
    "deposits",
    "tenants",
)


def downgrade() -> None:
    """Drop every table: what they held is in the store (ADR-0002)."""
    for name in _TABLES:
        op.drop_table(name)


def _create_deposits() -> None:
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("dir3", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenants"),
    )
    op.create_table(
        "deposits",
        sa.Column("deposit_no", RowNumber, nullable=False),
        sa.Column("deposit_id", sa.String, nullable=False),
        sa.Column(
            "tenant_id",
            sa.String(40),
            sa.ForeignKey("tenants.tenant_id", name="fk_deposits_tenant_id"),
            nullable=False,
        ),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("package_name", sa.String, nullable=False),
        sa.Column("package_digest", sa.String, nullable=False),
        sa.Column("object_id", sa.String, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("receipt", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("deposit_no", name="pk_deposits"),
        sa.UniqueConstraint("deposit_id", name="uq_deposits_deposit_id"),
    )
    op.create_index("ix_deposits_package_digest_tenant_id", "deposits", ["package_digest", "tenant_id"])
    op.create_index("ix_deposits_tenant_id_deposit_id", "deposits", ["tenant_id", "deposit_id"])


def _create_objects() -> None:
    op.create_table(
        "objects",
        sa.Column("object_no", RowNumber, nullable=False),
        sa.Column("object_id", sa.String, nullable=False),
        sa.Column(
            "tenant_id",
            sa.String(40),
            sa.ForeignKey("tenants.tenant_id", name="fk_objects_tenant_id"),
            nullable=False,
        ),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("eni_id", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("package_digest", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("object_no", name="pk_objects"),
        sa.UniqueConstraint("object_id", name="uq_objects_object_id"),
    )
    op.create_index("ix_objects_eni_id_tenant_id", "objects", ["eni_id", "tenant_id"])
    op.create_index("ix_objects_package_digest", "objects", ["package_digest"])
    op.create_index("ix_objects_tenant_id_object_no", "objects", ["tenant_id", "object_no"])
    op.create_table(
        "due_seals",
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_due_seals_object_no"),
            nullable=False,
            autoincrement=False,
        ),
        sa.PrimaryKeyConstraint("object_no", name="pk_due_seals"),
    )
    op.create_table(
        "files",
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_files_object_no"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("sha256", Hex, nullable=False),
        sa.Column("sha512", Hex, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("eni_id", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("object_no", "position", name="pk_files"),
        sqlite_with_rowid=False,
    )


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_documents_object_no"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("eni_id", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("tipo_documental", sa.String, nullable=False),
        sa.Column("estado_elaboracion", sa.String, nullable=False),
        sa.Column("organos", sa.JSON, nullable=False),
        sa.Column("captured_at", sa.String, nullable=False),
        sa.Column("origin_is_administration", sa.Boolean, nullable=False),
        sa.Column("content_format", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("content_sha256", Hex, nullable=True),
        sa.Column("content_sha512", Hex, nullable=True),
        sa.Column("content_size", sa.BigInteger, nullable=True),
        sa.Column("content_path", sa.String, nullable=False),
        sa.Column("sort_order", sa.String, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("csv", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("object_no", "position", name="pk_documents"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_documents_eni_id_tenant_id", "documents", ["eni_id", "tenant_id"])
    op.create_table(
        "document_csvs",
        sa.Column("csv", sa.String, nullable=False),
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_document_csvs_object_no"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("csv", "object_no", "position", name="pk_document_csvs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_document_csvs_object_no", "document_csvs", ["object_no"])


def _create_signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_signatures_object_no"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("eni_type", sa.String, nullable=False),
        sa.Column("format", sa.String, nullable=False),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("indication", sa.String, nullable=False),
        sa.Column("sub_indication", sa.String, nullable=False),
        sa.Column("signer", sa.String, nullable=False),
        sa.Column("signing_time", sa.String, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("object_no", "position", name="pk_signatures"),
    )


def _create_evidence() -> None:
    op.create_table(
        "batches",
        sa.Column("batch_no", RowNumber, nullable=False),
        sa.Column("batch_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("algorithm", sa.String, nullable=False),
        sa.Column("sealed_at", Instant, nullable=False),
        sa.Column("authority", sa.String, nullable=False),
        sa.Column("valid_until", Instant, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("object_key", sa.String, nullable=False),
        sa.Column(
            "renewed_by",
            RowNumber,
            sa.ForeignKey("batches.batch_no", name="fk_batches_renewed_by"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("batch_no", name="pk_batches"),
        sa.UniqueConstraint("batch_id", name="uq_batches_batch_id"),
    )
    op.create_index("ix_batches_renewed_by_valid_until", "batches", ["renewed_by", "valid_until"])
    op.create_table(
        "leaves",
        sa.Column(
            "batch_no",
            RowNumber,
            sa.ForeignKey("batches.batch_no", name="fk_leaves_batch_no"),
            nullable=False,
        ),
        sa.Column("leaf_index", sa.Integer, nullable=False),
        sa.Column("digest", Hex, nullable=False),
        sa.Column(
            "object_no",
            RowNumber,
            sa.ForeignKey("objects.object_no", name="fk_leaves_object_no"),
            nullable=True,
        ),
        sa.Column("object_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column(
            "renews_batch_no",
            RowNumber,
            sa.ForeignKey("batches.batch_no", name="fk_leaves_renews_batch_no"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("batch_no", "leaf_index", name="pk_leaves"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_leaves_object_no", "leaves", ["object_no"])
    op.create_index("ix_leaves_renews_batch_no", "leaves", ["renews_batch_no"])


def _create_register() -> None:
    op.create_table(
        "copies",
        sa.Column("copy_no", RowNumber, nullable=False),
        sa.Column("csv", sa.String, nullable=False),
        sa.Column(
            "tenant_id",
            sa.String(40),
            sa.ForeignKey("tenants.tenant_id", name="fk_copies_tenant_id"),
            nullable=False,
        ),
        sa.Column("copy_object_id", sa.String, nullable=False),
        sa.Column("source_object_id", sa.String, nullable=False),
        sa.Column("source_path", sa.String, nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("pdf_path", sa.String, nullable=False),
        sa.Column("eni_id", sa.String, nullable=False),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("copy_no", name="pk_copies"),
        sa.UniqueConstraint("csv", name="uq_copies_csv"),
    )
    op.create_index("ix_copies_copy_object_id", "copies", ["copy_object_id"])
    op.create_index("ix_copies_source_object_id", "copies", ["source_object_id"])
    op.create_table(
        "events",
        sa.Column("position", RowNumber, nullable=False, autoincrement=False),
        sa.Column("tenant_id", sa.String(40), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("previous", Hex, nullable=False),
        sa.Column("digest", Hex, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_events"),
        sa.UniqueConstraint("tenant_id", "sequence", name="uq_events_tenant_id_sequence"),
    )
    op.create_index("ix_events_subject_position", "events", ["subject", "position"])
