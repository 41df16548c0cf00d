# SPDX-License-Identifier: EUPL-1.2
"""A catalogue is rebuilt while others read it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from town import NOW, Town, found_town

from archive import rebuild
from archive.catalog import INSTALLATION
from archive.clock import FixedClock
from archive.home import Home
from archive.model import SYSTEM_TENANT

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from archive import rebuild
from archive.catalog import exchange
from archive.clock import FixedClock
from archive.home import Home

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

place = sys.argv[2]
if place == "building":
    rebuild.restore_batches = die
elif place == "carrying":
    exchange._carry_events = die
elif place == "before the commit":
    really = exchange._exchange if sys.argv[3] == "sqlite" else exchange.DropSchema
    calls = []
    def counting(*a, **k):
        calls.append(1)
        if len(calls) == int(sys.argv[4]):
            die()
        return really(*a, **k)
    if sys.argv[3] == "sqlite":
        exchange._exchange = counting
    else:
        exchange.DropSchema = counting
elif place == "after the commit":
    rebuild._tell = die
rebuild.rebuild_catalog(Home.open_store(Path(sys.argv[1]), FixedClock(datetime(2026, 12, 1, tzinfo=UTC))))
"""

READER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from archive.catalog import INSTALLATION
from archive.clock import FixedClock
from archive.home import Home

with Home.open(Path(sys.argv[1]), FixedClock(datetime(2026, 12, 1, tzinfo=UTC))) as home:
    print("reading", flush=True)
    looked = 0
    titles = set()
    while not Path(sys.argv[2]).exists():
        with home.catalog.reading("villa") as tx:
            objects = list(tx.objects('villa'))
            events = tx.tenant_events("villa")
            assert len(objects) == 2, objects
            assert [event.sequence for event in events] == list(range(1, len(events) + 1)), events
            assert len(events) >= 8, events
            assert [len(tx.files(each.object_id)) for each in objects] == [2, 2]
            assert [leaf.batch_id for leaf in tx.leaves_of(objects[0].object_id)] == ["b1"]
            titles.add(tx.objects_with_eni_id("villa", "E1")[0].title)
        looked += 1
    print(looked, sorted(titles), flush=True)
"""


@pytest.fixture
def town(empty_home: Path) -> Iterator[Town]:
    """Two municipalities with every kind of thing."""
    clock = FixedClock(NOW)
    with Home.create(empty_home, clock) as home:
        yield found_town(home, clock)


def tamper(town: Town) -> None:
    """Change a row behind our back."""
    with town.home.catalog.transaction(INSTALLATION) as tx:
        tx._connection.exec_driver_sql("UPDATE objects SET title = 'otro' WHERE eni_id = 'E1'")


def test_others_read_all_the_time_and_go_on_with_the_new_one(town: Town, tmp_path: Path) -> None:
    """A process that had it open before reads whole views without a single error, old ones and then new ones."""
    tamper(town)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(town.home.path), str(stop)]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert reader.stdout
    assert reader.stdout.readline() == "reading\n"
    reports = [rebuild.rebuild_catalog(town.home) for _ in range(3)]
    with town.home.catalog.reading("villa") as tx:
        assert tx.objects_with_eni_id("villa", "E1")[0].title == "Título de E1"
    stop.touch()
    told, wrong = reader.communicate(timeout=60)
    assert reader.returncode == 0, wrong
    looked, _, titles = told.partition(" ")
    assert int(looked) > 3
    assert titles.strip() == "['Título de E1', 'otro']"
    assert reports[0].equal
    assert [topic for topic, same in reports[0].equal.items() if not same] == ["objects"]
    assert [set((report.equal or {}).values()) for report in reports[1:]] == [{True}] * 2
    assert all(report.problems == () for report in reports)


def test_rate_is_told(town: Town) -> None:
    """The report says how many objects and events came back in a second."""
    told = rebuild.rebuild_catalog(town.home).to_json()
    assert told["seconds"] > 0
    assert told["objects_per_second"] > 0
    assert told["events_per_second"] > told["objects_per_second"]


def test_access_of_another_while_building_is_not_lost(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that comes between the reading of the journal and the exchange is in the new catalogue too."""
    really = rebuild._compare

    def compare(home, catalog):
        equal = really(home, catalog)
        with Home.open(town.home.path, town.clock) as other, other.catalog.transaction("villa") as tx:
            other.ledger.append(tx, "villa", "object.read", "urn:late", "web")
        return equal

    monkeypatch.setattr(rebuild, "_compare", compare)
    rebuild.rebuild_catalog(town.home)
    with town.home.catalog.reading("villa") as tx:
        assert len(tx.events_about("urn:late")) == 1
    assert [town.home.ledger.verify(tenant) for tenant in ("villa", SYSTEM_TENANT)] == [[], []]


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("building", 0),
        ("carrying", 0),
        ("before the commit", 2),
        ("before the commit", 3),
        ("after the commit", 0),
    ],
)
def test_killed_anywhere_one_of_both_serves(town: Town, request, place: str, call: int) -> None:
    """Kill -9 leaves the old catalogue or the new one, whole; the next rebuilding ends well."""
    kind = request.node.callspec.params["empty_home"]
    command = [sys.executable, "-c", KILLED, str(town.home.path), place, kind, str(call)]
    with town.home.catalog.reading(INSTALLATION) as tx:
        before = tx.counts()
    assert subprocess.run(command, check=False).returncode == -9
    with Home.open(town.home.path, town.clock) as home:
        with home.catalog.reading(INSTALLATION) as tx:
            assert tx.counts() == before
        report = rebuild.rebuild_catalog(home)
        assert report.problems == ()
        assert set((report.equal or {}).values()) == {True}
    with town.home.catalog.reading("villa") as tx:
        assert tx.tenant("villa")
    assert not list(town.home.path.glob("*rebuilding*"))


def test_bounds_between_tenants_are_there_afterwards(town: Town) -> None:
    """The new catalogue holds its readers to their tenant as the old one did, and takes deposits."""
    rebuild.rebuild_catalog(town.home)
    with town.home.catalog.reading() as tx:
        seen = set(tx.counts().values())
    assert seen == {0} or town.home.engines.embedded_catalog
    town.deposit("E2")
    with town.home.catalog.reading("villa") as tx:
        assert len(list(tx.objects("villa"))) == 3


@pytest.mark.parametrize("empty_home", ["sqlite"], indirect=True)
def test_file_that_was_taken_away_is_gone_on_with_by_nobody(town: Town) -> None:
    """A process that had the lost file open works on the new one, and says so plainly in between."""
    with Home.open(town.home.path, town.clock) as other:
        with other.catalog.reading(INSTALLATION) as tx:
            before = tx.counts()
        town.home.close()
        os.rename(town.home.catalog_path, town.home.catalog_path.with_name("catalog.sqlite3-kept"))
        with pytest.raises(Exception, match="longeva rebuild"), other.catalog.reading(INSTALLATION):
            pass
        with Home.open_store(town.home.path, town.clock) as home:
            assert rebuild.rebuild_catalog(home).equal is None
            with other.catalog.transaction("villa") as tx:
                other.ledger.append(tx, "villa", "object.read", "urn:x", "web")
            with home.catalog.reading(INSTALLATION) as tx:
                assert len(tx.events_about("urn:x")) == 1
                assert tx.counts()["objects"] == before["objects"]


@pytest.mark.parametrize("empty_home", ["postgresql"], indirect=True)
def test_readers_are_not_kept_waiting_by_one_that_takes_long(town: Town) -> None:
    """A long reader delays the exchange, not the other readers; when it ends the exchange goes through."""
    done = threading.Event()

    def work() -> None:
        with Home.open(town.home.path, town.clock) as home:
            rebuild.rebuild_catalog(home)
        done.set()

    with town.home.catalog.reading("villa") as tx:
        tx.tenant("villa")
        rebuilding = threading.Thread(target=work)
        rebuilding.start()
        assert not done.wait(3)
        for _ in range(20):
            with town.home.catalog.reading("aldea") as other:
                other.tenant("aldea")
        assert not done.is_set()
    rebuilding.join(60)
    assert done.is_set()
