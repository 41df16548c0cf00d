# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from archive.catalog import Catalog, versions
from archive.catalog.tables import metadata
from archive.errors import CatalogUnavailable, ConfigurationError, NotFound

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tenants") as table:
        table.add_column(sa.Column("province", sa.String, nullable=False, server_default="?"))
    {then}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a catalogue of today's schema with one tenant is."""
    path = tmp_path / "catalog.sqlite3"
    Catalog.open(path).close()
    execute(path, "INSERT INTO tenants VALUES ('villa', 'Villa', 'L01990019', '2026-01-01 00:00:00.000000')")
    return path


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    """Run one statement beside the program."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def publish_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str = "") -> None:
    """Let the program be one version ahead: its files are copied and one step is added."""
    scripts = tmp_path / "100% migrations"
    shutil.copytree(versions.SCRIPTS, scripts)
    (scripts / "versions" / "9999_next.py").write_text(STEP.format(head=versions.HEAD, then=then or "pass"))
    monkeypatch.setattr(versions, "SCRIPTS", scripts)
    monkeypatch.setattr(versions, "HEAD", "9999")


def test_head_is_the_newest_step() -> None:
    """The program speaks the schema of its newest step."""
    steps = sorted(path.name.partition("_")[0] for path in (versions.SCRIPTS / "versions").glob("[0-9]*.py"))
    assert steps[-1] == versions.HEAD


def test_steps_give_the_tables_that_the_program_describes(path: Path) -> None:
    """Nothing differs between the schema made by the steps and `tables.py`."""
    catalog = Catalog.open(path)
    with catalog.reading() as tx:
        context = MigrationContext.configure(tx._connection)
        assert compare_metadata(context, metadata) == []
    catalog.close()


def test_older_schema_is_brought_up_and_keeps_its_rows(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer program opens an older catalogue: the schema changes, the rows stay."""
    publish_step(tmp_path, monkeypatch)
    catalog = Catalog.open(path)
    with catalog.reading() as tx:
        assert tx.tenant("villa").name == "Villa"
    catalog.close()
    assert execute(path, "SELECT tenant_id, province FROM tenants") == [("villa", "?")]
    assert execute(path, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_step_that_fails_leaves_the_older_schema(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that dies half-way has not happened."""
    publish_step(tmp_path, monkeypatch, then="op.execute('SELECT * FROM nothing')")
    with pytest.raises(CatalogUnavailable, match="nothing"):
        Catalog.open(path)
    assert execute(path, "SELECT version_num FROM alembic_version") == [(versions_before(),)]
    assert "province" not in str(execute(path, "SELECT sql FROM sqlite_master WHERE name = 'tenants'"))


def versions_before() -> str:
    """Return the schema that today's catalogue was made with."""
    steps = sorted(path.name.partition("_")[0] for path in (versions.SCRIPTS / "versions").glob("[0-9]*.py"))
    return steps[-2]


def test_schema_of_a_newer_program_is_refused_untouched(path: Path) -> None:
    """A catalogue from the future is neither read nor changed, and the words say what to do."""
    execute(path, "UPDATE alembic_version SET version_num = '7777'")
    with pytest.raises(ConfigurationError, match="newer Longeva"):
        Catalog.open(path)
    assert execute(path, "SELECT version_num FROM alembic_version") == [("7777",)]


def test_read_only_catalogue_is_read_and_never_written(path: Path) -> None:
    """Opened for reading, a catalogue answers and refuses to write."""
    before = path.read_bytes()
    catalog = Catalog.open(path, read_only=True)
    with catalog.reading() as tx:
        assert tx.tenant("villa").name == "Villa"
        with pytest.raises(CatalogUnavailable), catalog.transaction():
            pass
    catalog.close()
    assert path.read_bytes() == before


def test_read_only_catalogue_that_is_absent_is_not_made(tmp_path: Path) -> None:
    """Opening for reading makes no file."""
    with pytest.raises(CatalogUnavailable):
        Catalog.open(tmp_path / "none.sqlite3", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_file_is_said_to_be_unavailable(tmp_path: Path, content: bytes) -> None:
    """Rubbish in place of the database is one of our errors, and is left as it is."""
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(content)
    with pytest.raises(CatalogUnavailable):
        Catalog.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql+nodriver://x/y", "://"])
def test_url_without_driver_is_a_matter_of_configuration(url: str) -> None:
    """A URL that no driver takes is for the operator to mend."""
    with pytest.raises(ConfigurationError):
        Catalog.open(url)


def test_writer_is_durable_and_rules_are_kept(path: Path) -> None:
    """Each connection has the log, full syncing and the foreign keys that the promises stand on."""
    catalog = Catalog.open(path)
    with catalog.transaction() as tx:
        asked = [
            tx._connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    catalog.close()
    assert asked == ["wal", 2, 1]


QUERIES = {
    "unsealed": "tx.unsealed(10)",
    "object": "tx.object('x')",
    "eni": "tx.objects_with_eni_id('villa', 'x')",
    "deposit": "tx.deposit_by_digest('villa', 'x')",
    "document": "tx.document_by_eni_id('villa', 'x')",
    "csv": "tx.documents_by_csv('x')",
    "about": "tx.events_about('x')",
    "last": "tx.last_event('villa')",
    "copy": "tx.copy_by_csv('x')",
    "copies": "tx.copies_of('x')",
    "reference": "tx.find_objects('villa', 'abcdef01')",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_lookup_stands_on_an_index(path: Path, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No lookup walks a table, so its cost stays flat."""
    catalog = Catalog.open(path)
    with catalog.reading() as tx:
        asked: list[object] = []
        execute_really = tx._connection.execute

        def execute_noting(statement: object, *more: object) -> object:
            asked.append(statement)
            return execute_really(statement, *more)

        monkeypatch.setattr(tx._connection, "execute", execute_noting)
        with suppress(NotFound):
            eval(query, {"tx": tx})
        plans = [plan for statement in asked for plan in explain(tx._connection, execute_really, statement)]
    catalog.close()
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "due_seals" not in plan] == []


def explain(connection: object, execute_really: object, statement: object) -> list[str]:
    """Return SQLite's plan of a statement, a line a step."""
    compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
    return [row[3] for row in execute_really(text(f"EXPLAIN QUERY PLAN {compiled}"))]
