# SPDX-License-Identifier: EUPL-1.2
"""The schema: one description for SQLite and PostgreSQL.

Rows of files, documents, signatures and leaves hang from a number that grows with time, so they are written
next to each other and cost the same at a hundred million. Indexes with scattered keys
exist only where a lookup of the program needs one: object id, ENI identifiers, digest, CSV, event subject.
Everything here can be derived from the store again (ADR-0002).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from archive.catalog.columns import Hex, Instant, RowNumber

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _must(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *more, nullable=False, **options)


def _numbered(name: str) -> Column[Any]:
    return Column(name, RowNumber, primary_key=True, autoincrement=True)


def _of_object() -> Column[Any]:
    return _must("object_no", RowNumber, ForeignKey("objects.object_no"))


tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    _must("name", String),
    _must("dir3", String),
    _must("created_at", Instant),
)

deposits = Table(
    "deposits",
    metadata,
    _numbered("deposit_no"),
    _must("deposit_id", String),
    _must("tenant_id", String(40), ForeignKey("tenants.tenant_id")),
    _must("state", String),
    _must("since", Instant),
    _must("package_name", String),
    _must("package_digest", String),
    _must("object_id", String),
    _must("findings", JSON),
    _must("receipt", JSON),
    _must("agent", String, server_default=""),
    UniqueConstraint("deposit_id"),
    Index(None, "tenant_id", "deposit_id"),
    Index(None, "tenant_id", "agent", "deposit_id"),
    Index(None, "package_digest", "tenant_id"),
)

# What waits in the inbox: leases and notes, derived from the inbox's headers (archive.catalog.queue).
queue = Table(
    "queue",
    metadata,
    Column("deposit_id", String, primary_key=True),
    _must("tenant_id", String(40), ForeignKey("tenants.tenant_id")),
    _must("queued_at", Instant),
    _must("package_name", String),
    _must("size", BigInteger),
    _must("agent", String),
    _must("state", String),
    _must("since", Instant),
    _must("due_at", Instant),
    _must("attempts", Integer),
    _must("worker", String),
    _must("reason", String),
    Index(None, "due_at"),
)

objects = Table(
    "objects",
    metadata,
    _numbered("object_no"),
    _must("object_id", String),
    _must("tenant_id", String(40), ForeignKey("tenants.tenant_id")),
    _must("kind", String),
    _must("eni_id", String),
    _must("title", String),
    _must("version", Integer),
    _must("package_digest", String),
    _must("created_at", Instant),
    _must("metadata", JSON),
    UniqueConstraint("object_id"),
    Index(None, "tenant_id", "object_no"),
    Index(None, "eni_id", "tenant_id"),
    Index(None, "package_digest"),
)

# Objects whose head version has no leaf; every transaction that changes one keeps it in step.
due_seals = Table(
    "due_seals",
    metadata,
    Column("object_no", RowNumber, ForeignKey("objects.object_no"), primary_key=True, autoincrement=False),
)

files = Table(
    "files",
    metadata,
    _of_object(),
    _must("position", Integer),
    _must("path", String),
    _must("role", String),
    _must("sha256", Hex),
    _must("sha512", Hex),
    _must("size", BigInteger),
    _must("eni_id", String),
    _must("media_type", String),
    PrimaryKeyConstraint("object_no", "position"),
    sqlite_with_rowid=False,
)

documents = Table(
    "documents",
    metadata,
    _of_object(),
    _must("position", Integer),
    _must("tenant_id", String(40)),
    _must("eni_id", String),
    _must("path", String),
    _must("name", String),
    _must("tipo_documental", String),
    _must("estado_elaboracion", String),
    _must("organos", JSON),
    _must("captured_at", String),
    _must("origin_is_administration", Boolean),
    _must("content_format", String),
    _must("media_type", String),
    Column("content_sha256", Hex),
    Column("content_sha512", Hex),
    Column("content_size", BigInteger),
    _must("content_path", String),
    _must("sort_order", String),
    _must("folder", String),
    _must("csv", JSON),
    PrimaryKeyConstraint("object_no", "position"),
    Index(None, "eni_id", "tenant_id"),
    sqlite_with_rowid=False,
)

document_csvs = Table(
    "document_csvs",
    metadata,
    _must("csv", String),
    _of_object(),
    _must("position", Integer),
    PrimaryKeyConstraint("csv", "object_no", "position"),
    Index(None, "object_no"),
    sqlite_with_rowid=False,
)

signatures = Table(
    "signatures",
    metadata,
    _of_object(),
    _must("position", Integer),
    _must("path", String),
    _must("place", String),
    _must("eni_type", String),
    _must("format", String),
    _must("level", String),
    _must("indication", String),
    _must("sub_indication", String),
    _must("signer", String),
    _must("signing_time", String),
    _must("report", JSON),
    PrimaryKeyConstraint("object_no", "position"),
)

batches = Table(
    "batches",
    metadata,
    _numbered("batch_no"),
    _must("batch_id", String),
    _must("kind", String),
    _must("algorithm", String),
    _must("sealed_at", Instant),
    _must("authority", String),
    _must("valid_until", Instant),
    _must("token", LargeBinary),
    _must("count", Integer),
    _must("object_key", String),
    _must("price", String, server_default=""),
    _must("others", JSON, server_default="[]"),
    Column("renewed_by", RowNumber, ForeignKey("batches.batch_no")),
    UniqueConstraint("batch_id"),
    Index(None, "renewed_by", "valid_until"),
)

leaves = Table(
    "leaves",
    metadata,
    _must("batch_no", RowNumber, ForeignKey("batches.batch_no")),
    _must("leaf_index", Integer),
    _must("digest", Hex),
    Column("object_no", RowNumber, ForeignKey("objects.object_no")),
    _must("object_id", String),
    _must("version", Integer),
    Column("renews_batch_no", RowNumber, ForeignKey("batches.batch_no")),
    PrimaryKeyConstraint("batch_no", "leaf_index"),
    Index(None, "object_no"),
    Index(None, "renews_batch_no", "object_id"),
    sqlite_with_rowid=False,
)

copies = Table(
    "copies",
    metadata,
    _numbered("copy_no"),
    _must("csv", String),
    _must("tenant_id", String(40), ForeignKey("tenants.tenant_id")),
    _must("copy_object_id", String),
    _must("source_object_id", String),
    _must("source_path", String),
    _must("issued_at", Instant),
    _must("pdf_path", String),
    _must("eni_id", String),
    Column("revoked_at", Instant),
    UniqueConstraint("csv"),
    Index(None, "source_object_id"),
    Index(None, "copy_object_id"),
)

events = Table(
    "events",
    metadata,
    Column("position", RowNumber, primary_key=True, autoincrement=False),
    _must("tenant_id", String(40)),
    _must("sequence", BigInteger),
    _must("at", Instant),
    _must("kind", String),
    _must("subject", String),
    _must("agent", String),
    _must("detail", JSON),
    _must("previous", Hex),
    _must("digest", Hex),
    UniqueConstraint("tenant_id", "sequence"),
    Index(None, "subject", "position"),
)

# Merkle trees of the ledgers (archive.ledger_growth): how far each has grown, and nodes for cheap proofs.
ledger_trees = Table(
    "ledger_trees",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    _must("size", BigInteger),
    _must("peaks", LargeBinary),
)

ledger_nodes = Table(
    "ledger_nodes",
    metadata,
    _must("tenant_id", String(40)),
    _must("level", Integer),
    _must("number", BigInteger),
    _must("hash", Hex),
    PrimaryKeyConstraint("tenant_id", "level", "number"),
    sqlite_with_rowid=False,
)

# Small records that people change: accounts, requests, rules (archive.registers). Their files in the store
# are the truth; these rows are the newest version of each.
register_entries = Table(
    "register_entries",
    metadata,
    _numbered("entry_no"),
    _must("tenant_id", String(40)),
    _must("register", String(40)),
    _must("entry_id", String),
    _must("version", Integer),
    _must("state", String),
    Column("due_at", Instant),
    _must("changed_at", Instant),
    _must("sha256", Hex),
    _must("body", JSON),
    UniqueConstraint("tenant_id", "register", "entry_id"),
    Index(None, "tenant_id", "register", "state"),
)

register_keys = Table(
    "register_keys",
    metadata,
    _must("register", String(40)),
    _must("key", String),
    _must("tenant_id", String(40)),
    _must("entry_no", RowNumber, ForeignKey("register_entries.entry_no")),
    PrimaryKeyConstraint("register", "key", "tenant_id"),
    Index(None, "entry_no"),
    sqlite_with_rowid=False,
)

# The last position given to an event. Whoever appends holds this row: positions become visible in order.
numbering = Table(
    "numbering",
    metadata,
    Column("name", String(20), primary_key=True),
    _must("last", RowNumber),
)
