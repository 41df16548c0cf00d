# SPDX-License-Identifier: EUPL-1.2
"""What is particular to a server: settings, loss of connection, upgrades by several, plans."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from catalogued import a_batch, an_event, an_object, fill
from postgres_server import APPLICATION, Database, PostgresServer
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from archive.catalog import INSTALLATION, Catalog, versions
from archive.catalog.engine import open_engine
from archive.catalog.upgrading import upgrade_catalog
from archive.clock import FixedClock
from archive.errors import CatalogUnavailable, ConfigurationError, ConflictError, NotAvailable
from archive.home import Home

UPGRADE = "import sys; from archive.catalog.upgrading import upgrade_catalog; upgrade_catalog(*sys.argv[1:])"


@pytest.fixture
def catalog(postgres_catalog: Database):
    """A catalogue with two tenants, as the application has it."""
    catalog = Catalog.open(postgres_catalog.url)
    fill(catalog, "villa", 1)
    fill(catalog, "aldea", 2)
    yield catalog
    catalog.close()


def test_receipt_means_durable_whatever_the_server_says(catalog: Catalog, postgres: PostgresServer) -> None:
    """Commits wait for the disk although the server's default does not; locks and idleness have an end."""
    postgres.execute(f"ALTER ROLE {APPLICATION} SET synchronous_commit = off")
    try:
        with catalog.transaction(INSTALLATION) as tx:
            asked = {
                name: tx._connection.execute(text(f"SHOW {name}")).scalar_one()
                for name in (
                    "synchronous_commit",
                    "lock_timeout",
                    "application_name",
                    "transaction_isolation",
                )
            }
        with catalog.reading(INSTALLATION) as tx:
            seen = tx._connection.execute(text("SHOW transaction_isolation")).scalar_one()
            with pytest.raises(ProgrammingError, match="permission denied"):
                tx._connection.execute(text("SELECT * FROM pg_authid"))
    except CatalogUnavailable:
        pass  # the refused statement above ended its transaction
    finally:
        postgres.execute(f"ALTER ROLE {APPLICATION} RESET synchronous_commit")
    assert asked == {
        "synchronous_commit": "on",
        "lock_timeout": "30s",
        "application_name": "longeva",
        "transaction_isolation": "read committed",
    }
    assert seen == "repeatable read"


def test_reader_cannot_write(catalog: Catalog) -> None:
    """A reading transaction refuses to change anything, on the server itself."""
    with pytest.raises(CatalogUnavailable, match="read-only"), catalog.reading("villa") as tx:
        tx.add_object(an_object("x"))


def test_server_that_died_and_came_back_is_gone_on_with(tmp_path: Path) -> None:
    """While it is away we say so in words; the first call afterwards works, and what was committed is there."""
    server = PostgresServer()
    try:
        with server.database() as database:
            catalog = Catalog.open(database.url, owner=database.owner_url)
            fill(catalog, "villa", 1)
            server.stop("immediate")
            for _ in range(2):
                with pytest.raises(CatalogUnavailable), catalog.reading("villa"):
                    pass
            server.start()
            with catalog.transaction("villa") as tx:
                assert tx.append_events([an_event(2)])[0].position == 2
            catalog.close()
    finally:
        server.remove()


def test_connection_lost_inside_is_our_error_and_leaves_nothing(
    catalog: Catalog, postgres: PostgresServer, postgres_catalog: Database
) -> None:
    """A session that the server ends in the middle has written nothing; the next transaction works."""
    with pytest.raises(CatalogUnavailable), catalog.transaction("villa") as tx:
        tx.add_object(an_object("half"))
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'longeva'"
            f" AND datname = '{postgres_catalog.name}'"
        )
        tx.add_object(an_object("other half"))
    with catalog.transaction("villa") as tx:
        assert tx.known_objects([an_object("half").object_id]) == set()
        tx.add_object(an_object("half"))


def test_writers_that_cross_are_told_to_repeat(catalog: Catalog) -> None:
    """Two transactions that wait for each other: one goes through, the other is retryable, nothing is half."""
    met, told = threading.Barrier(2, timeout=20), []

    def work(first: str, second: str) -> None:
        try:
            with catalog.transaction(INSTALLATION) as tx:
                tx._connection.execute(text("UPDATE objects SET title = 'x' WHERE eni_id = :e"), {"e": first})
                met.wait()
                tx._connection.execute(
                    text("UPDATE objects SET title = 'x' WHERE eni_id = :e"), {"e": second}
                )
        except CatalogUnavailable as cause:
            told.append((cause.retryable, str(cause)))

    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object("one"))
        tx.add_object(an_object("two"))
    threads = [threading.Thread(target=work, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(told) == 1
    assert told[0][0]
    assert "crossed" in told[0][1]


def test_positions_become_visible_in_order(catalog: Catalog) -> None:
    """A follower that steps from position to position misses no event of a writer that commits late."""
    seen: list[int] = []
    stop = threading.Event()

    def follow() -> None:
        while True:
            last = stop.is_set()
            with catalog.reading(INSTALLATION) as tx:
                seen.extend(event.position for event in tx.events(seen[-1] if seen else 0))
            if last:
                return

    def write(tenant: str) -> None:
        for sequence in range(2, 22):
            with catalog.transaction(tenant) as tx:
                tx.serialise_ledger()
                tx.append_events([an_event(sequence, tenant)])
                time.sleep(0.002)

    following = threading.Thread(target=follow)
    following.start()
    writers = [threading.Thread(target=write, args=[tenant]) for tenant in ("villa", "aldea")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    stop.set()
    following.join(60)
    assert seen == list(range(1, 43))


def test_several_processes_make_and_upgrade_it_once(database: Database) -> None:
    """Four processes at once on an empty database: one makes the schema, all end well."""
    command = [sys.executable, "-c", UPGRADE, database.owner_url, database.url]
    running = [subprocess.Popen(command) for _ in range(4)]
    assert [each.wait(120) for each in running] == [0] * 4
    Catalog.open(database.url).close()


def test_older_schema_waits_for_its_owner_and_keeps_its_rows(database: Database) -> None:
    """Opening never changes a server's schema; the owner's command does, forward on data, and may be repeated."""
    engine = open_engine(database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA longeva"))
        versions.upgrade(connection, "0001")
        connection.execute(text("INSERT INTO tenants VALUES ('villa', 'V', 'L01990019', now())"))
        for number in range(1, 4):
            connection.execute(
                text(
                    "INSERT INTO events VALUES (:n, 'villa', :n, now(), 'k', 's', 'cli', '{}', '\\x00', '\\x00')"
                ),
                {"n": number},
            )
    engine.dispose()
    with pytest.raises(ConfigurationError, match="catalog upgrade"):
        Catalog.open(database.owner_url)
    with pytest.raises((ConfigurationError, CatalogUnavailable)):
        Catalog.open(database.url, owner=database.owner_url)
    done = upgrade_catalog(database.owner_url, database.url)
    assert (done.before, done.after) == ("0001", versions.HEAD)
    assert upgrade_catalog(database.owner_url, database.url).before == versions.HEAD
    catalog = Catalog.open(database.url)
    with catalog.transaction("villa") as tx:
        assert tx.tenant("villa").name == "V"
        assert tx.append_events([an_event(4)])[0].position == 4
    catalog.close()


def test_program_that_still_runs_refuses_a_schema_that_was_upgraded(
    catalog: Catalog, postgres: PostgresServer, postgres_catalog: Database
) -> None:
    """Each transaction looks: an older program neither reads nor writes a newer schema."""
    postgres.execute(
        "UPDATE longeva.alembic_version SET version_num = '9999'", database=postgres_catalog.name
    )
    with pytest.raises(ConfigurationError, match="still running"), catalog.transaction("villa") as tx:
        tx.add_object(an_object("x"))
    with pytest.raises(ConfigurationError, match="still running"), catalog.reading("villa"):
        pass


def test_driver_that_is_not_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the embedded archive works, and PostgreSQL asks for the extra by name."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NotAvailable, match=r"longeva\[engines\]"):
        open_engine("postgresql+psycopg://u@127.0.0.1/d")


def test_password_is_in_no_error() -> None:
    """A server that is not there, and a URL that is none, are told without their secrets."""
    for url in ("postgresql+psycopg://u:hunter2@127.0.0.1:1/d", "postgresql+psycopg://u:hunter2@h:port/d"):
        with pytest.raises((CatalogUnavailable, ConfigurationError)) as told:
            Catalog.open(url)
        assert "hunter2" not in str(told.value)


LOOKUPS = {
    "unsealed": "tx.unsealed(10)",
    "object": "tx.object(an_object().object_id)",
    "files": "tx.files(an_object().object_id)",
    "eni": "tx.objects_with_eni_id('villa', 'x')",
    "deposit": "tx.deposit_by_digest('villa', 'x')",
    "document": "tx.document_by_eni_id('villa', 'x')",
    "csv": "tx.documents_by_csv('x')",
    "about": "tx.events_about('x')",
    "last": "tx.last_event('villa')",
    "copy": "tx.copy_by_csv('x')",
    "reference": "tx.find_objects('villa', 'abcdef01')",
    "leaves": "tx.leaves_of(an_object().object_id)",
}


@pytest.mark.parametrize("scope", ["villa", INSTALLATION])
@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS.keys())
def test_rules_leave_lookups_on_their_indexes(catalog: Catalog, lookup: str, scope, monkeypatch) -> None:
    """Row-level security does not turn a look-up into a walk through a table."""
    with catalog.reading(scope) as tx:
        tx._connection.execute(text("SET LOCAL enable_seqscan = off"))
        asked: list[object] = []
        really = tx._connection.execute
        monkeypatch.setattr(
            tx._connection,
            "execute",
            lambda statement, *more: (asked.append(statement), really(statement, *more))[1],
        )
        eval(lookup, {"tx": tx, "an_object": an_object, "a_batch": a_batch})
        plans = []
        for statement in asked:
            sql = statement.compile(tx._connection, compile_kwargs={"literal_binds": True})
            plans += [row[0] for row in really(text(f"EXPLAIN {str(sql).replace(':', chr(92) + ':')}"))]
    assert plans
    assert [line for line in plans if "Seq Scan" in line and "due_seals" not in line] == []


def test_home_on_a_server_is_made_and_opened(database: Database, tmp_path: Path) -> None:
    """`longeva init` with the two logins in the settings makes everything that is needed."""
    path = tmp_path / "home"
    path.mkdir()
    (path / "longeva.toml").write_text(
        f'[catalog]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n'
    )
    clock = FixedClock(an_event(1).at)
    with Home.create(path, clock) as home:
        home.add_tenant("villa", "Villa", "L01990019")
        with pytest.raises(ConflictError):
            home.add_tenant("villa", "Villa", "L01990019")
    with Home.open(path, clock) as home:
        assert home.ledger.verify("villa") == []
    assert not (path / "catalog.sqlite3").exists()
