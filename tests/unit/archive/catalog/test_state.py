# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog import Catalog
from archive.catalog.state import catalog_state
from archive.catalog.versions import HEAD
from archive.errors import CatalogUnavailable, ConfigurationError


def test_a_file_says_its_product_and_its_schema(tmp_path):
    """SQLite knows no roles and no clock of its own."""
    Catalog.open(tmp_path / "catalog.sqlite3").close()
    state = catalog_state(tmp_path / "catalog.sqlite3")
    assert state.product.startswith("SQLite 3.")
    assert (state.version, state.newest, state.role, state.clock) == (HEAD, HEAD, "", None)


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    """In words, not in another library's exception."""
    (tmp_path / "catalog.sqlite3").write_bytes(b"x" * 4096)
    with pytest.raises(CatalogUnavailable, match="not a database"):
        catalog_state(tmp_path / "catalog.sqlite3")


@pytest.mark.parametrize("url", ["postgresql+psycopg://u:hunter2@127.0.0.1:9/d", "nonsense://u:hunter2@h"])
def test_an_address_that_leads_nowhere_is_told_without_its_password(url):
    """No server, and no such driver."""
    with pytest.raises((CatalogUnavailable, ConfigurationError)) as caught:
        catalog_state(url)
    assert "hunter2" not in str(caught.value)


def test_a_server_says_whom_it_takes_us_for(postgres_catalog):
    """A superuser is above row-level security; the application's role is not, and every table is guarded."""
    state = catalog_state(postgres_catalog.url)
    assert state.product.startswith("PostgreSQL ")
    assert state.version == HEAD
    assert (state.bypasses, state.unguarded) == (False, ())
    assert state.clock is not None
    assert abs(state.clock - datetime.now(UTC)) < timedelta(minutes=1)
    assert catalog_state(postgres_catalog.superuser_url).bypasses


def test_owner_apart_is_above_the_rules_and_a_single_role_is_held_to_them(postgres_catalog, database):
    """Who works as the owner of a schema made for another login is told so; alone, the owner is held to it."""
    assert "objects" in catalog_state(postgres_catalog.owner_url).unguarded
    Catalog.open(database.owner_url).close()
    assert catalog_state(database.owner_url).unguarded == ()
