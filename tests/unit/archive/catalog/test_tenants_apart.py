# SPDX-License-Identifier: EUPL-1.2
"""Row-level security, asked with the application's own login and plain SQL: no code of ours stands between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from catalogued import an_object, fill
from postgres_server import APPLICATION, Database, PostgresServer
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from archive.catalog import Catalog
from archive.catalog.grants import grant
from archive.catalog.tables import metadata
from archive.errors import ConflictError, NotFound

TABLES = sorted(metadata.tables)
SHARED = {"batches", "numbering"}
"""Rows that name nobody: seen by whoever names any tenant, and by nobody else."""

Asking = Callable[..., AbstractContextManager[Connection]]


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[Database]:
    """A catalogue with two tenants in every table; the tests below undo what they do."""
    with postgres.database() as database:
        catalog = Catalog.open(database.url, owner=database.owner_url)
        fill(catalog, "villa", 1)
        fill(catalog, "aldea", 2)
        catalog.close()
        yield database


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Engine]]:
    """An engine for each login."""
    made: dict[str, Engine] = {}
    yield made
    for engine in made.values():
        engine.dispose()


@pytest.fixture
def asking(database: Database, engines: dict[str, Engine]) -> Asking:
    """Begins transactions as a login, for a tenant or none; each is undone."""

    @contextmanager
    def begin(tenant: str | None = None, url: str = database.url, scope: str = "") -> Iterator[Connection]:
        if url not in engines:
            engines[url] = create_engine(url, connect_args={"options": "-c search_path=longeva"})
        with engines[url].connect() as connection:
            if tenant is not None:
                set_ = "SELECT set_config('longeva.tenant', :t, true), set_config('longeva.scope', :s, true)"
                connection.execute(text(set_), {"t": tenant, "s": scope})
            yield connection

    return begin


def rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    """Return a table's rows as texts."""
    return [tuple(row) for row in connection.execute(text(f"SELECT t::text FROM {table} AS t ORDER BY 1"))]


@pytest.mark.parametrize("table", TABLES)
def test_without_a_tenant_there_is_nothing(asking: Asking, database: Database, table: str) -> None:
    """Whoever names no tenant, or one that is not, sees no row of any table; a table without a rule fails here."""
    with asking(url=database.superuser_url) as all_:
        assert rows(all_, table)
    with asking() as nobody:
        assert rows(nobody, table) == []
    with asking("") as nobody:
        assert rows(nobody, table) == []
    with asking("ciudad") as stranger:
        assert table in SHARED or rows(stranger, table) == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
@pytest.mark.parametrize("tenant", [None, "villa"])
def test_nothing_of_others_is_changed(
    asking: Asking, database: Database, table: str, verb: str, tenant: str | None
) -> None:
    """No statement without a where touches another's rows: it is refused, or finds only one's own."""
    column = next(iter(metadata.tables[table].columns)).name
    with asking("villa") as connection:
        own = len(rows(connection, table)) if tenant and table not in SHARED | {"leaves", "tenants"} else 0
    with asking(tenant) as connection:
        try:
            touched = connection.execute(text(verb.format(table, column))).rowcount
        except DBAPIError as refused:
            # A row that others hang from, or a right that the login has not.
            assert any(each in str(refused) for each in ("permission denied", "foreign key"))  # noqa: PT017
        else:
            assert touched == (1 if table == "numbering" and tenant else own)


@pytest.mark.parametrize("table", TABLES)
def test_a_tenant_sees_its_own_rows_alone(asking: Asking, database: Database, table: str) -> None:
    """Two tenants share no row, and together with the installation's they see all that there is."""
    with asking(url=database.superuser_url) as all_:
        there = rows(all_, table)
    with asking("villa") as one, asking("aldea") as other:
        mine, theirs = rows(one, table), rows(other, table)
    assert mine
    if table in SHARED:
        assert mine == theirs == there
    else:
        assert not set(mine) & set(theirs)
        assert sorted(mine + theirs) == there


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("tenant", [None, "villa"])
def test_no_row_of_another_can_be_put_in(
    asking: Asking, database: Database, table: str, tenant: str | None
) -> None:
    """The very row that another tenant has is refused by the rule, before any key could tell that it is there."""
    with asking("aldea") as theirs:
        names = [column.name for column in metadata.tables[table].columns]
        row = theirs.execute(
            text(f"SELECT {', '.join(f'{name}::text' for name in names)} FROM {table}")
        ).first()
    assert row is not None
    with asking(url=database.superuser_url) as all_:
        asked = text(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = CAST(:table AS regclass) AND attnum > 0"
        )
        types = {row.attname: row[1] for row in all_.execute(asked, {"table": table})}
    values = ", ".join(f"CAST(:{name} AS {types[name]})" for name in names)
    insert = text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})")
    with (
        pytest.raises(ProgrammingError, match=r"row-level security|permission denied"),
        asking(tenant) as connection,
    ):
        connection.execute(insert, dict(zip(names, row, strict=True)))


def test_another_tenants_object_name_tells_nothing(database: Database) -> None:
    """Whether an object of another tenant exists cannot be learned by trying to make it."""
    catalog = Catalog.open(database.url)
    told = []
    for name in ("ES_L01990019_2025_EXP_1", "absent"):
        foreign = an_object(name, "aldea")
        with pytest.raises(ConflictError) as refused, catalog.transaction("villa") as tx:
            tx.add_object(foreign)
        told.append(str(refused.value))
        with catalog.reading("villa") as tx:
            with pytest.raises(NotFound):
                tx.object(foreign.object_id)
            assert tx.find_objects(None, foreign.eni_id) == [
                each for each in [an_object()] if each.eni_id == foreign.eni_id
            ]
    catalog.close()
    assert told[0] == told[1]
    assert "tenant" in told[0]


def test_counts_are_ones_own(database: Database) -> None:
    """What a tenant counts is its own, evidence batches apart, which belong to all."""
    catalog = Catalog.open(database.url)
    with catalog.reading("villa") as tx:
        counted = tx.counts()
    catalog.close()
    assert counted["batches"] == 2
    assert counted["objects"] == 2
    assert {counted[name] for name in ("tenants", "deposits", "files", "copies", "events", "leaves")} == {1}


def test_login_without_the_right_never_speaks_for_the_installation(
    asking: Asking, database: Database, postgres: PostgresServer
) -> None:
    """A login that was given one tenant at a time sees nothing more, whatever it says of itself."""
    postgres.execute("DROP ROLE IF EXISTS longeva_pages")
    postgres.execute("CREATE ROLE longeva_pages LOGIN")
    try:
        with asking(url=database.owner_url) as owner:
            grant(owner, "longeva_pages", installation=False)
            owner.commit()
        url = database.url.replace(APPLICATION, "longeva_pages")
        with asking("", url, "installation") as pages:
            assert rows(pages, "objects") == []
        with asking("villa", url) as pages:
            assert len(rows(pages, "objects")) == 2
        with asking("", database.url, "installation") as application:
            assert len(rows(application, "objects")) == 4
    finally:
        postgres.execute("DROP OWNED BY longeva_pages", database=database.name)
        postgres.execute("DROP ROLE longeva_pages")


def test_application_cannot_rewrite_the_ledger(asking: Asking) -> None:
    """Not even for the installation: events can be added and read, that is all."""
    for statement in (
        "UPDATE events SET kind = 'x'",
        "DELETE FROM events",
        "TRUNCATE events",
        "DROP TABLE events",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
            asking("", scope="installation") as connection,
        ):
            connection.execute(text(statement))


def test_single_login_is_held_to_the_rules_as_well(postgres: PostgresServer) -> None:
    """Where the owner is the application, what it names is all that it sees."""
    with postgres.database() as alone:
        catalog = Catalog.open(alone.owner_url)
        fill(catalog, "villa", 1)
        fill(catalog, "aldea", 2)
        with catalog.reading() as tx:
            assert set(tx.counts().values()) == {0}
        with catalog.reading("villa") as tx:
            assert tx.counts()["objects"] == 2
        catalog.close()
