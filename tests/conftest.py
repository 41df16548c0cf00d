# SPDX-License-Identifier: EUPL-1.2
"""Fixtures that every folder of tests may ask for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ceph import Ceph, CephAbsent
from dss_oracle import Dss, DssAbsent, open_dss
from furnished import Furnished, furnish
from postgres_server import Database, PostgresAbsent, PostgresServer

from archive.catalog.upgrading import upgrade_catalog
from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.home import Home
from archive.model import ObjectKind, ObjectRecord
from archive.objects import NewVersion
from preservation.authority import DevelopmentAuthority
from preservation.timestamps import TimestampAuthority

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference data kept beside the project, or a loud skip where it is absent."""
    folder = Path(os.environ.get("LONGEVA_SHARED", PROJECT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"REFERENCE DATA ABSENT: {folder} (set LONGEVA_SHARED); nothing was checked against it")
    return folder


@pytest.fixture(scope="session")
def furnished(tmp_path_factory) -> Furnished:
    """An archive with something of everything that people look at; whoever changes it takes a copy."""
    return furnish(tmp_path_factory.mktemp("furnished"))


@pytest.fixture(scope="session")
def openssl() -> str:
    """Path of the openssl command, with which kits check tokens, or a loud skip where it is absent."""
    found = shutil.which("openssl")
    if found is None:
        pytest.skip("OPENSSL ABSENT: the tokens of kits were not verified")
    return found


@pytest.fixture(scope="session")
def dss() -> Iterator[Dss]:
    """The European Commission's DSS in a JVM of its own, or a loud skip where it is not built."""
    try:
        running = open_dss(build=os.environ.get("LONGEVA_ORACLES") == "1")
    except DssAbsent as absent:
        pytest.skip(f"ORACLE ABSENT: DSS was not asked: {absent}")
    with running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this run's own, or a loud skip where none is installed."""
    try:
        server = PostgresServer()
    except PostgresAbsent as absent:
        if os.environ.get("LONGEVA_ENGINES") and not os.environ.get("SKIP_POSTGRES"):
            raise
        pytest.skip(f"POSTGRESQL ABSENT: {absent}; nothing was checked on it")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def rgw() -> Iterator[Ceph]:
    """A Ceph RADOS Gateway of this run's own, or a loud skip: it is started by `make test-engines` alone."""
    if not os.environ.get("LONGEVA_ENGINES"):
        pytest.skip("ENGINE NOT STARTED: nothing was checked on a real S3 service (make test-engines)")
    try:
        service = Ceph()
    except CephAbsent as absent:
        if not os.environ.get("SKIP_CEPH"):
            raise
        pytest.skip(f"CEPH ABSENT: {absent}; nothing was checked on a real S3 service")
    yield service
    service.remove()


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """An empty database of this test's own."""
    with postgres.database() as database:
        yield database


@pytest.fixture(scope="session")
def _empty_catalog(postgres: PostgresServer) -> Iterator[Database]:
    """A database with the schema, from which the tests' own are copied."""
    with postgres.database() as template:
        upgrade_catalog(template.owner_url, template.url)
        yield template


@pytest.fixture
def postgres_catalog(postgres: PostgresServer, _empty_catalog: Database) -> Iterator[Database]:
    """A database of this test's own with an empty catalogue."""
    with postgres.database(_empty_catalog.name) as database:
        yield database


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentAuthority:
    """One development authority for the whole run; its own clock stands at 2026-03-01."""
    folder = tmp_path_factory.mktemp("authority") / "authority"
    return DevelopmentAuthority.create(folder, FixedClock(datetime(2026, 3, 1, tzinfo=UTC)))


@dataclass
class World:
    """A home with a movable clock and an authority that follows it: for evidence, years apart."""

    home: Home
    clock: FixedClock
    authority: DevelopmentAuthority
    tsa: TimestampAuthority

    def travel(self, year: int, month: int = 3, day: int = 1) -> datetime:
        """Move the clock and return where it stands."""
        self.clock.instant = datetime(year, month, day, tzinfo=UTC)
        return self.clock.instant

    def keep(self, name: str, files: dict[str, bytes], tenant: str = "villa") -> str:
        """Store an object as a deposit would, without a package; return its id."""
        object_id = f"urn:longeva:{tenant}:{name}"
        objects = self.home.objects(tenant)
        staged = {path: objects.stage(object_id, path, (data,)) for path, data in files.items()}
        objects.commit([NewVersion(object_id, staged, "test", "test", self.clock.now())])
        package = digest_bytes(name.encode()).sha256
        record = ObjectRecord(
            object_id, tenant, ObjectKind.EXPEDIENTE, name, name, 1, package, self.clock.now()
        )
        with self.home.catalog.transaction() as tx:
            tx.add_object(record)
        return object_id

    def path_of(self, object_id: str, path: str, tenant: str = "villa") -> Path:
        """Return where the bytes of a file lie, to damage them."""
        return self.home.path / "store" / self.home.objects(tenant).locate(object_id, path)


@pytest.fixture
def world(tmp_path: Path, authority: DevelopmentAuthority) -> Iterator[World]:
    """An empty home of one municipality in 2026."""
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    home = Home.create(tmp_path / "home", clock)
    home.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
    with home:
        yield World(home, clock, authority, authority.timestamp_authority(clock))
