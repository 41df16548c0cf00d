# SPDX-License-Identifier: EUPL-1.2
"""Runs the steps on the connection that `archive.catalog.versions.upgrade` gives, in its transaction."""

from __future__ import annotations

from alembic import context

from archive.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it; the same step is an ALTER elsewhere.
    render_as_batch=True,
)
context.run_migrations()
