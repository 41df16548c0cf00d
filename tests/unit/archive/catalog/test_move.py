# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from catalogued import a_batch, a_file, an_event, an_object, fill
from postgres_server import APPLICATION, Database
from sqlalchemy import create_engine, text

from archive.catalog import INSTALLATION, Catalog, Holding, move
from archive.catalog.move import Moved, move_catalog
from archive.catalog.tables import metadata
from archive.chain import event_digest
from archive.errors import CatalogUnavailable, ConflictError, IntegrityError

KILLED = """
import os, signal, sys
from archive.catalog.move import move_catalog
def tell(table, rows):
    if table == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
move_catalog(sys.argv[1], sys.argv[2], "longeva_app", tell)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with rows in every table, many in some, a gap in the numbers, and a chain that holds."""
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog.open(path)
    fill(catalog, "villa", 1)
    fill(catalog, "aldea", 2)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_objects([Holding(an_object(f"E{number}"), [a_file()]) for number in range(250)])
        tx.add_batch(a_batch("renewal"), [])
        tx.add_object(an_object("last"))
        tx._connection.execute(text("DELETE FROM events"))
        previous = "0" * 64
        for sequence in range(1, 4):
            event = replace(an_event(sequence), previous=previous)
            event = replace(event, digest=event_digest(event))
            previous = event.digest
            tx.append_events([event])
    catalog.close()
    return path


def sums(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tables(moved: Moved) -> dict[str, tuple[int, str]]:
    """Return counts and digests by table."""
    return {table.name: (table.rows, table.digest) for table in moved.tables}


def test_every_row_arrives_and_comes_back(source: Path, database: Database, tmp_path: Path) -> None:
    """To PostgreSQL and back to a file: the same rows, counts and digests; the source is as it was."""
    before = sums(source)
    there = move_catalog(source, database.owner_url, APPLICATION)
    assert set(tables(there)) == set(metadata.tables)
    assert all(rows for rows, _ in tables(there).values())
    assert there.broken == ()
    assert sums(source) == before
    back = move_catalog(database.url, tmp_path / "back.sqlite3")
    assert tables(back) == tables(there)
    assert not list(tmp_path.glob("*.moving*"))


def test_application_goes_on_where_the_file_stopped(source: Path, database: Database) -> None:
    """Numbers and positions go on; the login of the application has its rights and its bounds."""
    move_catalog(source, database.owner_url, APPLICATION)
    catalog = Catalog.open(database.url)
    with catalog.transaction("villa") as tx:
        (placed,) = tx.append_events([an_event(4)])
        tx.add_object(an_object("new"))
        assert list(tx.objects())[-1] == an_object("new")
    with catalog.reading() as tx:
        assert set(tx.counts().values()) == {0}
    with catalog.reading(INSTALLATION) as tx:
        assert placed.position == tx.events()[-2].position + 1
    catalog.close()


def test_database_that_holds_a_catalogue_is_refused(
    source: Path, postgres_catalog: Database, tmp_path: Path
) -> None:
    """Nothing is ever written over another catalogue, nor over a file."""
    with pytest.raises(ConflictError, match="already"):
        move_catalog(source, postgres_catalog.owner_url, APPLICATION)
    other = tmp_path / "other"
    other.write_bytes(b"x")
    with pytest.raises(ConflictError, match="there already"):
        move_catalog(source, other)
    assert other.read_bytes() == b"x"


@pytest.mark.parametrize("table", ["tenants", "files", "queue"])
def test_killed_in_the_middle_leaves_nothing_and_can_be_repeated(
    source: Path, database: Database, table: str
) -> None:
    """Kill -9 while copying: the database is as empty as before, and the next try ends well."""
    command = [sys.executable, "-c", KILLED, str(source), database.owner_url, table]
    assert subprocess.run(command, check=False).returncode == -9
    engine = create_engine(database.superuser_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'longeva'"))
        assert found.scalar_one() == 0
    engine.dispose()
    assert move_catalog(source, database.owner_url, APPLICATION).broken == ()


def test_row_that_arrives_otherwise_undoes_everything(
    source: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that keeps something else than it was sent is found out before the commit."""

    def twisting(connection, table, rows):
        rows = (dict(row) | ({"title": "otra"} if table.name == "objects" else {}) for row in rows)
        return really(connection, table, rows)

    really = move.insert_all
    monkeypatch.setattr(move, "insert_all", twisting)
    with pytest.raises(IntegrityError, match="objects"):
        move_catalog(source, database.owner_url, APPLICATION)
    catalog = Catalog(database.owner_url)
    with pytest.raises(CatalogUnavailable), catalog.reading(INSTALLATION):
        pass
    catalog.close()


def test_broken_chain_is_told(source: Path, database: Database) -> None:
    """A ledger that was rewritten before comes as it is, and is named."""
    catalog = Catalog.open(source)
    with catalog.transaction(INSTALLATION) as tx:
        tx._connection.execute(text("UPDATE events SET kind = 'rewritten' WHERE sequence = 2"))
    catalog.close()
    (problem,) = move_catalog(source, database.owner_url, APPLICATION).broken
    assert (problem.tenant_id, problem.sequence, problem.kind) == ("villa", 2, "ledger.digest")


def test_nobody_adds_to_the_source_meanwhile(source: Path, database: Database) -> None:
    """While rows go over, the file answers readers and takes nothing in."""
    catalog = Catalog.open(source)
    asked: Iterator[int] = iter(range(1))

    def tell(table: str, rows: int) -> None:
        if table == "events" and next(asked, None) is not None:
            with catalog.reading("villa") as tx:
                assert tx.tenant("villa")
                tx._connection.execute(text("PRAGMA busy_timeout = 10"))
            with pytest.raises(CatalogUnavailable, match="locked"), catalog.transaction("villa") as tx:
                tx.append_events([an_event(9)])

    move_catalog(source, database.owner_url, APPLICATION, tell)
    catalog.close()
