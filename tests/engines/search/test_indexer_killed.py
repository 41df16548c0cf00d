# SPDX-License-Identifier: EUPL-1.2
"""The indexer of a real cluster is killed before and after each request that it makes: behind, never with a hole."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from archive.catalog import INSTALLATION
from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.home import Home
from archive.model import DocumentRecord, FileRole, LedgerEvent, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion
from search import indexer
from search.elastic.client import Door, connect
from search.find import search as find
from search.indexer import behind, follow, open_index, rebuild
from search.sight import WHOLE

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

pytestmark = pytest.mark.engines

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OBJECTS = 8


def keep(home: Home, number: int) -> None:
    """Store an expediente of two text documents, as a deposit would; every seventh is disposed of again."""
    object_id = f"urn:longeva:villa:{number}"
    objects = home.objects("villa")
    paths = [f"received/{number}-{which}.txt" for which in (1, 2)]
    staged = {path: objects.stage(object_id, path, (b"Licencia de obras",)) for path in paths}
    objects.commit([NewVersion(object_id, staged, "test", "test", NOW)])
    digest = digest_bytes(object_id.encode()).sha256
    record = ObjectRecord(
        object_id, "villa", ObjectKind.EXPEDIENTE, f"ES_{number}", "Expediente", 1, digest, NOW
    )
    files = [StoredFile(path, FileRole.OTHER, digests) for path, digests in staged.items()]
    documents = [
        DocumentRecord("", path, path, "TD99", "EE01", (), "", False, "", "text/plain", staged[path])
        for path in paths
    ]
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.add_object(record, files, documents, [])
        home.ledger.append(tx, "villa", "object.stored", object_id, "test", {})
        if number % 7 == 0:
            home.ledger.append(tx, "villa", "object.disposed", object_id, "test", {})


def events(home: Home) -> list[LedgerEvent]:
    """Return the whole ledger."""
    with home.catalog.reading(INSTALLATION) as tx:
        return list(tx.events(0, 10_000))


def expected_at(home: Home, position: int) -> set[str]:
    """Return the objects that an index at this position must hold."""
    gone = {event.subject for event in events(home) if event.kind == "object.disposed"}
    kept = {e.subject for e in events(home) if e.kind == "object.stored" and e.position <= position}
    return kept - gone


@pytest.fixture
def home(opensearch, settings_of, tmp_path, monkeypatch):
    """A home of eight expedientes, one of them disposed of, whose index is to be in the cluster."""
    settings = settings_of(opensearch)
    for name, value in {
        "KIND": "elasticsearch",
        "URLS": opensearch.url,
        "NAME": settings.name,
        "REPLICAS": "0",
    }.items():
        monkeypatch.setenv(f"LONGEVA_INDEX__{name}", value)
    monkeypatch.setattr(indexer, "OBJECTS_A_COMMIT", 3)
    with Home.create(tmp_path / "home", FixedClock(NOW)) as made:
        made.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        for number in range(OBJECTS):
            keep(made, number)
        made.ledger.flush()
        yield made


def killed_at(home: Home, request: int, *, after: bool, work: Callable[[Home], object]) -> bool:
    """Work in a process that dies at its so-manieth request; tell whether it died."""

    def die() -> None:
        count = itertools.count(1)
        real = Door.perform_request

        def counted(*given: object, **options: object) -> object:
            mine = next(count) == request
            if mine and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            said = real(*given, **options)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return said

        Door.perform_request = counted
        with Home.open(home.path, home.clock) as own:
            work(own)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def clean(home: Home) -> None:
    """Take every generation away, as if the index had never been."""
    settings = home.engines.settings.index
    client = connect(settings)
    for name in client.options(ignore_status=404).indices.get_alias(index=f"{settings.name}-0*").body:
        client.options(ignore_status=404).indices.delete(index=name)
    client.close()


def test_killed_at_any_request_it_is_behind_and_catches_up(home):
    """Nothing that the mark covers is ever missing, nothing is twice, and the next run completes it."""
    last = max(event.position for event in events(home))
    whole = expected_at(home, last)
    kills, positions = 0, set()
    for request in itertools.count(1):
        died = [
            killed_at(home, request, after=after, work=lambda own: follow(own, open_index(own)))
            for after in (False, True)
        ]
        kills += sum(died)
        index = open_index(home)
        position, keys = index.position(), index.keys()
        positions.add(position)
        held = {object_id for object_id, _ in keys}
        assert expected_at(home, position) <= held <= whole
        assert len(set(keys)) == len(keys) == 3 * len(held)
        result = search(index, "licencia", "villa")
        assert (result.position, result.total) == (position, 2 * len(held))
        follow(home, index)
        assert behind(home, index) == 0
        assert {object_id for object_id, _ in index.keys()} == whole  # noqa: SIM118 (a method of ours)
        clean(home)
        if not any(died):
            break
    assert kills >= 40
    assert len(positions) >= 3


def test_a_rebuild_killed_at_any_request_leaves_one_whole_index(home):
    """The old one answers until the new one does, and what is left over goes with the next run."""
    old = open_index(home)
    follow(home, old)
    keys, mark = old.keys(), old.mark()
    kills = 0
    for request in itertools.count(1):
        died = killed_at(home, request, after=bool(request % 2), work=rebuild)
        kills += died
        index = open_index(home)
        assert (index.keys(), index.mark()) == (keys, mark)
        assert search(index, "licencia", "villa").total == 2 * len(keys) // 3
        if not died:
            break
    assert kills >= 20
    settings = home.engines.settings.index
    client = connect(settings)
    assert len(client.indices.get_alias(index=f"{settings.name}-0*").body) == 1
    client.close()
